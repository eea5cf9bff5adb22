"""The command line on labelled sets and runs: checked, trained, listed, cancelled, resumed, published, and asked of."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from medcore import jobs
from medcore.__main__ import main
from medcore.phantoms import labelled_set
from medcore.settings import ROOT, settings

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def films(tmp_path_factory) -> Path:
    """A drawn set of 60 films."""
    return labelled_set(tmp_path_factory.mktemp("films") / "blobs", 60)


@pytest.fixture(scope="module")
def module_home(tmp_path_factory):
    """A home for all tests here, as the trained run is shared."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIGHTBOX_HOME", str(tmp_path_factory.mktemp("home")))
        settings.cache_clear()
        yield settings().home
    settings.cache_clear()


@pytest.fixture(scope="module")
def trained(films, module_home, tmp_path_factory) -> tuple[Path, dict]:
    """A run that the command line trained from scratch, and its last line."""
    run = tmp_path_factory.mktemp("out") / "run"
    answer = train(films, run)
    assert answer.returncode == 0, answer.stderr
    return run, json.loads(answer.stdout.splitlines()[-1])


def train(films: Path, run: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(films, run), cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)


def command(films: Path, run: Path, epochs: int = 2) -> list[str]:
    options = ["--start-from", "scratch", "--epochs", str(epochs), "--size", "32", "--seed", "3"]
    return [sys.executable, "-m", "medcore", "train", str(films), "--out", str(run), *options]


def rows(capsys: pytest.CaptureFixture[str]):
    return json.loads(capsys.readouterr().out)


@pytest.fixture
def here(module_home, monkeypatch):
    """This process with the module's home: tests have homes of their own otherwise."""
    monkeypatch.setenv("LIGHTBOX_HOME", str(module_home))
    settings.cache_clear()
    yield
    settings.cache_clear()


def test_a_sound_set_is_told_in_json(films, capsys):
    assert main(["dataset", str(films), "--json"]) == 0
    told = rows(capsys)
    assert (told["films"], told["labels"], told["can_train"]) == (60, ["blob", "plain"], True)
    assert told["patients"]["count"] == 20


def test_a_set_of_one_class_is_told_in_words_and_ends_with_1(tmp_path, films, capsys):
    (tmp_path / "set").mkdir()
    (tmp_path / "set" / "blob").symlink_to(films / "blob")
    assert main(["dataset", str(films / "blob"), "--json"]) == 1
    captured = capsys.readouterr()
    assert json.loads(captured.out)["can_train"] is False
    assert captured.err.strip()


def test_the_last_line_of_a_training_says_run_weights_and_test(trained):
    run, told = trained
    card = json.loads((run / "model" / "card.json").read_text())
    assert (told["run"], told["weights_sha256"]) == (str(run), card["weights_sha256"])
    assert set(told["test"]["roc_auc"]) >= {"value", "low", "high"}
    assert told["test"]["films"] == card["films"]["test"]


def test_a_finished_run_is_listed_done(trained, here, capsys):
    assert main(["runs", "--json"]) == 0
    assert [(Path(row["run"]).resolve(), row["state"]) for row in rows(capsys)] == [(trained[0].resolve(), "done")]


def test_a_finished_run_is_not_trained_again(trained, films, here, capsys):
    assert main(["resume", str(trained[0])]) == 1
    assert "is done" in capsys.readouterr().err
    assert main(["train", str(films), "--out", str(trained[0])]) == 1
    assert "choose a new folder" in capsys.readouterr().err


def test_a_published_run_answers_predict_and_goes_out_of_use_again(trained, films, here, capsys):
    assert main(["publish", str(trained[0]), "drawn-blobs", "--json"]) == 0
    assert rows(capsys)["model"] == "drawn-blobs"
    film = next((films / "blob").glob("*.png"))
    assert main(["predict", str(film), "--model", "drawn-blobs", "--json"]) == 0
    (row,) = rows(capsys)
    assert set(row["scores"]) == {"blob", "plain"}
    assert main(["unpublish", "drawn-blobs", "--json"]) == 0
    assert main(["predict", str(film), "--model", "drawn-blobs", "--json"]) == 2


def test_a_set_that_cannot_be_trained_on_makes_no_run(tmp_path, films, here, capsys):
    run = tmp_path / "run"
    assert main(["train", str(films / "blob"), "--out", str(run)]) == 1
    assert "can't be trained on" in capsys.readouterr().err
    assert not run.exists()


@pytest.mark.parametrize(("asked", "said"), [(["resume", "nowhere"], "no run 'nowhere'"), (["cancel", "nowhere"], "no run")])
def test_a_run_that_is_not_there_is_said(asked, said, here, capsys):
    assert main(asked) == 1
    assert said in capsys.readouterr().err


@pytest.mark.slow
def test_a_training_that_is_killed_is_interrupted_at_once_and_resumes_to_the_end(tmp_path, films, here):
    run = tmp_path / "killed"
    process = subprocess.Popen(
        command(films, run, 400), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env={**os.environ}
    )
    try:
        wait_for(lambda: len(jobs.history(run)) >= 3)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert jobs.look(run).state == "interrupted"
    before = jobs.history(run)
    resumed = subprocess.Popen(
        [sys.executable, "-m", "medcore", "resume", str(run)], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_for(lambda: len(jobs.history(run)) > len(before) + 2)
    finally:
        assert main(["cancel", str(run)]) == 0
        resumed.wait(timeout=10)
    assert jobs.look(run).state == "cancelled"
    after = jobs.history(run)
    assert [row["epoch"] for row in after] == list(range(1, len(after) + 1))
    assert [row["loss"] for row in after[: len(before)]] == [row["loss"] for row in before]


def wait_for(happened, seconds: float = 120) -> None:
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.1)
