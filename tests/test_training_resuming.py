"""A run that was stopped, however, and resumed ends to the bit as one that never was, each epoch once in its log."""

import errno
import os
from pathlib import Path

import numpy as np
import pytest
from training_runs import HEAD, are_equal, best_weights, draw_films, last_weights, log_of, measured, new_run, run_to_test

from medcore.jobs import read_status
from medcore.training import checkpoints, embedding, feeding, recording
from medcore.training import films as run_films
from medcore.training.feeding import Feed
from medcore.training.fit import train

pytestmark = pytest.mark.slow

FULL = [{"epochs": 2, "learning_rate": 0.01}, {"epochs": 2, "learning_rate": 0.005}]
KINDS = {
    "head, then all": {},
    "embeddings, then all": {"stages": [*HEAD, *FULL[:1]], "augment": 0, "films_per_epoch": 0},
    "SGD": {"stages": FULL, "optimizer": "sgd", "balance": "weight", "augment": 0},
    "running average": {"average": 0.9},
    "patience": {"stages": [{"epochs": 9, "learning_rate": 1e-9}, *FULL[:1]], "patience": 2, "optimizer": "adam"},
}


class Killed(BaseException):
    """What a kill is to Python code: nothing catches it."""


@pytest.fixture(scope="module")
def films(tmp_path_factory) -> Path:
    return draw_films(tmp_path_factory.mktemp("films"))


@pytest.fixture(scope="module")
def whole(films, tmp_path_factory):
    """By kind, a run that was never stopped; trained when it is first asked for."""
    runs: dict[str, Path] = {}

    def of(kind: str) -> Path:
        if kind not in runs:
            runs[kind] = new_run(tmp_path_factory.mktemp("whole") / "run", films, **KINDS[kind])
            train(runs[kind])
        return runs[kind]

    return of


def is_as(run: Path, whole: Path) -> bool:
    same_weights = are_equal(last_weights(run), last_weights(whole)) and are_equal(best_weights(run), best_weights(whole))
    return same_weights and measured(run) == measured(whole)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("stopped_in", [1, 2, 4])
def test_a_run_that_was_stopped_within_an_epoch_ends_as_one_that_never_was(
    films, tmp_path, monkeypatch, whole, kind, stopped_in
):
    run, epoch_of = new_run(tmp_path / "run", films, **KINDS[kind]), Feed.epoch

    def stopped(self, seed, number):
        for block in epoch_of(self, seed, number):
            yield block
            if number == stopped_in:
                raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(feeding, "_LONGEST_BLOCK", 1)
        patch.setattr(Feed, "epoch", stopped)
        with pytest.raises(Killed):
            train(run)
    assert len(log_of(run)) == stopped_in - 1
    assert not (run / "model").exists()
    train(run)
    assert is_as(run, whole(kind))


@pytest.mark.parametrize("stopped_in", [1, 3])
def test_a_kill_between_a_checkpoint_and_its_line_in_the_log_leaves_each_epoch_once(
    films, tmp_path, monkeypatch, whole, stopped_in
):
    run, add = new_run(tmp_path / "run", films), recording.Records.add

    def killed(self, history):
        if len(history) == stopped_in:
            raise Killed
        add(self, history)

    with monkeypatch.context() as patch:
        patch.setattr(recording.Records, "add", killed)
        with pytest.raises(Killed):
            train(run)
    assert len(log_of(run)) == stopped_in - 1
    train(run)
    assert [row["epoch"] for row in log_of(run)] == ["1", "2", "3", "4"]
    assert is_as(run, whole("head, then all"))


@pytest.mark.parametrize("full_at", [1, 2, 5])
def test_a_full_disk_leaves_the_last_checkpoint_and_a_reason_and_the_run_goes_on(films, tmp_path, monkeypatch, whole, full_at):
    run, savez, calls = new_run(tmp_path / "run", films), np.savez, []

    def full(path, *arrays, **named):
        calls.append(path)
        if len(calls) == full_at:
            Path(path).write_bytes(b"half")
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        savez(path, *arrays, **named)

    with monkeypatch.context() as patch:
        patch.setattr(checkpoints.np, "savez", full)
        with pytest.raises(OSError, match="No space left"):
            train(run)
    status = read_status(run)
    assert (status.state, status.reason[:17]) == ("failed", "The disk is full:")
    assert not list(run.rglob("*.part"))
    assert len(log_of(run)) == (full_at - 1) // 2
    train(run)
    assert is_as(run, whole("head, then all"))


def test_pictures_are_read_once_for_the_net_and_once_for_its_gate_and_embeddings_computed_once(films, tmp_path, monkeypatch):
    run = new_run(tmp_path / "run", films, **KINDS["embeddings, then all"])
    made, read, forward = [], run_films.datasets.pictures, embedding.forward_of
    monkeypatch.setattr(run_films.datasets, "pictures", lambda *each: made.append("pictures") or read(*each))
    monkeypatch.setattr(embedding, "forward_of", lambda body: made.append("embeddings") or forward(body))
    with monkeypatch.context() as patch:
        patch.setattr(recording.Records, "add", lambda self, history: (_ for _ in ()).throw(Killed))
        for _ in range(3):
            with pytest.raises(Killed):
                train(run)
    assert (run / "pictures.npy").is_file()
    assert made == ["pictures", "embeddings"]
    train(run)
    assert made == ["pictures", "embeddings", "pictures"]  # the last ones for the gate, by its own spec
    assert not list(run.glob("pictures*")) + list(run.glob("embeddings*"))


@pytest.mark.parametrize("name", ["pictures", "embeddings"])
def test_what_was_kept_of_another_run_or_half_written_is_made_anew(films, tmp_path, monkeypatch, whole, name):
    run = new_run(tmp_path / "run", films, **KINDS["embeddings, then all"])
    with monkeypatch.context() as patch:
        patch.setattr(recording.Records, "add", lambda self, history: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            train(run)
    held = np.load(run / f"{name}.npy")
    np.save(run / f"{name}.npy", np.zeros_like(held))
    (run / f"{name}.json").write_text('{"of": "something else", "photometrics": []}')
    train(run)
    assert is_as(run, whole("embeddings, then all"))


def test_how_many_steps_a_call_takes_changes_nothing(films, tmp_path, monkeypatch, whole):
    monkeypatch.setattr(feeding, "_LONGEST_BLOCK", 3)
    run = new_run(tmp_path / "run", films)
    train(run)
    assert is_as(run, whole("head, then all"))


def test_a_run_that_was_stopped_in_its_test_only_does_the_test(films, tmp_path, monkeypatch):
    run = run_to_test(tmp_path / "run", films, stages=HEAD, augment=0)
    from medcore.training import fit

    with monkeypatch.context() as patch:
        patch.setattr(fit, "measure_once", lambda *each: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            train(run)
    weights = best_weights(run)
    assert read_status(run).state == "testing"
    monkeypatch.setattr(Feed, "epoch", lambda *each: pytest.fail("trained"))
    train(run)
    assert are_equal(best_weights(run), weights)
    assert (run / "result" / "report.json").is_file()
