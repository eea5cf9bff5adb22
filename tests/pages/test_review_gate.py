"""The review page with a gate that is played: declined by the picture, corrected, overridden, and what a score means."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import streamlit as st
from blob_models import BLOB_SPEC, write_model
from streamlit.testing.v1 import AppTest

from medcore import architectures, explaining, models
from medcore.models import Gate, Model, Prediction
from medcore.phantoms import chest_film
from medcore.reading import Reading, Refusal
from medcore.recognition import Posture
from medcore.settings import ROOT, settings
from medcore.volume import Acquisition, Series
from ui.plain import plain

UPSIDE_DOWN = Posture(False, 2)
TURNED = "Turned 180° by the reader."
POSTURE = Gate(False, "Declined because the picture is upside down.", declined_by="posture", correction=UPSIDE_DOWN)
DISTANCE = Gate(False, "Declined because it is unlike every film.", declined_by="distance")


def share(value: float) -> dict[str, float]:
    return {"value": value, "low": value - 0.05, "high": value + 0.05}


FIGURES = {"sensitivity": share(0.9), "specificity": share(0.8)}
POINTS = {"plain": 0.6, "blob": 0.4}
CARD = {
    "operating_label": "blob",
    "groups": [
        {"name": "children", "ages_years": [[1, 5]], "temperature": 1.0, "operating_points": {"plain": 0.7, "blob": 0.3}},
        {"name": "adults", "ages_years": [[18, 120]], "temperature": 1.0, "operating_points": POINTS},
    ],
    "metrics": {"test": {"children": FIGURES}},
}


@pytest.fixture(scope="module")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of models: a net that has learnt nothing, with groups of which one was measured."""
    graph = architectures.build("small_cnn", 2, BLOB_SPEC.size)
    return write_model(tmp_path_factory.mktemp("models") / "blobs", graph, **CARD).parent


