"""`converting` and the command `convert`: what is written is what was read, other tools open it, nothing is overwritten."""

import gzip
import json
from pathlib import Path

import nibabel
import numpy as np
import pytest
from reading_inputs import write_series

from medcore import converting, reading
from medcore.__main__ import main
from medcore.errors import InvalidValue, UnknownName
from medcore.volume import Acquisition, Part, Series, Volume

pytestmark = pytest.mark.slow

NOTICE = "Research and education, not for diagnosis"
AXIAL = np.array([[0, 0, 0.5, -120], [0, 0.75, 0, -80], [2.5, 0, 0, 40], [0, 0, 0, 1.0]])


def oblique() -> np.ndarray:
    """Turned about all axes by less than 45 degrees, half a metre from the origin."""
    a, b, c = 0.3, -0.2, 0.1
    x = np.array([[1, 0, 0], [0, np.cos(a), -np.sin(a)], [0, np.sin(a), np.cos(a)]])
    y = np.array([[np.cos(b), 0, np.sin(b)], [0, 1, 0], [-np.sin(b), 0, np.cos(b)]])
    z = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    affine = np.eye(4)
    affine[:3, :3] = (x @ y @ z @ np.eye(3)[::-1]) * [1.25, 0.9, 0.7]
    affine[:3, 3] = 312.3, -287.7, 501.1
    return affine


def sheared() -> np.ndarray:
    affine = oblique()
    affine[:3, 0] += affine[:3, 1] * 0.4
    return affine


def series(voxels: np.ndarray, affine: np.ndarray | None = AXIAL, part: Part | None = None, uid: str = "1.2.3", **more: object):
    photometric = "RGB" if voxels.ndim == 4 else "MONOCHROME2"
    fields = {"unit": "HU", "modality": "CT", "photometric": photometric, "kind": "slices"} | more
    volume = Volume(voxels, affine, **fields)  # type: ignore[arg-type]
    return Series(uid, "Head of Phantom^One", volume, Acquisition("CT"), {"PatientName": "Phantom^One"}, ("a.dcm",), part)


def values(dtype: str, most: float, shape: tuple[int, ...] = (4, 5, 6)) -> np.ndarray:
    made = np.linspace(0 if dtype == "uint8" else -most, most, int(np.prod(shape))).reshape(shape)
    return made.astype(dtype)


def read_again(path: Path) -> list[Series]:
    result = reading.read([path])
    assert result.refusals == ()
    return list(result.series)


EACH_TYPE = [
    values("int16", 3000),
    values("int32", 2_000_000_000),
    values("float32", 0.123),
    values("uint8", 255, (4, 5, 6, 3)),
]


@pytest.mark.parametrize("suffix", [".nii", ".nii.gz"])
@pytest.mark.parametrize("voxels", EACH_TYPE, ids=lambda voxels: voxels.dtype.name)
@pytest.mark.parametrize("affine", [AXIAL, oblique(), sheared()], ids=["axial", "oblique", "sheared"])
def test_a_nifti_read_again_holds_the_same_voxels_at_the_same_places(tmp_path, suffix, voxels, affine):
    out = tmp_path / f"x{suffix}"
    converting.write([series(voxels, affine)], out)
    (found,) = read_again(out)
    assert np.array_equal(found.volume.voxels, voxels)
    assert found.volume.voxels.dtype == voxels.dtype
    corners = np.array([(*corner, 1) for corner in np.ndindex(2, 2, 2)]) * [699, 699, 699, 1]
    assert np.abs(corners @ (found.volume.affine - affine).T).max() < 0.01
    assert found.volume.warnings == ()


