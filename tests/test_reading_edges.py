"""What `read` says where an upload is almost right: shifted slices, 16-bit colours, coded views, nothing at all."""

import struct
import zipfile
import zlib
from pathlib import Path

import nibabel
import numpy as np
import pytest
from pydicom.dataset import Dataset
from reading_inputs import slice_dataset, write, write_series

from medcore import reading
from medcore.rendering import to_grey

NOTHING = "holds no files that Lightbox reads; open a DICOM, NIfTI, PNG, JPEG or TIFF file, or a folder or zip with some."


def only(result: reading.Reading):
    assert result.refusals == ()
    (series,) = result.series
    return series


def refused(result: reading.Reading) -> tuple[str, str]:
    assert result.series == ()
    (refusal,) = result.refusals
    return refusal.name, refusal.error


def png16(path: Path, values: np.ndarray, colour_type: int) -> Path:
    """A PNG of 16-bit `values` (rows, columns, channels), which Pillow can't write."""
    rows, columns = values.shape[:2]
    lines = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    header = struct.pack(">IIBBBBB", columns, rows, 16, colour_type, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(lines)), (b"IEND", b""))
    parts = (struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + b"".join(parts))
    return path


DEEP = (np.arange(48).reshape(6, 8) * 1000 + 7).astype(np.uint16)
OPAQUE = np.full_like(DEEP, 65535)


@pytest.mark.parametrize(
    ("channels", "colour_type"),
    [((DEEP, OPAQUE), 4), ((DEEP, DEEP, DEEP), 2), ((DEEP, DEEP, DEEP, OPAQUE), 6), ((DEEP,), 0)],
)
def test_a_grey_png_of_16_bits_keeps_them_whatever_its_channels(tmp_path, channels, colour_type):
    volume = only(reading.read([png16(tmp_path / "x.png", np.stack(channels, -1), colour_type)])).volume
    assert np.array_equal(volume.voxels[0], DEEP)
    assert volume.warnings == ()


