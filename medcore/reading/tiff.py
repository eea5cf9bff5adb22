"""TIFF: pages of one size are the frames of one series, each other page is a series of its own; without millimetres."""

import math
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from medcore.errors import NoImage, ReadingLimit, UnreadableFile
from medcore.reading import tiff_pages
from medcore.reading.desk import Desk, Source, damaged
from medcore.reading.held import Written
from medcore.reading.itk import itk_raster
from medcore.reading.jpeg import check_picture
from medcore.reading.pictures import content_hash
from medcore.reading.raster import Raster, check_size, write_colours, write_grey
from medcore.reading.tiff_pages import Page, lay_bare, pages
from medcore.volume import Acquisition, Photometric, Series, Volume

_WHITE_IS_ZERO, _BLACK_IS_ZERO, _RGB, _MASK = 0, 1, 2, 4
_UNSIGNED, _SIGNED, _FLOAT = 1, 2, 3
# Uncompressed, LZW, both names of Deflate, PackBits: what SimpleITK's libtiff decodes to exact values.
_EXACT = {1, 5, 8, 32946, 32773}
_JPEG = 7
_DAMAGED = (OSError, RuntimeError, SyntaxError, ValueError, EOFError)


def read(sources: Sequence[Source], desk: Desk) -> Iterator[Series]:
    """One series for all pages of one size and kind."""
    for source in sources:
        desk.advance(source.name)
        found = desk.attempt(source.name, _stacks, source, desk)
        desk.advance(source.name)
        if found is not None:
            yield from _series(source, found)


def _stacks(source: Source, desk: Desk) -> list[tuple[Photometric, Written]]:
    """The pages of each size and kind, written out: a file of which one page fails gives none."""
    stacks: dict[tuple[int, ...], list[Page]] = {}
    for page in pages(source.path, source.name):
        if page.one(tiff_pages.PHOTOMETRIC, _WHITE_IS_ZERO) != _MASK:
            stacks.setdefault(_kind(page), []).append(page)
    _check(source.name, stacks, desk)
    bare = desk.new_path()
    try:
        return [_written(source, stack, bare, desk) for stack in stacks.values()]
    finally:
        bare.unlink(missing_ok=True)


def _kind(page: Page) -> tuple[int, ...]:
    """What pages of one series have in common: size, and whether they are grey, and which end of it is white."""
    rows, columns = page.tags[tiff_pages.HEIGHT][0], page.tags[tiff_pages.WIDTH][0]
    photometric = page.one(tiff_pages.PHOTOMETRIC, _WHITE_IS_ZERO)
    return (columns, rows, min(photometric, _RGB)) if _orientation(page) > 4 else (rows, columns, min(photometric, _RGB))


def _orientation(page: Page) -> int:
    said = page.one(tiff_pages.ORIENTATION, 1)
    return said if 1 <= said <= 8 else 1


def _check(name: str, stacks: dict[tuple[int, ...], list[Page]], desk: Desk) -> None:
    for rows, columns, _ in stacks:
        check_size(name, rows, columns)
    needed = sum(math.prod(kind[:2]) * (3 if kind[2] == _RGB else 2) * len(stack) for kind, stack in stacks.items())
    if needed > desk.limits.voxel_bytes:
        raise ReadingLimit(f"{name} holds {needed >> 20} MB of pixels, more than can be held; save a part of its pages.")
    desk.expect(needed)


def _written(source: Source, stack: list[Page], bare: Path, desk: Desk) -> tuple[Photometric, Written]:
    photometric = stack[0].one(tiff_pages.PHOTOMETRIC, _WHITE_IS_ZERO)
    if photometric < _RGB or all(raster.is_grey for raster in _rasters(source, stack, bare)):
        shown: Photometric = "MONOCHROME1" if photometric == _WHITE_IS_ZERO else "MONOCHROME2"
        return shown, write_grey(source.name, _rasters(source, stack, bare), desk)
    return "RGB", write_colours(_rasters(source, stack, bare), desk)


def _rasters(source: Source, stack: Iterable[Page], bare: Path) -> Iterator[Raster]:
    for page in stack:
        lay_bare(source.path, page, bare)
        yield _raster(source.name, page, bare)


