"""What 16 × 16 pixels tell by themselves: a net that doesn't beat them has learnt nothing that needed a net."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from medcore.errors import DatasetError

SIDE = 16
C = 0.03
FOLDS = 5
_BLOCK = 64


def pixel_baseline(train_tensors: np.ndarray, train_truth: np.ndarray, test_tensors: np.ndarray) -> np.ndarray:
    """Scores (test films, k) of a logistic regression on each tensor's 16 × 16 area means, standardised.

    Tensors are (films, rows, columns, channels), as `preprocessing.prepare` gives them, and may be memory maps; `train_truth`
    are indices from 0 to k - 1. Its regularisation is fixed (scikit-learn's C of 0.03: the least loss across folds of the
    brain slices' and the children's train films), and it has one best solution: no seed, nothing to tune. Raises DatasetError
    where it can't be fitted.
    """
    train_truth = np.asarray(train_truth)
    classes = np.unique(train_truth)
    if len(classes) < 2 or not np.array_equal(classes, np.arange(len(classes))):
        raise DatasetError(f"The train films hold the classes {classes.tolist()}; give films of two or more, all from 0 up.")
    if np.shape(train_tensors)[1:] != np.shape(test_tensors)[1:] or len(train_tensors) != len(train_truth):
        shapes = f"Train tensors {np.shape(train_tensors)}, truth {train_truth.shape} and test tensors {np.shape(test_tensors)}"
        raise DatasetError(f"{shapes} don't match; give films of one shape and a truth for each train film.")
    model = make_pipeline(StandardScaler(), LogisticRegression(C=C, max_iter=2000))
    train, test = (area_means(tensors).reshape(len(tensors), -1) for tensors in (train_tensors, test_tensors))
    return model.fit(train, train_truth).predict_proba(test)


def area_means(tensors: np.ndarray) -> np.ndarray:
    """Area means (films, 16, 16, channels) of (films, rows, columns, channels), block by block: a memory map needn't fit."""
    down, across = _shares(tensors.shape[1]), _shares(tensors.shape[2])
    blocks = (np.asarray(tensors[start : start + _BLOCK], np.float64) for start in range(0, len(tensors), _BLOCK))
    return np.concatenate([np.einsum("ir,nrcx,jc->nijx", down, block, across, optimize=True) for block in blocks])


def across_folds(
    fitted_scores: Callable[[np.ndarray, np.ndarray, np.ndarray], np.ndarray],
    features: np.ndarray,
    truth: ArrayLike,
    groups: ArrayLike | None = None,
) -> np.ndarray:
    """Scores of all films, each by a fit on other patients' films, where there is no train split: 5 folds by patient.

    `fitted_scores` takes train features, their truth and the held-out features, as `pixel_baseline` does. Raises DatasetError
    where a class has films of fewer than 5 patients.
    """
    truth = np.asarray(truth, np.intp)
    whose = np.arange(len(truth)) if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1]
    fewest = min((len(np.unique(whose[truth == label])) for label in np.unique(truth)), default=0)
    if len(np.unique(truth)) < 2 or fewest < FOLDS:
        raise DatasetError(f"A class has films of {fewest} patients; {FOLDS} of each are needed to hold some out.")
    scores: np.ndarray | None = None
    for train, held in StratifiedGroupKFold(FOLDS, shuffle=True, random_state=0).split(truth, truth, whose):
        of_held = fitted_scores(features[train], truth[train], features[held])
        scores = np.empty((len(truth), *of_held.shape[1:])) if scores is None else scores
        scores[held] = of_held
    return scores if scores is not None else np.empty(0)


def _shares(length: int) -> np.ndarray:
    """How much of each of 16 equal parts every one of `length` pixels is, (16, length); rows sum to 1."""
    edges, pixels = np.linspace(0, length, SIDE + 1), np.arange(length)
    overlap = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    return np.maximum(overlap, 0) * SIDE / length
