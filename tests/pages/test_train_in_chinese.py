"""The train and the runs page in Chinese: no sentence of theirs is left in English, whatever the set or the run is like."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from labelled_sets import film, labelled
from streamlit.testing.v1 import AppTest
from words_shown import english_sentences, words_shown

from medcore import datasets, evaluation, jobs, recipes
from medcore.jobs import Status, write_json, write_status
from medcore.phantoms import labelled_set
from medcore.settings import ROOT, settings
from medcore.training.testing import beats_baseline

LABELS = ("blob", "plain")
GUESSED = {"value": 0.5, "low": 0.4, "high": 0.6}


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("LIGHTBOX_HOME", str(tmp_path))
    monkeypatch.setattr("medcore.models.warm", lambda: None)
    monkeypatch.setattr(jobs, "advance", lambda: None)
    monkeypatch.setattr("ui.texts.language", lambda: "zh")  # the harness says options outside of the session too
    settings.cache_clear()
    st.cache_resource.clear()
    yield tmp_path
    settings.cache_clear()


def opened(page: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "ui" / "shell.py"), default_timeout=60)
    app.query_params["lang"] = "zh"
    return app.run().switch_page(f"../pages/{page}.py").run()


def checked(folder: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    """The train page after a folder was checked."""
    monkeypatch.setattr("medcore.datasets.folders", lambda: [folder])
    app = opened("train")
    app.selectbox[0].set_value(str(folder)).run()
    return app.button(key="check").click().run()


def said(app: AppTest) -> str:
    return " ".join(words_shown(app))


def test_a_sound_set_is_led_through_all_steps_in_chinese(home):
    app = opened("train")
    assert english_sentences(app) == set()
    for step in ("practice", "next-1", "next-2", "next-3"):
        app.button(key=step).click().run()
        assert not app.exception
        assert english_sentences(app) == set()
    app.radio(key="preset").set_value("best").run()
    assert english_sentences(app) == set()
    assert "开始训练" in said(app)


def test_a_broken_set_is_told_of_in_chinese(home, monkeypatch):
    folder = labelled(home / "data" / "films", each=8)
    (folder / "plain" / "broken.png").write_bytes(b"no picture")
    (folder / "plain" / "copy.png").write_bytes((folder / "plain" / "patient000_0.png").read_bytes())
    (folder / "blob" / "other.png").write_bytes((folder / "plain" / "patient001_0.png").read_bytes())
    film(folder / "lone" / "a.png", 77)
    (folder / "empty").mkdir()
    (folder / "readme.txt").write_text("beside the classes")
    app = checked(folder, monkeypatch)
    assert not app.exception
    assert len(app.error) >= 3
    assert english_sentences(app) == set()
    assert "plain/broken.png" in said(app)


def test_a_refusal_is_told_of_in_chinese(home, tmp_path_factory, monkeypatch):
    app = checked(labelled_set(tmp_path_factory.mktemp("elsewhere") / "films", 60), monkeypatch)
    assert app.error
    assert english_sentences(app) == set()


def finished(home: Path) -> Path:
    """A run that is done, with the result of a net that guesses."""
    found = datasets.survey(labelled_set(home / "data" / "films", 60))
    dataset, facts = datasets.split(found, 0), recipes.facts_of(found)
    recipe = recipes.Recipe("quick", recipes.SCRATCH, (32, 32), epochs=2)
    run = jobs.create(recipes.spec_of(recipe, facts, "films", "blob", dataset, found.root))
    write_result(run, [each for each in dataset.films if each.split == "test"])
    (run / "log.csv").write_text("epoch,loss,validation_score,validation_loss\n1,0.7,0.5,0.7\n2,0.6,0.6,0.7\n")
    write_status(run, Status("done", 2, 2, best_epoch=2, best_score=0.6, images_per_second=1500, memory_megabytes=900))
    return run


def write_result(run: Path, films: list[datasets.Film]) -> None:
    truth = np.array([LABELS.index(each.label) for each in films])
    scores = np.random.default_rng(0).dirichlet((1, 1), len(films))
    test = evaluation.class_report(scores, truth, list(LABELS), [each.patient for each in films])
    (run / "result").mkdir()
    words = beats_baseline(test["roc_auc"], GUESSED)
    write_json(run / "result" / "report.json", {"test": test, "baseline": test, "beats_baseline": words})
    rows = [f"{each.name},{each.label},test,,{row[0]},{row[1]}" for each, row in zip(films, scores, strict=True)]
    header = ",".join(("name", "label", "split", "patient", *(f"score {label}" for label in LABELS)))
    (run / "result" / "predictions.csv").write_text("\n".join([header, *rows]))
    np.savez(
        run / "result" / "mistakes.npz",
        names=[films[0].name],
        truth=["blob"],
        predicted=["plain"],
        scores=[0.9],
        pictures=np.zeros((1, 32, 32), np.uint8),
        heats=np.zeros((1, 32, 32), np.float32),
    )


def test_a_finished_run_is_shown_in_chinese(home):
    run = finished(home)
    app = opened("runs")
    assert not app.exception
    assert english_sentences(app) == set()
    app.button(key=f"open {run.name}").click().run()
    assert not app.exception
    assert english_sentences(app) == set()
    assert "混淆矩阵" in said(app)
    app.text_input(key="model-id").set_value("No Id!").run()
    app.button(key="publish").click().run()
    assert app.error
    assert english_sentences(app) == set()


STATUSES = (
    Status("queued"),
    Status("starting"),
    Status("reading", words="12 of 60 pictures read"),
    Status("running", 1, 3, 2, 9, words="compiling the first step"),
    Status("running", 2, 3, 2, 9, best_epoch=1, best_score=0.6, seconds_left=240.0),
    Status("testing", 3, 3, words="gate: 3 of 50 pictures looked at"),
    Status("testing", 3, 3, words="being cancelled"),
    Status("failed", reason="No validation film is labelled blob or plain; add some, or raise validation_fraction."),
    Status(
        "failed",
        reason="It ended with an error that nobody foresaw (KeyError: 'x'); its log says where, and resuming tries again.",
    ),
    Status("failed", reason="The disk is full: free some space and resume the run; it goes on from its last checkpoint."),
    Status("interrupted", reason="It was made but never put into the queue; resume it to do so."),
    Status("cancelled", 1, 3),
)


@pytest.mark.parametrize("status", STATUSES, ids=lambda status: status.words or status.reason[:20] or status.state)
def test_each_state_of_a_run_is_told_of_in_chinese(home, monkeypatch, status):
    run = finished(home)
    monkeypatch.setattr(jobs, "look", lambda run: status)
    (one,) = jobs.runs()
    monkeypatch.setattr(jobs, "runs", lambda: [replace(one, status=status)])
    for app in (opened("runs"), opened("runs").button(key=f"open {run.name}").click().run()):
        assert not app.exception
        assert english_sentences(app) == set()


def test_two_runs_are_compared_in_chinese(home):
    run = finished(home)
    other = jobs.create(replace(jobs.read_spec(run), seed=5))
    write_status(other, Status("cancelled"))
    app = opened("runs")
    for box in app.checkbox:
        box.check()
    app.run()
    assert not app.exception
    assert english_sentences(app) == set()
    assert "比较" in said(app)
