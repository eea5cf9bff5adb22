"""What a card's fields say, whatever their shape: a card may be anybody's; nothing is taken for granted, nothing made up."""

from collections.abc import Callable, Iterable, Mapping
from functools import reduce
from typing import Any

from ui.texts import number as written
from ui.texts import say

Span = tuple[float, float, float]
"""A measured value and its interval's ends."""
_BEYOND = 1e15


def mapping(value: Any) -> Mapping[str, Any]:
    """The value if it has names, else nothing."""
    return value if isinstance(value, Mapping) else {}


def entries(value: Any) -> list[Any]:
    """The value's entries if it is a list, else none."""
    return value if isinstance(value, list) else []


def text(value: Any) -> str:
    """The value if it is words or a number, else nothing."""
    return str(value).strip() if isinstance(value, str | int | float) and not isinstance(value, bool) else ""


def number(value: Any) -> float | None:
    """The value if it is a number, and none beyond all counting, else None."""
    is_one = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < _BEYOND
    return float(value) if is_one else None


def span(value: Any) -> Span | None:
    """A {"value", "low", "high"} of a report; None where it wasn't measured."""
    found = [number(mapping(value).get(name)) for name in ("value", "low", "high")]
    low, high = found[1:]
    return None if found[0] is None or low is None or high is None else (found[0], low, high)


def digits(measured: Span | None) -> str:
    """ "0.985 (0.971 to 0.992)", or a dash where it wasn't measured."""
    return _told(measured, 1, 3)


def of_a_hundred(measured: Span | None) -> str:
    """ "98 (95 to 99)", a share with its interval; a dash where it wasn't measured."""
    return _told(measured, 100, 0)


def tenths(measured: Span | None) -> str:
    """ "0.3 (0.1 to 0.9)" of a hundred: rare things need a digit more."""
    return _told(measured, 100, 1)


def _told(measured: Span | None, times: int, digits: int) -> str:
    if measured is None:
        return "–"
    value, low, high = (figure(times * each, digits) for each in measured)
    return say("{value} ({low} to {high})", value=value, low=low, high=high)


def figure(value: float, digits: int = 0) -> str:
    """A number as the language writes it; rounded by Python, as where it stands in a table or a file."""
    return written(round(value, digits), digits)


def rest(measured: Span | None) -> Span | None:
    """The share that a share leaves."""
    return None if measured is None else (1 - measured[0], 1 - measured[2], 1 - measured[1])


def years(ages: Any) -> str:
    """Ages of a contract or group in words: "1 to 5 years, 18 years and over"."""
    pairs = [(number(each[0]), number(each[1])) for each in entries(ages) if isinstance(each, list) and len(each) == 2]
    return joined(
        say("{age} years and over", age=f"{low:g}")
        if high >= 100
        else say("{low} to {high} years", low=f"{low:g}", high=f"{high:g}")
        for low, high in pairs
        if low is not None and high is not None
    )


def joined(words: Iterable[str]) -> str:
    """Words after each other, as a list without "and"."""
    return _in_a_row(words, lambda first, second: say("{first}, {second}", first=first, second=second))


def chained(words: Iterable[str]) -> str:
    """Whole statements after each other."""
    return _in_a_row(words, lambda first, second: say("{first}; {second}", first=first, second=second))


def any_of(words: Iterable[str]) -> str:
    """Words of which one will do."""
    return _in_a_row(words, lambda first, second: say("{first} or {second}", first=first, second=second))


def _in_a_row(words: Iterable[str], between: Callable[[str, str], str]) -> str:
    said = list(filter(None, words))
    return reduce(between, said) if said else ""
