"""A DICOM file as planes: one record for each frame, with where it lies and how its values are meant."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pydicom

from medcore.reading.dicom_parsing import DicomFile, numbers, value_of

Triple = tuple[float, ...]


@dataclass(frozen=True)
class Plane:
    """One picture in a file: `orientation` holds the row's and the column's direction, `spacing` is (row, column) in mm."""

    file: DicomFile
    frame: int
    position: Triple | None
    orientation: Triple | None
    spacing: Triple | None

    @property
    def along(self) -> float:
        """Where the plane lies along its normal, in mm."""
        if self.position is None or self.orientation is None:
            return 0.0
        return float(np.dot(normal(self.orientation), self.position))

    def get(self, keyword: str, group: str) -> Any:
        """An element of this frame's functional group (PS3.3 C.7.6.16), or of the file where there are no groups."""
        found = functional_group(self.file.dataset, self.frame, group)
        return value_of(found, keyword) if found is not None else self.file.get(keyword)


def normal(orientation: Triple) -> np.ndarray:
    """The direction across the plane: row direction × column direction."""
    (rx, ry, rz), (cx, cy, cz) = orientation[:3], orientation[3:]
    return np.array([ry * cz - rz * cy, rz * cx - rx * cz, rx * cy - ry * cx])


def functional_group(dataset: pydicom.Dataset, frame: int, name: str) -> pydicom.Dataset | None:
    """The item of the functional group `name` that holds for a frame: its own, or the shared one."""
    own = value_of(dataset, "PerFrameFunctionalGroupsSequence") or ()
    shared = value_of(dataset, "SharedFunctionalGroupsSequence") or ()
    for groups in (*own[frame : frame + 1], *shared[:1]):
        items = value_of(groups, name)
        if items:
            return items[0]
    return None


def planes_of(file: DicomFile) -> Iterator[Plane]:
    """The file's frames in stored order."""
    if value_of(file.dataset, "PerFrameFunctionalGroupsSequence"):
        return (_enhanced(file, frame) for frame in range(file.frames))
    if file.frames == 1:
        return iter((_plain(file),))
    return _grid(file)


def _plain(file: DicomFile) -> Plane:
    position = numbers(file.get("ImagePositionPatient"), 3)
    return Plane(file, 0, position, _directions(file.get("ImageOrientationPatient")), numbers(file.get("PixelSpacing"), 2))


def _enhanced(file: DicomFile, frame: int) -> Plane:
    dataset = file.dataset
    position = value_of(functional_group(dataset, frame, "PlanePositionSequence"), "ImagePositionPatient")
    orientation = value_of(functional_group(dataset, frame, "PlaneOrientationSequence"), "ImageOrientationPatient")
    spacing = value_of(functional_group(dataset, frame, "PixelMeasuresSequence"), "PixelSpacing")
    return Plane(file, frame, numbers(position, 3), _directions(orientation), numbers(spacing, 2))


def _grid(file: DicomFile) -> Iterator[Plane]:
    """A multi-frame file without functional groups: an RT dose has an offset for each frame (PS3.3 C.8.8.3.2), a cine none."""
    first = _plain(file)
    offsets = numbers(file.get("GridFrameOffsetVector"), file.frames)
    for frame in range(file.frames):
        position = None
        if offsets is not None and first.position is not None and first.orientation is not None:
            across = normal(first.orientation) * (offsets[frame] - offsets[0])
            position = tuple(float(part) for part in first.position + across)
        yield Plane(file, frame, position, first.orientation, first.spacing)


def _directions(value: Any) -> Triple | None:
    """Six direction cosines that are two perpendicular unit vectors, or None."""
    found = numbers(value, 6)
    if found is None:
        return None
    row, column = np.array(found[:3]), np.array(found[3:])
    unit = abs(row @ row - 1) < 0.01 and abs(column @ column - 1) < 0.01
    return found if unit and abs(row @ column) < 0.01 else None
