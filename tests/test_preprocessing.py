"""A slice gives one tensor however it reached us, and a map finds its way back to the slice's pixels."""

import dataclasses
import json

import numpy as np
import pytest
from PIL import Image
from scipy.stats import rankdata

from medcore import reading
from medcore.errors import InvalidCard, InvalidValue
from medcore.phantoms import film_with_blob, plain_film
from medcore.preprocessing import InputSpec, by_percentile, by_rank, prepare, resize, scale, to_slice, to_values
from medcore.samples import sample_path
from medcore.volume import Volume

RANK = InputSpec((64, 48))
PERCENTILE = InputSpec((64, 48), "percentile")
RANGE = InputSpec((64, 48), "range", limits=(-1024, 3071))
PADDED, CROPPED = (InputSpec((64, 48), "percentile", resize=resize) for resize in ("pad", "crop"))
IN_COLOUR = InputSpec((64, 48), "range", limits=(0, 255), channels=3)
both_scalings = pytest.mark.parametrize("spec", [RANK, PERCENTILE], ids=["rank", "percentile"])


def volume_of(values: np.ndarray, photometric: str = "MONOCHROME2") -> Volume:
    return Volume(values[None], None, "stored value", None, photometric, "image")


def colour(values: np.ndarray) -> Volume:
    return Volume(values.astype(np.uint8)[None], None, "grey", None, "RGB", "image")


@pytest.fixture(scope="module")
def film() -> Volume:
    """A chest film whose stored values are bright where X-rays passed (MONOCHROME1)."""
    return reading.read([sample_path("chest-cr")]).series[0].volume


@both_scalings
def test_a_dicom_and_its_inverted_16_bit_png_give_one_tensor(film, spec, tmp_path):
    assert film.photometric == "MONOCHROME1"
    stored = film.voxels[0].astype(np.int64)
    Image.fromarray((65535 - stored).astype(np.uint16)).save(tmp_path / "film.png")
    (picture,) = reading.read([tmp_path / "film.png"]).series
    assert picture.volume.photometric == "MONOCHROME2"
    from_dicom, from_png = prepare(film, 0, spec), prepare(picture.volume, 0, spec)
    assert (from_dicom.shape, from_dicom.dtype) == ((64, 48, 1), np.float32)
    assert from_png == pytest.approx(from_dicom, abs=2e-3)
    assert np.std(from_dicom) > 0.1


GOLDEN = {
    "rank": [0.6288, 0.2185, 0.6373],
    "percentile": [0.8999, 0.5805, 0.9038],
}


@both_scalings
def test_the_tensor_of_a_known_film_stays_what_models_were_trained_on(film, spec):
    tensor = prepare(film, 0, spec)
    assert [float(tensor[place]) for place in [(8, 24, 0), (32, 10, 0), (50, 30, 0)]] == pytest.approx(
        GOLDEN[spec.scaling], abs=1e-3
    )


def test_rank_scaling_is_blind_to_any_rising_grey_curve():
    values = np.random.default_rng(0).integers(0, 200, (64, 48)).astype(np.float32)
    expected = prepare(volume_of(values), 0, RANK)
    for curve in (np.sqrt, np.exp2, lambda x: 3 * x - 5000, lambda x: np.tanh((x - 100) / 60), lambda x: x + 400 * (x > 90)):
        bent = curve(values.astype(np.float64)).astype(np.float64)
        levels = by_rank(bent)[..., None]
        assert levels == pytest.approx(expected, abs=1e-6)


def test_mid_ranks_are_those_of_scipy_and_ties_share_theirs():
    assert by_rank(np.array([[10, 20, 20, 50]])).tolist() == [[0, 0.5, 0.5, 1]]
    values = np.random.default_rng(1).integers(0, 9, (20, 30))
    expected = (rankdata(values) - 1).reshape(values.shape) / (values.size - 1)
    assert by_rank(values) == pytest.approx(expected)


