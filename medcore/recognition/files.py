"""gate.npz: a recogniser as plain arrays, never pickled, known by its SHA-256, every array held against what it may be.

A file may come from a stranger: each array's header is checked before the array is unpacked, and nothing but arrays is.
"""

import hashlib
import io
import math
import os
import re
import stat
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import IO

import numpy as np

from medcore.errors import InvalidCard, WeightsMismatch
from medcore.preprocessing import Channels
from medcore.recognition.eye import FEATURES, fingerprint
from medcore.recognition.limits import MOST_UPRIGHT
from medcore.recognition.postures import POSTURES
from medcore.recognition.recogniser import Recogniser

MOST_BYTES, MOST_REFERENCES, MOST_GROUPS, LONGEST_NAME = 2**24, 4096, 64, 64
_TYPES = {
    "eye": "|u1",
    "references": "<f2",
    "groups": "<U",
    "group_of": "<u2",
    "weights": "<f4",
    "bias": "<f4",
    "checked": "|b1",
    "limits": "<f8",
}
_HEADER = re.compile(rb"\{'descr': '([<|][A-Za-z][0-9]{1,4})', 'fortran_order': False, 'shape': \(([0-9, ]{0,40})\), \} *\n")
_MAGIC, _PRELUDE_BYTES = b"\x93NUMPY\x01\x00", 10  # of a .npy of version 1.0, and how long its header is
_END_BYTES = 22  # of a zip without a comment: what it says of the files in it


def write(recogniser: Recogniser, path: Path) -> str:
    """Writes a recogniser, and gives the file's SHA-256 (hex); raises InvalidCard where `read` wouldn't take it."""
    arrays = {
        "eye": np.frombuffer(fingerprint(recogniser.channels), np.uint8),
        "references": recogniser.references,
        "groups": np.array(recogniser.groups, np.str_),
        "group_of": recogniser.group_of,
        "weights": recogniser.weights,
        "bias": recogniser.bias,
        "checked": recogniser.checked,
        "limits": np.array([recogniser.distance_limit, recogniser.upright_limit]),
    }
    typed = {name: array if _TYPES[name] == "<U" else array.astype(_TYPES[name], "C") for name, array in arrays.items()}
    np.savez_compressed(path, allow_pickle=False, **typed)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    read(path, sha256)
    return sha256


def read(path: Path, sha256: str) -> Recogniser:
    """The recogniser of a file of that SHA-256; raises WeightsMismatch for another file, InvalidCard where it is no gate."""
    try:
        content = _content(path)
    except OSError as error:
        raise WeightsMismatch(f"{path.name} is missing or can't be read ({error.strerror}); restore it.") from error
    if hashlib.sha256(content).hexdigest() != sha256:
        raise WeightsMismatch(f"{path.name} isn't the gate that the card names; restore it.")
    try:
        return _recogniser(_arrays(content))
    except (ValueError, OSError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error) as error:
        raise InvalidCard(f"{path.name} can't be used ({str(error)[:200]}); restore it, or train the model again.") from error


def _content(path: Path) -> bytes:
    """A plain file's content, never through a link."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as file:
        found = os.fstat(handle)
        if not stat.S_ISREG(found.st_mode) or found.st_size > MOST_BYTES:
            raise OSError(0, f"it is no plain file of up to {MOST_BYTES} bytes")
        return file.read(MOST_BYTES)


def _arrays(content: bytes) -> dict[str, np.ndarray]:
    count = int.from_bytes(content[-_END_BYTES:][10:12], "little")
    if content[-_END_BYTES:][:4] != b"PK\x05\x06" or count != len(_TYPES):
        raise ValueError(f"it is no archive of {len(_TYPES)} arrays")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        if {member.filename for member in archive.infolist()} != {f"{name}.npy" for name in _TYPES}:
            raise ValueError("it holds other arrays than a gate has")
        return {name: _array(archive, name) for name in _TYPES}


def _array(archive: zipfile.ZipFile, name: str) -> np.ndarray:
    member = archive.getinfo(f"{name}.npy")
    if member.flag_bits & 1 or member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError(f"{name} is encrypted or packed in an unknown way")
    with archive.open(member) as file:
        shape, dtype = _header(file, name)
        size = math.prod(shape) * dtype.itemsize
        if size > MOST_BYTES:
            raise ValueError(f"{name} is too large")
        values = file.read(size + 1)
    if len(values) != size:
        raise ValueError(f"{name} has another size than its shape says")
    return np.frombuffer(values, dtype).reshape(shape)


def _header(file: IO[bytes], name: str) -> tuple[tuple[int, ...], np.dtype]:
    """Shape and type of a .npy that is read up to its first value. NumPy's own reader evaluates what a stranger wrote."""
    start = file.read(_PRELUDE_BYTES)
    found = _HEADER.fullmatch(file.read(int.from_bytes(start[8:], "little"))) if start[:8] == _MAGIC else None
    wanted = _TYPES[name].encode()
    if found is None or (found[1] != wanted and not (wanted == b"<U" and found[1].startswith(wanted))):
        raise ValueError(f"{name} isn't a plain array of {_TYPES[name]}")
    return tuple(int(side) for side in found[2].split(b",") if side.strip()), np.dtype(found[1].decode())


def _recogniser(arrays: Mapping[str, np.ndarray]) -> Recogniser:
    """Raises ValueError where an array isn't what a gate may hold."""
    references, names, group_of = arrays["references"], arrays["groups"], arrays["group_of"]
    _need(1 <= len(references) <= MOST_REFERENCES and references.shape[1:] == (FEATURES,), "references of another shape")
    _need(
        names.ndim == 1 and 1 <= len(names) <= MOST_GROUPS and names.dtype.itemsize <= 4 * LONGEST_NAME,
        "groups of another shape",
    )
    _need(all(str(name).isprintable() for name in names) and len(set(names)) == len(names), "groups of strange names")
    _need(group_of.shape == references.shape[:1] and group_of.max() < len(names), "references of a group that isn't there")
    _need(arrays["weights"].shape == (FEATURES, len(POSTURES)) and arrays["bias"].shape == (len(POSTURES),), "another head")
    _need(arrays["checked"].shape == (len(POSTURES),) and arrays["checked"][0], "other postures")
    numbers = (references, arrays["weights"], arrays["bias"], arrays["limits"])
    _need(all(np.isfinite(each).all() for each in numbers), "values that are no numbers")
    lengths = np.linalg.norm(references.astype(np.float32), axis=1)
    _need(np.abs(lengths - 1).max() < 0.01, "references that aren't of length 1")
    _need(
        arrays["limits"].shape == (2,) and (arrays["limits"] >= 0).all() and (arrays["limits"] <= (2, MOST_UPRIGHT)).all(),
        "limits out of range",
    )
    return Recogniser(
        channels=_channels(arrays["eye"].tobytes()),
        references=references.astype(np.float32),
        groups=tuple(str(name) for name in names),
        group_of=group_of.astype(np.intp),
        distance_limit=float(arrays["limits"][0]),
        weights=arrays["weights"].copy(),
        bias=arrays["bias"].copy(),
        checked=arrays["checked"].copy(),
        upright_limit=float(arrays["limits"][1]),
    )


def _need(holds: object, words: str) -> None:
    if not holds:
        raise ValueError(f"it has {words}")


def _channels(eye: bytes) -> Channels:
    """How many channels go into the eye whose fingerprint this is; raises ValueError where it is another eye's."""
    known: dict[bytes, Channels] = {fingerprint(1): 1, fingerprint(3): 3}
    if eye not in known:
        raise ValueError("its references were seen by another eye than this version's")
    return known[eye]
