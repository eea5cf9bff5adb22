"""PNG and JPEG: each file is a series of one image, without millimetres."""

import hashlib
import io
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from medcore.errors import ReadingLimit, UnreadableFile
from medcore.reading.desk import Desk, Source, damaged
from medcore.volume import Acquisition, Series, Volume

MOST_MEGAPIXELS = 100
# The limit is checked here, in words, from the header.
Image.MAX_IMAGE_PIXELS = None
_CUT = "The picture's colours are shown with 8 of their 16 bits."
_DAMAGED = (UnidentifiedImageError, OSError, SyntaxError, ValueError)


def read(sources: Sequence[Source], desk: Desk) -> Iterator[Series]:
    """One series a picture."""
    for source in sources:
        desk.advance(source.name)
        series = desk.attempt(source.name, picture, source)
        desk.advance(source.name)
        if series is not None:
            yield series


def picture(source: Source) -> Series:
    """The picture as it is meant to be seen: its EXIF orientation is applied. A colour picture of equal channels is grey."""
    pixels = _pixels(source)
    colour = pixels.ndim == 3
    warnings = (_CUT,) if colour and _is_deep(source) else ()
    volume = Volume(pixels[None], None, "grey", None, "RGB" if colour else "MONOCHROME2", "image", warnings=warnings)
    return Series(f"picture-{content_hash(source.path)}", "Picture", volume, Acquisition(), {}, (source.name,))


def content_hash(path: Path) -> str:
    """12 hex digits of the file's SHA-256."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:12]


def _pixels(source: Source) -> np.ndarray:
    try:
        with Image.open(source.path, formats=("PNG", "JPEG")) as opened:
            if opened.width * opened.height > MOST_MEGAPIXELS * 10**6:
                raise ReadingLimit(
                    f"{source.name} is {opened.width} × {opened.height} pixels, more than {MOST_MEGAPIXELS} million; shrink it."
                )
            deep = _deep_grey(source, opened) if _is_deep(source) else None
            return _grey_or_rgb(ImageOps.exif_transpose(deep or opened))
    except _DAMAGED as error:
        raise UnreadableFile(damaged(source.name)) from error


def _is_deep(source: Source) -> bool:
    """Whether this is a PNG of 16 bits and several channels, of which Pillow keeps 8."""
    head = source.head
    return head.startswith(b"\x89PNG") and head[24] == 16 and head[25] in (2, 4, 6)


def _deep_grey(source: Source, opened: Image.Image) -> Image.Image | None:
    """The grey of a deep picture with all of its bits, or None where it has colours."""
    values = _grey_beside_alpha(source) if source.head[25] == 4 else _equal_channels(source)
    if values is None:
        return None
    grey = Image.fromarray(values)
    grey.info["exif"] = opened.getexif().tobytes()
    return grey


def _grey_beside_alpha(source: Source) -> np.ndarray:
    """Grey and alpha of 16 bits are stored as red, green, blue and alpha of 8 bits are, so they are read as that."""
    content = bytearray(source.path.read_bytes())
    content[24:26] = 8, 6
    content[29:33] = zlib.crc32(content[12:29]).to_bytes(4, "big")
    with Image.open(io.BytesIO(content), formats=("PNG",)) as halves:
        high, low = (np.asarray(half, np.uint16) for half in halves.split()[:2])
    return high << 8 | low


def _equal_channels(source: Source) -> np.ndarray | None:
    import SimpleITK as sitk  # noqa: N813  0.1 s and 300 MB of address space that few files need

    try:
        colours = sitk.GetArrayFromImage(sitk.ReadImage(str(source.path), imageIO="PNGImageIO"))[..., :3]
    except RuntimeError as error:
        raise UnreadableFile(damaged(source.name)) from error
    equal = (colours[..., 0] == colours[..., 1]).all() and (colours[..., 0] == colours[..., 2]).all()
    return np.ascontiguousarray(colours[..., 0]) if equal else None


def _grey_or_rgb(image: Image.Image) -> np.ndarray:
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        values = np.asarray(image)
        return values.astype(np.int16 if values.max() <= np.iinfo(np.int16).max else np.int32)
    if image.mode in ("1", "L", "LA"):
        return np.asarray(image.convert("L")).astype(np.int16)
    rgb = np.asarray(image.convert("RGB"))
    grey = (rgb[..., 0] == rgb[..., 1]).all() and (rgb[..., 0] == rgb[..., 2]).all()
    return rgb[..., 0].astype(np.int16) if grey else rgb
