"""Which planes belong to one series: never two patients, two geometries or two times in one stack."""

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from medcore.reading.dicom_parsing import DicomFile
from medcore.reading.dicom_planes import Plane, planes_of

_SALT = os.urandom(16)
STACKED = ("CT", "MR", "PT", "NM", "RTDOSE")
_DIRECTION_TOLERANCE = 1e-3
_POSITION_TOLERANCE_MM = 1e-2
_SAME = ("StudyInstanceUID", "SeriesInstanceUID", "Modality", "Rows", "Columns", "SamplesPerPixel", "PhotometricInterpretation")
_OWN = ("SOPInstanceUID", "SeriesInstanceUID", "PatientID", "InstanceNumber", "ImagePositionPatient", "Rows", "Columns")
# What tells images at one position apart, the commonest first.
_REPEATS = (
    "TemporalPositionIdentifier",
    "AcquisitionNumber",
    "EchoNumbers",
    "EchoTime",
    "DiffusionBValue",
    "TriggerTime",
    "AcquisitionTime",
    "ContentTime",
)


@dataclass(frozen=True)
class Member:
    """A file with what decides where it belongs."""

    number: int
    name: str
    identity: tuple[Any, ...]
    own: tuple[Any, ...]
    planes: list[Plane]

    @property
    def stands_alone(self) -> bool:
        """Whether it is a series by itself: a multi-frame file, a projection, a picture."""
        return len(self.planes) > 1 or not _stacks(self.planes[0])


def member(file: DicomFile) -> Member:
    """The file's place in its upload; raises whatever a damaged header makes of that."""
    own = tuple(str(file.get(keyword)) for keyword in _OWN)
    planes = list(planes_of(file))
    return Member(_instance_number(file), file.name, _identity(file), (*own, file.path.stat().st_size), planes)


def grouped(members: Iterable[Member]) -> list[list[Plane]]:
    """The planes of an upload as series, each in slice order; the same whatever order the files came in."""
    groups: dict[Any, list[Plane]] = {}
    ordered = sorted(_without_copies(members), key=lambda member: (member.number, member.name))
    for order, one in enumerate(ordered):
        groups.setdefault((one.identity, order if one.stands_alone else None), []).extend(one.planes)
    alike = [part for group in groups.values() for part in _by_geometry(group)]
    return sorted((part for group in alike for part in _by_repeat(group)), key=_series_order)


def has_repeated_positions(planes: list[Plane]) -> bool:
    """Whether two of the planes lie at one place."""
    if any(plane.position is None for plane in planes):
        return False
    along = np.sort([plane.along for plane in planes])
    return bool((np.diff(along) < _POSITION_TOLERANCE_MM).any())


def _identity(file: DicomFile) -> tuple[Any, ...]:
    """What the images of one series share; the patient only as a salted hash."""
    patient = f"{file.get('PatientID')}\0{file.get('PatientName')}".encode()
    image_type = file.get("ImageType")
    kind = tuple(image_type) if image_type is not None and not isinstance(image_type, str) else image_type
    same = tuple(str(file.get(keyword)) for keyword in (*_SAME, "FrameOfReferenceUID"))
    return hashlib.blake2b(patient, salt=_SALT).digest(), same, kind


def _stacks(plane: Plane) -> bool:
    """Whether a single image is a slice of something; a projection or a picture stands alone."""
    return (plane.position is not None and plane.orientation is not None) or plane.file.get("Modality") in STACKED


def _without_copies(members: Iterable[Member]) -> Iterator[Member]:
    """Leave out a second copy of the same image, as a folder and its DICOMDIR copy often hold."""
    seen = set()
    for one in members:
        if one.own[0] == "None" or one.own not in seen:
            seen.add(one.own)
            yield one


def _by_geometry(planes: list[Plane]) -> Iterator[list[Plane]]:
    parts: list[list[Plane]] = []
    for plane in planes:
        home = next((part for part in parts if _same_geometry(part[0], plane)), None)
        if home is None:
            parts.append([plane])
        else:
            home.append(plane)
    yield from parts


def _same_geometry(one: Plane, other: Plane) -> bool:
    placed = (one.position is None) == (other.position is None)
    return placed and _close(one.orientation, other.orientation) and _close(one.spacing, other.spacing)


def _close(one: tuple[float, ...] | None, other: tuple[float, ...] | None) -> bool:
    if one is None or other is None:
        return one is other
    return max(abs(a - b) for a, b in zip(one, other, strict=True)) < _DIRECTION_TOLERANCE


def _by_repeat(planes: list[Plane]) -> list[list[Plane]]:
    """Stacks without repeated positions, split by time, echo, b-value, …; or all together where nothing tells them apart."""
    ordered = sorted(planes, key=lambda plane: plane.along)
    if not has_repeated_positions(ordered):
        return [ordered]
    for value_of_repeat in _repeat_values():
        parts: dict[str, list[Plane]] = {}
        for plane in planes:
            parts.setdefault(value_of_repeat(plane), []).append(plane)
        if len(parts) > 1 and _are_stacks(list(parts.values())):
            return [sorted(part, key=lambda plane: plane.along) for part in parts.values()]
    return [planes]


def _are_stacks(parts: list[list[Plane]]) -> bool:
    sizes = Counter(len(part) for part in parts)
    return min(sizes) > 1 and not any(has_repeated_positions(part) for part in parts)


def _repeat_values() -> Iterator[Callable[[Plane], str]]:
    for keyword in _REPEATS:
        yield lambda plane, keyword=keyword: str(_repeat_value(plane, keyword))  # type: ignore[misc]


def _repeat_value(plane: Plane, keyword: str) -> Any:
    groups = {"TemporalPositionIdentifier": "FrameContentSequence", "DiffusionBValue": "MRDiffusionSequence"}
    if keyword == "TemporalPositionIdentifier" and plane.file.frames > 1:
        return plane.get("TemporalPositionIndex", groups[keyword])
    return plane.get(keyword, groups.get(keyword, "FrameContentSequence")) if keyword in groups else plane.file.get(keyword)


def _instance_number(file: DicomFile) -> int:
    text = str(file.get("InstanceNumber")).strip()
    return int(text) if text.removeprefix("-").isdecimal() else 0


def _series_order(planes: list[Plane]) -> tuple[str, str, int, str]:
    first = min(planes, key=lambda plane: (_instance_number(plane.file), plane.file.name))
    study, series = (str(first.file.get(keyword)) for keyword in ("StudyInstanceUID", "SeriesInstanceUID"))
    return study, series, _instance_number(first.file), first.file.name
