"""A decoded picture, strip by strip and the right way up, so that no second copy of a large one is held."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image

from medcore.errors import ReadingLimit
from medcore.reading.desk import Desk
from medcore.reading.held import Written, held
from medcore.reading.voxel_file import VoxelFile

MOST_MEGAPIXELS = 100
CUT = "The picture's colours are shown with 8 of their 16 bits."
_STRIP_PIXELS = 2**22
# The limit is checked here, in words, from the header.
Image.MAX_IMAGE_PIXELS = None


@dataclass(frozen=True, eq=False)
class Raster:
    """Pixels as they are stored: a decoded Pillow image or an array (rows, columns[, 3 or more]).

    `orientation` (1 to 8; TIFF 6.0, Orientation, and EXIF's is the same) turns them upright. `inverted` says that the decoder
    turned 8-bit grey round, and that 255 - value is what is stored. `owner` keeps the memory of an array that has none itself.
    """

    pixels: Image.Image | np.ndarray
    orientation: int = 1
    inverted: bool = False
    owner: object = None

    @property
    def shape(self) -> tuple[int, int]:
        """(rows, columns) of the upright picture."""
        rows, columns = self._stored_shape
        return (columns, rows) if self.orientation > 4 else (rows, columns)

    @property
    def _stored_shape(self) -> tuple[int, int]:
        if isinstance(self.pixels, Image.Image):
            return self.pixels.height, self.pixels.width
        return self.pixels.shape[0], self.pixels.shape[1]

    @property
    def is_grey(self) -> bool:
        """Whether every pixel is grey, also where it is stored as red, green and blue."""
        return all(strip.ndim == 2 or _has_equal_channels(strip) for strip in self.strips())

    @property
    def is_small(self) -> bool:
        """Whether it is one strip."""
        return self.shape[0] * self.shape[1] <= _STRIP_PIXELS

    def strips(self) -> Iterator[np.ndarray]:
        """The upright picture from top to bottom, some rows (rows, columns[, 3]) at a time."""
        rows, columns = self.shape
        step = rows if self.is_small else max(1, _STRIP_PIXELS // columns)
        for start in range(0, rows, step):
            yield self._strip(start, min(start + step, rows))

    def _strip(self, start: int, stop: int) -> np.ndarray:
        rows, columns = self._stored_shape
        lies = self.orientation > 4
        if self.orientation in (3, 4, 7, 8):
            length = columns if lies else rows
            start, stop = length - stop, length - start
        left, top, right, bottom = (start, 0, stop, rows) if lies else (0, start, columns, stop)
        if isinstance(self.pixels, Image.Image):
            stored = _grey_or_rgb(self.pixels.crop((left, top, right, bottom)))
        else:
            stored = self.pixels[top:bottom, left:right]
            stored = stored[..., :3] if stored.ndim == 3 else stored
        return _upright(255 - stored if self.inverted else stored, self.orientation)


def _upright(stored: np.ndarray, orientation: int) -> np.ndarray:
    turned = np.swapaxes(stored, 0, 1) if orientation > 4 else stored
    turned = turned[::-1] if orientation in (3, 4, 7, 8) else turned
    return turned[:, ::-1] if orientation in (2, 3, 6, 7) else turned


def _grey_or_rgb(image: Image.Image) -> np.ndarray:
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        return np.asarray(image)
    return np.asarray(image.convert("L" if image.mode in ("1", "L", "LA", "La") else "RGB"))


def _has_equal_channels(strip: np.ndarray) -> bool:
    return bool((strip[..., 0] == strip[..., 1]).all() and (strip[..., 0] == strip[..., 2]).all())


def check_size(name: str, rows: int, columns: int) -> None:
    """Raise ReadingLimit for a picture of more pixels than are decoded."""
    if rows * columns > MOST_MEGAPIXELS * 10**6:
        raise ReadingLimit(f"{name} is {columns} × {rows} pixels, more than {MOST_MEGAPIXELS} million; shrink it.")


def write_grey(name: str, rasters: Iterable[Raster], desk: Desk) -> Written:
    """Pictures of one size that are all grey, with all of their bits: (pictures, rows, columns)."""
    return _written(rasters, lambda strip: held(name, strip if strip.ndim == 2 else strip[..., 0]), desk)


def write_colours(rasters: Iterable[Raster], desk: Desk) -> Written:
    """Pictures of one size, as 8-bit (pictures, rows, columns, 3)."""
    return _written(rasters, _eight_bit, desk)


def _eight_bit(strip: np.ndarray) -> tuple[np.ndarray, tuple[str, ...]]:
    return (strip, ()) if strip.dtype == np.uint8 else ((strip >> 8).astype(np.uint8), (CUT,))


def _written(
    rasters: Iterable[Raster], values_of: Callable[[np.ndarray], tuple[np.ndarray, tuple[str, ...]]], desk: Desk
) -> Written:
    """All pictures in one file; one goes in as a whole, or row by row where it is large."""
    voxels, warnings, planes, pictures = VoxelFile(desk.new_path(), desk.limits.voxel_bytes), dict[str, None](), 0, 0
    for raster in rasters:
        for strip in raster.strips():
            values, said = values_of(strip)
            warnings |= dict.fromkeys(said)
            for plane in values[None] if raster.is_small else values:
                voxels.put(planes, plane)
                planes += 1
        pictures, shape = pictures + 1, raster.shape
    done = voxels.finish(planes)
    return Written(voxels.path, done.dtype, (pictures, *shape, *((3,) if done.dtype == np.uint8 else ())), tuple(warnings))
