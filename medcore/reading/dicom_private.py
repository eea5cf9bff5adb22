"""Elements that a vendor added to the standard's: found by the vendor's own name for their block (PS3.5 7.8)."""

import struct
from typing import Any

import pydicom

# What pydicom raises for an element that isn't there (KeyError) or whose bytes don't fit its type.
NOT_UNDERSTOOD = (ValueError, TypeError, OverflowError, NotImplementedError, AttributeError, LookupError, struct.error)


def private_value(dataset: pydicom.Dataset, group: int, creator: str, element: int) -> Any:
    """The value of (group, xx`element`) in `creator`'s block; None where it is absent, empty or can't be understood."""
    try:
        value = dataset.private_block(group, creator)[element].value
    except NOT_UNDERSTOOD:
        return None
    if isinstance(value, bytes):  # a text whose type the file doesn't say
        value = value.decode("ascii", "replace").strip(" \0")
    return None if value in ("", None) else value


def private_number(dataset: pydicom.Dataset, group: int, creator: str, element: int) -> float | None:
    """The element's first value as a finite number, or None."""
    return number(private_value(dataset, group, creator, element))


def number(value: Any) -> float | None:
    """The (first) value as a finite number, or None where it isn't one."""
    first = value[0] if isinstance(value, pydicom.multival.MultiValue) and value else value
    try:
        found = float(first)
    except (TypeError, ValueError):
        return None
    return found if abs(found) < float("inf") else None
