"""Metrics against scikit-learn, against examples worked by hand, and against simulated truth."""

import json

import numpy as np
import pytest
from scipy.special import logit
from scipy.stats import norm
from sklearn.metrics import balanced_accuracy_score, recall_score, roc_auc_score

from medcore.errors import DatasetError, InvalidValue
from medcore.evaluation import (
    auc,
    balanced_accuracy,
    fit_temperature,
    one_finding,
    operating_point_at_sensitivity,
    proportion,
    report,
    sensitivity,
    softmax,
    specificity,
)


def films(seed: int, positives: int = 40, negatives: int = 60, distance: float = 1.2) -> tuple[np.ndarray, np.ndarray]:
    """Scores of two normal classes `distance` apart; the true area is Φ(distance / √2)."""
    truth = np.repeat([1, 0], [positives, negatives])
    return np.random.default_rng(seed).normal(distance * truth), truth


def pairwise_variance(scores: np.ndarray, truth: np.ndarray) -> float:
    """DeLong's variance as the paper writes it, pair by pair."""
    wins = np.array([[float(x > y) + 0.5 * (x == y) for y in scores[truth == 0]] for x in scores[truth == 1]])
    return wins.mean(axis=1).var(ddof=1) / wins.shape[0] + wins.mean(axis=0).var(ddof=1) / wins.shape[1]


@pytest.mark.parametrize("seed", range(5))
def test_auc_is_scikit_learns_and_its_interval_delongs_pair_by_pair(seed):
    scores, truth = films(seed)
    scores = scores.round(1)  # with ties
    found = auc(scores, truth)
    reach = norm.ppf(0.975) * np.sqrt(pairwise_variance(scores, truth)) / (found.value * (1 - found.value))
    assert found.value == roc_auc_score(truth, scores)
    assert logit([found.low, found.high]) == pytest.approx([logit(found.value) - reach, logit(found.value) + reach])


def test_four_films_give_the_area_and_interval_worked_by_hand():
    found = auc([3, 5, 1, 4], [1, 1, 0, 0])  # placements 1/2, 1 and 1, 1/2: variance 1/8; 3 ^ (1 ± 1.7157 × 1.96)
    assert found.value == 0.75
    odds = 3 * np.exp(np.array([-1, 1]) * 1.959964 * np.sqrt(1 / 8) / (3 / 16))
    assert [found.low, found.high] == pytest.approx(odds / (1 + odds), rel=1e-6)


@pytest.mark.parametrize(("positives", "negatives", "distance"), [(40, 60, 1.2), (15, 30, 2.0), (100, 20, 0.0)])
def test_nineteen_of_twenty_delong_intervals_hold_the_true_area(positives, negatives, distance):
    intervals = [auc(*films(seed, positives, negatives, distance)) for seed in range(600)]
    area = norm.cdf(distance / np.sqrt(2))
    covered = np.mean([each.low <= area <= each.high for each in intervals])
    assert 0.93 <= covered <= 0.98


def test_perfect_order_is_not_taken_for_certainty():
    small, large = auc([1, 2, 3, 4], [0, 0, 1, 1]), auc(np.arange(200), np.arange(200) >= 100)
    assert small.value == small.high == large.value == large.high == 1
    assert 0.3 < small.low < 0.7 < 0.95 < large.low < 1
    reverse = auc([4, 3, 2, 1], [0, 0, 1, 1])
    assert (reverse.value, reverse.low, reverse.high) == pytest.approx((0, 0, 1 - small.low))


def test_tied_scores_and_a_single_positive_have_an_interval_about_the_area():
    tied, single = auc(np.ones(20), np.arange(20) % 2), auc([0.9, 0.8, 0.1, 0.95], [1, 0, 0, 0])
    assert tied.value == 0.5
    assert tied.low == pytest.approx(1 - tied.high)
    assert 0.2 < tied.low < 0.4
    assert single.value == pytest.approx(2 / 3)
    assert 0 < single.low < single.value < single.high < 1
    one = auc([1, 2], [0, 1])  # (1 - low)² = z² low (1 - low)
    assert one.low == pytest.approx(1 / (1 + norm.ppf(0.975) ** 2))


