"""NIfTI as `read` takes it: every type, order, unit and place, several volumes, and what is refused in words."""

import gzip
import struct
from pathlib import Path

import nibabel
import numpy as np
import pytest

from medcore import reading
from medcore.reading import upload
from medcore.settings import Settings
from medcore.volume import Part

SCANS = Path(__file__).resolve().parents[2] / "shared" / "data" / "scans"
NIBABELS = Path(nibabel.__file__).parent / "tests" / "data"
NAMES = ["anatomical.nii", "functional.nii", "standard.nii.gz", "example4d.nii.gz", "example_nifti2.nii.gz"]
LPS_ORDER = np.diag([-1.0, -1.0, 1.0, 1.0])
NO_PLACE = "The file doesn't say how it lies in the patient: left and right are unknown."
NO_SENSE = "The file's place in the patient (its affine) makes no sense: left and right are unknown."
NO_VALUE = "Voxels without a value (NaN or infinite) are shown as 0."
ROUNDED = "Some voxels are integers beyond 32 bits: they are rounded to 7 digits."
CUT_OFF = "x.nii is damaged or cut off; export or copy it again from where it came from."


def only(path: Path):
    result = reading.read([path])
    assert result.refusals == ()
    (series,) = result.series
    return series


def refusal(path: Path) -> str:
    result = reading.read([path])
    assert result.series == ()
    (refused,) = result.refusals
    return refused.error


def written(path: Path, values: np.ndarray, affine: np.ndarray = LPS_ORDER, kind: type = nibabel.Nifti1Image, **fields: object):
    """A NIfTI whose header says exactly these fields, whatever nibabel would make of them."""
    image = kind(values, affine)
    content = bytearray(image.to_bytes())
    header = kind.header_class(bytes(content[: kind.header_class.template_dtype.itemsize]), check=False)
    for name, value in fields.items():
        header[name] = value
    block = header.binaryblock
    path.write_bytes(block + content[len(block) :])
    return path


def raw(path: Path, code: int, bits: int, data: bytes, shape: tuple[int, ...] = (2, 2, 2)) -> Path:
    header = nibabel.Nifti1Header()
    header.set_data_shape(shape)
    header["datatype"], header["bitpix"], header["vox_offset"], header["magic"] = code, bits, 352, b"n+1"
    path.write_bytes(header.binaryblock + b"\0" * 4 + data)
    return path


VALUES = np.arange(24).reshape(2, 3, 4)


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize("kind", [nibabel.Nifti1Image, nibabel.Nifti2Image])
@pytest.mark.parametrize(
    "name", ["uint8", "int8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64"]
)
def test_every_type_in_either_byte_order_keeps_its_values(tmp_path, order, kind, name):
    values = (VALUES - (5 if name[0] in "if" else 0)).astype(name)
    path = tmp_path / "x.nii"
    path.write_bytes(kind(values, LPS_ORDER, kind.header_class(endianness=order), dtype=name).to_bytes())
    volume = only(path).volume
    assert np.array_equal(volume.voxels, values.transpose(2, 1, 0))
    assert volume.voxels.dtype == (np.float32 if name[0] == "f" else np.int16)
    assert volume.warnings == ()


@pytest.mark.parametrize(
    ("most", "dtype"), [(2**15, np.int32), (2**31 - 1, np.int32), (2**31, np.float32), (2**53, np.float32)]
)
def test_integers_of_64_bits_become_32_or_are_said_to_be_rounded(tmp_path, most, dtype):
    values = VALUES.astype(np.int64)
    values[1, 2, 3] = most
    path = tmp_path / "x.nii"
    path.write_bytes(nibabel.Nifti1Image(values, LPS_ORDER, dtype="int64").to_bytes())
    volume = only(path).volume
    assert volume.voxels.dtype == dtype
    assert np.array_equal(volume.voxels, values.transpose(2, 1, 0).astype(dtype))
    assert volume.warnings == ((ROUNDED,) if dtype == np.float32 else ())


@pytest.mark.parametrize(("code", "samples"), [(128, 3), (2304, 4)])
def test_colours_keep_theirs_and_lose_alpha(tmp_path, code, samples):
    values = np.arange(8 * samples, dtype=np.uint8)
    volume = only(raw(tmp_path / "x.nii", code, samples * 8, values.tobytes())).volume
    assert np.array_equal(volume.voxels, values.reshape(2, 2, 2, samples)[..., :3])
    assert volume.photometric == "RGB"


