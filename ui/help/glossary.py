"""The glossary in a language, as docs/ holds it: sections of entries, each under an id that all languages share."""

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from medcore.settings import ROOT
from ui.texts import ENGLISH

DOCS = ROOT / "docs"
_ENTRY = re.compile(r'<a id="(?P<id>[a-z0-9-]+)"></a>\n\n### (?P<name>.+)\n(?P<text>.+)')


@dataclass(frozen=True)
class Entry:
    """A word and what it means, under the section that it stands in."""

    id: str
    name: str
    text: str
    section: str

    @property
    def word(self) -> str:
        """The name as a sentence says it: without what stands in brackets or after a comma."""
        return re.split(r" ?[（(,、]", self.name)[0]


def page_of(name: str, language: str) -> Path:
    """A page of docs/ in a language, in English where the language has none: "glossary" is glossary.zh.md."""
    own = DOCS / f"{name}.{language}.md"
    return own if language != ENGLISH and own.is_file() else DOCS / f"{name}.md"


@cache
def glossary(language: str) -> dict[str, Entry]:
    """Every entry by its id, in the order of the page."""
    parts = re.split(r"^## (.+)$", page_of("glossary", language).read_text("utf-8"), flags=re.MULTILINE)
    found = {}
    for section, body in zip(parts[1::2], parts[2::2], strict=True):
        for entry in _ENTRY.finditer(body):
            found[entry["id"]] = Entry(entry["id"], entry["name"], entry["text"], section)
    return found
