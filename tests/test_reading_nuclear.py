"""What `read` makes of PET and nuclear images: SUV where the header allows it, and where a reconstruction's slices lie."""

from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from reading_inputs import AXIAL, slice_dataset, write

from medcore import reading

pytestmark = pytest.mark.slow

WEIGHT_KG, DOSE_BQ, HALF_LIFE_S, UPTAKE_S = 70.0, 3.7e8, 6586.2, 3600
SEQUENCE = "RadiopharmaceuticalInformationSequence"
DECAYED = WEIGHT_KG * 1000 / (DOSE_BQ * 2 ** (-UPTAKE_S / HALF_LIFE_S))


def only(result: reading.Reading):
    assert result.refusals == ()
    (series,) = result.series
    return series


def without_nothing(elements: dict[str, object]) -> dict[str, object]:
    """The elements that have a value."""
    return {keyword: value for keyword, value in elements.items() if value is not None}


def injection(**elements: object) -> Dataset:
    own = {"RadionuclideTotalDose": DOSE_BQ, "RadionuclideHalfLife": HALF_LIFE_S, "RadiopharmaceuticalStartTime": "090000"}
    item = Dataset()
    for keyword, value in without_nothing(own | elements).items():
        setattr(item, keyword, value)
    return item


def pet(**elements: object) -> Dataset:
    """A PET slice of 1000 and 2000 Bq/ml whose scan began at 10:00, an hour after the injection."""
    own = {
        "SOPClassUID": pydicom.uid.PositronEmissionTomographyImageStorage,
        "Modality": "PT",
        "Units": "BQML",
        "CorrectedImage": ["DECY", "ATTN", "SCAT"],
        "DecayCorrection": "START",
        "SeriesDate": "20240301",
        "SeriesTime": "100000",
        "AcquisitionDate": "20240301",
        "AcquisitionTime": "100000",
        "PatientWeight": WEIGHT_KG,
        "RadiopharmaceuticalInformationSequence": [injection()],
        "RescaleSlope": 2,
        "RescaleIntercept": 0,
        "ImagePositionPatient": [0, 0, 0],
    }
    return slice_dataset(np.array([[500, 1000]], np.uint16), **without_nothing(own | elements))


def philips(dataset: Dataset, **factors: str) -> Dataset:
    block = dataset.private_block(0x7053, "Philips PET Private Group", create=True)
    for name, element in (("suv", 0x00), ("concentration", 0x09)):
        if name in factors:
            block.add_new(element, "DS", factors[name])
    return dataset


def volume_of(tmp_path: Path, *datasets: Dataset):
    for index, dataset in enumerate(datasets):
        write(dataset, tmp_path / str(index))
    return only(reading.read([tmp_path])).volume


def test_a_pet_in_becquerels_is_shown_as_suv_with_the_dose_decayed_to_the_scan(tmp_path):
    volume = volume_of(tmp_path, pet())
    assert (volume.unit, volume.voxels.dtype, volume.warnings) == ("SUV", np.float32, ())
    assert np.allclose(volume.voxels[0], [[1000 * DECAYED, 2000 * DECAYED]], rtol=1e-6)


def test_values_that_are_corrected_to_the_injection_need_no_decay(tmp_path):
    volume = volume_of(tmp_path, pet(DecayCorrection="ADMIN", SeriesTime=None, AcquisitionTime=None))
    assert volume.unit == "SUV"
    assert np.allclose(volume.voxels[0, 0, 0], 1000 * WEIGHT_KG * 1000 / DOSE_BQ, rtol=1e-6)


def test_the_files_window_is_scaled_with_its_values(tmp_path):
    volume = volume_of(tmp_path, pet(WindowCenter=5000, WindowWidth=10000))
    low, high = (volume.suggested_window.center + side * volume.suggested_window.width / 2 for side in (-1, 1))
    assert np.allclose([low, high], [0, 9999 * DECAYED], atol=1e-9)


@pytest.mark.parametrize(
    ("elements", "uptake_s"),
    [
        ({"AcquisitionTime": "101500"}, 3600),  # a later bed: the series' time is the scan's
        ({"SeriesTime": "180000", "AcquisitionTime": "100000"}, 3600),  # a series made later from another
        (
            {"SeriesTime": "180000", "AcquisitionTime": "101500", "FrameReferenceTime": 960000, "ActualFrameDuration": 120000},
            3600 + 0.06,  # 15 minutes into the scan; the mean count rate is a little before the frame's middle
        ),
    ],
)
def test_the_scans_start_is_found_where_series_and_acquisition_disagree(tmp_path, elements, uptake_s):
    voxels = volume_of(tmp_path, pet(**elements)).voxels
    wanted = 1000 * WEIGHT_KG * 1000 / (DOSE_BQ * 2 ** (-uptake_s / HALF_LIFE_S))
    assert np.allclose(voxels[0, 0, 0], wanted, rtol=3e-5)


