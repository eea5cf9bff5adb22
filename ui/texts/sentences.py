"""A sentence that was put together in English, said in another language: its template is found again, and then its values.

medcore speaks English, on the command line, in its files and across its processes; a sentence arrives here finished. Each of
its templates ("{0} has {1} rows") is in the catalog, and a test holds that; the most specific one that matches is taken.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from ui.texts.catalogs import Catalog

PLACE = re.compile(r"\{(\d+)\}")
# Sentences after each other, then what lists words; tried in this order where no template is the whole.
JOINTS = ("{0} {1}", "{0}; {1}", "{0}, {1}", "{0} and {1}", "{0} or {1}")
_BETWEEN = re.compile(r"(.*?[.!?]) (.*)", re.DOTALL)
_DEEPEST = 8  # a sentence in a list in a sentence


@dataclass(frozen=True)
class _Template:
    pattern: re.Pattern[str]
    text: str


class Sentences:
    """A catalog's templates, the most specific first."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        own = [english for english in catalog.texts if PLACE.search(english) and english not in JOINTS]
        own.sort(key=lambda english: -len(PLACE.sub("", english)))
        self._templates = [_Template(_pattern(english), catalog.texts[english]) for english in own]
        self._joints = [_Template(_pattern(joint), catalog.get(joint, joint)) for joint in JOINTS[1:]]
        self._joints.insert(0, _Template(_BETWEEN, catalog.get(JOINTS[0], JOINTS[0])))
        self.translated = lru_cache(maxsize=4096)(self._translated)

    def _translated(self, sentence: str, depth: int = 0) -> str:
        if exact := self._catalog.get(sentence, ""):
            return exact
        if depth == _DEEPEST or not sentence.strip():
            return sentence
        if sentence != sentence.strip():
            return self._translated(sentence.strip(), depth)
        for template in self._templates:
            if match := template.pattern.fullmatch(sentence):
                return _filled(template, [self._translated(value, depth + 1) for value in match.groups()])
        return self._in_pieces(sentence, depth)

    def _in_pieces(self, sentence: str, depth: int) -> str:
        """Two sentences, or words that are listed, each by itself; left as it is where no piece of it is known."""
        for joint in self._joints:
            if match := joint.pattern.fullmatch(sentence):
                pieces = [self._translated(value, depth + 1) for value in match.groups()]
                if pieces != list(match.groups()):
                    return _filled(joint, pieces)
        return sentence


def _pattern(english: str) -> re.Pattern[str]:
    """{0}, {1} … stand for anything, each once and in this order in English; in the other language in any order."""
    return re.compile("(.*?)".join(re.escape(part) for part in PLACE.split(english)[::2]), re.DOTALL)


def _filled(template: _Template, values: list[str]) -> str:
    return PLACE.sub(lambda place: values[int(place[1])], template.text)
