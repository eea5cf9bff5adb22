"""Help: a guide for each kind of user, and the glossary, whose entry the address may name."""

from itertools import groupby

import streamlit as st

from ui.help.glossary import Entry, glossary
from ui.help.guides import GUIDES, guide
from ui.texts import language, say

_READABLE = 960  # pixels; lines that are longer are hard to read


def words(entries: dict[str, Entry], asked: str | None) -> None:
    """One entry to look up, and all of them by section."""
    found = st.selectbox(
        say("Find a word"),
        list(entries),
        list(entries).index(asked) if asked in entries else None,
        format_func=lambda each: entries[each].name,
        placeholder=say("Type or choose a word"),
        key=f"word-{language()}-{asked}",
    )
    if found:
        with st.container(border=True):
            st.markdown(f"**{entries[found].name}**  \n{entries[found].text}")
    for section, inside in groupby(entries.values(), key=lambda each: each.section):
        st.header(section)
        st.markdown("\n\n".join(f"**{each.name}**  \n{each.text}" for each in inside))


page = st.container(width=_READABLE)
page.title(say("Help"))
titles = {
    "radiologist": say("For radiologists"),
    "researcher": say("For researchers"),
    "visitor": say("For visitors"),
    "glossary": say("Glossary"),
}
asked = st.query_params.get("term")
first = "glossary" if asked else st.query_params.get("guide", "")
tabs = dict(zip(titles, page.tabs(list(titles.values()), default=titles.get(first)), strict=True))
for role in GUIDES:
    with tabs[role].container(key=f"guide-{role}"):
        guide(role)
with tabs["glossary"]:
    words(glossary(language()), asked)
