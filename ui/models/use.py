"""How a model is used: from which score on, what it declines, and how much of that was measured."""

from collections.abc import Iterator, Mapping
from typing import Any

import streamlit as st

from medcore.models import ModelCard
from ui.models.figures import declined, reports
from ui.models.reading import entries, mapping, number, of_a_hundred, rest, span, text, years
from ui.models.tables import pairs, table
from ui.plain import plain

_KINDS = {"CR": "X-ray film", "DX": "X-ray film", "MR": "MR", "CT": "CT", "US": "ultrasound", "PT": "PET"}


def operating_points(card: ModelCard) -> None:
    """Each group's points in words, with what they came to on the validation pictures."""
    if why := text(mapping(card.details.get("development")).get("output")):
        st.markdown(plain(why))
    groups = [each for each in entries(card.details.get("groups")) if mapping(each)] or [{}]
    validation = dict(reports(mapping(card.details.get("metrics")).get("validation")))
    finding = text(card.details.get("operating_label"))
    for group in groups:
        name, points = text(group.get("name")), mapping(group.get("operating_points")) or card.operating_points
        whose = ", ".join(filter(None, (name, years(group.get("ages_years")))))
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
            yield f"- {f'**{plain(whose)}**: ' if whose else ''}{plain(label)} from a score of **{point:.2f}** on"


def _on_validation(report: Mapping[str, Any] | None, label: str) -> str:
    hit, passed = span((report or {}).get("sensitivity")), span((report or {}).get("specificity"))
    if hit is None or passed is None:
        return ""
    return (
        f"On the validation pictures it left {of_a_hundred(hit)} of 100 labelled {label} at or above, "
        f"and {of_a_hundred(rest(passed))} of 100 others."
    )


def gate(card: ModelCard) -> None:
    """What the model asks of a picture, whether it looks at the picture itself, and how that did."""
    contract = mapping(card.details.get("contract"))
    st.markdown(f"It takes {plain(taken(contract))}. A picture whose tags say otherwise is declined with the reason.")
    measured = mapping(mapping(card.details.get("gate")).get("measured"))
    if "gate" not in card.details:
        st.markdown("It doesn't check the picture itself: one without tags gets a score, whatever it shows.")
    elif not measured:
        st.markdown("It also compares the picture itself with those that it learnt from. How well was not measured.")
    else:
        st.markdown("It also compares the picture itself with those that it learnt from. Measured:")
        pairs(list(facts(measured)))
    table(declined(card.details))


def taken(contract: Mapping[str, Any]) -> str:
    """What a contract asks for: "a single picture, X-ray film (CR, DX), of chest or lung, view PA or AP"."""
    words = {key: [text(each) for each in entries(contract.get(key))] for key in ("modality", "body_part", "view")}
    kinds = " or ".join(dict.fromkeys(_KINDS.get(word, word) for word in words["modality"])) or "of any kind"
    asked = ["any slice of a series" if contract.get("pictures") == "slices" else "a single picture"]
    letters = [word for word in words["modality"] if word not in kinds]
    asked += [kinds + (f" ({', '.join(letters)})" if letters else "")]
    asked += [f"of {' or '.join(words['body_part']).lower()}"] if words["body_part"] else []
    asked += [f"view {' or '.join(words['view'])}"] if words["view"] else []
    asked += [f"age {ages}"] if (ages := years(contract.get("ages_years"))) else []
    return ", ".join(asked)


def facts(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    """Nested figures as (name, words), intervals as such."""
    measured = span(value)
    if measured is not None:
        of = number(mapping(value).get("films") or mapping(value).get("total"))
        yield name, f"{of_a_hundred(measured)} of 100" + (f", measured on {of:,.0f}" if of is not None else "")
    elif isinstance(value, Mapping):
        for key, each in value.items():
            yield from facts(each, f"{name}, {_spoken(key)}" if name else _spoken(key))
    elif isinstance(value, list):
        words = ", ".join(filter(None, map(text, value)))
        yield from [(name, words)] if words else []
    elif words := (f"{value:.4g}" if isinstance(value, float) else text(value)):
        yield name, words


def _spoken(key: str) -> str:
    return key.replace("_", " ")