@pytest.mark.parametrize("affine", [AXIAL, oblique()], ids=["axial", "oblique"])
def test_simpleitk_and_nibabel_find_the_same_voxels_at_the_same_places(tmp_path, affine):
    import SimpleITK as sitk  # noqa: N813

    voxels, out = values("int16", 3000), tmp_path / "x.nii.gz"
    converting.write([series(voxels, affine)], out)
    image, other = sitk.ReadImage(str(out)), nibabel.load(out)
    assert np.array_equal(sitk.GetArrayFromImage(image), voxels)
    assert np.array_equal(np.asarray(other.dataobj), voxels.transpose(2, 1, 0))
    place = affine @ [3, 4, 5, 1]
    assert np.allclose(image.TransformIndexToPhysicalPoint((5, 4, 3)), place[:3], atol=0.001)
    assert np.allclose(other.affine @ [5, 4, 3, 1], place * [-1, -1, 1, 1], atol=0.001)
    assert np.allclose(other.header.get_qform(), other.affine, atol=0.001)
    assert other.header.get_xyzt_units()[0] == "mm"
    assert np.allclose(other.header.get_zooms(), np.linalg.norm(affine[:3, :3], axis=0)[::-1])


def test_a_sheared_stack_has_an_sform_and_no_qform(tmp_path):
    converting.write([series(EACH_TYPE[0], sheared())], tmp_path / "x.nii")
    header = nibabel.load(tmp_path / "x.nii").header
    assert (int(header["sform_code"]), int(header["qform_code"])) == (1, 0)


def test_no_place_and_no_length_is_made_up(tmp_path):
    import SimpleITK as sitk  # noqa: N813

    for name, row_column_mm, pixdim in (("a.nii", None, [0, 0, 0]), ("b.nii", (0.25, 0.5), [0.5, 0.25, 0])):
        converting.write([series(EACH_TYPE[0], None, row_column_mm=row_column_mm)], tmp_path / name)
        header = nibabel.Nifti1Header((tmp_path / name).read_bytes()[:348], check=False)
        assert header["pixdim"][1:4].tolist() == pixdim
        assert (int(header["sform_code"]), int(header["qform_code"])) == (0, 0)
        (found,) = read_again(tmp_path / name)
        assert (found.volume.affine, found.volume.row_column_mm) == (None, row_column_mm)
        assert np.array_equal(sitk.GetArrayFromImage(sitk.ReadImage(str(tmp_path / name))), EACH_TYPE[0])
        assert np.array_equal(np.asarray(nibabel.load(tmp_path / name).dataobj), EACH_TYPE[0].transpose(2, 1, 0))


def test_a_lone_slice_of_unknown_thickness_stays_one(tmp_path):
    import SimpleITK as sitk  # noqa: N813

    affine = oblique()
    affine[:3, 0] = 0
    converting.write([series(EACH_TYPE[0][:1], affine, kind="image")], tmp_path / "x.nii")
    (found,) = read_again(tmp_path / "x.nii")
    assert np.allclose(found.volume.affine, affine, atol=1e-4)
    assert found.volume.spacing_mm[0] is None
    image = sitk.ReadImage(str(tmp_path / "x.nii"))
    assert np.allclose(image.TransformIndexToPhysicalPoint((5, 4, 0)), (affine @ [0, 4, 5, 1])[:3], atol=1e-3)


def test_an_axis_beyond_nifti_1_makes_a_nifti_2(tmp_path):
    voxels = values("int16", 3000, (1, 2, 40_000))
    converting.write([series(voxels, kind="image")], tmp_path / "x.nii.gz")
    assert isinstance(nibabel.load(tmp_path / "x.nii.gz"), nibabel.Nifti2Image)
    assert np.array_equal(read_again(tmp_path / "x.nii.gz")[0].volume.voxels, voxels)


@pytest.mark.parametrize("voxels", EACH_TYPE, ids=lambda voxels: voxels.dtype.name)
def test_an_npz_holds_voxels_affine_and_notice_without_pickle(tmp_path, voxels):
    converting.write([series(voxels, oblique())], tmp_path / "x.npz")
    with np.load(tmp_path / "x.npz", allow_pickle=False) as found:
        assert sorted(found) == ["affine", "notice", "voxels"]
        assert np.array_equal(found["voxels"], voxels)
        assert found["voxels"].dtype == voxels.dtype
        assert np.array_equal(found["affine"], oblique())
        assert str(found["notice"]) == NOTICE