def _raster(name: str, page: Page, bare: Path) -> Raster:
    """One page's pixels as they are stored."""
    try:
        if _is_exact(page):
            return _checked(name, page, itk_raster(bare, "TIFFImageIO", _orientation(page)))
        return _by_pillow(name, page, bare)
    except UnidentifiedImageError as error:
        raise _unknown(name) from error
    except _DAMAGED as error:
        raise UnreadableFile(damaged(name)) from error


def _is_exact(page: Page) -> bool:
    """Whether SimpleITK decodes the page to its stored values; tiles and 1, 2 or 4 bits it would turn into 8-bit colours."""
    photometric, bits = page.one(tiff_pages.PHOTOMETRIC, _WHITE_IS_ZERO), page.bits
    plain = page.one(tiff_pages.COMPRESSION, 1) in _EXACT and not page.is_tiled
    grey = photometric in (_WHITE_IS_ZERO, _BLACK_IS_ZERO) and bits in ((8,), (16,), (32,))
    deep = photometric == _RGB and set(bits) == {16} and page.one(tiff_pages.PLANAR, 1) == 1
    return plain and (grey or deep)


def _checked(name: str, page: Page, raster: Raster) -> Raster:
    """The raster, if it is what the page says; where SimpleITK can't keep the values it gives others."""
    kind = {_UNSIGNED: "u", _SIGNED: "i", _FLOAT: "f"}.get(page.one(tiff_pages.SAMPLE_FORMAT, _UNSIGNED))
    rows, columns, samples = page.tags[tiff_pages.HEIGHT][0], page.tags[tiff_pages.WIDTH][0], len(page.bits)
    pixels = np.asarray(raster.pixels)
    shape = (rows, columns, samples) if samples > 1 else (rows, columns)
    if pixels.dtype.kind != kind or pixels.dtype.itemsize * 8 != page.bits[0] or pixels.shape != shape:
        raise _unknown(name)
    return raster


def _by_pillow(name: str, page: Page, bare: Path) -> Raster:
    grey = page.one(tiff_pages.PHOTOMETRIC, _WHITE_IS_ZERO) in (_WHITE_IS_ZERO, _BLACK_IS_ZERO)
    if grey and not _is_sound(page):
        raise _unknown(name)
    if page.one(tiff_pages.COMPRESSION, 1) == _JPEG:
        _check_jpegs(name, page, bare)
    with Image.open(bare, formats=("TIFF",)) as opened:
        if opened.mode == "LAB":
            raise _unknown(name)
        opened.load()
        white = page.one(tiff_pages.PHOTOMETRIC, _WHITE_IS_ZERO) == _WHITE_IS_ZERO
        return Raster(opened, _orientation(page), inverted=white and page.bits[0] <= 8)


def _check_jpegs(name: str, page: Page, bare: Path) -> None:
    """Each strip or tile is a JPEG, of which the tables may lie beside (TIFF technical note 2)."""
    tables = bytes(page.tags.get(tiff_pages.JPEG_TABLES, ()))
    with bare.open("rb") as file:
        for piece in page.pieces(file):
            check_picture(name, tables[:-2] + piece[2:] if tables else piece)


def _is_sound(page: Page) -> bool:
    """Whether Pillow 13 keeps the values: it mixes up signed and unsigned 8 and 32 bits, and the bytes of big-endian ones."""
    bits, format_ = page.bits[0], page.one(tiff_pages.SAMPLE_FORMAT, _UNSIGNED)
    if format_ == _UNSIGNED:
        return bits <= 16
    return bits > 8 and page.layout.order == "<"


def _unknown(name: str) -> NoImage:
    return NoImage(f"{name} is a TIFF whose way of storing pixels isn't known here; save it uncompressed, with 8 or 16 bits.")


def _series(source: Source, stacks: list[tuple[Photometric, Written]]) -> Iterator[Series]:
    uid = f"picture-{content_hash(source.path)}"
    for number, (photometric, written) in enumerate(stacks, 1):
        several = written.shape[0] > 1
        volume = Volume(
            voxels=written.mapped(),
            affine=None,
            unit="grey",
            modality=None,
            photometric=photometric,
            kind="frames" if several else "image",
            warnings=written.warnings,
        )
        own = uid if len(stacks) == 1 else f"{uid}.{number}"
        yield Series(own, "Pictures" if several else "Picture", volume, Acquisition(), {}, (source.name,))
