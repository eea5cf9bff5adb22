"""A guide as docs/ holds it, drawn in the app: its words with the terms explained in place, its pictures from the disk."""

import re

import streamlit as st

from ui.help.glossary import DOCS, glossary, page_of
from ui.help.terms import link
from ui.texts import language

GUIDES = ("radiologist", "researcher", "visitor")
_PICTURE = re.compile(r"^!\[(.+)\]\((pictures/[\w.-]+)\)$", re.MULTILINE)
_TERM = re.compile(r"\[([^\]]+)\]\(glossary(?:\.\w+)?\.md#([a-z0-9-]+)\)")
_TITLE = re.compile(r"\A# .+\n")


def guide(role: str) -> None:
    """Draws one role's guide in the session's language, without its title."""
    body = _TITLE.sub("", page_of(f"guide-{role}", language()).read_text("utf-8"))
    words, *rest = _PICTURE.split(body)
    st.markdown(_explained(words))
    for alt, name, after in zip(rest[::3], rest[1::3], rest[2::3], strict=True):
        st.image(str(DOCS / name), alt=alt, width="content")
        if after.strip():
            st.markdown(_explained(after))


def _explained(words: str) -> str:
    """The links to the glossary's page as links that show the entry."""
    entries = glossary(language())
    return _TERM.sub(lambda found: link(entries[found[2]], found[1]), words)
