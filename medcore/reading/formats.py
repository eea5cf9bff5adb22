"""Which reader takes a file, by its first bytes; a newcomer adds a format with a module and an entry in READERS."""

import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib import import_module

from medcore.reading.desk import HEAD_BYTES, Desk, Source
from medcore.volume import Series

_EXPLICIT_VRS = {b"UL", b"UI", b"CS", b"SH", b"LO", b"DA", b"TM", b"OB", b"UN", b"PN", b"DT"}


@dataclass(frozen=True)
class Format:
    """A file format: `matches` looks at a file's first bytes, and `module` holds `read(sources, desk)`.

    The module is imported on first use, so that a child which reads DICOM needn't load the other libraries.
    """

    name: str
    matches: Callable[[bytes], bool]
    module: str

    def read(self, sources: Sequence[Source], desk: Desk) -> Iterator[Series]:
        """The series in all of one upload's files of this format."""
        found: Iterator[Series] = import_module(self.module).read(sources, desk)
        return found


def looks_like_dicom(head: bytes) -> bool:
    """Whether the bytes are DICOM, with its preamble or, as some scanners write it, from the first element on (PS3.10)."""
    return head[128:132] == b"DICM" or _begins_with_element(head)


def _begins_with_element(head: bytes) -> bool:
    group, element = head[:2], head[2:4]
    if group not in (b"\x02\x00", b"\x08\x00", b"\x00\x08") or len(head) < 16:
        return False
    little = group != b"\x00\x08"
    number = int.from_bytes(element, "little" if little else "big")
    short_length = int.from_bytes(head[4:8], "little") < HEAD_BYTES
    return number < 0x0100 and (head[4:6] in _EXPLICIT_VRS or (little and short_length))


def looks_like_nifti(head: bytes) -> bool:
    """Whether the bytes are a NIfTI 1 or 2, one file or a pair's header, or an Analyze header; plain or behind gzip."""
    plain = _inflated(head) if head[:2] == b"\x1f\x8b" else head
    analyze = len(plain) == 348 and plain[:4] in (b"\x5c\x01\0\0", b"\0\0\x01\x5c")
    return analyze or plain[344:348] in (b"n+1\0", b"ni1\0") or plain[4:8] in (b"n+2\0", b"ni2\0")


def _inflated(head: bytes) -> bytes:
    try:
        return zlib.decompressobj(wbits=31).decompress(head, HEAD_BYTES)
    except zlib.error:
        return b""


def looks_like_picture(head: bytes) -> bool:
    """Whether the bytes are a PNG or a JPEG."""
    return head.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff"))


def looks_like_tiff(head: bytes) -> bool:
    """Whether the bytes are a TIFF or a BigTIFF."""
    return head.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"))


def looks_like_zip(head: bytes) -> bool:
    """Whether the bytes are a zip archive."""
    return head.startswith((b"PK\x03\x04", b"PK\x05\x06"))


READERS: tuple[Format, ...] = (
    Format("DICOM", looks_like_dicom, "medcore.reading.dicom"),
    Format("NIfTI", looks_like_nifti, "medcore.reading.nifti"),
    Format("PNG or JPEG", looks_like_picture, "medcore.reading.pictures"),
    Format("TIFF", looks_like_tiff, "medcore.reading.tiff"),
)
