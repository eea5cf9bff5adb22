"""Images at one place: which of them belong to one moment, echo or b-value, so that each stack holds a place once."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from medcore.reading.dicom_parsing import numbers, value_of
from medcore.reading.dicom_planes import POSITION_TOLERANCE_MM, Plane, has_repeated_positions
from medcore.reading.dicom_private import number, private_number, private_value
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


@dataclass(frozen=True)
class Axis:
    """What may tell images at one place apart; `word` is None where they are then no parts of one whole."""

    word: str | None
    value_of: Callable[[Plane], Any]

    def key(self, plane: Plane) -> Key:
        """What the plane has on this axis, so that nothing comes first, then numbers by size, then texts."""
        value = self.value_of(plane)
        try:
            return (1, float(value), "")
        except (TypeError, ValueError):
            return (0 if value is None else 2, 0.0, str(value))

    def groups(self, planes: Stack) -> list[Stack]:
        """The planes by what they have on this axis, in its order."""
        found: dict[Key, Stack] = {}
        for plane in planes:
            found.setdefault(self.key(plane), []).append(plane)
        return [found[key] for key in sorted(found)]


def _of_file(keyword: str) -> Callable[[Plane], Any]:
    return lambda plane: plane.file.get(keyword)


def _of_frame(keyword: str, group: str) -> Callable[[Plane], Any]:
    return lambda plane: plane.get(keyword, group)


def _of_vector(keyword: str) -> Callable[[Plane], Any]:
    """A nuclear image's vector of one number a frame (PS3.3 C.8.4.8)."""
    return lambda plane: (numbers(plane.file.get(keyword), plane.file.frames) or (None,) * plane.file.frames)[plane.frame]


def _image_type(plane: Plane) -> str:
    """Image Type from its fourth value on (Philips' M, P, R, I stands there), and where else magnitude and phase differ."""
    group, vendor = "MRImageFrameTypeSequence", private_value(plane.file.dataset, 0x0043, "GEMS_PARM_01", 0x2F)
    stated = [plane.get(keyword, group) for keyword in ("FrameType", "ComplexImageComponent")]
    later = plane.file.get("ImageType")
    return str([*stated, vendor, [] if isinstance(later, str) else list(later or ())[3:]])


def _temporal_position(plane: Plane) -> Any:
    if plane.file.frames > 1:
        return plane.get("TemporalPositionIndex", "FrameContentSequence")
    return plane.file.get("TemporalPositionIdentifier")


def _echo_time(plane: Plane) -> Any:
    effective = plane.get("EffectiveEchoTime", "MREchoSequence")
    return plane.file.get("EchoTime") if effective is None else effective


def _b_value(plane: Plane) -> Any:
    stated = plane.get("DiffusionBValue", "MRDiffusionSequence")
    if stated is not None:
        return stated
    found = (private_number(plane.file.dataset, *where) for where in _B_VALUES)
    return next((value % 1e9 for value in found if value is not None), None)


def _direction(plane: Plane) -> str:
    """b-value and gradient together: no gradient is a direction by itself. The b-value is padded, so that texts sort by it."""
    items = plane.get("DiffusionGradientDirectionSequence", "MRDiffusionSequence")
    gradient = value_of(items[0] if items else plane.file.dataset, "DiffusionGradientOrientation")
    return f"b {number(_b_value(plane)) or 0:012.3f} {gradient}"


def _trigger_time(plane: Plane) -> Any:
    nominal = plane.get("NominalCardiacTriggerDelayTime", "CardiacSynchronizationSequence")
    return plane.file.get("TriggerTime") if nominal is None else nominal


def _acquired(plane: Plane) -> float | Any:
    """When the image was acquired, in seconds, with the day where the file gives it."""
    dataset = plane.file.dataset
    stated = plane.get("FrameAcquisitionDateTime", "FrameContentSequence") or plane.file.get("AcquisitionDateTime")
    found = moment_in(stated) or moment(dataset, "Acquisition")
    return plane.file.get("AcquisitionTime") if found is None else (found - datetime(1970, 1, 1)).total_seconds()


# The commonest and plainest first; Acquisition Number means something else on each scanner.
_AXES = (
    Axis(None, _image_type),
    Axis("time", _temporal_position),
    Axis("time", _of_vector("TimeSlotVector")),
    Axis("energy window", _of_vector("EnergyWindowVector")),
    Axis("segment", _of_frame("ReferencedSegmentNumber", "SegmentIdentificationSequence")),
    Axis("echo", _of_file("EchoNumbers")),
    Axis("echo", _echo_time),
    Axis("b-value", _b_value),
    Axis("direction", _direction),
    Axis("acquisition", _of_file("AcquisitionNumber")),
    Axis("acquisition", _of_frame("FrameAcquisitionNumber", "FrameContentSequence")),
    Axis("time", _trigger_time),
    Axis("time", _of_file("FrameReferenceTime")),
    Axis("time", _acquired),
    Axis("time", _of_file("ContentTime")),
)
_MOMENTS = (Axis("time", _trigger_time), Axis("time", _acquired))


def wholes_of(planes: Stack) -> list[Whole]:
    """Stacks without repeated positions; or all planes together where nothing tells those at one place apart."""
    return _split(planes) or _split_twice(planes) or [Whole([planes])]


def _split(planes: Stack) -> list[Whole] | None:
    """The planes as they are, or split along one axis; None where that leaves images at one place in one stack."""
    ordered = sorted(planes, key=lambda plane: plane.along)
    if not has_repeated_positions(ordered):
        return [Whole([ordered])]
    for axis, groups in _splits(planes):
        if not any(has_repeated_positions(group) for group in groups):
            stacks = [sorted(group, key=lambda plane: plane.along) for group in groups]
            return [Whole([stack]) for stack in stacks] if axis.word is None else [Whole(stacks, axis.word)]
    return _ranked(ordered)


def _split_twice(planes: Stack) -> list[Whole] | None:
    """Split along two axes, as magnitude and phase over time: each group of the first becomes a whole."""
    for _, groups in _splits(planes):
        found = [_split(group) for group in groups]
        if all(found):
            return [whole for wholes in found for whole in wholes or ()]
    return None


def _splits(planes: Stack) -> Iterator[tuple[Axis, list[Stack]]]:
    """Each axis along which the planes differ, unless it tells every image apart or leaves one alone."""
    for axis in _AXES:
        groups = axis.groups(planes)
        if len(groups) > 1 and min(map(len, groups)) > 1:
            yield axis, groups


def _ranked(ordered: Stack) -> list[Whole] | None:
    """The first images at every place, the second ones, …: for scanners that give each image a moment of its own."""
    places = list(_places(ordered))
    if len(places) < 2 or len({len(place) for place in places}) > 1:
        return None
    for axis in _MOMENTS:
        if all(len(axis.groups(place)) == len(place) for place in places):
            ranked = [sorted(place, key=axis.key) for place in places]
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
