"""A training from class folders to a model folder: end to end, and no look at the test films where nobody asked for it."""

import fcntl
import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from blob_models import fitted_graph, write_model
from training_runs import FIELDS, HEAD, SPEC, best_weights, draw_films, give_strata, log_of, new_run, run_to_test, save

from medcore import datasets, evaluation
from medcore.errors import DatasetError, RunError, SpecError
from medcore.jobs import read_spec, read_status
from medcore.models import read_card
from medcore.phantoms import plain_film
from medcore.preprocessing import InputSpec
from medcore.settings import ROOT
from medcore.training import __main__ as command
from medcore.training import checkpoints, finishing, starting
from medcore.training import films as run_films
from medcore.training.fit import train


@pytest.fixture(scope="module")
def films(tmp_path_factory) -> Path:
    return draw_films(tmp_path_factory.mktemp("films"))


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
    assert [row["epoch"] for row in log_of(finished)] == ["1", "2", "3", "4"]
    scores = [float(row["validation_score"]) for row in log_of(finished)]
    state = checkpoints.state_of(checkpoints.latest(finished))
    assert state["epoch"] == 4
    assert scores[state["best_epoch"] - 1] == max(scores) == pytest.approx(state["best_score"], abs=1e-4)
    kept = {path.name for path in (finished / "checkpoints").iterdir()}
    assert kept == {"0004", f"{state['best_epoch']:04}"}


def test_the_split_of_the_card_is_that_of_the_films(finished, films):
    dataset = datasets.open_labelled(films, ("plain", "blob"), {})
    frozen = datasets.freeze(dataset, FIELDS["validation_fraction"], FIELDS["seed"])
    assert read_card(finished / "model").details["split_sha256"] == frozen.split_hash


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
    assert "usage: python -m medcore.training [--forecast] RUN_DIR" in capsys.readouterr().err
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
    start = {weight.path: np.asarray(weight) for weight in starting.start_model(read_spec(run)).variables}
    train(run)
    moved = {name for name, each in best_weights(run).items() if np.abs(each - start[name]).max() > 1e-3}
    assert moved == {"logits/kernel", "logits/bias"}


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


GROUPS = {"small": {"strata": ["a"], "ages_years": [[1, 5]]}, "large": {"strata": ["b"], "ages_years": [[18, 120]]}}


def test_each_group_gets_a_temperature_and_points_of_its_own_validation_films(films, tmp_path):
    run = run_to_test(tmp_path / "run", films, groups=GROUPS, operating_sensitivity=1.0)
    give_strata(run)
    train(run)
    card, said = read_card(run / "model", "model"), json.loads((run / "model" / "card.json").read_text())
    assert [(group.name, group.ages_years) for group in card.groups] == [("small", ((1, 5),)), ("large", ((18, 120),))]
    assert {name: each["films"] for name, each in said["metrics"]["validation"].items()} == {"small": 6, "large": 6}
    for group in card.groups:
        report = said["metrics"]["validation"][group.name]
        assert report["sensitivity"]["value"] == 1.0
        assert report["operating_point"] == group.operating_points["blob"]


def test_a_films_test_scores_are_at_its_groups_temperature():
    logits = np.array([[0.0, 2.0], [0.0, 2.0], [0.0, 2.0]])
    told = [datasets.Film(Path("x"), "blob", "p", stratum=stratum) for stratum in ("a", "b", "")]
    scores = finishing.Temperatures(1.0, {"a": 0.5, "b": 4.0}).scores(logits, told)
    assert scores[:, 1] == pytest.approx([1 / (1 + np.exp(-2 / each)) for each in (0.5, 4.0, 1.0)])


def test_validation_films_of_no_group_have_no_say(films, tmp_path):
    run = run_to_test(tmp_path / "run", films, groups={"small": GROUPS["small"]}, augment=0.5)
    give_strata(run)
    spec = read_spec(run)
    part = run_films.read_parts(run, spec, run_films.open_films(run, spec), lambda *_: None)[1]
    counted = np.array([film.stratum == "a" for film in part.films])

    def forward(batches):
        rows = np.concatenate(list(batches))
        logits = np.stack([np.zeros(len(rows)), rows.mean(axis=(1, 2, 3)) * 9], axis=1)
        return logits + np.where(counted[:, None], 0, 100 * np.eye(2)[1 - part.truth])

    with_strangers = finishing.calibrate(spec, forward, part)
    assert with_strangers["operating_points"] == with_strangers["groups"]["small"]["operating_points"]
    assert with_strangers["temperature"] == with_strangers["groups"]["small"]["temperature"]


ONE_EPOCH = [{"epochs": 1, "learning_rate": 0.01}]


@pytest.mark.parametrize("optimizer", ["adamw", "adam", "sgd"])
@pytest.mark.parametrize(
    ("loss", "balance", "schedule"), [("focal", "weight", "constant"), ("cross-entropy", "none", "cosine")]
)
def test_a_net_learns_with_every_optimizer_loss_and_balance(films, tmp_path, optimizer, loss, balance, schedule):
    stages = [{"epochs": 6, "learning_rate": 0.05 if optimizer == "sgd" else 0.005}]
    kinds = {"optimizer": optimizer, "loss": loss, "balance": balance, "schedule": schedule}
    run = new_run(tmp_path / "run", films, stages=stages, augment=0, films_per_epoch=0, **kinds)
    train(run)
    losses = [float(row["loss"]) for row in log_of(run)]
    assert losses[-1] < losses[0]
    assert read_status(run).state == "done"


