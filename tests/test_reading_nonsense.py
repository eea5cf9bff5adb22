"""What `read` makes of a DICOM header that is nonsense: it says so, in words that name the file, and is never silent."""

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from broken_pieces import EXPLICIT, RAMP, Value, dicom, explicit, meta, sequence
from pydicom.dataset import Dataset
from reading_inputs import slice_dataset, write

from medcore import reading
from medcore.reading.desk import Desk, Limits, Source
from medcore.reading.dicom_grouping import Member, grouped, member
from medcore.reading.dicom_parsing import parse
from medcore.reading.dicom_planes import Plane
from medcore.reading.dicom_words import clean
from medcore.volume import Series

pytestmark = pytest.mark.slow

GREY = np.arange(20, dtype=np.int16).reshape(4, 5)
IN_PIXELS = "measurements are in pixels."
UNREAD_FRAMES = "The number of frames can't be read: only the first is shown."
PER_FRAME, POSITION = 0x52009230, 0x00209113


def written(path: Path, **values: Value) -> Path:
    """A CT slice of 64 × 64 whose elements hold these values as they are, sensible or not."""
    path.write_bytes(dicom(**values))
    return path


def series_of(path: Path) -> Series:
    result = reading.read([path])
    assert result.refusals == ()
    (series,) = result.series
    return series


def refusal_of(path: Path) -> str:
    result = reading.read([path])
    assert result.series == ()
    (refusal,) = result.refusals
    return refusal.error


def members(folder: Path, *paths: Path) -> list[Member]:
    desk = Desk(folder, Limits(1024, 60, 1024, 1024), lambda message: None)
    return [member(parse(Source(path.name, path), desk)) for path in paths]


# Places


@pytest.mark.parametrize(
    ("word", "keyword", "value"),
    [
        ("orientation", "ImageOrientationPatient", "0\\0\\0\\0\\0\\0"),
        ("orientation", "ImageOrientationPatient", "1\\0\\0\\1\\0\\0"),
        ("orientation", "ImageOrientationPatient", "nan\\0\\0\\0\\nan\\0"),
        ("orientation", "ImageOrientationPatient", "1\\0\\0\\0\\1"),
        ("position", "ImagePositionPatient", "1e300\\0\\-1e300"),
        ("position", "ImagePositionPatient", "inf\\0\\0"),
        ("position", "ImagePositionPatient", "here\\0\\0"),
    ],
)
def test_a_place_that_makes_no_sense_is_unknown_and_said(tmp_path, word, keyword, value):
    volume = series_of(written(tmp_path / "x", **{keyword: value})).volume
    assert (volume.affine, volume.row_column_mm) == (None, (0.5, 0.5))
    assert volume.warnings == (f"The file's {word} makes no sense: where it lies in the patient is unknown.",)


def test_slices_at_senseless_places_leave_the_sensible_ones_alone(tmp_path):
    for number, place in enumerate(("1e300\\0\\1e300", "0\\0\\-1e300", "0\\0\\10", "0\\0\\15", "0\\0\\20")):
        own = {"SeriesInstanceUID": "1.2.3.9", "SOPInstanceUID": f"1.2.{number}", "ImagePositionPatient": place}
        written(tmp_path / str(number), **own)
    series = reading.read([tmp_path]).series
    assert sorted((one.volume.shape[0], one.volume.affine is not None) for one in series) == [(2, False), (3, True)]
    assert [one.volume.warnings for one in series if one.volume.affine is not None] == [()]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ("0\\0", "Pixel spacing is 0"),
        ("-1\\-1", "Pixel spacing makes no sense (-1 × -1 in mm)"),
        ("1e300\\1e300", "Pixel spacing makes no sense (1e+300 × 1e+300 in mm)"),
        ("1e-320\\1e-320", "Pixel spacing makes no sense (9.99989e-321 × 9.99989e-321 in mm)"),
        ("nan\\nan", "Pixel spacing is unknown"),
    ],
)
def test_a_spacing_that_pixels_cant_have_is_said_as_it_is(tmp_path, value, words):
    volume = series_of(written(tmp_path / "x", PixelSpacing=value)).volume
    assert (volume.affine, volume.row_column_mm, volume.warnings) == (None, None, (f"{words}: {IN_PIXELS}",))


