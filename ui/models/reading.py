"""What a card's fields say, whatever their shape: a card may be anybody's; nothing is taken for granted, nothing made up."""

import math
from collections.abc import Mapping
from typing import Any

Span = tuple[float, float, float]
"""A measured value and its interval's ends."""


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
    """The value if it is a finite number, else None."""
    is_one = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if is_one else None


def span(value: Any) -> Span | None:
    """A {"value", "low", "high"} of a report; None where it wasn't measured."""
    found = [number(mapping(value).get(name)) for name in ("value", "low", "high")]
    low, high = found[1:]
    return None if found[0] is None or low is None or high is None else (found[0], low, high)


def digits(measured: Span | None) -> str:
    """ "0.985 (0.971 to 0.992)", or a dash where it wasn't measured."""
    return "–" if measured is None else f"{measured[0]:.3f} ({measured[1]:.3f} to {measured[2]:.3f})"


def of_a_hundred(measured: Span | None) -> str:
    """ "98 (95 to 99)", a share with its interval; a dash where it wasn't measured."""
    return "–" if measured is None else f"{100 * measured[0]:.0f} ({100 * measured[1]:.0f} to {100 * measured[2]:.0f})"


def rest(measured: Span | None) -> Span | None:
    """The share that a share leaves."""
    return None if measured is None else (1 - measured[0], 1 - measured[2], 1 - measured[1])


def years(ages: Any) -> str:
    """Ages of a contract or group in words: "1 to 5 years, 18 years and over"."""
    pairs = [(number(each[0]), number(each[1])) for each in entries(ages) if isinstance(each, list) and len(each) == 2]
    return ", ".join(
        f"{low:g} years and over" if high >= 100 else f"{low:g} to {high:g} years"
        for low, high in pairs
        if low is not None and high is not None
    )