@pytest.mark.parametrize(
    ("code", "bits", "words"),
    [
        (1, 1, "of one bit each"),
        (32, 64, "that are complex numbers"),
        (1536, 128, "of 128-bit floating point"),
        (1792, 128, "that are complex numbers"),
        (99, 8, "of the type 99"),
    ],
)
def test_voxels_without_a_grey_value_are_named(tmp_path, code, bits, words):
    path = raw(tmp_path / "x.nii", code, bits, b"\0" * 128)
    assert (
        refusal(path)
        == f"x.nii holds voxels {words}, which Lightbox can't show as grey values; save it as 32-bit floating point."
    )


def test_numbers_beyond_32_bit_floating_point_are_refused(tmp_path):
    path = written(tmp_path / "x.nii", np.full((2, 2, 2), 1e300))
    assert refusal(path) == "x.nii holds values beyond 3.4e38, more than 32-bit floating point takes; save it rescaled."


def test_a_lone_nan_is_0_and_said_once(tmp_path):
    values = VALUES.astype(np.float32)
    values[0, 0], values[1, 1] = np.nan, np.inf
    volume = only(written(tmp_path / "x.nii", values)).volume
    assert np.array_equal(volume.voxels, np.where(np.isfinite(values), values, 0).transpose(2, 1, 0))
    assert volume.warnings == (NO_VALUE,)


@pytest.mark.parametrize(
    ("slope", "intercept", "factor", "plus", "dtype"),
    [(0, 7, 1, 0, np.int16), (2, -1024, 2, -1024, np.int16), (0.5, 1, 0.5, 1, np.float32), (100_000, 0, 100_000, 0, np.int32)],
)
def test_a_rescale_is_applied_once_and_0_means_none(tmp_path, slope, intercept, factor, plus, dtype):
    path = written(tmp_path / "x.nii", VALUES.astype(np.int16), scl_slope=slope, scl_inter=intercept)
    volume = only(path).volume
    assert np.array_equal(volume.voxels, (VALUES * factor + plus).transpose(2, 1, 0))
    assert volume.voxels.dtype == dtype


@pytest.mark.parametrize(("slope", "intercept"), [(np.nan, 0), (np.inf, 0), (1, np.nan)])
def test_a_rescale_that_is_no_number_is_ignored_and_said(tmp_path, slope, intercept):
    path = written(tmp_path / "x.nii", VALUES.astype(np.int16), scl_slope=slope, scl_inter=intercept)
    volume = only(path).volume
    assert np.array_equal(volume.voxels, VALUES.transpose(2, 1, 0))
    words = f"The file's rescale (slope {slope:g}, intercept {intercept:g}) is no number: it is ignored."
    assert volume.warnings == (words,)


@pytest.mark.parametrize(("units", "factor"), [(0, 1), (1, 1000), (2, 1), (3, 0.001), (2 + 8, 1), (1 + 16, 1000)])
@pytest.mark.parametrize("codes", [(1, 0), (0, 1)])
def test_metres_and_microns_become_millimetres(tmp_path, units, factor, codes):
    affine = np.diag([-0.5, -2.0, 4.0, 1.0])
    affine[:3, 3] = 8, 16, 32
    path = written(
        tmp_path / "x.nii", VALUES.astype(np.int16), affine, xyzt_units=units, sform_code=codes[0], qform_code=codes[1]
    )
    volume = only(path).volume
    assert volume.spacing_mm == (4 * factor, 2 * factor, 0.5 * factor)
    assert np.allclose(volume.affine @ [0, 0, 0, 1], [-8 * factor, -16 * factor, 32 * factor, 1], rtol=1e-12)


def rotated(angle: float) -> np.ndarray:
    cosine, sine = np.cos(angle), np.sin(angle)
    return np.array([[cosine, -sine, 0, 3], [sine, cosine, 0, 5], [0, 0, 2, 7], [0, 0, 0, 1]])


@pytest.mark.parametrize(
    "affine",
    [
        np.array([[-1, 0.3, 0.2, 5], [0.1, -2, 0.4, 6], [0, 0.25, 3, 7], [0, 0, 0, 1]]),  # sheared
        np.array([[0, 0, 2, 1], [1, 0, 0, 2], [0, 3, 0, 3], [0, 0, 0, 1.0]]),  # sagittal
        np.array([[2, 0, 0, 1], [0, 0, 1, 2], [0, 3, 0, 3], [0, 0, 0, 1.0]]),  # coronal
        rotated(0.4),
        rotated(2.5),
    ],
)
def test_each_voxel_stays_at_its_place_and_none_is_interpolated(tmp_path, affine):
    values = np.arange(60, dtype=np.int16).reshape(3, 4, 5)
    path = written(tmp_path / "x.nii", values, affine, sform_code=1, qform_code=0)
    image, volume = nibabel.load(path), only(path).volume
    for index in np.ndindex(volume.shape):
        ras = (volume.affine @ [*index, 1]) * [-1, -1, 1, 1]
        ijk = np.linalg.solve(image.affine, ras)[:3]
        assert np.allclose(ijk, np.round(ijk), atol=1e-5)
        assert volume.voxels[index] == values[tuple(np.round(ijk).astype(int))]
    assert np.argmax(np.abs(volume.affine[:3, :3]), axis=0).tolist() == [2, 1, 0]
    assert np.allclose(np.sort(volume.spacing_mm), np.sort(np.linalg.norm(image.affine[:3, :3], axis=0)))


