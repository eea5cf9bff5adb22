"""Which language a session speaks: by the address, a choice at the top, the browser's memory or its own."""

import streamlit as st

from ui.texts import ENGLISH, LANGUAGES, is_settled, language, name_of, say, speak

COOKIE = "lightbox_language"
_ASKED = "language_asked"


def settle() -> None:
    """At the start of each run: `?lang=` where it is new, else what the session speaks, else what the browser remembers."""
    asked = st.query_params.get("lang")
    if asked in LANGUAGES and asked != st.session_state.get(_ASKED):
        speak(str(asked))
    elif not is_settled():
        speak(_known(st.context.cookies.get(COOKIE)) or _known((st.context.locale or "").split("-")[0]) or ENGLISH)
    st.session_state[_ASKED] = asked


def _known(found: str | None) -> str | None:
    return found if found in LANGUAGES else None


def switch() -> None:
    """One button a language at the page's top; the one that is spoken is pressed."""
    with st.container(key="language"):
        st.segmented_control(
            say("Language"),
            LANGUAGES,
            default=language(),
            format_func=name_of,
            key=f"language-{language()}",
            on_change=_chosen,
            label_visibility="collapsed",
        )


def _chosen() -> None:
    """Pressing the one that is spoken takes nothing away."""
    chosen = st.session_state.get(f"language-{language()}")
    if chosen in LANGUAGES:
        speak(chosen)
        if "lang" in st.query_params:
            st.query_params["lang"] = chosen
            st.session_state[_ASKED] = chosen
