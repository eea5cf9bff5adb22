"""Batches for training: fair draws, counted as drawn, scaled as served, augmented with black as black, no thread left."""

import queue
import threading
from pathlib import Path

import numpy as np
import pytest

from medcore import preprocessing
from medcore.augmentation import augment
from medcore.datasets import Film
from medcore.errors import DatasetError
from medcore.phantoms import film_with_blob
from medcore.preprocessing import InputSpec
from medcore.training import feeding
from medcore.training.feeding import Feed
from medcore.volume import Photometric


def feed_of(cells: dict[tuple[str, str], int]) -> Feed:
    """A feed whose films of each (stratum, label) show their cell's number as their grey value."""
    spec = InputSpec((8, 8), "percentile", (0, 100))
    films = [Film(Path("x"), label, "p", stratum=stratum) for (stratum, label), count in cells.items() for _ in range(count)]
    values = np.repeat(np.arange(len(cells)), list(cells.values()))[:, None, None] * np.ones((1, 8, 8))
    values[:, 0, 0], values[:, 0, 1] = 0, 10
    return Feed(films, ("a", "b"), values.astype(np.float32), ["MONOCHROME2"] * len(films), spec)


def drawn(feed: Feed, number: int = 1, films: int = 400, batch: int = 20) -> tuple[np.ndarray, np.ndarray]:
    batches = list(feed.epoch(5, number, films, batch, 0))
    assert all(len(pictures) == len(truth) == batch for pictures, truth in batches)
    return np.concatenate([each[0] for each in batches]), np.concatenate([each[1] for each in batches])


def test_every_label_of_every_stratum_is_drawn_equally_often():
    feed = feed_of({("x", "a"): 300, ("x", "b"): 60, ("y", "a"): 40, ("y", "b"): 110})
    pictures, truth = drawn(feed)
    cells, counts = np.unique((pictures[:, 4, 4, 0] * 10).round(), return_counts=True)
    assert cells.tolist() == [0, 1, 2, 3]
    assert counts.tolist() == [100, 100, 100, 100]
    assert np.array_equal((pictures[:, 4, 4, 0] * 10).round() % 2, truth)


def test_a_small_cell_is_drawn_at_most_four_times_over():
    _, truth = drawn(feed_of({("", "a"): 300, ("", "b"): 10}))
    assert (truth == 1).sum() == 40
    assert (truth == 0).sum() == 200


@pytest.mark.parametrize(("films", "batch", "batches"), [(400, 20, 12), (400, 7, 34), (20, 8, 2), (4000, 240, 5)])
def test_an_epochs_batches_are_counted_as_they_are_drawn(films, batch, batches):
    feed = feed_of({("", "a"): 300, ("", "b"): 10})
    assert feed.batches(films, batch) == len(list(feed.epoch(5, 1, films, batch, 0))) == batches


def test_films_that_fill_no_batch_are_refused():
    with pytest.raises(DatasetError, match="An epoch draws 16 training films, less than a batch of 20; add films"):
        feed_of({("", "a"): 2, ("", "b"): 2}).batches(400, 20)
    with pytest.raises(DatasetError, match="An epoch draws 0 training films, less than a batch of 1; "):
        feed_of({("x", "a"): 2, ("x", "b"): 2, ("y", "a"): 2}).batches(3, 1)


def test_an_epochs_draw_depends_on_seed_and_number_alone():
    feed = feed_of({("", "a"): 300, ("", "b"): 300})
    first, again, other = drawn(feed, 1)[1], drawn(feed, 1)[1], drawn(feed, 2)[1]
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_film_that_cannot_be_prepared_ends_the_epoch_with_its_error(monkeypatch):
    def broken(*_: object) -> None:
        raise MemoryError("no room")

    told: queue.Queue[str] = queue.Queue()

    def consume() -> None:
        try:
            drawn(feed_of({("", "a"): 30, ("", "b"): 30}))
        except MemoryError as error:
            told.put(str(error))

    monkeypatch.setattr(feeding, "augment", broken)
    threading.Thread(target=consume, daemon=True).start()
    assert told.get(timeout=20) == "no room"


def test_an_epoch_that_is_left_early_leaves_no_thread_behind():
    before = set(threading.enumerate())
    batches = feed_of({("", "a"): 300, ("", "b"): 300}).epoch(5, 1, 400, 4, 0)
    next(batches)
    batches.close()
    assert set(threading.enumerate()) <= before


def test_what_is_served_is_scaled_and_not_augmented():
    values = np.random.default_rng(0).normal(size=(2, 8, 8)).astype(np.float32)
    spec = InputSpec((8, 8))
    feed = Feed([Film(Path("x"), "a", "p")] * 2, ("a", "b"), values, ["MONOCHROME2", "MONOCHROME1"], spec)
    assert np.array_equal(feed.tensors()[0], preprocessing.scale(values[0], "MONOCHROME2", spec))
    assert np.array_equal(feed.tensors()[1], preprocessing.scale(values[1], "MONOCHROME1", spec))


def feed_of_one(values: np.ndarray, photometric: Photometric, spec: InputSpec) -> Feed:
    return Feed([Film(Path("x"), "a", "p")], ("a", "b"), values[None], [photometric], spec)


@pytest.mark.parametrize("spec", [InputSpec((40, 30)), InputSpec((40, 30), "percentile", (0, 100))])
def test_a_film_in_monochrome1_is_augmented_as_its_negative_would_be(spec):
    film = film_with_blob(1, (40, 30))[0].voxels[0].astype(np.float32)
    feeds = feed_of_one(film, "MONOCHROME2", spec), feed_of_one(-film, "MONOCHROME1", spec)
    for number in range(40):
        expected, found = (next(feed.epoch(1, number, 2, 1, 1))[0] for feed in feeds)
        assert found == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("spec", [InputSpec((40, 30)), InputSpec((40, 30), "percentile", (0.5, 98))])
@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
def test_a_film_augmented_by_nothing_is_to_the_bit_what_is_served(photometric, spec):
    feed = feed_of_one(film_with_blob(1, (40, 30))[0].voxels[0].astype(np.float32), photometric, spec)
    assert np.array_equal(next(feed.epoch(1, 1, 2, 1, 0))[0], feed.tensors())


def test_augmenting_by_nothing_changes_nothing():
    film = film_with_blob(1, (40, 30))[0].voxels[0].astype(np.float32)
    assert np.array_equal(augment(film, np.random.default_rng(0), 0), film)


@pytest.mark.parametrize("shape", [(224, 224), (40, 30), (33, 71)])
def test_augmenting_changes_values_and_never_shape_type_or_the_film_itself(shape):
    film = film_with_blob(1, shape)[0].voxels[0].astype(np.float32)
    before = film.copy()
    for seed in range(60):
        changed = augment(film, np.random.default_rng(seed), 1)
        assert (changed.shape, changed.dtype) == (film.shape, np.float32)
        assert np.isfinite(changed).all()
        assert not np.array_equal(changed, film)
        assert np.ptp(changed) > 0.3 * np.ptp(film)
    assert np.array_equal(film, before)
