"""Scans of one known field in patient space, sampled by formula and written as DICOM or NIfTI: every voxel's value is known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import nibabel
import numpy as np
import pydicom
from pydicom.uid import EnhancedCTImageStorage, EnhancedMRImageStorage, RTDoseStorage, generate_uid
from pydicom.valuerep import DSfloat
from reading_inputs import slice_dataset, write

CENTER = np.array((10.0, -20.0, 35.0))
"""The middle of every phantom, LPS mm: not 0, so that a sign or an axis that is mixed up moves it."""
LPS_TO_RAS = np.diag([-1.0, -1.0, 1.0, 1.0])
ENHANCED = {"CT": EnhancedCTImageStorage, "MR": EnhancedMRImageStorage}


@dataclass(frozen=True)
class Ball:
    """A landmark: a ball of one value that is found nowhere else."""

    center: np.ndarray
    radius_mm: float
    value: int


BALLS = {
    "left": Ball(np.add(CENTER, (17, 2, -3)), 6.0, 15_000),
    "posterior": Ball(np.add(CENTER, (-4, 16, 5)), 7.0, 20_000),
    "head": Ball(np.add(CENTER, (3, -5, 18)), 8.0, 25_000),
}


def field_at(places: np.ndarray) -> np.ndarray:
    """The values (…,) at places (…, 3) in LPS mm: steep and different along each axis, with the balls in it."""
    x, y, z = np.moveaxis(np.asarray(places, float), -1, 0)
    values = 40 * x + 23 * y - 31 * z + 300 * np.sin(x / 9) * np.cos(y / 11) + 200 * np.sin(z / 7)
    for ball in BALLS.values():
        values = np.where(np.linalg.norm(places - ball.center, axis=-1) <= ball.radius_mm, ball.value, values)
    return values


@dataclass(frozen=True)
class Grid:
    """Where a phantom is sampled: directions are unit vectors in LPS, spacing and shape are (slices, rows, columns).

    `across` is the direction from slice to slice; by default the normal, row direction × column direction.
    """

    row_direction: tuple[float, float, float]
    column_direction: tuple[float, float, float]
    across: tuple[float, float, float] | None = None
    spacing_mm: tuple[float, float, float] = (3.0, 1.5, 2.0)
    shape: tuple[int, int, int] = (24, 44, 33)
    elements: Mapping[str, Any] = field(default_factory=dict)

    @property
    def orientation(self) -> tuple[float, ...]:
        """Image Orientation (Patient)."""
        return (*self.row_direction, *self.column_direction)

    @cached_property
    def affine(self) -> np.ndarray:
        """From (slice, row, column, 1) to LPS mm, by the formula of PS3.3 C.7.6.2.1.1."""
        across = np.cross(self.row_direction, self.column_direction) if self.across is None else self.across
        affine = np.eye(4)
        for axis, direction in enumerate((across, self.column_direction, self.row_direction)):
            affine[:3, axis] = np.array(direction) * self.spacing_mm[axis]
        affine[:3, 3] = CENTER - affine[:3, :3] @ ((np.array(self.shape) - 1) / 2)
        return affine

    @cached_property
    def values(self) -> np.ndarray:
        """The field at every voxel, int16."""
        return np.round(field_at(places_of(np.moveaxis(np.indices(self.shape), 0, -1), self.affine))).astype(np.int16)

    def position(self, slice_index: int) -> np.ndarray:
        """Image Position (Patient) of a slice."""
        return self.affine[:3, 3] + slice_index * self.affine[:3, 0]


def places_of(indices: np.ndarray, affine: np.ndarray) -> np.ndarray:
    """LPS mm (…, 3) of voxel indices (…, 3)."""
    return np.asarray(indices) @ affine[:3, :3].T + affine[:3, 3]


def corners_of(shape: Sequence[int]) -> np.ndarray:
    """The indices (8, 3) of a volume's corner voxels."""
    return np.array(np.meshgrid(*((0, size - 1) for size in shape), indexing="ij")).reshape(3, -1).T


def decimals(numbers: Sequence[float] | np.ndarray) -> list[DSfloat]:
    """Numbers as a scanner writes them: at most 16 characters each."""
    return [DSfloat(float(number), auto_format=True) for number in numbers]


def write_slices(grid: Grid, folder: Path, numbered_backwards: bool = False) -> list[Path]:
    """A file a slice, under names in another order than the slices; returns the paths in slice order."""
    count = grid.shape[0]
    names, uid = np.random.default_rng(count).permutation(count), generate_uid()
    numbers = range(count, 0, -1) if numbered_backwards else range(1, count + 1)
    return [_write_slice(grid, k, folder / f"{names[k]:03}", number, uid) for k, number in enumerate(numbers)]


