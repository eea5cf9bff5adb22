"""Images at one place: which of them belong to one moment, echo or b-value, so that each stack holds a place once."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from medcore.reading.dicom_parsing import DicomFile, numbers, value_of
from medcore.reading.dicom_planes import POSITION_TOLERANCE_MM, Plane, has_repeated_positions
from medcore.reading.dicom_private import NOT_UNDERSTOOD, number, private_number, private_value
from medcore.reading.dicom_times import moment, moment_in

Stack = list[Plane]
Key = tuple[int, float, str]
# A vendor's b-value: group, the block's name, element. GE adds a multiple of 1e9 that counts something else.
_B_VALUES = ((0x0019, "SIEMENS MR HEADER", 0x0C), (0x2001, "Philips Imaging DD 001", 0x03), (0x0043, "GEMS_PARM_01", 0x39))


@dataclass(frozen=True)
class Whole:
    """What was taken together: stacks in order, which differ in `word` ("time", "echo"); one stack, and None, if alone."""

    stacks: list[Stack]
    word: str | None = None


def _what_the_file_says(plane: Plane, said: Any) -> Any:
    return said


def _nothing(file: DicomFile) -> None:
    return None


@dataclass(frozen=True)
class Axis:
    """What may tell images at one place apart; `word` is None where they are then no parts of one whole.

    `of_file` is looked up once a file; `of_frame` makes of it, and of the frame's own functional groups, what the plane has.
    """

    word: str | None
    of_file: Callable[[DicomFile], Any]
    of_frame: Callable[[Plane, Any], Any] = _what_the_file_says

    def keys(self, planes: Stack) -> dict[int, Key]:
        """What each plane has on this axis, by its id, so that nothing comes first, then numbers by size, then texts."""
        files = {id(plane.file): plane.file for plane in planes}
        said = {key: _understood(self.of_file, file) for key, file in files.items()}
        return {id(plane): _key(_understood(self.of_frame, plane, said[id(plane.file)])) for plane in planes}


def _understood(look: Callable[..., Any], *about: Any) -> Any:
    """What is found; None where the header is damaged there, which is no reason to lose the pictures."""
    try:
        return look(*about)
    except NOT_UNDERSTOOD:
        return None


def _key(value: Any) -> Key:
    try:
        found = float(value)
    except (TypeError, ValueError, OverflowError):
        return (0 if value is None else 2, 0.0, str(value))
    return (1, found, "") if found == found else (2, 0.0, "nan")


class _Keys:
    """What the planes of one geometry have on each axis, looked up only once, and only if an axis is asked for."""

    def __init__(self, planes: Stack) -> None:
        self._planes = planes
        self._found: dict[int, dict[int, Key]] = {}

    def on(self, axis: Axis) -> dict[int, Key]:
        """What each plane has on this axis, by its id."""
        if id(axis) not in self._found:
            self._found[id(axis)] = axis.keys(self._planes)
        return self._found[id(axis)]

    def groups(self, axis: Axis, planes: Stack) -> list[Stack]:
        """Some of the planes by what they have on this axis, in its order."""
        keys = self.on(axis)
        found: dict[Key, Stack] = {}
        for plane in planes:
            found.setdefault(keys[id(plane)], []).append(plane)
        return [found[key] for key in sorted(found)]


def _of_file(keyword: str) -> Callable[[DicomFile], Any]:
    return lambda file: file.get(keyword)


def _of_frame(keyword: str, group: str) -> Callable[[Plane, Any], Any]:
    """The frame's own, else what the file says."""

    def look(plane: Plane, said: Any) -> Any:
        stated = plane.get(keyword, group)
        return said if stated is None else stated

    return look


def _vector(keyword: str) -> Callable[[DicomFile], Any]:
    """A nuclear image's vector of one number a frame (PS3.3 C.8.4.8)."""
    return lambda file: numbers(file.get(keyword), file.frames)


def _part_of_vector(plane: Plane, vector: Sequence[float] | None) -> float | None:
    return None if vector is None else vector[plane.frame]


def _image_type_of_file(file: DicomFile) -> list[Any]:
    """Image Type from its fourth value on (Philips' M, P, R, I stands there), and GE's own."""
    vendor, later = private_value(file.dataset, 0x0043, "GEMS_PARM_01", 0x2F), file.get("ImageType")
    return [vendor, [] if isinstance(later, str) else list(later or ())[3:]]


def _image_type(plane: Plane, said: Any) -> str:
    """Image Type, and where else magnitude and phase differ."""
    group = "MRImageFrameTypeSequence"
    return str([*(plane.get(keyword, group) for keyword in ("FrameType", "ComplexImageComponent")), said])


def _temporal_position(plane: Plane, said: Any) -> Any:
    return plane.get("TemporalPositionIndex", "FrameContentSequence") if plane.file.frames > 1 else said


def _b_value_of_file(file: DicomFile) -> float | None:
    found = (private_number(file.dataset, *where) for where in _B_VALUES)
    return next((value % 1e9 for value in found if value is not None), None)


_b_value = _of_frame("DiffusionBValue", "MRDiffusionSequence")