@pytest.mark.parametrize(
    ("value", "shown"),
    [("inf", "inf"), ("thick", "thick"), ("1\\2", "[1, 2]"), ("-3", "-3"), ("1e308", "1e308")],
)
def test_a_thickness_that_makes_no_sense_is_unknown(tmp_path, value, shown):
    volume = series_of(written(tmp_path / "x", SliceThickness=value)).volume
    assert volume.affine is not None
    assert not volume.affine[:3, 0].any()
    assert volume.warnings == (f"The file's slice thickness makes no sense ({shown}): it is taken as unknown.",)


def test_frames_that_the_file_doesnt_describe_are_said(tmp_path):
    place = sequence(POSITION, [explicit(0x00200032, "DS", b"0\\0\\5 ")])
    path = tmp_path / "x"
    path.write_bytes(dicom(pixels=RAMP * 2, extra=sequence(PER_FRAME, [place]), NumberOfFrames="2"))
    warning = "The file holds 2 frames and describes 1: what a frame is and where it lies may be wrong."
    assert all(warning in series.volume.warnings for series in reading.read([path]).series)


# Values


def test_a_slope_of_0_is_said_as_all_values_are_then_the_same(tmp_path):
    volume = series_of(written(tmp_path / "x", RescaleSlope="0")).volume
    assert (volume.voxels.min(), volume.voxels.max()) == (-1024, -1024)
    assert volume.warnings == ("The file's rescale slope is 0: all values are the same.",)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"RescaleSlope": "nan"}, "rescale slope nan"),
        ({"RescaleSlope": "steep"}, "rescale slope steep"),
        ({"RescaleSlope": "1\\2"}, "rescale slope [1, 2]"),
        ({"RescaleIntercept": "-inf"}, "rescale intercept -inf"),
    ],
)
def test_a_rescale_that_is_no_number_is_named_alone(tmp_path, values, words):
    error = refusal_of(written(tmp_path / "x", **values))
    assert error == f"x has the {words}, which is no finite number; export it again."


@pytest.mark.parametrize(
    ("values", "warning"),
    [
        ({"SamplesPerPixel": 0}, "The file says that a pixel has 0 samples: it is read as having one."),
        ({"PixelRepresentation": 7}, "The file doesn't say whether its pixels are signed: they are read as unsigned."),
        ({"BitsStored": 0}, "The file says that 0 bits of a pixel are used: all 16 are read."),
        ({"HighBit": 200}, "The file's highest bit (200) doesn't fit its 16 bits stored: the lowest bits are read."),
        ({"HighBit": 3}, "The file's highest bit (3) doesn't fit its 16 bits stored: the lowest bits are read."),
        (
            {"PhotometricInterpretation": "RGB"},
            "The file calls its pixels RGB, and each has one sample: they are shown in grey.",
        ),
        ({"Rows": 32}, "The file holds more pixels than it says: those after the last row of the last frame aren't shown."),
        ({"NumberOfFrames": "0"}, "The file says that it holds 0 frames: only the first is shown."),
        ({"NumberOfFrames": "-5"}, "The file says that it holds -5 frames: only the first is shown."),
        ({"NumberOfFrames": "1.5"}, UNREAD_FRAMES),
        ({"NumberOfFrames": "many"}, UNREAD_FRAMES),
    ],
)
def test_pixels_that_are_described_as_they_cant_be_are_said(tmp_path, values, warning):
    assert series_of(written(tmp_path / "x", **values)).volume.warnings == (warning,)


