"""How good a model is, as rows: each part of its test with its area, its shares in words, and what plain figures reach."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ui.models.reading import Span, figure, joined, mapping, number, of_a_hundred, rest, span, text
from ui.texts import say, say_count, translated


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
            about = translated(text(mapping(metrics.get("parts")).get(name)))
            found.append(Row(_named(name), _count(report), span(report.get("roc_auc")), others, words, about))
    return found


def shortcuts(details: Mapping[str, Any]) -> list[dict[str, str]]:
    """How well each plain figure of a picture alone tells it, by part of the test: rows of a table, the strongest first."""
    measured = mapping(mapping(details.get("metrics")).get("shortcuts"))
    parts = {name: mapping(each) for name, each in measured.items() if mapping(each)}
    areas = {name: [_area(part, name, "") for part in parts.values()] for part in parts.values() for name in part}
    strongest = sorted(areas, key=lambda name: -max(area or 0 for area in areas[name]))
    return [
        {say("figure"): translated(name)}
        | {translated(part): "–" if area is None else figure(area, 2) for part, area in zip(parts, areas[name], strict=True)}
        for name in strongest
    ]


def declined(details: Mapping[str, Any]) -> list[dict[str, str]]:
    """How many pictures of each part of the test the model declines, and by which check: rows of a table."""
    measured = mapping(mapping(details.get("metrics")).get("declined"))
    return [
        {
            say("part of the test"): translated(name),
            say("declined of 100"): of_a_hundred(span(mapping(each).get("share"))),
            say("pictures"): text(mapping(each).get("films")),
            say("by"): joined(
                f"{translated(check)} {text(count)}" for check, count in mapping(mapping(each).get("by")).items()
            ),
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
    if films is None:
        return ""
    if people is None:
        return say_count("{count} picture", "{count} pictures", round(films))
    told = figure(people)
    return say_count("{count} picture of {people} patients", "{count} pictures of {people} patients", round(films), people=told)


def _named(part: str) -> str:
    return translated(part) if part else say("all")


def _of_a_finding(report: Mapping[str, Any], label: str) -> tuple[str, ...]:
    hit, passed = span(report.get("sensitivity")), span(report.get("specificity"))
    if hit is None or passed is None:
        return (translated(text(report.get("reason"))) or say("Not measured."),)
    return (
        say(
            "Of 100 labelled {label}, {found} scored at or above the operating point; of 100 others, {alarms} did too.",
            label=translated(label) or say("with the finding"),
            found=of_a_hundred(hit),
            alarms=of_a_hundred(rest(passed)),
        ),
    )


def _of_classes(name: str, report: Mapping[str, Any], metrics: Mapping[str, Any]) -> Iterator[Row]:
    right = say("Of 100, {right} were called what they are.", right=of_a_hundred(span(report.get("accuracy"))))
    yield Row(_named(name), _count(report), span(report.get("roc_auc")), _others(metrics, name), (right,))
    for label, each in mapping(report.get("classes")).items():
        found, called = span(mapping(each).get("recall")), span(mapping(each).get("precision"))
        words = say(
            "Of 100 {label}, {found} were called so; of 100 called so, {right} were.",
            label=translated(label),
            found=of_a_hundred(found),
            right=of_a_hundred(called),
        )
        others = _others(metrics, name, label)
        yield Row(translated(label), _count(mapping(each)), span(mapping(each).get("roc_auc")), others, (words,))


def _others(metrics: Mapping[str, Any], name: str, label: str = "") -> tuple[tuple[str, float], ...]:
    """What else was measured on the same part, or on one class there."""
    found = []
    for key, called in _beside().items():
        area = _area(metrics.get(key), name, label)
        if area is not None:
            found.append((called, area))
    return tuple(found)


def _beside() -> dict[str, str]:
    """What stands beside a model's figures: the card's name for it among its metrics, and ours."""
    return {
        "baseline": say("16 × 16 pixels"),
        "shortcut_floor_roc_auc": say("five grey statistics"),
        "equalised": say("this model, grey values equalised"),
    }


def _area(measured: Any, name: str, label: str) -> float | None:
    """The area in a figure, a report, or one of either by subgroup."""
    there = mapping(measured).get(name) if name else measured
    if label:
        there = mapping(mapping(there).get("classes")).get(label)
    area = mapping(there).get("roc_auc", there)
    return number(mapping(area).get("value", area) if isinstance(area, Mapping) else area)
