"""What `read` makes of files, folders, zips and discs: values, places, groups and words."""

import shutil
import stat
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.data import get_testdata_file
from reading_inputs import slice_dataset, write, write_series

from medcore import reading
from medcore.reading.formats import READERS

SCANS = Path(__file__).resolve().parents[2] / "shared" / "data" / "scans"
# The tests write what careless devices write, and pydicom says so.
pytestmark = pytest.mark.filterwarnings("ignore:Invalid value for VR")
needs_scans = pytest.mark.skipif(not SCANS.is_dir(), reason="../shared/data/scans isn't beside this checkout")


def bundled(name: str) -> Path:
    return Path(get_testdata_file(name, download=False))


def only(result: reading.Reading):
    assert result.refusals == ()
    (series,) = result.series
    return series


def test_a_series_under_shuffled_names_is_in_slice_order_with_true_values_and_places(tmp_path):
    write_series(tmp_path)
    series = only(reading.read([tmp_path]))
    ramp = np.arange(256).reshape(16, 16) % 100
    assert series.volume.voxels.dtype == np.int16
    assert np.array_equal(series.volume.voxels, ramp + 1000 * np.arange(5)[:, None, None])
    assert np.allclose(series.volume.affine @ [2, 3, 4, 1], [4 * 0.25, 3 * 0.5, 10, 1])
    assert (series.volume.unit, series.volume.kind, series.volume.spacing_mm) == ("HU", "slices", (5.0, 0.5, 0.25))
    assert len(series.files) == 5
    assert series.volume.warnings == ()


def test_a_tilted_series_keeps_its_true_positions(tmp_path):
    angle = np.radians(20)
    tilted = [1.0, 0.0, 0.0, 0.0, float(np.cos(angle)), float(np.sin(angle))]
    write_series(tmp_path, ImageOrientationPatient=tilted)
    volume = only(reading.read([tmp_path])).volume
    assert np.allclose(volume.affine @ [4, 0, 0, 1], [0, 0, 20, 1])
    assert np.allclose(volume.affine @ [0, 2, 0, 1], [0, np.cos(angle), np.sin(angle), 1])


def test_files_given_one_by_one_under_spooled_names_keep_the_names_that_the_user_knows(tmp_path):
    paths = write_series(tmp_path)
    named = [(f"IM{index}", path) for index, path in enumerate(paths)]
    series = only(reading.read_named(named))
    assert series.files == ("IM0", "IM1", "IM2", "IM3", "IM4")


def test_two_patients_in_one_folder_are_two_series(tmp_path):
    write_series(tmp_path / "a")
    write_series(tmp_path / "b", PatientID="P2")
    result = reading.read([tmp_path])
    assert [series.volume.shape for series in result.series] == [(5, 16, 16)] * 2
    assert sorted(series.uid for series in result.series) == ["1.2.3.4", "1.2.3.4-2"]


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("ImageOrientationPatient", [0.0, 1.0, 0.0, 0.0, 0.0, -1.0]),
        ("PixelSpacing", [0.7, 0.7]),
        ("FrameOfReferenceUID", "9.9"),
        ("ImageType", ["ORIGINAL", "PRIMARY", "LOCALIZER"]),
        ("SeriesInstanceUID", "1.2.3.5"),
    ],
)
def test_what_differs_in_geometry_or_kind_never_becomes_one_stack(tmp_path, keyword, value):
    write_series(tmp_path / "a")
    write_series(tmp_path / "b", **{keyword: value})
    assert [series.volume.shape[0] for series in reading.read([tmp_path]).series] == [5, 5]


def test_two_times_at_the_same_places_are_two_series(tmp_path):
    write_series(tmp_path / "a", AcquisitionTime="100000")
    write_series(tmp_path / "b", AcquisitionTime="100500")
    assert [series.volume.shape[0] for series in reading.read([tmp_path]).series] == [5, 5]


