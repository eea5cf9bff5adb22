"""The page in the browser's eyes: its language tag, a cookie that remembers it, and Streamlit's own words in it."""

from pathlib import Path

import streamlit as st

from ui.speaking import COOKIE
from ui.texts import ENGLISH, language, say, tag_of

_mount = st.components.v2.component(
    "lightbox_language", html="<span></span>", js=Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
)


def tell_browser() -> None:
    """Mounts what tells it; it shows nothing. In English, Streamlit's words are left alone."""
    with st.container(key="told"):
        data = {"tag": tag_of(language()), "language": language(), "cookie": COOKIE}
        _mount(key="told-browser", data={**data, "words": {} if language() == ENGLISH else _streamlits()})


def _streamlits() -> dict[str, str]:
    """What Streamlit itself writes on a page, which it can't say in another language."""
    gigabytes = int(st.get_option("server.maxUploadSize")) // 1024
    words = {
        "Skip to main content": say("Skip to main content"),
        "Upload": say("Upload"),
        f"{gigabytes}GB per file": say("{gigabytes} GB per file", gigabytes=gigabytes),
        "Choose an option": say("Choose an option"),
        "System": say("System"),
        "Light": say("Light"),
        "Dark": say("Dark"),
        "Print": say("Print"),
        "Main menu": say("Main menu"),
        "App pages": say("App pages"),
        "Link to heading": say("Link to heading"),
    }
    return {english: own for english, own in words.items() if own != english}  # else the browser would replace for ever