def test_the_first_acquisition_of_all_slices_decides_for_each_of_them(tmp_path):
    later = pet(SeriesTime="180000", AcquisitionTime="102000", ImagePositionPatient=[0, 0, 3])
    volume = volume_of(tmp_path, pet(SeriesTime="180000"), later)
    assert np.allclose(volume.voxels[:, 0, 0], 1000 * DECAYED, rtol=1e-6)


def test_ges_own_scan_time_is_taken_for_a_series_that_was_made_later(tmp_path):
    dataset = pet(SeriesTime="180000", AcquisitionTime="101500")
    dataset.private_block(0x0009, "GEMS_PETD_01", create=True).add_new(0x0D, "DT", "20240301100000.00")
    assert np.allclose(volume_of(tmp_path, dataset).voxels[0, 0, 0], 1000 * DECAYED, rtol=1e-6)


@pytest.mark.parametrize(
    "start",
    [{"RadiopharmaceuticalStartDateTime": "20240229233000"}, {"RadiopharmaceuticalStartTime": "233000"}],
)
def test_an_injection_before_midnight_is_of_the_day_before(tmp_path, start):
    item = injection(**start)
    scan = {"SeriesTime": "003000", "AcquisitionTime": "003000", "RadiopharmaceuticalInformationSequence": [item]}
    assert np.allclose(volume_of(tmp_path, pet(**scan)).voxels[0, 0, 0], 1000 * DECAYED, rtol=1e-6)


@pytest.mark.parametrize(
    ("elements", "reason"),
    [
        ({"PatientWeight": None}, "the file doesn't give the patient's weight"),
        ({"PatientWeight": 0}, "the file doesn't give the patient's weight"),
        ({"CorrectedImage": ["DECY"]}, "the file doesn't say that its values are corrected for attenuation"),
        ({"CorrectedImage": "ATTN"}, "the file doesn't say that its values are corrected for decay"),
        ({"DecayCorrection": "NONE"}, "the file doesn't say to what time its decay correction refers"),
        ({"RadiopharmaceuticalInformationSequence": None}, "the file doesn't describe the injection"),
        ({"SeriesTime": None, "AcquisitionTime": None}, "the file doesn't give the time of the scan"),
        ({"Units": "PROPCPS"}, "the file doesn't give its values in Bq/ml"),
        ({"Units": "GML", "SUVType": "LBM"}, "the file's values are uptake by another measure than body weight"),
        ({"Units": "CNTS"}, "the values are counts, and the file doesn't give the scanner's factor for them"),
        ({"RadionuclideTotalDose": None}, "the file doesn't give the injected dose"),
        ({"RadionuclideTotalDose": 370}, "the injected dose is too small to be in becquerels"),
        ({"RadionuclideHalfLife": None}, "the file doesn't give the radionuclide's half-life"),
        ({"RadiopharmaceuticalStartTime": None}, "the file doesn't give the time of the injection"),
        ({"RadiopharmaceuticalStartTime": "100500"}, "the time of the injection doesn't fit the time of the scan"),
    ],
)
def test_without_a_tag_the_values_stay_in_their_own_unit_and_the_warning_names_it(tmp_path, elements, reason):
    inner = {keyword: value for keyword, value in elements.items() if keyword.startswith("Radio") and keyword != SEQUENCE}
    outer = {keyword: value for keyword, value in elements.items() if keyword not in inner}
    volume = volume_of(tmp_path, pet(**({SEQUENCE: [injection(**inner)]} if inner else {}) | outer))
    assert volume.warnings == (f"SUV can't be computed: {reason}.",)
    assert (volume.unit, volume.voxels.tolist()) == (elements.get("Units", "BQML"), [[[1000, 2000]]])


def test_grams_per_millilitre_are_suv_already(tmp_path):
    volume = volume_of(tmp_path, pet(Units="GML", PatientWeight=None))
    assert (volume.unit, volume.voxels.dtype, volume.voxels.tolist()) == ("SUV", np.float32, [[[1000, 2000]]])


def test_philips_counts_take_the_scanners_factors(tmp_path):
    direct = volume_of(tmp_path / "a", philips(pet(Units="CNTS"), suv="0.001", concentration="5"))
    through_becquerels = volume_of(tmp_path / "b", philips(pet(Units="CNTS"), suv="0", concentration="5"))
    assert np.allclose(direct.voxels[0], [[1, 2]])
    assert np.allclose(through_becquerels.voxels[0, 0, 0], 5 * 1000 * DECAYED, rtol=1e-6)


