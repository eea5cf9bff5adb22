"""How good a model of two or more exclusive classes is: every figure with its 95 % interval, ready for JSON."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from medcore.errors import DatasetError
from medcore.evaluation import intervals
from medcore.evaluation.calibration import SMALLEST_SCORE, calibration, reliability
from medcore.evaluation.figures import OF_A_CLASS, confusions, figures
from medcore.evaluation.intervals import RESAMPLES, Interval
from medcore.evaluation.patients import Patients, patients_among
from medcore.evaluation.resampling import over_resamples

SUM_TOLERANCE = 0.01


@dataclass(frozen=True)
class _Measured:
    """A test set, its figures (by name, (1,) or (1, k)) and those of its resamples ((r,) or (r, k))."""

    scores: np.ndarray
    truth: np.ndarray
    patients: Patients
    labels: list[str]
    figures: dict[str, np.ndarray]
    resampled: dict[str, np.ndarray]


def class_report(
    scores: ArrayLike, truth: ArrayLike, labels: list[str], groups: ArrayLike | None = None, resampled: int = RESAMPLES
) -> dict[str, Any]:
    """What a run's result shows of `scores` (n, k), which sum to 1 for each film, given `truth` (n,), indices into `labels`.

    films; patients where `groups` (n,) says whose each film is; loss (cross-entropy, nats), accuracy; classes: label → films,
    precision, recall, specificity, f1, roc_auc (one against the rest), pr_auc (average precision); macro: their means;
    roc_auc: that of macro; calibration: ece, brier and the reliability bins; confusion: films by true (row) and called label.
    A film is called what has its highest score. A figure is {"value", "low", "high"}: the interval is the bootstrap's, of
    whole groups, or wider (see `intervals`); one that can't be measured holds None three times and the reason.
    Raises DatasetError where films, lengths, labels or scores don't allow a report.
    """
    scores, truth = _checked(scores, truth, labels)
    patients = patients_among(scores, truth, groups)
    measured = _Measured(
        scores,
        truth,
        patients,
        list(labels),
        figures(scores, truth, np.ones((1, len(truth)))),
        over_resamples(lambda weights: figures(scores, truth, weights), truth, patients.indices, resampled),
    )
    counted = {} if groups is None else {"patients": patients.count}
    return {"films": len(truth), **counted, **_sections(measured)}


def _sections(measured: _Measured) -> dict[str, Any]:
    every = np.ones((1, len(measured.truth)))
    classes = {label: _of_class(measured, index) for index, label in enumerate(measured.labels)}
    macro = {name: _macro(measured, name, classes) for name in OF_A_CLASS}
    return {
        "loss": _loss(measured),
        "accuracy": _part(measured, every[0] > 0, float(measured.figures["accuracy"][0]), measured.resampled["accuracy"]),
        "roc_auc": macro["roc_auc"],
        "macro": macro,
        "classes": classes,
        "calibration": _calibration(measured),
        "confusion": confusions(measured.scores, measured.truth, every)[0].astype(int).tolist(),
    }


def _calibration(measured: _Measured) -> dict[str, Any]:
    errors = calibration(measured.figures, measured.resampled, len(measured.labels), measured.patients.count)
    return {**errors, "bins": reliability(measured.scores, measured.truth)}


def _of_class(measured: _Measured, index: int) -> dict[str, Any]:
    there, called = measured.truth == index, measured.scores.argmax(axis=1) == index
    reasons = _reasons(measured.labels[index], there, called)
    parts_of = {"precision": called, "recall": there, "specificity": ~there, "f1": there | called, "pr_auc": there}

    def measure(name: str) -> dict[str, Any]:
        value, resampled = float(measured.figures[name][0, index]), measured.resampled[name][:, index]
        if name == "roc_auc":
            return _area(measured, there, value, resampled)
        return (_f1 if name == "f1" else _part)(measured, parts_of[name], value, resampled)

    return {"films": int(there.sum())} | {n: _unmeasured(reasons[n]) if n in reasons else measure(n) for n in OF_A_CLASS}


def _reasons(label: str, there: np.ndarray, called: np.ndarray) -> dict[str, str]:
    """Why figures of a class can't be measured, by name; nothing for those that can."""
    reasons = {} if called.any() else {"precision": f"No film was called {label}."}
    if not there.any():
        reasons |= dict.fromkeys(("recall", "f1", "roc_auc", "pr_auc"), f"No film is of {label}.")
    if there.all():
        reasons |= dict.fromkeys(("specificity", "roc_auc", "pr_auc"), f"Every film is of {label}.")
    return reasons


