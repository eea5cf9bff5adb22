"""What 16 × 16 pixels tell by themselves: a net that doesn't beat them has learnt nothing that needed a net."""

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from medcore.errors import DatasetError

SIDE = 16
C = 0.03
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
    return model.fit(_small(train_tensors), train_truth).predict_proba(_small(test_tensors))


def _small(tensors: np.ndarray) -> np.ndarray:
    """Area means (films, 16 × 16 × channels), block by block, so that a memory map needn't fit into memory."""
    down, across = _shares(tensors.shape[1]), _shares(tensors.shape[2])
    blocks = (np.asarray(tensors[start : start + _BLOCK], np.float64) for start in range(0, len(tensors), _BLOCK))
    means = [np.einsum("ir,nrcx,jc->nijx", down, block, across, optimize=True) for block in blocks]
    return np.concatenate(means).reshape(len(tensors), -1)


def _shares(length: int) -> np.ndarray:
    """How much of each of 16 equal parts every one of `length` pixels is, (16, length); rows sum to 1."""
    edges, pixels = np.linspace(0, length, SIDE + 1), np.arange(length)
    overlap = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    return np.maximum(overlap, 0) * SIDE / length
