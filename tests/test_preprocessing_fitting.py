"""Padded, cropped, colour and fixed-range pictures: nothing is stretched, black stays black, and maps find their way back."""

import dataclasses

import numpy as np
import pytest

from medcore.phantoms import film_with_blob
from medcore.preprocessing import InputSpec, by_percentile, by_rank, prepare, resize, scale, to_slice, to_values
from medcore.volume import Photometric, Volume

SHAPES = [(200, 150), (150, 200), (64, 64), (33, 90), (700, 90), (90, 641), (16, 16)]
SIZES = [(64, 64), (64, 48), (48, 64), (8, 32)]
PHOTOMETRICS: list[Photometric] = ["MONOCHROME1", "MONOCHROME2"]
every_shape = pytest.mark.parametrize("shape", SHAPES)
every_size = pytest.mark.parametrize("size", SIZES)


def volume_of(values: np.ndarray, photometric: Photometric = "MONOCHROME2") -> Volume:
    voxels = values[None].astype(np.uint8 if values.ndim == 3 else np.float32)
    return Volume(voxels, None, "grey", None, "RGB" if values.ndim == 3 else photometric, "image")


def disc(shape: tuple[int, int], centre: tuple[float, float], radius: float) -> np.ndarray:
    """A round disc of 100 on 10, with a soft edge of a pixel."""
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    return (10 + 90 * np.clip(radius - np.hypot(rows - centre[0], columns - centre[1]) + 0.5, 0, 1)).astype(np.float32)


def spans(values: np.ndarray) -> tuple[float, float]:
    """The height and width of what is bright, by its area along the two middle lines."""
    level = (values - values.min()) / np.ptp(values)
    return float(level.sum(axis=0).max()), float(level.sum(axis=1).max())


@pytest.mark.parametrize("fitting", ["pad", "crop"])
@every_size
def test_a_disc_stays_round_where_it_is_padded_or_cropped(fitting, size):
    for shape in [(300, 200), (200, 300), (256, 256)]:
        film = disc(shape, (shape[0] / 2 - 0.5, shape[1] / 2 - 0.5), 60)
        fitted = resize(film, "MONOCHROME2", InputSpec(size, resize=fitting))
        assert fitted.shape == size
        if fitting == "pad" or min(size) > 8:  # the crop of 8 × 32 leaves the disc's middle only
            height, width = spans(fitted)
            assert height == pytest.approx(width, abs=0.8)


@every_shape
@every_size
@pytest.mark.parametrize("photometric", PHOTOMETRICS)
def test_a_padded_picture_is_whole_centred_and_has_black_beside_it(shape, size, photometric):
    film = np.random.default_rng(0).uniform(5, 9, shape).astype(np.float32)
    padded = resize(film, photometric, InputSpec(size, resize="pad"))
    black = padded.max() if photometric == "MONOCHROME1" else padded.min()
    inside = padded != black
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    above, below, left, right = rows[0], size[0] - 1 - rows[-1], columns[0], size[1] - 1 - columns[-1]
    assert abs(above - below) <= 2
    assert abs(left - right) <= 2
    assert min(above, left) <= 1
    assert padded.shape == size


@every_shape
@every_size
def test_a_cropped_picture_is_its_largest_centred_part(shape, size):
    down, across = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    found = []
    for place, room in ((down, shape[0]), (across, shape[1])):
        cropped = resize(place, "MONOCHROME2", InputSpec(size, resize="crop"))
        assert cropped.mean() == pytest.approx((room - 1) / 2, abs=0.6)
        step = np.ptp(cropped) / (size[0] - 1 if place is down else size[1] - 1)
        found.append(step * (size[0] if place is down else size[1]) / room)
    assert max(found) == pytest.approx(1, abs=0.15)


