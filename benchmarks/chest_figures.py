"""Every test figure in the bundled chest model's card, computed from its prediction files and from nothing else.

A row is a film with its score (of the model that never saw its patient), the operating point of the group that the model took
it for, what declined it, and what scores beside: 16 × 16 pixels, five grey statistics, plain figures, the equalised film.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from medcore import evaluation, scoring
from medcore.evaluation.subgroups import LEAST_OF_A_CLASS

Row = Mapping[str, str]
FIGURES = (
    "file size",
    "rows",
    "columns",
    "aspect",
    "mean",
    "standard deviation",
    "sharpness",
    "5th percentile",
    "95th percentile",
)
COLUMNS = (
    *("image_path", "label", "patient_id", "stratum", "label_source", "age", "sex", "view", "fold", "group"),
    *("operating_point", "score_pneumonia", "declined_by", "score_equalised", "score_pixels", "score_statistics", *FIGURES),
)


def _read(row: Row) -> bool:
    return row["label_source"] == "second reading"


def _of(column: str, value: str) -> Callable[[Row], bool]:
    return lambda row: _read(row) and row[column] == value


def _aged(band: str) -> Callable[[Row], bool]:
    return lambda row: _read(row) and evaluation.age_band(row["age"]) == band


PARTS: dict[str, tuple[str, Callable[[Row], bool]]] = {
    "children": (
        "Children of 1 to 5 years: the published test films that are here, scored by this model; labels as published.",
        lambda row: row["stratum"] == "children",
    ),
    "adults": (
        "Every adults' film that radiologists read a second time, Lung Opacity against Normal, scored by the one of five "
        "models of the same recipe that never saw its patient.",
        _read,
    ),
    "adults PA": ("Those taken from behind (PA).", _of("view", "PA")),
    "adults AP": ("Those taken from the front (AP), mostly of patients in bed.", _of("view", "AP")),
    "adults 18-39 years": ("Those of patients of 18 to 39 years.", _aged("18-39")),
    "adults 40-64 years": ("Those of patients of 40 to 64 years.", _aged("40-64")),
    "adults 65 years and older": ("Those of patients of 65 years and older.", _aged("65+")),
    "adults, women": ("Those of women.", _of("sex", "F")),
    "adults, men": ("Those of men.", _of("sex", "M")),
    "adults, text labels": (
        "Other films of the same patients, whose labels were mined from reports: for comparison only, many of them are wrong.",
        lambda row: row["label_source"] == "text",
    ),
}
"""Each part of the test: what it is, and which rows are in it."""
MAIN = ("children", "adults", "adults PA", "adults AP", "adults, text labels")
WRITTEN = {
    "children, 1 to 5 years": "children",
    "adults": "adults",
    "adults, PA": "adults PA",
    "adults, AP": "adults AP",
}
"""The rows of the README's table, and the parts that they are of."""


def metrics_of(rows: Sequence[Row]) -> dict[str, Any]:
    """The card's metrics of the test, by kind and part: test, accepted (without declined films), declined, baseline, shortcuts.

    A part without a film isn't named; one with fewer than 10 of a class says why it isn't measured. `accepted` has the parts
    of which a film was declined, shortcuts and equalised films the main ones.
    """
    parts = {name: chosen for name, (_, holds) in PARTS.items() if (chosen := [row for row in rows if holds(row)])}
    accepted = {name: [row for row in chosen if not row["declined_by"]] for name, chosen in parts.items()}
    accepted = {name: kept for name, kept in accepted.items() if 0 < len(kept) < len(parts[name])}
    measured = {name: chosen for name, chosen in parts.items() if _least(chosen) >= LEAST_OF_A_CLASS}
    return {
        "parts": {name: PARTS[name][0] for name in parts},
        "test": {name: _report(chosen) for name, chosen in parts.items()},
        "accepted": {name: _report(chosen) for name, chosen in accepted.items()},
        "declined": {
            name: scoring.declined(_words(chosen, "declined_by"), _words(chosen, "patient_id"))
            for name, chosen in parts.items()
        },
        "baseline": {name: {"roc_auc": _area(chosen, "score_pixels")} for name, chosen in measured.items()},
        "shortcut_floor_roc_auc": {name: _area(chosen, "score_statistics") for name, chosen in measured.items()},
        "shortcuts": {name: _shortcuts(measured[name]) for name in MAIN if name in measured},
        "equalised": {name: _equalised(measured[name]) for name in MAIN if name in measured},
    }


def readme_table(metrics: Mapping[str, Any]) -> list[str]:
    """The lines of the README's table, as Markdown, from the card's metrics."""
    names = ["films of", "films", "ROC AUC", "balanced accuracy", "sensitivity", "specificity", "calibration error"]
    lines = ["| " + " | ".join([*names, "16 × 16 pixels", "five grey statistics"]) + " |", "|---" * (len(names) + 2) + "|"]
    for written, part in WRITTEN.items():
        test = metrics["test"][part]
        rates = [_span(test[name], 2) for name in ("balanced_accuracy", "sensitivity", "specificity")]
        beside = (metrics["baseline"][part]["roc_auc"], metrics["shortcut_floor_roc_auc"][part])
        cells = [written, f"{test['films']}", _span(test["roc_auc"], 3), *rates, _span(test["calibration"]["ece"], 3)]
        lines.append("| " + " | ".join([*cells, *(f"{area['value']:.2f}" for area in beside)]) + " |")
    return lines


def _span(figure: Mapping[str, float], digits: int) -> str:
    value, low, high = (f"{figure[name]:.{digits}f}" for name in ("value", "low", "high"))
    return f"{value} ({low}–{high})"


def _report(rows: Sequence[Row]) -> dict[str, Any]:
    films = {"these": np.ones(len(rows), bool)}
    names = list(_point_names(rows))
    points, patients = _numbers(rows, "operating_point"), _words(rows, "patient_id")
    return evaluation.subgroup_reports(_numbers(rows, "score_pneumonia"), _truth(rows), points, films, patients, names)["these"]


def _point_names(rows: Sequence[Row]) -> Iterator[str]:
    """Whose operating point holds for a film: its group's, of the fold's own model where one scored it."""
    for row in rows:
        group = row["group"] or "no group"
        yield f"{group}, fold {row['fold']}" if row["fold"] else group


def _shortcuts(rows: Sequence[Row]) -> dict[str, Any]:
    figures = {name: _numbers(rows, name) for name in FIGURES}
    return evaluation.shortcut_table(figures, _truth(rows), _words(rows, "patient_id"))


def _equalised(rows: Sequence[Row]) -> dict[str, Any]:
    """The same films, histogram-equalised: their area, and by how much a film's score changed at most."""
    changed = np.abs(_numbers(rows, "score_equalised") - _numbers(rows, "score_pneumonia"))
    return {"roc_auc": _area(rows, "score_equalised"), "largest_difference": float(changed.max())}


def _area(rows: Sequence[Row], column: str) -> dict[str, float]:
    return evaluation.auc(_numbers(rows, column), _truth(rows), _words(rows, "patient_id")).to_json()


def _least(rows: Sequence[Row]) -> int:
    """How many films the smaller class has."""
    positives = int(_truth(rows).sum())
    return min(positives, len(rows) - positives)


def _truth(rows: Sequence[Row]) -> np.ndarray:
    return np.array([row["label"] == "pneumonia" for row in rows])


def _numbers(rows: Sequence[Row], column: str) -> np.ndarray:
    return np.array([float(row[column]) for row in rows])


def _words(rows: Sequence[Row], column: str) -> list[str]:
    return [row[column] for row in rows]
