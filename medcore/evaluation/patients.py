"""Whose films are measured: films of one patient are alike, so they count less than as many films of several."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from medcore.errors import DatasetError
from medcore.evaluation import intervals
from medcore.evaluation.intervals import RESAMPLES, Bounds, Interval
from medcore.evaluation.resampling import likeness, over_resamples


@dataclass(frozen=True, eq=False)
class Patients:
    """The patient of each film, `indices` (n,) from 0, and how alike the films of one score, 0 to 1 (see `likeness`)."""

    indices: np.ndarray
    likeness: float

    @property
    def count(self) -> int:
        """How many patients there are."""
        return int(self.indices.max()) + 1

    def units(self, films: np.ndarray) -> int:
        """How many patients these films (bool, (n,)) are of."""
        return len(np.unique(self.indices[films]))

    def worth(self, films: np.ndarray) -> float:
        """As how many independent films these (bool, (n,)) count."""
        return intervals.independent(int(films.sum()), self.units(films), self.likeness)

    def part(self, films: np.ndarray, value: float, resampled: np.ndarray) -> Bounds:
        """Of a part of these films (bool, (n,)): Wilson's interval, of as many films as they are worth, or wider."""
        return intervals.wider(intervals.wilson(value, self.worth(films)), intervals.percentiles(resampled))


def patients_among(scores: np.ndarray, truth: np.ndarray, groups: ArrayLike | None) -> Patients:
    """Whose the films of `scores` (n, k) and `truth` (n,), integers, are; without `groups` (n,) each is somebody else's.

    Raises DatasetError where films and groups don't match.
    """
    if groups is None:
        return Patients(np.arange(len(truth)), 1.0)
    if np.shape(groups) != (len(truth),):
        raise DatasetError(f"Groups {np.shape(groups)} don't match {len(truth)} films; name the patient of every film.")
    indices = np.unique(np.asarray(groups), return_inverse=True)[1]
    return Patients(indices, likeness(scores, truth, indices))


def share(marks: ArrayLike, groups: ArrayLike | None = None) -> Interval:
    """The part of the films that is marked (`marks` (n,), 1 or True), with its interval by patient.

    Raises DatasetError for no film, or groups that don't match.
    """
    marked = np.asarray(marks, bool)
    if not len(marked):
        raise DatasetError("A share of 0 films can't be measured; add films.")
    alike = np.zeros(len(marked), np.intp)
    patients = patients_among(marked[:, None], alike, groups)

    def part(weights: np.ndarray) -> dict[str, np.ndarray]:
        return {"share": weights @ marked / weights.sum(axis=1)}

    value = float(marked.mean())
    resampled = over_resamples(part, alike, patients.indices, RESAMPLES)["share"]
    return Interval(value, *patients.part(np.ones(len(marked), bool), value, resampled))
