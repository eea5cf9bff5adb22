"""All the words that a page of Streamlit's test harness shows, and which of them are English sentences."""

import re
from collections.abc import Iterator

import pandas as pd
from streamlit.testing.v1 import AppTest

_SHOWN = ("label", "value", "body", "placeholder", "help", "alt", "caption", "text")
_SENTENCE = re.compile(r"[A-Za-z'’]{2,}(?:,? [A-Za-z'’-]{2,}){2,}")


def english_sentences(app: AppTest) -> set[str]:
    """What of the page is three Latin words in a row or more; logs, which no one translates, and styles apart."""
    return {found[0] for text in words_shown(app) for found in [_SENTENCE.search(text)] if found}


def words_shown(app: AppTest) -> Iterator[str]:
    """Labels, texts, options, help, tables: whatever a reader meets, without what keeps Markdown out of it."""
    for element in app:
        if element.type not in ("code", "html"):
            for text in _of(element):
                yield text.replace("\\", "")


def _of(element: object) -> Iterator[str]:
    value = getattr(element, "value", None)
    if isinstance(value, pd.DataFrame):
        yield from map(str, [*value.columns, *value.index, *value.to_numpy().ravel()])
    yield from getattr(element, "options", ())
    for holder in (element, getattr(element, "proto", None)):
        yield from (text for name in _SHOWN if isinstance(text := getattr(holder, name, None), str))
