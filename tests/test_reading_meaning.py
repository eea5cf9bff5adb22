"""What `read` makes of what a DICOM header means: doses, spacings, tilts, copies, rescales, kinds, and parts of one whole."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.data import get_testdata_file
from pydicom.dataset import Dataset
from reading_inputs import slice_dataset, write, write_series

from medcore import reading

pytestmark = pytest.mark.slow

AT_DETECTOR = "Pixel spacing is at the detector: distances in the patient are smaller than measured."
INSIDE = "Distances hold inside the ultrasound image, not in the rest of the picture."
NO_VALUE = "Voxels without a value (NaN or infinite) are shown as 0."
REPEATED = "Several images lie at the same place: they are shown one after another, not as a stack."


def bundled(name: str) -> Path:
    return Path(str(get_testdata_file(name, download=False)))


def only(result: reading.Reading):
    assert result.refusals == ()
    (series,) = result.series
    return series


def volume_of(path: Path):
    return only(reading.read([path])).volume


def bare(pixels: np.ndarray, **elements: object) -> Dataset:
    """A picture without a place in the patient and without a rescale; elements that are None are left out."""
    dataset = slice_dataset(pixels)
    for keyword in ("ImageOrientationPatient", "PixelSpacing", "RescaleSlope", "RescaleIntercept"):
        delattr(dataset, keyword)
    for keyword, value in elements.items():
        if value is not None:
            setattr(dataset, keyword, value)
    return dataset


GREY = np.arange(20, dtype=np.int16).reshape(4, 5)


# RT dose


def test_a_doses_stored_values_stay_and_what_one_is_in_gray_is_said(tmp_path):
    dataset = pydicom.dcmread(bundled("rtdose.dcm"))
    stored = dataset.pixel_array
    dataset.DoseUnits, dataset.DoseGridScaling = "GY", "0.00125"
    dataset.save_as(tmp_path / "x")
    volume = volume_of(tmp_path / "x")
    assert np.array_equal(volume.voxels, stored)
    assert volume.warnings == ("A value of 1 is 0.00125 Gy of dose.",)
    assert volume_of(bundled("rtdose.dcm")).warnings == ("A value of 1 is 1e-06 of the reference dose.",)


@pytest.mark.parametrize("keyword", ["DoseUnits", "DoseGridScaling"])
def test_a_dose_without_scaling_or_unit_says_so(tmp_path, keyword):
    dataset = pydicom.dcmread(bundled("rtdose.dcm"))
    delattr(dataset, keyword)
    dataset.save_as(tmp_path / "x")
    warnings = volume_of(tmp_path / "x").warnings
    assert warnings == ("What a value is as a dose is unknown: the file doesn't give its scaling and unit.",)


# Pixel spacing


@pytest.mark.parametrize(
    ("elements", "spacing", "warnings"),
    [
        ({"ImagerPixelSpacing": [0.2, 0.1]}, (0.2, 0.1), (AT_DETECTOR,)),
        ({"ImagerPixelSpacing": [0.2, 0.1], "PixelSpacing": [0.2, 0.1]}, (0.2, 0.1), (AT_DETECTOR,)),
        (
            {"ImagerPixelSpacing": ["0.14349489", "0.1"], "PixelSpacing": ["0.143495", "0.100"]},
            (0.14349489, 0.1),
            (AT_DETECTOR,),
        ),
        ({"ImagerPixelSpacing": [0.2, 0.1], "PixelSpacing": [0.18, 0.09]}, (0.18, 0.09), ()),
        (
            {"ImagerPixelSpacing": [0.2, 0.1], "PixelSpacing": [0.18, 0.09], "PixelSpacingCalibrationType": "FIDUCIAL"},
            (0.18, 0.09),
            (),
        ),
        ({"PixelSpacing": [0.18, 0.09], "PixelSpacingCalibrationType": "GEOMETRY"}, (0.18, 0.09), ()),
        (
            {"PixelSpacing": [0.18, 0.09]},
            (0.18, 0.09),
            ("Pixel spacing may be at the detector: the file doesn't say whether distances in the patient are smaller.",),
        ),
        (
            {"ImagerPixelSpacing": [0.2, 0.1], "EstimatedRadiographicMagnificationFactor": 1.25},
            (0.16, 0.08),
            ("Pixel spacing in the patient is an estimate, from a magnification of 1.25.",),
        ),
        ({"ImagerPixelSpacing": [0.2, 0.1], "EstimatedRadiographicMagnificationFactor": 1}, (0.2, 0.1), (AT_DETECTOR,)),
        (
            {"NominalScannedPixelSpacing": [0.2, 0.1]},
            (0.2, 0.1),
            ("Pixel spacing is on the scanned film: distances in the patient are smaller than measured.",),
        ),
        (
            {"PixelSpacing": [0, 0], "ImagerPixelSpacing": [0.1, 0.1]},
            None,
            ("Pixel spacing is 0: measurements are in pixels.",),
        ),
        ({}, None, ("Pixel spacing is unknown: measurements are in pixels.",)),
    ],
)
@pytest.mark.parametrize("modality", ["DX", "XA"])
def test_a_films_calibrated_spacing_is_told_from_its_detectors(tmp_path, modality, elements, spacing, warnings):
    volume = volume_of(write(bare(GREY, Modality=modality, **elements), tmp_path / "x"))
    assert volume.row_column_mm == (None if spacing is None else pytest.approx(spacing))
    assert volume.warnings == warnings


def region(**elements: object) -> Dataset:
    """An ultrasound region of 2-D tissue in cm over the whole of a 4 × 5 picture."""
    own = {
        "RegionSpatialFormat": 1,
        "RegionDataType": 1,
        "PhysicalUnitsXDirection": 3,
        "PhysicalUnitsYDirection": 3,
        "PhysicalDeltaX": 0.02,
        "PhysicalDeltaY": 0.03,
        "RegionLocationMinX0": 0,
        "RegionLocationMinY0": 0,
        "RegionLocationMaxX1": 4,
        "RegionLocationMaxY1": 3,
    }
    item = Dataset()
    for keyword, value in (own | elements).items():
        setattr(item, keyword, value)
    return item


SPECTRUM = {"RegionSpatialFormat": 3, "PhysicalUnitsXDirection": 4, "PhysicalUnitsYDirection": 7}
UNEQUAL = "The picture's parts differ in pixel spacing: measurements are in pixels."


@pytest.mark.parametrize(
    ("regions", "spacing", "warnings"),
    [
        ([region()], (0.3, 0.2), ()),
        ([region(PhysicalDeltaY=-0.03)], (0.3, 0.2), ()),
        ([region(RegionLocationMinX0=1)], (0.3, 0.2), (INSIDE,)),
        ([region(RegionLocationMaxX1=2), region(RegionLocationMinX0=3)], (0.3, 0.2), (INSIDE,)),
        ([region(RegionLocationMaxY1=2), region(**SPECTRUM)], (0.3, 0.2), (INSIDE,)),
        ([region(), region(PhysicalDeltaX=0.04)], None, (UNEQUAL,)),
        ([region(**SPECTRUM)], None, ("Pixel spacing is unknown: measurements are in pixels.",)),
        ([region(PhysicalDeltaX=0)], None, ("Pixel spacing is unknown: measurements are in pixels.",)),
    ],
)
def test_an_ultrasounds_spacing_is_its_tissue_regions(tmp_path, regions, spacing, warnings):
    volume = volume_of(write(bare(GREY, Modality="US", SequenceOfUltrasoundRegions=regions), tmp_path / "x"))
    assert volume.row_column_mm == (None if spacing is None else pytest.approx(spacing))
    assert volume.warnings == warnings


def test_a_real_ultrasound_is_measured_in_its_region():
    volume = volume_of(bundled("examples_ybr_color.dcm"))
    assert volume.row_column_mm == pytest.approx((0.5105, 0.5105), abs=1e-4)
    assert volume.warnings == (INSIDE,)


# Geometry, copies, rescales


@pytest.mark.parametrize(("modality", "cause"), [("CT", "The gantry was tilted"), ("MR", "The stack leans")])
def test_slices_that_are_sheared_against_each_other_are_said(tmp_path, modality, cause):
    angle = np.radians(20)
    tilted = [1.0, 0.0, 0.0, 0.0, float(np.cos(angle)), float(np.sin(angle))]
    write_series(tmp_path, ImageOrientationPatient=tilted, Modality=modality)
    volume = volume_of(tmp_path)
    assert volume.warnings == (f"{cause} by 20°: slices are sheared against each other; places are true.",)
    assert np.allclose(volume.affine @ [4, 0, 0, 1], [0, 0, 20, 1])


def test_an_oblique_stack_along_its_normal_isnt_called_tilted(tmp_path):
    angle = np.radians(20)
    tilted = [1.0, 0.0, 0.0, 0.0, float(np.cos(angle)), float(np.sin(angle))]
    write_series(tmp_path, step=(0.0, -5 * np.sin(angle), 5 * np.cos(angle)), ImageOrientationPatient=tilted)
    assert volume_of(tmp_path).warnings == ()


def test_copies_are_left_out_and_counted(tmp_path):
    paths = write_series(tmp_path)
    shutil.copy(paths[0], tmp_path / "copy")
    once = volume_of(tmp_path)
    assert (once.shape[0], once.warnings) == (5, ("1 file is a copy of another and was left out.",))
    shutil.copytree(tmp_path, tmp_path / "again")
    twice = volume_of(tmp_path)
    assert (twice.shape[0], twice.warnings) == (5, ("7 files are copies and were left out.",))


def test_each_slices_own_rescale_is_applied_and_said(tmp_path):
    for index, slope in enumerate((1, 2, 2)):
        own = {"ImagePositionPatient": [0, 0, index], "RescaleSlope": slope, "RescaleIntercept": 0, "Modality": "MR"}
        write(slice_dataset(GREY, **own), tmp_path / str(index))
    volume = volume_of(tmp_path)
    assert volume.voxels[:, 0, 3].tolist() == [3, 6, 6]
    assert volume.warnings == ("Slices differ in their rescale: each slice's own was applied.",)


def test_a_pets_rescales_differ_without_a_word(tmp_path):
    for index, slope in enumerate((1, 2, 2)):
        own = {"ImagePositionPatient": [0, 0, index], "RescaleSlope": slope, "RescaleIntercept": 0, "Modality": "PT"}
        write(slice_dataset(GREY, **own), tmp_path / str(index))
    assert volume_of(tmp_path).warnings == ()


def test_a_slice_without_a_rescale_among_others_is_said_and_the_stack_isnt_called_hu(tmp_path):
    for index in range(3):
        own = {"RescaleSlope": None, "RescaleIntercept": None} if index == 0 else {}
        write(slice_dataset(GREY, ImagePositionPatient=[0, 0, index], **own), tmp_path / str(index))
    volume = volume_of(tmp_path)
    assert volume.unit == "stored value"
    assert volume.warnings == ("1 of 3 slices has no rescale: stored values stand among rescaled ones.",)


# Kinds


def kinds(tmp_path: Path, types: Sequence[Sequence[str]], places: Sequence[float], **elements: object) -> list[int]:
    """The number of slices in each series that images of such Image Types at such places become."""
    for index, (image_type, place) in enumerate(zip(types, places, strict=True)):
        own = {"ImageType": list(image_type), "ImagePositionPatient": [0, 0, place], "InstanceNumber": index + 1}
        write(slice_dataset(GREY, **own | elements), tmp_path / f"{index:02}")
    return [series.volume.shape[0] for series in reading.read([tmp_path]).series]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ORIGINAL PRIMARY AXIAL", "ORIGINAL PRIMARY LOCALIZER"),
        ("ORIGINAL PRIMARY M ND", "ORIGINAL PRIMARY P ND"),  # Siemens
        ("ORIGINAL PRIMARY M_FFE M FFE", "ORIGINAL PRIMARY PHASE_MAP P FFE"),  # Philips
        ("ORIGINAL PRIMARY AXIAL", "DERIVED PRIMARY AXIAL"),
        ("ORIGINAL PRIMARY AXIAL", "ORIGINAL SECONDARY AXIAL"),
    ],
)
def test_another_kind_is_another_series_even_beside_the_first(tmp_path, one, other):
    assert kinds(tmp_path, [one.split()] * 3 + [other.split()] * 3, range(6)) == [3, 3]


def test_what_vendors_append_to_the_image_type_doesnt_split_a_stack(tmp_path):
    types = [f"ORIGINAL PRIMARY M {appended}".split() for appended in ("ND", "ND NORM", "ND 3", "ND 4")]
    assert kinds(tmp_path, types, range(4)) == [4]


def test_what_vendors_append_tells_images_at_one_place_apart(tmp_path):
    types = [["DERIVED", "PRIMARY", "OTHER", species] for species in "WWWFFF"]
    assert kinds(tmp_path, types, [0, 1, 2] * 2) == [3, 3]
    assert [series.part for series in reading.read([tmp_path]).series] == [None, None]


def test_ges_magnitude_and_phase_are_told_apart_by_its_own_tag(tmp_path):
    for index in range(6):
        dataset = slice_dataset(GREY, ImagePositionPatient=[0, 0, index % 3], InstanceNumber=index, Modality="MR")
        dataset.private_block(0x0043, "GEMS_PARM_01", create=True).add_new(0x2F, "SS", index // 3)
        write(dataset, tmp_path / str(index))
    assert [series.volume.shape[0] for series in reading.read([tmp_path]).series] == [3, 3]


def test_a_scout_in_another_direction_is_its_own_series(tmp_path):
    write_series(tmp_path / "a")
    write_series(tmp_path / "b", 1, ImageOrientationPatient=[0.0, 1.0, 0.0, 0.0, 0.0, -1.0])
    assert sorted(series.volume.shape[0] for series in reading.read([tmp_path]).series) == [1, 5]


# Floating point, lookup tables, palettes


def floats(values: np.ndarray, keyword: str) -> Dataset:
    dataset = slice_dataset(np.zeros(values.shape, np.int16), ImagePositionPatient=[0, 0, 0], RescaleIntercept=0)
    del dataset.PixelData, dataset.BitsStored, dataset.HighBit, dataset.PixelRepresentation
    dataset.BitsAllocated = values.itemsize * 8
    setattr(dataset, keyword, values.tobytes())
    return dataset


@pytest.mark.parametrize(("dtype", "keyword"), [(np.float32, "FloatPixelData"), (np.float64, "DoubleFloatPixelData")])
def test_floating_point_pixels_without_a_value_are_0_and_said(tmp_path, dtype, keyword):
    values = np.array([[1.5, np.nan], [np.inf, -np.inf]], dtype)
    volume = volume_of(write(floats(values, keyword), tmp_path / "x"))
    assert (volume.voxels.dtype, volume.voxels.tolist()) == (np.float32, [[[1.5, 0], [0, 0]]])
    assert volume.warnings == (NO_VALUE,)
    assert np.isfinite(volume.window_or_range().width)


def test_floating_point_pixels_beyond_32_bits_are_refused_not_shown_as_0(tmp_path):
    path = write(floats(np.array([[1e300, 1.0]]), "DoubleFloatPixelData"), tmp_path / "x")
    (refusal,) = reading.read([path]).refusals
    assert refusal.error == "x holds values beyond 3.4e38, more than 32-bit floating point takes; save it rescaled."


def test_integers_beyond_32_bits_are_said_to_be_rounded(tmp_path):
    volume = volume_of(write(bare(np.array([[2**32 - 1, 7]], np.uint32), PixelSpacing=[1, 1]), tmp_path / "x"))
    assert (volume.voxels.dtype, volume.voxels.tolist()) == (np.float32, [[[2.0**32, 7]]])
    assert volume.warnings == ("Some voxels are integers beyond 32 bits: they are rounded to 7 digits.",)


def test_floating_point_pixels_with_values_are_as_they_are(tmp_path):
    values = np.array([[1.5, -2.25]], np.float32)
    volume = volume_of(write(floats(values, "FloatPixelData"), tmp_path / "x"))
    assert (volume.voxels[0].tolist(), volume.warnings) == (values.tolist(), ())


@pytest.mark.parametrize("representation", ["SS", "US"])
def test_a_modality_lut_begins_at_a_negative_value_however_that_is_written(tmp_path, representation):
    item = Dataset()
    first = -2 if representation == "SS" else 2**16 - 2
    item.add_new("LUTDescriptor", representation, [4, first, 16])
    item.add_new("LUTData", "US", [10, 20, 30, 40])
    item.ModalityLUTType = "US"
    pixels = np.array([[-3, -2, -1, 0, 1, 2]], np.int16)
    volume = volume_of(write(bare(pixels, ModalityLUTSequence=[item], PixelSpacing=[1, 1]), tmp_path / "x"))
    assert volume.voxels.tolist() == [[[10, 10, 20, 30, 40, 40]]]


def test_a_dark_frame_of_a_16_bit_palette_stays_dark(tmp_path):
    frames = np.array([[[0, 0]], [[0, 255]]], np.uint8)
    dataset = bare(frames[0], PhotometricInterpretation="PALETTE COLOR", NumberOfFrames=2, PixelData=frames.tobytes())
    table = (np.r_[100, np.arange(1, 256) * 257]).astype("<u2").tobytes()
    for colour in ("Red", "Green", "Blue"):
        setattr(dataset, f"{colour}PaletteColorLookupTableDescriptor", [256, 0, 16])
        setattr(dataset, f"{colour}PaletteColorLookupTableData", table)
    assert volume_of(write(dataset, tmp_path / "x")).voxels[..., 0].tolist() == [[[0, 0]], [[0, 255]]]


def test_colours_of_the_retired_partial_range_are_the_ones_that_were_meant(tmp_path):
    colours = np.array([[[255, 0, 0], [0, 255, 0]], [[20, 30, 250], [128, 128, 128]]])
    forward = np.array([[0.2568, 0.5041, 0.0979], [-0.1482, -0.2910, 0.4392], [0.4392, -0.3678, -0.0714]])
    stored = np.rint(colours @ forward.T + [16, 128, 128]).astype(np.uint8)
    dataset = bare(stored, SamplesPerPixel=3, PlanarConfiguration=0, PhotometricInterpretation="RGB")
    dataset.compress(pydicom.uid.RLELossless)
    dataset.PhotometricInterpretation = "YBR_PARTIAL_422"
    volume = volume_of(write(dataset, tmp_path / "x"))
    assert (volume.photometric, np.abs(volume.voxels[0].astype(int) - colours).max()) == ("RGB", pytest.approx(0, abs=2))


def test_colours_that_a_grey_file_gives_some_values_are_said():
    warnings = volume_of(bundled("eCT_Supplemental.dcm")).warnings
    assert "The file gives some of its values colours: they are shown in grey." in warnings