def test_images_at_one_place_that_nothing_tells_apart_are_frames_with_a_warning(tmp_path):
    write_series(tmp_path, step=(0.0, 0.0, 0.0))
    volume = only(reading.read([tmp_path])).volume
    assert (volume.kind, volume.affine) == ("frames", None)
    assert volume.warnings == ("Several images lie at the same place: they are shown one after another, not as a stack.",)
    assert volume.voxels[:, 0, 0].tolist() == [0, 1000, 2000, 3000, 4000]


def test_a_missing_slice_is_said(tmp_path):
    write_series(tmp_path)[2].unlink()
    volume = only(reading.read([tmp_path])).volume
    assert volume.warnings == ("1 slice seems to be missing: distances are averages.",)


def test_uneven_slices_are_said(tmp_path):
    paths = write_series(tmp_path)
    moved = pydicom.dcmread(paths[2])
    moved.ImagePositionPatient = [0, 0, 11.5]
    moved.save_as(paths[2])
    volume = only(reading.read([tmp_path])).volume
    assert volume.warnings == ("Slices are 3.5 to 6.5 mm apart: distances across them are averages.",)


def test_the_same_file_twice_is_read_once(tmp_path):
    paths = write_series(tmp_path)
    shutil.copy(paths[0], tmp_path / "copy")
    assert only(reading.read([tmp_path])).volume.shape[0] == 5


def test_an_unsigned_16_bit_series_stays_16_bit_where_its_values_fit_and_widens_where_they_dont(tmp_path):
    low = np.full((4, 4), 1000, np.uint16)
    high = np.full((4, 4), 40000, np.uint16)
    common = {"RescaleSlope": None, "RescaleIntercept": None, "Modality": "MR"}
    for index, pixels in enumerate((low, low, high)):
        write(slice_dataset(pixels, ImagePositionPatient=[0, 0, index], **common), tmp_path / "wide" / str(index))
    write(slice_dataset(low, ImagePositionPatient=[0, 0, 0], **common), tmp_path / "narrow" / "0")
    narrow, wide = (only(reading.read([tmp_path / part])).volume for part in ("narrow", "wide"))
    assert (narrow.voxels.dtype, wide.voxels.dtype) == (np.int16, np.int32)
    assert wide.voxels[:, 0, 0].tolist() == [1000, 1000, 40000]
    assert wide.unit == "stored value"


def test_a_rescale_with_a_fraction_gives_float32(tmp_path):
    write_series(tmp_path, RescaleSlope="0.5")
    volume = only(reading.read([tmp_path])).volume
    assert volume.voxels.dtype == np.float32
    assert volume.voxels[1, 0, 0] == (1024 + 1000) * 0.5 - 1024


def test_bits_above_bits_stored_are_left_out(tmp_path):
    pixels = np.array([[0xF001, 0x0002], [0x0803, 0x0FFF]], np.uint16)
    kept = {"BitsStored": 12, "HighBit": 11, "RescaleIntercept": 0, "ImagePositionPatient": [0, 0, 0]}
    path = write(slice_dataset(pixels, **kept), tmp_path / "x")
    assert only(reading.read([path])).volume.voxels[0].tolist() == [[1, 2], [0x803, 0xFFF]]


def test_projections_in_one_series_are_series_of_their_own_with_the_detectors_spacing(tmp_path):
    film = {"ImagePositionPatient": None, "ImageOrientationPatient": None, "PixelSpacing": None, "RescaleSlope": None}
    for index in range(2):
        own = {"Modality": "DX", "ImagerPixelSpacing": [0.2, 0.1], "InstanceNumber": index, "BodyPartExamined": "Chest "}
        dataset = slice_dataset(np.full((4, 5), index, np.int16), RescaleIntercept=None, ImagePositionPatient=[0, 0, 0])
        for keyword, value in own.items():
            setattr(dataset, keyword, value)
        for keyword in film:
            dataset.pop(keyword, None)
        write(dataset, tmp_path / str(index))
    first, second = reading.read([tmp_path]).series
    assert (first.uid, second.uid) == ("1.2.3.4", "1.2.3.4-2")
    assert first.description == "DX chest"
    assert (first.volume.kind, first.volume.row_column_mm) == ("image", (0.2, 0.1))
    assert first.volume.warnings == ("Pixel spacing is at the detector: distances in the patient are smaller than measured.",)


