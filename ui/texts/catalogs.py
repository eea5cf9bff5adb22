"""The languages that are there: English, and each .po file of this folder, read once."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from gettext import c2py
from pathlib import Path

from babel.messages.pofile import read_po

FOLDER = Path(__file__).parent
ENGLISH = "en"
LANGUAGES: tuple[str, ...] = (ENGLISH, *sorted(path.stem for path in FOLDER.glob("*.po")))
# Where the bare language says too little: which script and whose conventions.
_LOCALES = {"zh": "zh_CN"}
_KIND = re.compile(r"\{(\d+)\} (\w+)")


@dataclass(frozen=True)
class Catalog:
    """A language's texts by the English ones; of a plural, all its forms. `kinds` says what stands in a template's places."""

    texts: Mapping[str, str] = field(default_factory=dict)
    counts: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    kinds: Mapping[str, Mapping[int, str]] = field(default_factory=dict)
    form_of: Callable[[int], int] | None = None

    def get(self, text: str, default: str) -> str:
        """The text in this language, or `default` where it has none."""
        return self.texts.get(text, default)

    def get_count(self, one: str, more: str, count: int) -> str:
        """The form for `count` things."""
        forms = self.counts.get((one, more))
        if forms is None or self.form_of is None:
            return one if count == 1 else more
        return forms[self.form_of(count)]


@cache
def catalog(language: str) -> Catalog:
    """A language's texts; an empty one for English, which stands in the code."""
    if language == ENGLISH:
        return Catalog()
    with (FOLDER / f"{language}.po").open("rb") as file:
        read = read_po(file, locale=language)
    texts: dict[str, str] = {}
    counts: dict[tuple[str, str], tuple[str, ...]] = {}
    kinds: dict[str, dict[int, str]] = {}
    for message in read:
        if not message.string:
            continue
        if isinstance(message.id, str):
            texts[message.id] = str(message.string)
            kinds[message.id] = {int(place): kind for place, kind in _KIND.findall(" ".join(message.auto_comments))}
        elif all(message.string):
            counts[message.id[0], message.id[1]] = tuple(message.string)
    texts.pop("", None)
    return Catalog(texts, counts, kinds, c2py(read.plural_expr))


def locale_of(language: str) -> str:
    """The locale whose numbers and dates a language uses."""
    return _LOCALES.get(language, language)
