"""What `read` makes of the graphics that a DICOM file lays over its pictures."""

from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.data import get_testdata_file
from pydicom.tag import Tag
from reading_inputs import slice_dataset, write

from medcore import reading

pytestmark = pytest.mark.slow

DAMAGED = "Graphics that the file lays over the picture are damaged and aren't shown."
RING = np.array([[1, 1, 1], [1, 0, 1], [1, 1, 0]], np.uint8)


def bundled(name: str) -> Path:
    return Path(str(get_testdata_file(name, download=False)))


def volume_of(path: Path):
    result = reading.read([path])
    assert result.refusals == ()
    (series,) = result.series
    return series.volume


def packed(bits: np.ndarray) -> bytes:
    """Bits eight a byte, the first the lowest, with an even number of bytes."""
    whole = np.packbits(bits.reshape(-1), bitorder="little").tobytes()
    return whole + b"\0" * (len(whole) % 2)


def with_overlay(
    dataset: pydicom.Dataset,
    bits: np.ndarray,
    origin: tuple[int, int] = (1, 1),
    group: int = 0x6000,
    **elements: object,
) -> pydicom.Dataset:
    """The dataset with an overlay of (rows, columns) or (frames, rows, columns) bits; its corner is at `origin`, from 1."""
    values = {
        0x0010: ("US", bits.shape[-2]),
        0x0011: ("US", bits.shape[-1]),
        0x0040: ("CS", "G"),
        0x0050: ("SS", list(origin)),
        0x0100: ("US", 1),
        0x0102: ("US", 0),
        0x3000: ("OB", packed(bits)),
    }
    if bits.ndim == 3:
        values[0x0015] = ("IS", len(bits))
    if "first_frame" in elements:
        values[0x0051] = ("US", elements["first_frame"])
    for element, (representation, value) in values.items():
        dataset.add_new(Tag(group, element), representation, value)
    return dataset


def picture(**elements: object) -> pydicom.Dataset:
    return slice_dataset(np.full((5, 6), 1024, np.int16), **{"ImagePositionPatient": [0, 0, 0]} | elements)


def cine(frames: int) -> pydicom.Dataset:
    pixels = np.full((frames, 5, 6), 1024, np.int16)
    return picture(NumberOfFrames=frames, PixelData=pixels.tobytes(), Modality="XA")


@pytest.mark.parametrize("name", ["examples_overlay.dcm", "MR-SIEMENS-DICOM-WithOverlays.dcm"])
def test_a_scanners_overlay_is_what_pydicom_unpacks(name):
    volume = volume_of(bundled(name))
    assert volume.overlay.dtype == np.uint8
    assert np.array_equal(volume.overlay[0], pydicom.dcmread(bundled(name)).overlay_array(0x6000))
    assert volume.overlay.any()
    assert not volume.overlay.flags.writeable
    assert volume.warnings == ()


def test_a_file_without_overlays_has_none(tmp_path):
    assert volume_of(write(picture(), tmp_path / "x")).overlay is None


@pytest.mark.parametrize("origin", [(2, 3), (1, 1), (-1, 0), (4, 5), (5, 6), (1, -1)])
def test_an_overlay_lies_where_its_origin_says_and_what_is_outside_of_the_picture_is_left_out(tmp_path, origin):
    volume = volume_of(write(with_overlay(picture(), RING, origin), tmp_path / "x"))
    wanted = np.zeros((5, 6), np.uint8)
    for row, column in np.argwhere(RING):
        at = (row + origin[0] - 1, column + origin[1] - 1)
        if 0 <= at[0] < 5 and 0 <= at[1] < 6:
            wanted[at] = 1
    assert np.array_equal(volume.overlay[0], wanted)


@pytest.mark.parametrize("origin", [(40, 1), (-40, -40), (1, 7)])
def test_an_overlay_beside_the_picture_is_none(tmp_path, origin):
    volume = volume_of(write(with_overlay(picture(), RING, origin), tmp_path / "x"))
    assert (volume.overlay, volume.warnings) == (None, ())


def test_an_overlay_in_which_nothing_is_drawn_is_none(tmp_path):
    assert volume_of(write(with_overlay(picture(), 0 * RING), tmp_path / "x")).overlay is None


