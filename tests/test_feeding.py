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
from medcore.training import films as run_films
from medcore.training.draws import Draws
from medcore.training.feeding import Feed
from medcore.training.films import Part
from medcore.volume import Photometric

LABELS = ("a", "b")


def films_of(cells: dict[tuple[str, str], int]) -> tuple[Film, ...]:
    return tuple(
        Film(Path("x"), label, "p", stratum=stratum) for (stratum, label), count in cells.items() for _ in range(count)
    )


def feed_of(cells: dict[tuple[str, str], int], films: int = 400, batch: int = 20, balance: str = "draw") -> Feed:
    """A feed whose films of each (stratum, label) are served as their cell's number."""
    numbers = np.repeat(np.arange(len(cells), dtype=np.float32), list(cells.values()))[:, None]
    return Feed(Draws(films_of(cells), LABELS, balance), lambda indices, rng: numbers[indices], (1,), films, batch)


def drawn(feed: Feed, number: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """An epoch's numbers (n,) and truth (n,)."""
    blocks = list(feed.epoch(5, number))
    return np.concatenate([each.inputs.ravel() for each in blocks]), np.concatenate([each.truth.ravel() for each in blocks])


def test_every_label_of_every_stratum_is_drawn_equally_often():
    numbers, truth = drawn(feed_of({("x", "a"): 300, ("x", "b"): 60, ("y", "a"): 40, ("y", "b"): 110}))
    cells, counts = np.unique(numbers, return_counts=True)
    assert cells.tolist() == [0, 1, 2, 3]
    assert counts.tolist() == [100, 100, 100, 100]
    assert np.array_equal(numbers % 2, truth)


def test_a_stratum_is_drawn_as_its_share_says():
    films = films_of({("a", "plain"): 300, ("a", "blob"): 300, ("b", "plain"): 300, ("b", "blob"): 300})
    draws = Draws(films, ("plain", "blob"), shares={"b": 3.0})
    chosen = draws.epoch(np.random.default_rng(0), 400)
    strata = [films[index].stratum for index in chosen]
    assert (strata.count("a"), strata.count("b"), draws.count(400)) == (100, 300, 400)
    assert draws.truth[chosen].mean() == 0.5


def test_a_small_cell_is_drawn_at_most_four_times_over():
    _, truth = drawn(feed_of({("", "a"): 300, ("", "b"): 10}))
    assert (truth == 1).sum() == 40
    assert (truth == 0).sum() == 200


@pytest.mark.parametrize(
    ("films", "batch", "batches", "shown"),
    [(400, 20, 12, 240), (400, 7, 34, 238), (20, 8, 2, 16), (4000, 240, 5, 1200), (0, 64, 4, 195), (0, 500, 1, 195)],
)
def test_an_epochs_batches_are_counted_as_they_are_drawn(films, batch, batches, shown):
    feed = feed_of({("", "a"): 300, ("", "b"): 10}, films, batch)
    blocks = list(feed.epoch(5, 1))
    assert feed.steps == sum(len(block.truth) for block in blocks) == batches
    assert sum(block.truth.size for block in blocks) == shown
    assert {block.truth.shape[1] for block in blocks[:-1]} <= {batch}


@pytest.mark.parametrize("balance", ["weight", "none"])
def test_without_drawing_an_epoch_shows_every_film_once_in_an_order_of_its_own(balance):
    feed = feed_of({("", "a"): 53, ("", "b"): 20}, 0, 8, balance)
    first, second = drawn(feed, 1)[1], drawn(feed, 2)[1]
    assert np.bincount(first).tolist() == np.bincount(second).tolist() == [53, 20]
    assert not np.array_equal(first, second)


def test_without_drawing_more_films_than_there_are_come_in_rounds():
    _, truth = drawn(feed_of({("", "a"): 30, ("", "b"): 10}, 80, 8, "none"))
    assert np.bincount(truth).tolist() == [60, 20]


def test_weights_let_every_label_count_alike():
    feed = feed_of({("", "a"): 60, ("", "b"): 20}, 0, 8, "weight")
    (truth, weights) = (np.concatenate([each[i].ravel() for each in feed.epoch(1, 1)]) for i in (1, 2))
    assert weights[truth == 0].sum() == pytest.approx(weights[truth == 1].sum()) == pytest.approx(40)
    assert np.unique(np.concatenate([each.weights.ravel() for each in feed_of({("", "a"): 9}, 0).epoch(1, 1)])).tolist() == [1]


def test_films_that_fill_no_batch_are_refused():
    with pytest.raises(DatasetError, match="An epoch draws 16 training films, less than a batch of 20; add films"):
        feed_of({("", "a"): 2, ("", "b"): 2})
    with pytest.raises(DatasetError, match="An epoch draws 0 training films, less than a batch of 1; "):
        feed_of({("x", "a"): 2, ("x", "b"): 2, ("y", "a"): 2}, 3, 1)


def test_an_epochs_draw_depends_on_seed_and_number_alone():
    feed = feed_of({("", "a"): 300, ("", "b"): 300})
    first, again, other = drawn(feed, 1)[1], drawn(feed, 1)[1], drawn(feed, 2)[1]
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_film_that_cannot_be_prepared_ends_the_epoch_with_its_error():
    def broken(*_: object) -> np.ndarray:
        raise MemoryError("no room")

    told: queue.Queue[str] = queue.Queue()

    def consume() -> None:
        try:
            drawn(Feed(Draws(films_of({("", "a"): 30, ("", "b"): 30}), LABELS), broken, (1,), 40, 4))
        except MemoryError as error:
            told.put(str(error))

    threading.Thread(target=consume, daemon=True).start()
    assert told.get(timeout=20) == "no room"


def test_an_epoch_that_is_left_early_leaves_no_thread_behind():
    before = set(threading.enumerate())
    blocks = feed_of({("", "a"): 300, ("", "b"): 300}, 400, 1).epoch(5, 1)
    next(blocks)
    blocks.close()
    assert set(threading.enumerate()) <= before


def test_what_is_served_is_scaled_and_not_augmented():
    values = np.random.default_rng(0).normal(size=(2, 8, 8)).astype(np.float32)
    spec = InputSpec((8, 8))
    part = Part((Film(Path("x"), "a", "p"),) * 2, LABELS, values, ["MONOCHROME2", "MONOCHROME1"], spec)
    assert np.array_equal(part.tensors()[0], preprocessing.scale(values[0], "MONOCHROME2", spec))
    assert np.array_equal(part.tensors(1)[0], preprocessing.scale(values[1], "MONOCHROME1", spec))


def part_of_one(values: np.ndarray, photometric: Photometric, spec: InputSpec) -> Part:
    return Part((Film(Path("x"), "a", "p"),), LABELS, values[None], [photometric], spec)


@pytest.mark.parametrize("spec", [InputSpec((40, 30)), InputSpec((40, 30), "percentile", (0, 100))])
def test_a_film_in_monochrome1_is_augmented_as_its_negative_would_be(spec):
    film = film_with_blob(1, (40, 30))[0].voxels[0].astype(np.float32)
    parts = part_of_one(film, "MONOCHROME2", spec), part_of_one(-film, "MONOCHROME1", spec)
    for number in range(40):
        expected, found = (part.augmented(0, np.random.default_rng(number), 1) for part in parts)
        assert found == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("spec", [InputSpec((40, 30)), InputSpec((40, 30), "percentile", (0.5, 98))])
@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
def test_a_film_augmented_by_nothing_is_to_the_bit_what_is_served(photometric, spec):
    part = part_of_one(film_with_blob(1, (40, 30))[0].voxels[0].astype(np.float32), photometric, spec)
    assert np.array_equal(part.augmented(0, np.random.default_rng(1), 0), part.tensors()[0])


def test_a_file_of_pictures_takes_its_room_on_the_disk_before_it_is_filled(tmp_path, monkeypatch):
    def full(*_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(run_films.os, "posix_fallocate", full)
    with pytest.raises(OSError, match="No space left"):
        run_films._room(tmp_path / "pictures.npy", (3, 8, 8))


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
