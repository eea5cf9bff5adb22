"""How good a net is on the validation films, after each epoch."""

from collections.abc import Iterable, Sequence

import numpy as np

from medcore import evaluation
from medcore.datasets import Film
from medcore.errors import DatasetError


class Validation:
    """Measures logits of the validation films: its score is the mean over groups of the mean one-against-rest ROC AUC.

    `groups` are the strata of each; without, every stratum is one, and those whose films all have one label can't be measured
    and don't count. Raises DatasetError where none can, or where a label has no film, in any of the groups where there are
    some: the operating points couldn't be chosen.
    """

    def __init__(self, films: Sequence[Film], labels: Sequence[str], groups: Iterable[Sequence[str]] = ()) -> None:
        named = list(groups)
        parts: Sequence[Sequence[str] | None] = named or (None,)
        for part in parts:
            _check_labels(films, labels, part)
        self._truth = np.array([labels.index(film.label) for film in films])
        strata = np.array([film.stratum for film in films])
        together = named or [(stratum,) for stratum in sorted(set(strata))]
        chosen = [np.isin(strata, list(group)) for group in together]
        self._measurable = [each for each in chosen if len(set(self._truth[each])) > 1]
        if not self._measurable:
            raise DatasetError("No stratum's validation films have two labels; add films so that one can be measured.")
        self._labels = len(labels)

    def score(self, logits: np.ndarray) -> float:
        """0..1, higher is better, of logits (n, labels)."""
        return float(np.mean([self._auc(logits, chosen) for chosen in self._measurable]))

    def measure(self, logits: np.ndarray) -> dict[str, float]:
        """The score, the cross-entropy (nats) and the part of the films whose highest score is their label's."""
        scores = evaluation.softmax(logits, 1.0)
        of_the_truth = scores[np.arange(len(scores)), self._truth]
        return {
            "validation_score": round(self.score(logits), 6),
            "validation_loss": round(float(-np.log(np.maximum(of_the_truth, 1e-12)).mean()), 6),
            "validation_accuracy": round(float((scores.argmax(axis=1) == self._truth).mean()), 6),
        }

    def _auc(self, logits: np.ndarray, chosen: np.ndarray) -> float:
        scores, truth = evaluation.softmax(logits[chosen], 1.0), self._truth[chosen]
        present = [label for label in range(self._labels) if 0 < (truth == label).sum() < len(truth)]
        return float(np.mean([evaluation.auc(scores[:, label], truth == label).value for label in present]))


def _check_labels(films: Sequence[Film], labels: Sequence[str], strata: Sequence[str] | None) -> None:
    """Raises DatasetError where no film of these strata (None: of any) has one of the labels."""
    shown = {film.label for film in films if strata is None or film.stratum in strata}
    if lacking := [label for label in labels if label not in shown]:
        of_them = "" if strata is None else f" of the strata {', '.join(strata)}"
        raise DatasetError(
            f"No validation film{of_them} is labelled {' or '.join(lacking)}; add some, or raise validation_fraction."
        )
