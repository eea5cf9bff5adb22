"""About a model, folded away under its answer: what it is for, what its operating point did in the test, where it ends."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from medcore.models import ModelCard
from ui.models.reading import mapping, of_a_hundred, rest, span, text
from ui.plain import plain


def about(card: ModelCard) -> None:
    """What it is for, what its operating point means in test films, and where it ends, from the card."""
    with st.expander("About this model", icon=":material/info:"):
        st.markdown(plain(card.details.get("intended_use", "")))
        for sentence in point_in_words(card):
            st.markdown(sentence)
        for limit in card.details.get("limits", ()):
            st.markdown(f"- {plain(limit)}")
        st.page_link("../pages/models.py", label="Its page", icon=":material/neurology:", query_params={"model": card.id})


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
    auc = f"; ROC AUC {area[0]:.2f} ({area[1]:.2f} to {area[2]:.2f})" if area else ""
    called = f"Of 100 test pictures {of_a_hundred(right)} were called what they are{auc}." if right else ""
    return f"{called} {plain(text(against_pixels.get('words')))}".strip()


def _of_a_hundred(name: str, label: str, report: Mapping[str, Any]) -> str:
    hit, passed = span(report.get("sensitivity")), span(report.get("specificity"))
    if hit is None or passed is None:
        return ""
    return (
        f"Of 100 test films of {name} labelled {plain(label)}, {of_a_hundred(hit)} scored at or above the "
        f"operating point; of 100 others, {of_a_hundred(rest(passed))} did too."
    )
