"""What the broken files are built from: a draft, and DICOM, PNG and deflate streams written byte by byte."""

import hashlib
import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from pydicom.datadict import dictionary_VR, tag_for_keyword

# What is to be expected: "warned" is refused, or read with a warning; "either" is anything that is said in words.
Expected = Literal["refused", "read", "warned", "either"]
Value = bytes | str | int | float | None

IMPLICIT, EXPLICIT, BIG_ENDIAN = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"
DEFLATED, RLE = "1.2.840.10008.1.2.1.99", "1.2.840.10008.1.2.5"
JPEG, JPEG_EXTENDED, JPEG_LOSSLESS = "1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51", "1.2.840.10008.1.2.4.70"
JPEG_LS, J2K_LOSSLESS, J2K, HTJ2K = (f"1.2.840.10008.1.2.4.{number}" for number in (80, 90, 91, 201))
CT_CLASS, SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.7"
UNDEFINED = 0xFFFFFFFF
ITEM, ITEM_END, SEQUENCE_END = 0xFFFEE000, 0xFFFEE00D, 0xFFFEE0DD
PATIENT = "Secret^Patient"
_LONG = ("OB", "OW", "OF", "OD", "OL", "OV", "SQ", "UN", "UC", "UR", "UT")
_PACKED = {"US": "<H", "SS": "<h", "UL": "<I", "FD": "<d", "FL": "<f"}
RAMP = (np.arange(64 * 64, dtype=np.int16) % 1000).tobytes()
_SLICE: dict[str, Value] = {
    "SOPClassUID": CT_CLASS,
    "Modality": "CT",
    "PatientName": PATIENT,
    "PatientID": "P1",
    "StudyInstanceUID": "1.2.3",
    "SamplesPerPixel": 1,
    "PhotometricInterpretation": "MONOCHROME2",
    "Rows": 64,
    "Columns": 64,
    "BitsAllocated": 16,
    "BitsStored": 16,
    "HighBit": 15,
    "PixelRepresentation": 1,
    "PixelSpacing": "0.5\\0.5",
    "ImageOrientationPatient": "1\\0\\0\\0\\1\\0",
    "ImagePositionPatient": "0\\0\\0",
    "RescaleSlope": "1",
    "RescaleIntercept": "-1024",
}


@dataclass(frozen=True)
class Draft:
    """A broken upload before it is written: one file's content, or a folder's files by their relative names."""

    name: str
    content: bytes | dict[str, bytes]
    expected: Expected = "either"
    word: str = ""


def explicit(tag: int, vr: str, value: bytes = b"", length: int | None = None) -> bytes:
    """A data element of explicit VR, little endian; `length` may lie."""
    size = len(value) if length is None else length
    head = struct.pack("<HH", tag >> 16, tag & 0xFFFF) + vr.encode("latin-1")
    return head + (struct.pack("<HI", 0, size) if vr in _LONG else struct.pack("<H", size & 0xFFFF)) + value


def implicit(tag: int, value: bytes = b"", length: int | None = None) -> bytes:
    """A data element of implicit VR, or an item or a delimiter, little endian; `length` may lie."""
    return struct.pack("<HHI", tag >> 16, tag & 0xFFFF, len(value) if length is None else length) + value


def written(vr: str, value: Value) -> bytes:
    """A value's bytes, padded to an even length; bytes stay as they are."""
    if isinstance(value, bytes) or value is None:
        return value or b""
    if vr in _PACKED:
        return struct.pack(_PACKED[vr], value)
    text = str(value).encode("latin-1")
    return text + (b"\0" if vr == "UI" else b" ") * (len(text) % 2)