@pytest.mark.parametrize(("codes", "first"), [((1, 1), -3.0), ((0, 1), -9.0), ((2, 0), -3.0)])
def test_the_sform_goes_before_the_qform(tmp_path, codes, first):
    image = nibabel.Nifti1Image(VALUES.astype(np.int16), np.eye(4))
    affine = np.diag([-1.0, -1.0, 1.0, 1.0])
    for setter, x in ((image.set_qform, 9), (image.set_sform, 3)):
        affine[0, 3] = x
        setter(affine, 1)
    path = tmp_path / "x.nii"
    image.to_filename(path)
    header = nibabel.Nifti1Header(path.read_bytes()[:348])
    header["sform_code"], header["qform_code"] = codes
    path.write_bytes(header.binaryblock + path.read_bytes()[348:])
    assert only(path).volume.affine[0, 3] == first
    assert nibabel.load(path).affine[0, 3] == -first


@pytest.mark.parametrize(
    "fields",
    [
        {"srow_x": (0, 0, 0, 0), "sform_code": 1},
        {"srow_y": (np.nan, 1, 0, 0), "sform_code": 1},
        {"srow_x": (1, 0, 0, np.inf), "sform_code": 1},
        {"srow_x": (1, 0, 0, 0), "srow_y": (1, 0, 0, 0), "sform_code": 1},
        {"srow_x": (1e38, 0, 0, 0), "sform_code": 1},
        {"quatern_b": 2, "sform_code": 0, "qform_code": 1},
        {"pixdim": (1, 1, 0, 1, 1, 1, 1, 1), "sform_code": 0, "qform_code": 1},
    ],
)
def test_an_affine_that_is_none_leaves_the_place_unknown(tmp_path, fields):
    volume = only(written(tmp_path / "x.nii", VALUES.astype(np.int16), **fields)).volume
    assert volume.affine is None
    assert volume.warnings == (NO_SENSE,)
    assert np.array_equal(volume.voxels, VALUES.transpose(2, 1, 0))


def test_without_a_place_the_pixel_spacing_is_still_known_and_0_is_not(tmp_path):
    for name, pixdim, expected in (("a.nii", (1, 2, 3, 4), (3.0, 2.0)), ("b.nii", (1, 2, 0, 4), None)):
        path = written(tmp_path / name, VALUES.astype(np.int16), pixdim=(*pixdim, 1, 1, 1, 1), sform_code=0, qform_code=0)
        volume = only(path).volume
        assert (volume.row_column_mm, volume.warnings) == (expected, (NO_PLACE,))


@pytest.mark.parametrize("shape", [(2, 3, 4, 5), (2, 3, 4, 2, 3), (2, 3, 4, 1, 5), (2, 3, 1, 4)])
@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
def test_each_volume_of_a_file_is_a_part_of_the_whole(tmp_path, shape, suffix):
    values = np.arange(np.prod(shape), dtype=np.int16).reshape(shape)
    path = tmp_path / f"x{suffix}"
    nibabel.save(nibabel.Nifti1Image(values, LPS_ORDER), path)
    result = reading.read([path])
    each = values.reshape(*shape[:3], -1, order="F")
    whole = result.series[0].part.whole
    assert [series.part for series in result.series] == [
        Part(whole, index, each.shape[3], "volume") for index in range(each.shape[3])
    ]
    for index, series in enumerate(result.series):
        assert series.uid == f"{whole}.{index + 1}"
        assert np.array_equal(series.volume.voxels, each[..., index].transpose(2, 1, 0))
        assert series.volume.warnings == ()


