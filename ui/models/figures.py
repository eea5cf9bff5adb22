"""How good a model is, as rows: each part of its test with its area, its shares in words, and what plain figures reach."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ui.models.reading import Span, mapping, number, of_a_hundred, rest, span, text

OTHERS = {
    "baseline": "16 × 16 pixels",
    "shortcut_floor_roc_auc": "five grey statistics",
    "equalised": "this model, grey values equalised",
}
"""What stands beside a model's figures: the card's name for it among its metrics, and ours."""


@dataclass(frozen=True)
class Row:
    """A part of the test: its name, how many there are, the area, what others reach there (name, area), sentences.

    `about` says what the part is, where the card does.
    """

    name: str
    count: str
    area: Span | None
    others: tuple[tuple[str, float], ...]
    words: tuple[str, ...]
    about: str = ""


def rows_of(details: Mapping[str, Any], part: str = "test") -> list[Row]:
    """The rows of one part of a card's metrics, as it measured them: a finding, each subgroup, or all classes and each."""
    metrics = mapping(details.get("metrics"))
    found = []
    for name, report in reports(metrics.get(part)):
        others = _others(metrics, name)
        if mapping(report.get("classes")):
            found += list(_of_classes(name, report, metrics))
        else:
            words = _of_a_finding(report, text(details.get("operating_label")))
            about = text(mapping(metrics.get("parts")).get(name))
            found.append(Row(name or "all", _count(report), span(report.get("roc_auc")), others, words, about))
    return found


def shortcuts(details: Mapping[str, Any]) -> list[dict[str, str]]:
    """How well each plain figure of a picture alone tells it, by part of the test: rows of a table, the strongest first."""
    measured = mapping(mapping(details.get("metrics")).get("shortcuts"))
    parts = {name: mapping(each) for name, each in measured.items() if mapping(each)}
    areas = {figure: [_area(part, figure, "") for part in parts.values()] for part in parts.values() for figure in part}
    strongest = sorted(areas, key=lambda figure: -max(area or 0 for area in areas[figure]))
    return [
        {"figure": figure}
        | {name: "–" if area is None else f"{area:.2f}" for name, area in zip(parts, areas[figure], strict=True)}
        for figure in strongest
    ]


def declined(details: Mapping[str, Any]) -> list[dict[str, str]]:
    """How many pictures of each part of the test the model declines, and by which check: rows of a table."""
    measured = mapping(mapping(details.get("metrics")).get("declined"))
    return [
        {
            "part of the test": name,
            "declined of 100": of_a_hundred(span(mapping(each).get("share"))),
            "pictures": text(mapping(each).get("films")),
            "by": ", ".join(f"{check} {text(count)}" for check, count in mapping(mapping(each).get("by")).items()),
        }
        for name, each in measured.items()
    ]


def reports(measured: Any) -> list[tuple[str, Mapping[str, Any]]]:
    """A part's reports by subgroup; a single one is called ""."""
    if _is_report(measured):
        return [("", measured)]
    return [(name, each) for name, each in mapping(measured).items() if _is_report(each)]


def _is_report(value: Any) -> bool:
    return "roc_auc" in mapping(value) or number(mapping(value).get("films")) is not None


def _count(report: Mapping[str, Any]) -> str:
    films, people = number(report.get("films")), number(report.get("patients"))
    pictures = "" if films is None else f"{films:,.0f} picture{'' if films == 1 else 's'}"
    return pictures if people is None or not pictures else f"{pictures} of {people:,.0f} patients"


def _of_a_finding(report: Mapping[str, Any], label: str) -> tuple[str, ...]:
    hit, passed = span(report.get("sensitivity")), span(report.get("specificity"))
    if hit is None or passed is None:
        return (text(report.get("reason")) or "Not measured.",)
    return (
        f"Of 100 labelled {label or 'with the finding'}, {of_a_hundred(hit)} scored at or above the operating point; "
        f"of 100 others, {of_a_hundred(rest(passed))} did too.",
    )


def _of_classes(name: str, report: Mapping[str, Any], metrics: Mapping[str, Any]) -> Iterator[Row]:
    right = f"Of 100, {of_a_hundred(span(report.get('accuracy')))} were called what they are."
    yield Row(name or "all", _count(report), span(report.get("roc_auc")), _others(metrics, name), (right,))
    for label, each in mapping(report.get("classes")).items():
        found, called = span(mapping(each).get("recall")), span(mapping(each).get("precision"))
        words = f"Of 100 {label}, {of_a_hundred(found)} were called so; of 100 called so, {of_a_hundred(called)} were."
        others = _others(metrics, name, label)
        yield Row(label, _count(mapping(each)), span(mapping(each).get("roc_auc")), others, (words,))


def _others(metrics: Mapping[str, Any], name: str, label: str = "") -> tuple[tuple[str, float], ...]:
    """What else was measured on the same part, or on one class there."""
    found = []
    for key, called in OTHERS.items():
        area = _area(metrics.get(key), name, label)
        if area is not None:
            found.append((called, area))
    return tuple(found)


def _area(measured: Any, name: str, label: str) -> float | None:
    """The area in a figure, a report, or one of either by subgroup."""
    there = mapping(measured).get(name) if name else measured
    if label:
        there = mapping(mapping(there).get("classes")).get(label)
    area = mapping(there).get("roc_auc", there)
    return number(mapping(area).get("value", area) if isinstance(area, Mapping) else area)
