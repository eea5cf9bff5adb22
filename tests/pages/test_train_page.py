"""The train page through Streamlit's test harness: what is wrong with a folder is said before anything is trained."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from medcore import jobs
from medcore.phantoms import labelled_set
from medcore.settings import ROOT, settings


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that the page may open, in a home of its own."""
    monkeypatch.setenv("LIGHTBOX_HOME", str(tmp_path))
    monkeypatch.setattr("medcore.models.warm", lambda: None)
    settings.cache_clear()
    (tmp_path / "data").mkdir()
    return tmp_path / "data"


@pytest.fixture
def app(data: Path) -> Iterator[AppTest]:
    st.cache_resource.clear()
    yield AppTest.from_file(str(ROOT / "ui" / "shell.py"), default_timeout=60).run().switch_page("../pages/train.py").run()
    settings.cache_clear()


def checked(app: AppTest, folder: Path) -> AppTest:
    """The page after `folder` was chosen and checked; a path that isn't offered is typed in the browser, here it is offered."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("medcore.datasets.folders", lambda: [folder])
        return _chosen(app, folder)


def _chosen(app: AppTest, folder: Path) -> AppTest:
    app.run()
    app.selectbox[0].set_value(str(folder)).run()
    return app.button(key="check").click().run()


def said(app: AppTest) -> str:
    return " ".join(each.value for each in [*app.error, *app.warning, *app.markdown])


def labels(app: AppTest) -> list[str]:
    return [button.label for button in app.button]


def test_practice_films_lead_through_all_four_steps(app):
    app.button(key="practice").click().run()
    for step in ("next-1", "next-2", "next-3"):
        assert not app.exception
        app.button(key=step).click().run()
    assert not app.exception
    assert app.text_input(key="title").value == "practice-films"
    assert {"How long will it take?", "Start training"} <= set(labels(app))


def test_a_folder_of_one_class_goes_no_further(app, data):
    labelled_set(data / "one", 60)
    for film in (data / "one" / "plain").iterdir():
        film.unlink()
    checked(app, data / "one")
    assert app.error
    assert "Next: the split" not in labels(app)


def test_a_corrupt_picture_is_named_and_the_others_go_on(app, data):
    labelled_set(data / "films", 60)
    (data / "films" / "plain" / "broken.png").write_bytes(b"no picture")
    checked(app, data / "films")
    assert not app.exception
    shown = " ".join(str(frame.value) for frame in app.dataframe)
    assert "plain/broken.png" in shown
    assert "Next: the split" in labels(app)


def test_a_folder_outside_the_roots_is_refused_in_words(app, tmp_path):
    labelled_set(tmp_path / "elsewhere", 60)
    checked(app, tmp_path / "elsewhere")
    assert "may be opened" in said(app)
    assert "Next: the split" not in labels(app)


def test_a_link_out_of_the_roots_is_refused(app, data, tmp_path):
    (data / "link").symlink_to(labelled_set(tmp_path / "elsewhere", 60))
    checked(app, data / "link")
    assert "may be opened" in said(app)


def test_a_refused_folder_leaves_the_checked_one(app, data, tmp_path):
    labelled_set(data / "films", 60)
    labelled_set(tmp_path / "elsewhere", 60)
    checked(app, data / "films")
    checked(app, tmp_path / "elsewhere")
    assert "may be opened" in said(app)
    assert "Next: the split" in labels(app)


def test_launching_puts_a_run_into_the_queue(app, data, monkeypatch):
    submitted: list[Path] = []
    monkeypatch.setattr(jobs, "submit", submitted.append)
    app.button(key="practice").click().run()
    for step in ("next-1", "next-2", "next-3", "launch"):
        app.button(key=step).click().run()
    (run,) = submitted
    assert (run / "split.csv").is_file()
    assert jobs.read_spec(run).labels == ("blob", "plain")


def test_an_empty_folder_is_refused_in_words(app, data):
    (data / "empty").mkdir()
    checked(app, data / "empty")
    assert not app.exception
    assert app.error
    assert "Next: the split" not in labels(app)


def test_practice_films_lie_where_pages_may_read_and_stay_as_they_are(app, tmp_path, monkeypatch):
    monkeypatch.setenv("LIGHTBOX_DATA_ROOTS", str(tmp_path / "sets"))
    settings.cache_clear()
    app.button(key="practice").click().run()
    assert "Next: the split" in labels(app)
    drawn = sorted(path.stat().st_mtime_ns for path in (tmp_path / "sets" / "practice-films").rglob("*.png"))
    app.button(key="practice").click().run()
    assert sorted(path.stat().st_mtime_ns for path in (tmp_path / "sets" / "practice-films").rglob("*.png")) == drawn


def to_the_launch(app: AppTest) -> AppTest:
    app.button(key="practice").click().run()
    for step in ("next-1", "next-2", "next-3"):
        app.button(key=step).click().run()
    return app


def test_choices_outlast_a_visit_to_another_page(app):
    to_the_launch(app)
    app.radio(key="preset").set_value("best").run()
    app.selectbox(key="start").set_value("scratch").run()
    app.selectbox(key="finding").set_value("plain").run()
    next(each for each in app.number_input if each.label == "Epochs of all layers").set_value(7).run()
    next(each for each in app.number_input if each.key == "split-seed").set_value(5).run()
    app.text_input(key="title").set_value("mine").run()
    app.switch_page("../pages/home.py").run()
    app.switch_page("../pages/train.py").run()
    chosen = [app.radio(key="preset").value, app.selectbox(key="start").value, app.selectbox(key="finding").value]
    assert chosen == ["best", "scratch", "plain"]
    assert {each.label: each.value for each in app.number_input} | {"Epochs of all layers": 7, "Seed": 5} == {
        each.label: each.value for each in app.number_input
    }
    assert app.text_input(key="title").value == "mine"


def test_a_recipe_without_an_epoch_is_refused_in_words(app):
    to_the_launch(app)
    next(each for each in app.number_input if each.label == "Epochs of the last layers alone").set_value(0).run()
    assert not app.exception
    assert "a stage" in said(app)
    assert "Start training" not in labels(app)


def test_a_forecast_is_shown_for_the_recipe_that_was_tried_only(app, monkeypatch):
    monkeypatch.setattr(jobs, "forecast", lambda spec, folder: jobs.Forecast(840.0, 1900.0))
    to_the_launch(app)
    app.button(key="forecast").click().run()
    assert "about 14 min, 1.9 GB of memory" in said(app)
    app.radio(key="preset").set_value("best").run()
    assert "about 14 min" not in said(app)


def test_a_film_that_went_away_is_said_in_the_preview(app, data):
    to_the_launch(app)
    for film in (data / "practice-films").rglob("*.png"):
        film.unlink()
    app.radio(key="preset").set_value("best").run()
    assert not app.exception
    assert "can't be used" in said(app).replace("\\", "")