@pytest.mark.parametrize(
    ("values", "warning"),
    [
        ({"WindowCenter": "a", "WindowWidth": "b"}, "The file's window isn't made of numbers: it is ignored."),
        (
            {"WindowCenter": "1e308", "WindowWidth": "1e308"},
            "The file's window (center 1e+308, width 1e+308) is invalid: it is ignored.",
        ),
        (
            {"WindowCenter": "1", "WindowWidth": "9", "VOILUTFunction": "CUBIC"},
            "The file's window has a function that there isn't (CUBIC): it is shown as a linear one.",
        ),
    ],
)
def test_a_window_that_cant_be_is_said(tmp_path, values, warning):
    assert series_of(written(tmp_path / "x", **values)).volume.warnings == (warning,)


@pytest.mark.parametrize(
    "injection", [{"RadionuclideHalfLife": 1e-300}, {"RadionuclideHalfLife": 1e300, "RadionuclideTotalDose": 1e300}]
)
def test_an_injection_that_makes_no_sense_costs_the_suv_alone(tmp_path, injection):
    usual = {"RadionuclideHalfLife": 6586, "RadionuclideTotalDose": 4e8, "RadiopharmaceuticalStartTime": "000000"}
    injected = item(**usual | injection)
    scan = {"SeriesDate": "20240101", "SeriesTime": "010000", "PatientWeight": 70, "DecayCorrection": "START"}
    units = {"Modality": "PT", "Units": "BQML", "CorrectedImage": ["ATTN", "DECY"], "ImagePositionPatient": [0, 0, 0]}
    dataset = slice_dataset(GREY, RadiopharmaceuticalInformationSequence=[injected], **scan, **units)
    (warning,) = series_of(write(dataset, tmp_path / "x")).volume.warnings
    assert warning == "SUV can't be computed: what the file says about the injection and its times makes no sense."


@pytest.mark.parametrize("values", [{"TemporalPositionIdentifier": "9" * 400}, {"EchoTime": "nan"}, {"AcquisitionTime": "x"}])
def test_times_that_make_no_sense_cost_no_picture(tmp_path, values):
    for number in range(2):
        own = {"SeriesInstanceUID": "1.2.3.9", "SOPInstanceUID": f"1.2.{number}", "InstanceNumber": str(number)}
        written(tmp_path / str(number), **own | values)
    (series,) = reading.read([tmp_path]).series
    assert series.volume.shape[0] == 2


# Words


@pytest.mark.parametrize(
    ("keyword", "words"),
    [("Rows", "says 0 for its Rows"), ("Columns", "says 0 for its Columns")],
)
def test_a_size_of_0_is_told_from_one_that_is_missing(tmp_path, keyword, words):
    zero, missing = written(tmp_path / "x", **{keyword: 0}), written(tmp_path / "y", **{keyword: None})
    assert refusal_of(zero) == f"x {words}, so its pixels can't be read; export it again."
    assert refusal_of(missing) == f"y doesn't say its {keyword}, so its pixels can't be read; export it again."


@pytest.mark.parametrize(
    ("modality", "words"), [("SR", "an SR"), ("RTPLAN", "an RTPLAN"), ("ECG", "an ECG"), ("SEG", "a SEG"), ("PR", "a PR")]
)
def test_an_object_without_pixels_has_its_article(tmp_path, modality, words):
    none = dict.fromkeys(("Rows", "Columns", "BitsAllocated", "BitsStored"))
    path = written(tmp_path / "x", **none, SOPClassUID="1.2.840.10008.5.1.4.1.1.88.11", Modality=modality, pixels=None)
    assert refusal_of(path).startswith(f"x is {words} object and holds no image; open the ")


def test_a_dicom_file_that_breaks_off_in_its_first_elements_is_called_damaged(tmp_path):
    path = tmp_path / "x"
    path.write_bytes(meta(EXPLICIT) + b"\x09\0\x10\x10ob\0\0\x04\0\0\0abcd" * 20)
    assert refusal_of(path) == "x is damaged and can't be read; export or copy it again from where it came from."


