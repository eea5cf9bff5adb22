"""Which films an epoch shows, in which order, and how much each counts in the loss."""

from collections.abc import Mapping, Sequence

import numpy as np

from medcore.datasets import Film
from medcore.errors import DatasetError

MOST_REPEATS = 4
"""How often an epoch shows a film at most where rare labels are drawn more often, so that it isn't learnt by heart."""


class Draws:
    """The draws from the training films; an epoch's depend on the generator alone.

    balance: "draw" shows every label of every stratum equally often, or as often as the strata's `shares` (1 without) say, but
    no film more than four times over; "weight" and "none" show each film once, in another order each time, and "weight" lets
    every label count as much as any other.
    """

    def __init__(
        self, films: Sequence[Film], labels: Sequence[str], balance: str = "draw", shares: Mapping[str, float] | None = None
    ) -> None:
        self.truth = np.array([labels.index(film.label) for film in films])
        self.weights = _weights(self.truth, len(labels)) if balance == "weight" else np.ones(len(films), np.float32)
        strata = sorted({film.stratum for film in films})
        self._cells = [
            np.array([i for i, film in enumerate(films) if (film.stratum, film.label) == (stratum, label)])
            for stratum in strata
            for label in labels
        ]
        of_strata = np.repeat([(shares or {}).get(stratum, 1.0) for stratum in strata], len(labels))
        self._parts = of_strata / of_strata.sum()
        self._balance = balance

    def epoch(self, rng: np.random.Generator, films: int) -> np.ndarray:
        """Indices of about `films` films; 0 is as many as there are."""
        if self._balance != "draw":
            return self._in_turn(rng, films or len(self.truth))
        drawn = [
            rng.choice(cell, count, replace=len(cell) < count)
            for cell, count in zip(self._cells, self._shares(films), strict=True)
            if len(cell)
        ]
        return rng.permutation(np.concatenate(drawn))

    def count(self, films: int) -> int:
        """How many films `epoch` gives."""
        return sum(self._shares(films)) if self._balance == "draw" else films or len(self.truth)

    def batches(self, films: int, batch: int) -> int:
        """How many batches an epoch has; one that isn't full counts where `films` is 0 (all), else it is left out.

        Raises DatasetError for none.
        """
        drawn = self.count(films)
        if drawn < (batch if films else 1):
            raise DatasetError(
                f"An epoch draws {drawn} training films, less than a batch of {batch}; add films or change films_per_epoch."
            )
        return drawn // batch if films else -(-drawn // batch)

    def _in_turn(self, rng: np.random.Generator, films: int) -> np.ndarray:
        rounds = [rng.permutation(len(self.truth)) for _ in range(-(-films // len(self.truth)))]
        return np.concatenate(rounds)[:films]

    def _shares(self, films: int) -> list[int]:
        """How many films each cell gives: its part of them, as far as it has them."""
        wanted = (films or len(self.truth)) * self._parts
        return [min(int(part + 1e-9), MOST_REPEATS * len(cell)) for part, cell in zip(wanted, self._cells, strict=True)]


def _weights(truth: np.ndarray, labels: int) -> np.ndarray:
    """Inverse to how common each film's label is, 1 on average (scikit-learn's "balanced")."""
    counts = np.bincount(truth, minlength=labels)
    return (len(truth) / (np.count_nonzero(counts) * counts[truth])).astype(np.float32)
