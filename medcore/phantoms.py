"""Films and a CT that the project draws itself, with known findings, for tests and the demo; the same seed, the same picture.

Nobody is in them, and no model was made for them: a score on a phantom shows that the machinery works, not that it is right.
"""

import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from scipy import ndimage

from medcore.errors import InvalidValue
from medcore.volume import Acquisition, Series, Volume, Window

Place = tuple[int, int]
SMALLEST = 16
LEAST_LABELLED = 30
_SET_SIZE, _FILMS_A_PATIENT = (128, 128), 3


@dataclass(frozen=True)
class Sphere:
    """A ball of one CT number: its centre in patient mm (left, posterior, superior), radius in mm, and HU."""

    centre_mm: tuple[float, float, float]
    radius_mm: float
    hu: int


# Those of `ct_series`, from the nodule in the lung to the densest; none touches another.
CT_SPHERES = (Sphere((-60, 10, 1050), 12, 40), Sphere((55, -25, 1030), 8, 100), Sphere((0, 50, 1040), 14, 700))
CT_AFFINE = np.array([[0, 0, 2.5, -120], [0, 2.5, 0, -90], [5, 0, 0, 1000], [0, 0, 0, 1]], dtype=np.float64)
CT_AFFINE.setflags(write=False)
_AIR, _FAT_AND_MUSCLE, _LUNG = -1000, 30, -850
_SPOT_GREY = 40


def plain_film(seed: int, size: tuple[int, int] = (256, 256)) -> Volume:
    """A grey, textured film of `size` (rows, columns) with nothing on it; int16 grey levels 0..255.

    Raises InvalidValue under 16 rows or columns.
    """
    return _film(_texture(_generator(seed, size), size))