@every_shape
@every_size
@pytest.mark.parametrize("fitting", ["squash", "pad", "crop"])
def test_a_map_finds_its_way_back_to_the_slice(shape, size, fitting):
    """The slice's own rows and columns, brought to the tensor and back, are where they were."""
    spec = InputSpec(size, resize=fitting)
    kept = to_slice(np.ones(size, np.float32), shape, spec) > 0
    for place in np.mgrid[: shape[0], : shape[1]].astype(np.float32):
        back = to_slice(resize(place, "MONOCHROME2", spec), shape, spec)
        assert (back.shape, back.dtype) == (shape, np.float32)
        pixel = max(shape[0] / size[0], shape[1] / size[1], 1)
        inner = kept & ~_rim(kept, pixel)
        assert np.abs(back - place)[inner].max(initial=0) <= 1.6 * pixel
        assert not back[~kept].any()


def _rim(kept: np.ndarray, pixel: float) -> np.ndarray:
    """The outermost places of what was kept, within two pixels of the tensor: there a map is flat or mixed with the border."""
    rim = np.ones_like(kept)
    rows, columns = np.flatnonzero(kept.any(axis=1)), np.flatnonzero(kept.any(axis=0))
    edge = round(2 * pixel)
    rim[rows[0] + edge : rows[-1] + 1 - edge, columns[0] + edge : columns[-1] + 1 - edge] = False
    return rim


@pytest.mark.parametrize("fitting", ["pad", "crop"])
@pytest.mark.parametrize("shape", [(200, 150), (150, 200), (256, 128)])
def test_there_and_back_a_blob_stays_where_it_was(fitting, shape):
    spec = InputSpec((64, 56), "percentile", resize=fitting)
    for seed in range(6):
        film, place = film_with_blob(seed, shape)
        back = to_slice(prepare(film, 0, spec)[..., 0], shape, spec)
        kept = to_slice(np.ones((7, 7), np.float32), shape, spec) > 0
        if kept[place[0] - 8 : place[0] + 8, place[1] - 8 : place[1] + 8].all():
            rows, columns = np.nonzero(back > 0.9)
            assert [rows.mean(), columns.mean()] == pytest.approx(place, abs=3)


def test_a_coarse_maps_cell_lies_on_its_part_of_the_padded_slice():
    spec = InputSpec((64, 64), resize="pad")
    levels = np.zeros((8, 8), np.float32)
    levels[4, 3] = 1  # tensor rows 32..40 and columns 24..32; the slice takes columns 16..48 of 64
    spread = to_slice(levels, (640, 320), spec)
    peak = np.argwhere(spread > 0.95 * spread.max()).mean(axis=0)
    assert peak == pytest.approx([360, 120], abs=3)


@pytest.mark.parametrize("scaling", ["rank", "percentile"])
@pytest.mark.parametrize("photometric", PHOTOMETRICS)
def test_how_much_border_there_is_leaves_no_trace(scaling, photometric):
    """The same picture alone, and with more black beside it, gets the same levels, and the border is black."""
    spec = InputSpec((64, 64), scaling, resize="pad")
    sign = -1 if photometric == "MONOCHROME1" else 1
    picture = sign * np.random.default_rng(0).uniform(5, 9, (64, 64)).astype(np.float32)
    picture[0, 0] = sign * 5
    black = sign * 5
    narrow, wide = (np.pad(picture, ((0, 0), (side, side)), constant_values=black) for side in (4, 40))
    one, other = (scale(each, photometric, spec) for each in (narrow, wide))
    assert one[:, 4:-4] == pytest.approx(other[:, 40:-40], abs=1e-6)
    assert (one[:, 0].max(), other[:, 0].max()) == (0, 0)
    assert other.max() == pytest.approx(1)