def test_a_chest_film_keeps_monochrome1_its_window_and_says_that_it_has_no_millimetres():
    series = only(reading.read([bundled("RG1_J2KR.dcm")]))
    assert (series.acquisition.modality, series.volume.photometric, series.volume.kind) == ("CR", "MONOCHROME1", "image")
    assert series.volume.spacing_mm == (None, None, None)
    assert series.volume.warnings == ("Pixel spacing is 0: measurements are in pixels.",)
    assert series.volume.shape == (1, 1955, 1841)


@pytest.mark.parametrize(
    ("born", "seen", "stated", "age"),
    [
        ("20200101", "20230101", "099Y", 3.0),
        ("", "20230101", "018M", 1.5),
        ("00000000", "", "003Y", 3.0),
        ("20300101", "20230101", "", None),
        ("", "", "??", None),
    ],
)
def test_age_comes_from_the_dates_and_else_from_the_stated_age(tmp_path, born, seen, stated, age):
    write_series(tmp_path, 1, PatientBirthDate=born, StudyDate=seen, PatientAge=stated)
    assert only(reading.read([tmp_path])).acquisition.age_years == pytest.approx(age, abs=0.01)


def test_the_header_identifies_and_the_acquisition_and_description_dont(tmp_path):
    write_series(tmp_path, 1, SeriesDescription="Phantom One's head", BodyPartExamined="HEAD", ViewPosition="AP")
    series = only(reading.read([tmp_path]))
    assert series.header["PatientName"] == "Phantom^One"
    assert series.description == "CT head"
    assert "Phantom" not in repr(series)
    assert (series.acquisition.body_part, series.acquisition.view, series.acquisition.laterality) == ("HEAD", "AP", None)


def test_a_voi_lut_becomes_a_curve_that_maps_as_pydicom_does():
    path = bundled("vlut_04.dcm")
    dataset = pydicom.dcmread(path)
    wanted = pydicom.pixels.apply_voi_lut(dataset.pixel_array, dataset) / (2 ** dataset.VOILUTSequence[0].LUTDescriptor[2] - 1)
    volume = only(reading.read([path])).volume
    window = volume.suggested_window
    place = (volume.voxels[0] - (window.center - 0.5)) / (window.width - 1) + 0.5
    steps = np.linspace(0, 1, len(window.curve))
    assert np.allclose(np.interp(place, steps, window.curve), wanted, atol=1e-6)


def test_the_first_valid_window_is_taken_and_an_invalid_one_is_said(tmp_path):
    write_series(tmp_path / "a", 1, WindowCenter=[40, 600], WindowWidth=[0, 2000])
    write_series(tmp_path / "b", 1, WindowCenter=40, WindowWidth=0)
    taken, ignored = (only(reading.read([tmp_path / part])).volume for part in "ab")
    assert (taken.suggested_window.center, taken.suggested_window.width) == (600, 2000)
    assert ignored.suggested_window is None
    assert "The file's window (center 40, width 0) is invalid: it is ignored." in ignored.warnings


def test_a_colour_cine_is_frames_of_rgb():
    volume = only(reading.read([bundled("examples_ybr_color.dcm")])).volume
    assert (volume.kind, volume.photometric, volume.voxels.shape) == ("frames", "RGB", (30, 240, 320, 3))


def test_an_enhanced_object_takes_rescale_and_places_from_its_functional_groups():
    volume = only(reading.read([bundled("eCT_Supplemental.dcm")])).volume
    assert (int(volume.voxels.min()), int(volume.voxels.max()), volume.kind) == (-1024, 172, "slices")
    assert volume.unit == "stored value", "its Rescale Type is US (unspecified), so it doesn't say that these are HU"
    assert volume.affine is not None