def _write_slice(grid: Grid, slice_index: int, path: Path, number: int, series_uid: str) -> Path:
    own = {
        "SeriesInstanceUID": series_uid,
        "ImagePositionPatient": decimals(grid.position(slice_index)),
        "ImageOrientationPatient": decimals(grid.orientation),
        "PixelSpacing": decimals(grid.spacing_mm[1:]),
        "SliceThickness": 7,  # never the distance between slices
        "InstanceNumber": number,
        "RescaleIntercept": 0,
    }
    return write(slice_dataset(grid.values[slice_index], **own | dict(grid.elements)), path)


def write_enhanced(grids: Sequence[Grid], path: Path, modality: str = "CT", orientation_shared: bool = True) -> Path:
    """One multi-frame file of all slices of the grids in a random frame order, each frame with a rescale of its own."""
    frames = [(grid, k) for grid in grids for k in range(grid.shape[0])]
    order = np.random.default_rng(5).permutation(len(frames))
    shuffled = [frames[number] for number in order]
    stored = np.stack([grid.values[k] - np.int16(k) for grid, k in shuffled])
    dataset = slice_dataset(stored[0], **dict.fromkeys(_PLAIN), Modality=modality, SOPClassUID=ENHANCED[modality])
    dataset.NumberOfFrames, dataset.PixelData = len(frames), stored.tobytes()
    dataset.SharedFunctionalGroupsSequence = [_shared(grids[0], orientation_shared)]
    dataset.PerFrameFunctionalGroupsSequence = [_of_frame(grid, k, orientation_shared) for grid, k in shuffled]
    return write(dataset, path)


_PLAIN = ("PixelSpacing", "ImageOrientationPatient", "RescaleSlope", "RescaleIntercept")


def _item(**elements: Any) -> list[pydicom.Dataset]:
    item = pydicom.Dataset()
    for keyword, value in elements.items():
        setattr(item, keyword, value)
    return [item]


def _orientation(grid: Grid) -> list[pydicom.Dataset]:
    return _item(ImageOrientationPatient=decimals(grid.orientation))


def _shared(grid: Grid, orientation_shared: bool) -> pydicom.Dataset:
    (groups,) = _item(PixelMeasuresSequence=_item(PixelSpacing=decimals(grid.spacing_mm[1:]), SliceThickness=7))
    if orientation_shared:
        groups.PlaneOrientationSequence = _orientation(grid)
    return groups


def _of_frame(grid: Grid, slice_index: int, orientation_shared: bool) -> pydicom.Dataset:
    (groups,) = _item(
        PlanePositionSequence=_item(ImagePositionPatient=decimals(grid.position(slice_index))),
        PixelValueTransformationSequence=_item(RescaleSlope=1, RescaleIntercept=slice_index, RescaleType="US"),
        FrameContentSequence=_item(StackID="1", InStackPositionNumber=slice_index + 1),
    )
    if not orientation_shared:
        groups.PlaneOrientationSequence = _orientation(grid)
    return groups


def write_dose(grid: Grid, path: Path) -> Path:
    """An RT dose whose frames run from the last slice to the first: negative offsets along the normal (PS3.3 C.8.8.3.2)."""
    stored = (grid.values[::-1].astype(np.int32) + 2**15).astype(np.uint16)
    own = {"Modality": "RTDOSE", "SOPClassUID": RTDoseStorage, "RescaleSlope": None, "RescaleIntercept": None}
    place = {
        "ImagePositionPatient": decimals(grid.position(grid.shape[0] - 1)),
        "ImageOrientationPatient": decimals(grid.orientation),
        "PixelSpacing": decimals(grid.spacing_mm[1:]),
    }
    dataset = slice_dataset(stored[0], **own | place)
    dataset.NumberOfFrames, dataset.PixelData = grid.shape[0], stored.tobytes()
    dataset.GridFrameOffsetVector = decimals(-grid.spacing_mm[0] * np.arange(grid.shape[0]))
    dataset.FrameIncrementPointer = pydicom.tag.Tag("GridFrameOffsetVector")
    return write(dataset, path)


def write_nifti(grid: Grid, path: Path, placed_by: str = "sform", kind: type = nibabel.Nifti1Image, order: str = "<") -> Path:
    """The grid as NIfTI, (column, row, slice) being (i, j, k), placed by "sform", "qform" or "both": then a false qform beside.

    `order` is the byte order. A qform holds no shear: give a grid without one.
    """
    ras = LPS_TO_RAS @ grid.affine @ np.eye(4)[[2, 1, 0, 3]]
    header = kind.header_class(endianness=order)
    header.set_data_dtype(np.dtype(np.int16).newbyteorder(order))
    image = kind(np.ascontiguousarray(grid.values.transpose(2, 1, 0)), None, header)
    image.set_sform(ras if placed_by != "qform" else None, code=int(placed_by != "qform"))
    image.set_qform(ras if placed_by == "qform" else np.diag([-9.0, 9, 9, 1]), code=int(placed_by != "sform"))
    if placed_by == "sform":
        image.set_qform(None, code=0)
    path.parent.mkdir(parents=True, exist_ok=True)
    nibabel.save(image, path)
    return path
