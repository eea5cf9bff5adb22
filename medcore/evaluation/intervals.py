"""Intervals out of resamples, widened where resampling can't show what the films don't hold.

None wrong in 5 films isn't none in 5000, but every resample of them says so. So a bootstrap's interval is never narrower
here than one that knows how many films, or patients, it rests on. `units` are these: patients where known, else films.
"""

from dataclasses import asdict, dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import expit, logit
from scipy.stats import binomtest, norm
from scipy.stats import t as student

from medcore.errors import DatasetError, InvalidValue

Bounds = tuple[float, float]
COVERAGE = 0.95
RESAMPLES = 2000
_Z = float(norm.ppf((1 + COVERAGE) / 2))


@dataclass(frozen=True)
class Interval:
    """A measured value and its 95 % interval."""

    value: float
    low: float
    high: float

    def to_json(self) -> dict[str, float]:
        """{"value", "low", "high"}."""
        return asdict(self)


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


def percentiles(resampled: np.ndarray) -> Bounds:
    """What 95 % of the resamples (r,) lie between; resamples without a value (NaN) are left out."""
    low, high = np.quantile(resampled[~np.isnan(resampled)], ((1 - COVERAGE) / 2, (1 + COVERAGE) / 2))
    return float(low), float(high)


def wilson(value: float, films: float) -> Bounds:
    """Wilson's score interval (JASA 1927;22:209) of a part `value` of `films`, which need not be whole; 0 to 1 of no films."""
    if films <= 0:
        return 0.0, 1.0
    middle = (value + _Z**2 / (2 * films)) / (1 + _Z**2 / films)
    reach = _Z / (1 + _Z**2 / films) * np.sqrt(value * (1 - value) / films + _Z**2 / (4 * films**2))
    return float(max(0, min(value, middle - reach))), float(min(1, max(value, middle + reach)))


def independent(films: int, units: int, likeness: float) -> float:
    """As how many independent films these count, of `units` patients whose films score as alike as `likeness` (0 to 1) says.

    Films over their design effect (Kish 1965), fewer still where there are few patients (Korn and Graubard 1998).
    """
    if units == films:
        return films
    return films / (1 + (films / units - 1) * likeness) * (_Z / quantile(units)) ** 2


def newcombe_low(area: float, positives: float, negatives: float) -> float:
    """The area below `area` that lies the interval's reach away from it, by that lower area's own variance (method 5)."""
    if area == 0:
        return 0.0
    extra = (positives + negatives) / 2 - 1

    def excess(low: float) -> float:
        spread = 1 + extra * ((1 - low) / (2 - low) + low / (1 + low))
        return area - low - _Z * np.sqrt(low * (1 - low) * spread / (positives * negatives))

    return float(brentq(excess, 0.0, min(area, 1 - 1e-9)))


def of_area(value: float, units: tuple[int, int], worth: tuple[float, float], resampled: np.ndarray) -> Bounds:
    """Of an area under the ROC curve over units (with the class, without it), which are worth so many independent films.

    Newcombe's method 5 (Stat Med 2006;25:559); or wider, symmetric in the logit, with the resamples' deviation times Student's
    t of the fewer units.
    """
    counts = max(1.0, worth[0]), max(1.0, worth[1])
    by_method_5 = newcombe_low(value, *counts), 1 - newcombe_low(1 - value, *counts)
    deviation = float(np.nanstd(resampled))
    if min(units) < 2 or deviation == 0 or value in (0, 1):
        return by_method_5
    reach = quantile(min(units)) * deviation / (value * (1 - value))
    return wider(by_method_5, (float(expit(logit(value) - reach)), float(expit(logit(value) + reach))))


def of_mean_loss(value: float, largest: float, units: int, resampled: np.ndarray) -> Bounds:
    """Of a mean of values from 0 to `largest`, few of them large: symmetric in its logarithm, by the resamples' variance.

    Never narrower than the resamples' percentiles.
    """
    if value <= 0 or units < 2:
        return 0.0, largest
    reach = min(quantile(units) * float(np.nanstd(resampled)) / value, 100)
    return wider((float(value * np.exp(-reach)), float(min(largest, value * np.exp(reach)))), percentiles(resampled))


def of_error(gaps: np.ndarray, resampled: np.ndarray) -> Bounds:
    """Of the sum of absolute `gaps` (bins,), from the resamples' (r, bins).

    Chance only makes it larger, and a resample makes it larger once more. So the lower bound takes off all that chance may
    have added: by the triangle inequality no more than the gaps' own absolute errors, here those of the resamples' gaps.
    """
    value, added = float(np.abs(gaps).sum()), np.abs(resampled - gaps).sum(axis=1)
    return max(0.0, value - percentiles(added)[1]), max(value, percentiles(np.abs(resampled).sum(axis=1))[1])


def of_mean(value: float, parts: list[tuple[float, Bounds]]) -> Bounds:
    """Of the mean of several parts with their own bounds (MOVER; Zou and Donner, Stat Med 2008;27:1693)."""
    below = np.sqrt(sum((part - low) ** 2 for part, (low, _) in parts)) / len(parts)
    above = np.sqrt(sum((high - part) ** 2 for part, (_, high) in parts)) / len(parts)
    return float(max(0, value - below)), float(min(1, value + above))


def wider(one: Bounds, other: Bounds) -> Bounds:
    """From the lower of both to the higher."""
    return min(one[0], other[0]), max(one[1], other[1])


def quantile(units: int | None) -> float:
    """How many standard errors an interval reaches: the normal's 1.96, or Student's t of so many units."""
    if units is None:
        return _Z
    return float(student.ppf((1 + COVERAGE) / 2, units - 1)) if units > 1 else np.inf