def test_an_npz_is_packed(tmp_path):
    converting.write([series(np.zeros((9, 100, 100), np.int16))], tmp_path / "x.npz")
    assert (tmp_path / "x.npz").stat().st_size < 2000


def test_an_npz_without_a_place_has_no_affine(tmp_path):
    converting.write([series(EACH_TYPE[0], None)], tmp_path / "x.npz")
    with np.load(tmp_path / "x.npz") as found:
        assert sorted(found) == ["notice", "voxels"]


@pytest.mark.parametrize("name", ["x.nii", "x.nii.gz", "x.npz"])
def test_nothing_about_the_patient_is_written_and_the_purpose_is(tmp_path, name):
    converting.write([series(EACH_TYPE[0])], tmp_path / name)
    content = (tmp_path / name).read_bytes()
    plain = gzip.decompress(content) if name.endswith("gz") else content
    for secret in (b"Phantom", b"1.2.3", b"a.dcm", b"x.nii"):
        assert secret not in content
        assert secret not in plain
    if not name.endswith("npz"):
        assert NOTICE.encode() in plain


def parts(count: int = 3) -> list[Series]:
    return [
        series(values("int16", 3000) + index, part=Part("1.2", index, count, "time"), uid=f"1.2.{index}")
        for index in range(count)
    ]


def test_volumes_of_one_whole_become_one_more_axis(tmp_path):
    whole = parts()
    whole[1] = series(values("float32", 0.5), part=whole[1].part, uid="1.2.1")
    chosen = converting.chosen([whole[2], whole[0], whole[1], whole[0]], None)
    assert [one.uid for one in chosen] == ["1.2.0", "1.2.1", "1.2.2"]
    expected = np.stack([one.volume.voxels.astype(np.float32) for one in whole])
    converting.write(chosen, tmp_path / "x.nii.gz")
    found = read_again(tmp_path / "x.nii.gz")
    assert [one.part.index for one in found] == [0, 1, 2]
    assert all(np.array_equal(one.volume.voxels, voxels) for one, voxels in zip(found, expected, strict=True))
    assert nibabel.load(tmp_path / "x.nii.gz").shape == (6, 5, 4, 3)
    converting.write(chosen, tmp_path / "x.npz")
    with np.load(tmp_path / "x.npz") as archive:
        assert np.array_equal(archive["voxels"], expected)


def test_one_of_several_is_chosen_by_its_name_or_its_wholes():
    several = [*parts(), series(EACH_TYPE[0], uid="9")]
    assert [one.uid for one in converting.chosen(several, "1.2")] == ["1.2.0", "1.2.1", "1.2.2"]
    assert [one.uid for one in converting.chosen(several, "1.2.1")] == ["1.2.1"]
    assert [one.uid for one in converting.chosen(several, "9")] == ["9"]
    with pytest.raises(InvalidValue, match=r"^There are 2 series in what was opened; name one with --series: 1\.2, 9\.$"):
        converting.chosen(several, None)
    with pytest.raises(UnknownName, match=r"^There is no series '7' in what was opened; the series are: 1\.2, 9\.$"):
        converting.chosen(several, "7")


def test_volumes_at_different_places_are_not_put_together(tmp_path):
    moved = AXIAL.copy()
    moved[0, 3] += 1
    whole = parts(2)
    whole[1] = series(EACH_TYPE[0], moved, part=whole[1].part, uid="1.2.1")
    with pytest.raises(InvalidValue, match="differ in shape or place"):
        converting.write(whole, tmp_path / "x.nii")
    assert list(tmp_path.iterdir()) == []


def test_what_the_file_cant_say_is_said():
    assert converting.notes([series(EACH_TYPE[0], warnings=("Odd.",))]) == ["Odd."]
    (inverted,) = converting.notes([series(EACH_TYPE[0], photometric="MONOCHROME1")])
    assert inverted.startswith("The lowest value is white (MONOCHROME1)")
    assert converting.notes(parts(4)[:3]) == ["Of 4 volumes that belong together, 3 were read."]