def test_a_claim_of_too_much_is_said_in_sensible_numbers(tmp_path):
    path = raw(tmp_path / "x.nii", 2, 8, b"\0" * 1001, (1, 1, 1, 1001))
    assert refusal(path) == "x.nii claims more than 1000 volumes; save a part of them and open that."
    most = "more than the 2048 MB that can be held; open a part of it, or raise LIGHTBOX_VOLUME_MEGABYTES."
    for side, claimed in ((2000, "7.5 GB"), (2**14, "4,096 GB"), (2**31, "more than a million GB")):
        header = nibabel.Nifti2Header()
        header["dim"][:4], header["datatype"], header["bitpix"], header["vox_offset"] = (3, side, side, side), 2, 8, 544
        path.write_bytes(header.binaryblock + b"\0" * 100)
        assert refusal(path) == f"x.nii claims {claimed} of voxels, {most}"


def test_a_file_of_as_many_volumes_as_may_be_is_read(tmp_path):
    path = raw(tmp_path / "x.nii", 2, 8, bytes(range(250)) * 4, (1, 1, 1, 1000))
    assert [int(series.volume.voxels[0, 0, 0]) for series in reading.read([path]).series] == [*range(250)] * 4


def test_all_volumes_together_may_be_no_larger_than_one(tmp_path, monkeypatch):
    monkeypatch.setattr(upload, "settings", lambda: Settings(volume_megabytes=1))
    path = raw(tmp_path / "x.nii", 2, 8, b"\1" * 3 * 2**18, (64, 64, 64, 3))
    assert refusal(path) == "x.nii holds more than the 1 MB of voxels that can be held; open a part of it."


@pytest.mark.parametrize("missing", [1, 20])
@pytest.mark.parametrize("name", ["x.nii", "x.nii.gz"])
def test_a_file_that_ends_before_its_voxels_do_is_refused(tmp_path, missing, name):
    content = nibabel.Nifti1Image(VALUES.astype(np.int16), LPS_ORDER).to_bytes()[:-missing]
    (tmp_path / name).write_bytes(gzip.compress(content) if name.endswith("gz") else content)
    assert refusal(tmp_path / name) == CUT_OFF.replace("x.nii", name)


def test_bytes_behind_the_voxels_are_ignored_and_said(tmp_path):
    content = nibabel.Nifti1Image(VALUES.astype(np.int16), LPS_ORDER).to_bytes() + b"more"
    for name, own in (("x.nii", content), ("x.nii.gz", gzip.compress(content))):
        (tmp_path / name).write_bytes(own)
        volume = only(tmp_path / name).volume
        assert np.array_equal(volume.voxels, VALUES.transpose(2, 1, 0))
        assert volume.warnings == ("The file holds 4 bytes more than its header says: they are ignored.",)


def test_a_gzip_of_several_members_is_one_file(tmp_path):
    values = np.arange(1000, dtype=np.int16).reshape(10, 10, 10)
    content = nibabel.Nifti1Image(values, LPS_ORDER).to_bytes()
    (tmp_path / "x.nii.gz").write_bytes(b"".join(gzip.compress(content[at : at + 500]) for at in range(0, len(content), 500)))
    assert np.array_equal(only(tmp_path / "x.nii.gz").volume.voxels, values.transpose(2, 1, 0))


