"""JSON from a stranger: as its standard has it, not deep, and without what would spoil a page or a terminal."""

import json
import math
import re
from collections.abc import Iterator
from typing import Any

from medcore.models.files import printable

_DEEPEST, _LONGEST_NUMBER = 16, 30
_TOO_DEEP = "its fields lie too deep in one another"
_STEERING = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters but the line's end, other separators, what makes a line read in another order, and halves of letters."""


def parsed(content: bytes) -> Any:
    """What UTF-8 JSON stands for, each key once, every number finite; raises ValueError, in words, for anything else."""
    try:
        text = content.decode("utf-8")
        value = json.loads(text, object_pairs_hook=_each_once, parse_constant=_number, parse_float=_number, parse_int=_whole)
    except UnicodeDecodeError as error:
        raise ValueError("it isn't UTF-8 text") from error
    except RecursionError as error:
        raise ValueError(_TOO_DEEP) from error
    _check_all_through(value)
    return value


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a field stands in it twice")
    return fields


def _number(digits: str) -> float:
    if len(digits) > _LONGEST_NUMBER or not math.isfinite(float(digits)):
        raise ValueError(f"{digits[:_LONGEST_NUMBER]} is no number that it may have")
    return float(digits)


def _whole(digits: str) -> int:
    if len(digits) > _LONGEST_NUMBER:
        raise ValueError("it has a number of too many digits")
    return int(digits)


def _check_all_through(value: Any) -> None:
    waiting = [(value, 0)]
    while waiting:
        value, depth = waiting.pop()
        if depth > _DEEPEST:
            raise ValueError(_TOO_DEEP)
        if isinstance(value, str) and _STEERING.search(value):
            raise ValueError(f"{printable(value)[:40]!r} has control characters")
        waiting += [(each, depth + 1) for each in _within(value)]


def _within(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        yield from value
        yield from value.values()
    elif isinstance(value, list):
        yield from value
