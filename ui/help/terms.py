"""Words of the app that the glossary explains: each becomes a link that shows its entry in place, without leaving the page."""

import re
from pathlib import Path

import streamlit as st

from ui.demo import kiosk
from ui.help.glossary import Entry, glossary
from ui.texts import language, say

_HERE = Path(__file__).parent
_mount = st.components.v2.component("lightbox_terms", html="<span></span>", js=(_HERE / "terms.js").read_text(encoding="utf-8"))


def linked(said: str, *ids: str) -> str:
    """Markdown in the session's language, in which the first mention of each glossary entry leads to it.

    An entry that `said` doesn't mention by its name leaves it as it is.
    """
    entries = [glossary(language())[id_] for id_ in ids]
    found = [(mention, entry) for entry in entries if (mention := _mention(entry).search(said))]
    for mention, entry in sorted(found, key=lambda pair: -pair[0].start()):
        said = said[: mention.start()] + link(entry, mention[0]) + said[mention.end() :]
    return said


def explained(*ids: str) -> None:
    """A small line that leads to entries: for words in tables, pictures and labels, which can't be links themselves."""
    entries = glossary(language())
    words = " · ".join(link(entries[id_], entries[id_].word) for id_ in ids)
    st.markdown(f":small[{say('In the glossary: {words}', words=words)}]")


def link(entry: Entry, words: str) -> str:
    """A Markdown link to an entry; its title is the entry's text, which the browser shows on hover and we on a click."""
    title = re.sub(r'(["\\])', r"\\\1", entry.text)
    return f'[{words}](help?term={entry.id} "{title}")'


def _mention(entry: Entry) -> re.Pattern[str]:
    """The entry's word, also at a sentence's start and in the plural."""
    word = re.escape(entry.word)
    return re.compile(rf"\b{word}s?\b" if entry.word.isascii() else word, re.IGNORECASE)


def explain_terms() -> None:
    """Mounts what shows an entry where its word is clicked, with the links' looks."""
    st.html(f"<style>{(_HERE / 'terms.css').read_text(encoding='utf-8')}</style>")
    with st.container(key="terms"):
        more = "" if kiosk.is_on() else say("More in the glossary")  # a visitor of a kiosk stays on the tour
        _mount(key=f"terms-{language()}", data={"more": more, "close": say("Close")})
