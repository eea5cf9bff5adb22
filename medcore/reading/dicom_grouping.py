"""Which planes belong to one series: never two patients, two geometries or two times in one stack."""

import hashlib
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product
from math import floor
from random import SystemRandom
from typing import Any

from medcore.reading.dicom_parsing import DicomFile
from medcore.reading.dicom_planes import Plane, planes_of
from medcore.reading.dicom_repeats import Stack, wholes_of
from medcore.reading.dicom_words import clean

_SALT = os.urandom(16)
STACKED = ("CT", "MR", "PT", "NM", "RTDOSE")
_DIRECTION_TOLERANCE = 1e-3
_LOTS = [[SystemRandom().uniform(-1, 1) for _ in range(8)] for _ in range(2)]
Numbers = tuple[float, ...]
_Geometry = tuple[bool, Numbers | None, Numbers | None]
_SAME = ("StudyInstanceUID", "SeriesInstanceUID", "Modality", "Rows", "Columns", "SamplesPerPixel", "PhotometricInterpretation")
_OWN = ("SOPInstanceUID", "SeriesInstanceUID", "PatientID", "InstanceNumber", "ImagePositionPatient", "Rows", "Columns")


@dataclass(frozen=True)
class Member:
    """A file with what decides where it belongs."""

    number: int
    name: str
    identity: tuple[Any, ...]
    own: tuple[Any, ...]
    planes: Stack

    @property
    def stands_alone(self) -> bool:
        """Whether it is a series by itself: a multi-frame file, a projection, a picture."""
        return len(self.planes) > 1 or not _stacks(self.planes[0])


def member(file: DicomFile) -> Member:
    """The file's place in its upload; raises whatever a damaged header makes of that."""
    own = tuple(str(file.get(keyword)) for keyword in _OWN)
    planes = list(planes_of(file))
    return Member(_instance_number(file), file.name, _identity(file), (*own, file.path.stat().st_size), planes)


@dataclass(frozen=True)
class Taken:
    """What was taken together: one stack of planes in slice order, or several that differ in `word` ("time", "echo").

    `uid` is the files' Series Instance UID, with a number where an upload makes more than one series of it. `copies` are the
    names of files that were left out because each is a second copy of one of these.
    """

    uid: str
    stacks: list[Stack]
    word: str | None
    copies: tuple[str, ...]


def grouped(members: Iterable[Member]) -> list[Taken]:
    """The planes of an upload, each stack in slice order; the same whatever order the files came in."""
    groups: dict[Any, Stack] = {}
    ordered, copies = _without_copies(sorted(members, key=lambda member: (member.number, member.name)))
    for order, one in enumerate(ordered):
        groups.setdefault((one.identity, order if one.stands_alone else None), []).extend(one.planes)
    alike = [part for group in groups.values() for part in _by_geometry(group)]
    taken = [
        Taken(_series_uid(whole.stacks[0]), whole.stacks, whole.word, _copies_of(whole.stacks, copies))
        for group in alike
        for whole in wholes_of(group)
    ]
    return list(_with_own_uids(sorted(taken, key=_series_order)))


def _series_uid(planes: Stack) -> str:
    file = planes[0].file
    return clean(str(file.get("SeriesInstanceUID") or file.get("SOPInstanceUID") or "")) or "series"


def _with_own_uids(taken: Iterable[Taken]) -> Iterator[Taken]:
    seen: Counter[str] = Counter()
    for one in taken:
        seen[one.uid] += 1
        yield one if seen[one.uid] == 1 else replace(one, uid=f"{one.uid}-{seen[one.uid]}")


def _copies_of(stacks: list[Stack], copies: Mapping[int, list[str]]) -> tuple[str, ...]:
    files = dict.fromkeys(id(plane.file) for stack in stacks for plane in stack)
    return tuple(name for file in files for name in copies.get(file, ()))