def test_a_pet_without_pet_tags_stays_as_it_is(tmp_path):
    dataset = slice_dataset(np.full((2, 2), 7, np.int16), Modality="PT", RescaleIntercept=0, ImagePositionPatient=[0, 0, 0])
    volume = volume_of(tmp_path, dataset)
    assert (volume.unit, volume.warnings, int(volume.voxels[0, 0, 0])) == ("stored value", (), 7)


def test_weight_and_dose_stay_in_the_file(tmp_path):
    write(pet(PatientWeight=71.25), tmp_path / "x")
    series = only(reading.read([tmp_path]))
    assert "71.25" not in repr(series) + str(dict(series.header)) + str(series.volume.warnings)


def nuclear(voxels: np.ndarray, kind: str = "RECON TOMO", **elements: object) -> Dataset:
    """A nuclear image of int16 voxels (frames, rows, columns) whose first slice lies at (-10, -20, 300)."""
    detector = Dataset()
    detector.ImagePositionPatient, detector.ImageOrientationPatient = [-10, -20, 300], list(AXIAL)
    own = {
        "SOPClassUID": pydicom.uid.NuclearMedicineImageStorage,
        "Modality": "NM",
        "ImageType": ["ORIGINAL", "PRIMARY", kind, "EMISSION"],
        "NumberOfFrames": len(voxels),
        "PixelData": voxels.tobytes(),
        "PixelSpacing": [4, 4.5],
        "SpacingBetweenSlices": 5,
        "SliceVector": list(range(1, len(voxels) + 1)),
        "DetectorInformationSequence": [detector],
    }
    bare = {"ImageOrientationPatient": None, "RescaleSlope": None, "RescaleIntercept": None}
    return slice_dataset(voxels[0], **bare | without_nothing(own | elements))


SLICES = (np.arange(4)[:, None, None] * 100 + np.arange(6).reshape(2, 3)).astype(np.int16)


def value_at(volume, place: list[float]) -> int:
    index = np.round(np.linalg.inv(volume.affine) @ [*place, 1])[:3].astype(int)
    return int(volume.voxels[tuple(index)])


@pytest.mark.parametrize("step", [5, -5])
def test_a_reconstruction_lies_along_its_normal_to_the_side_that_the_sign_of_its_spacing_says(tmp_path, step):
    volume = volume_of(tmp_path, nuclear(SLICES, SpacingBetweenSlices=step))
    assert (volume.kind, volume.spacing_mm, volume.warnings) == ("slices", (5.0, 4.0, 4.5), ())
    assert value_at(volume, [-10 + 2 * 4.5, -20 + 4, 300 + 3 * step]) == 305


def test_a_reconstructions_slice_vector_gives_the_order(tmp_path):
    volume = volume_of(tmp_path, nuclear(SLICES, SliceVector=[4, 3, 2, 1]))
    assert value_at(volume, [-10, -20, 300]) == 300
    assert value_at(volume, [-10, -20, 315]) == 0


def test_a_gated_reconstruction_is_a_part_for_each_time_slot(tmp_path):
    vectors = {"SliceVector": [1, 2, 1, 2], "TimeSlotVector": [2, 2, 1, 1]}
    write(nuclear(SLICES, "RECON GATED TOMO", **vectors), tmp_path / "x")
    parts = reading.read([tmp_path]).series
    assert [(one.part.index, one.part.count, one.part.word) for one in parts] == [(0, 2, "time"), (1, 2, "time")]
    assert [one.volume.voxels[:, 0, 0].tolist() for one in parts] == [[200, 300], [0, 100]]


@pytest.mark.parametrize("missing", [{"SpacingBetweenSlices": None}, {"DetectorInformationSequence": None}])
def test_a_reconstruction_that_doesnt_say_where_it_lies_is_shown_by_number(tmp_path, missing):
    volume = volume_of(tmp_path, nuclear(SLICES, **missing))
    assert (volume.kind, volume.affine, volume.row_column_mm) == ("frames", None, (4.0, 4.5))
    assert volume.warnings == (
        "The slices' positions are unknown: they are shown by their number, without distances between them.",
    )


@pytest.mark.parametrize("kind", ["STATIC", "WHOLE BODY", "DYNAMIC", "TOMO"])
def test_planar_and_dynamic_nuclear_images_are_frames(tmp_path, kind):
    volume = volume_of(tmp_path, nuclear(SLICES, kind))
    assert (volume.kind, volume.affine, volume.warnings) == ("frames", None, ())


@pytest.mark.parametrize("step", [5, -5])
def test_a_nuclear_volume_lies_where_gdcm_puts_it(tmp_path, step):
    import SimpleITK as sitk  # noqa: N813

    path = write(nuclear(SLICES, SpacingBetweenSlices=step), tmp_path / "x.dcm")
    image, volume = sitk.ReadImage(str(path)), volume_of(tmp_path)
    assert value_at(volume, list(image.TransformIndexToPhysicalPoint((2, 1, 3)))) == image.GetPixel(2, 1, 3) == 305
