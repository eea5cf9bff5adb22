"""A NIfTI file's bytes: mapped where they lie, or inflated from gzip into the private folder, never more than promised."""

import gzip
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np

from medcore.errors import ReadingLimit, UnreadableFile
from medcore.reading.desk import Desk, Source
from medcore.reading.nifti_header import LARGEST_HEADER_BYTES, Promise, promise

_CHUNK = 2**20
_MOST_GIGABYTES = 10**6
_NO_ROOM = "The temporary folder has no room left for the unpacked scan; free some space on its disk and open the scan again."
# What gzip raises for a damaged or shortened stream.
_DAMAGED = (OSError, EOFError, zlib.error)


@dataclass(frozen=True)
class NiftiFile:
    """A file that is as long as its header promises."""

    path: Path
    promise: Promise
    warnings: tuple[str, ...]
    is_ours: bool

    def volume(self, index: int) -> np.ndarray:
        """Volume `index`, read-only and mapped: (i, j, k) as stored, or (i, j, k, 3 or 4) bytes of colour."""
        promised = self.promise
        shape = (*promised.shape[::-1], *((promised.channels,) if promised.channels > 1 else ()))
        offset = promised.offset + index * promised.volume_bytes
        return np.swapaxes(np.memmap(self.path, promised.stored, "r", offset, shape), 0, 2)

    def forget(self) -> None:
        """Remove what was unpacked; the user's own file stays."""
        if self.is_ours:
            self.path.unlink()


def unpacked(source: Source, desk: Desk) -> NiftiFile:
    """The file, unpacked where it is zipped.

    Raises UnreadableFile where it is damaged or ends early, ReadingLimit where it holds more voxels than may be, and what
    `promise` raises.
    """
    zipped = source.head[:2] == b"\x1f\x8b"
    with _stream(source, zipped) as stream:
        promised = promise(source.name, _read(stream, LARGEST_HEADER_BYTES, source.name))
        _check_size(source, promised, desk)
        desk.expect(promised.file_bytes)
        if zipped:
            stream.seek(0)
            path = desk.new_path()
            surplus = _inflate(stream, path, promised.file_bytes, source.name, desk)
            return NiftiFile(path, promised, _surplus(surplus), True)
    surplus = source.path.stat().st_size - promised.file_bytes
    if surplus < 0:
        raise _cut_off(source.name)
    return NiftiFile(source.path, promised, _surplus(surplus), False)


def _stream(source: Source, zipped: bool) -> BinaryIO:
    return cast(BinaryIO, gzip.open(source.path, "rb")) if zipped else source.path.open("rb")


def _check_size(source: Source, promised: Promise, desk: Desk) -> None:
    size = promised.volumes * promised.volume_bytes
    if size > desk.limits.voxel_bytes:
        raise ReadingLimit(
            f"{source.name} claims {_in_words(size)} of voxels, more than the {desk.limits.volume_megabytes} MB that can be "
            "held; open a part of it, or raise LIGHTBOX_VOLUME_MEGABYTES."
        )
    if promised.offset > desk.limits.archive_megabytes << 20:
        raise _cut_off(source.name)


def _in_words(size: int) -> str:
    """A number of bytes as one says it; beyond a million GB it is no scan's."""
    gigabytes = size / 2**30
    if gigabytes >= _MOST_GIGABYTES:
        return "more than a million GB"
    return f"{gigabytes:,.{gigabytes < 10:d}f} GB"


def _inflate(stream: BinaryIO, path: Path, wanted: int, name: str, desk: Desk) -> int:
    """Write the first `wanted` bytes to `path`, read the rest for its checksum, and return how long that is."""
    left = wanted
    with path.open("xb") as file:
        for chunk in _chunks(stream, name):
            _write(file, chunk[: max(left, 0)])
            left -= len(chunk)
            if -left > desk.limits.archive_megabytes << 20:
                raise ReadingLimit(f"{name} unpacks to far more than its header says; save it again and open that.")
    if left > 0:
        raise _cut_off(name)
    return -left


def _chunks(stream: BinaryIO, name: str) -> Iterator[bytes]:
    while chunk := _read(stream, _CHUNK, name):
        yield chunk


def _read(stream: BinaryIO, count: int, name: str) -> bytes:
    try:
        return stream.read(count)
    except _DAMAGED as error:
        raise _cut_off(name) from error


def _write(file: BinaryIO, chunk: bytes) -> None:
    try:
        file.write(chunk)
    except OSError as error:
        raise ReadingLimit(_NO_ROOM) from error


def _cut_off(name: str) -> UnreadableFile:
    return UnreadableFile(f"{name} is damaged or cut off; export or copy it again from where it came from.")


def _surplus(count: int) -> tuple[str, ...]:
    return (f"The file holds {count} bytes more than its header says: they are ignored.",) if count else ()
