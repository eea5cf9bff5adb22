"""Weights as plain arrays in weights.npz: float16, by variable path, never pickled, known by their SHA-256.

A file may come from a stranger: its archive and each array's header are held against the shapes that the net needs before any
array is unpacked, and only what was asked for is.
"""

import hashlib
import io
import math
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np

from medcore.errors import WeightsMismatch
from medcore.models.files import in_words, read_plain

Shapes = Mapping[str, tuple[int, ...]]
_HEADER = re.compile(rb"\{'descr': '<f2', 'fortran_order': False, 'shape': \(([0-9, ]{0,99})\), \} *\n")
_PRELUDE = struct.Struct("<8sH")  # of a .npy of version 1.0: what it is, and how long its header is
_MAGIC = b"\x93NUMPY\x01\x00"
_END = struct.Struct("<4s4H2LH")  # of a zip without a comment
_LONGEST_HEADER = 512
_ARCHIVE_BYTES = 512
"""What a zip may need for each array beside it: its header, its name twice, its places."""


def write_weights(model: Any, path: Path) -> str:
    """Writes a Keras model's weights as float16 and gives the file's SHA-256 (hex)."""
    arrays = {weight.path: np.asarray(weight, np.float16, order="C") for weight in model.trainable_variables}
    np.savez_compressed(path, allow_pickle=False, **arrays)
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read_weights(model: Any, path: Path, sha256: str, name: str = "the run") -> None:
    """Puts the weights into the model, after their SHA-256 and every shape were checked; raises WeightsMismatch.

    `name` is whose weights they are, for the error.
    """
    shapes = {weight.path: tuple(weight.shape) for weight in model.trainable_variables}
    with _archive(path, sha256, shapes, name) as archive:
        arrays = {key: _array(archive, key, shape) for key, shape in shapes.items()}
    for weight in model.trainable_variables:
        weight.assign(arrays[weight.path].astype(np.float32))


def check_weights(path: Path, sha256: str, shapes: Shapes, name: str) -> None:
    """Raises WeightsMismatch where the file isn't the one of that SHA-256 with arrays of these shapes; unpacks none of them."""
    with _archive(path, sha256, shapes, name):
        pass


@contextmanager
def _archive(path: Path, sha256: str, shapes: Shapes, name: str) -> Iterator[zipfile.ZipFile]:
    """The archive, known to be of that SHA-256 and to hold these arrays; its faults become WeightsMismatch."""
    try:
        content = read_plain(path.parent, path.name, _most_bytes(shapes))
        if hashlib.sha256(content).hexdigest() != sha256:
            raise WeightsMismatch(f"The weights of {name} aren't the ones its card names; restore {path.name}.")
        _check_end(content, shapes)
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            _check_members(archive, shapes)
            yield archive
    except FileNotFoundError as error:
        raise WeightsMismatch(f"The weights of {name} are missing; restore {path.name}.") from error
    except (ValueError, OSError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        raise WeightsMismatch(f"The weights of {name} can't be used ({in_words(error)}); restore {path.name}.") from error


def _most_bytes(shapes: Shapes) -> int:
    """The largest that a zip of these arrays can be: what can't be compressed grows a little."""
    return sum(2 * math.prod(shape) * 1001 // 1000 + _ARCHIVE_BYTES + 2 * len(key) for key, shape in shapes.items())


def _check_end(content: bytes, shapes: Shapes) -> None:
    """The archive's directory holds as many files as there are arrays, and no more than they need; raises ValueError."""
    if len(content) < _END.size:
        raise ValueError("it is no zip")
    signature, *_, count, directory_bytes, _, comment_bytes = _END.unpack(content[-_END.size :])
    if signature != b"PK\x05\x06" or comment_bytes:
        raise ValueError("it doesn't end as a zip does")
    if count != len(shapes) or directory_bytes > len(shapes) * _ARCHIVE_BYTES:
        raise ValueError(f"it must hold {len(shapes)} arrays and holds {count}")


def _check_members(archive: zipfile.ZipFile, shapes: Shapes) -> None:
    names = [member.filename for member in archive.infolist()]
    if missing := [key for key in shapes if f"{key}.npy" not in names]:
        raise ValueError(f"it doesn't fit its architecture: {missing[0]} isn't in it")
    if len(names) != len(shapes):
        raise ValueError("it doesn't fit its architecture: an array stands in it twice, or has no place in the net")
    for key, shape in shapes.items():
        _check_member(archive, key, shape)


def _check_member(archive: zipfile.ZipFile, key: str, shape: tuple[int, ...]) -> None:
    member = archive.getinfo(f"{key}.npy")
    if member.flag_bits & 1 or member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError(f"{key} is encrypted or packed in an unknown way")
    with archive.open(member) as file:
        header_bytes = _read_header(file, key, shape)
    if member.file_size != header_bytes + 2 * math.prod(shape):
        raise ValueError(f"{key} has another size than its shape says")


def _read_header(file: IO[bytes], key: str, shape: tuple[int, ...]) -> int:
    """Reads a .npy up to the array's first byte, and gives how far that was; raises ValueError where it says another shape."""
    start = file.read(_PRELUDE.size)
    magic, length = _PRELUDE.unpack(start) if len(start) == _PRELUDE.size else (b"", 0)
    found = _HEADER.fullmatch(file.read(length)) if magic == _MAGIC and length <= _LONGEST_HEADER else None
    if found is None:
        raise ValueError(f"{key} isn't a plain array of float16")
    sides = tuple(int(side) for side in found[1].split(b",") if side.strip())
    if sides != shape:
        raise ValueError(f"it doesn't fit its architecture: {key} has the shape {sides} and not {shape}")
    return _PRELUDE.size + length


def _array(archive: zipfile.ZipFile, key: str, shape: tuple[int, ...]) -> np.ndarray:
    """One array, whole and of numbers that are some; raises ValueError."""
    with archive.open(f"{key}.npy") as file:
        _read_header(file, key, shape)
        values = file.read(2 * math.prod(shape) + 1)
    if len(values) != 2 * math.prod(shape):
        raise ValueError(f"{key} has another size than its shape says")
    array = np.frombuffer(values, "<f2").reshape(shape)
    if not np.isfinite(array).all():
        raise ValueError(f"{key} has values that are no numbers")
    return array
