"""The same report for parts of a test set: by age band, sex, view or source, where a part is large enough to say anything."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from medcore.evaluation.one_finding import report

LEAST_OF_A_CLASS = 10
"""Fewer films with the finding, or without it, aren't measured: nine right of nine could be seven of ten."""
AGE_BANDS = ((1, 5), (6, 17), (18, 39), (40, 64), (65, math.inf))
"""Completed years, ends included."""
COLUMNS = ("age", "sex", "view", "source", "stratum")


def age_band(age: str) -> str:
    """The band of an age in years: "1-5", "65+", "under 1", or "unknown" where it is no number."""
    try:
        years = math.floor(float(age))
    except (ValueError, OverflowError):
        return "unknown"
    named = (f"{low}+" if high == math.inf else f"{low}-{high}" for low, high in AGE_BANDS if low <= years <= high)
    return next(named, "under 1" if years == 0 else "unknown")


def members(rows: Sequence[Mapping[str, str]], columns: Sequence[str] = COLUMNS) -> dict[str, np.ndarray]:
    """Which rows of an index file, one a film, belong to each subgroup: "sex F", "age 18-39" → bool (n,), in columns' order.

    A column that no row fills has no subgroups; an empty field is "unknown".
    """
    found: dict[str, np.ndarray] = {}
    for column in columns:
        words = [(row.get(column) or "").strip() for row in rows]
        if any(words):
            values = np.array([age_band(word) if column == "age" else word or "unknown" for word in words])
            found |= {f"{column} {value}": values == value for value in np.unique(values)}
    return found


def subgroup_reports(
    scores: ArrayLike,
    truth: ArrayLike,
    point: ArrayLike,
    subgroups: Mapping[str, ArrayLike],
    groups: ArrayLike | None = None,
    point_names: ArrayLike | None = None,
) -> dict[str, dict[str, Any]]:
    """The `report` of each subgroup's films (name → bool (n,)), with the films' own points and patients.

    One with fewer than 10 films of a class holds films, positives and the reason instead of figures. Raises as `report` does.
    """
    truth, points = np.asarray(truth), np.broadcast_to(np.asarray(point, np.float64), np.shape(truth))
    reports: dict[str, dict[str, Any]] = {}
    for name, films in subgroups.items():
        chosen = np.asarray(films, bool)
        if reason := _reason(truth[chosen] == 1):
            reports[name] = {"films": int(chosen.sum()), "positives": int((truth[chosen] == 1).sum()), "reason": reason}
        else:
            of_them = (None if each is None else np.asarray(each)[chosen] for each in (groups, point_names))
            reports[name] = report(np.asarray(scores)[chosen], truth[chosen], points[chosen], *of_them)
    return reports


def _reason(positive: np.ndarray) -> str:
    """Why these films aren't measured, or ""."""
    fewest = min(int(positive.sum()), int((~positive).sum()))
    if fewest >= LEAST_OF_A_CLASS:
        return ""
    which = "with" if positive.sum() == fewest else "without"
    return (
        f"Not measured: only {fewest} of its {len(positive)} films are {which} the finding, and {LEAST_OF_A_CLASS} are needed."
    )
