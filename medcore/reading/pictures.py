"""PNG and JPEG: each file is a series of one image, without millimetres."""

import hashlib
import io
import os
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import ExifTags, Image, UnidentifiedImageError

from medcore.errors import LightboxError, NoImage, UnreadableFile
from medcore.reading.desk import Desk, Source, damaged
from medcore.reading.itk import itk_raster
from medcore.reading.jpeg import check_picture, ended
from medcore.reading.raster import Raster, check_size, write_colours, write_grey
from medcore.volume import Acquisition, Photometric, Series, Volume

_DAMAGED = (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError, zlib.error)
# JPEG's frame markers (ITU-T T.81, table B.1).
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_PNG = b"\x89PNG\r\n\x1a\n"
_CHUNK_BYTES = 2**20


def read(sources: Sequence[Source], desk: Desk) -> Iterator[Series]:
    """One series a picture."""
    for source in sources:
        desk.advance(source.name)
        series = desk.attempt(source.name, picture, source, desk)
        desk.advance(source.name)
        if series is not None:
            yield series


def picture(source: Source, desk: Desk) -> Series:
    """The picture as it is meant to be seen: its EXIF orientation is applied. A colour picture of equal channels is grey."""
    raster, warnings = _raster(source, desk)
    grey = raster.is_grey
    written = write_grey(source.name, [raster], desk) if grey else write_colours([raster], desk)
    photometric: Photometric = "MONOCHROME2" if grey else "RGB"
    volume = Volume(written.mapped(), None, "grey", None, photometric, "image", warnings=warnings + written.warnings)
    return Series(f"picture-{content_hash(source.path)}", "Picture", volume, Acquisition(), {}, (source.name,))


def content_hash(path: Path) -> str:
    """12 hex digits of the file's SHA-256."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:12]


def _raster(source: Source, desk: Desk) -> tuple[Raster, tuple[str, ...]]:
    try:
        content = source.path if source.head.startswith(_PNG) else io.BytesIO(ended(source.path.read_bytes()))
        with Image.open(content, formats=("PNG", "JPEG")) as opened:
            check_size(source.name, opened.height, opened.width)
            desk.expect(opened.height * opened.width * len(opened.getbands()))
            _check_whole(source, content)
            opened.load()  # a PNG may say its orientation behind its pixels
            orientation, several = opened.getexif().get(ExifTags.Base.Orientation, 1), _several(opened)
            if not _is_deep(source):
                return Raster(opened, orientation), several
            opened.close()  # the next decoder needs the room
        return _deep(source, orientation), several
    except (*_DAMAGED, RuntimeError) as error:
        raise _unreadable(source) from error


def _check_whole(source: Source, content: Path | io.BytesIO) -> None:
    """Raise where the picture's own sums or data say that it isn't what was saved: Pillow looks at neither."""
    if isinstance(content, io.BytesIO):
        check_picture(source.name, content.getvalue())
    elif not _is_sound(source.path):
        raise UnreadableFile(damaged(source.name))


def _is_sound(png: Path) -> bool:
    """Whether what the pixels hang on is whole: each critical chunk's sum is right (PNG, 5.3), and a palette is there."""
    kinds = set()
    with png.open("rb") as file:
        colour = file.read(26)[25]
        file.seek(len(_PNG))
        while len(head := file.read(8)) == 8 and b"IEND" not in kinds:
            kind, length = head[4:], int.from_bytes(head[:4], "big")
            if kind[:1].islower():
                file.seek(length + 4, os.SEEK_CUR)
            elif _sum_of_chunk(file, kind, length) != file.read(4):
                return kind == b"IEND"
            kinds.add(kind)
    return colour != 3 or b"PLTE" in kinds


def _sum_of_chunk(file: BinaryIO, kind: bytes, length: int) -> bytes:
    found = zlib.crc32(kind)
    for start in range(0, length, _CHUNK_BYTES):
        part = file.read(min(_CHUNK_BYTES, length - start))
        found = zlib.crc32(part, found)
        if not part:
            break
    return found.to_bytes(4, "big")


def _several(opened: Image.Image) -> tuple[str, ...]:
    count = getattr(opened, "n_frames", 1) if opened.format == "PNG" else 1
    return (f"The file holds {count} pictures, one after another: the first is shown.",) if count > 1 else ()


def _is_deep(source: Source) -> bool:
    """Whether this is a PNG of 16 bits and several channels, of which Pillow keeps 8."""
    head = source.head
    return head.startswith(_PNG) and head[24] == 16 and head[25] in (2, 4, 6)


def _deep(source: Source, orientation: int) -> Raster:
    if source.head[25] == 4:
        return Raster(_grey_beside_alpha(source), orientation)
    return itk_raster(source.path, "PNGImageIO", orientation)


def _grey_beside_alpha(source: Source) -> np.ndarray:
    """Grey and alpha of 16 bits are stored as red, green, blue and alpha of 8 bits are, so they are read as that."""
    content = bytearray(source.path.stat().st_size)
    with source.path.open("rb") as file:
        file.readinto(content)
    content[24:26] = 8, 6
    content[29:33] = zlib.crc32(content[12:29]).to_bytes(4, "big")
    with Image.open(io.BytesIO(content), formats=("PNG",)) as halves:
        grey = np.empty((halves.height, halves.width), np.uint16)
        for row in range(halves.height):
            line = np.asarray(halves.crop((0, row, halves.width, row + 1)), np.uint16)[0]
            grey[row] = line[:, 0] << 8 | line[:, 1]
    return grey


def _unreadable(source: Source) -> LightboxError:
    bits = _bits_of_jpeg(source.path) if source.head.startswith(b"\xff\xd8") else None
    if bits is not None and bits != 8:
        return NoImage(f"{source.name} is a JPEG of {bits} bits, of which 8 can be read; save it as a PNG or TIFF of 16 bits.")
    return UnreadableFile(damaged(source.name))


def _bits_of_jpeg(path: Path) -> int | None:
    """The bits a sample, from the frame header (ITU-T T.81, B.2.2); None where there is none."""
    with path.open("rb") as file:
        file.seek(2)
        while len(marker := file.read(4)) == 4 and marker[0] == 0xFF:
            if marker[1] in _FRAMES:
                return file.read(1)[0]
            file.seek(int.from_bytes(marker[2:], "big") - 2, os.SEEK_CUR)
    return None
