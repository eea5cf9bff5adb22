"""The pages of a TIFF (TIFF 6.0; BigTIFF too), checked before a decoder sees them, and one page of several laid bare."""

import shutil
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from medcore.errors import ReadingLimit, UnreadableFile
from medcore.reading.desk import damaged

MOST_PAGES = 5000
_MOST_VALUES = 10**6
WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC = 256, 257, 258, 259, 262
OFFSETS, ORIENTATION, SAMPLES, COUNTS, PLANAR = 273, 274, 277, 279, 284
TILE_OFFSETS, TILE_COUNTS, SAMPLE_FORMAT, JPEG_TABLES = 324, 325, 339, 347
_WANTED = {
    *(WIDTH, HEIGHT, BITS, COMPRESSION, PHOTOMETRIC, OFFSETS, ORIENTATION),
    *(SAMPLES, COUNTS, PLANAR, TILE_OFFSETS, TILE_COUNTS, SAMPLE_FORMAT, JPEG_TABLES),
}
_TYPES = {1: "B", 3: "H", 4: "I", 7: "B", 16: "Q"}
_NO_ROOM = "The temporary folder has no room left for the unpacked scan; free some space on its disk and open the scan again."


@dataclass(frozen=True)
class Layout:
    """How a file's own numbers are written: the byte order, and whether offsets have 8 bytes (BigTIFF) or 4."""

    order: str
    is_big: bool

    @property
    def offset(self) -> struct.Struct:
        """An offset in the file."""
        return struct.Struct(self.order + ("Q" if self.is_big else "I"))

    @property
    def entry(self) -> struct.Struct:
        """A field: its tag, type, count, and value or offset."""
        return struct.Struct(self.order + ("HHQ8s" if self.is_big else "HHI4s"))

    @property
    def count(self) -> struct.Struct:
        """The number of fields of a page."""
        return struct.Struct(self.order + ("Q" if self.is_big else "H"))

    @property
    def first_at(self) -> int:
        """Where the offset of the first page stands."""
        return 8 if self.is_big else 4


@dataclass(frozen=True)
class Page:
    """A page's fields, as numbers, and where in the file it and what follows it are said."""

    at: int
    next_at: int
    following: int
    orientation_at: int | None
    tags: dict[int, tuple[int, ...]]
    layout: Layout

    def one(self, tag: int, default: int) -> int:
        """The first number of a field."""
        return self.tags.get(tag, (default,))[0]

    @property
    def bits(self) -> tuple[int, ...]:
        """The bits of each sample of a pixel."""
        return self.tags.get(BITS, (1,))

    def pieces(self, file: BinaryIO) -> Iterator[bytes]:
        """The strips or tiles as they are stored, one after another."""
        tags = (TILE_OFFSETS, TILE_COUNTS) if self.is_tiled else (OFFSETS, COUNTS)
        for at, length in zip(self.tags[tags[0]], self.tags[tags[1]], strict=True):
            file.seek(at)
            yield file.read(length)

    @property
    def is_tiled(self) -> bool:
        """Whether the pixels lie in tiles and not in strips."""
        return TILE_OFFSETS in self.tags


def pages(path: Path, name: str) -> list[Page]:
    """All pages of the file, in order.

    Raises UnreadableFile where the file `name` breaks the format or ends before its pixels do, and ReadingLimit for too many.
    """
    found: list[Page] = []
    try:
        with path.open("rb") as file:
            for page in _chain(file):
                _check_extent(page, path.stat().st_size, name)
                found.append(page)
                if len(found) > MOST_PAGES:
                    raise ReadingLimit(f"{name} holds more than {MOST_PAGES} pages; save a part of them and open that.")
    except (struct.error, KeyError, OverflowError, ValueError) as error:
        raise UnreadableFile(damaged(name)) from error
    if not found:
        raise UnreadableFile(damaged(name))
    return found


def _chain(file: BinaryIO) -> Iterator[Page]:
    layout = _layout(file.read(8))
    at, seen = _read_offset(file, layout, layout.first_at), set[int]()
    while at and at not in seen:
        seen.add(at)
        page = _page(file, layout, at)
        yield page
        at = page.following


def _layout(head: bytes) -> Layout:
    order = {b"II": "<", b"MM": ">"}[head[:2]]
    return Layout(order, struct.unpack(order + "H", head[2:4])[0] == 43)


def _read_offset(file: BinaryIO, layout: Layout, at: int) -> int:
    file.seek(at)
    offset: int = layout.offset.unpack(file.read(layout.offset.size))[0]
    return offset


def _page(file: BinaryIO, layout: Layout, at: int) -> Page:
    file.seek(at)
    count = layout.count.unpack(file.read(layout.count.size))[0]
    first, size = at + layout.count.size, layout.entry.size
    if count > 65535:
        raise ValueError("more fields than a page can have")
    entries = file.read(count * size)
    tags, orientation_at = {}, None
    for number, (tag, kind, length, value) in enumerate(layout.entry.iter_unpack(entries)):
        if tag in _WANTED and kind in _TYPES:
            tags[tag] = _values(file, layout, kind, length, value)
            orientation_at = first + (number + 1) * size - len(value) if tag == ORIENTATION else orientation_at
    next_at = first + count * size
    return Page(at, next_at, _read_offset(file, layout, next_at), orientation_at, tags, layout)


def _values(file: BinaryIO, layout: Layout, kind: int, length: int, value: bytes) -> tuple[int, ...]:
    if not 0 < length <= _MOST_VALUES:
        raise ValueError("a field of no or too many values")
    form = struct.Struct(f"{layout.order}{length}{_TYPES[kind]}")
    if form.size > len(value):
        file.seek(layout.offset.unpack(value)[0])
        value = file.read(form.size)
    return form.unpack_from(value)


def _check_extent(page: Page, size: int, name: str) -> None:
    """Every strip or tile lies in the file, and uncompressed ones are as long as the pixels."""
    offsets = page.tags[TILE_OFFSETS if page.is_tiled else OFFSETS]
    counts = page.tags[TILE_COUNTS if page.is_tiled else COUNTS]
    row_bytes = -(-page.tags[WIDTH][0] * sum(page.bits) // 8)
    short = page.one(COMPRESSION, 1) == 1 and sum(counts) < row_bytes * page.tags[HEIGHT][0]
    if len(offsets) != len(counts) or short or any(at + length > size for at, length in zip(offsets, counts, strict=False)):
        raise UnreadableFile(damaged(name))


def lay_bare(path: Path, page: Page, to: Path) -> None:
    """Copy the file, unless it is there, so that `page` is its only one and stands as it is stored: what decoders then see."""
    try:
        if not to.exists():
            shutil.copyfile(path, to)
    except OSError as error:
        raise ReadingLimit(_NO_ROOM) from error
    offset = page.layout.offset
    with to.open("r+b") as file:
        _overwrite(file, page.layout.first_at, offset.pack(page.at))
        _overwrite(file, page.next_at, offset.pack(0))
        if page.orientation_at is not None:
            _overwrite(file, page.orientation_at, struct.pack(page.layout.order + "H", 1))


def _overwrite(file: BinaryIO, at: int, content: bytes) -> None:
    file.seek(at)
    file.write(content)
