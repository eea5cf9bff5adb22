"""A DICOM file as planes: one record for each frame, with where it lies and how its values are meant."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pydicom

from medcore.reading.dicom_parsing import DicomFile, numbers, value_of
from medcore.reading.dicom_private import number

Triple = tuple[float, ...]
POSITION_TOLERANCE_MM = 1e-2


@dataclass(frozen=True)
class Plane:
    """One picture in a file: `orientation` holds the row's and the column's direction, `spacing` is (row, column) in mm.

    `suv_factor` takes a PET's rescaled values to SUV; None where they stay in the file's own unit.
    """

    file: DicomFile
    frame: int
    position: Triple | None
    orientation: Triple | None
    spacing: Triple | None
    suv_factor: float | None = None

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


def has_repeated_positions(planes: list[Plane]) -> bool:
    """Whether two of the planes lie at one place."""
    if any(plane.position is None for plane in planes):
        return False
    along = np.sort([plane.along for plane in planes])
    return bool((np.diff(along) < POSITION_TOLERANCE_MM).any())


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
    if is_nuclear_volume(file):
        return _nuclear(file)
    if file.frames == 1:
        return iter((_plain(file),))
    return _grid(file)


def is_nuclear_volume(file: DicomFile) -> bool:
    """Whether a nuclear image's frames are the slices of a reconstruction, not projections or moments (PS3.3 C.8.4.9.1.1)."""
    kinds = [str(value) for value in (file.get("ImageType") or ())]
    return file.get("Modality") == "NM" and any(kind in ("RECON TOMO", "RECON GATED TOMO") for kind in kinds[2:3])


def _plain(file: DicomFile) -> Plane:
    position = numbers(file.get("ImagePositionPatient"), 3)
    return Plane(file, 0, position, _directions(file.get("ImageOrientationPatient")), numbers(file.get("PixelSpacing"), 2))


def _enhanced(file: DicomFile, frame: int) -> Plane:
    dataset = file.dataset
    position = value_of(functional_group(dataset, frame, "PlanePositionSequence"), "ImagePositionPatient")
    orientation = value_of(functional_group(dataset, frame, "PlaneOrientationSequence"), "ImageOrientationPatient")
    spacing = value_of(functional_group(dataset, frame, "PixelMeasuresSequence"), "PixelSpacing")
    return Plane(file, frame, numbers(position, 3), _directions(orientation), numbers(spacing, 2))


def _nuclear(file: DicomFile) -> Iterator[Plane]:
    """A nuclear volume: the first slice's place (PS3.3 C.8.4.11), and the others' by Spacing Between Slices along its normal.

    The spacing's sign is the direction: positive is along row × column direction, "behind" the first (PS3.3 C.8.4.15).
    """
    detectors = file.get("DetectorInformationSequence")
    first, directions = (
        (value_of(detectors[0], keyword) if detectors else None) or file.get(keyword)
        for keyword in ("ImagePositionPatient", "ImageOrientationPatient")
    )
    corner, orientation, spacing = numbers(first, 3), _directions(directions), numbers(file.get("PixelSpacing"), 2)
    step = number(file.get("SpacingBetweenSlices")) if file.frames > 1 else 0.0
    for frame, index in enumerate(_slice_indices(file)):
        position = None
        if corner is not None and orientation is not None and step is not None and index is not None:
            position = tuple(float(part) for part in corner + normal(orientation) * step * index)
        yield Plane(file, frame, position, orientation, spacing)


def _slice_indices(file: DicomFile) -> list[float] | list[None]:
    """Which slice from 0 each frame is; frames without a Slice Vector are in order, except where slices repeat in time."""
    vector = numbers(file.get("SliceVector"), file.frames)
    if file.frames == 1:
        return [0.0]
    if vector is not None:
        return [part - 1 for part in vector]
    return [None] * file.frames if "GATED" in str(file.get("ImageType")) else [float(frame) for frame in range(file.frames)]


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