def meta(syntax: str | None, sop_class: str = CT_CLASS) -> bytes:
    """The preamble and the file meta information."""
    elements = explicit(0x00020002, "UI", written("UI", sop_class)) + explicit(0x00020003, "UI", written("UI", "1.2.3.4.5"))
    if syntax is not None:
        elements += explicit(0x00020010, "UI", written("UI", syntax))
    return b"\0" * 128 + b"DICM" + explicit(0x00020000, "UL", struct.pack("<I", len(elements))) + elements


def body(
    *, is_implicit: bool = False, salt: str = "", extra: bytes = b"", pixels: bytes | None = RAMP, **values: Value
) -> bytes:
    """A CT slice's elements in the order of their tags, `values` on top (None leaves one out), `extra` before the pixels.

    Its UIDs follow from its content and `salt`, so that no two are taken for copies of each other.
    """
    digest = hashlib.blake2b(repr((salt, values, extra, pixels)).encode(), digest_size=12).hexdigest()
    own = f"2.25.{int(digest, 16)}"
    together = _SLICE | {"SOPInstanceUID": own, "SeriesInstanceUID": own} | values
    found = []
    for keyword, value in sorted(together.items(), key=lambda pair: tag_for_keyword(pair[0]) or 0):
        tag, vr = tag_for_keyword(keyword) or 0, dictionary_VR(keyword).split(" or ")[0]
        if value is not None:
            content = written(vr, value)
            found.append(implicit(tag, content) if is_implicit else explicit(tag, vr, content))
    if pixels is not None:
        found.append(implicit(0x7FE00010, pixels) if is_implicit else explicit(0x7FE00010, "OW", pixels))
    first = [one for one in found if one[:2] != b"\xe0\x7f"]
    return b"".join(first) + extra + b"".join(one for one in found if one[:2] == b"\xe0\x7f")


def dicom(syntax: str | None = EXPLICIT, *, pixels: bytes | None = RAMP, extra: bytes = b"", **values: Value) -> bytes:
    """A whole CT slice of 64 × 64; without `values` it is read without a complaint."""
    return meta(syntax) + body(is_implicit=syntax == IMPLICIT, salt=str(syntax), pixels=pixels, extra=extra, **values)


def items(*contents: bytes, table: bytes = b"") -> bytes:
    """An encapsulated pixel element (PS3.5 A.4) with its Basic Offset Table and fragments."""
    fragments = b"".join(implicit(ITEM, content + b"\0" * (len(content) % 2)) for content in (table, *contents))
    return explicit(0x7FE00010, "OB", fragments + implicit(SEQUENCE_END), UNDEFINED)


def encapsulated(syntax: str, *contents: bytes, table: bytes = b"", **values: Value) -> bytes:
    """A CT slice whose pixels are the fragments `contents`."""
    return dicom(syntax, pixels=None, extra=items(*contents, table=table), **values)


def sequence(tag: int, contents: Iterable[bytes], length: int | None = None) -> bytes:
    """An explicit sequence of items of a stated length each."""
    return explicit(tag, "SQ", b"".join(implicit(ITEM, content) for content in contents), length)


def zeros_deflated(megabytes: int, prefix: bytes = b"") -> bytes:
    """A raw deflate stream of `prefix` and then zeros, built in no time: one flushed block again and again."""
    packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    head = packer.compress(prefix) + packer.flush(zlib.Z_FULL_FLUSH)
    block = packer.compress(b"\0" * 2**22) + packer.flush(zlib.Z_FULL_FLUSH)
    return head + block * (megabytes // 4) + packer.flush()


def chunk(kind: bytes, data: bytes, length: int | None = None) -> bytes:
    """A PNG chunk; `length` may lie."""
    return struct.pack(">I", len(data) if length is None else length) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(
    width: int, height: int, idat: bytes, *, depth: int = 8, colour: int = 0, extra: bytes = b"", interlace: int = 0
) -> bytes:
    """A PNG with the given header, whatever its pixels are."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace))
    return b"\x89PNG\r\n\x1a\n" + head + extra + chunk(b"IDAT", idat) + chunk(b"IEND", b"")
