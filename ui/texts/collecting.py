"""What there is to translate, found in the code: `python -m ui.texts.collecting` puts it into each language's file.

The pages' words are the literals of `say` and `say_count`; medcore's are its strings of more than one word, an f-string as a
template. Left out is what no sentence is made of: patterns, code, what only a terminal or a log shows.
"""

import ast
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from babel.messages import Catalog
from babel.messages.pofile import read_po, write_po

from ui.texts.cards import words_of
from ui.texts.catalogs import ENGLISH, FOLDER, LANGUAGES
from ui.texts.hidden import NOT_SHOWN
from ui.texts.templates import Template, template
from ui.texts.words import CODED, WORDS

ROOT = FOLDER.parent.parent
Text = str | tuple[str, str]
_TWO_WORDS = re.compile(r"[A-Za-z]{2,}[^A-Za-z]* [^A-Za-z]*[a-z]|\} [a-z]{2,}|[a-z]{2,} \{")
# The command line and what only its user or a developer reads.
_ONLY_TYPED = ("__main__.py", "commands.py", "command_words.py", "run_commands.py", "converting.py")
# Calls whose arguments are printed, looked for or cut off, never shown.
_LOOKED_FOR = (
    "print",
    "compile",
    "fullmatch",
    "search",
    "sub",
    "findall",
    "startswith",
    "endswith",
    "removesuffix",
    "removeprefix",
    "filterwarnings",
)
_PATTERN_OR_CODE = re.compile(r"\\[dwsb]|\(\?|\.\*|\n")


def collected() -> dict[Text, list[tuple[str, int]]]:
    """Each text, by where it stands: files relative to the project, and lines."""
    found: dict[Text, list[tuple[str, int]]] = {word: [("ui/texts/words.py", 1)] for word in WORDS}
    for path in _python("ui", "pages"):
        for line, text in said_by_pages(path.read_text("utf-8")):
            found.setdefault(text, []).append((_name(path), line))
    for path, line, one in _of_library():
        found.setdefault(one.text, []).append((_name(path), line))
    for path in sorted((ROOT / "models").glob("*/card.json")):
        for text in words_of(json.loads(path.read_text("utf-8"))):
            found.setdefault(text, []).append((_name(path), 1))
    return found


def notes() -> dict[str, list[str]]:
    """What stands in the places of each of medcore's templates, as a language's file notes it; where two differ, words may."""
    told: dict[str, set[tuple[str, ...]]] = {}
    for _, _, one in _of_library():
        told.setdefault(one.text, set()).add(one.kinds)
    told |= {text: {("code",)} for text in CODED}
    return {text: Template(text, _agreed(kinds)).comment for text, kinds in told.items()}


def _agreed(kinds: set[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(each[0] if len(set(each)) == 1 else "" for each in zip(*kinds, strict=True))


def said_by_pages(source: str) -> Iterator[tuple[int, Text]]:
    """The literals of `say(…)` and `say_count(…)`, with their lines."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("say", "say_count"):
            given = node.args[: 2 if node.func.id == "say_count" else 1]
            first, *second = (template(each).text for each in given)
            yield node.lineno, (first, second[0]) if second else first


def said_by_library(source: str) -> Iterator[tuple[int, Template]]:
    """Strings of more than one word, with their lines, but docstrings and what is never shown."""
    tree = ast.parse(source)
    hidden = {id(part) for node in ast.walk(tree) for part in _parts_of_no_sentence(node)}
    for node in ast.walk(tree):
        one = template(node) if id(node) not in hidden else Template("")
        text = one.text.strip()
        if _TWO_WORDS.search(text) and not _PATTERN_OR_CODE.search(text) and text not in NOT_SHOWN:
            yield node.lineno, Template(text, one.kinds)  # type: ignore[attr-defined]


def _parts_of_no_sentence(node: ast.AST) -> Iterator[ast.AST]:
    """Below a node: what isn't a text by itself (an f-string's pieces) or is none that is shown."""
    if isinstance(node, ast.JoinedStr):
        yield from (part for part in node.values if isinstance(part, ast.Constant))
    elif isinstance(node, ast.FormattedValue) and node.format_spec is not None:
        yield from ast.walk(node.format_spec)
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        yield node.value
    elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == "Literal":
        yield from ast.walk(node.slice)
    elif isinstance(node, ast.Call):
        yield from _looked_for(node)


def _looked_for(call: ast.Call) -> Iterator[ast.AST]:
    """Of a call: what is printed or looked for, a template that is filled here, and a problem's kind, which is a key."""
    called = call.func.attr if isinstance(call.func, ast.Attribute) else call.func.id if isinstance(call.func, ast.Name) else ""
    if called == "format" and isinstance(call.func, ast.Attribute):
        yield call.func.value
    elif called in _LOOKED_FOR:
        yield from call.args
    elif called == "Problem":
        yield call.args[0]


@cache
def _of_library() -> tuple[tuple[Path, int, Template], ...]:
    paths = [path for path in _python("medcore") if path.name not in _ONLY_TYPED]
    return tuple((path, line, one) for path in paths for line, one in said_by_library(path.read_text("utf-8")))


def _python(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def main() -> None:
    """Puts new texts into each language's file, empty, and takes out what is no longer said."""
    there_is, noted = Catalog(), notes()
    for text, places in collected().items():
        there_is.add(text, locations=sorted(places), auto_comments=noted.get(text, []) if isinstance(text, str) else [])
    for language in LANGUAGES:
        if language != ENGLISH:
            path = FOLDER / f"{language}.po"
            with path.open("rb") as file:
                own = read_po(file, locale=language)
            own.update(there_is, no_fuzzy_matching=True)
            own.obsolete.clear()
            with path.open("wb") as file:
                write_po(file, own, sort_by_file=True, width=120, include_lineno=False)


if __name__ == "__main__":
    main()
