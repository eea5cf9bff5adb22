"""What plain figures of a film tell without looking at it: a net that doesn't beat them may have learnt them."""

from collections.abc import Mapping

import numpy as np
from numpy.typing import ArrayLike
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from medcore.evaluation.intervals import Interval
from medcore.evaluation.one_finding import auc


def shortcut_table(
    figures: Mapping[str, ArrayLike], truth: ArrayLike, groups: ArrayLike | None = None
) -> dict[str, dict[str, float]]:
    """How well each figure (n,) alone tells films with the finding (`truth` (n,)) from those without: ROC AUC, 0.5 to 1.

    A figure that is smaller where the finding is counts as one that is larger: a net can learn either. Ready for JSON, in the
    figures' order. Raises DatasetError where the films can't be measured.
    """
    return {name: _either_way(auc(values, truth, groups)).to_json() for name, values in figures.items()}


def statistics_baseline(train: ArrayLike, train_truth: ArrayLike, test: ArrayLike) -> np.ndarray:
    """Scores (test films,) of a logistic regression on a few grey statistics (films, figures), standardised, fitted on train.

    Its regularisation is scikit-learn's usual one, with one best solution: no seed, nothing to tune.
    """
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=2000))
    return model.fit(train, np.asarray(train_truth, np.intp)).predict_proba(test)[:, 1]


def _either_way(area: Interval) -> Interval:
    return area if area.value >= 0.5 else Interval(1 - area.value, 1 - area.high, 1 - area.low)
