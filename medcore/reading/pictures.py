"""PNG and JPEG: each file is a series of one image, without millimetres."""

import hashlib
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
    volume = Volume(pixels[None], None, "grey", None, "RGB" if colour else "MONOCHROME2", "image")
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
            return _grey_or_rgb(ImageOps.exif_transpose(opened))
    except _DAMAGED as error:
        raise UnreadableFile(damaged(source.name)) from error


def _grey_or_rgb(image: Image.Image) -> np.ndarray:
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        values = np.asarray(image)
        return values.astype(np.int16 if values.max() <= np.iinfo(np.int16).max else np.int32)
    if image.mode in ("1", "L", "LA"):
        return np.asarray(image.convert("L")).astype(np.int16)
    rgb = np.asarray(image.convert("RGB"))
    grey = (rgb[..., 0] == rgb[..., 1]).all() and (rgb[..., 0] == rgb[..., 2]).all()
    return rgb[..., 0].astype(np.int16) if grey else rgb