def test_wilsons_interval_is_the_one_worked_by_hand():
    z = 1.959964
    middle, reach = (8 + z**2 / 2) / (10 + z**2), z / (10 + z**2) * np.sqrt(10 * 0.8 * 0.2 + z**2 / 4)
    found = proportion(8, 10)
    assert (found.value, found.low, found.high) == pytest.approx((0.8, middle - reach, middle + reach), rel=1e-6)
    assert proportion(10, 10).high == 1
    assert proportion(0, 10).low == 0


def test_a_proportion_of_nothing_and_impossible_ones_are_refused():
    with pytest.raises(DatasetError, match="0 films"):
        proportion(0, 0)
    with pytest.raises(InvalidValue, match="11 successes out of 10"):
        proportion(11, 10)


def test_sensitivity_specificity_and_balanced_accuracy_are_scikit_learns():
    scores, truth = films(3)
    above = scores >= 0.5
    assert sensitivity(scores, truth, 0.5).value == recall_score(truth, above)
    assert specificity(scores, truth, 0.5).value == recall_score(truth, above, pos_label=0)
    assert balanced_accuracy(scores, truth, 0.5).value == pytest.approx(balanced_accuracy_score(truth, above))


def test_a_score_at_the_operating_point_is_above():
    assert sensitivity([0.5, 0.2], [1, 0], 0.5).value == 1
    assert specificity([0.7, 0.5], [1, 0], 0.5).value == 0


def test_the_bootstrap_spread_is_that_of_two_binomial_parts():
    scores, truth = films(4, 300, 500)
    found = balanced_accuracy(scores, truth, 0.6)
    parts = [(sensitivity(scores, truth, 0.6).value, 300), (specificity(scores, truth, 0.6).value, 500)]
    reach = norm.ppf(0.975) * np.sqrt(sum(p * (1 - p) / n for p, n in parts)) / 2
    assert (found.high - found.low) / 2 == pytest.approx(reach, rel=0.06)
    assert found == balanced_accuracy(scores, truth, 0.6)


def test_resampling_draws_whole_groups_as_often_as_a_plain_loop_does():
    scores, truth = films(5, 60, 60)
    groups = np.arange(120) // 5
    tallies = one_finding._tallies(scores >= 0.6, truth.astype(bool), groups)
    generator, looped = np.random.default_rng(0), []
    for _ in range(2000):
        drawn = np.concatenate([generator.integers(0, 12, 12), generator.integers(12, 24, 12)])
        rows = np.concatenate([np.flatnonzero(groups == group) for group in drawn])
        looped.append(balanced_accuracy_score(truth[rows], scores[rows] >= 0.6))
    vectorised = one_finding._resampled_accuracies(tallies)
    assert vectorised.mean() == pytest.approx(np.mean(looped), abs=0.005)
    assert vectorised.std() == pytest.approx(np.std(looped), rel=0.08)


def test_many_films_of_few_patients_give_a_wider_interval():
    scores, truth = films(6, 20, 20)
    repeated, patients = (np.repeat(scores, 10), np.repeat(truth, 10)), np.repeat(np.arange(40), 10)
    alone, grouped = balanced_accuracy(*repeated, 0.6), balanced_accuracy(*repeated, 0.6, patients)
    assert grouped.value == alone.value
    assert grouped.high - grouped.low > 2.5 * (alone.high - alone.low)


def test_patients_with_films_of_both_classes_are_drawn_as_one():
    scores, truth = np.array([0.9, 0.1, 0.4, 0.2, 0.8, 0.7]), np.array([1, 0, 1, 0, 1, 0])
    found = balanced_accuracy(scores, truth, 0.5, ["a", "a", "b", "b", "c", "c"])
    assert found.value == pytest.approx(2 / 3)
    assert 0 <= found.low < found.value < found.high <= 1


def test_no_error_in_few_films_is_not_taken_for_certainty():
    found = balanced_accuracy([0.9, 0.8, 0.1, 0.2], [1, 1, 0, 0], 0.5)
    assert found.value == found.high == 1
    assert found.low < 0.6


@pytest.mark.parametrize("wanted", [0.07, 0.5, 0.9, 0.95, 1.0])
def test_the_operating_point_is_the_highest_with_the_wanted_sensitivity(wanted):
    scores, truth = films(7, 100, 50)
    point = operating_point_at_sensitivity(scores, truth, wanted)
    assert sensitivity(scores, truth, point).value >= wanted
    higher = scores[scores > point].min()
    assert sensitivity(scores, truth, higher).value < wanted or higher not in scores[truth == 1]
    assert sensitivity(scores, truth, np.nextafter(point, np.inf)).value < wanted


