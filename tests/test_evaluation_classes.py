"""The report on several classes: figures against scikit-learn, intervals against simulated truth, what can't be measured."""

import json

import numpy as np
import pytest
from scipy.special import softmax
from sklearn import metrics

from medcore.evaluation import class_report
from medcore.evaluation.figures import OF_A_CLASS

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