@pytest.mark.parametrize(
    ("architecture", "shape", "channels"),
    [("textbook_cnn", (28, 28), 1), ("textbook_cnn", (21, 34), 3), ("small_cnn", (17, 40), 3)],
)
def test_any_size_number_of_labels_and_colour_can_be_trained(tmp_path, architecture, shape, channels):
    for seed in range(36):
        save(plain_film(seed, (40, 36)), tmp_path / "films" / f"kind{seed % 3}" / f"p{seed}.png") if seed > 2 else (
            tmp_path / "films" / f"kind{seed}"
        ).mkdir(parents=True)
    spec = InputSpec(shape, "range", limits=(0, 255), channels=channels).to_json()
    labels = {"labels": ["kind0", "kind1", "kind2"], "operating_label": "kind2"}
    run = new_run(tmp_path / "run", tmp_path / "films", architecture=architecture, input_spec=spec, stages=ONE_EPOCH, **labels)
    train(run)
    card = read_card(run / "model")
    assert (card.labels, card.input_spec.tensor_shape) == (("kind0", "kind1", "kind2"), (*shape, channels))


def test_a_run_starts_from_a_model_but_for_its_last_layer(films, tmp_path, models_folder):
    write_model(models_folder / "blobs", fitted_graph())
    card = read_card(models_folder / "blobs")
    spec = {"start": "blobs", "input_spec": card.input_spec.to_json(), "stages": HEAD, "augment": 0}
    run = new_run(tmp_path / "run", films, start_sha256=card.weights_sha256, **spec)
    train(run)
    with np.load(card.weights_path) as start:
        same = {name for name, each in best_weights(run).items() if np.array_equal(each, start[name])}
    assert same == set(best_weights(run)) - {"logits/kernel", "logits/bias"}
    with pytest.raises(SpecError, match="The model blobs isn't the one that the run was made to start from"):
        train(new_run(tmp_path / "other", films, start_sha256="0" * 64, **spec))
    with pytest.raises(SpecError, match="The model blobs is a small_cnn, not a textbook_cnn"):
        train(new_run(tmp_path / "another", films, architecture="textbook_cnn", **spec))
    assert read_status(tmp_path / "another").state == "failed"


def test_weights_that_do_not_fit_are_refused_in_words(films, tmp_path):
    with pytest.raises(SpecError, match="There are no ImageNet weights for small_cnn; choose efficientnet_lite0"):
        train(new_run(tmp_path / "run", films, start="imagenet"))
    assert read_status(tmp_path / "run").reason.startswith("There are no ImageNet weights")


def test_a_loss_that_is_no_number_ends_the_run_with_a_reason(films, tmp_path):
    stages = [{"epochs": 3, "learning_rate": float("inf")}]
    run = new_run(tmp_path / "run", films, stages=stages, optimizer="sgd", schedule="constant")
    with pytest.raises(
        SpecError, match="The loss is no number any more after epoch 1; make a run with a smaller learning rate"
    ):
        train(run)
    assert read_status(run).state == "failed"


def test_weights_that_a_models_file_cannot_hold_end_the_run_with_a_reason(films, tmp_path):
    run = new_run(tmp_path / "run", films, stages=[{"epochs": 1, "learning_rate": 1e30}], optimizer="sgd")
    with pytest.raises(
        SpecError, match="The weights grew too large for a model's file; make a run with a smaller learning rate"
    ):
        train(run)


def test_a_stage_ends_when_its_patience_is_over_and_the_next_one_begins(films, tmp_path):
    stages = [{"epochs": 40, "learning_rate": 1e-9}, {"epochs": 2, "learning_rate": 0.005}]
    run = new_run(tmp_path / "run", films, stages=stages, patience=3)
    train(run)
    by_stage = [row["stage"] for row in log_of(run)]
    assert by_stage[-2:] == ["2", "2"]
    assert by_stage.count("1") < 40
    scores = [float(row["validation_score"]) for row in log_of(run) if row["stage"] == "1"]
    assert max(scores[:-3]) >= max(scores[-3:])
    assert read_status(run).epochs == len(by_stage)


def test_a_label_without_training_films_is_refused(films, tmp_path):
    rows = [
        f"{path.relative_to(films)},{path.parent.name},{'val' if path.parent.name == 'blob' else 'train'}\n"
        for path in films.rglob("*.png")
    ]
    (tmp_path / "manifest.csv").write_text("image_path,label,split\n" + "".join(rows))
    with pytest.raises(DatasetError, match="No training film is labelled blob; add some"):
        train(new_run(tmp_path / "run", tmp_path / "manifest.csv", data_root=str(films)))


def test_a_run_that_ends_starts_the_one_that_waits_whether_a_server_lives_or_not(films, tmp_path, monkeypatch):
    started: list[str] = []
    monkeypatch.setattr(command.jobs, "advance", lambda: started.append("the next one"))
    assert command.main([str(new_run(tmp_path / "run", films, labels=["plain"]))]) == 1
    assert started == ["the next one"]