def test_what_fails_half_way_leaves_the_old_file_and_no_half(tmp_path, monkeypatch):
    (tmp_path / "x.nii").write_bytes(b"old")

    def failing(volumes):
        yield b"\0" * 100
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(converting, "_slices", failing)
    with pytest.raises(OSError, match="No space"):
        converting.write([series(EACH_TYPE[0])], tmp_path / "x.nii")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("x.nii", b"old")]


def test_the_same_series_gives_the_same_bytes(tmp_path):
    for name in ("a.nii.gz", "b.nii.gz", "a.npz", "b.npz"):
        converting.write([series(EACH_TYPE[0])], tmp_path / name)
    assert (tmp_path / "a.nii.gz").read_bytes() == (tmp_path / "b.nii.gz").read_bytes()
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_the_command_writes_a_dicom_series_and_says_what(tmp_path, capsys):
    write_series(tmp_path / "scan")
    out = tmp_path / "x.nii.gz"
    assert main(["convert", str(tmp_path / "scan"), str(out), "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert row == {
        "series": "1.2.3.4",
        "path": str(tmp_path / "scan"),
        "out": str(out),
        "shape": [5, 16, 16],
        "type": "int16",
        "spacing_mm": [5.0, 0.5, 0.25],
        "warnings": [],
    }
    (source,), (found,) = reading.read([tmp_path / "scan"]).series, read_again(out)
    assert np.array_equal(found.volume.voxels, source.volume.voxels)
    assert np.allclose(found.volume.affine, source.volume.affine, atol=1e-6)


def test_a_file_that_is_there_is_only_replaced_by_force(tmp_path, capsys):
    write_series(tmp_path / "scan")
    out = tmp_path / "x.npz"
    out.write_bytes(b"mine")
    assert main(["convert", str(tmp_path / "scan"), str(out)]) == 2
    assert capsys.readouterr().err == f"{out} is there already; give another name, or --force to replace it.\n"
    assert out.read_bytes() == b"mine"
    assert main(["convert", str(tmp_path / "scan"), str(out), "--force"]) == 0
    with np.load(out) as found:
        assert found["voxels"].shape == (5, 16, 16)


def test_wrong_usage_is_told_before_anything_is_read(tmp_path, capsys):
    assert main(["convert", "nowhere", str(tmp_path / "x.mha")]) == 2
    assert "let it end in .nii.gz or .nii or .npz." in capsys.readouterr().err
    assert main(["convert", "nowhere", str(tmp_path / "no" / "x.nii")]) == 2
    assert "there is no folder" in capsys.readouterr().err


def test_several_series_are_listed_and_one_can_be_named(tmp_path, capsys):
    write_series(tmp_path / "scan")
    write_series(tmp_path / "scan" / "other", 2, SeriesInstanceUID="1.2.3.5")
    out = tmp_path / "x.npz"
    assert main(["convert", str(tmp_path / "scan"), str(out)]) == 2
    said = capsys.readouterr().err
    assert "There are 2 series in what was opened; name one with --series: " in said
    assert "1.2.3.4" in said
    assert "1.2.3.5" in said
    assert not out.exists()
    assert main(["convert", str(tmp_path / "scan"), str(out), "--series", "1.2.3.5"]) == 0
    with np.load(out) as found:
        assert found["voxels"].shape == (2, 16, 16)


def test_what_cant_be_read_is_said_and_what_can_is_written(tmp_path, capsys):
    write_series(tmp_path / "scan")
    (tmp_path / "scan" / "notes.txt").write_text("about this disc")
    assert main(["convert", str(tmp_path / "scan"), str(tmp_path / "x.nii")]) == 1
    assert "notes.txt is no scan or picture" in capsys.readouterr().err
    assert (tmp_path / "x.nii").exists()
    assert main(["convert", str(tmp_path / "scan" / "notes.txt"), str(tmp_path / "y.nii")]) == 1
    assert not (tmp_path / "y.nii").exists()
