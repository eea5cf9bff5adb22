"""From which score on a model says yes, in words, and nested measurements as lines."""

from collections.abc import Iterator, Mapping
from typing import Any

import streamlit as st

from medcore.models import ModelCard
from ui.help.terms import linked
from ui.models.figures import reports
from ui.models.reading import entries, figure, joined, mapping, number, of_a_hundred, rest, span, text, years
from ui.plain import plain
from ui.texts import say, translated


def operating_points(card: ModelCard) -> None:
    """Each group's points in words, with what they came to on the validation pictures."""
    if why := text(mapping(card.details.get("development")).get("output")):
        st.markdown(linked(plain(translated(why)), "score", "operating-point"))
    groups = [each for each in entries(card.details.get("groups")) if mapping(each)] or [{}]
    validation = dict(reports(mapping(card.details.get("metrics")).get("validation")))
    finding = text(card.details.get("operating_label"))
    for group in groups:
        name, points = text(group.get("name")), mapping(group.get("operating_points")) or card.operating_points
        whose = joined((translated(name), years(group.get("ages_years"))))
        st.markdown("\n".join(_points(card, points, whose)))
        if words := _on_validation(validation.get(name), finding):
            st.markdown(f":small[{plain(words)}]")


def _points(card: ModelCard, points: Mapping[str, Any], whose: str) -> Iterator[str]:
    """A line for each label; of two labels the other one's point is what the finding's leaves."""
    finding = text(card.details.get("operating_label"))
    labels = [finding] if len(card.labels) == 2 and finding in card.labels else card.labels
    for label in labels:
        point = number(points.get(label))
        if point is not None:
            told, score = plain(translated(label)), figure(point, 2)
            if whose:
                yield "- " + say(
                    "**{whose}**: {label} from a score of **{score}** on", whose=plain(whose), label=told, score=score
                )
            else:
                yield "- " + say("{label} from a score of **{score}** on", label=told, score=score)


def _on_validation(report: Mapping[str, Any] | None, label: str) -> str:
    hit, passed = span((report or {}).get("sensitivity")), span((report or {}).get("specificity"))
    if hit is None or passed is None:
        return ""
    return say(
        "On the validation pictures it left {found} of 100 labelled {label} at or above, and {alarms} of 100 others.",
        found=of_a_hundred(hit),
        label=translated(label),
        alarms=of_a_hundred(rest(passed)),
    )


def facts(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Nested figures as (the card's name, words), intervals as such."""
    measured = span(value)
    if measured is not None:
        of = number(mapping(value).get("films") or mapping(value).get("total"))
        share = say("{share} of 100", share=of_a_hundred(measured))
        yield (
            name,
            share if of is None else say("{share} of 100, measured on {films}", share=of_a_hundred(measured), films=figure(of)),
        )
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield from facts(each, f"{name}, {_spoken(key)}" if name else _spoken(key))
    elif isinstance(value, list):
        words = joined(translated(text(each)) for each in value)
        yield from [(name, words)] if words else []
    elif words := (f"{value:.4g}" if isinstance(value, float) else translated(text(value))):
        yield name, words


def _spoken(key: str) -> str:
    return key.replace("_", " ")
