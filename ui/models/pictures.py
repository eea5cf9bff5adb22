"""Pictures of a model's test: ROC, how often a score comes true, what was called what."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import streamlit as st

from medcore import charts, evaluation
from medcore.errors import LightboxError
from medcore.models import ModelCard
from ui.help.terms import explained
from ui.models.predictions import FILE, Scored, scored
from ui.models.reading import entries, mapping, number, text
from ui.plain import plain
from ui.texts import language, say, translated

_MOST_LABELS, _MOST_FILMS = 24, 10**9
Picture = tuple[str, str, bytes, str]
"""Its tab, the group that it is of, the PNG, and what it shows in words."""


def pictures(card: ModelCard) -> None:
    """Draws what can be drawn of the card's test, a tab a kind; says so where nothing can."""
    drawn = _drawn(card, _state(card.folder / FILE), language())
    names = list(dict.fromkeys(tab for tab, *_ in drawn))
    if not names:
        nothing = say("No pictures of the test: the model's folder keeps no scores of its test pictures.")
        st.markdown(f":small[{nothing}]")
        return
    places = dict(zip(names, st.tabs(names), strict=True))
    for tab, group, png, words in drawn:
        if group:
            places[tab].markdown(f"**{plain(translated(group))}**")
        places[tab].image(png, alt=words, width="stretch")
    explained("roc-curve", "calibration")


def _state(path: Path) -> str:
    """What tells one state of a file from another; the card itself is told apart by its whole content."""
    try:
        found = path.lstat()
    except OSError:
        return "none"
    return f"{path} {found.st_mtime_ns} {found.st_size}"


@st.cache_data(show_spinner=False, max_entries=32, hash_funcs={ModelCard: lambda card: repr((card, card.details))})
def _drawn(card: ModelCard, state: str, words: str) -> list[Picture]:
    """`state` and `words`, the language, tell one drawing from another."""
    if len(card.labels) > _MOST_LABELS:
        return []
    return [*_of_scores(card), *_of_counts(card)]


def _of_scores(card: ModelCard) -> Iterator[Picture]:
    for films in scored(card):
        curve, rightly = _words_of(translated(films.group))
        with suppress(LightboxError):  # scores that can't be measured make no picture
            yield say("ROC"), films.group, _roc(card, films), curve
            bins = evaluation.reliability(films.scores, films.truth)
            yield say("Do scores come true"), films.group, charts.reliability_chart(bins, translate=translated), rightly


def _words_of(group: str) -> tuple[str, str]:
    """What a ROC curve and a picture of how often scores come true show, of a group or of all."""
    if not group:
        curve = say("ROC curve of the test: found against false alarms")
        return curve, say("How often pictures with such a top score were called rightly")
    curve = say("ROC curve of the test, {group}: found against false alarms", group=group)
    return curve, say("How often pictures with such a top score were called rightly, {group}", group=group)


def _of_counts(card: ModelCard) -> Iterator[Picture]:
    test = mapping(mapping(card.details.get("metrics")).get("test"))
    counts = [[number(each) for each in entries(row)] for row in entries(test.get("confusion"))]
    if counts and all(len(row) == len(counts) == len(card.labels) and all(map(_is_count, row)) for row in counts):
        whole = [[int(each or 0) for each in row] for row in counts]
        words = say("Test pictures by what they are and were called")
        yield say("What was what"), "", charts.confusion_chart(whole, card.labels, translate=translated), words


def _is_count(value: float | None) -> bool:
    return value is not None and 0 <= value <= _MOST_FILMS and value == int(value)


def _roc(card: ModelCard, films: Scored) -> bytes:
    """The finding's curve where a card has one, else each label's."""
    finding = text(card.details.get("operating_label"))
    if len(card.labels) > 2 or finding not in card.labels:
        return charts.roc_chart(films.scores, films.truth, card.labels, translate=translated)
    index = card.labels.index(finding)
    return charts.roc_chart(films.scores[:, [index]], np.where(films.truth == index, 0, 1), [finding], translate=translated)
