"""A step of the train page: open while it is at hand, a line that says what was chosen once the next one was gone to."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from ui.plain import plain
from ui.training.study import Study


@contextmanager
def folding(study: Study, number: int, name: str, chosen: str) -> Iterator[None]:
    """The step's frame, under its said name; `chosen` is the line that it folds to. A folded step can be opened again."""
    open_now = study.step == number
    title = f"{number} · {name}" + (f" — {plain(chosen)}" if chosen and not open_now else "")
    with st.expander(f"**{title}**", expanded=open_now, key=f"step-{number}-{open_now}"):
        yield


def go_on(study: Study, number: int, words: str) -> None:
    """The way to the next step, while this one is at hand."""
    if study.step == number and st.button(words, key=f"next-{number}", type="primary", icon=":material/arrow_downward:"):
        study.step = number + 1
        st.rerun()
