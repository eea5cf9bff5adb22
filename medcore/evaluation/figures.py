"""The figures of a model of k exclusive classes, on films that each count as often as their weight says.

Films with weight 1 give a set's own figures, the bootstrap's weights those of its resamples: one way for both. `scores`
(n, k) sum to 1 for each film, `truth` (n,) are indices, `weights` are (r, n); a figure is (r,) or (r, k) and NaN where it
can't be measured. A film is called what has its highest score, the first of equals.
"""

import numpy as np

from medcore.evaluation.calibration import brier, gaps, losses

OF_A_CLASS = ("precision", "recall", "specificity", "f1", "roc_auc", "pr_auc")


def figures(scores: np.ndarray, truth: np.ndarray, weights: np.ndarray) -> dict[str, np.ndarray]:
    """loss, accuracy, brier (r,); gaps (r, BINS), whose absolute values add up to the calibration error; OF_A_CLASS (r, k)."""
    films = weights.sum(axis=1)
    confusion = confusions(scores, truth, weights)
    of_calls = _of_confusion(confusion)
    areas = [_areas(scores[:, label], truth == label, weights) for label in range(scores.shape[1])]
    return {
        "loss": weights @ losses(scores, truth) / films,
        "accuracy": np.trace(confusion, axis1=1, axis2=2) / films,
        "gaps": weights @ gaps(scores, truth) / films[:, None],
        "brier": weights @ brier(scores, truth) / films,
        **of_calls,
        "roc_auc": np.stack([roc for roc, _ in areas], axis=1),
        "pr_auc": np.stack([pr for _, pr in areas], axis=1),
    }


def confusions(scores: np.ndarray, truth: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """How many films of each class (second axis) are called which (third), (r, k, k)."""
    classes = scores.shape[1]
    cells = np.eye(classes * classes)[truth * classes + scores.argmax(axis=1)]
    return (weights @ cells).reshape(-1, classes, classes)


def _of_confusion(confusion: np.ndarray) -> dict[str, np.ndarray]:
    """What follows from right and wrong calls, each (r, k); F1 is 0 where a class has films and none is called so rightly."""
    films, called = confusion.sum(axis=2), confusion.sum(axis=1)
    right = np.diagonal(confusion, axis1=1, axis2=2)
    others = films.sum(axis=1, keepdims=True) - films
    return {
        "precision": _ratio(right, called),
        "recall": _ratio(right, films),
        "specificity": _ratio(others - (called - right), others),
        "f1": np.where(films > 0, _ratio(2 * right, films + called), np.nan),
    }


def _areas(scores: np.ndarray, truth: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The area under the ROC curve, and under the precision-recall curve as average precision, of one class, each (r,).

    Both walk down the scores; films with the same score are passed at once, so ties count one half in the ROC's area.
    """
    order = np.argsort(-scores, kind="stable")
    ends = np.flatnonzero(np.append(np.diff(scores[order]) != 0, True))
    ordered = weights[:, order]
    passed = np.cumsum(ordered, axis=1)[:, ends]
    found = np.cumsum(ordered * truth[order], axis=1)[:, ends]
    steps, positives = np.diff(found, prepend=0, axis=1), found[:, -1]
    others = np.diff(passed - found, prepend=0, axis=1)
    roc = _ratio((others * (found - steps / 2)).sum(axis=1), positives * (passed[:, -1] - positives))
    precision = found / np.maximum(passed, 1e-9)  # nothing passed, nothing found: 0
    return roc, _ratio((steps * precision).sum(axis=1), positives)


def _ratio(part: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Part over whole; NaN where the whole is 0."""
    return np.divide(part, whole, out=np.full(np.shape(part), np.nan), where=whole > 0)
