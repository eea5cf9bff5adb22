"""The graphics that a DICOM file lays over its pictures: bit planes in the groups 6000 to 601E (PS3.3 C.9.2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from pydicom.tag import Tag

from medcore.reading.desk import Desk
from medcore.reading.dicom_parsing import DicomFile, numbers
from medcore.reading.dicom_planes import Plane
from medcore.reading.dicom_private import NOT_UNDERSTOOD, number
from medcore.reading.voxel_file import VoxelFile

_GROUPS = range(0x6000, 0x6020, 2)
_ROWS, _COLUMNS, _FRAMES, _ORIGIN, _FIRST_FRAME, _POSITION, _DATA = 0x10, 0x11, 0x15, 0x50, 0x51, 0x102, 0x3000
_DAMAGED = "Graphics that the file lays over the picture are damaged and aren't shown."
_IN_PIXELS = "Graphics in the unused bits of the file's pixels aren't shown."


@dataclass(frozen=True)
class _Graphics:
    """One overlay of one file: `packed` bits, eight a byte, of `frames` × `rows` × `columns`, the first the lowest.

    Its corner lies at `origin` (row, column from 0) of the picture. It lies on the picture's frames from `first_frame` on; on
    all of them where that is None.
    """

    packed: np.ndarray
    frames: int
    shape: tuple[int, int]
    origin: tuple[int, int]
    first_frame: int | None

    def draw(self, picture: np.ndarray, frame: int) -> None:
        """Set the picture's (rows, columns) pixels of this overlay to 1; what lies outside of it is left out."""
        index = 0 if self.first_frame is None else frame - self.first_frame
        if 0 <= index < self.frames:
            row, column = (_overlap(*sizes) for sizes in zip(self.origin, self.shape, picture.shape, strict=True))
            picture[row[0], column[0]] |= self._bits(index)[row[1], column[1]]

    def _bits(self, index: int) -> np.ndarray:
        """Frame `index` of the overlay as 0 and 1: frames follow each other without padding (PS3.5 8.1.2)."""
        count = self.shape[0] * self.shape[1]
        first, rest = divmod(index * count, 8)
        bits = np.unpackbits(self.packed[first : first + (rest + count + 7) // 8], bitorder="little")
        return bits[rest : rest + count].reshape(self.shape)


def _overlap(at: int, there: int, here: int) -> tuple[slice, slice]:
    """Along one axis: which pixels of a picture of `here` ones an overlay of `there` ones covers that begins `at`, by which."""
    first, end = min(max(at, 0), here), max(min(at + there, here), 0)
    end = max(first, end)
    return slice(first, end), slice(first - at, end - at)


def overlay_of(planes: Sequence[Plane], desk: Desk) -> tuple[np.ndarray | None, tuple[str, ...]]:
    """What files draw on the planes, 1 where they do, as uint8 (planes, rows, columns) in a file; None where nothing is drawn.

    And a warning for what can't be shown.
    """
    files = {id(plane.file): plane.file for plane in planes}
    found = {key: _graphics_of(file) for key, file in files.items()}
    words = tuple(dict.fromkeys(warning for _, warnings in found.values() for warning in warnings))
    out = None
    for index, plane in enumerate(planes if any(graphics for graphics, _ in found.values()) else ()):
        drawn = _drawn(plane, found[id(plane.file)][0])
        if out is None and drawn.any():
            out = VoxelFile(desk.new_path(), desk.limits.voxel_bytes)
            for before in range(index):
                out.put(before, np.zeros_like(drawn))
        if out is not None:
            out.put(index, drawn)
    return (None if out is None else out.finish(len(planes))), words


def _drawn(plane: Plane, graphics: Sequence[_Graphics]) -> np.ndarray:
    """The plane's (rows, columns) with 1 where any of the graphics draws."""
    picture = np.zeros((int(plane.file.get("Rows")), int(plane.file.get("Columns"))), np.uint8)
    for one in graphics:
        one.draw(picture, plane.frame)
    return picture


def _graphics_of(file: DicomFile) -> tuple[list[_Graphics], tuple[str, ...]]:
    found: list[_Graphics] = []
    warnings: list[str] = []
    for group in sorted({int(tag) >> 16 for tag in file.dataset.keys()}.intersection(_GROUPS)):  # noqa: SIM118  Dataset's own
        if Tag(group, _DATA) in file.dataset:
            try:
                found.append(_graphics(file, group))
            except NOT_UNDERSTOOD:
                warnings.append(_DAMAGED)
        elif (number(_value(file, group, _POSITION)) or 0) > 0:
            warnings.append(_IN_PIXELS)
    return found, tuple(warnings)


def _value(file: DicomFile, group: int, element: int) -> Any:
    found = file.dataset.get(Tag(group, element))
    return None if found is None else found.value


def _graphics(file: DicomFile, group: int) -> _Graphics:
    """The overlay of one group; raises ValueError where it isn't whole, or whatever pydicom does for a damaged element."""
    shape = (int(_value(file, group, _ROWS)), int(_value(file, group, _COLUMNS)))
    frames = int(_value(file, group, _FRAMES) or 1)
    packed = _packed(file, group)
    if min(*shape, frames) < 1 or packed.size * 8 < frames * shape[0] * shape[1]:
        raise ValueError("an overlay with fewer bits than pixels")
    corner = numbers(_value(file, group, _ORIGIN), 2) or (1.0, 1.0)
    return _Graphics(packed, frames, shape, (int(corner[0]) - 1, int(corner[1]) - 1), _first_frame(file, group, frames))


def _packed(file: DicomFile, group: int) -> np.ndarray:
    element = file.dataset[Tag(group, _DATA)]
    packed = np.frombuffer(element.value, np.uint8)
    words = element.VR == "OW" and not file.dataset.original_encoding[1]  # big-endian words hold the later eight bits first
    return packed[: packed.size // 2 * 2].reshape(-1, 2)[:, ::-1].reshape(-1) if words else packed


def _first_frame(file: DicomFile, group: int, frames: int) -> int | None:
    """The picture's frame, from 0, that the overlay's first lies on; None for one that lies on all (PS3.3 C.9.2, C.9.3)."""
    stated = _value(file, group, _FIRST_FRAME)
    return None if stated is None and frames == 1 else int(stated or 1) - 1
