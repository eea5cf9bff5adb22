"""What the app says, in the user's language: English stands in the code, each other language in one file of this folder.

`say` is for the pages' own words, `translated` for sentences that medcore or a card says in English. Numbers, dates and plurals
follow the language's own rules, by babel.
"""

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from functools import cache
from typing import Any

import streamlit as st
from babel import Locale
from babel.dates import format_datetime
from babel.lists import format_list
from babel.numbers import format_decimal
from streamlit.runtime.scriptrunner import get_script_run_ctx

from ui.texts.catalogs import ENGLISH, LANGUAGES, catalog, locale_of
from ui.texts.sentences import Sentences

__all__ = [
    "ENGLISH",
    "LANGUAGES",
    "is_settled",
    "language",
    "listed",
    "moment",
    "name_of",
    "number",
    "percent",
    "say",
    "say_count",
    "speak",
    "tag_of",
    "translated",
    "translator",
]

_KEY = "language"


def language() -> str:
    """What this user's session speaks: a key of LANGUAGES; English where there is no session or nothing was settled."""
    if get_script_run_ctx(suppress_warning=True) is None:
        return ENGLISH
    return str(st.session_state.get(_KEY, ENGLISH))


def is_settled() -> bool:
    """Whether it was said what this session speaks."""
    return _KEY in st.session_state


def speak(wanted: str) -> None:
    """From now on this session speaks `wanted`, a key of LANGUAGES."""
    if wanted in LANGUAGES:
        st.session_state[_KEY] = wanted


def say(text: str, /, **values: Any) -> str:
    """The page's own words, with `values` in the places of the {names}. `text` is a literal: what isn't can't be collected."""
    found = catalog(language()).get(text, text)
    return found.format(**values) if values else found


def say_count(one: str, more: str, count: int, /, **values: Any) -> str:
    """Words about `count` things; {count} is the number as the language writes it. Both texts are literals."""
    found = catalog(language()).get_count(one, more, count)
    return found.format(count=number(count), **values)


def translated(sentence: str) -> str:
    """What medcore, a card or a run says in English; what no one translated (a file's name, a class) stays as it is."""
    return translator(language())(sentence)


def translator(of: str) -> Callable[[str], str]:
    """`translated` into one language, for where no session is, such as a download's."""
    return str if of == ENGLISH else _sentences(of).translated


@cache
def _sentences(of: str) -> Sentences:
    return Sentences(catalog(of))


def number(value: float, digits: int = 0) -> str:
    """A number with `digits` decimals and the language's own separators."""
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    rounded = Decimal(f"{value:.{digits}f}")  # as everywhere else in the code; babel would take 0.975 for 0.98
    return str(format_decimal(rounded, format=pattern, locale=locale_of(language())))


def percent(share: float, digits: int = 0) -> str:
    """0..1 as a percentage, as the language writes it."""
    return say("{number} %", number=number(100 * share, digits))


def moment(when: datetime) -> str:
    """A date and time, as short as it can be told."""
    return str(format_datetime(when, "short", locale=locale_of(language())))


def listed(words: list[str]) -> str:
    """Words as a sentence lists them: "view and age"."""
    return format_list(words, "standard", locale=locale_of(language())) if words else ""


def name_of(of: str) -> str:
    """A language's name in itself: "English", "中文"."""
    own = Locale.parse(locale_of(of)).get_language_name(locale_of(of)) or of
    return own[0].upper() + own[1:]


def tag_of(of: str) -> str:
    """The language's tag for the browser (BCP 47)."""
    return locale_of(of).replace("_", "-")
