"""The way through the tour: the step in the address, back and next, and a dot a step."""

from collections.abc import Sequence

import streamlit as st

from ui.texts import say

_STEP = "step"


def step_asked(count: int) -> int:
    """The step of the address, from 1; the first where it names none that is there."""
    asked = st.query_params.get(_STEP, "")
    return int(asked) if asked.isdecimal() and 1 <= int(asked) <= count else 1


def bar(step: int, titles: Sequence[str]) -> None:
    """Back, the dots and next, in one row that stays at the screen's foot."""
    with st.container(horizontal=True, horizontal_alignment="center", vertical_alignment="center", key="demo-bar"):
        _go(say("Back"), "demo-back", step - 1, is_there=step > 1)
        with st.container(horizontal=True, horizontal_alignment="center", key="demo-dots", width="content"):
            for each, title in enumerate(titles, 1):
                if each == step:
                    _go(say("Step {number}: {title} (here)", number=each, title=title), f"demo-step-{each}", each, leads=True)
                else:
                    _go(say("Step {number}: {title}", number=each, title=title), f"demo-step-{each}", each)
        _go(say("Next"), "demo-next", step + 1, is_there=step < len(titles), leads=step < len(titles))


def _go(label: str, key: str, to: int, is_there: bool = True, leads: bool = False) -> None:
    """A button to a step; in the accent where it `leads`."""
    st.button(label, key=key, on_click=_set, args=(to,), disabled=not is_there, type="primary" if leads else "secondary")


def _set(step: int) -> None:
    st.query_params[_STEP] = str(step)