def test_a_dose_lies_where_its_grid_offsets_say():
    volume = only(reading.read([bundled("rtdose.dcm")])).volume
    dataset = pydicom.dcmread(bundled("rtdose.dcm"))
    last = np.add(dataset.ImagePositionPatient, [0, 0, dataset.GridFrameOffsetVector[-1]])
    assert np.allclose(volume.affine @ [14, 0, 0, 1], [*last, 1])


@pytest.mark.parametrize("syntax", [pydicom.uid.RLELossless, pydicom.uid.JPEGLSLossless, pydicom.uid.JPEG2000Lossless])
def test_a_compressed_series_holds_the_same_values(tmp_path, syntax):
    for path in write_series(tmp_path, 3, size=64):
        dataset = pydicom.dcmread(path)
        dataset.compress(syntax, generate_instance_uid=False)
        dataset.save_as(path)
    assert only(reading.read([tmp_path])).volume.voxels[:, 0, 3].tolist() == [3, 1003, 2003]


@needs_scans
@pytest.mark.parametrize("folder", ["ct_brain_phantom_philips_5mm_28sl", "mr_t1_mprage_ge_130sl"])
def test_a_scanners_series_agrees_with_simpleitk(folder):
    import SimpleITK as sitk  # noqa: N813

    reader = sitk.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(SCANS / folder)))
    image = reader.Execute()
    volume = only(reading.read([SCANS / folder])).volume
    assert np.array_equal(volume.voxels, sitk.GetArrayFromImage(image))
    corner = [size - 1 for size in image.GetSize()]
    assert np.allclose((volume.affine @ [*corner[::-1], 1])[:3], image.TransformIndexToPhysicalPoint(corner), atol=0.01)


@needs_scans
def test_a_nifti_ct_is_turned_to_axial_and_keeps_every_voxels_place():
    import nibabel

    path = SCANS / "abdomen_ct_3mm.nii.gz"
    image = nibabel.load(path)
    volume = only(reading.read([path])).volume
    place = volume.affine @ [10, 20, 30, 1]
    i, j, k = np.round(np.linalg.inv(image.affine) @ (place * [-1, -1, 1, 1]))[:3].astype(int)
    assert volume.voxels[10, 20, 30] == round(image.get_fdata()[i, j, k])
    assert np.allclose(np.diag(volume.affine)[:3] * 0 + np.argmax(np.abs(volume.affine[:3, :3]), axis=0), [2, 1, 0])
    assert (volume.unit, volume.modality, volume.kind) == ("grey", None, "slices")


@needs_scans
def test_a_nifti_of_rgb_voxels_is_a_colour_stack():
    volume = only(reading.read([SCANS / "ct_perfusion.nii.gz"])).volume
    assert volume.voxels.ndim == 4
    assert (volume.photometric, volume.kind) == ("RGB", "slices")


def test_a_nifti_under_any_name_of_any_type_is_read_in_place(tmp_path):
    import nibabel

    values = np.arange(24, dtype=np.float64).reshape(2, 3, 4) / 2
    nibabel.save(nibabel.Nifti1Image(values, np.diag([-1.0, -2.0, 3.0, 1.0])), tmp_path / "x.nii")
    (tmp_path / "x.nii").rename(tmp_path / "spooled")
    volume = only(reading.read([tmp_path / "spooled"])).volume
    assert np.allclose(volume.voxels, values.transpose(2, 1, 0))
    assert np.allclose(volume.affine @ [1, 1, 1, 1], [1, 2, 3, 1])