def test_a_black_that_is_a_border_counts_once():
    values = np.array([[0, 0, 0, 10, 20, 20, 50]])
    assert by_rank(values, "lowest").tolist() == [[0, 0, 0, 0.25, 0.625, 0.625, 1]]
    assert by_rank(-values, "highest").tolist() == [[1, 1, 1, 0.75, 0.375, 0.375, 0]]
    assert by_percentile(values, (0, 100), "lowest")[0] == pytest.approx([0, 0, 0, 0, 0.25, 0.25, 1])
    assert by_percentile(np.full((3, 3), 7), (0, 100), "lowest").tolist() == np.full((3, 3), 0.5).tolist()
    assert by_rank(np.full((3, 3), 7), "lowest").tolist() == np.full((3, 3), 0.5).tolist()


def test_a_range_takes_its_limits_to_0_and_1_whatever_else_is_in_the_picture():
    spec = InputSpec((8, 8), "range", limits=(-1000, 1000))
    values = np.full((8, 8), -3000, np.float32)
    values[0, :6] = -1000, -500, 0, 500, 1000, 4000
    assert prepare(volume_of(values), 0, spec)[0, :6, 0] == pytest.approx([0, 0.25, 0.5, 0.75, 1, 1])
    assert prepare(volume_of(values), 0, spec)[1, 0, 0] == 0
    inverted = prepare(volume_of(values, "MONOCHROME1"), 0, spec)
    assert inverted[0, :6, 0] == pytest.approx([1, 0.75, 0.5, 0.25, 0, 0])


@pytest.mark.parametrize("fitting", ["squash", "pad", "crop"])
@pytest.mark.parametrize("scaling", ["rank", "percentile", "range"])
def test_every_spec_gives_a_tensor_of_its_shape_in_0_to_1(fitting, scaling):
    limits = (0.0, 255.0) if scaling == "range" else None
    photograph = np.random.default_rng(0).integers(0, 256, (90, 70, 3))
    for channels in (1, 3):
        spec = InputSpec((40, 56), scaling, limits=limits, channels=channels, resize=fitting)
        for values in (photograph, photograph[..., 0]):
            tensor = prepare(volume_of(values), 0, spec)
            assert (tensor.shape, tensor.dtype) == (spec.tensor_shape, np.float32)
            assert 0 <= tensor.min() < tensor.max() <= 1
            assert resize(to_values(volume_of(values), 0, spec), "MONOCHROME2", spec).shape == spec.values_shape


def test_a_colour_picture_keeps_its_colours_in_three_channels():
    pixels = np.zeros((8, 9, 3))
    pixels[:, :3], pixels[:, 3:6], pixels[:, 6:] = (255, 0, 0), (0, 255, 0), (51, 102, 255)
    spec = InputSpec((8, 9), "range", limits=(0, 255), channels=3)
    tensor = prepare(volume_of(pixels), 0, spec)
    assert tensor[4, [1, 4, 7]] == pytest.approx(np.array([[1, 0, 0], [0, 1, 0], [0.2, 0.4, 1]]), abs=1e-6)


@pytest.mark.parametrize("fitting", ["squash", "pad", "crop"])
def test_a_grey_picture_is_the_same_in_each_of_three_channels_as_in_one(fitting):
    film = film_with_blob(2, (90, 70))[0]
    one = InputSpec((40, 56), "percentile", resize=fitting)
    three = prepare(film, 0, dataclasses.replace(one, channels=3))
    repeated = np.repeat(prepare(film, 0, one), 3, axis=2)
    assert three == pytest.approx(repeated, abs=5e-3)  # a percentile lies elsewhere between two of three times as many values


def test_each_colour_is_brought_to_size_as_a_grey_picture_would_be():
    photograph = np.random.default_rng(0).integers(0, 256, (90, 70, 3))
    spec = InputSpec((40, 56), "range", limits=(0, 255), channels=3)
    tensor = prepare(volume_of(photograph), 0, spec)
    for colour in range(3):
        alone = prepare(volume_of(photograph[..., colour]), 0, dataclasses.replace(spec, channels=1))
        assert tensor[..., colour] == pytest.approx(alone[..., 0], abs=1e-6)