def _direction_of_file(file: DicomFile) -> tuple[Any, Any]:
    return _b_value_of_file(file), file.get("DiffusionGradientOrientation")


def _direction(plane: Plane, said: tuple[Any, Any]) -> str:
    """b-value and gradient together: no gradient is a direction by itself. The b-value is padded, so that texts sort by it."""
    items = plane.get("DiffusionGradientDirectionSequence", "MRDiffusionSequence")
    gradient = value_of(items[0], "DiffusionGradientOrientation") if items else said[1]
    return f"b {number(_b_value(plane, said[0])) or 0:012.3f} {gradient}"


def _acquired_of_file(file: DicomFile) -> tuple[Any, datetime | None, Any]:
    return file.get("AcquisitionDateTime"), moment(file.dataset, "Acquisition"), file.get("AcquisitionTime")


def _acquired(plane: Plane, said: tuple[Any, datetime | None, Any]) -> float | Any:
    """When the image was acquired, in seconds, with the day where the file gives it."""
    stated, dated, time = said
    found = moment_in(plane.get("FrameAcquisitionDateTime", "FrameContentSequence") or stated) or dated
    return time if found is None else (found - datetime(1970, 1, 1)).total_seconds()


_TRIGGERED = Axis(
    "time", _of_file("TriggerTime"), _of_frame("NominalCardiacTriggerDelayTime", "CardiacSynchronizationSequence")
)
_ACQUIRED = Axis("time", _acquired_of_file, _acquired)
# The commonest and plainest first; Acquisition Number means something else on each scanner.
_AXES = (
    Axis(None, _image_type_of_file, _image_type),
    Axis("time", _of_file("TemporalPositionIdentifier"), _temporal_position),
    Axis("time", _vector("TimeSlotVector"), _part_of_vector),
    Axis("energy window", _vector("EnergyWindowVector"), _part_of_vector),
    Axis("segment", _nothing, _of_frame("ReferencedSegmentNumber", "SegmentIdentificationSequence")),
    Axis("echo", _of_file("EchoNumbers")),
    Axis("echo", _of_file("EchoTime"), _of_frame("EffectiveEchoTime", "MREchoSequence")),
    Axis("b-value", _b_value_of_file, _b_value),
    Axis("direction", _direction_of_file, _direction),
    Axis("acquisition", _of_file("AcquisitionNumber")),
    Axis("acquisition", _nothing, _of_frame("FrameAcquisitionNumber", "FrameContentSequence")),
    _TRIGGERED,
    Axis("time", _of_file("FrameReferenceTime")),
    _ACQUIRED,
    Axis("time", _of_file("ContentTime")),
)
_MOMENTS = (_TRIGGERED, _ACQUIRED)


def wholes_of(planes: Stack) -> list[Whole]:
    """Stacks without repeated positions; or all planes together where nothing tells those at one place apart."""
    keys = _Keys(planes)
    return _split(planes, keys) or _split_twice(planes, keys) or [Whole([planes])]


def _split(planes: Stack, keys: _Keys) -> list[Whole] | None:
    """The planes as they are, or split along one axis; None where that leaves images at one place in one stack."""
    ordered = sorted(planes, key=lambda plane: plane.along)
    if not has_repeated_positions(ordered):
        return [Whole([ordered])]
    for axis, groups in _splits(planes, keys):
        if not any(has_repeated_positions(group) for group in groups):
            stacks = [sorted(group, key=lambda plane: plane.along) for group in groups]
            return [Whole([stack]) for stack in stacks] if axis.word is None else [Whole(stacks, axis.word)]
    return _ranked(ordered, keys)


def _split_twice(planes: Stack, keys: _Keys) -> list[Whole] | None:
    """Split along two axes, as magnitude and phase over time: each group of the first becomes a whole."""
    for _, groups in _splits(planes, keys):
        found = [_split(group, keys) for group in groups]
        if all(found):
            return [whole for wholes in found for whole in wholes or ()]
    return None


def _splits(planes: Stack, keys: _Keys) -> Iterator[tuple[Axis, list[Stack]]]:
    """Each axis along which the planes differ, unless it tells every image apart or leaves one alone."""
    for axis in _AXES:
        groups = keys.groups(axis, planes)
        if len(groups) > 1 and min(map(len, groups)) > 1:
            yield axis, groups


def _ranked(ordered: Stack, keys: _Keys) -> list[Whole] | None:
    """The first images at every place, the second ones, …: for scanners that give each image a moment of its own."""
    places = list(_places(ordered))
    if len(places) < 2 or len({len(place) for place in places}) > 1:
        return None
    for axis in _MOMENTS:
        if all(len(keys.groups(axis, place)) == len(place) for place in places):
            moments = keys.on(axis)
            ranked = [sorted(place, key=lambda plane: moments[id(plane)]) for place in places]
            return [Whole([list(stack) for stack in zip(*ranked, strict=True)], axis.word)]
    return None


def _places(ordered: Stack) -> Iterator[Stack]:
    """The planes by place, from planes in the order of their places."""
    place: Stack = []
    for plane in ordered:
        if place and plane.along - place[-1].along >= POSITION_TOLERANCE_MM:
            yield place
            place = []
        place.append(plane)
    yield place