def _identity(file: DicomFile) -> tuple[Any, ...]:
    """What the images of one series share; the patient only as a salted hash.

    Of Image Type the three values that the standard gives a meaning (PS3.3 C.7.6.1.1.2): original or derived, primary or
    secondary, and the modality's own, which tells AXIAL from LOCALIZER, Siemens' M from P, Philips' M_FFE from PHASE MAP.
    What vendors append (NORM, DIS2D, numbers) may differ from slice to slice of one stack; it tells images apart only where
    two lie at one place.
    """
    patient = f"{file.get('PatientID')}\0{file.get('PatientName')}".encode()
    image_type = file.get("ImageType")
    kind = tuple(image_type)[:3] if image_type is not None and not isinstance(image_type, str) else image_type
    same = tuple(str(file.get(keyword)) for keyword in (*_SAME, "FrameOfReferenceUID"))
    return hashlib.blake2b(patient, salt=_SALT).digest(), same, kind


def _stacks(plane: Plane) -> bool:
    """Whether a single image is a slice of something; a projection or a picture stands alone."""
    return plane.is_placed or plane.file.get("Modality") in STACKED


def _without_copies(members: Iterable[Member]) -> tuple[list[Member], Mapping[int, list[str]]]:
    """The members without a second copy of the same image, as a folder and its DICOMDIR copy often hold.

    And the names of the copies, by the id of the file that stays.
    """
    kept: dict[Any, Member] = {}
    copies: dict[int, list[str]] = {}
    for order, one in enumerate(members):
        first = kept.setdefault(order if one.own[0] == "None" else one.own, one)
        if first is not one:
            copies.setdefault(id(first.planes[0].file), []).append(one.name)
    return list(kept.values()), copies


def _by_geometry(planes: Stack) -> Iterator[Stack]:
    """The planes by geometry, each with the first part whose own is close to its."""
    parts: list[Stack] = []
    cells: dict[tuple[Any, ...], list[int]] = {}
    homes: dict[_Geometry, int] = {}
    for plane in planes:
        own = _geometry(plane)
        if own not in homes:
            cell = _cell(own)
            near = (place for beside in _around(cell) for place in cells.get(beside, ()))
            homes[own] = min((place for place in near if _is_close(_geometry(parts[place][0]), own)), default=len(parts))
            if homes[own] == len(parts):
                parts.append([])
                cells.setdefault(cell, []).append(homes[own])
        parts[homes[own]].append(plane)
    yield from parts


def _geometry(plane: Plane) -> _Geometry:
    return plane.position is None, plane.orientation, plane.spacing


def _is_close(one: _Geometry, other: _Geometry) -> bool:
    return one[0] == other[0] and all(_are_close(a, b) for a, b in zip(one[1:], other[1:], strict=True))


def _are_close(one: Numbers | None, other: Numbers | None) -> bool:
    if one is None or other is None:
        return one is other
    return max(abs(a - b) for a, b in zip(one, other, strict=True)) < _DIRECTION_TOLERANCE


def _cell(geometry: _Geometry) -> tuple[Any, ...]:
    """Where a geometry lies along two directions drawn by lot, in steps that are wider than what is close.

    What is close to it lies in the same cell or one beside it, so that thousands of geometries aren't each compared with all.
    """
    unplaced, orientation, spacing = geometry
    numbers = (*(orientation or ()), *(spacing or ()))
    along = [sum(a * b for a, b in zip(lot, numbers, strict=False)) / sum(map(abs, lot)) for lot in _LOTS]
    return unplaced, orientation is None, spacing is None, *(floor(part / _DIRECTION_TOLERANCE) for part in along)


def _around(cell: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
    *kind, one, other = cell
    return ((*kind, one + a, other + b) for a, b in product((-1, 0, 1), repeat=2))


def _instance_number(file: DicomFile) -> int:
    text = str(file.get("InstanceNumber")).strip()
    return int(text) if text.removeprefix("-").isdecimal() else 0


def _series_order(taken: Taken) -> tuple[str, str, int, str]:
    planes = (plane for stack in taken.stacks for plane in stack)
    first = min(planes, key=lambda plane: (_instance_number(plane.file), plane.file.name))
    study, series = (str(first.file.get(keyword)) for keyword in ("StudyInstanceUID", "SeriesInstanceUID"))
    return study, series, _instance_number(first.file), first.file.name