def test_percentiles_become_0_and_1_and_what_lies_beyond_is_cut():
    values = np.arange(101, dtype=np.float32).reshape(1, -1)
    assert by_percentile(values, (10, 90))[0, [0, 10, 50, 90, 100]] == pytest.approx([0, 0, 0.5, 1, 1])
    assert by_percentile(values, (0, 100)) == pytest.approx(values / 100)


@both_scalings
def test_a_constant_picture_is_mid_grey(spec):
    assert np.unique(prepare(volume_of(np.full((30, 40), 7, np.int16)), 0, spec)) == pytest.approx([0.5])


@both_scalings
def test_values_stay_within_0_and_1(spec):
    spike = plain_film(1, (90, 80)).voxels[0].copy()
    spike[5, 5], spike[50, 50] = 30_000, -30_000
    tensor = prepare(volume_of(spike), 0, spec)
    assert (tensor.min(), tensor.max()) == (0, 1)


@both_scalings
def test_monochrome1_is_the_inverse_of_monochrome2(spec):
    values = film_with_blob(1, (64, 48))[0].voxels[0]
    one, two = (prepare(volume_of(values, name), 0, spec) for name in ("MONOCHROME1", "MONOCHROME2"))
    assert one == pytest.approx(1 - two, abs=1e-6)
    assert np.array_equal(scale(values, "MONOCHROME2", spec), two)


def test_colour_becomes_luma():
    pixels = np.zeros((8, 9, 3))
    pixels[0, 0], pixels[0, 1], pixels[0, 2], pixels[0, 3] = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)
    assert to_values(colour(pixels), 0, RANK)[0, :4] == pytest.approx([76.245, 149.685, 29.07, 255], abs=1e-2)


def test_the_slice_asked_for_is_the_one_prepared():
    voxels = np.stack([plain_film(seed, (64, 48)).voxels[0] for seed in range(3)])
    volume = Volume(voxels, None, "HU", "CT", "MONOCHROME2", "slices")
    assert np.array_equal(prepare(volume, 2, RANK), prepare(volume_of(voxels[2]), 0, RANK))
    with pytest.raises(InvalidValue, match="Slice 4 doesn't exist"):
        prepare(volume, 3, RANK)


def test_a_picture_of_the_right_size_is_not_resampled():
    values = np.random.default_rng(0).normal(size=(64, 48)).astype(np.float32)
    assert np.array_equal(resize(values, "MONOCHROME2", RANK), values)


def test_shrinking_counts_every_source_pixel():
    for place in [(20, 30), (311, 177), (600, 433)]:
        values = np.zeros((640, 480), np.float32)
        values[place] = 1000
        assert resize(values, "MONOCHROME2", RANK).sum() == pytest.approx(10, rel=0.02)


def test_preparing_leaves_the_volume_as_it_was():
    volume, _ = film_with_blob(1, (100, 80))
    before = volume.voxels.copy()
    prepare(volume, 0, RANK)
    assert np.array_equal(volume.voxels, before)


@pytest.mark.parametrize("shape", [(200, 150), (64, 48), (33, 90), (1955, 1841)])
def test_a_peak_on_a_map_lies_where_its_cell_lies_on_the_slice(shape):
    for row, column in [(0, 0), (3, 5), (6, 2)]:
        levels = np.zeros((7, 7), np.float32)
        levels[row, column] = 1
        spread = to_slice(levels, shape, RANK)
        assert spread.shape == shape
        peaks = np.argwhere(spread > 0.95 * spread.max()).mean(axis=0)
        edge = 0.3 if {0, 6} & {row, column} else 0.02  # a cell on the border is flat up to the border
        assert (peaks + 0.5) / shape * 7 == pytest.approx([row + 0.5, column + 0.5], abs=edge + 7 / min(shape))


def test_there_and_back_a_blob_stays_where_it_was():
    for seed in range(6):
        film, place = film_with_blob(seed, (200, 150))
        back = to_slice(prepare(film, 0, PERCENTILE)[..., 0], (200, 150), PERCENTILE)
        rows, columns = np.nonzero(back > 0.9)
        assert [rows.mean(), columns.mean()] == pytest.approx(place, abs=3)


