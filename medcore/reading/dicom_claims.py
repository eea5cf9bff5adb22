"""What a DICOM header promises of its pixels, against the bytes that are there and what may be held; before a decoder runs."""

import struct
from typing import Any

from pydicom import uid
from pydicom.dataelem import RawDataElement

from medcore.errors import ReadingLimit, UnreadableFile
from medcore.reading.desk import Desk
from medcore.reading.jpeg import size_of

_MOST_FRAMES = 100_000
# How many samples a byte can stand for at most: 128 in two bytes (PackBits), one bit a sample (lossless JPEG), two bits a
# block of 64 (JPEG). JPEG-LS and JPEG 2000 say an empty picture in a few bytes.
_SAMPLES_PER_BYTE = {
    uid.RLELossless: 64,
    uid.JPEGLossless: 8,
    uid.JPEGLosslessSV1: 8,
    uid.JPEGBaseline8Bit: 256,
    uid.JPEGExtended12Bit: 256,
}
_HEAD_BYTES = 2**16


def check_claims(file: Any, desk: Desk) -> None:
    """Raise ReadingLimit where a DicomFile promises more than may be held, and UnreadableFile where its bytes can't hold it."""
    _check_numbers(file)
    _check_size(file, desk)
    if file.syntax.is_encapsulated:
        _check_encapsulated(file)
    elif stored_bytes(file) < promised_bytes(file) or _ends_after_file(file):
        raise cut_off(file.name)


def cut_off(name: str) -> UnreadableFile:
    """The error for a file that ends before its pixels do."""
    return UnreadableFile(f"{name} is cut off: it ends before all of its pixels; export or copy it again.")


def pixels_of(file: Any) -> int:
    """How many pixels the header promises, in all frames."""
    return int(file.get("Rows")) * int(file.get("Columns")) * int(file.frames)


def decoded_bytes(file: Any) -> int:
    """How many bytes the decoded pixels take."""
    return pixels_of(file) * int(file.get("SamplesPerPixel") or 1) * -(-int(file.get("BitsAllocated")) // 8)


def promised_bytes(file: Any) -> int:
    """How many bytes of uncompressed pixels the header promises."""
    values = pixels_of(file) * int(file.get("SamplesPerPixel") or 1)
    if file.get("PhotometricInterpretation") in ("YBR_FULL_422", "YBR_PARTIAL_422"):
        values = values * 2 // 3
    return (values * int(file.get("BitsAllocated")) + 7) // 8


def stored_bytes(file: Any) -> int:
    """How many bytes the pixel element holds."""
    pixels = file.pixels
    return int(pixels.length) if is_on_disk(pixels) else len(pixels.value or b"")


def is_on_disk(pixels: Any) -> bool:
    """Whether the element's value wasn't read with the header."""
    return isinstance(pixels, RawDataElement) and pixels.value is None


def _check_numbers(file: Any) -> None:
    bits, samples = int(file.get("BitsAllocated")), int(file.get("SamplesPerPixel") or 1)
    if bits not in (1, 8, 16, 32, 64) or samples not in (1, 3, 4):
        raise UnreadableFile(
            f"{file.name} claims {_count(samples, 'sample')} a pixel of {bits} bits, which no image has; export it again."
        )
    stored, pixel_size = int(file.get("BitsStored") or bits), file.pixels.tag.element
    if pixel_size == 0x0010 and not 0 < stored <= bits:
        raise UnreadableFile(f"{file.name} claims {stored} bits stored of {bits} allocated; export it again.")


def _check_size(file: Any, desk: Desk) -> None:
    most = desk.limits.voxel_bytes
    if decoded_bytes(file) > most or file.frames > _MOST_FRAMES:
        raise ReadingLimit(
            f"{file.name} claims {_count(file.frames, 'frame')} of {file.get('Columns')} × {file.get('Rows')} pixels, more "
            f"than the {most >> 20} MB that can be held; check the file, or raise LIGHTBOX_VOLUME_MEGABYTES."
        )
    if file.syntax.is_encapsulated and decoded_bytes(file) > file.frames * desk.limits.at_once_bytes:
        raise ReadingLimit(
            f"{file.name} claims {file.get('Columns')} × {file.get('Rows')} pixels in one compressed piece, more than can be "
            "decoded at once; export it uncompressed, or raise LIGHTBOX_READING_MEGABYTES."
        )


def _count(number: int, word: str) -> str:
    return f"{number} {word}{'s' * (number != 1)}"


def _ends_after_file(file: Any) -> bool:
    pixels = file.pixels
    return is_on_disk(pixels) and pixels.value_tell + pixels.length > file.path.stat().st_size


def _check_encapsulated(file: Any) -> None:
    stored = stored_bytes(file)
    if stored == 0:
        raise cut_off(file.name)
    most = stored * _SAMPLES_PER_BYTE.get(file.syntax, 2**40)
    if pixels_of(file) > most:
        raise cut_off(file.name)
    size = _codestream_size(file)
    if size is not None and size != (int(file.get("Rows")), int(file.get("Columns"))):
        raise UnreadableFile(
            f"{file.name} says {file.get('Columns')} × {file.get('Rows')} pixels in its header and {size[1]} × {size[0]} in "
            "its compressed image; export it again."
        )


def _codestream_size(file: Any) -> tuple[int, int] | None:
    """(rows, columns) as the first compressed frame itself says; None where it doesn't in its first bytes."""
    head = _first_fragment(_head(file))
    j2k = head.find(b"\xff\x4f\xff\x51", 0, 256)
    if j2k >= 0 and len(head) >= j2k + 24:
        right, bottom, left, top = struct.unpack(">4I", head[j2k + 8 : j2k + 24])
        return bottom - top, right - left
    return size_of(head) if head[:2] == b"\xff\xd8" else None


def _head(file: Any) -> bytes:
    if not is_on_disk(file.pixels):
        return bytes(file.pixels.value[:_HEAD_BYTES])
    with file.path.open("rb") as opened:
        opened.seek(file.pixels.value_tell)
        return bytes(opened.read(_HEAD_BYTES))


def _first_fragment(head: bytes) -> bytes:
    """What follows the basic offset table and the next item's tag and length (PS3.5 A.4)."""
    if head[:4] != b"\xfe\xff\x00\xe0" or len(head) < 8:
        return b""
    return head[16 + int.from_bytes(head[4:8], "little") :]
