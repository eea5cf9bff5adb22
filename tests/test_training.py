"""A training from class folders to a model folder: end to end, stopped and resumed, no look at the test films."""

import csv
import fcntl
import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from medcore import datasets, evaluation
from medcore.datasets import Film
from medcore.errors import DatasetError, RunError, SpecError
from medcore.jobs import read_spec
from medcore.models import read_card
from medcore.phantoms import film_with_blob, plain_film
from medcore.preprocessing import InputSpec
from medcore.settings import ROOT
from medcore.training import __main__ as command
from medcore.training import checkpoints, finishing, fit
from medcore.training.feeding import Feed
from medcore.training.fit import train

SPEC = InputSpec((32, 32), "percentile")
FIELDS = {
    "schema": 1,
    "model_id": "model",
    "architecture": "small_cnn",
    "start": "random",
    "labels": ["plain", "blob"],
    "input_spec": SPEC.to_json(),
    "validation_fraction": 0.25,
    "films_per_epoch": 32,
    "batch": 8,
    "seed": 7,
    "operating_label": "blob",
    "operating_sensitivity": 0.9,
    "stages": [{"epochs": 1, "learning_rate": 0.01, "trainable_from": "pool"}, {"epochs": 3, "learning_rate": 0.005}],
    "card": {"version": "1", "title": "Blobs", "contract": {}},
}


@pytest.fixture(scope="module")
def films(tmp_path_factory) -> Path:
    """Two class folders of 24 films each, three a patient."""
    folder = tmp_path_factory.mktemp("films")
    for seed in range(24):
        save(film_with_blob(seed, (40, 36))[0], folder / "blob" / f"person{seed // 3}_bacteria_{seed}.png")
        save(plain_film(seed + 500, (40, 36)), folder / "plain" / f"IM-{seed // 3:04}-{seed}.png")
    return folder


def save(film, path: Path) -> None:
    path.parent.mkdir(exist_ok=True)
    Image.fromarray(film.voxels[0].astype(np.uint8)).save(path)


def new_run(folder: Path, data: Path, **changes: object) -> Path:
    folder.mkdir()
    (folder / "spec.json").write_text(json.dumps(FIELDS | {"data": str(data)} | changes))
    return folder


def log_of(run: Path) -> list[list[str]]:
    return list(csv.reader((run / "log.csv").read_text().splitlines()))


def best_weights(run: Path) -> dict[str, np.ndarray]:
    with np.load(run / "model" / "weights.npz", allow_pickle=False) as arrays:
        return dict(arrays)