@pytest.fixture
def app(tmp_path: Path, model_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    monkeypatch.setenv("LIGHTBOX_HOME", str(tmp_path))
    monkeypatch.setenv("LIGHTBOX_MODELS", str(model_folder))
    monkeypatch.setattr("medcore.models.warm", lambda: None)
    settings.cache_clear()
    st.cache_resource.clear()
    yield AppTest.from_file(str(ROOT / "ui" / "shell.py"), default_timeout=60).run()
    settings.cache_clear()


def opened(app: AppTest, monkeypatch: pytest.MonkeyPatch, age: float | None = 3.0, body_part: str = "CHEST") -> AppTest:
    """The review page with a film open."""
    series = Series("u", "CR chest", chest_film(1, (96, 80)), Acquisition("CR", body_part, "PA", None, age))
    monkeypatch.setattr("medcore.reading.read", lambda *_: Reading((series,), ()))
    app.switch_page("../pages/review.py").run()
    return app.button(key="sample-chest-cr").click().run()


def play(monkeypatch: pytest.MonkeyPatch, gate: Gate, group: str | None = None, by: str = "") -> None:
    """A gate that declines by the picture until it was turned."""
    ask, force = models.predict, models.predict_overridden

    def declining(model: Model, series: Series, index: int) -> Prediction:
        prediction = _with_gate(ask(model, series, index), series, gate)
        return replace(prediction, group=group, group_by=by) if group else prediction

    def forced(model: Model, series: Series, index: int) -> Prediction:
        return replace(force(model, series, index), gate=gate)

    monkeypatch.setattr("medcore.models.predict", declining)
    monkeypatch.setattr("medcore.models.predict_overridden", forced)


def _with_gate(prediction: Prediction, series: Series, gate: Gate) -> Prediction:
    if TURNED in series.changes:
        return replace(prediction, gate=Gate(True, f"{prediction.gate.reason} It looks like the films."))
    return replace(prediction, gate=gate, scores=None)


def words(app: AppTest) -> str:
    """What is said, without where the glossary's links lead."""
    said = "\n".join(text.value for text in (*app.markdown, *app.warning, *app.error))
    return re.sub(r'\[([^\]]+)\]\(help\?term=[\w-]+ "(?:[^"\\]|\\.)*"\)', r"\1", said)


def scores(app: AppTest) -> list[str]:
    return [each.proto.body for each in app.get("html") if "lb-score" in each.proto.body]


def keys(app: AppTest) -> list[str]:
    return [button.key for button in app.button if button.key in ("run", "correct", "override", "undo", "picture")]


def test_a_film_declined_by_its_posture_says_why_then_offers_the_turn_then_the_override(app, monkeypatch):
    play(monkeypatch, POSTURE)
    opened(app, monkeypatch).button(key="run").click().run()
    assert not app.exception
    assert plain(POSTURE.reason) in words(app)
    assert keys(app) == ["run", "correct", "override"]
    assert app.button(key="correct").label == "Turn 180°"
    assert not scores(app)


def test_the_turn_is_made_at_once_the_model_is_asked_again_and_all_of_it_can_be_undone(app, monkeypatch):
    play(monkeypatch, POSTURE)
    mapped, explain = [], explaining.explain
    monkeypatch.setattr("medcore.explaining.explain", lambda *given: mapped.append(given[1].voxels.tolist()) or explain(*given))
    opened(app, monkeypatch).button(key="run").click().run()
    app.button(key="correct").click().run()
    assert not app.exception
    assert mapped == [chest_film(1, (96, 80)).voxels[:, ::-1, ::-1].tolist()]
    assert len(scores(app)) == 1
    assert plain("It looks like the films.") in words(app)
    assert TURNED in [warning.value for warning in app.warning]
    assert app.radio[0].options == ["CR chest · 1 image · 80 × 96 · turned 180° by the reader"]
    app.button(key="undo").click().run()
    assert app.radio[0].options == ["CR chest · 1 image · 80 × 96"]
    assert plain(POSTURE.reason) in words(app)
    assert not scores(app)


def test_an_override_of_the_picture_shows_the_reason_the_warning_and_still_the_turn(app, monkeypatch):
    play(monkeypatch, POSTURE)
    opened(app, monkeypatch).button(key="run").click().run()
    app.button(key="override").click().run()
    assert not app.exception
    assert len(scores(app)) == 1
    assert plain(POSTURE.reason) in words(app)
    assert any("You overrode the model" in warning.value for warning in app.warning)
    assert "the model's test says nothing of images that it declines" in words(app)
    assert "correct" in keys(app)
    assert "override" not in keys(app)


def test_a_stranger_is_offered_no_turn(app, monkeypatch):
    play(monkeypatch, DISTANCE)
    opened(app, monkeypatch).button(key="run").click().run()
    assert plain(DISTANCE.reason) in words(app)
    assert keys(app) == ["run", "override"]


def test_what_the_tags_contradict_is_declined_before_any_run(app, monkeypatch):
    opened(app, monkeypatch, body_part="SKULL")
    assert "Declined because the body part is SKULL" in words(app)
    assert keys(app) == ["override"]


def test_a_bad_file_after_a_correction_changes_nothing_of_it(app, monkeypatch):
    play(monkeypatch, POSTURE)
    opened(app, monkeypatch).button(key="run").click().run()
    app.button(key="correct").click().run()
    monkeypatch.setattr("medcore.reading.read", lambda *_: Reading((), (Refusal("a", "a is empty."),)))
    app.button(key="sample-tibia-cr").click().run()
    assert [error.value for error in app.error] == [plain("a is empty.")]
    assert TURNED in [warning.value for warning in app.warning]
    assert len(scores(app)) == 1


def test_the_line_about_the_tags_is_the_same_before_and_after_the_run(app, monkeypatch):
    opened(app, monkeypatch)
    fits = [text.value for text in app.markdown if "**[Fits]" in text.value]
    assert len(fits) == 1
    app.button(key="run").click().run()
    assert [text.value for text in app.markdown if "**[Fits]" in text.value] == fits


def test_the_groups_point_is_said_and_what_it_means_moves_with_the_supposed_prevalence(app, monkeypatch):
    opened(app, monkeypatch).button(key="run").click().run()
    assert plain("Operating point for children (1 to 5 years): by the age tag.") in words(app)
    assert "operating point 0.30" in scores(app)[0]
    # Of 10 of 100: 9 found (8.5 to 9.5), 18 false alarms.
    assert "So of **27** who score at or above the point, **9** have it" in words(app)
    slider = app.select_slider[0]
    slider.set_value("50 of 100").run()
    assert not app.exception
    assert "So of **55** who score at or above the point, **45** have it" in words(app)


def test_a_group_that_wasnt_measured_gets_a_sentence_and_no_number(app, monkeypatch):
    opened(app, monkeypatch, age=40.0).button(key="run").click().run()
    assert "The card has no test figures for adults." in words(app)
    assert not app.select_slider


def test_a_group_told_by_the_picture_is_said_so(app, monkeypatch):
    play(monkeypatch, POSTURE, "children", "picture")
    opened(app, monkeypatch, age=None).button(key="run").click().run()
    app.button(key="correct").click().run()
    assert plain("Operating point for children (1 to 5 years): by the picture, which looks like those films.") in words(app)


def test_where_the_group_cant_be_told_there_is_no_number(app, monkeypatch):
    opened(app, monkeypatch, age=None).button(key="run").click().run()
    assert plain("Operating point of all its films together") in plain(words(app))
    assert "its group can't be told" in words(app)


def voice(app: AppTest) -> str:
    return str(app.radio(key="choice-In words for").value)


def test_an_answer_is_told_to_the_reader_that_was_chosen_who_is_remembered(app, monkeypatch):
    opened(app, monkeypatch).button(key="run").click().run()
    assert voice(app) == "radiologist"
    assert plain("Score for blob") in words(app)
    app.radio(key="choice-In words for").set_value("patient").run()
    assert not app.exception
    assert "the doctor decides" in words(app)
    assert plain("Score for blob") not in words(app)
    app.switch_page("../pages/models.py").run()
    app.switch_page("../pages/review.py").run()
    assert voice(app) == "patient"


def test_a_declined_film_is_told_in_words_too(app, monkeypatch):
    play(monkeypatch, POSTURE)
    opened(app, monkeypatch).button(key="run").click().run()
    assert plain("No score, so nothing was compared with the operating point") in words(app)


def test_another_model_stays_chosen_on_other_pages_and_in_another_language(app, monkeypatch, model_folder):
    cards = [replace(card, id=name) for card in models.list_cards() for name in ("blobs", "spots")]
    monkeypatch.setattr("medcore.models.list_cards", lambda: cards)
    opened(app, monkeypatch)
    app.selectbox(key="choice-Model").set_value("spots").run()
    app.switch_page("../pages/models.py").run()
    app.switch_page("../pages/review.py").run()
    assert app.selectbox(key="choice-Model").value == "spots"
    app.session_state["language"] = "zh"
    assert [each.value for each in app.run().selectbox if each.key == "choice-模型"] == ["spots"]


def test_in_chinese_the_page_speaks_chinese(app, monkeypatch):
    app.session_state["language"] = "zh"
    opened(app, monkeypatch).button(key="run").click().run()
    assert not app.exception
    assert app.radio[0].label == "序列"
    assert app.button(key="run").label == "运行"
    assert app.radio(key="choice-说明对象").value == "radiologist"
    spoken = re.sub(r"Blobs on films|:[a-z_/]+:?", "", words(app))  # the card's own title; icons
    assert not re.findall(r"[A-Za-z]{2,} [a-z]{2,}", spoken)
