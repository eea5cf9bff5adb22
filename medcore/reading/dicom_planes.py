"""A DICOM file as planes: one record for each frame, with where it lies and how its values are meant."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import Any

import numpy as np
import pydicom
from pydicom.dataelem import RawDataElement
from pydicom.tag import BaseTag, Tag

from medcore.reading.dicom_parsing import DicomFile, numbers, value_of
from medcore.reading.dicom_private import number

Triple = tuple[float, ...]
POSITION_TOLERANCE_MM = 1e-2
# No scanner puts a slice 100 m from its origin, and no picture has pixels under 0.1 µm or over 10 m: such numbers are damage
# or another unit, and as numbers they would only overflow later.
_FARTHEST_MM = 1e5
LEAST_SPACING_MM, MOST_SPACING_MM = 1e-4, 1e4
# Frames share the bytes of most of their functional groups: how many of them, of how many bytes, are understood only once.
_MOST_UNDERSTOOD, _SHORT_BYTES = 20_000, 4096
_UNDERSTOOD: dict[tuple[Any, ...], list[pydicom.Dataset]] = {}


@dataclass(frozen=True)
class Plane:
    """One picture in a file: `orientation` holds the row's and the column's direction, `spacing` is (row, column) in mm.

    Each is None where the file doesn't say it, or where what it says can't be; `senseless` names the latter. `groups` holds the
    frame's own functional groups and the shared ones (PS3.3 C.7.6.16). `suv_factor` takes a PET's rescaled values to SUV; None
    where they stay in the file's own unit.
    """

    file: DicomFile
    frame: int
    position: Triple | None
    orientation: Triple | None
    spacing: Triple | None
    suv_factor: float | None = None
    groups: tuple[pydicom.Dataset, ...] = field(default=(), repr=False)
    senseless: tuple[str, ...] = ()

    @property
    def is_placed(self) -> bool:
        """Whether it is known where the plane lies in the patient."""
        return self.position is not None and self.orientation is not None

    @cached_property
    def along(self) -> float:
        """Where the plane lies along its normal, in mm."""
        if self.position is None or self.orientation is None:
            return 0.0
        return _dot(_across(self.orientation), self.position)

    def get(self, keyword: str, group: str) -> Any:
        """An element of this frame's functional group (PS3.3 C.7.6.16), or of the file where there are no groups."""
        found = _item(self.groups, group)
        return value_of(found, keyword) if found is not None else self.file.get(keyword)


def normal(orientation: Triple) -> np.ndarray:
    """The direction across the plane: row direction × column direction."""
    return np.array(_across(orientation))


def _across(orientation: Triple) -> Triple:
    (rx, ry, rz), (cx, cy, cz) = orientation[:3], orientation[3:]
    return ry * cz - rz * cy, rz * cx - rx * cz, rx * cy - ry * cx


def has_repeated_positions(planes: list[Plane]) -> bool:
    """Whether two of the planes lie at one place."""
    if not all(plane.is_placed for plane in planes):
        return False
    along = np.sort([plane.along for plane in planes])
    return bool((np.diff(along) < POSITION_TOLERANCE_MM).any())


def _item(groups: tuple[pydicom.Dataset, ...], name: str) -> pydicom.Dataset | None:
    """The item of the functional group `name` that holds for a frame: its own, or the shared one."""
    for one in groups:
        items = items_of(one, name)
        if items:
            return items[0]
    return None


def items_of(dataset: pydicom.Dataset, keyword: str) -> list[pydicom.Dataset]:
    """The sequence's items; none where it is absent or isn't a sequence."""
    tag = _tag_of(keyword)
    raw = dataset.get_item(tag, keep_deferred=True) if tag in dataset else None
    if not isinstance(raw, RawDataElement) or raw.value is None or len(raw.value) > _SHORT_BYTES:
        return _items(dataset, keyword)
    same = (tag, raw.VR, raw.is_implicit_VR, raw.is_little_endian, raw.value)
    if same not in _UNDERSTOOD:
        if len(_UNDERSTOOD) >= _MOST_UNDERSTOOD:
            _UNDERSTOOD.clear()
        _UNDERSTOOD[same] = _items(dataset, keyword)
    return _UNDERSTOOD[same]


def _items(dataset: pydicom.Dataset, keyword: str) -> list[pydicom.Dataset]:
    found = value_of(dataset, keyword)
    return list(found) if isinstance(found, pydicom.Sequence) else []


