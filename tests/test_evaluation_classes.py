"""The report on several classes: figures against scikit-learn, intervals against simulated truth, what can't be measured."""

import json

import numpy as np
import pytest
from scipy.special import softmax
from sklearn import metrics

from medcore.errors import DatasetError
from medcore.evaluation import class_report, proportion
from medcore.evaluation.figures import OF_A_CLASS

pytestmark = pytest.mark.slow

LABELS = ["glioma", "meningioma", "no tumour", "pituitary", "other", "unsure"]


def films(seed: int, counts: list[int], distance: float = 1.5) -> tuple[np.ndarray, np.ndarray]:
    """Scores (n, k) of as many films a class as `counts` says, whose own logit is `distance` higher."""
    truth = np.repeat(np.arange(len(counts)), counts)
    logits = np.random.default_rng(seed).normal(distance * np.eye(len(counts))[truth]).round(1)  # so that some films tie
    return softmax(logits, axis=1), truth


def value(figure: dict) -> float:
    assert figure["low"] <= figure["value"] <= figure["high"]
    return figure["value"]


@pytest.mark.parametrize("counts", [[40, 70], [30, 12, 55, 20], [9, 8, 7, 30, 11, 40]])
def test_every_figure_is_scikit_learns(counts):
    scores, truth = films(1, counts)
    found, called, labels = class_report(scores, truth, LABELS[: len(counts)]), scores.argmax(axis=1), range(len(counts))
    of_classes = {name: [value(each[name]) for each in found["classes"].values()] for name in OF_A_CLASS}
    others = [np.delete(np.delete(found["confusion"], index, 0), index, 1).sum() for index in labels]
    expected = {
        "precision": metrics.precision_score(truth, called, average=None),
        "recall": metrics.recall_score(truth, called, average=None),
        "specificity": [right / (truth != index).sum() for index, right in enumerate(others)],
        "f1": metrics.f1_score(truth, called, average=None),
        "roc_auc": [metrics.roc_auc_score(truth == index, scores[:, index]) for index in labels],
        "pr_auc": [metrics.average_precision_score(truth == index, scores[:, index]) for index in labels],
    }
    for name in OF_A_CLASS:
        assert of_classes[name] == pytest.approx(list(expected[name])), name
        assert value(found["macro"][name]) == pytest.approx(np.mean(expected[name])), name
    brier = metrics.brier_score_loss(truth, scores if len(counts) > 2 else scores[:, 1])
    assert found["confusion"] == metrics.confusion_matrix(truth, called).tolist()
    assert value(found["accuracy"]) == pytest.approx(metrics.accuracy_score(truth, called))
    assert value(found["loss"]) == pytest.approx(metrics.log_loss(truth, scores))
    assert value(found["calibration"]["brier"]) == pytest.approx(brier)
    assert found["roc_auc"] == found["macro"]["roc_auc"]
    assert [each["films"] for each in found["classes"].values()] == counts
    assert json.loads(json.dumps(found, allow_nan=False)) == found


