"""Calibration against examples worked by hand and against scores whose calibration is known."""

import numpy as np
import pytest

from medcore.evaluation import class_report, reliability


def told(films: int, seed: int, sharper: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    """Scores of three classes, and truth that is drawn from them: they are calibrated unless sharpened afterwards."""
    generator = np.random.default_rng(seed)
    scores = generator.dirichlet([0.7, 0.7, 0.7], films)
    truth = (generator.random(films)[:, None] > scores.cumsum(axis=1)).sum(axis=1).clip(0, 2)
    sharpened = scores**sharper
    return sharpened / sharpened.sum(axis=1, keepdims=True), truth


def test_bins_and_error_are_those_worked_by_hand():
    scores = np.array([[0.62, 0.38], [0.34, 0.66], [0.95, 0.05], [0.91, 0.09], [1.0, 0.0]])
    truth = np.array([0, 0, 0, 1, 0])
    low, high = reliability(scores, truth)
    assert (low["low"], low["high"], low["films"], low["score"], low["right"]["value"]) == (
        0.6,
        0.7,
        2,
        pytest.approx(0.64),
        0.5,
    )
    assert (high["low"], high["films"], high["score"]) == (0.9, 3, pytest.approx(0.9533, abs=1e-4))
    assert high["right"]["value"] == pytest.approx(2 / 3)
    error = class_report(scores, truth, ["a", "b"])["calibration"]["ece"]
    assert error["value"] == pytest.approx(2 / 5 * 0.14 + 3 / 5 * (0.95333 - 2 / 3), abs=1e-4)
    assert error["low"] == 0


def test_the_error_of_calibrated_scores_may_be_none_and_that_of_sharpened_ones_is_not():
    honest = class_report(*told(400, 1), ["a", "b", "c"])["calibration"]
    boastful = class_report(*told(400, 1, sharper=3), ["a", "b", "c"])["calibration"]
    assert honest["ece"]["low"] == 0 < honest["ece"]["value"] < 0.08
    assert boastful["ece"]["low"] > 0.05
    assert boastful["brier"]["value"] > honest["brier"]["value"]
    assert sum(each["films"] for each in honest["bins"]) == 400


def test_intervals_of_the_error_hold_the_true_one():
    true = class_report(*told(40_000, 0, sharper=1.6), ["a", "b", "c"], resampled=2)["calibration"]["ece"]["value"]
    sets = [told(150, seed, sharper=1.6) for seed in range(1, 101)]
    found = [class_report(*films, ["a", "b", "c"], resampled=300)["calibration"]["ece"] for films in sets]
    assert np.mean([each["low"] <= true <= each["high"] for each in found]) >= 0.93