@cache
def _tag_of(keyword: str) -> BaseTag:
    return Tag(keyword)


def planes_of(file: DicomFile) -> Iterator[Plane]:
    """The file's frames in stored order."""
    own = items_of(file.dataset, "PerFrameFunctionalGroupsSequence")
    if own:
        return _enhanced(file, own)
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
    position, orientation = file.get("ImagePositionPatient"), file.get("ImageOrientationPatient")
    return _plane(file, 0, position, orientation, file.get("PixelSpacing"))


def _enhanced(file: DicomFile, own: Sequence[pydicom.Dataset]) -> Iterator[Plane]:
    shared = items_of(file.dataset, "SharedFunctionalGroupsSequence")[:1]
    if len(own) != file.frames:
        described = f"The file holds {file.frames} frame{'s' * (file.frames != 1)} and describes {len(own)}"
        file.warnings = (*file.warnings, f"{described}: what a frame is and where it lies may be wrong.")
    for frame in range(file.frames):
        groups = (*own[frame : frame + 1], *shared)
        position = value_of(_item(groups, "PlanePositionSequence"), "ImagePositionPatient")
        orientation = value_of(_item(groups, "PlaneOrientationSequence"), "ImageOrientationPatient")
        spacing = value_of(_item(groups, "PixelMeasuresSequence"), "PixelSpacing")
        yield _plane(file, frame, position, orientation, spacing, groups)


def _plane(
    file: DicomFile, frame: int, position: Any, orientation: Any, spacing: Any, groups: tuple[pydicom.Dataset, ...] = ()
) -> Plane:
    """A plane from what its file says about its place."""
    place, directions = _place(position), _directions(orientation)
    stated = (("orientation", orientation, directions), ("position", position, place))
    senseless = tuple(word for word, value, found in stated if value is not None and found is None)
    return Plane(file, frame, place, directions, plausible_spacing(spacing), groups=groups, senseless=senseless)


def _nuclear(file: DicomFile) -> Iterator[Plane]:
    """A nuclear volume: the first slice's place (PS3.3 C.8.4.11), and the others' by Spacing Between Slices along its normal.

    The spacing's sign is the direction: positive is along row × column direction, "behind" the first (PS3.3 C.8.4.15).
    """
    detectors = items_of(file.dataset, "DetectorInformationSequence")
    first, directions = (
        (value_of(detectors[0], keyword) if detectors else None) or file.get(keyword)
        for keyword in ("ImagePositionPatient", "ImageOrientationPatient")
    )
    corner = _plane(file, 0, first, directions, file.get("PixelSpacing"))
    step = number(file.get("SpacingBetweenSlices")) if file.frames > 1 else 0.0
    for frame, index in enumerate(_slice_indices(file)):
        position = None if step is None or index is None else _beside(corner, step * index)
        yield replace(corner, frame=frame, position=position)


def _beside(plane: Plane, distance: float) -> Triple | None:
    """The place so many mm along the plane's normal."""
    if plane.position is None or plane.orientation is None:
        return None
    return _place((plane.position + normal(plane.orientation) * distance).tolist())


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
        position = None if offsets is None else _beside(first, offsets[frame] - offsets[0])
        yield replace(first, frame=frame, position=position)


def plausible_spacing(value: Any) -> tuple[float, float] | None:
    """Two distances in mm that pixels can be apart, or None."""
    found = numbers(value, 2)
    if found is None or not all(LEAST_SPACING_MM <= part <= MOST_SPACING_MM for part in found):
        return None
    return found[0], found[1]


def _place(value: Any) -> Triple | None:
    """Three coordinates in mm that a scanner can mean, or None."""
    found = numbers(value, 3)
    return found if found is not None and all(abs(part) <= _FARTHEST_MM for part in found) else None


def _directions(value: Any) -> Triple | None:
    """Six direction cosines that are two perpendicular unit vectors, or None."""
    found = numbers(value, 6)
    if found is None:
        return None
    row, column = found[:3], found[3:]
    unit = abs(_dot(row, row) - 1) < 0.01 and abs(_dot(column, column) - 1) < 0.01
    return found if unit and abs(_dot(row, column)) < 0.01 else None


def _dot(one: Triple, other: Triple) -> float:
    return one[0] * other[0] + one[1] * other[1] + one[2] * other[2]
