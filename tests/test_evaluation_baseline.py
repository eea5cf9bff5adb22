"""The baseline of 16 × 16 pixels: area means, no seed, and answers in words for what it can't be fitted on."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from medcore import phantoms
from medcore.errors import DatasetError
from medcore.evaluation import area_means, pixel_baseline
from medcore.preprocessing import InputSpec, prepare


def tensors(seeds: range, spec: InputSpec) -> tuple[np.ndarray, np.ndarray]:
    """Phantom films, every other one with a blob, and whether it has one."""
    truth = np.arange(len(seeds)) % 2
    films = [phantoms.film_with_blob(s)[0] if blob else phantoms.plain_film(s) for s, blob in zip(seeds, truth, strict=True)]
    return np.stack([prepare(film, 0, spec) for film in films]), truth


@pytest.mark.parametrize("size", [(32, 48), (8, 24), (37, 50)])
def test_a_pixel_is_the_mean_of_its_area(size):
    values = np.random.default_rng(0).random((5, *size, 3))
    small = area_means(values)
    fine = values.repeat(16, axis=1).repeat(16, axis=2)  # 16 × as many rows are 16 equal parts, whatever the size
    assert small == pytest.approx(fine.reshape(5, 16, size[0], 16, size[1], 3).mean(axis=(2, 4)))


def test_blobs_are_found_and_the_same_films_give_the_same_scores():
    spec = InputSpec((64, 64), "range", limits=(0.0, 255.0))
    (train, truth), (test, expected) = tensors(range(120), spec), tensors(range(500, 560), spec)
    scores = pixel_baseline(train, truth, test)
    assert scores.shape == (60, 2)
    assert scores.sum(axis=1) == pytest.approx(np.ones(60))
    assert roc_auc_score(expected, scores[:, 1]) > 0.7
    assert np.array_equal(scores, pixel_baseline(train, truth, test))


def test_a_memory_map_of_half_precision_colour_is_taken(tmp_path):
    np.save(tmp_path / "train.npy", np.random.default_rng(0).random((70, 24, 20, 3)).astype(np.float16))
    train = np.load(tmp_path / "train.npy", mmap_mode="r")
    assert pixel_baseline(train, np.arange(70) % 5, train[:7]).shape == (7, 5)


def test_pixels_that_never_change_do_no_harm():
    train = np.zeros((20, 16, 16, 1), np.float32)
    assert pixel_baseline(train, np.arange(20) % 2, train) == pytest.approx(np.full((20, 2), 0.5))


def test_what_it_cant_be_fitted_on_is_said():
    films = np.zeros((4, 16, 16, 1))
    with pytest.raises(DatasetError, match=r"hold the classes \[0\]"):
        pixel_baseline(films, [0, 0, 0, 0], films)
    with pytest.raises(DatasetError, match="all from 0 up"):
        pixel_baseline(films, [0, 0, 2, 2], films)
    with pytest.raises(DatasetError, match="one shape"):
        pixel_baseline(films, [0, 0, 1, 1], films[:, :8])
