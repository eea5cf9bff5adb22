"""No page shows a word past the texts, and what is said can be collected, in whatever language a session is."""

import ast
from pathlib import Path

import pytest
from page_words import SAYING, unsaid

from ui.texts.collecting import ROOT

PAGES = sorted(
    path for folder in ("pages", "ui") for path in (ROOT / folder).rglob("*.py") if path.parent != ROOT / "ui" / "texts"
)
# Scripts, not modules: Streamlit runs them for each session.
RUN_AGAIN = {ROOT / "ui" / "shell.py", *(ROOT / "pages").glob("*.py")}
# Texts of two words that nobody reads, or that are said elsewhere: file, text, why.
PASSED_OVER = {
    ("home.py", "Lightbox"),  # the app's name
    ("model_column.py", "model of "),  # a key of the session
    ("scan.py", " by the reader."),  # English until it is shown, as medcore's sentences are
    ("data_step.py", r"(patient\d+)_"),  # a pattern, as one is typed
    ("words.py", "Wheel, ↑ and ↓"),  # the viewer's English, which is the key of its own words
    ("voxels.py", "private, no-store"),  # a header of HTTP
    ("page_language.py", "GB per file"),  # the end of what Streamlit says, to be found and said in another language
}


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_no_word_is_shown_past_the_texts(path):
    found = [text for _, text in unsaid(path.read_text("utf-8"))]
    assert [
        text for text in found if not any(path.name == name and text.startswith(start) for name, start in PASSED_OVER)
    ] == []


def said_in(tree: ast.AST) -> list[ast.Call]:
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in SAYING
    ]


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_only_literals_are_said(path):
    """What isn't one can't be collected; what medcore says is translated instead."""
    calls = [call for call in said_in(ast.parse(path.read_text("utf-8"))) if call.func.id != "translated"]
    texts = [(call.lineno, text) for call in calls for text in call.args[: 2 if call.func.id == "say_count" else 1]]
    assert [line for line, text in texts if not (isinstance(text, ast.Constant) and isinstance(text.value, str))] == []


@pytest.mark.parametrize("path", [path for path in PAGES if path not in RUN_AGAIN], ids=name_of)
def test_nothing_is_said_at_import(path):
    """A module is imported once, and each session has its own language."""
    tree = ast.parse(path.read_text("utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)]
    bodies = [part for each in functions for part in (each.body if isinstance(each.body, list) else [each.body])]
    inside = {id(call) for part in bodies for call in said_in(part)}
    assert [call.lineno for call in said_in(tree) if id(call) not in inside] == []


def test_a_hard_coded_word_is_found():
    source = """
st.button("Go")
st.error(f"It is {size} now")
st.html('<p aria-label="Some words">x</p>')
text = "two words"
st.button(say("Go there"), help="why not")
"""
    assert sorted(line for line, _ in unsaid(source)) == [2, 3, 3, 4, 5, 6]


def test_what_no_one_reads_is_passed_over():
    source = '''
"""A docstring of words."""
words = {"a key of words": say("a key of words")}
st.html(f'<div class="one two" style="color:red"><b>{number}</b></div>')
st.html("<style>.one two{color:red}</style>")
st.button(say("Go"), key="go there now", icon=":material/open_in_new:")
st.page_link("pages/review.py", label=translated(title))
st.caption(f":small[{words}]")
chosen = st.session_state.get("x") == "two words"
'''
    assert list(unsaid(source)) == []
