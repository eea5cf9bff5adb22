"""Where a model fails: the card's words, and of a run that is still here its worst mistakes as pictures."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import streamlit as st

from medcore import jobs
from medcore.errors import RunError
from ui.models.reading import entries, figure, mapping, text
from ui.plain import plain
from ui.runs.gallery import load_mistakes, overlaid
from ui.texts import say, translated

_MOST = 4


def failures(details: Mapping[str, Any]) -> None:
    """Draws the section; a card that names no failure says so."""
    told = [(text(mapping(each).get("what")), text(mapping(each).get("why"))) for each in entries(details.get("failures"))]
    for what, why in told:
        if what:
            st.markdown(f"- **{plain(translated(what))}** {plain(translated(why))}")
    _pictures(details)
    if not any(what for what, _ in told):
        st.markdown(say("The card names no failures. That doesn't mean that there are none."))


def limits(details: Mapping[str, Any]) -> None:
    """The card's limits as a list."""
    said = [text(each) for each in entries(details.get("limits"))]
    st.markdown("\n".join(f"- {plain(translated(each))}" for each in said if each) or say("The card names no limits."))


def _pictures(details: Mapping[str, Any]) -> None:
    run = _run_of(details)
    if run is None or not (run / "result" / "mistakes.npz").is_file():
        return
    mistakes = load_mistakes(run)[:_MOST]
    if mistakes:
        st.markdown(f":small[{say('Its most certain mistakes in the test. Warm colours: where the net found what it says.')}]")
    for column, each in zip(st.columns(_MOST), mistakes, strict=False):
        truth, said = translated(each.truth), translated(each.said)
        words = say("is {truth}, says {said} {score}", truth=truth, said=said, score=figure(each.score, 2))
        column.image(overlaid(each.picture, each.heat), plain(words), width="stretch", alt=words)


def _run_of(details: Mapping[str, Any]) -> Path | None:
    """The run that the card was published from, if it is still here and is that very run."""
    with suppress(RunError, OSError, ValueError):
        run = jobs.find(text(details.get("run")))
        return run if jobs.spec_hash(run) == details.get("spec_sha256") else None
    return None
