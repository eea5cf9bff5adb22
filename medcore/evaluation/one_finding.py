"""How good scores are: metrics with 95 % intervals, operating points, temperature and calibration.

Throughout, `scores` (n,) are a model's scores for the finding, `truth` (n,) is 1 or True where the finding is there, and a
film is above where its score is at least the operating point. Films are independent in every interval but that of
`balanced_accuracy`, which can resample whole patients.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from scipy.optimize import brentq, minimize_scalar
from scipy.special import expit, log_softmax, logit
from scipy.special import softmax as _softmax
from scipy.stats import binomtest, norm, rankdata
from sklearn.metrics import roc_auc_score

from medcore.errors import DatasetError, InvalidValue

COVERAGE = 0.95
RESAMPLES = 2000
TEMPERATURES = (0.05, 20.0)
_Z = float(norm.ppf((1 + COVERAGE) / 2))
_SEED = 20170806


@dataclass(frozen=True)
class Interval:
    """A measured value and its 95 % interval."""

    value: float
    low: float
    high: float

    def to_json(self) -> dict[str, float]:
        """{"value", "low", "high"}."""
        return asdict(self)


def auc(scores: ArrayLike, truth: ArrayLike) -> Interval:
    """The area under the ROC curve; its interval is DeLong's (Biometrics 1988;44:837), symmetric in the logit of the area.

    Where DeLong's variance is 0 (every pair in order, or all tied) or one class has a single film, the bounds are those of
    Newcombe's method 5 (Stat Med 2006;25:559). Raises DatasetError where the scores can't be measured.
    """
    scores, truth = _checked(scores, truth)
    area = float(roc_auc_score(truth, scores))
    variance = _delong_variance(scores, truth)
    if variance == 0:
        counts = int(truth.sum()), int((~truth).sum())
        return Interval(area, newcombe_low(area, *counts), 1 - newcombe_low(1 - area, *counts))
    reach = _Z * np.sqrt(variance) / (area * (1 - area))
    return Interval(area, float(expit(logit(area) - reach)), float(expit(logit(area) + reach)))


def proportion(successes: int, total: int) -> Interval:
    """Successes out of total, with Wilson's score interval (JASA 1927;22:209).

    Raises DatasetError for a total of 0, InvalidValue for successes outside of 0..total.
    """
    if total < 1:
        raise DatasetError("A proportion of 0 films can't be measured; add films of this class.")
    if not 0 <= successes <= total:
        raise InvalidValue(f"{successes} successes out of {total} can't be; give from 0 to {total}.")
    bounds = binomtest(int(successes), int(total)).proportion_ci(COVERAGE, method="wilson")
    return Interval(successes / total, float(bounds.low), float(bounds.high))


def sensitivity(scores: ArrayLike, truth: ArrayLike, point: float) -> Interval:
    """Of the films with the finding, the part that is above `point`; raises as `report` does."""
    scores, truth = _checked(scores, truth)
    return proportion(int(_above(scores, point)[truth].sum()), int(truth.sum()))


def specificity(scores: ArrayLike, truth: ArrayLike, point: float) -> Interval:
    """Of the films without the finding, the part that is below `point`; raises as `report` does."""
    scores, truth = _checked(scores, truth)
    return proportion(int((~_above(scores, point))[~truth].sum()), int((~truth).sum()))


def balanced_accuracy(scores: ArrayLike, truth: ArrayLike, point: float, groups: ArrayLike | None = None) -> Interval:
    """The mean of sensitivity and specificity at `point`; 2000 stratified bootstrap resamples, of whole `groups` (n,) if given.

    Resampling can't show errors that the films don't hold (none in 5 isn't none in 5000), so the interval is never narrower
    than what the two Wilson intervals make together (MOVER; Zou and Donner, Stat Med 2008;27:1693). Raises as `report` does.
    """
    scores, truth = _checked(scores, truth)
    found, clear = sensitivity(scores, truth, point), specificity(scores, truth, point)
    value = (found.value + clear.value) / 2
    labels = np.arange(len(truth)) if groups is None else _checked_groups(groups, len(truth))
    resampled = _resampled_accuracies(_tallies(_above(scores, point), truth, labels))
    low, high = np.quantile(resampled, ((1 - COVERAGE) / 2, (1 + COVERAGE) / 2))
    below = np.hypot(found.value - found.low, clear.value - clear.low) / 2
    above = np.hypot(found.high - found.value, clear.high - clear.value) / 2
    return Interval(value, float(max(0, min(low, value - below))), float(min(1, max(high, value + above))))


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


def fit_temperature(logits: ArrayLike, truth: ArrayLike) -> float:
    """The temperature that makes `logits` (n, labels) likeliest given `truth` (n,), the index of the true label of each film.

    It minimises the negative log-likelihood (Guo et al., ICML 2017, section 4.2) between 0.05 and 20. Where every film is
    right there is no minimum (the colder, the likelier), and it is 1: no change. A sigmoid's logit z is the pair (0, z).
    """
    logits, truth = _checked_logits(logits, truth)
    rows = np.arange(len(truth))
    if (logits[rows, truth] == logits.max(axis=1)).all():
        return 1.0

    def loss(log_temperature: float) -> float:
        return -float(log_softmax(logits / np.exp(log_temperature), axis=1)[rows, truth].mean())

    found = minimize_scalar(loss, bounds=tuple(np.log(TEMPERATURES)), method="bounded", options={"xatol": 1e-6})
    return float(np.exp(found.x))


def softmax(logits: ArrayLike, temperature: float) -> np.ndarray:
    """Scores (n, labels) float64 that sum to 1 for each film, from `logits` over `temperature` (above 0; 1 changes nothing)."""
    if not (np.isfinite(temperature) and temperature > 0):
        raise InvalidValue(f"A temperature of {temperature} can't divide logits; give one above 0.")
    return _softmax(np.asarray(logits, np.float64) / temperature, axis=-1)


def report(scores: ArrayLike, truth: ArrayLike, point: float, groups: ArrayLike | None = None) -> dict[str, Any]:
    """What a card and a run show, ready for JSON; `groups` (n,) says whose each film is, and then patients are counted.

    films, patients; positives have the finding, above are at the operating point or higher; the metrics are intervals.
    Raises DatasetError where films, lengths, classes or scores don't allow it, InvalidValue for a point that is no number.
    """
    scores, truth = _checked(scores, truth)
    patients = {} if groups is None else {"patients": len(np.unique(_checked_groups(groups, len(truth))))}
    return {
        "films": len(truth),
        **patients,
        "positives": int(truth.sum()),
        "above": int(_above(scores, point).sum()),
        "operating_point": float(point),
        "roc_auc": auc(scores, truth).to_json(),
        "balanced_accuracy": balanced_accuracy(scores, truth, point, groups).to_json(),
        "sensitivity": sensitivity(scores, truth, point).to_json(),
        "specificity": specificity(scores, truth, point).to_json(),
    }


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


def _checked_groups(groups: ArrayLike, films: int) -> np.ndarray:
    """The groups (n,), one a film."""
    groups = np.asarray(groups)
    if groups.shape != (films,):
        raise DatasetError(f"Groups {groups.shape} don't match {films} films; name the patient of every film.")
    return groups


def _checked_logits(logits: ArrayLike, truth: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """The logits as float64 (n, labels) and the truth as integers (n,) within the labels."""
    logits, truth = np.asarray(logits, np.float64), np.asarray(truth)
    if logits.ndim != 2 or truth.shape != logits.shape[:1] or not len(truth):
        raise DatasetError(f"Logits {logits.shape} and truth {truth.shape} don't match; give a row and a label for every film.")
    if not np.isfinite(logits).all():
        raise DatasetError("Some logits are no finite numbers; leave those films out.")
    if not np.isin(truth, np.arange(logits.shape[1])).all():
        raise DatasetError(f"The truth names labels that aren't there; give indices from 0 to {logits.shape[1] - 1}.")
    return logits, truth.astype(np.intp)


def _above(scores: np.ndarray, point: float) -> np.ndarray:
    """Which films are above the operating point, bool (n,)."""
    if not np.isfinite(point):
        raise InvalidValue(f"An operating point of {point} can't be applied; give a number.")
    return scores >= point


def _delong_variance(scores: np.ndarray, truth: np.ndarray) -> float:
    """The area's variance from each film's placement among the other class; 0 where a class has one film.

    Placements from midranks: Sun and Xu, IEEE Signal Process Lett 2014;21:1389.
    """
    if min(truth.sum(), (~truth).sum()) < 2:
        return 0.0
    ranks = rankdata(scores)
    return sum(
        float(np.var((ranks[own] - rankdata(scores[own])) / (~own).sum(), ddof=1) / own.sum()) for own in (truth, ~truth)
    )


def newcombe_low(area: float, positives: float, negatives: float) -> float:
    """The area below `area` that lies the interval's reach away from it, by that lower area's own variance (method 5)."""
    if area == 0:
        return 0.0
    extra = (positives + negatives) / 2 - 1

    def excess(low: float) -> float:
        spread = 1 + extra * ((1 - low) / (2 - low) + low / (1 + low))
        return area - low - _Z * np.sqrt(low * (1 - low) * spread / (positives * negatives))

    return float(brentq(excess, 0.0, min(area, 1 - 1e-9)))


def _tallies(above: np.ndarray, truth: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """For each group (groups, 4): positives above, positives, negatives below, negatives."""
    names, index = np.unique(groups, return_inverse=True)
    marks = np.stack([above & truth, truth, ~above & ~truth, ~truth], axis=1)
    tallies = np.zeros((len(names), 4), np.int64)
    np.add.at(tallies, index, marks)
    return tallies


def _resampled_accuracies(tallies: np.ndarray) -> np.ndarray:
    """Balanced accuracy of each resample (RESAMPLES,); groups are drawn among those that hold the same classes.

    Groups with equal tallies are exchangeable, so how often each kind is drawn is multinomial: no group is drawn one by one.
    """
    generator = np.random.default_rng(_SEED)
    classes = (tallies[:, 1] > 0) + 2 * (tallies[:, 3] > 0)
    sums = np.zeros((RESAMPLES, 4), np.int64)
    for held in np.unique(classes):
        kinds, counts = np.unique(tallies[classes == held], axis=0, return_counts=True)
        sums += generator.multinomial(counts.sum(), counts / counts.sum(), RESAMPLES) @ kinds
    return (sums[:, 0] / sums[:, 1] + sums[:, 2] / sums[:, 3]) / 2
