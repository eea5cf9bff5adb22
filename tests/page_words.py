"""Words that a page's code shows without asking for them in the session's language, found in its syntax tree."""

import ast
import re
from collections.abc import Iterator

SAYING = ("say", "say_count", "translated")
# What shows its first argument or these keywords to a person, in Streamlit.
_SHOWING = frozenset(
    (
        *("button", "checkbox", "toggle", "radio", "selectbox", "multiselect", "slider", "select_slider", "text_input"),
        *("number_input", "text_area", "file_uploader", "download_button", "link_button", "page_link", "expander", "popover"),
        *("metric", "header", "subheader", "title", "caption", "markdown", "write", "text", "error", "warning", "info"),
        *("success", "toast", "spinner", "progress", "status", "segmented_control", "pills", "dialog", "form_submit_button"),
    )
)
_SHOWN_AS = frozenset(("label", "help", "placeholder", "title", "body", "caption", "page_title", "alt"))
# Calls whose texts are looked for, cut off or put into an element's attributes, and keywords that are no words.
_LOOKING = (
    "PlainTextResponse",
    "compile",
    "search",
    "sub",
    "fullmatch",
    "findall",
    "split",
    "removesuffix",
    "removeprefix",
    "startswith",
)
_NO_WORDS = ("key", "icon", "width", "format", "type", "class_")
_MARKUP = re.compile(
    r'<(style|script|svg).*?</\1>|<[^>]*(>|$)|[\w-]+="[^"]*("|$)|&\w+;|:[a-z]+(/\w+:|\[)|https?://\S+|^\S+\.py$|\\\\\w',
    re.DOTALL,
)
_ATTRIBUTE = re.compile(r'(?:aria-label|title|alt|placeholder)="([^"]*)"')
_STYLE = re.compile(r"[\w-]+: ?[^;{}]+;|^[^<]*\{[^}]*\}", re.DOTALL)
_TWO_WORDS = re.compile(r"[A-Za-z]{2,}[^A-Za-z]* [^A-Za-z]*[a-z]{2,}")
_ONE_WORD = re.compile(r"[A-Za-z]{2,}")


def unsaid(source: str) -> Iterator[tuple[int, str]]:
    """Lines and texts of two words or more, or of one that goes to Streamlit as a label, help, title or the like."""
    tree = ast.parse(source)
    passed = {id(part) for node in ast.walk(tree) for part in _passed_over(node)}
    shown = {id(part) for node in ast.walk(tree) if isinstance(node, ast.Call) for part in _shown(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in passed:
            words = _ONE_WORD if id(node) in shown else _TWO_WORDS
            if any(words.search(text) for text in _texts(node.value)):
                yield node.lineno, node.value


def _texts(text: str) -> list[str]:
    """What a person reads of a text that may be markup or a style."""
    return [*_ATTRIBUTE.findall(text), _STYLE.sub("", _MARKUP.sub(" ", text))]


def _shown(call: ast.Call) -> Iterator[ast.AST]:
    if _called(call) in _SHOWING and isinstance(call.func, ast.Attribute):
        yield from _pieces(call.args[0]) if call.args else ()
        for keyword in call.keywords:
            yield from _pieces(keyword.value) if keyword.arg in _SHOWN_AS else ()


def _pieces(node: ast.AST) -> Iterator[ast.AST]:
    """A text, or an f-string's own parts."""
    yield node
    yield from node.values if isinstance(node, ast.JoinedStr) else ()


def _passed_over(node: ast.AST) -> Iterator[ast.AST]:
    """Below a node: what is said, or is no text for a person."""
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        yield node.value
    elif isinstance(node, ast.FormattedValue) and node.format_spec is not None:
        yield from ast.walk(node.format_spec)
    elif isinstance(node, ast.Raise) and _called(node.exc) == "InvalidValue":
        yield from ast.walk(node)  # the caller's mistake, which no page makes
    elif isinstance(node, ast.Dict):
        yield from (key for key in node.keys if key is not None)
    elif isinstance(node, ast.Compare):
        yield from (part for side in (node.left, *node.comparators) for part in ast.walk(side))
    elif isinstance(node, ast.Call):
        yield from _of_call(node)


def _of_call(call: ast.Call) -> Iterator[ast.AST]:
    called = _called(call)
    if called in SAYING:
        yield from (part for text in call.args for part in ast.walk(text))
    if called in _LOOKING:
        yield from (part for text in call.args for part in ast.walk(text))
    for keyword in call.keywords:
        yield from ast.walk(keyword.value) if keyword.arg in _NO_WORDS else ()


def _called(node: ast.AST | None) -> str:
    if not isinstance(node, ast.Call):
        return ""
    return node.func.attr if isinstance(node.func, ast.Attribute) else node.func.id if isinstance(node.func, ast.Name) else ""