def patients(seed: int, counts: list[int], films_each: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scores, truth and patients: of a patient's films, `films_each`, the logits share most of what is random in them."""
    generator = np.random.default_rng(seed)
    kinds = np.repeat(np.arange(len(counts)), counts)
    whose = np.repeat(np.arange(len(kinds)), films_each)
    own = generator.normal(1.8 * np.eye(len(counts))[kinds], 0.9)[whose]
    return softmax(own + generator.normal(0, 0.4, own.shape), axis=1), kinds[whose], whose


def covered(reports: list[dict], true: dict[str, float]) -> dict[str, float]:
    """Of these reports, the part whose interval holds the true figure, for each of the macro figures."""
    return {
        name: np.mean([each["macro"][name]["low"] <= true[name] <= each["macro"][name]["high"] for each in reports])
        for name in OF_A_CLASS
    }


def test_nineteen_of_twenty_intervals_hold_the_truth_and_those_of_patients_films_need_the_patients():
    scores, truth, _ = patients(0, [4000, 6000], 1)
    true = {name: each["value"] for name, each in class_report(scores, truth, LABELS[:2], resampled=2)["macro"].items()}
    sets = [patients(seed, [20, 30], 6) for seed in range(1, 151)]
    known = covered([class_report(*films, LABELS[:2], whose, resampled=400) for *films, whose in sets], true)
    unknown = covered([class_report(*films, LABELS[:2], resampled=400) for *films, _ in sets], true)
    assert min(known.values()) >= 0.9, known
    assert max(unknown[name] for name in ("recall", "f1", "roc_auc")) < 0.75, unknown


def test_without_patients_every_film_is_somebody_elses():
    scores, truth = films(2, [30, 12, 55])
    found = class_report(scores, truth, LABELS[:3], resampled=300)
    each_own = class_report(scores, truth, LABELS[:3], [f"film {index}" for index in range(97)], resampled=300)
    assert "patients" not in found
    assert each_own.pop("patients") == 97
    assert each_own["macro"].keys() == found["macro"].keys()
    assert each_own["accuracy"]["high"] == pytest.approx(found["accuracy"]["high"], abs=0.02)
    assert class_report(scores, truth, LABELS[:3], resampled=300) == found


def test_a_model_that_is_always_right_is_not_taken_for_perfect():
    truth = np.repeat([0, 1, 2], [4, 9, 30])
    found = class_report(np.eye(3)[truth], truth, LABELS[:3])
    few, many = found["classes"]["glioma"], found["classes"]["no tumour"]
    assert few["recall"]["low"] == pytest.approx(proportion(4, 4).low)
    for name in OF_A_CLASS:
        assert few[name]["value"] == many[name]["value"] == few[name]["high"] == 1
        assert few[name]["low"] < 1
    assert few["roc_auc"]["low"] < many["roc_auc"]["low"] < 1
    assert found["loss"] == {"value": 0, "low": 0, "high": pytest.approx(-np.log(1e-7))}


def test_thirty_films_of_one_patient_are_one_patient():
    truth, whose = np.repeat([0, 1], [30, 60]), np.concatenate([np.zeros(30), np.arange(1, 61)])
    found = class_report(np.eye(2)[truth], truth, LABELS[:2], whose)["classes"]
    assert found["glioma"]["recall"] == {"value": 1, "low": 0, "high": 1}
    assert found["meningioma"]["recall"]["low"] > 0.9


def test_what_cant_be_measured_says_why_and_has_no_mean():
    scores = np.array([[0.6, 0.3, 0.1], [0.7, 0.2, 0.1], [0.2, 0.7, 0.1]])
    found = class_report(scores, [0, 1, 1], LABELS[:3])
    missing = found["classes"]["no tumour"]
    assert missing["films"] == 0
    assert missing["precision"] == {"value": None, "low": None, "high": None, "reason": "No film was called no tumour."}
    assert {missing[name]["reason"] for name in ("recall", "f1", "roc_auc", "pr_auc")} == {"No film is of no tumour."}
    assert missing["specificity"]["value"] == 1
    assert found["roc_auc"]["value"] is None
    assert found["macro"]["f1"]["reason"] == "That of no tumour can't be measured: No film is of no tumour."
    alone = class_report(scores, [0, 0, 0], LABELS[:3])["classes"]["glioma"]
    assert alone["specificity"]["reason"] == alone["roc_auc"]["reason"] == "Every film is of glioma."
    assert alone["recall"]["value"] == pytest.approx(2 / 3)


def test_a_single_film_gets_a_report_that_claims_nothing():
    found = class_report([[0.9, 0.1]], [0], LABELS[:2])
    assert found["accuracy"]["low"] < 0.21
    assert (found["loss"]["low"], found["calibration"]["brier"]["high"]) == (0, 1)
    json.dumps(found, allow_nan=False)


@pytest.mark.parametrize(
    ("scores", "truth", "labels", "groups", "said"),
    [
        ([[0.5, 0.5]], [0, 1], ["a", "b"], None, "row and a label for every film"),
        (np.zeros((0, 2)), [], ["a", "b"], None, "row and a label for every film"),
        ([[0.5, 0.5]], [0], ["a", "b", "c"], None, "a column for each"),
        ([[0.5, 0.5]], [0], ["a", "a"], None, "a column for each"),
        ([[1.0]], [0], ["a"], None, "two or more labels"),
        ([[0.5, 0.5]], [2], ["a", "b"], None, "indices from 0 to 1"),
        ([[0.5, 0.7]], [0], ["a", "b"], None, "1 of 1 films don't sum to 1"),
        ([[np.nan, 0.7]], [0], ["a", "b"], None, "1 of 1 films don't sum to 1"),
        ([[1.5, -0.5]], [0], ["a", "b"], None, "1 of 1 films don't sum to 1"),
        ([[0.5, 0.5]], [0], ["a", "b"], ["p", "q"], "the patient of every film"),
    ],
)
def test_what_allows_no_report_is_refused_in_words(scores, truth, labels, groups, said):
    with pytest.raises(DatasetError, match=said):
        class_report(scores, truth, labels, groups)
