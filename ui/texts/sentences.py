"""A sentence that was put together in English, said in another language: its template is found again, and then its values.

medcore speaks English, on the command line, in its files and across its processes; a sentence arrives here finished. Each of
its templates ("{0} has {1} rows") is in the catalog, and a test holds that; the most specific one that matches is taken. What
isn't known as a whole stays in English as a whole: no sentence is half one language and half another.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate

from ui.texts.catalogs import Catalog

PLACE = re.compile(r"\{(\d+)\}")
# Sentences after each other, then what lists words; tried in this order where no template is the whole.
JOINTS = ("{0} {1}", "{0}; {1}", "{0}, {1}", "{0} and {1}", "{0} or {1}")
MORE = "{0} and {1} more"
_PART = re.compile(r"(\{\d+\})|\{([^{}\d]*\|[^{}]*)\}")
_SENTENCE_END = re.compile(r"(?<=[.!?]) ")
_MORE_NAMES = re.compile(r"(.*) and (\d+) more", re.DOTALL)
_SAID = re.compile(r"[A-Za-z'’-]{2,}( [A-Za-z'’-]{2,}){2}")  # three words in a row: more than a name, a number or a code
_NUMBER = r"([-+]?(?:[\d.,]*\d(?:e[-+]?\d+)?%?|inf|nan))"
_PIECES = re.compile(r"(\{\d+\})")
_CHINESE_END, _CHINESE_START = re.compile(r"[\u4e00-\u9fff] ?$"), re.compile(r" ?[\u4e00-\u9fff]")
_TOUCH = re.compile(r"[\u4e00-\u9fff][A-Za-z0-9]|[A-Za-z0-9%°][\u4e00-\u9fff]")
_CODE = re.compile(r"[A-Za-z][\w-]*")
_DEEPEST = 8  # a sentence in a list in a sentence


@dataclass(frozen=True)
class _Template:
    pattern: re.Pattern[str]
    text: str
    kinds: tuple[str, ...]
    longest: str  # of its own words: where these aren't in a sentence, the pattern needn't be tried


class Sentences:
    """A catalog's templates, the most specific first."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        own = [english for english in catalog.texts if _PART.search(english) and english not in (*JOINTS, MORE)]
        own.sort(key=lambda english: -len(_PART.sub("", english)))
        self._templates = [_read(english, catalog) for english in own]
        self._between, *self._lists = ((joint[3:-3], catalog.get(joint, joint)) for joint in JOINTS)
        self.translated = lru_cache(maxsize=4096)(self._translated)

    def _translated(self, sentence: str) -> str:
        return self._found(sentence.strip(), 0) or sentence

    def _found(self, text: str, depth: int) -> str:
        """In the other language; nothing where it, or a part of it, isn't known."""
        if exact := self._catalog.get(text, ""):
            return exact
        if depth == _DEEPEST or not text:
            return ""
        for template in self._templates:
            if template.longest in text and (match := template.pattern.fullmatch(text)):
                values = [self._value(*each, depth) for each in zip(match.groups(), template.kinds, strict=True)]
                if (known := _known(values)) is not None:
                    return _filled(template.text, known)
        return self._sentences(text, depth) or self._listed(text, depth)

    def _value(self, text: str, kind: str, depth: int) -> str | None:
        """What goes into a place; None for words that aren't known."""
        if kind in ("name", "number", "code"):
            return text
        if kind == "label":
            return self._catalog.get(text, text) if _is_whole(text) else None
        if kind in ("names", "labels"):
            return self._names(text, kind == "labels")
        stripped = text.strip()
        return self._found(stripped, depth + 1) or (None if _SAID.search(stripped) else stripped)

    def _names(self, text: str, are_labels: bool) -> str:
        """Names as they are, of which "and 3 more" may be left out; labels in their own words where they have some."""
        if match := _MORE_NAMES.fullmatch(text):
            return _filled(self._catalog.get(MORE, MORE), list(match.groups()))
        for between, joint in self._lists:
            if between in text and (are_labels or " " not in text.replace(between, "")):
                return _joined(joint, [self._names(each, are_labels) for each in text.split(between)])
        return self._catalog.get(text, text) if are_labels else text

    def _sentences(self, text: str, depth: int) -> str:
        """Two sentences, each by itself."""
        for end in _SENTENCE_END.finditer(text):
            pieces = [self._found(text[: end.start()], depth + 1), self._found(text[end.end() :], depth + 1)]
            if all(pieces):
                return _joined(self._between[1], pieces)
        return ""

    def _listed(self, text: str, depth: int) -> str:
        """Words that are listed, of which one at least is known, or codes ("CR or DX")."""
        between, joint = next((each for each in self._lists if each[0] in text), ("", ""))
        pieces = text.split(between) if between else []
        known = _known([self._value(each, "", depth) for each in pieces])
        are_codes = depth > 0 and all(map(_CODE.fullmatch, pieces))
        return _joined(joint, known) if known and (known != pieces or are_codes) else ""


def _known(values: list[str | None]) -> list[str] | None:
    """The values, or None where one of them isn't known."""
    known = [value for value in values if value is not None]
    return known if len(known) == len(values) else None


def _read(english: str, catalog: Catalog) -> _Template:
    """{0}, {1} … stand for anything, each once and in this order in English; in the other language in any order."""
    kinds = catalog.kinds.get(english, {})
    each = tuple(kinds.get(int(place), "") for place in PLACE.findall(english))
    pattern = "".join(_pieces(english, iter(each)))
    longest = max(re.split(r"\{[^{}]*\}", english), key=len)
    return _Template(re.compile(pattern, re.DOTALL), catalog.texts[english], each, longest)


def _pieces(english: str, kinds: Iterator[str]) -> Iterator[str]:
    end = 0
    for part in _PART.finditer(english):
        yield re.escape(english[end : part.start()])
        yield _group(next(kinds)) if part[1] else f"(?:{part[2]})"
        end = part.end()
    yield re.escape(english[end:])


def _is_whole(label: str) -> bool:
    """Not with half a bracket: it reaches from one of several things that are listed into the next."""
    depths = [0, *accumulate((letter == "(") - (letter == ")") for letter in label)]
    return min(depths) == 0 == depths[-1]


def _group(kind: str) -> str:
    return {"number": _NUMBER, "code": "([A-Z0-9_ ]+)"}.get(kind, "(.*?)")


def _joined(joint: str, pieces: list[str]) -> str:
    first, *rest = pieces
    for piece in rest:
        first = _filled(joint, [first, piece])
    return first


def _filled(template: str, values: list[str]) -> str:
    """The values in their places; Chinese letters stand beside each other without a space, and beside Latin ones with one."""
    said = ""
    for piece in (values[int(part[1])] if (part := PLACE.fullmatch(piece)) else piece for piece in _PIECES.split(template)):
        if _CHINESE_END.search(said) and _CHINESE_START.match(piece):
            said, piece = said.rstrip(" "), piece.lstrip(" ")
        said += " " * bool(_TOUCH.search(said[-1:] + piece[:1])) + piece
    return said
