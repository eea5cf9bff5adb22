"""Whether scores can be taken at their word: cross-entropy, Brier score, and how often films with such a score are right.

`scores` (n, k) sum to 1 for each film, `truth` (n,) are the indices of the true labels. A film's top score is its highest.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from medcore.evaluation import intervals
from medcore.evaluation.intervals import Interval, proportion

BINS = 10
SMALLEST_SCORE = 1e-7


def losses(scores: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Each film's cross-entropy in nats, (n,): -log of its true label's score, from 1e-7 up (Keras's epsilon)."""
    return -np.log(np.maximum(scores[np.arange(len(truth)), truth], SMALLEST_SCORE))


def brier(scores: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Each film's Brier score (n,): squared differences from 1 for its label and 0 for the others, summed (0 to 2).

    With two classes it is half of that, as it is usually written, 0 to 1 (Brier, Monthly Weather Review 1950;78:1).
    """
    squares = ((scores - np.eye(scores.shape[1])[truth]) ** 2).sum(axis=1)
    return squares / 2 if scores.shape[1] == 2 else squares


def gaps(scores: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Right (1 or 0) less top score of each film, in the column of its bin, (n, BINS).

    The expected calibration error is the sum of the columns' absolute sums, over n (Guo et al., ICML 2017, equation 3).
    """
    right = scores.argmax(axis=1) == truth
    return np.eye(BINS)[_bins(scores)] * (right - scores.max(axis=1))[:, None]


def calibration(
    own: Mapping[str, np.ndarray], resampled: Mapping[str, np.ndarray], classes: int, units: int
) -> dict[str, dict[str, float]]:
    """{"ece", "brier"}, each with its interval, of films of `units` patients.

    `own` holds "gaps" (1, BINS) and "brier" (1,), means over the films, and `resampled` those of the resamples, (r, …).
    """
    error, score = float(np.abs(own["gaps"]).sum()), float(own["brier"][0])
    largest = 1 if classes == 2 else 2
    return {
        "ece": Interval(error, *intervals.of_error(own["gaps"][0], resampled["gaps"])).to_json(),
        "brier": Interval(score, *intervals.of_mean_loss(score, largest, units, resampled["brier"])).to_json(),
    }


def reliability(scores: np.ndarray, truth: np.ndarray) -> list[dict[str, Any]]:
    """The bins of the top score that hold films, ready for JSON and for `charts.reliability_chart`.

    Each has its edges low and high, films, score (their mean top score) and right (the part called rightly; Wilson's interval).
    """
    bins, right, top = _bins(scores), scores.argmax(axis=1) == truth, scores.max(axis=1)
    return [
        {
            "low": index / BINS,
            "high": (index + 1) / BINS,
            "films": int(there.sum()),
            "score": float(top[there].mean()),
            "right": proportion(int(right[there].sum()), int(there.sum())).to_json(),
        }
        for index in np.unique(bins)
        for there in [bins == index]
    ]


def _bins(scores: np.ndarray) -> np.ndarray:
    """The bin of each film's top score, (n,), of BINS equally wide ones; an edge belongs to the bin above it."""
    return np.minimum((scores.max(axis=1) * BINS).astype(np.intp), BINS - 1)