def test_nineteen_of_twenty_films_are_above_the_usual_operating_point():
    scores, truth = np.arange(40) / 40, np.arange(40) >= 20
    assert operating_point_at_sensitivity(scores, truth) == 21 / 40
    with pytest.raises(InvalidValue, match="sensitivity of 95"):
        operating_point_at_sensitivity(scores, truth, 95)


@pytest.mark.parametrize("temperature", [0.4, 1.0, 2.5])
def test_the_temperature_that_made_the_labels_is_found_again(temperature):
    generator = np.random.default_rng(8)
    logits = generator.normal(0, 3, (20_000, 3))
    scores = softmax(logits, temperature)
    truth = (scores.cumsum(axis=1) < generator.random((20_000, 1))).sum(axis=1)
    assert fit_temperature(logits, truth) == pytest.approx(temperature, rel=0.05)


def test_films_that_are_all_right_leave_the_temperature_at_one():
    assert fit_temperature([[0, 9], [1, 0]], [1, 0]) == 1


def test_films_that_are_all_wrong_give_the_hottest_temperature():
    assert fit_temperature([[0, 9], [1, 0]], [0, 1]) == pytest.approx(20, rel=1e-3)


def test_softmax_is_the_one_worked_by_hand_and_large_logits_do_no_harm():
    assert softmax([[0, np.log(3)]], 1)[0] == pytest.approx([0.25, 0.75])
    assert softmax([[0, 2 * np.log(3)]], 2)[0] == pytest.approx([0.25, 0.75])
    assert softmax([[0, 1e6]], 1)[0].tolist() == [0, 1]
    with pytest.raises(InvalidValue, match="temperature of 0"):
        softmax([[0, 1]], 0)


def test_a_report_is_json_with_the_functions_own_figures():
    scores, truth = films(9)
    groups = [f"p{film // 2}" for film in range(100)]
    made = report(scores.astype(np.float32), truth, 0.5, groups)
    assert json.loads(json.dumps(made, allow_nan=False)) == made
    assert (made["films"], made["patients"], made["positives"], made["operating_point"]) == (100, 50, 40, 0.5)
    assert made["above"] == (scores >= 0.5).sum()
    assert made["sensitivity"] == sensitivity(scores, truth, 0.5).to_json()
    assert made["balanced_accuracy"] == balanced_accuracy(scores, truth, 0.5, groups).to_json()
    assert "patients" not in report(scores, truth, 0.5)


@pytest.mark.parametrize(
    ("scores", "truth", "words"),
    [
        ([0.1, 0.2], [0, 0], "0 of 2 films have the finding"),
        ([0.1, 0.2], [1, 1], "2 of 2 films have the finding"),
        ([], [], "0 of 0 films"),
        ([0.1, np.nan], [0, 1], "1 of 2 scores are no numbers"),
        ([0.1, np.inf], [0, 1], "1 of 2 scores are no numbers"),
        ([0.1, 0.2, 0.3], [0, 1], "don't match"),
        ([[0.1, 0.2]], [[0, 1]], "don't match"),
        ([0.1, 0.2], [1, 2], "other values than 0 and 1"),
    ],
)
def test_what_cannot_be_measured_is_refused_in_a_sentence(scores, truth, words):
    with pytest.raises(DatasetError, match=words):
        report(scores, truth, 0.5)


def test_groups_points_and_logits_that_do_not_fit_are_refused():
    with pytest.raises(DatasetError, match="name the patient of every film"):
        report([0.1, 0.9], [0, 1], 0.5, groups=["a"])
    with pytest.raises(InvalidValue, match="operating point of nan"):
        report([0.1, 0.9], [0, 1], float("nan"))
    with pytest.raises(DatasetError, match="from 0 to 1"):
        fit_temperature([[0, 1], [1, 0]], [0, 2])
    with pytest.raises(DatasetError, match="don't match"):
        fit_temperature([0, 1], [0, 1])
    with pytest.raises(DatasetError, match="no finite numbers"):
        fit_temperature([[0, np.nan], [1, 0]], [0, 1])
