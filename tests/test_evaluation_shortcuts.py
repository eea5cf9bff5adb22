"""What plain figures tell, against scikit-learn: each alone, a few together, and where no train split is there."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from medcore.errors import DatasetError
from medcore.evaluation import across_folds, auc, pixel_baseline, shortcut_table, statistics_baseline


def drawn(seed: int, films: int = 80) -> tuple[np.ndarray, np.ndarray]:
    """Five figures of films (n, 5), of which the second is smaller and the third larger where the finding is."""
    generator = np.random.default_rng(seed)
    truth = np.arange(films) % 2
    figures = generator.normal(size=(films, 5)) * [1, 10, 0.1, 1, 1]
    return figures + truth[:, None] * [0, -15, 0.1, 0, 0], truth


def test_a_figure_alone_counts_whichever_way_it_tells():
    figures, truth = drawn(0)
    whose = np.arange(80) // 2
    found = shortcut_table({"size": figures[:, 1], "mean": figures[:, 2], "nothing": np.ones(80)}, truth, whose)
    assert list(found) == ["size", "mean", "nothing"]
    assert found["size"]["value"] == pytest.approx(1 - roc_auc_score(truth, figures[:, 1]))
    assert found["mean"] == auc(figures[:, 2], truth, whose).to_json()
    assert found["nothing"]["value"] == 0.5
    assert all(each["low"] <= each["value"] <= each["high"] for each in found.values())


def test_statistics_together_are_scikit_learns_regression_on_standardised_figures():
    (train, truth), (test, expected) = drawn(1), drawn(2)
    middle, spread = train.mean(axis=0), train.std(axis=0)
    by_hand = LogisticRegression().fit((train - middle) / spread, truth).predict_proba((test - middle) / spread)[:, 1]
    scores = statistics_baseline(train, truth, test)
    assert scores == pytest.approx(by_hand)
    assert roc_auc_score(expected, scores) > 0.8


def test_without_a_train_split_every_film_is_scored_by_a_fit_on_other_patients():
    figures, truth = drawn(3)
    whose, seen = np.arange(80) // 2 * 2 + truth, []

    def fitted(train: np.ndarray, train_truth: np.ndarray, held: np.ndarray) -> np.ndarray:
        seen.append({tuple(row) for row in train} & {tuple(row) for row in held})
        return statistics_baseline(train, train_truth, held)

    scores = across_folds(fitted, figures, truth, whose)
    assert len(seen) == 5
    assert not any(seen)
    assert roc_auc_score(truth, scores) > 0.75
    chance = across_folds(statistics_baseline, np.random.default_rng(4).normal(size=(80, 5)), truth)
    assert abs(roc_auc_score(truth, chance) - 0.5) < 0.2


def test_pixels_across_folds_have_a_score_for_each_class_and_the_same_each_time():
    films = np.random.default_rng(5).random((60, 16, 16, 1))
    truth = np.arange(60) % 3
    scores = across_folds(pixel_baseline, films, truth)
    assert scores.shape == (60, 3)
    assert scores.sum(axis=1) == pytest.approx(np.ones(60))
    assert np.array_equal(scores, across_folds(pixel_baseline, films, truth))


def test_too_few_patients_to_hold_some_out_are_refused():
    films = np.zeros((20, 16, 16, 1))
    with pytest.raises(DatasetError, match="films of 2 patients"):
        across_folds(pixel_baseline, films, np.arange(20) % 2, np.arange(20) % 4)
    with pytest.raises(DatasetError, match="5 of each are needed"):
        across_folds(pixel_baseline, films, np.zeros(20))