def test_a_coloured_png_of_16_bits_says_that_it_is_shown_with_8(tmp_path):
    path = png16(tmp_path / "x.png", np.stack((DEEP, DEEP // 2, DEEP // 4), -1), 2)
    volume = only(reading.read([path])).volume
    assert np.array_equal(volume.voxels[0, ..., 1], DEEP // 2 >> 8)
    assert volume.warnings == ("The picture's colours are shown with 8 of their 16 bits.",)


def test_a_damaged_png_of_16_bits_is_refused(tmp_path):
    path = png16(tmp_path / "x.png", np.stack((DEEP, OPAQUE), -1), 4)
    path.write_bytes(path.read_bytes()[:60])
    assert refused(reading.read([path]))[1].startswith("x.png is damaged")


@pytest.mark.parametrize("positions", [[(0, 0, 0), (80, 0, 5), (0, 40, 10), (0, 0, 15)], [(0, 0, 0), (0.2, 0, 5), (0, 0, 10)]])
def test_slices_shifted_against_each_other_are_said(tmp_path, positions):
    for index, position in enumerate(positions):
        own = {"ImagePositionPatient": list(position), "InstanceNumber": index + 1}
        write(slice_dataset(np.full((4, 4), index, np.int16), **own), tmp_path / str(index))
    warnings = only(reading.read([tmp_path])).volume.warnings
    most = max(np.hypot(*position[:2]) for position in positions)
    sentence = f"Slices are shifted sideways by up to {most:.1f} mm: places and distances across them are that far off."
    assert warnings == (sentence,)


def test_a_tilted_stack_with_a_missing_slice_isnt_called_shifted(tmp_path):
    write_series(tmp_path, step=(0.0, 2.0, 5.0))[2].unlink()
    warnings = only(reading.read([tmp_path])).volume.warnings
    assert warnings == (
        "1 slice seems to be missing: distances are averages.",
        "The gantry was tilted by 21.8°: slices are sheared against each other; places are true.",
    )


@pytest.mark.parametrize(
    ("scheme", "value", "view"),
    [
        ("SRT", "R-10206", "AP"),
        ("SNM3", "R-10214", "PA"),
        ("SCT", "399348003", "AP"),
        ("SCT", "272479007", "PA"),
        ("SCT", "399173006", "LL"),
        ("SRT", "R-10232", "RL"),
        ("SCT", "399132005", None),  # frontal-oblique axial
        ("99LOCAL", "R-10214", None),
    ],
)
def test_a_coded_view_is_view_positions_word_for_it(tmp_path, scheme, value, view):
    code = Dataset()
    code.CodingSchemeDesignator, code.CodeValue, code.CodeMeaning = scheme, value, "postero-anterior"
    write_series(tmp_path, 1, ViewCodeSequence=[code])
    assert only(reading.read([tmp_path])).acquisition.view == view


@pytest.mark.parametrize("values", [np.linspace(0, 1, 60), np.linspace(0, 3e-3, 60), np.linspace(-0.25, 0.5, 60)])
@pytest.mark.parametrize("calibrated", [False, True])
def test_a_nifti_of_small_values_is_shown_in_greys(tmp_path, values, calibrated):
    image = nibabel.Nifti1Image(values.reshape(5, 4, 3).astype(np.float32), np.diag([-1.0, -1.0, 1.0, 1.0]))
    if calibrated:
        image.header["cal_min"], image.header["cal_max"] = values[0], values[-1]
    nibabel.save(image, tmp_path / "x.nii")
    volume = only(reading.read([tmp_path / "x.nii"])).volume
    assert (volume.suggested_window is not None) == calibrated
    grey = to_grey(volume.voxels, volume.window_or_range(), "MONOCHROME2")
    share = (volume.voxels - values[0]) / (values[-1] - values[0])
    assert np.abs(grey - 255 * share).max() < 3


def test_a_calibration_that_is_no_number_is_left_out(tmp_path):
    image = nibabel.Nifti1Image(np.zeros((2, 2, 2), np.float32), np.eye(4))
    image.header["cal_min"], image.header["cal_max"] = 0, np.inf
    nibabel.save(image, tmp_path / "x.nii")
    assert only(reading.read([tmp_path / "x.nii"])).volume.suggested_window is None


def test_an_empty_folder_is_one_refusal(tmp_path):
    folder = tmp_path / "scan"
    folder.mkdir()
    assert refused(reading.read([folder])) == ("scan", f"scan {NOTHING}")


def test_a_folder_of_clutter_is_one_refusal(tmp_path):
    folder = tmp_path / "scan"
    folder.mkdir()
    for name in (".DS_Store", "Thumbs.db"):
        (folder / name).write_bytes(b"clutter")
    assert refused(reading.read([folder])) == ("scan", f"scan {NOTHING}")


@pytest.mark.parametrize("members", [[], ["__MACOSX/._x", "Thumbs.db"], ["folder/"]])
def test_a_zip_with_nothing_in_it_is_one_refusal(tmp_path, members):
    with zipfile.ZipFile(tmp_path / "scan.zip", "w") as made:
        for member in members:
            made.writestr(member, b"")
    assert refused(reading.read_named([("scan.zip", tmp_path / "scan.zip")])) == ("scan.zip", f"scan.zip {NOTHING}")


def test_no_files_at_all_are_one_refusal():
    assert refused(reading.read_named([])) == ("The upload", f"The upload {NOTHING}")


def test_an_image_object_that_lost_its_pixels_is_called_damaged(tmp_path):
    path = write(slice_dataset(np.zeros((4, 4), np.int16), Rows=None, Columns=None, PixelData=None), tmp_path / "x.dcm")
    assert refused(reading.read([path]))[1].startswith("x.dcm is damaged and can't be read;")