def test_nifti_voxels_without_a_value_are_0_and_said(tmp_path):
    import nibabel

    values = np.full((2, 2, 2), np.nan, np.float32)
    values[0] = 3
    nibabel.save(nibabel.Nifti1Image(values, np.diag([-1.0, -1.0, 1.0, 1.0])), tmp_path / "x.nii")
    volume = only(reading.read([tmp_path / "x.nii"])).volume
    assert volume.voxels[0].tolist() == [[3, 0], [3, 0]]
    assert volume.warnings == ("Voxels without a value (NaN or infinite) are shown as 0.",)


@pytest.mark.parametrize(
    ("pixels", "dtype"),
    [
        (np.array([[0, 255], [7, 9]], np.uint8), np.int16),
        (np.array([[0, 65535], [7, 9]], np.uint16), np.int32),
        (np.dstack([[[1, 2]], [[3, 4]], [[5, 6]]]).astype(np.uint8), np.uint8),
    ],
)
def test_a_png_keeps_its_values_and_has_no_millimetres(tmp_path, pixels, dtype):
    Image.fromarray(pixels).save(tmp_path / "film.png")
    series = only(reading.read([tmp_path / "film.png"]))
    assert np.array_equal(series.volume.voxels[0], pixels)
    assert series.volume.voxels.dtype == dtype
    assert (series.volume.unit, series.volume.affine, series.header) == ("grey", None, {})
    assert series.uid.startswith("picture-")


def test_a_colour_picture_of_equal_channels_is_grey_and_its_orientation_is_applied(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (6, 4), (90, 90, 90)).save(tmp_path / "film.jpg", exif=exif)
    volume = only(reading.read([tmp_path / "film.jpg"])).volume
    assert (volume.photometric, volume.shape) == ("MONOCHROME2", (1, 6, 4))


def test_a_zip_is_known_by_its_content_and_read_as_one_upload(tmp_path):
    paths = write_series(tmp_path / "scan")
    with zipfile.ZipFile(tmp_path / "upload", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in paths:
            archive.write(path, f"disc/{path.name}")
        archive.writestr("__MACOSX/._x", b"junk")
    series = only(reading.read([tmp_path / "upload"]))
    assert series.volume.shape == (5, 16, 16)
    assert all(name.startswith("upload/disc/") for name in series.files)


def test_a_lone_dicomdir_leads_to_the_disc_and_no_further():
    result = reading.read([bundled("DICOMDIR")])
    assert len(result.series) == 24, "three stacks' worth of slices; localizers and projections stand alone"
    assert sum(series.volume.shape[0] for series in result.series) == 31
    assert {series.acquisition.modality for series in result.series} == {"CR", "CT", "MR"}
    alone = reading.read_named([("DICOMDIR", bundled("DICOMDIR"))])
    assert [refusal.error for refusal in alone.refusals] == [
        "DICOMDIR lists a disc's scans and holds none; open the whole folder that it lies in."
    ]


def test_voxels_are_mapped_read_only_and_nothing_stays_on_disk(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    seen: list[int] = []

    def look(done: int, total: int) -> None:
        seen.extend(stat.S_IMODE(folder.stat().st_mode) for folder in (tmp_path / "tmp").iterdir())

    write_series(tmp_path / "scan")
    series = only(reading.read([tmp_path / "scan"], look))
    assert set(seen) == {0o700}
    assert list((tmp_path / "tmp").iterdir()) == []
    assert not series.volume.voxels.flags.writeable


def test_progress_runs_from_nothing_to_nearly_all(tmp_path):
    steps: list[tuple[int, int]] = []
    write_series(tmp_path)
    reading.read([tmp_path], lambda done, total: steps.append((done, total)))
    assert [done for done, _ in steps] == list(range(10))
    assert {total for _, total in steps} == {10}


def test_the_library_that_decodes_isnt_loaded_by_who_reads():
    code = "import sys, medcore.reading; print({'pydicom', 'nibabel', 'SimpleITK', 'PIL'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[1]
    )
    assert done.stdout.strip() == "set()"


def test_every_reader_names_a_module_that_reads():
    from importlib import import_module

    for format_ in READERS:
        assert callable(import_module(format_.module).read)