@pytest.mark.parametrize("harm", ["checksum", "length", "end", "middle"])
def test_a_gzip_whose_checksum_or_end_is_wrong_is_refused(tmp_path, harm):
    noise = np.random.default_rng(0).integers(0, 1000, (20, 20, 20)).astype(np.int16)
    content = bytearray(gzip.compress(nibabel.Nifti1Image(noise, LPS_ORDER).to_bytes()))
    if harm == "end":
        del content[-8:]
    else:
        content[{"checksum": -8, "length": -4, "middle": len(content) // 2}[harm]] ^= 0xFF
    (tmp_path / "x.nii.gz").write_bytes(content)
    assert refusal(tmp_path / "x.nii.gz") == CUT_OFF.replace("x.nii", "x.nii.gz")


def test_a_small_gzip_that_unfolds_without_end_is_stopped(tmp_path, monkeypatch):
    monkeypatch.setattr(upload, "settings", lambda: Settings(upload_megabytes=1))
    content = nibabel.Nifti1Image(VALUES.astype(np.int16), LPS_ORDER).to_bytes() + b"\0" * 2**22
    (tmp_path / "x.nii.gz").write_bytes(gzip.compress(content))
    assert refusal(tmp_path / "x.nii.gz") == "x.nii.gz unpacks to far more than its header says; save it again and open that."


@pytest.mark.parametrize(
    "fields", [{"dim": (0,) * 8}, {"dim": (3, 2, 0, 4, 1, 1, 1, 1)}, {"dim": (9,) * 8}, {"dim": (3, -2, 3, 4, 1, 1, 1, 1)}]
)
def test_a_header_of_impossible_sizes_is_called_damaged(tmp_path, fields):
    path = written(tmp_path / "x.nii", VALUES.astype(np.int16), **fields)
    assert refusal(path) == "x.nii is damaged and can't be read; export or copy it again from where it came from."


@pytest.mark.parametrize("offset", [17, 352.5, -4, np.nan, 1e30])
def test_voxels_that_begin_nowhere_are_refused(tmp_path, offset):
    path = written(tmp_path / "x.nii", VALUES.astype(np.int16), vox_offset=offset)
    assert refusal(path).startswith("x.nii is damaged")


def test_half_of_a_pair_is_refused_in_words(tmp_path):
    words = "is half of a NIfTI or Analyze pair; save it as one .nii file and open that."
    nibabel.save(nibabel.Nifti1Pair(VALUES.astype(np.int16), LPS_ORDER), tmp_path / "x.img")
    assert refusal(tmp_path / "x.hdr") == f"x.hdr {words}"
    for kind in (nibabel.AnalyzeImage, nibabel.Spm99AnalyzeImage):
        nibabel.save(kind(VALUES.astype(np.int16), LPS_ORDER), tmp_path / "y.img")
        assert refusal(tmp_path / "y.hdr") == f"y.hdr {words}"
    assert refusal(tmp_path / "y.img").startswith("y.img is no scan or picture that Lightbox reads;")


def test_random_bytes_behind_a_header_never_end_the_reader(tmp_path):
    generator = np.random.default_rng(7)
    good = nibabel.Nifti1Image(VALUES.astype(np.int16), LPS_ORDER).to_bytes()
    paths = []
    for number in range(60):
        content = bytearray(good)
        for at in generator.integers(4, 344, 6):
            content[at] = generator.integers(256)
        paths.append(tmp_path / f"{number}.nii")
        paths[-1].write_bytes(content)
    result = reading.read(paths)
    named = {name for series in result.series for name in series.files} | {refused.name for refused in result.refusals}
    assert named == {path.name for path in paths}


@pytest.mark.skipif(not NIBABELS.is_dir(), reason="nibabel is installed without its test data")
@pytest.mark.parametrize("name", NAMES)
def test_nibabels_own_files_hold_what_nibabel_finds_in_them(name):
    image = nibabel.load(NIBABELS / name)
    values = np.nan_to_num(np.asarray(image.dataobj)).reshape(*image.shape[:3], -1, order="F")
    result = reading.read([NIBABELS / name])
    assert len(result.series) == values.shape[3]
    for index, series in enumerate(result.series):
        volume = series.volume
        corners = np.array([*np.ndindex(2, 2, 2)]) * (np.array(volume.shape) - 1)
        for corner in corners:
            ras = (volume.affine @ [*corner, 1]) * [-1, -1, 1, 1]
            ijk = np.round(np.linalg.solve(image.affine, ras)[:3]).astype(int)
            assert volume.voxels[tuple(corner)] == pytest.approx(values[(*ijk, index)], rel=1e-6)
        assert float(volume.voxels.sum(dtype=np.float64)) == pytest.approx(
            float(values[..., index].sum(dtype=np.float64)), rel=1e-6
        )


@pytest.mark.skipif(not SCANS.is_dir(), reason="../shared/data/scans isn't beside this checkout")
def test_a_ct_in_nifti_agrees_with_simpleitk():
    import SimpleITK as sitk  # noqa: N813

    path = SCANS / "abdomen_ct_3mm.nii.gz"
    image, volume = sitk.DICOMOrient(sitk.ReadImage(str(path)), "LPS"), only(path).volume
    assert np.array_equal(volume.voxels, sitk.GetArrayFromImage(image))
    last = [size - 1 for size in volume.shape]
    assert np.allclose((volume.affine @ [*last, 1])[:3], image.TransformIndexToPhysicalPoint(last[::-1]), atol=1e-3)


def test_a_file_larger_than_the_readers_memory_is_read(tmp_path, monkeypatch):
    monkeypatch.setattr(upload, "settings", lambda: Settings(reading_megabytes=250, volume_megabytes=1024))
    header = nibabel.Nifti1Header()
    header.set_data_shape((512, 512, 600))
    header.set_data_dtype(np.int16)
    header["vox_offset"], header["magic"] = 352, b"n+1"
    path = tmp_path / "x.nii.gz"
    with gzip.open(path, "wb", 1) as file:
        file.write(header.binaryblock + b"\0" * 4)
        for number in range(600):
            file.write(struct.pack("<h", number) * 512**2)
    voxels = only(path).volume.voxels
    assert voxels.nbytes == 512 * 512 * 600 * 2
    assert voxels[:, 200, 300].tolist() == list(range(600))
