"""Augmenting changes a picture at random from its seed alone, all of its colours alike, and keeps black black."""

import numpy as np
import pytest

from medcore.augmentation import augment
from medcore.phantoms import film_with_blob

SEEDS = range(60)


def film_of(shape: tuple[int, int] = (96, 80)) -> np.ndarray:
    return film_with_blob(1, shape)[0].voxels[0].astype(np.float32)


def in_colour(shape: tuple[int, int] = (96, 80)) -> np.ndarray:
    """Three different films as red, green and blue."""
    return np.stack([film_with_blob(seed, shape)[0].voxels[0] for seed in range(3)], axis=-1).astype(np.float32)


@pytest.mark.parametrize("shape", [(8, 8), (28, 28), (33, 71), (224, 224)])
def test_a_colour_picture_keeps_shape_and_type_and_itself(shape):
    picture = np.random.default_rng(0).integers(0, 256, (*shape, 3)).astype(np.float32)
    before = picture.copy()
    for seed in SEEDS:
        changed = augment(picture, np.random.default_rng(seed), 1)
        assert (changed.shape, changed.dtype) == (picture.shape, np.float32)
        assert np.isfinite(changed).all()
    assert np.array_equal(picture, before)


def test_a_grey_picture_in_three_channels_changes_as_it_would_in_one():
    film = film_of()
    for seed in SEEDS:
        grey = augment(film, np.random.default_rng(seed), 1)
        colour = augment(np.repeat(film[..., None], 3, axis=2), np.random.default_rng(seed), 1)
        assert colour == pytest.approx(np.repeat(grey[..., None], 3, axis=2), abs=1e-4)


def test_the_colours_of_a_place_move_to_one_place():
    marked = np.zeros((96, 80, 3), np.float32)
    marked[30:36, 50:56] = (200, 100, 50)
    for seed in SEEDS:
        changed = augment(marked, np.random.default_rng(seed), 0.3)
        places = [np.unravel_index(changed[..., colour].argmax(), (96, 80)) for colour in range(3)]
        assert np.ptp(places, axis=0).max() <= 5
        row, column = places[0]
        red, green, blue = changed[row, column]
        assert red > green > blue


def test_what_comes_in_from_outside_is_black():
    picture = in_colour() + 40
    moved = [augment(picture, np.random.default_rng(seed), 1) for seed in SEEDS]
    assert min(each.min() for each in moved) >= picture.min() - 0.2 * np.ptp(picture)
    corners = np.array([each[[0, 0, -1, -1], [0, -1, 0, -1]].min() for each in moved])
    assert (np.abs(corners - picture.min()) < 1).mean() > 0.3


def test_the_seed_alone_decides_what_changes():
    picture = in_colour()
    first, again, other = (augment(picture, np.random.default_rng(seed), 1) for seed in (3, 3, 4))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_augmenting_by_nothing_changes_no_colour():
    picture = in_colour()
    assert np.array_equal(augment(picture, np.random.default_rng(0), 0), picture)
