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
