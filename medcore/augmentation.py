"""Changes to a film that must not change its label: against shortcuts in sharpness, brightness, shape, border and place."""

import numpy as np
from scipy import ndimage


def augment(values: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """One film (rows, columns[, 3]) float32 turned, stretched, shifted, mirrored, shaded, blurred, roughened and cut at random.

    Its lowest value must be black; red, green and blue are changed alike. `strength` 0 leaves it as it is, 1 turns by up to
    10° and stretches by up to 15 %.
    """
    if strength == 0:
        return values
    film = _move(values, rng, strength)
    film = _shade(film, rng, strength)
    if rng.random() < 0.5:
        film = ndimage.gaussian_filter(film, rng.uniform(0, 1.5 * strength), axes=(0, 1))
    if rng.random() < 0.3:
        film = film + _for_each_colour(rng.normal(0, 0.03 * strength * (np.ptp(film) + 1e-6), film.shape[:2]), film)
    return _border(film, rng, strength).astype(np.float32)


def _for_each_colour(field: np.ndarray, film: np.ndarray) -> np.ndarray:
    """A field (rows, columns) that can be added to or multiplied with the film, the same for each colour."""
    return field if film.ndim == 2 else field[..., None]


def _move(film: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    angle = np.deg2rad(rng.uniform(-10, 10) * strength)
    stretch = np.exp(rng.uniform(-0.15, 0.15, 2) * strength)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]) * stretch[:, None]
    if rng.random() < 0.5:
        turn[:, 1] *= -1
    centre = (np.array(film.shape[:2]) - 1) / 2
    offset = centre - turn @ centre + rng.uniform(-0.07, 0.07, 2) * strength * film.shape[:2]
    black = float(film.min())
    colours = [film] if film.ndim == 2 else np.moveaxis(film, 2, 0)
    moved = [ndimage.affine_transform(each, turn, offset, order=1, mode="constant", cval=black) for each in colours]
    return moved[0] if film.ndim == 2 else np.stack(moved, axis=2)


def _shade(film: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """A smooth field of gain over the film, and a bent grey curve: what rank scaling alone would leave."""
    field = ndimage.zoom(rng.normal(0, 0.15 * strength, (3, 3)), np.array(film.shape[:2]) / 3, order=1)
    low, gain = film.min(), np.exp(field[: film.shape[0], : film.shape[1]])
    return low + (film - low) * _for_each_colour(gain, film)


def _border(film: np.ndarray, rng: np.random.Generator, strength: float) -> np.ndarray:
    """Now and then black edges of up to 6 %, as collimation leaves them."""
    if rng.random() < 0.3:
        film = film.copy()
        top, bottom, left, right = (rng.uniform(0, 0.06 * strength, 4) * np.repeat(film.shape[:2], 2)).astype(int)
        film[:top], film[film.shape[0] - bottom :] = film.min(), film.min()
        film[:, :left], film[:, film.shape[1] - right :] = film.min(), film.min()
    return film
