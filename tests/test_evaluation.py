"""Metrics against scikit-learn, against examples worked by hand, and against simulated truth."""

import json

import numpy as np
import pytest
from scipy.special import expit, logit
from scipy.stats import norm
from scipy.stats import t as student
from sklearn.metrics import balanced_accuracy_score, brier_score_loss, recall_score, roc_auc_score

from medcore.errors import DatasetError, InvalidValue
from medcore.evaluation import (
    RESAMPLES,
    auc,
    balanced_accuracy,
    class_report,
    fit_temperature,
    operating_point_at_sensitivity,
    proportion,
    report,
    sensitivity,
    softmax,
    specificity,
)
from medcore.evaluation.resampling import over_resamples


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
    above, positive = scores >= 0.6, truth == 1

    def accuracy(weights: np.ndarray) -> dict[str, np.ndarray]:
        found, clear = (
            weights @ (above & positive) / (weights @ positive),
            weights @ (~above & ~positive) / (weights @ ~positive),
        )
        return {"accuracy": (found + clear) / 2}

    generator, looped = np.random.default_rng(0), []
    for _ in range(2000):
        drawn = np.concatenate([generator.integers(0, 12, 12), generator.integers(12, 24, 12)])
        rows = np.concatenate([np.flatnonzero(groups == group) for group in drawn])
        looped.append(balanced_accuracy_score(truth[rows], scores[rows] >= 0.6))
    vectorised = over_resamples(accuracy, truth, groups, RESAMPLES)["accuracy"]
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
    assert made["roc_auc"] == auc(scores.astype(np.float32), truth, groups).to_json()
    assert made["sensitivity"] == sensitivity(scores, truth, 0.5, groups).to_json()
    assert made["specificity"] == specificity(scores, truth, 0.5, groups).to_json()
    assert made["balanced_accuracy"] == balanced_accuracy(scores, truth, 0.5, groups).to_json()
    assert "patients" not in report(scores, truth, 0.5)