def test_the_hash_changes_with_every_field_and_with_nothing_else():
    specs = [RANK, dataclasses.replace(RANK, size=(64, 49)), dataclasses.replace(RANK, size=(48, 64)), PERCENTILE]
    specs += [dataclasses.replace(RANK, percentiles=(0.5, 99)), dataclasses.replace(RANK, percentiles=(1, 99.5))]
    specs += [dataclasses.replace(RANK, scaling="range", limits=limits) for limits in [(0, 255), (0, 256), (1, 255)]]
    specs += [dataclasses.replace(RANK, channels=3), *(dataclasses.replace(RANK, resize=each) for each in ("pad", "crop"))]
    assert len({spec.hash for spec in specs}) == len(specs)
    assert len(specs) > len(dataclasses.fields(InputSpec))
    assert InputSpec((64, 48)).hash == RANK.hash


@pytest.mark.parametrize("spec", [RANK, PERCENTILE, RANGE, PADDED, CROPPED, IN_COLOUR], ids=str)
def test_a_spec_survives_json(spec):
    again = InputSpec.from_json(json.loads(json.dumps(spec.to_json())))
    assert again == spec
    assert again.hash == spec.hash
    assert (
        InputSpec.from_json({**spec.to_json(), "percentiles": [0, 100]}).hash
        == dataclasses.replace(spec, percentiles=(0.0, 100.0)).hash
    )


def test_the_hash_is_of_the_values_and_not_of_how_they_were_written():
    assert InputSpec((64, 48), percentiles=(0, 100)).hash == InputSpec((64, 48), percentiles=(0.0, 100.0)).hash


@pytest.mark.parametrize(
    "fields",
    [
        {"size": (7, 64)},
        {"scaling": "window"},
        {"percentiles": (50, 50)},
        {"percentiles": (-1, 99)},
        {"percentiles": (1, 101)},
        {"percentiles": (float("nan"), 99)},
        {"channels": 2},
        {"resize": "stretch"},
        {"scaling": "range"},
        {"limits": (0, 255)},
        {"scaling": "range", "limits": (255, 0)},
        {"scaling": "range", "limits": (0, float("inf"))},
        {"scaling": "range", "limits": (0, 1, 2)},
    ],
)
def test_a_spec_that_cannot_be_followed_is_refused(fields):
    with pytest.raises(InvalidCard, match="can't be followed"):
        InputSpec(**{"size": (64, 64)} | fields)


@pytest.mark.parametrize("left_out", ["size", "scaling", "percentiles"])
def test_a_spec_that_lacks_a_field_is_refused_with_its_name(left_out):
    fields = RANK.to_json()
    del fields[left_out]
    with pytest.raises(InvalidCard, match=left_out):
        InputSpec.from_json(fields)


def test_a_spec_with_a_field_that_is_not_known_is_refused_with_its_name():
    with pytest.raises(InvalidCard, match="can't have colours; take it out or update"):
        InputSpec.from_json({**RANK.to_json(), "colours": 3})


@pytest.mark.parametrize("fields", [{"limits": [1]}, {"limits": 7}, {"limits": ["a", "b"]}, {"channels": "red"}, {"resize": 3}])
def test_a_spec_with_a_garbled_new_field_is_refused(fields):
    with pytest.raises(InvalidCard, match=r"garbles a field|can't be followed"):
        InputSpec.from_json({**RANGE.to_json(), **fields})


def test_an_old_specs_json_and_hash_are_what_they_were():
    assert RANK.to_json() == {"size": [64, 48], "scaling": "rank", "percentiles": [0.5, 99.5]}
    bundled = InputSpec((224, 224))
    assert bundled.hash == "73d762651f42effacaf58fc580fdc7b25691fcd2e32e4d29feac45c54c8f242e"
