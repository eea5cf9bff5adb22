"""Every voxel lies where the file says: analytic phantoms in each position that patients are scanned in, to 0.01 mm."""

from dataclasses import replace
from pathlib import Path

import nibabel
import numpy as np
import pytest
from dicom_phantoms import (
    BALLS,
    Grid,
    corners_of,
    field_at,
    places_of,
    write_dose,
    write_enhanced,
    write_nifti,
    write_slices,
)

from medcore import reading
from medcore.volume import Volume
from ui.viewer import _edges

pytestmark = pytest.mark.slow

X, Y, Z = np.eye(3)


def about(axis: np.ndarray, degrees: float) -> np.ndarray:
    """The rotation by an angle about an axis (Rodrigues)."""
    (x, y, z), angle = axis, np.radians(degrees)
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(angle) * cross + (1 - np.cos(angle)) * cross @ cross


def axes(row: np.ndarray, column: np.ndarray, patient_position: str, **more) -> Grid:
    return Grid(tuple(row), tuple(column), elements={"PatientPosition": patient_position}, **more)


OBLIQUE = about(Z, 25) @ about(X, 15) @ about(Y, -10)
STEEP = about(np.array([1.0, 1.0, 1.0]) / np.sqrt(3), 40)
GRIDS = {
    "axial, head first, supine": (axes(X, Y, "HFS"), "RLAP"),
    "axial, head first, prone": (axes(-X, -Y, "HFP"), "LRPA"),
    "axial, feet first, supine": (axes(-X, Y, "FFS"), "LRAP"),
    "axial, feet first, prone": (axes(X, -Y, "FFP"), "RLPA"),
    "axial, head first, on the left side": (axes(-Y, X, "HFDL"), "PARL"),
    "axial, head first, on the right side": (axes(Y, -X, "HFDR"), "APLR"),
    "axial, feet first, on the left side": (axes(Y, X, "FFDL"), "APRL"),
    "axial, feet first, on the right side": (axes(-Y, -X, "FFDR"), "PALR"),
    "sagittal": (axes(Y, -Z, "HFS"), "APHF"),
    "sagittal, rows to the head": (axes(Y, Z, "FFS"), "APFH"),
    "coronal": (axes(X, -Z, "HFS"), "RLHF"),
    "double oblique": (axes(OBLIQUE @ X, OBLIQUE @ Y, "HFS"), "RLAP"),
    "steep oblique sagittal": (axes(STEEP @ Y, STEEP @ -Z, "HFS"), "APHF"),
    "gantry tilted by 20°": (axes(X, about(X, 20) @ Y, "HFS", across=tuple(Z)), "RLAP"),
    "gantry tilted by -15°": (axes(X, about(X, -15) @ Y, "HFS", across=tuple(Z)), "RLAP"),
    "thin slices, wide pixels": (axes(X, Y, "HFS", spacing_mm=(0.625, 2.4, 2.25), shape=(80, 30, 34)), "RLAP"),
}
"""Each grid, and the patient's sides at a slice's left, right, top and bottom edge."""
UPRIGHT = [name for name in GRIDS if "tilted" not in name]
each_name = pytest.mark.parametrize("name", GRIDS)
each_upright = pytest.mark.parametrize("name", UPRIGHT)


@pytest.fixture(scope="module")
def volumes(tmp_path_factory) -> dict[str, list[Volume]]:
    """Every phantom, read as one upload: the volumes by the folder that they were written to."""
    folder = tmp_path_factory.mktemp("phantoms")
    for name, (grid, _) in GRIDS.items():
        write_kinds(grid, folder, name)
    both = [GRIDS[name][0] for name in ("sagittal", "axial, head first, supine")]
    write_enhanced(both, folder / "two orientations" / "x", "MR", orientation_shared=False)
    result = reading.read([folder])
    assert result.refusals == ()
    found: dict[str, list[Volume]] = {}
    for series in result.series:
        found.setdefault(str(Path(series.files[0]).parent), []).append(series.volume)
    return found


def write_kinds(grid: Grid, folder: Path, name: str) -> None:
    write_slices(grid, folder / "slices" / name)
    write_slices(grid, folder / "backwards" / name, numbered_backwards=True)
    write_enhanced([grid], folder / "enhanced CT" / name / "x", "CT", orientation_shared=True)
    write_enhanced([grid], folder / "enhanced MR" / name / "x", "MR", orientation_shared=False)
    write_nifti(grid, folder / "sform" / name / "x.nii.gz")
    if name in UPRIGHT:
        write_nifti(grid, folder / "qform" / name / "x.nii", "qform")
        write_nifti(grid, folder / "both" / name / "x.nii", "both")
        mirrored = left_handed(grid)
        write_nifti(mirrored, folder / "left-handed sform" / name / "x.nii")
        write_nifti(mirrored, folder / "left-handed qform" / name / "x.nii", "qform")
        write_dose(grid, folder / "dose" / name / "x")
    for version, kind in (("1", nibabel.Nifti1Image), ("2", nibabel.Nifti2Image)):
        for order in "<>":
            write_nifti(grid, folder / f"NIfTI-{version} {order}" / name / "x.nii", kind=kind, order=order)