def _macro(measured: _Measured, name: str, classes: dict[str, Any]) -> dict[str, Any]:
    """The mean over all classes; where one of them can't be measured there is none, as leaving it out would flatter."""
    of_classes = {label: each[name] for label, each in classes.items()}
    for label, figure in of_classes.items():
        if figure["value"] is None:
            return _unmeasured(f"That of {label} can't be measured: {figure['reason']}")
    value = float(measured.figures[name].mean())
    floor = intervals.of_mean(value, [(each["value"], (each["low"], each["high"])) for each in of_classes.values()])
    return _figure(value, intervals.wider(floor, intervals.percentiles(measured.resampled[name].mean(axis=1))))


def _part(measured: _Measured, films: np.ndarray, value: float, resampled: np.ndarray) -> dict[str, Any]:
    """The figure of a part of these films (bool, (n,))."""
    return _figure(value, measured.patients.part(films, value, resampled))


def _f1(measured: _Measured, films: np.ndarray, value: float, resampled: np.ndarray) -> dict[str, Any]:
    """F1 is 2 J / (1 + J), where J is the part called rightly of the films with the class or called it: J's interval, bent."""
    part = _part(measured, films, value / (2 - value), resampled / (2 - resampled))
    return {name: 2 * each / (1 + each) for name, each in part.items()}


def _area(measured: _Measured, there: np.ndarray, value: float, resampled: np.ndarray) -> dict[str, Any]:
    patients = measured.patients
    units, worth = (patients.units(there), patients.units(~there)), (patients.worth(there), patients.worth(~there))
    floor = intervals.of_area(value, units, worth, resampled)
    return _figure(value, intervals.wider(floor, intervals.percentiles(resampled)))


def _loss(measured: _Measured) -> dict[str, Any]:
    value, largest = float(measured.figures["loss"][0]), -math.log(SMALLEST_SCORE)
    return _figure(value, intervals.of_mean_loss(value, largest, measured.patients.count, measured.resampled["loss"]))


def _figure(value: float, bounds: intervals.Bounds) -> dict[str, Any]:
    return Interval(value, *bounds).to_json()


def _unmeasured(reason: str) -> dict[str, Any]:
    return {"value": None, "low": None, "high": None, "reason": reason}


def _checked(scores: ArrayLike, truth: ArrayLike, labels: list[str]) -> tuple[np.ndarray, np.ndarray]:
    """Scores float64 (n, k) and truth (n,), if they can be measured on."""
    scores, truth = np.asarray(scores, np.float64), np.asarray(truth)
    if scores.ndim != 2 or truth.shape != scores.shape[:1] or not len(truth):
        raise DatasetError(f"Scores {scores.shape} and truth {truth.shape} don't match; give a row and a label for every film.")
    if scores.shape[1] != len(labels) or len(set(labels)) != len(labels) or len(labels) < 2:
        raise DatasetError(
            f"Scores {scores.shape} don't match the labels {labels}; give a column for each of two or more labels."
        )
    if not np.isin(truth, np.arange(len(labels))).all():
        raise DatasetError(f"The truth names labels that aren't there; give indices from 0 to {len(labels) - 1}.")
    strays = (scores < 0).any(axis=1) | ~(np.abs(scores.sum(axis=1) - 1) <= SUM_TOLERANCE)
    if strays.any():
        raise DatasetError(f"The scores of {strays.sum()} of {len(truth)} films don't sum to 1; give a softmax's scores.")
    return scores, truth.astype(np.intp)