@pytest.mark.parametrize("syntax", ["not a uid", ""])
def test_a_transfer_syntax_that_is_none_is_refused_in_words(tmp_path, syntax):
    (tmp_path / "x").write_bytes(dicom(syntax))
    words = "x doesn't say how its pixels are stored (its transfer syntax is none that there is); export it again."
    assert refusal_of(tmp_path / "x") == words


def test_texts_come_without_what_a_page_or_a_terminal_would_obey(tmp_path):
    names = {"PatientName": b"\x1b[31mDoe\x07^\x00J\r\n", "StudyDescription": "x" * 900, "SeriesInstanceUID": b"1.2\x1b[2J.3 "}
    series = series_of(written(tmp_path / "x", **names))
    assert series.header["PatientName"] == "[31mDoe^J"
    assert len(series.header["StudyDescription"]) == 200
    assert series.uid == "1.2[2J.3"
    assert all(text.isprintable() for text in series.header.values())
    assert clean("a\u202egnp\ud800\ue000\n\tb") == "agnp b"


# Thousands


def enhanced(path: Path, frames: int, places: int) -> Path:
    """An enhanced MR of diffusion: the places again and again, each time in another direction, with a vendor's elements."""
    pixels = np.zeros((frames, 2, 2), np.int16)
    dataset = slice_dataset(pixels[0], Modality="MR", NumberOfFrames=frames, PixelData=pixels.tobytes())
    vendor = dataset.private_block(0x2001, "Philips Imaging DD 001", create=True)
    for element in range(0x10, 0xF0):
        vendor.add_new(element, "LO", "x")
    dataset.SharedFunctionalGroupsSequence = [item(PlaneOrientationSequence=[item(ImageOrientationPatient=[1, 0, 0, 0, 1, 0])])]
    dataset.PerFrameFunctionalGroupsSequence = [frame_of(*divmod(number, places), number) for number in range(frames)]
    return write(dataset, path)


def frame_of(volume: int, place: int, number: int) -> Dataset:
    gradient = item(DiffusionGradientOrientation=[volume, 1, 0])
    return item(
        PlanePositionSequence=[item(ImagePositionPatient=[0, 0, place])],
        FrameContentSequence=[item(FrameAcquisitionDateTime=f"20200101101010.{number:06}")],
        MRDiffusionSequence=[item(DiffusionBValue=1000.0, DiffusionGradientDirectionSequence=[gradient])],
    )


def item(**elements: object) -> Dataset:
    found = Dataset()
    for keyword, value in elements.items():
        setattr(found, keyword, value)
    return found


@pytest.mark.parametrize(("places", "stacks"), [(50, 60), (3000, 1)])
def test_thousands_of_frames_are_sorted_in_seconds(tmp_path, places, stacks):
    path = enhanced(tmp_path / "x", 3000, places)
    started = time.process_time()
    (whole,) = grouped(members(tmp_path, path))
    assert [len(stack) for stack in whole.stacks] == [places] * stacks
    assert time.process_time() - started < 5


def test_thousands_of_geometries_arent_each_compared_with_all(tmp_path):
    (one,) = members(tmp_path, write(slice_dataset(GREY, ImagePositionPatient=[0, 0, 0]), tmp_path / "x"))
    angles = np.linspace(0, 3, 8000)
    planes = [turned(one.planes[0], angle, 0.5 + number / 1e5) for number, angle in enumerate(angles)]
    turning = [Member(number, str(number), one.identity, ("None",), [plane]) for number, plane in enumerate(planes)]
    started = time.process_time()
    assert 1000 < len(grouped(turning)) < 8000
    assert time.process_time() - started < 10


def turned(plane: Plane, angle: float, spacing: float) -> Plane:
    row, column = float(np.cos(angle)), float(np.sin(angle))
    return replace(plane, orientation=(row, column, 0.0, -column, row, 0.0), spacing=(0.5, spacing))
