"""Intervals out of resamples, widened where resampling can't show what the films don't hold.

None wrong in 5 films isn't none in 5000, but every resample of them says so. So a bootstrap's interval is never narrower
here than one that knows how many films, or patients, it rests on. `units` are these: patients where known, else films.
"""

import numpy as np
from scipy.special import expit, logit
from scipy.stats import norm
from scipy.stats import t as student

from medcore.evaluation.one_finding import COVERAGE, newcombe_low

Bounds = tuple[float, float]
_Z = float(norm.ppf((1 + COVERAGE) / 2))


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
    return films / (1 + (films / units - 1) * likeness) * (_Z / _quantile(units)) ** 2


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
    reach = _quantile(min(units)) * deviation / (value * (1 - value))
    return wider(by_method_5, (float(expit(logit(value) - reach)), float(expit(logit(value) + reach))))


def of_mean_loss(value: float, largest: float, units: int, resampled: np.ndarray) -> Bounds:
    """Of a mean of values from 0 to `largest`, few of them large: symmetric in its logarithm, by the resamples' variance."""
    if value <= 0 or units < 2:
        return 0.0, largest
    reach = min(_quantile(units) * float(np.nanstd(resampled)) / value, 100)
    return float(value * np.exp(-reach)), float(min(largest, value * np.exp(reach)))


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


def _quantile(units: int) -> float:
    return float(student.ppf((1 + COVERAGE) / 2, units - 1)) if units > 1 else np.inf
