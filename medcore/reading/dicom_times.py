"""A date and a time of a DICOM header as one moment."""

from datetime import datetime, timedelta
from typing import Any

import pydicom

from medcore.reading.dicom_parsing import value_of


def moment(dataset: pydicom.Dataset, name: str) -> datetime | None:
    """When "Series", "Acquisition" or "Content" was, from its Date and Time; None where either is missing."""
    return moment_of(value_of(dataset, f"{name}Date"), value_of(dataset, f"{name}Time"))


def moment_of(date: Any, time: Any) -> datetime | None:
    """A DA and a TM value (PS3.5 table 6.2-1, and the "10:30:00" and "2020.01.31" of older files) as a moment."""
    day, clock = str(date or "").strip().replace(".", ""), str(time or "").strip().replace(":", "")
    whole, _, part = clock.partition(".")
    if not whole.isdecimal() or len(whole) % 2:
        return None
    try:
        found = datetime.strptime(day + whole.ljust(6, "0"), "%Y%m%d%H%M%S")
        return found + timedelta(seconds=float(f"0.{part}")) if part.isdecimal() else found
    except (ValueError, OverflowError):  # the year 10,000 is none
        return None


def moment_in(text: Any) -> datetime | None:
    """A DT value as a moment of the scanner's own clock: an offset from UTC at its end is left out."""
    local = str(text or "").strip().split("+")[0].split("-")[0]
    return moment_of(local[:8], local[8:])
