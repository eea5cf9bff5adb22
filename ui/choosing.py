"""A choice that outlives a change of page and never loses a click: the caller keeps it, the widget shows it."""

from collections.abc import Callable, Sequence

import streamlit as st


def remembered_radio(
    label: str,
    options: Sequence[str],
    chosen: str,
    choose: Callable[[str], None],
    format_func: Callable[[str], str] = str,
    horizontal: bool = False,
) -> None:
    """Radio buttons; `choose` is called with another choice before the page runs again."""
    key = _shown(label, chosen)
    st.radio(
        label,
        options,
        key=key,
        format_func=_said(options, format_func),
        horizontal=horizontal,
        on_change=_tell,
        args=(key, choose),
    )


def remembered_select(
    label: str, options: Sequence[str], chosen: str, choose: Callable[[str], None], format_func: Callable[[str], str] = str
) -> None:
    """A select box; as above."""
    key = _shown(label, chosen)
    st.selectbox(label, options, key=key, format_func=_said(options, format_func), on_change=_tell, args=(key, choose))


def remembered_slider(
    label: str,
    options: Sequence[str],
    chosen: str,
    choose: Callable[[str], None],
    help: str | None = None,
    format_func: Callable[[str], str] = str,
) -> None:
    """A slider over the options; as above."""
    key = _shown(label, chosen)
    st.select_slider(
        label, options, key=key, format_func=_said(options, format_func), on_change=_tell, args=(key, choose), help=help
    )


def _said(options: Sequence[str], format_func: Callable[[str], str]) -> Callable[[str], str]:
    """What each option is called, said now: who asks later, as a test does, may be outside of the session and its language."""
    return {option: format_func(option) for option in options}.__getitem__


def _shown(label: str, chosen: str) -> str:
    """The widget's key, its state set to what the caller keeps."""
    key = f"choice-{label}"
    st.session_state[key] = chosen
    return key


def _tell(key: str, choose: Callable[[str], None]) -> None:
    choose(st.session_state[key])
