"""No word of the viewer stays English: what its HTML and scripts show is in `viewer_words`, and so is what Python sends."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from medcore.reading import dicom_repeats
from medcore.rendering import PRESETS
from ui import viewer
from ui.viewer.words import viewer_words, wholes

FOLDER = Path(viewer.__file__).parent
WORDED = re.compile(r"[A-Za-z]{2,}")
SAID = re.compile(r"(?:\bsay\(|new SliceError\(|failure = )([^;]*)")
LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')
SENTENCE = re.compile(r"[A-Za-z{}']+ [a-z{]")
# Literals of more than one word that a browser reads and nobody else.
NOT_SHOWN = {"Shift ArrowUp"}


class Shown(HTMLParser):
    """Texts, titles and names of the elements, and whether the element is translated."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, bool]] = []
        self._open: list[bool] = []

    def handle_starttag(self, tag, attrs):
        own = dict(attrs)
        self._open.append("data-say" in own)
        self.found += [(own[name] or "", "data-say" in own) for name in ("title", "aria-label", "placeholder") if name in own]
        if tag in ("input", "path"):
            self._open.pop()

    def handle_endtag(self, tag):
        if tag != "path":
            self._open.pop()

    def handle_data(self, data):
        if data.strip():
            self.found.append((data.strip(), self._open[-1]))


def shown_by_html() -> list[tuple[str, bool]]:
    parser = Shown()
    parser.feed((FOLDER / "viewer.html").read_text("utf-8"))
    return parser.found


def test_every_word_of_the_html_is_translated():
    found = [(text, is_said) for text, is_said in shown_by_html() if re.search(r"[A-Za-z]", text)]
    assert len(found) > 30
    assert not [text for text, is_said in found if not is_said]
    assert not [text for text, _ in found if text not in viewer_words()]


@pytest.mark.parametrize("script", sorted(FOLDER.glob("*.js")), ids=lambda path: path.name)
def test_every_word_of_the_scripts_is_translated(script):
    source = re.sub(r"//.*", "", script.read_text("utf-8"))
    source = re.sub(r"/\*.*?\*/", "", source, flags=re.DOTALL)
    said = {text for call in SAID.findall(source) for text in LITERAL.findall(call) if WORDED.search(text)}
    sentences = {text for text in LITERAL.findall(source) if SENTENCE.search(text)} - NOT_SHOWN
    assert not (said | sentences) - set(viewer_words()) - {", "}


def test_what_python_sends_by_name_is_there():
    presets = {name for each in PRESETS.values() for name in each} | {"as stored", "usual range", "full range"}
    assert presets <= set(viewer_words())
    assert {axis.word for axis in dicom_repeats._AXES if axis.word} | {"volume"} == set(wholes())
    assert {"stored value", "grey", "slice", "frame", "film"} <= set(viewer_words())


def test_english_stays_as_it_is_and_in_chinese_nothing_does(monkeypatch):
    assert all(english == said for english, said in viewer_words().items())
    monkeypatch.setattr("ui.texts.language", lambda: "zh")
    assert not [english for english, said in viewer_words().items() if said == english]
