"""What a test's figures mean for people: of 100 or 1000, how many score at or above the point, and how many of those have it.

Natural frequencies (Gigerenzer and Hoffrage, Psychol Rev 1995;102:684): the same counts for any prevalence a reader supposes.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from medcore.errors import InvalidValue
from medcore.evaluation.intervals import Interval

Rule = Literal["point", "highest"]


@dataclass(frozen=True)
class Measured:
    """How often a test's pictures with and without `label` were told: sensitivity and specificity with 95 % intervals.

    rule: a picture counts as called from the operating point on ("point"), or where no label scores higher ("highest").
    """

    label: str
    sensitivity: Interval
    specificity: Interval
    rule: Rule


@dataclass(frozen=True)
class Count:
    """People, a whole number, and the least and most that the figures' 95 % intervals leave open."""

    value: int
    low: int
    high: int


@dataclass(frozen=True)
class Frequencies:
    """Of `people`, `have_it`; of these `found` are called, of the others `false_alarms` are.

    predictive: the part of those called who have it, 0..1; None where nobody is called. Its bounds are the corners of the
    intervals, both figures at their low ends, then both at their high ends: 95 of 100 tests, or more, hold the true part.
    """

    people: int
    have_it: int
    found: Count
    false_alarms: Count
    predictive: Interval | None

    @property
    def missed(self) -> int:
        """Who has it and isn't called."""
        return self.have_it - self.found.value

    @property
    def called(self) -> int:
        """Who is called, rightly or not."""
        return self.found.value + self.false_alarms.value

    @property
    def passed(self) -> int:
        """Who hasn't it and isn't called."""
        return self.people - self.have_it - self.false_alarms.value


def natural_frequencies(measured: Measured, have_it: int, people: int) -> Frequencies:
    """What the figures come to where `have_it` of `people` have it; bounds are rounded outwards.

    Raises InvalidValue unless somebody has it and somebody hasn't.
    """
    if not 0 < have_it < people:
        raise InvalidValue(f"{have_it} of {people} people can't have it here; give from 1 to {people - 1}.")
    others, passed = people - have_it, measured.specificity
    return Frequencies(
        people=people,
        have_it=have_it,
        found=_count(have_it, measured.sensitivity),
        false_alarms=_count(others, Interval(1 - passed.value, 1 - passed.high, 1 - passed.low)),
        predictive=_predictive(have_it, others, measured),
    )


def _count(people: int, part: Interval) -> Count:
    """Halves upwards; what floating point adds to a whole number doesn't count."""
    low, high = math.floor(round(people * part.low, 9)), math.ceil(round(people * part.high, 9))
    return Count(math.floor(round(people * part.value, 9) + 0.5), low, high)


def _predictive(have_it: int, others: int, measured: Measured) -> Interval | None:
    hit, passed = measured.sensitivity, measured.specificity
    value = _part(have_it * hit.value, others * (1 - passed.value))
    low, high = _part(have_it * hit.low, others * (1 - passed.low)), _part(have_it * hit.high, others * (1 - passed.high))
    return None if value is None else Interval(value, low or 0.0, 1.0 if high is None else high)


def _part(found: float, false_alarms: float) -> float | None:
    return found / (found + false_alarms) if found + false_alarms > 0 else None


def measured_in(test: Any, group: str | None, operating_label: str, called: str) -> Measured | None:
    """What a card's `metrics.test` says: of the group where there is one, at the operating point of `operating_label`.

    Where the test is of several classes: of `called`, the label that scores highest. None where it holds no such figures, also
    where they are no parts of 0 to 1 in their intervals: a card may come from anywhere.
    """
    part = _mapping(_mapping(test).get(group)) if group else _mapping(test)
    if "sensitivity" in part:
        return _measured(operating_label, part.get("sensitivity"), part.get("specificity"), "point")
    of_class = _mapping(_mapping(part.get("classes")).get(called))
    return _measured(called, of_class.get("recall"), of_class.get("specificity"), "highest")


def _measured(label: str, hit: Any, passed: Any, rule: Rule) -> Measured | None:
    sensitivity, specificity = _interval(hit), _interval(passed)
    return Measured(label, sensitivity, specificity, rule) if sensitivity and specificity else None


def _interval(figure: Any) -> Interval | None:
    value, low, high = (_mapping(figure).get(name) for name in ("value", "low", "high"))
    if not (isinstance(value, int | float) and isinstance(low, int | float) and isinstance(high, int | float)):
        return None
    return Interval(float(value), float(low), float(high)) if 0 <= low <= value <= high <= 1 else None


def _mapping(found: Any) -> Mapping[str, Any]:
    return found if isinstance(found, Mapping) else {}
