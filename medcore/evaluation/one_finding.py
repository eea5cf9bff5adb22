"""How good scores for one finding are: metrics with 95 % intervals by patient, at one operating point or each group's own.

Throughout, `scores` (n,) are a model's scores for the finding, `truth` (n,) is 1 or True where the finding is there, and a
film is above where its score is at least its operating point: one number for all films, or one for each, (n,). `groups` (n,)
says whose each film is; without, every film is somebody else's.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import expit, logit
from scipy.stats import rankdata
from sklearn.metrics import roc_auc_score

from medcore.errors import DatasetError, InvalidValue
from medcore.evaluation import intervals
from medcore.evaluation.calibration import brier, calibration, gaps
from medcore.evaluation.intervals import RESAMPLES, Interval
from medcore.evaluation.patients import Patients, patients_among
from medcore.evaluation.resampling import over_resamples


def auc(scores: ArrayLike, truth: ArrayLike, groups: ArrayLike | None = None) -> Interval:
    """The area under the ROC curve; its interval is DeLong's (Biometrics 1988;44:837), symmetric in the logit of the area.

    With `groups` DeLong's variance is that of whole patients (Obuchowski, Biometrics 1997;53:567), the same where each has one
    film, and Student's t of the fewer patients takes the normal's place. Where the variance is 0 (every pair in order, or all
    tied) or one class has a single patient, the bounds are those of Newcombe's method 5 (Stat Med 2006;25:559), of as many
    films as the patients' are worth. Raises DatasetError where the scores can't be measured.
    """
    scores, truth = _checked(scores, truth)
    return _area(scores, truth, patients_among(scores[:, None], truth.astype(np.intp), groups))


def sensitivity(scores: ArrayLike, truth: ArrayLike, point: ArrayLike, groups: ArrayLike | None = None) -> Interval:
    """Of the films with the finding, the part that is above `point`; raises as `report` does.

    Its interval is Wilson's (JASA 1927;22:209), of as many films as the patients' are worth, or the bootstrap's where wider.
    """
    return _measured(scores, truth, point, groups).part("sensitivity")


def specificity(scores: ArrayLike, truth: ArrayLike, point: ArrayLike, groups: ArrayLike | None = None) -> Interval:
    """Of the films without the finding, the part that is below `point`; interval and errors as those of `sensitivity`."""
    return _measured(scores, truth, point, groups).part("specificity")


def balanced_accuracy(scores: ArrayLike, truth: ArrayLike, point: ArrayLike, groups: ArrayLike | None = None) -> Interval:
    """The mean of sensitivity and specificity at `point`; 2000 stratified bootstrap resamples, of whole patients.

    Resampling can't show errors that the films don't hold (none in 5 isn't none in 5000), so the interval is never narrower
    than what the two intervals make together (MOVER; Zou and Donner, Stat Med 2008;27:1693). Raises as `report` does.
    """
    return _measured(scores, truth, point, groups).balanced_accuracy()


def operating_point_at_sensitivity(scores: ArrayLike, truth: ArrayLike, sensitivity: float = 0.95) -> float:
    """The highest score that, as the operating point, has at least this sensitivity (0 < sensitivity ≤ 1) on these films.

    Choose it on validation films and measure it on test films. Raises InvalidValue, or DatasetError as `report` does.
    """
    if not 0 < sensitivity <= 1:
        raise InvalidValue(f"A sensitivity of {sensitivity} can't be aimed at; give one above 0 and up to 1.")
    scores, truth = _checked(scores, truth)
    falling = np.sort(scores[truth])[::-1]
    reached = np.arange(1, len(falling) + 1) / len(falling) >= sensitivity
    return float(falling[reached.argmax()])


def report(
    scores: ArrayLike,
    truth: ArrayLike,
    point: ArrayLike,
    groups: ArrayLike | None = None,
    point_names: ArrayLike | None = None,
) -> dict[str, Any]:
    """What a card and a run show, ready for JSON; with `groups` patients are counted.

    films, patients; positives have the finding, above are at their operating point or higher; operating_point is the number,
    or, where films have different ones, {name: point} with `point_names` (n,), which says what each film's point is called
    (children, adults). The metrics are intervals; calibration holds ece and brier of the pair (1 - score, score), as
    `class_report` has them, or the reason why they can't be measured.
    Raises DatasetError where films, lengths, classes or scores don't allow it, InvalidValue for a point that is no number.
    """
    films = _measured(scores, truth, point, groups)
    return {
        "films": len(films.truth),
        **({} if groups is None else {"patients": films.patients.count}),
        "positives": int(films.truth.sum()),
        "above": int(films.above.sum()),
        "operating_point": _told(np.asarray(point, np.float64), point_names),
        "roc_auc": _area(films.scores, films.truth, films.patients).to_json(),
        "balanced_accuracy": films.balanced_accuracy().to_json(),
        "sensitivity": films.part("sensitivity").to_json(),
        "specificity": films.part("specificity").to_json(),
        "calibration": films.calibration(),
    }


@dataclass(frozen=True, eq=False)
class _Measured:
    """Films, whose they are, which are above; their figures, by name, (1, …) and those of their resamples, (r, …)."""

    scores: np.ndarray
    truth: np.ndarray
    above: np.ndarray
    patients: Patients
    own: Mapping[str, np.ndarray]
    resampled: Mapping[str, np.ndarray]

    def part(self, name: str) -> Interval:
        """The sensitivity or the specificity."""
        films, value = self.truth if name == "sensitivity" else ~self.truth, float(self.own[name][0])
        return Interval(value, *self.patients.part(films, value, self.resampled[name]))

    def balanced_accuracy(self) -> Interval:
        both = [self.part("sensitivity"), self.part("specificity")]
        value = (both[0].value + both[1].value) / 2
        resampled = (self.resampled["sensitivity"] + self.resampled["specificity"]) / 2
        floor = intervals.of_mean(value, [(each.value, (each.low, each.high)) for each in both])
        return Interval(value, *intervals.wider(floor, intervals.percentiles(resampled)))

    def calibration(self) -> dict[str, Any]:
        if "gaps" in self.own:
            return calibration(self.own, self.resampled, 2, self.patients.count)
        reason = "Some scores are below 0 or above 1, so they are no shares."
        return {name: {"value": None, "low": None, "high": None, "reason": reason} for name in ("ece", "brier")}


def _measured(scores: ArrayLike, truth: ArrayLike, point: ArrayLike, groups: ArrayLike | None) -> _Measured:
    scores, truth = _checked(scores, truth)
    above, classes = _above(scores, point), truth.astype(np.intp)
    patients = patients_among(scores[:, None], classes, groups)

    def figures(weights: np.ndarray) -> dict[str, np.ndarray]:
        return _figures(scores, truth, above, weights)

    resampled = over_resamples(figures, classes, patients.indices, RESAMPLES)
    return _Measured(scores, truth, above, patients, figures(np.ones((1, len(truth)))), resampled)


def _figures(scores: np.ndarray, truth: np.ndarray, above: np.ndarray, weights: np.ndarray) -> dict[str, np.ndarray]:
    """sensitivity, specificity, brier (r,) and gaps (r, BINS) of films that count as often as `weights` (r, n) say."""
    parts = {
        "sensitivity": weights @ (above & truth) / (weights @ truth),
        "specificity": weights @ (~above & ~truth) / (weights @ ~truth),
    }
    if scores.min() < 0 or scores.max() > 1:
        return parts
    pairs, labels, films = np.stack([1 - scores, scores], axis=1), truth.astype(np.intp), weights.sum(axis=1)
    means = {"gaps": weights @ gaps(pairs, labels) / films[:, None], "brier": weights @ brier(pairs, labels) / films}
    return parts | means


def _told(points: np.ndarray, names: ArrayLike | None) -> float | dict[str, float]:
    """The operating point as a report tells it: a number, or name → number."""
    if names is None:
        if len(np.unique(points)) > 1:
            raise InvalidValue("Films have different operating points; say in point_names what each film's is called.")
        return float(points.flat[0])
    named = np.broadcast_to(points, np.shape(names))
    told = {str(name): np.unique(named[np.asarray(names) == name]) for name in np.unique(names)}
    if several := [name for name, found in told.items() if len(found) > 1]:
        raise InvalidValue(f"{several[0]} has operating points {told[several[0]].tolist()}; give each name one.")
    return {name: float(found[0]) for name, found in told.items()}


def _checked(scores: ArrayLike, truth: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """The scores as float64 (n,) and the truth as bool (n,), if films can be measured on them."""
    scores, truth = np.asarray(scores, np.float64), np.asarray(truth)
    if scores.ndim != 1 or scores.shape != truth.shape:
        raise DatasetError(f"Scores {scores.shape} and truth {truth.shape} don't match; give one of each for every film.")
    if not np.isfinite(scores).all():
        raise DatasetError(f"{(~np.isfinite(scores)).sum()} of {len(scores)} scores are no numbers; leave those films out.")
    if not np.isin(truth, (0, 1)).all():
        raise DatasetError("The truth holds other values than 0 and 1; mark each film as 1 (finding) or 0 (no finding).")
    positives = int(truth.sum())
    if positives in (0, len(truth)):
        raise DatasetError(f"{positives} of {len(truth)} films have the finding; add films so that both classes are there.")
    return scores, truth.astype(bool)


def _above(scores: np.ndarray, point: ArrayLike) -> np.ndarray:
    """Which films are above their operating point, bool (n,)."""
    points = np.asarray(point, np.float64)
    if points.shape not in ((), scores.shape):
        raise InvalidValue(f"Operating points {points.shape} don't match {len(scores)} films; give one, or one for every film.")
    if not np.isfinite(points).all():
        raise InvalidValue(f"An operating point of {points[~np.isfinite(points)][0]} can't be applied; give a number.")
    return scores >= points


def _area(scores: np.ndarray, truth: np.ndarray, patients: Patients) -> Interval:
    area, variance = float(roc_auc_score(truth, scores)), _variance(scores, truth, patients.indices)
    if variance <= 0:
        worth = max(1.0, patients.worth(truth)), max(1.0, patients.worth(~truth))
        return Interval(area, intervals.newcombe_low(area, *worth), 1 - intervals.newcombe_low(1 - area, *worth))
    units = min(patients.units(truth), patients.units(~truth)) if patients.count < len(truth) else None
    reach = intervals.quantile(units) * np.sqrt(variance) / (area * (1 - area))
    return Interval(area, float(expit(logit(area) - reach)), float(expit(logit(area) + reach)))


def _variance(scores: np.ndarray, truth: np.ndarray, patients: np.ndarray) -> float:
    """The area's variance from each film's placement among the other class, summed by patient; 0 where a class has one.

    Placements from midranks: Sun and Xu, IEEE Signal Process Lett 2014;21:1389. Patients with films of both classes add what
    their two sums do together (Obuchowski's S11).
    """
    ranks, count = rankdata(scores), int(patients.max()) + 1
    sums, units = [], []
    for own, sign in ((truth, 1), (~truth, -1)):
        placed = sign * (ranks[own] - rankdata(scores[own])) / (~own).sum()
        sums.append(np.bincount(patients[own], placed - placed.mean(), count) / own.sum())
        units.append(len(np.unique(patients[own])))
    if min(units) < 2:
        return 0.0
    own_parts = sum(unit / (unit - 1) * float(part @ part) for unit, part in zip(units, sums, strict=True))
    return own_parts + 2 * count / (count - 1) * float(sums[0] @ sums[1])
