"""A series' voxels written plane by plane to a file, in the narrowest type that holds them all."""

import os
from pathlib import Path

import numpy as np

from medcore.errors import ReadingLimit, UnreadableFile

_NO_ROOM = "The temporary folder has no room left for the decoded scan; free some space on its disk and open the scan again."
_NARROW_TO_WIDE = ("int16", "int32", "float32")


class VoxelFile:
    """A raw file that grows by planes; a plane of a wider type widens what is already there.

    So a CT whose 16 bits all happen to fit int16 stays 16 bit, without a first pass over the pixels.
    """

    def __init__(self, path: Path, most_bytes: int, planes: int = 1) -> None:
        """`planes` is how many are expected: their room is taken at once."""
        self.path = path
        self._planes = planes
        self._most_bytes = most_bytes
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        self._dtype: np.dtype | None = None
        self._shape: tuple[int, ...] = ()
        self._count = 0

    def put(self, index: int, plane: np.ndarray) -> None:
        """Write plane `index`: (rows, columns) int16, int32 or float32, or (rows, columns, 3) uint8."""
        if self._dtype is None:
            self._dtype, self._shape = plane.dtype, plane.shape
            self._take_room(min(self._planes * plane.nbytes, self._most_bytes))
        if plane.dtype != self._dtype:
            self._widen(_wider(plane.dtype, self._dtype))
            plane = plane.astype(self._dtype)
        if (index + 1) * plane.nbytes > self._most_bytes:
            raise ReadingLimit(
                f"A series of more than {self._most_bytes >> 20} MB can't be held; "
                "open fewer slices or raise LIGHTBOX_VOLUME_MEGABYTES."
            )
        if plane.shape != self._shape:
            raise UnreadableFile(f"An image of {plane.shape} pixels doesn't fit among ones of {self._shape}; open it alone.")
        self._write(plane, index)
        self._count = max(self._count, index + 1)

    def finish(self, count: int) -> np.ndarray:
        """The first `count` planes as a read-only memory map (planes, rows, columns[, 3])."""
        os.close(self._file)
        return np.memmap(self.path, dtype=self._dtype or np.dtype(np.int16), mode="r", shape=(count, *self._shape))

    def _take_room(self, size: int) -> None:
        try:
            os.posix_fallocate(self._file, 0, size)
        except OSError as error:
            raise ReadingLimit(_NO_ROOM) from error

    def _write(self, plane: np.ndarray, index: int) -> None:
        try:
            written = os.pwrite(self._file, np.ascontiguousarray(plane).data, index * plane.nbytes)
        except OSError as error:
            raise ReadingLimit(_NO_ROOM) from error
        if written != plane.nbytes:
            raise ReadingLimit(_NO_ROOM)

    def _widen(self, dtype: np.dtype) -> None:
        if dtype == self._dtype or self._dtype is None:
            return
        items = int(np.prod(self._shape))
        for index in reversed(range(self._count)):
            old = os.pread(self._file, items * self._dtype.itemsize, index * items * self._dtype.itemsize)
            plane = np.frombuffer(old, self._dtype).astype(dtype)
            self._write(plane, index)
        self._dtype = dtype


def _wider(one: np.dtype, other: np.dtype) -> np.dtype:
    return max(one, other, key=lambda dtype: _NARROW_TO_WIDE.index(dtype.name))