def test_an_overlay_larger_than_the_picture_is_cut_to_it(tmp_path):
    bits = np.random.default_rng(1).integers(0, 2, (9, 11), dtype=np.uint8)
    volume = volume_of(write(with_overlay(picture(), bits, (-1, 0)), tmp_path / "x"))
    assert np.array_equal(volume.overlay[0], bits[2:7, 1:7])


def test_all_groups_of_a_file_are_drawn_together(tmp_path):
    dataset = with_overlay(with_overlay(picture(), RING), RING, (3, 4), group=0x601E)
    wanted = np.zeros((5, 6), np.uint8)
    wanted[:3, :3] |= RING
    wanted[2:, 3:] |= RING
    assert np.array_equal(volume_of(write(dataset, tmp_path / "x")).overlay[0], wanted)


@pytest.mark.parametrize(
    ("bits", "elements", "drawn"),
    [
        (RING, {}, [RING, RING, RING]),
        (RING, {"first_frame": 2}, [0 * RING, RING, 0 * RING]),
        (np.stack([RING, RING.T[::-1], 1 - RING]), {}, [RING, RING.T[::-1], 1 - RING]),
        (np.stack([RING, RING[::-1]]), {"first_frame": 2}, [0 * RING, RING, RING[::-1]]),
        (np.stack([RING, RING[::-1]]), {"first_frame": 3}, [0 * RING, 0 * RING, RING]),
    ],
)
def test_an_overlay_lies_on_the_frames_that_it_is_for(tmp_path, bits, elements, drawn):
    overlay = volume_of(write(with_overlay(cine(3), bits, **elements), tmp_path / "x")).overlay
    assert [frame[:3, :3].tolist() for frame in overlay] == [frame.tolist() for frame in drawn]
    assert not overlay[:, 3:].any()


def test_slices_of_which_some_have_overlays_are_drawn_on_those(tmp_path):
    for index in range(5):
        dataset = picture(ImagePositionPatient=[0, 0, index], InstanceNumber=index)
        write(with_overlay(dataset, RING) if index == 2 else dataset, tmp_path / "scan" / str(index))
    overlay = volume_of(tmp_path / "scan").overlay
    assert overlay.any(axis=(1, 2)).tolist() == [False, False, True, False, False]


def test_big_endian_words_hold_the_same_bits(tmp_path):
    bits = np.random.default_rng(2).integers(0, 2, (5, 6), dtype=np.uint8)
    dataset = with_overlay(picture(), bits)
    swapped = np.frombuffer(packed(bits), "<u2").astype(">u2").tobytes()
    dataset[Tag(0x6000, 0x3000)].VR = "OW"
    dataset[Tag(0x6000, 0x3000)].value = swapped
    dataset.PixelData = np.full((5, 6), 1024, ">i2").tobytes()
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.ExplicitVRBigEndian
    assert np.array_equal(volume_of(write(dataset, tmp_path / "x")).overlay[0], bits)


@pytest.mark.parametrize("damage", [(0x0010, "US", 500), (0x0011, "US", 0), (0x3000, "OB", b"\1\0"), (0x0015, "IS", 9)])
def test_a_damaged_overlay_is_said_and_the_image_is_shown(tmp_path, damage):
    dataset = with_overlay(picture(), RING)
    dataset.add_new(Tag(0x6000, damage[0]), *damage[1:])
    if damage[0] == 0x3000:
        dataset.add_new(Tag(0x6000, 0x0010), "US", 30)
    volume = volume_of(write(dataset, tmp_path / "x"))
    assert (volume.overlay, volume.warnings) == (None, (DAMAGED,))
    assert (volume.voxels == 0).all()


def test_an_overlay_without_its_size_is_said(tmp_path):
    dataset = with_overlay(picture(), RING)
    del dataset[Tag(0x6000, 0x0010)]
    assert volume_of(write(dataset, tmp_path / "x")).warnings == (DAMAGED,)


def test_graphics_in_the_pixels_unused_bits_are_said(tmp_path):
    dataset = picture(BitsStored=12, HighBit=11)
    dataset.add_new(Tag(0x6000, 0x0010), "US", 5)
    dataset.add_new(Tag(0x6000, 0x0100), "US", 16)
    dataset.add_new(Tag(0x6000, 0x0102), "US", 12)
    volume = volume_of(write(dataset, tmp_path / "x"))
    assert (volume.overlay, volume.warnings) == (None, ("Graphics in the unused bits of the file's pixels aren't shown.",))
