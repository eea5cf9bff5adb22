"""Pages and commands where a model can't be used: it is said, in plain characters, and the others go on."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from blob_models import write_blank
from streamlit.testing.v1 import AppTest

from medcore import __main__ as command_line
from medcore.samples import sample_path
from medcore.settings import ROOT, settings
from ui.about import point_in_words
from ui.plain import plain

MARKUP = "**bold** [a](http://b) :red[c] <b>d</b> ![e](http://f/g.png)"
FIGURE = {"value": 0.5, "low": 0.4, "high": 0.6}


@pytest.fixture
def app(models_folder: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    monkeypatch.setattr("medcore.models.warm", lambda: None)
    settings.cache_clear()
    st.cache_resource.clear()
    yield AppTest.from_file(str(ROOT / "ui" / "shell.py"), default_timeout=60).run()
    settings.cache_clear()


def opened(app: AppTest) -> AppTest:
    app.switch_page("../pages/review.py").run()
    return app.button(key="sample-chest-cr").click().run()


def test_review_says_what_cannot_be_used_and_asks_the_others(app, models_folder):
    write_blank(models_folder / "sound", title=MARKUP, intended_use=MARKUP, limits=[MARKUP], version=MARKUP)
    write_blank(models_folder / "garbled", temperature=0)
    write_blank(models_folder / MARKUP.replace("/", "|"))
    opened(app)
    assert not app.exception
    said = [warning.value for warning in app.warning]
    assert any("garbled" in words and "temperature is out of range" in words.replace("\\", "") for words in said)
    assert not any("**bold**" in words or "](http" in words for words in said)
    app.button(key="run").click().run()
    assert not app.exception
    assert plain(MARKUP) in [text.value for text in app.markdown]
    assert not any("](http" in text.value for text in app.markdown)


def test_of_many_models_that_cannot_be_used_a_few_are_said(app, models_folder):
    write_blank(models_folder / "sound")
    for number in range(20):
        write_blank(models_folder / f"garbled-{number:02}", temperature=0)
    opened(app)
    assert not app.exception
    assert sum("garbled" in warning.value for warning in app.warning) == 5
    assert any("15 more can't be used" in warning.value for warning in app.warning)


def test_a_model_that_breaks_while_it_is_open_is_said_and_the_page_goes_on(app, models_folder):
    write_blank(models_folder / "lungs")
    write_blank(models_folder / "sound")
    opened(app)
    app.selectbox[0].select("lungs").run()
    (models_folder / "lungs" / "weights.npz").write_bytes(b"changed")
    app.button(key="run").click().run()
    assert not app.exception
    assert any(plain("lungs can't be used") in warning.value for warning in app.warning)
    assert app.selectbox[0].options == ["Blobs on films"]


def test_without_any_model_that_can_be_used_review_says_so(app, models_folder):
    write_blank(models_folder / "garbled", temperature=0)
    opened(app)
    assert not app.exception
    assert "There is no model to ask." in [info.value for info in app.info]


@pytest.mark.parametrize(
    "metrics",
    [
        {},
        {"test": {}},
        {"test": {"roc_auc": 0.9}},
        {"test": {"roc_auc": FIGURE}},
        {"test": {"roc_auc": FIGURE, "accuracy": {"value": "good"}}, "beats_baseline": {"words": ["a", {}]}},
        {"test": {"children": "well"}},
        {"test": {"children": {"sensitivity": FIGURE}}},
        {"test": {"children": {"sensitivity": FIGURE, "specificity": {"value": None, "low": None, "high": None}}}},
        {"test": {"adults": {"sensitivity": [0.5], "specificity": True}}},
    ],
)
def test_figures_that_are_none_are_not_said(app, models_folder, metrics):
    write_blank(models_folder / "odd", metrics=metrics, data=[{"name": ["films"]}, {}], people=7, gate="left out")
    opened(app)
    app.button(key="run").click().run()
    assert not app.exception
    app.switch_page("../pages/models.py").run()
    assert not app.exception


def test_figures_that_are_there_are_said(models_folder):
    from medcore import models

    test = {"children": {"sensitivity": FIGURE, "specificity": FIGURE}}
    write_blank(models_folder / "blobs", metrics={"test": test}, operating_label="blob")
    assert point_in_words(models.find_card("blobs")) == [
        "Of 100 test films of children labelled blob, 50 (40 to 60) scored at or above the operating point; "
        "of 100 others, 50 (40 to 60) did too."
    ]


def test_the_list_of_models_says_on_standard_error_what_cannot_be_used(home, models_folder, capsys):
    write_blank(models_folder / "sound", data=[{"name": 1}], trained=[None, {"a": 1}])
    write_blank(models_folder / "garbled", temperature=0)
    for more in ([], ["--json"]):
        assert command_line.main(["models", *more]) == 1
        out, err = capsys.readouterr()
        assert "sound" in out
        assert "garbled can't be used: The card of garbled can't be used (the temperature is out of range" in err
    assert [card["id"] for card in json.loads(out)] == ["sound"]


@pytest.mark.parametrize("command", ["predict", "explain"])
def test_asking_a_model_that_cannot_be_used_is_a_sentence(home, models_folder, capsys, tmp_path, command):
    write_blank(models_folder / "garbled", temperature=0)
    given = [str(sample_path("chest-cr")), *([str(tmp_path / "out.png")] if command == "explain" else [])]
    assert command_line.main([command, *given, "--model", "garbled"]) == 1
    assert "garbled can't be used (the temperature is out of range" in capsys.readouterr().err


def test_where_another_model_than_the_usual_one_is_asked_it_is_said(home, models_folder, capsys):
    write_blank(models_folder / "chest-xray-pneumonia", temperature=0)
    write_blank(models_folder / "sound")
    command_line.main(["predict", str(sample_path("chest-cr")), "--json"])
    out, err = capsys.readouterr()
    assert "chest-xray-pneumonia can't be used, so another model is asked: The card of" in err
    assert [row["model"] for row in json.loads(out)] == ["sound"]
