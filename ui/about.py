"""About a model, folded away under its answer: what it is for, what its operating point did in the test, where it ends."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from medcore.models import ModelCard
from ui.models.reading import figure, mapping, of_a_hundred, rest, span, text
from ui.plain import plain
from ui.texts import say, translated


def about(card: ModelCard) -> None:
    """What it is for, what its operating point means in test films, and where it ends, from the card."""
    with st.expander(say("About this model"), icon=":material/info:"):
        st.markdown(plain(translated(card.details.get("intended_use", ""))))
        for sentence in point_in_words(card):
            st.markdown(sentence)
        for limit in card.details.get("limits", ()):
            st.markdown(f"- {plain(translated(limit))}")
        asked = {"model": card.id}
        st.page_link("../pages/models.py", label=say("Its page"), icon=":material/neurology:", query_params=asked)


def point_in_words(card: ModelCard) -> list[str]:
    """What the card's test says, of a hundred films: what the operating point did, or, of a published run, what was right.

    Only what was measured is said; nothing where that is nothing.
    """
    metrics = mapping(card.details.get("metrics"))
    measured, label = mapping(metrics.get("test")), text(card.details.get("operating_label"))
    if "roc_auc" in measured:
        said = [_of_all_classes(measured, mapping(metrics.get("beats_baseline")))]
    else:
        names = [group.name for group in card.groups] or list(measured)
        said = [_of_a_hundred(name, label, mapping(measured.get(name))) for name in names]
    return [sentence for sentence in said if sentence]


def _of_all_classes(test: Mapping[str, Any], against_pixels: Mapping[str, Any]) -> str:
    right, area = span(test.get("accuracy")), span(test.get("roc_auc"))
    called = ""
    if right and area:
        value, low, high = (figure(each, 2) for each in area)
        called = say(
            "Of 100 test pictures {right} were called what they are; ROC AUC {value} ({low} to {high}).",
            right=of_a_hundred(right),
            value=value,
            low=low,
            high=high,
        )
    elif right:
        called = say("Of 100 test pictures {right} were called what they are.", right=of_a_hundred(right))
    return f"{called} {plain(translated(text(against_pixels.get('words'))))}".strip()


def _of_a_hundred(name: str, label: str, report: Mapping[str, Any]) -> str:
    hit, passed = span(report.get("sensitivity")), span(report.get("specificity"))
    if hit is None or passed is None:
        return ""
    return say(
        "Of 100 test films of {group} labelled {label}, {found} scored at or above the operating point; of 100 others, "
        "{alarms} did too.",
        group=translated(name),
        label=plain(translated(label)),
        found=of_a_hundred(hit),
        alarms=of_a_hundred(rest(passed)),
    )
