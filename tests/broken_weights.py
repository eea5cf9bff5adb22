"""weights.npz as an attacker, a broken disk or another program would leave it, each with what must be said of it."""

import hashlib
import io
import struct
import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from blob_models import BLOB_LABELS, BLOB_SPEC, blank_weights, write_blank

from medcore.architectures import weight_shapes

SHAPES = weight_shapes("small_cnn", len(BLOB_LABELS), BLOB_SPEC.size)
KERNEL = "conv1_conv/kernel"


def packed(arrays: Mapping[str, np.ndarray]) -> bytes:
    """The arrays as NumPy packs them."""
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)
    return file.getvalue()


def zeros(dtype: str = "<f2") -> dict[str, np.ndarray]:
    """An array of zeros for every weight of the net."""
    return {key: np.zeros(shape, dtype) for key, shape in SHAPES.items()}


def zipped(members: list[tuple[str, bytes]], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Files by name, as a zip; a name may come twice."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive, warnings.catch_warnings(action="ignore"):
        for name, content in members:
            archive.writestr(zipfile.ZipInfo(name), content, method)
    return file.getvalue()


def npy(shape: tuple[int, ...], header: str | None = None, version: bytes = b"\x01\x00", more: bytes = b"") -> bytes:
    """An array of zeros as .npy; with another header or version than it should have, and bytes that are too many."""
    said = header if header is not None else str({"descr": "<f2", "fortran_order": False, "shape": shape})[:-1] + ", }"
    length = struct.pack("<H" if version == b"\x01\x00" else "<L", len(said) + 1)
    return b"\x93NUMPY" + version + length + said.encode() + b"\n" + bytes(2 * int(np.prod(shape))) + more


def _members() -> list[tuple[str, bytes]]:
    """The net's arrays as files."""
    return [(f"{key}.npy", npy(shape)) for key, shape in SHAPES.items()]


def _kernel(**said: Any) -> bytes:
    """The archive with another file for KERNEL."""
    return zipped([(f"{KERNEL}.npy", npy(SHAPES[KERNEL], **said)), *_members()[1:]])


def _header(shape: str, descr: str = "'<f2'", order: str = "False") -> bytes:
    return _kernel(header=f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}")


def _patched(content: bytes, old: bytes, new: bytes) -> bytes:
    assert old in content
    return content.replace(old, new)


_SHAPE = str(SHAPES[KERNEL])
_OBJECTS = {**zeros(), KERNEL: np.full(SHAPES[KERNEL], "x", object)}
_SOUND = zipped(_members())
WEIGHTS: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "no zip"),
    "text": (b"garbage, garbage, garbage", "doesn't end as a zip"),
    "cut-off": (blank_weights()[:-9], "doesn't end as a zip"),
    "without-its-beginning": (blank_weights()[200:], "can't be used"),
    "with-a-comment": (blank_weights() + b"x", "doesn't end as a zip"),
    "another-net": (packed({"dense/kernel": np.zeros((3, 4), "<f2")}), "must hold 8 arrays and holds 1"),
    "ten-thousand-members": (
        zipped([(f"{number}.npy", b"") for number in range(300)]),
        "must hold 8 arrays|the most it may have",
    ),
    "a-member-missing": (zipped([*_members()[1:], ("other.npy", b"")]), f"{KERNEL} isn't in it"),
    "a-member-twice": (zipped([*_members(), _members()[0]]), "must hold 8 arrays and holds 9"),
    "a-member-twice-for-another": (zipped([*_members()[:-1], _members()[0]]), "logits/bias isn't in it"),
    "a-way-out": (zipped([(f"../../{name}", content) for name, content in _members()]), "isn't in it"),
    "from-the-root": (zipped([(f"/{name}", content) for name, content in _members()]), "isn't in it"),
    **{
        f"all-{dtype[1:]}": (packed(zeros(dtype)), "plain array of float16|most it may have") for dtype in ("<f8", "<f4", "<i2")
    },
    "other-byte-order": (packed(zeros(">f2")), "plain array of float16"),
    "pickled-objects": (packed(_OBJECTS), "plain array of float16"),
    "structured": (_header(_SHAPE, "[('x', '<f2')]"), "plain array of float16"),
    "column-order": (_header(_SHAPE, order="True"), "plain array of float16"),
    "huge-shape": (_header("(1000000000, 1000000000)"), "has the shape"),
    "negative-shape": (_header("(-3, 3, 1, 16)"), "plain array of float16"),
    "shape-of-words": (_header("('3', 3, 1, 16)"), "plain array of float16"),
    "shape-of-code": (_header("(__import__('os').system('true'),)"), "plain array of float16"),
    "shape-transposed": (_header("(16, 1, 3, 3)"), "has the shape"),
    "deep-header": (_kernel(header="(" * 400), "plain array of float16"),
    "long-header": (_kernel(header=" " * 60_000), "plain array of float16"),
    "header-of-a-gigabyte": (
        zipped([(f"{KERNEL}.npy", b"\x93NUMPY\x02\x00" + struct.pack("<L", 2**30) + b" " * 1000), *_members()[1:]]),
        "plain array of float16",
    ),
    "array-cut-off": (zipped([(f"{KERNEL}.npy", npy(SHAPES[KERNEL])[:-2]), *_members()[1:]]), "another size"),
    "array-of-nothing": (zipped([(f"{KERNEL}.npy", b""), *_members()[1:]]), "plain array of float16"),
    "zip-bomb": (_kernel(more=bytes(2**24)), "another size"),
    "packed-with-bzip2": (zipped(_members(), zipfile.ZIP_BZIP2), "packed in an unknown way"),
    "packed-with-lzma": (zipped(_members(), zipfile.ZIP_LZMA), "packed in an unknown way"),
    "encrypted": (_patched(_SOUND, b"PK\x01\x02\x14\x03\x14\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01"), "encrypted"),
    "directory-elsewhere": (_SOUND[:-6] + struct.pack("<LH", 2**31, 0), "can't be used"),
    "directory-of-four-gigabytes": (_SOUND[:-10] + b"\xff" * 4 + _SOUND[-6:], "must hold 8 arrays"),
}
"""What is wrong → the bytes of weights.npz, which the card names by their right hash, and what must be said of the model."""


def write_weights_of(folder: Path, content: bytes, **changes: object) -> Path:
    """A sound card with these bytes for its weights, by their right hash."""
    write_blank(folder, weights_sha256=hashlib.sha256(content).hexdigest(), **changes)
    (folder / "weights.npz").write_bytes(content)
    return folder
