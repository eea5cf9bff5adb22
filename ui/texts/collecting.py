"""What there is to translate, found in the code: `python -m ui.texts.collecting` puts it into each language's file.

The pages' words are the literals of `say` and `say_count`; medcore's are its strings of more than one word, an f-string as a
template with {0}, {1} … in the places of its values.
"""

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path

from babel.messages import Catalog
from babel.messages.pofile import read_po, write_po

from ui.texts.cards import words_of
from ui.texts.catalogs import ENGLISH, FOLDER, LANGUAGES
from ui.texts.words import WORDS

ROOT = FOLDER.parent.parent
Text = str | tuple[str, str]
_TWO_WORDS = re.compile(r"[A-Za-z]{2,}[^A-Za-z]* [^A-Za-z]*[a-z]{1,}|[a-z]{2,}\{\d+\}|\} [a-z]{2,}|[a-z]{2,} \{")
# The command line and what only its user or a developer reads.
_ONLY_TYPED = ("__main__.py", "commands.py", "command_words.py", "run_commands.py")
_NOT_SHOWN: frozenset[str] = frozenset()


def collected() -> dict[Text, list[tuple[str, int]]]:
    """Each text, by where it stands: files relative to the project, and lines."""
    found: dict[Text, list[tuple[str, int]]] = {word: [("ui/texts/words.py", 1)] for word in WORDS}
    for path in _python("ui", "pages"):
        for line, text in said_by_pages(path.read_text("utf-8")):
            found.setdefault(text, []).append((_name(path), line))
    for path in _python("medcore"):
        if path.name not in _ONLY_TYPED:
            for line, text in said_by_library(path.read_text("utf-8")):
                found.setdefault(text, []).append((_name(path), line))
    for path in sorted((ROOT / "models").glob("*/card.json")):
        for text in words_of(json.loads(path.read_text("utf-8"))):
            found.setdefault(text, []).append((_name(path), 1))
    return found


def said_by_pages(source: str) -> Iterator[tuple[int, Text]]:
    """The literals of `say(…)` and `say_count(…)`, with their lines."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("say", "say_count"):
            first, *second = map(template, node.args[: 2 if node.func.id == "say_count" else 1])
            yield node.lineno, (first, second[0]) if second else first


def said_by_library(source: str) -> Iterator[tuple[int, str]]:
    """Strings of more than one word that are no docstring; an f-string as a template."""
    tree = ast.parse(source)
    inside = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)} - {
        id(node) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr)
    }
    said = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if id(node) in inside or id(node) in said or not isinstance(node, ast.Constant | ast.JoinedStr):
            continue
        text = template(node)
        if text and _TWO_WORDS.search(text) and text not in _NOT_SHOWN:
            yield node.lineno, text


def template(node: ast.AST) -> str:
    """A string's text, an f-string's with {0}, {1} … in the places of its values; empty for anything else."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else ""
    if not isinstance(node, ast.JoinedStr):
        return ""
    parts, places = [], 0
    for part in node.values:
        if isinstance(part, ast.Constant):
            parts.append(str(part.value))
        else:
            parts.append(f"{{{places}}}")
            places += 1
    return "".join(parts)


def _python(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def main() -> None:
    """Puts new texts into each language's file, empty, and takes out what is no longer said."""
    there_is = Catalog()
    for text, places in collected().items():
        there_is.add(text, locations=sorted(places))
    for language in LANGUAGES:
        if language != ENGLISH:
            path = FOLDER / f"{language}.po"
            with path.open("rb") as file:
                own = read_po(file, locale=language)
            own.update(there_is, no_fuzzy_matching=True)
            own.obsolete.clear()
            with path.open("wb") as file:
                write_po(file, own, sort_by_file=True, width=120, omit_header=False)


if __name__ == "__main__":
    main()