def of_patients(seed: int, positives: int, negatives: int, films_each: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scores in 0..1, truth and patients; of a patient's films most of what is random is shared."""
    generator = np.random.default_rng(seed)
    kinds = np.repeat([1, 0], [positives, negatives])
    whose = np.repeat(np.arange(len(kinds)), films_each)
    logits = generator.normal(1.8 * kinds, 0.9)[whose] + generator.normal(0, 0.4, len(whose))
    return expit(logits - 0.9), kinds[whose], whose


def test_an_areas_variance_by_patient_is_obuchowskis_written_out():
    scores, truth, whose = of_patients(0, 12, 15, 3)
    truth = truth ^ (np.random.default_rng(1).random(len(truth)) < 0.1)  # some patients have films of both classes
    wins = np.array([[float(x > y) + 0.5 * (x == y) for y in scores[truth == 0]] for x in scores[truth == 1]])
    area, (positives, negatives) = wins.mean(), wins.shape
    own = [np.array([(wins.mean(axis=1) - area)[whose[truth == 1] == one].sum() for one in range(27)])]
    own += [np.array([(wins.mean(axis=0) - area)[whose[truth == 0] == one].sum() for one in range(27)])]
    units = [len(set(whose[truth == label])) for label in (1, 0)]
    parts = [n / (n - 1) * (sums @ sums) / films**2 for n, sums, films in zip(units, own, wins.shape, strict=True)]
    variance = sum(parts) + 2 * 27 / 26 * (own[0] @ own[1]) / (positives * negatives)
    found = auc(scores, truth, whose)
    reach = student.ppf(0.975, min(units) - 1) * np.sqrt(variance) / (area * (1 - area))
    assert found.value == pytest.approx(area)
    assert logit([found.low, found.high]) == pytest.approx([logit(area) - reach, logit(area) + reach])


@pytest.mark.slow
def test_nineteen_of_twenty_intervals_by_patient_hold_the_truth():
    sets = [of_patients(seed, 20, 30, 6) for seed in range(100)]
    deviation = np.hypot(0.9, 0.4)
    true = {"roc_auc": norm.cdf(1.8 / np.sqrt(2) / deviation)}
    true |= dict.fromkeys(("sensitivity", "specificity", "balanced_accuracy"), norm.cdf(0.9 / deviation))
    reports = [report(scores, truth, 0.5, whose) for scores, truth, whose in sets]
    for name, value in true.items():
        assert np.mean([each[name]["low"] <= value <= each[name]["high"] for each in reports]) >= 0.93, name
    alone = [auc(scores, truth) for scores, truth, _ in sets]
    assert np.mean([each.low <= true["roc_auc"] <= each.high for each in alone]) < 0.75


def test_a_sensitivity_by_patient_is_as_wide_as_that_of_as_many_films_as_they_are_worth():
    truth, above = np.repeat([1, 0], [60, 60]), np.tile(np.repeat([1, 0], [5, 5]), 12)  # patients of 5 like films
    found = sensitivity(above, truth, 0.5, np.arange(120) // 5)
    twelve = proportion(6, 12)
    assert (found.value, twelve.value) == (0.5, 0.5)
    assert found.low <= twelve.low < sensitivity(above, truth, 0.5).low


def test_brier_and_calibration_error_of_one_finding_are_scikit_learns_and_the_one_worked_by_hand():
    scores, truth = np.array([0.62, 0.34, 0.95, 0.91, 1.0]), np.array([1, 0, 1, 0, 1])
    found = report(scores, truth, 0.5, ["a", "b", "c", "d", "d"])["calibration"]
    assert found["brier"]["value"] == pytest.approx(brier_score_loss(truth, scores))
    assert found["ece"]["value"] == pytest.approx(2 / 5 * (1 - 0.64) + 3 / 5 * (0.95333 - 2 / 3), abs=1e-4)
    assert found["ece"]["low"] <= found["ece"]["value"] <= found["ece"]["high"]
    pairs = class_report(np.stack([1 - scores, scores], axis=1), truth, ["no", "yes"], ["a", "b", "c", "d", "d"])
    assert found == {name: pairs["calibration"][name] for name in ("ece", "brier")}


def test_scores_that_are_no_shares_have_no_calibration_and_say_so():
    found = report(*films(9), 0.5)["calibration"]["ece"]
    assert found["value"] is None
    assert "below 0 or above 1" in found["reason"]


def test_each_film_is_measured_at_its_own_point():
    scores, truth = np.array([0.3, 0.3, 0.6, 0.2]), np.array([1, 1, 0, 0])
    points, names = np.array([0.25, 0.5, 0.7, 0.1]), ["children", "adults", "teenagers", "babies"]
    made = report(scores, truth, points, point_names=names)
    assert (made["above"], made["sensitivity"]["value"], made["specificity"]["value"]) == (2, 0.5, 0.5)
    assert made["operating_point"] == {"children": 0.25, "adults": 0.5, "teenagers": 0.7, "babies": 0.1}
    same = report(scores, truth, np.full(4, 0.4))
    assert same == report(scores, truth, 0.4)
    assert report(scores, truth, 0.4, point_names=["all"] * 4)["operating_point"] == {"all": 0.4}


@pytest.mark.parametrize(
    ("point", "names", "words"),
    [
        ([0.1, 0.2], None, "say in point_names"),
        ([0.1, 0.2], ["a", "a"], r"a has operating points \[0.1, 0.2\]"),
        ([0.1], None, r"Operating points \(1,\) don't match 2 films"),
        ([0.1, np.nan], None, "operating point of nan"),
    ],
)
def test_points_that_dont_fit_the_films_are_refused(point, names, words):
    with pytest.raises(InvalidValue, match=words):
        report([0.3, 0.4], [0, 1], point, point_names=names)


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
