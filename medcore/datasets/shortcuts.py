"""How well plain figures of the files tell the labels apart: what a net could learn instead of the finding."""

from collections.abc import Iterator, Sequence

import numpy as np

from medcore.datasets.films import Film
from medcore.datasets.findings import Shortcut
from medcore.datasets.measuring import Measured

_SUSPICIOUS_AUC = 0.75
_STANDARD_ERRORS = 4


def shortcuts(films: Sequence[Film], measured: Sequence[Measured]) -> tuple[Shortcut, ...]:
    """The area under the ROC curve of each figure alone, the best of all labels against the rest; the highest first."""
    labels = np.array([film.label for film in films])
    if len(set(labels)) < 2:
        return ()
    found = [_best(name, values, labels) for name, values in _figures(films, measured)]
    best = {one.name: one for one in sorted(found, key=lambda one: one.auc)}
    return tuple(sorted(best.values(), key=lambda one: -one.auc))


def _figures(films: Sequence[Film], measured: Sequence[Measured]) -> Iterator[tuple[str, np.ndarray]]:
    """Name and values of each figure; a category is one figure for each of its values."""
    for name in measured[0].figures:
        yield name, np.array([one.figures[name] for one in measured])
    for name, words in {
        "file type": [film.path.suffix.casefold() for film in films],
        "colour or photometric interpretation": [f"{one.photometric}{one.is_colour}" for one in measured],
    }.items():
        yield from ((name, np.array([word == each for word in words], float)) for each in sorted(set(words)))


def _best(name: str, values: np.ndarray, labels: np.ndarray) -> Shortcut:
    from sklearn.metrics import roc_auc_score

    scored = {str(label): float(roc_auc_score(labels == label, values)) for label in np.unique(labels)}
    label = max(scored, key=lambda each: abs(scored[each] - 0.5))
    return Shortcut(name, max(scored[label], 1 - scored[label]), label)


def is_suspicious(shortcut: Shortcut, with_label: int, others: int) -> bool:
    """Whether the figure tells the label well, and better than chance does: 4 standard errors of a Mann–Whitney U."""
    error = np.sqrt((with_label + others + 1) / (12 * with_label * others))
    return shortcut.auc >= _SUSPICIOUS_AUC and shortcut.auc - 0.5 > _STANDARD_ERRORS * error
