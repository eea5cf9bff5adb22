"""The bootstrap's resamples: whole groups, no class lost, and the spread that theory gives."""

import numpy as np
import pytest

from medcore.evaluation.resampling import likeness, resamples, strata


def all_of(truth: np.ndarray, groups: np.ndarray, count: int, seed: int = 0) -> np.ndarray:
    return np.concatenate(list(resamples(truth, groups, count, seed)))


def test_films_of_a_group_are_drawn_together_and_groups_as_often_as_chance_says():
    groups = np.repeat(np.arange(40), 3)
    weights = all_of(np.zeros(120, int), groups, 4000)
    assert weights.shape == (4000, 120)
    assert (weights.reshape(4000, 40, 3) == weights.reshape(4000, 40, 3)[:, :, :1]).all()
    assert (weights.sum(axis=1) == 120).all()
    assert weights.mean(axis=0) == pytest.approx(np.ones(120), abs=0.07)
    assert weights.var() == pytest.approx(1 - 1 / 40, rel=0.02)


def test_no_class_vanishes_however_rare():
    truth = np.repeat([0, 1, 2], [1, 2, 300])
    weights = all_of(truth, np.arange(303), 500)
    assert (weights[:, truth == 0].sum(axis=1) == 1).all()
    assert (weights[:, truth == 1].sum(axis=1) == 2).all()


def test_a_patient_with_several_classes_stands_for_the_rarest():
    truth, groups = np.array([0, 1, 0, 0, 1, 2, 1]), np.array([0, 0, 1, 2, 3, 3, 4])
    assert strata(truth, groups).tolist() == [0, 0, 0, 2, 1]


def test_blocks_make_no_difference_to_how_many_there_are():
    truth = np.zeros(60_000, int)
    blocks = list(resamples(truth, np.arange(60_000), 70, 0))
    assert max(len(block) for block in blocks) == 33
    assert sum(len(block) for block in blocks) == 70


@pytest.mark.parametrize("shared", [0.0, 0.5, 0.9])
def test_how_alike_a_patients_films_score_is_the_part_of_the_spread_that_they_share(shared):
    generator, groups = np.random.default_rng(3), np.arange(300).repeat(4)
    own, each = generator.normal(size=(300, 2)), generator.normal(size=(1200, 2))
    truth = (groups < 120).astype(int)
    scores = np.sqrt(shared) * own[groups] + np.sqrt(1 - shared) * each + 5 * truth[:, None]
    assert likeness(scores, truth, groups) == pytest.approx(shared, abs=0.06)


def test_films_that_cant_show_how_alike_they_are_count_as_the_same():
    truth = np.array([0, 0, 1, 1])
    assert likeness(np.zeros((4, 2)), truth, np.array([0, 0, 1, 2])) == 1
    assert likeness(np.arange(8.0).reshape(4, 2), truth, np.array([0, 0, 1, 1])) == 1