@pytest.fixture(scope="module")
def finished(films, tmp_path_factory) -> Path:
    """A run that was trained by the command line and never stopped."""
    run = new_run(tmp_path_factory.mktemp("runs") / "whole", films)
    answer = subprocess.run(
        [sys.executable, "-m", "medcore.training", str(run)], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
    assert answer.returncode == 0, answer.stderr
    return run


def test_a_run_ends_as_a_model_folder_whose_card_names_its_weights(finished):
    card = read_card(finished / "model")
    assert card.weights_sha256 == hashlib.sha256(card.weights_path.read_bytes()).hexdigest()
    assert (card.id, card.labels, card.architecture) == ("model", ("plain", "blob"), "small_cnn")
    assert card.details["input_spec_sha256"] == SPEC.hash
    assert card.details["films"] == {"train": 36, "val": 12}
    assert card.operating_points["plain"] == pytest.approx(1 - card.operating_points["blob"])


def test_the_status_of_a_finished_run_says_how_far_it_went_and_its_best_epoch(finished):
    status = json.loads((finished / "status.json").read_text())
    best = checkpoints.state_of(checkpoints.latest(finished))
    assert [status[key] for key in ("state", "epoch", "epochs", "step", "steps", "seconds_left")] == ["done", 4, 4, 4, 4, 0]
    assert (status["best_epoch"], status["best_score"]) == (best["best_epoch"], best["best_score"])
    assert status["best_epoch"] > 0


def test_the_log_has_a_line_an_epoch_and_only_the_best_and_the_last_checkpoint_stay(finished):
    assert [line[0] for line in log_of(finished)] == ["1", "2", "3", "4"]
    scores = [float(line[2]) for line in log_of(finished)]
    state = checkpoints.state_of(checkpoints.latest(finished))
    assert state["epoch"] == 4
    assert scores[state["best_epoch"] - 1] == max(scores) == pytest.approx(state["best_score"], abs=1e-4)
    kept = {path.name for path in (finished / "checkpoints").iterdir()}
    assert kept == {"0004", f"{state['best_epoch']:04}"}


def test_the_split_of_the_card_is_that_of_the_films(finished, films):
    dataset = datasets.open_labelled(films, ("plain", "blob"), {})
    frozen = datasets.freeze(dataset, FIELDS["validation_fraction"], FIELDS["seed"])
    assert read_card(finished / "model").details["split_sha256"] == frozen.split_hash


@pytest.mark.parametrize("stopped_in", [2, 3])
def test_a_run_that_was_stopped_and_resumed_ends_as_one_that_never_was(finished, films, tmp_path, monkeypatch, stopped_in):
    run = new_run(tmp_path / "stopped", films)
    fitting = fit._fit_epoch

    def interrupted(*arguments):
        if arguments[4] == stopped_in:
            step = arguments[6]
            step(np.zeros((8, 32, 32, 1), np.float32), np.zeros(8, np.int64))  # half-way through an epoch
            raise KeyboardInterrupt
        return fitting(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(fit, "_fit_epoch", interrupted)
        with pytest.raises(KeyboardInterrupt):
            train(run)
    assert [line[0] for line in log_of(run)] == [str(epoch) for epoch in range(1, stopped_in)]
    assert not (run / "model").exists()
    train(run)
    for found, expected in zip(log_of(run), log_of(finished), strict=True):
        assert [float(each) for each in found] == pytest.approx([float(each) for each in expected], abs=5e-3)
    weights = best_weights(run)
    for name, expected in best_weights(finished).items():
        assert weights[name] == pytest.approx(expected, abs=5e-3), name


def test_a_finished_run_is_not_trained_again(finished):
    before, log = best_weights(finished), log_of(finished)
    train(finished)
    assert log_of(finished) == log
    assert all(np.array_equal(before[name], each) for name, each in best_weights(finished).items())


def test_a_run_goes_on_only_with_the_spec_and_the_films_that_it_was_begun_with(films, tmp_path):
    shutil.copytree(films, tmp_path / "films")
    run = new_run(tmp_path / "run", tmp_path / "films", stages=[{"epochs": 1, "learning_rate": 0.01}])
    train(run)
    said = (run / "spec.json").read_text()
    (run / "spec.json").write_text(json.dumps(json.loads(said), indent=3))
    train(run)
    (run / "spec.json").write_text(said.replace("0.01", "0.02"))
    with pytest.raises(SpecError, match=r"The run run was begun with another spec\.json; put that back, or train in a new"):
        train(run)
    (run / "spec.json").write_text(said)
    save(plain_film(9999, (40, 36)), tmp_path / "films" / "plain" / "IM-9999-1.png")
    with pytest.raises(SpecError, match="The run run was begun with other films or another split of them; put that back"):
        train(run)


def test_a_half_written_checkpoint_is_passed_over(tmp_path):
    (tmp_path / "checkpoints" / "0001").mkdir(parents=True)
    (tmp_path / "checkpoints" / "0002.part").mkdir()
    assert checkpoints.latest(tmp_path).name == "0001"


def test_no_test_film_is_opened(films, tmp_path):
    for film in sorted((films).rglob("*.png")):
        link = tmp_path / "films" / film.relative_to(films)
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(film)
    rows = []
    for path in sorted((tmp_path / "films").rglob("*.png")):
        number = int(path.stem.split("_")[-1].split("-")[-1])
        split = "test" if number >= 18 else "val" if number >= 12 else "train"
        if split == "test":
            path.unlink()
            path.write_bytes(b"no picture, " + path.name.encode())
        rows.append(f"{path.relative_to(tmp_path)},{path.parent.name},{split}\n")
    (tmp_path / "manifest.csv").write_text("image_path,label,split\n" + "".join(rows))
    run = new_run(tmp_path / "run", tmp_path / "manifest.csv", stages=[{"epochs": 1, "learning_rate": 0.01}])
    train(run)
    card = read_card(run / "model")
    assert card.details["films"] == {"test": 12, "train": 24, "val": 12}
    assert list(card.details["metrics"]) == ["validation"]


def test_a_run_that_another_process_trains_is_refused(films, tmp_path):
    run = new_run(tmp_path / "run", films)
    with (run / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with pytest.raises(RunError, match="being trained by another process; wait for it or cancel it first"):
            train(run)
    assert not (run / "status.json").exists()


def test_the_command_line_says_what_is_wrong_and_ends_with_1_or_2(tmp_path, films, capsys):
    assert command.main([]) == command.main([str(tmp_path / "nowhere")]) == 2
    assert "usage: python -m medcore.training RUN_DIR" in capsys.readouterr().err
    assert command.main([str(new_run(tmp_path / "run", films, labels=["plain"]))]) == 1
    assert "two labels or more" in capsys.readouterr().err
    assert command.main([str(new_run(tmp_path / "other", films, labels=["plain", "spot"], operating_label="spot"))]) == 1
    assert "labelled 'blob', which isn't among plain, spot" in capsys.readouterr().err


def test_a_layer_to_train_from_that_is_not_there_is_told_the_layers(films, tmp_path):
    stages = [{"epochs": 1, "learning_rate": 0.01, "trainable_from": "conv9"}]
    with pytest.raises(SpecError, match="trainable_from 'conv9' is no layer of the net; choose one of picture, conv1_conv"):
        train(new_run(tmp_path / "run", films, stages=stages))


def test_a_film_that_is_no_picture_stops_the_training_with_its_name(films, tmp_path):
    folder = tmp_path / "films"
    for label in ("plain", "blob"):
        (folder / label).mkdir(parents=True)
        for path in (films / label).iterdir():
            (folder / label / path.name).symlink_to(path)
    (folder / "plain" / "notes.png").write_text("no picture")
    with pytest.raises(DatasetError, match=r"plain/notes\.png can't be used"):
        train(new_run(tmp_path / "run", folder))


def test_the_head_alone_is_trained_in_a_stage_that_starts_at_the_pool(films, tmp_path):
    run = new_run(tmp_path / "run", films, stages=[{"epochs": 1, "learning_rate": 0.01, "trainable_from": "pool"}])
    start = {weight.path: np.asarray(weight) for weight in fit.start_model(read_spec(run)).variables}
    train(run)
    moved = {name for name, each in best_weights(run).items() if np.abs(each - start[name]).max() > 1e-3}
    assert moved == {"logits/kernel", "logits/bias"}


def validation_of(run: Path, *cells: tuple[str, str, int]) -> fit.Validation:
    """The validation of films of noise, so many of each (stratum, label)."""
    spec = read_spec(new_run(run, run))
    films = [Film(Path("x"), label, "p", "val", stratum) for stratum, label, count in cells for _ in range(count)]
    values = np.random.default_rng(2).normal(size=(len(films), *SPEC.size)).astype(np.float32)
    held = Feed(films, spec.labels, values, ["MONOCHROME2"] * len(films), SPEC)
    return fit.Validation(spec, datasets.Dataset(tuple(films), spec.labels), held)


def test_a_stratum_with_one_label_does_not_count_in_the_score(tmp_path):
    both = [("x", "plain", 5), ("x", "blob", 6)]
    model = fit.start_model(read_spec(new_run(tmp_path / "run", tmp_path)))
    expected = validation_of(tmp_path / "both", *both).score(model)
    assert 0 <= expected <= 1
    assert validation_of(tmp_path / "one", *both, ("y", "blob", 4)).score(model) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ([("x", "plain", 5), ("y", "blob", 6)], "No stratum's validation films have two labels; add films"),
        ([("x", "plain", 5), ("y", "plain", 6)], "No validation film is labelled blob; add some"),
    ],
)
def test_validation_films_that_cannot_be_measured_are_refused_before_the_first_epoch(tmp_path, cells, said):
    with pytest.raises(DatasetError, match=said):
        validation_of(tmp_path / "run", *cells)


def test_the_learning_rate_runs_its_whole_course_on_a_set_that_is_smaller_than_an_epoch(films, tmp_path, monkeypatch):
    done, told = [], []
    monkeypatch.setattr(fit, "_learning_rate", lambda stage, epochs_done: done.append(epochs_done) or stage.learning_rate)
    monkeypatch.setattr(fit, "write_status", lambda run, status: told.append(status))
    train(new_run(tmp_path / "run", films, films_per_epoch=2400, stages=[{"epochs": 1, "learning_rate": 0.01}]))
    assert done == pytest.approx(np.arange(18) / 18)  # four times over 36 films in batches of 8
    assert [(each.step, each.steps) for each in told if each.state == "running"] == [(10, 18), (18, 18)]
    assert told[-2].seconds_left == 0


@pytest.mark.parametrize("labels", [("plain", "blob"), ("blob", "plain"), ("a", "blob", "c")])
def test_the_operating_point_reaches_the_wanted_sensitivity_and_one_of_two_labels_is_above(tmp_path, labels):
    spec = read_spec(new_run(tmp_path / "run", tmp_path, labels=labels))
    generator = np.random.default_rng(1)
    truth = generator.integers(0, len(labels), 300)
    scores = evaluation.softmax(generator.normal(size=(300, len(labels))) + 2 * np.eye(len(labels))[truth], 1.0)
    points, index = finishing.operating_points(spec, scores, truth), labels.index("blob")
    reached = (scores[truth == index, index] >= points["blob"]).mean()
    assert 0.9 <= reached < 0.93
    assert list(points) == list(labels)
    if len(labels) == 2:
        above = np.stack([scores[:, i] >= points[label] for i, label in enumerate(labels)])
        assert (above.sum(axis=0) == 1).all()
