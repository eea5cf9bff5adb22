"""TIFF files that the tests write byte by byte, as no library here writes all of them."""

import struct
import zlib
from collections.abc import Sequence

import numpy as np

Fields = dict[int, tuple[int, Sequence[int]]]
_TYPES = {3: "H", 4: "I", 16: "Q"}
SHORT, LONG, LONG8 = 3, 4, 16


def page(values: np.ndarray, order: str = "<", photometric: int = 1, **more: object) -> tuple[bytes, Fields]:
    """A page of `values` (rows, columns[, samples]): its bytes and its fields; `t274=(SHORT, [6])` adds field 274.

    `compression=8` deflates it.
    """
    samples = values.shape[2] if values.ndim == 3 else 1
    compression = int(more.pop("compression", 1))  # type: ignore[call-overload]
    raw = values.astype(values.dtype.newbyteorder(order)).tobytes()
    fields: Fields = {
        256: (LONG, [values.shape[1]]),
        257: (LONG, [values.shape[0]]),
        258: (SHORT, [values.itemsize * 8] * samples),
        259: (SHORT, [compression]),
        262: (SHORT, [photometric]),
        277: (SHORT, [samples]),
        278: (LONG, [values.shape[0]]),
        339: (SHORT, [{"u": 1, "i": 2, "f": 3}[values.dtype.kind]] * samples),
    }
    fields |= {int(name[1:]): field for name, field in more.items()}  # type: ignore[misc]
    return zlib.compress(raw) if compression == 8 else raw, fields


def tiff(pages: Sequence[tuple[bytes, Fields]], order: str = "<", big: bool = False) -> bytes:
    """A TIFF, or BigTIFF, of these pages, in one strip each."""
    offset, room = ("Q", 8) if big else ("I", 4)
    out = bytearray(b"II" if order == "<" else b"MM")
    out += struct.pack(order + "HHHQ", 43, 8, 0, 0) if big else struct.pack(order + "HI", 42, 0)
    said_at = len(out) - room
    for data, fields in pages:
        at = len(out)
        out += data + b"\0" * (len(data) % 2)
        own = {273: (LONG8 if big else LONG, [at]), 279: (LONG8 if big else LONG, [len(data)])} | fields
        entries = b"".join(_entry(out, order, offset, room, tag, own[tag]) for tag in sorted(own))
        struct.pack_into(order + offset, out, said_at, len(out))
        out += struct.pack(order + ("Q" if big else "H"), len(own)) + entries
        said_at = len(out)
        out += b"\0" * room
    return bytes(out)


def _entry(out: bytearray, order: str, offset: str, room: int, tag: int, field: tuple[int, Sequence[int]]) -> bytes:
    kind, numbers = field
    raw = struct.pack(f"{order}{len(numbers)}{_TYPES[kind]}", *numbers)
    if len(raw) > room:
        at = len(out)
        out += raw + b"\0" * (len(raw) % 2)
        raw = struct.pack(order + offset, at)
    return struct.pack(f"{order}HH{offset}", tag, kind, len(numbers)) + raw.ljust(room, b"\0")
