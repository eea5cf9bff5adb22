"""A string in the code as a template: {0}, {1} … in the places of its values, {|s} where English only picks an ending.

What stands in a place is told by how the code calls it: a file's name goes through as it is, a word or a sentence is
translated too.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

# What only English grammar needs; a value that is one of these says nothing of its own.
_ENDINGS = frozenset(("", "s", "es", "is", "are", "has", "have", "was", "were", "a", "an"))
_FORMAT_PLACE = re.compile(r"\{[^{}]*\}")
# How the code calls what must not be translated (a name), what may be (a label), and several of them in a row.
_CALLED = {
    "name": "name archive_name file_name path folder source run id model_id model version uid manifest key keyword digits "
    "syntax pattern place module shape shapes sides dtype part roots published_folder models value shown self root address "
    "_ADDRESS method",
    "label": "label commonest rarest group counts",
    "names": "_said said strata layers known METHODS SAMPLES ARCHITECTURES PRESETS _CONTRACT _FIELDS strange names",
    "labels": "labels lacking",
    "number": "years low high",
}
_KIND_OF = {word: kind for kind, words in _CALLED.items() for word in words.split()}
_THROUGH = ("printable", "sorted", "str", "next", "iter", "list", "set")


@dataclass(frozen=True)
class Template:
    """`kinds` says of each place what stands there: "name", "label", several of either, "number", or "" for words."""

    text: str
    kinds: tuple[str, ...] = ()

    @property
    def comment(self) -> list[str]:
        """The kinds as a note in a language's file, or none."""
        told = ", ".join(f"{{{place}}} {kind}" for place, kind in enumerate(self.kinds) if kind)
        return [told] if told else []


def template(node: ast.AST) -> Template:
    """The template of a string, an f-string or a string's .format(); one without text for anything else."""
    if isinstance(node, ast.JoinedStr):
        return _of_parts(node.values)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "format":
        count, texts = iter(range(100)), template(node.func.value).text
        return Template(_FORMAT_PLACE.sub(lambda _: f"{{{next(count)}}}", texts))
    return Template(node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else "")


def _of_parts(parts: list[ast.expr]) -> Template:
    text = ""
    kinds: list[str] = []
    for part in parts:
        if not isinstance(part, ast.FormattedValue):
            text += template(part).text
        elif ending := _ending(part.value):
            text += ending
        else:
            text += f"{{{len(kinds)}}}"
            kinds.append(_kind(part))
    return Template(text, tuple(kinds))


def _ending(value: ast.expr) -> str:
    """{|s} for what is nothing or an s, {has|have} for either; nothing for a value that says something."""
    arms = [template(arm).text for arm in _arms(value)]
    return f"{{{'|'.join(arms)}}}" if len(arms) == 2 and _ENDINGS.issuperset(arms) else ""


def _arms(value: ast.expr) -> Iterator[ast.expr]:
    if isinstance(value, ast.IfExp) and isinstance(value.body, ast.Constant) and isinstance(value.orelse, ast.Constant):
        yield from (value.body, value.orelse)
    elif isinstance(value, ast.BinOp) and isinstance(value.op, ast.Mult) and isinstance(value.left, ast.Constant):
        yield from (ast.Constant(""), value.left)


def _kind(part: ast.FormattedValue) -> str:
    if part.conversion == ord("r"):
        return "name"
    counted = isinstance(part.value, ast.Call) and _called(part.value) == "len"
    if part.format_spec is not None or counted or isinstance(part.value, ast.BinOp):
        return "number"
    return _KIND_OF.get(_word(part.value), "")


def _word(value: ast.expr) -> str:
    """What the code calls a value: the last word of its expression, or of what a plain call is given."""
    if isinstance(value, ast.Call):
        called = _called(value)
        given = value.args and (called in _THROUGH or called == "join")
        return _word(value.args[0]) if given else called
    if isinstance(value, ast.Subscript | ast.BinOp):
        return _word(value.value if isinstance(value, ast.Subscript) else value.left)
    return value.attr if isinstance(value, ast.Attribute) else value.id if isinstance(value, ast.Name) else ""


def _called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else call.func.id if isinstance(call.func, ast.Name) else ""
