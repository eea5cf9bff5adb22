"""Windows against pydicom, the overlay against a loop, presets."""

import numpy as np
import pytest
from pydicom.dataset import Dataset
from pydicom.pixels import apply_voi, apply_windowing

from medcore.errors import InvalidValue
from medcore.rendering import HEAT_COLOURS, heat_levels, overlay, presets, to_grey, to_rgb
from medcore.volume import Heatmap, Volume, Window

STORED = np.arange(4096, dtype=np.int16).reshape(1, 64, 64)


def volume(voxels: np.ndarray = STORED, **fields: object) -> Volume:
    known = {"affine": None, "unit": "stored value", "modality": "CR", "photometric": "MONOCHROME2", "kind": "image"}
    return Volume(voxels, **{**known, **fields})


def dataset(center: float = 0, width: float = 1, function: str = "LINEAR") -> Dataset:
    """Unsigned 12-bit pixels with one window, for pydicom."""
    made = Dataset()
    made.PhotometricInterpretation, made.BitsStored, made.PixelRepresentation = "MONOCHROME2", 12, 0
    made.WindowCenter, made.WindowWidth, made.VOILUTFunction = center, width, function
    return made


@pytest.mark.parametrize("function", ["LINEAR", "LINEAR_EXACT", "SIGMOID"])
@pytest.mark.parametrize(("center", "width"), [(2048, 4096), (40.5, 400), (1000, 40), (700, 1501.5)])
def test_a_window_shows_what_pydicom_says(function, center, width):
    expected = np.floor(apply_windowing(STORED, dataset(center, width, function)) / 4095 * 255 + 0.5)
    grey = to_grey(STORED, Window(center, width, function), "MONOCHROME2")
    assert np.abs(grey - expected).max() <= (1 if function == "SIGMOID" else 0)
    assert (grey != expected).mean() < 0.001


def test_a_width_of_one_is_a_step_below_the_center():
    grey = to_grey(np.array([98, 99, 100], np.int16), Window(100, 1), "MONOCHROME2")
    assert grey.tolist() == [0, 0, 255]
    assert np.array_equal(to_grey(STORED, Window(100, 1), "MONOCHROME2") / 255, apply_windowing(STORED, dataset(100, 1)) / 4095)


def test_a_curve_shows_what_pydicoms_voi_lut_says():
    first, entries = 300, (4095 * np.linspace(0, 1, 1024) ** 2).astype(np.uint16)
    lut = Dataset()
    lut.LUTDescriptor, lut.LUTData = [1024, first, 12], entries.tolist()
    holder = dataset()
    holder.VOILUTSequence = [lut]
    expected = np.floor(apply_voi(STORED, holder) / 4095 * 255 + 0.5)
    window = Window(first + 512, 1024, curve=tuple((entries / 4095).tolist()))
    assert np.array_equal(to_grey(STORED, window, "MONOCHROME2"), expected)


def test_monochrome1_is_the_negative():
    window = Window(2000, 1000)
    assert np.array_equal(to_grey(STORED, window, "MONOCHROME1"), 255 - to_grey(STORED, window, "MONOCHROME2"))


def test_what_is_no_number_is_black():
    assert to_grey(np.array([np.nan, 1.0], np.float32), Window(0, 1), "MONOCHROME2").tolist() == [0, 255]


def test_a_slice_has_three_equal_channels():
    shown = to_rgb(volume(), 0, Window(2048, 4096))
    assert shown.shape == (64, 64, 3)
    assert shown.dtype == np.uint8
    assert (shown == shown[..., :1]).all()


def test_colour_passes_whatever_the_window():
    voxels = np.random.default_rng(0).integers(0, 256, (2, 5, 6, 3)).astype(np.uint8)
    assert np.array_equal(to_rgb(volume(voxels, photometric="RGB", kind="frames"), 1, Window(0, 1)), voxels[1])


def test_a_slice_past_the_end_is_refused():
    with pytest.raises(InvalidValue, match="Slice 2 doesn't exist"):
        to_rgb(volume(), 1, Window(0, 1))


def heatmap() -> Heatmap:
    return Heatmap(np.linspace(0, 1, 48, dtype=np.float32).reshape(6, 8), "pneumonia", "Grad-CAM", "model", 0)


def image() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (6, 8, 3)).astype(np.uint8)


def test_an_opacity_of_zero_leaves_the_film_as_it_is():
    assert np.array_equal(overlay(image(), heatmap(), 0), image())


def test_each_pixel_is_covered_by_opacity_times_heat():
    covered = overlay(image(), heatmap(), 0.6)
    for (row, column), heat in np.ndenumerate(heatmap().values):
        level = int(np.floor(float(heat) * 255 + 0.5))
        cover = 0.6 * level / 255
        expected = np.floor(image()[row, column] * (1 - cover) + HEAT_COLOURS[level] * cover + 0.5)
        assert np.array_equal(covered[row, column], expected)


def test_cold_stays_and_hottest_is_the_colour_itself():
    covered = overlay(image(), heatmap(), 1)
    assert np.array_equal(covered[0, 0], image()[0, 0])
    assert np.array_equal(covered[-1, -1], HEAT_COLOURS[255])
    assert heat_levels(heatmap())[-1, -1] == 255


@pytest.mark.parametrize("opacity", [-0.1, 1.1, float("nan")])
def test_an_opacity_outside_of_0_to_1_is_refused(opacity):
    with pytest.raises(InvalidValue, match="opacity"):
        overlay(image(), heatmap(), opacity)


def test_a_heat_map_of_another_shape_is_refused():
    with pytest.raises(InvalidValue, match=r"\(6, 8\) doesn't fit an image of shape \(6, 7, 3\)"):
        overlay(image()[:, :7], heatmap(), 0.5)


def test_ct_offers_its_own_window_first_then_the_usual_ones():
    offered = presets(volume(modality="CT", unit="HU", kind="slices", suggested_window=Window(30, 300)))
    assert offered[0] == ("as stored", Window(30, 300))
    assert dict(offered)["lung"] == Window(-600, 1500)
    assert dict(offered)["brain"] == Window(40, 80)


def test_ct_without_hounsfield_units_gets_no_hounsfield_presets():
    assert [name for name, _ in presets(volume(modality="CT"))] == ["usual range", "full range"]


def test_the_full_range_runs_from_black_to_white():
    grey = to_grey(STORED, dict(presets(volume()))["full range"], "MONOCHROME2")
    assert (grey.min(), grey.max()) == (0, 255)


def test_a_constant_image_has_a_window_too():
    assert dict(presets(volume(np.zeros((1, 4, 4), np.int16))))["full range"].width == 1


def test_the_usual_range_of_small_values_has_greys():
    small = volume(np.linspace(0, 1, 1000, dtype=np.float32).reshape(1, 10, 100))
    assert len(np.unique(to_grey(small.voxels, small.window_or_range(), "MONOCHROME2"))) > 200


def test_the_usual_range_of_a_rare_value_runs_to_it_and_that_of_one_value_is_mid_grey():
    mask = np.zeros((1, 100, 100), np.int16)
    assert (to_grey(mask, volume(mask).window_or_range(), "MONOCHROME2") == 128).all()
    mask[0, 4, 5] = 1
    grey = to_grey(mask, volume(mask).window_or_range(), "MONOCHROME2")
    assert (grey[0, 4, 5], grey[0, 0, 0]) == (255, 0)