def film_with_blob(seed: int, size: tuple[int, int] = (256, 256)) -> tuple[Volume, Place]:
    """`plain_film` of that seed with one bright blob, and the blob's centre (row, column), a quarter or more from each border.

    The blob is a Gaussian of 120 grey levels; its standard deviation is a sixteenth of the shorter side.
    """
    generator = _generator(seed, size)
    values = _texture(generator, size)
    row, column = (int(generator.integers(side // 4, side - side // 4)) for side in size)
    rows, columns = np.ogrid[: size[0], : size[1]]
    distance = np.hypot(rows - row, columns - column) / (min(size) / 16)
    return _film(values + 120 * np.exp(-(distance**2) / 2)), (row, column)


def chest_film(seed: int = 0, size: tuple[int, int] = (512, 512)) -> Volume:
    """A rough frontal chest film: dark lungs, bright mediastinum, heart and ribs; int16 grey levels 0..255.

    The seed changes build and noise a little. Raises InvalidValue under 16 rows or columns.
    """
    return _film(_chest(_generator(seed, size), size))


def chest_film_with_pneumonia(seed: int = 0, size: tuple[int, int] = (512, 512)) -> tuple[Volume, Place]:
    """`chest_film` of that seed with a cloudy opacity low in one lung, and its centre (row, column)."""
    generator = _generator(seed, size)
    values = _chest(generator, size)
    side, height = generator.choice([-1, 1]), generator.uniform(0.52, 0.64)
    down, across = _grid(size)
    centre = height, 0.5 + side * generator.uniform(0.24, 0.28)
    cloud = np.exp(-((down - centre[0]) ** 2 / 0.011 + (across - centre[1]) ** 2 / 0.006))
    ragged = np.clip(1 + 0.25 * _smooth_noise(generator, size), 0, 2)
    place = round(centre[0] * (size[0] - 1)), round(float(centre[1]) * (size[1] - 1))
    return _film(values + 85 * cloud * ragged), place


def chest_film_with_spot(seed: int = 0, size: tuple[int, int] = (512, 512)) -> tuple[Volume, Place]:
    """`chest_film` of that seed with one faint round spot in a lung, and its centre (row, column).

    Its radius is `spot_radius` pixels; it lies between two ribs, clear of the heart and the clavicles.
    """
    generator = _generator(seed, size)
    x, y = _build(generator, size)
    values = _chest_of(generator, x, y)
    row, column = map(int, generator.choice(np.argwhere(_free(x, y, spot_radius(size)))))
    rows, columns = np.ogrid[: size[0], : size[1]]
    distance = np.hypot(rows - row, columns - column) / spot_radius(size)
    return _film(values + _SPOT_GREY * _inside(distance, 0.5)), (row, column)


def spot_radius(size: tuple[int, int]) -> float:
    """The radius in pixels of the spot of `chest_film_with_spot`: half of it is as bright as its middle, or nearly."""
    return min(size) / 32


def ct_series(seed: int = 0) -> Series:
    """A small CT, 24 slices of 72 × 96, of a body with two lungs and the `CT_SPHERES`; int16 HU, geometry `CT_AFFINE`.

    Slices are 5 mm apart and pixels 2.5 mm wide; the seed changes only the noise (standard deviation 10 HU).
    """
    shape = (24, 72, 96)
    left, posterior, superior = np.tensordot(CT_AFFINE[:3], _homogeneous(shape), axes=1)
    hu = np.full(shape, float(_AIR))
    hu[(left / 110) ** 2 + (posterior / 75) ** 2 < 1] = _FAT_AND_MUSCLE
    for side in (-1, 1):
        hu[((left - side * 55) / 38) ** 2 + (posterior / 52) ** 2 + ((superior - 1050) / 90) ** 2 < 1] = _LUNG
    for ball in CT_SPHERES:
        x, y, z = ball.centre_mm
        hu[(left - x) ** 2 + (posterior - y) ** 2 + (superior - z) ** 2 <= ball.radius_mm**2] = ball.hu
    noisy = (hu + np.random.default_rng(seed).normal(0, 10, shape)).round().clip(-1024, 3071).astype(np.int16)
    volume = Volume(noisy, CT_AFFINE, "HU", "CT", "MONOCHROME2", "slices", suggested_window=Window(40, 400))
    return Series(f"phantom-ct-{seed}", "CT phantom with three spheres", volume, Acquisition("CT", "CHEST"))


def labelled_set(folder: Path, films: int = 240, seed: int = 0) -> Path:
    """Draws a set to train on: `folder`/{plain,blob}/patientNN_k.png, 128 × 128, three films a patient; gives the folder.

    Half of the films have a blob; the same seed draws the same films. Raises InvalidValue under 30 films, OSError where the
    folder can't be written.
    """
    if films < LEAST_LABELLED:
        raise InvalidValue(f"A set of {films} films is too small to train on; draw at least {LEAST_LABELLED}.")
    for number in range(films):
        label = ("plain", "blob")[number % 2]
        own = _set_seed(seed, number)
        drawn = film_with_blob(own, _SET_SIZE)[0] if label == "blob" else plain_film(own, _SET_SIZE)
        (folder / label).mkdir(parents=True, exist_ok=True)
        patient, film = divmod(number // 2, _FILMS_A_PATIENT)
        name = f"patient{2 * patient + number % 2 + 1:02d}_{film + 1}.png"
        Image.fromarray(_equalised(drawn.voxels[0])).save(folder / label / name)
    return folder


def _equalised(film: np.ndarray) -> np.ndarray:
    """Grey values by rank, uint8: a blob must be seen, as no film is brighter or richer in contrast than another."""
    ranks = film.ravel().argsort(kind="stable").argsort(kind="stable")
    return (ranks * 256 // film.size).reshape(film.shape).astype(np.uint8)


def _set_seed(seed: int, number: int) -> int:
    """A seed of its own for each film, so that no two are of one texture."""
    return seed * 1_000_003 + number


def _generator(seed: int, size: tuple[int, int]) -> np.random.Generator:
    """The picture's only source of chance, if its size can be drawn."""
    if min(size) < SMALLEST:
        raise InvalidValue(f"A film of {size[0]} × {size[1]} is too small to draw; give at least {SMALLEST} × {SMALLEST}.")
    return np.random.default_rng(seed)


def _film(values: np.ndarray) -> Volume:
    """Grey levels (rows, columns) as an image of one slice without millimetres."""
    voxels = values.round().clip(0, 255).astype(np.int16)[None]
    return Volume(voxels, None, "grey", None, "MONOCHROME2", "image", suggested_window=Window(127.5, 255, "LINEAR_EXACT"))


def _texture(generator: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """A mid-grey film's clouds and grain (rows, columns)."""
    return 85 + 14 * _smooth_noise(generator, size) + generator.normal(0, 4, size)


def _smooth_noise(generator: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """Clouds of mean 0 and standard deviation 1: white noise over frequency to the power 1.5."""
    down, across = np.fft.fftfreq(size[0])[:, None], np.fft.rfftfreq(size[1])[None]
    frequency = np.hypot(down, across)
    frequency[0, 0] = np.inf
    clouds = np.fft.irfft2(np.fft.rfft2(generator.normal(size=size)) / frequency**1.5, s=size)
    return clouds / clouds.std()


def _grid(size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """How far down (rows, 1) and across (1, columns) each pixel is, 0..1."""
    return np.linspace(0, 1, size[0])[:, None], np.linspace(0, 1, size[1])[None]


def _homogeneous(shape: tuple[int, int, int]) -> np.ndarray:
    """(slice, row, column, 1) of each voxel, (4, *shape)."""
    return np.concatenate([np.indices(shape), np.ones((1, *shape))])


def _inside(distance: np.ndarray, softness: float = 0.06) -> np.ndarray:
    """1 inside of a shape (`distance` below 1) and 0 outside, with a soft edge."""
    return 1 / (1 + np.exp(np.clip((distance - 1) / softness * 4, -60, 60)))


def _chest(generator: np.random.Generator, size: tuple[int, int]) -> np.ndarray:
    """Grey levels (rows, columns) of a frontal chest, the patient's left on the picture's right."""
    return _chest_of(generator, *_build(generator, size))


def _build(generator: np.random.Generator, size: tuple[int, int]) -> tuple[np.ndarray, np.ndarray]:
    """How far from the middle (1, columns) and down (rows, 1) each pixel is in a chest of a random build."""
    down, across = _grid(size)
    lean, wide = generator.uniform(-0.015, 0.015), generator.uniform(0.94, 1.04)
    return (across - 0.5 - lean) / wide, down + generator.uniform(-0.015, 0.015)


def _chest_of(generator: np.random.Generator, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Grey levels (rows, columns) of the chest of that build."""
    size = y.shape[0], x.shape[1]
    body = _inside(np.maximum(np.abs(x) / (0.47 - 0.25 * np.clip(0.2 - y, 0, 1)), (0.08 - y) * 4 + 0.6), 0.08)
    lungs = _lungs(x, y)
    values = 12 + 148 * body - 105 * lungs
    values += 38 * lungs * _ribs(x, y) + 24 * _clavicles(x, y)
    values += 50 * _inside(np.abs(x) / 0.07, 0.2) * body + 75 * lungs * _heart(x, y)
    values += lungs * 7 * _smooth_noise(generator, size)
    return values + 2 * _smooth_noise(generator, size) + generator.normal(0, 3, size)


def _lungs(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Both lungs 0..1, each a half ellipse above a domed diaphragm."""
    both = sum(_inside(np.hypot((x - side * 0.215) / 0.165, (y - 0.5) / 0.36)) for side in (-1, 1))
    dome = 0.74 + 2.2 * (np.abs(x) - 0.2) ** 2 + 0.02 * np.sign(x)
    return both * _inside(1 + y - dome, 0.04)


def _ribs(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Nine pairs of posterior ribs 0..1, falling away from the spine."""
    heights = y - 2.4 * (np.abs(x) - 0.12) ** 2 - 0.12 * np.abs(x)
    return np.exp(-(((heights - 0.1) % 0.075 - 0.0375) ** 2) / (2 * 0.009**2))


def _clavicles(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Both clavicles 0..1, rising to the shoulders."""
    middle = 0.24 - 0.28 * (np.abs(x) - 0.04)
    return np.exp(-((y - middle) ** 2) / (2 * 0.012**2)) * _inside(np.abs(np.abs(x) - 0.2) / 0.17)


def _heart(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """The heart's shadow 0..1, to the patient's left."""
    return _inside(np.hypot((x - 0.06) / 0.17, (y - 0.63) / 0.17))


def _free(x: np.ndarray, y: np.ndarray, radius: float) -> np.ndarray:
    """Where (rows, columns) the middle of a spot can be: between two ribs, 1.5 times its radius from all that isn't lung."""
    clear = _lungs(x, y) * (1 - _heart(x, y)) * (1 - _clavicles(x, y)) * (np.abs(x) > 0.09)
    return (ndimage.minimum_filter(clear, 3 * math.ceil(radius) + 1) > 0.8) & (_ribs(x, y) < 0.05)