def left_handed(grid: Grid) -> Grid:
    return replace(grid, across=tuple(-np.cross(grid.row_direction, grid.column_direction)))


def check_places(volume: Volume, grid: Grid, sides: str) -> None:
    """The volume is the grid: corners to 0.01 mm, values at their places, landmarks, spacing, and the sides at its edges."""
    assert volume.affine is not None
    assert volume.shape == grid.shape
    corners = corners_of(grid.shape)
    np.testing.assert_allclose(places_of(corners, volume.affine), places_of(corners, grid.affine), atol=0.01)
    assert volume.spacing_mm == pytest.approx(grid.spacing_mm, abs=1e-4)
    assert "".join(_edges(volume)[edge] for edge in ("left", "right", "top", "bottom")) == sides
    check_values(volume)


def check_values(volume: Volume) -> None:
    """Values and places go together: the field at random voxels, and each ball found where it was put."""
    indices = np.random.default_rng(11).integers(0, volume.shape, (2000, 3))
    places = places_of(indices, volume.affine)
    clear = np.all([np.abs(np.linalg.norm(places - b.center, axis=1) - b.radius_mm) > 0.02 for b in BALLS.values()], axis=0)
    np.testing.assert_allclose(volume.voxels[tuple(indices.T)][clear], field_at(places)[clear], atol=1.5)
    for ball in BALLS.values():
        inside = np.argwhere(volume.voxels == ball.value)
        found = places_of(inside, volume.affine)
        assert np.linalg.norm(found - ball.center, axis=1).max() < ball.radius_mm + 0.02
        np.testing.assert_allclose(found.mean(axis=0), ball.center, atol=max(volume.spacing_mm) / 4)


@each_name
@pytest.mark.parametrize("kind", ["slices", "backwards", "enhanced CT", "enhanced MR"])
def test_a_scan_lies_where_it_was_scanned(volumes, kind, name):
    (volume,) = volumes[f"{kind}/{name}"]
    check_places(volume, *GRIDS[name])


def test_an_enhanced_object_of_two_orientations_is_two_volumes(volumes):
    found = {_edges(volume)["left"]: volume for volume in volumes["two orientations"]}
    assert len(found) == 2
    for name in ("sagittal", "axial, head first, supine"):
        grid, sides = GRIDS[name]
        check_places(found[sides[0]], grid, sides)


@each_upright
def test_a_dose_with_falling_offsets_lies_where_it_was_planned(volumes, name):
    (volume,) = volumes[f"dose/{name}"]
    check_places(replace(volume, voxels=(volume.voxels - 2**15).astype(np.int16)), *GRIDS[name])


@each_upright
def test_another_reader_finds_the_phantom_at_the_same_places(tmp_path, name):
    """The phantoms' own check: they are what a tool by others takes them for."""
    import SimpleITK as sitk  # noqa: N813

    grid, _ = GRIDS[name]
    reader = sitk.ImageSeriesReader()
    reader.SetFileNames([str(path) for path in write_slices(grid, tmp_path)])
    image = reader.Execute()
    found = [image.TransformIndexToPhysicalPoint([int(i) for i in corner[::-1]]) for corner in corners_of(grid.shape)]
    np.testing.assert_allclose(found, places_of(corners_of(grid.shape), grid.affine), atol=0.01)
    assert np.array_equal(sitk.GetArrayFromImage(image), grid.values)


def check_nifti(volume: Volume, grid: Grid) -> None:
    """The voxels are turned to rows that run left, columns that run back and slices that run up, each at its place."""
    found, wanted = (places_of(corners_of(shape), a) for shape, a in ((volume.shape, volume.affine), (grid.shape, grid.affine)))
    distances = np.linalg.norm(found[:, None] - wanted, axis=2)
    assert distances.min(axis=0).max() < 0.01
    assert distances.min(axis=1).max() < 0.01
    assert list(_edges(volume).values()) == ["R", "L", "A", "P"]
    assert sorted(volume.spacing_mm) == pytest.approx(sorted(np.linalg.norm(grid.affine[:3, :3], axis=0)), abs=1e-4)
    check_values(volume)


@each_name
@pytest.mark.parametrize("kind", ["sform", "NIfTI-1 <", "NIfTI-1 >", "NIfTI-2 <", "NIfTI-2 >"])
def test_a_nifti_of_either_version_and_byte_order_lies_where_it_was_scanned(volumes, kind, name):
    (volume,) = volumes[f"{kind}/{name}"]
    check_nifti(volume, GRIDS[name][0])


@each_upright
@pytest.mark.parametrize("kind", ["qform", "both"])
def test_a_nifti_is_placed_by_its_qform_only_where_it_has_no_sform(volumes, kind, name):
    (volume,) = volumes[f"{kind}/{name}"]
    check_nifti(volume, GRIDS[name][0])


@each_upright
@pytest.mark.parametrize("kind", ["left-handed sform", "left-handed qform"])
def test_a_left_handed_nifti_isnt_mirrored(volumes, kind, name):
    (volume,) = volumes[f"{kind}/{name}"]
    check_nifti(volume, left_handed(GRIDS[name][0]))
