"""A run's status is true within a second, its log and events hold each epoch once, and validation measures what can be."""

import sys
import threading
import types
from pathlib import Path

import numpy as np
import pytest
from training_runs import HEAD, SPEC, draw_films, new_run

from medcore.datasets import Film
from medcore.errors import DatasetError, RunError, SpecError
from medcore.jobs import Stage, history, read_spec, read_status
from medcore.settings import settings
from medcore.training import stepping, telling
from medcore.training.fit import train
from medcore.training.recording import Records
from medcore.training.telling import Teller
from medcore.training.validating import Validation

ROW = {
    "epoch": 1,
    "stage": 1,
    "loss": 0.5,
    "validation_score": 0.75,
    "validation_loss": 0.25,
    "validation_accuracy": 1.0,
    "learning_rate": 0.01,
    "seconds": 2.5,
}


@pytest.fixture(scope="module")
def films(tmp_path_factory) -> Path:
    return draw_films(tmp_path_factory.mktemp("films"))


def test_what_is_said_now_is_told_at_once_and_what_is_said_soon_by_the_thread(tmp_path, monkeypatch):
    monkeypatch.setattr(telling, "_EACH_SECONDS", 0.01)
    told, both = [], threading.Event()

    def tell(status):
        told.append(status)
        if status.words == "later" and status.images_per_second > 0 and status.memory_megabytes > 20:
            both.set()

    with Teller(tmp_path, tell) as teller:
        teller.now(state="running", words="compiling the first step")
        assert read_status(tmp_path).words == "compiling the first step"
        teller.soon(8, words="later", step=3)
        assert both.wait(20)
    assert (read_status(tmp_path).step, told[0].state) == (3, "running")
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("telling")]


def test_a_disk_that_takes_no_word_of_a_number_does_not_end_the_telling(tmp_path, monkeypatch):
    monkeypatch.setattr(telling, "_EACH_SECONDS", 0.01)
    tried, again = [], threading.Event()

    def full(run, status):
        tried.append(status)
        if len(tried) > 2:
            again.set()
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(telling, "write_status", full)
    with Teller(tmp_path):
        assert again.wait(20)


def test_more_memory_than_allowed_ends_the_run_with_a_sentence(films, tmp_path, monkeypatch):
    monkeypatch.setenv("LIGHTBOX_RUN_MEGABYTES", "10")
    monkeypatch.setattr(telling, "_EACH_SECONDS", 0.001)
    settings.cache_clear()
    try:
        with pytest.raises(RunError, match=r"It takes \d+ MB of memory, and 10 are allowed; make batch or size smaller"):
            train(new_run(tmp_path / "run", films, stages=[{"epochs": 500, "learning_rate": 0.01}]))
    finally:
        monkeypatch.undo()
        settings.cache_clear()
    assert read_status(tmp_path / "run").state == "failed"


def test_a_run_says_what_it_does_in_words_and_where_it_is(films, tmp_path):
    told = []
    train(new_run(tmp_path / "run", films, stages=HEAD, augment=0), told.append)
    words = list(dict.fromkeys(status.words for status in told))
    for said in ("preparing the net", "compiling the first step", "choosing the operating points"):
        assert said in words
    assert any(said.startswith("computing what the frozen layers say of 48 pictures") for said in words)
    assert list(dict.fromkeys(status.state for status in told)) == ["reading", "running", "testing", "done"]
    assert (told[-1].epoch, told[-1].epochs, told[-1].seconds_left) == (4, 4, 0)


def test_tensorflow_running_out_of_memory_is_told_as_such(films, tmp_path, monkeypatch):
    import tensorflow as tf

    from medcore.training import fit

    def out_of_memory(*_):
        raise tf.errors.ResourceExhaustedError(None, None, "OOM when allocating tensor")

    monkeypatch.setattr(fit, "open_films", out_of_memory)
    with pytest.raises(MemoryError, match="OOM when allocating"):
        train(new_run(tmp_path / "run", films))
    assert read_status(tmp_path / "run").reason.startswith("It needs more memory than it may take")


def test_a_log_that_a_kill_left_behind_is_written_anew_from_the_history(tmp_path, films):
    run = new_run(tmp_path / "run", films)
    (run / "log.csv").write_text("epoch,lo")
    with Records(run, read_spec(run), [ROW]) as records:
        assert history(run) == [ROW]
        records.add([ROW, ROW | {"epoch": 2}])
    assert [row["epoch"] for row in history(run)] == [1, 2]
    assert len(list((run / "tensorboard").glob("events.*"))) == 1
    with Records(run, read_spec(run), []):
        assert history(run) == []


def test_tensorboards_events_hold_each_epoch_once(tmp_path, films):
    from tensorboardX.proto.event_pb2 import Event

    run = new_run(tmp_path / "run", films)
    for known in ([], [ROW]):
        with Records(run, read_spec(run), known) as records:
            records.add([*known, ROW | {"epoch": len(known) + 1}])
    (path,) = (run / "tensorboard").glob("events.*")
    data, steps = path.read_bytes(), []
    while data:
        length = int.from_bytes(data[:8], "little")
        event = Event.FromString(data[12 : 12 + length])
        steps += [event.step for value in event.summary.value if value.tag == "loss"]
        data = data[16 + length :]
    assert steps == [1, 2]


def test_mlflow_that_is_asked_for_and_not_there_is_said_before_the_training(films, tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://localhost:1")
    monkeypatch.setitem(sys.modules, "mlflow", None)
    with pytest.raises(SpecError, match="MLFLOW_TRACKING_URI is set but mlflow isn't installed; pip install mlflow, or unset"):
        train(new_run(tmp_path / "run", films))
    assert not (tmp_path / "run" / "checkpoints").exists()


class Unwell(Exception):
    """What a fake MLflow raises."""


def fake_mlflow(said: list, **changes) -> types.SimpleNamespace:
    calls = {
        "exceptions": types.SimpleNamespace(MlflowException=Unwell),
        "set_experiment": lambda name: None,
        "start_run": lambda run_id, run_name: (
            said.append(run_id) or types.SimpleNamespace(info=types.SimpleNamespace(run_id="7"))
        ),
        "log_params": lambda params: said.append(params["batch"]),
        "log_metrics": lambda metrics, step: said.append((step, metrics["loss"])),
        "end_run": said.append,
    }
    return types.SimpleNamespace(**calls | changes)


def unwell(*_: object, **__: object) -> None:
    raise Unwell("no answer")


def test_mlflow_gets_the_epochs_of_one_run_also_after_a_resume(films, tmp_path, monkeypatch):
    run, said = new_run(tmp_path / "run", films), []
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://localhost:1")
    monkeypatch.setitem(sys.modules, "mlflow", fake_mlflow(said))
    for known in ([], [ROW]):
        with Records(run, read_spec(run), known) as records:
            records.add([*known, ROW | {"epoch": len(known) + 1}])
    assert said == [None, 8, (1, 0.5), "FINISHED", "7", (2, 0.5), "FINISHED"]


def test_mlflow_that_does_not_answer_is_said_before_the_training(films, tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://localhost:1")
    monkeypatch.setitem(sys.modules, "mlflow", fake_mlflow([], set_experiment=unwell))
    with pytest.raises(SpecError, match=r"MLflow at MLFLOW_TRACKING_URI can't be used \(no answer\); mend the address"):
        train(new_run(tmp_path / "run", films))


def test_mlflow_that_stops_answering_costs_its_figures_and_not_the_training(films, tmp_path, monkeypatch, capsys):
    run = new_run(tmp_path / "run", films)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://localhost:1")
    monkeypatch.setitem(sys.modules, "mlflow", fake_mlflow([], log_metrics=unwell, end_run=unwell))
    with Records(run, read_spec(run), []) as records:
        records.add([ROW])
    assert "MLflow wasn't told of epoch 1: no answer" in capsys.readouterr().err
    assert (run / "log.csv").read_text().count("\n") == 2


def validation_of(*cells: tuple[str, str, int]) -> Validation:
    """The validation of so many films of each (stratum, label)."""
    films = [Film(Path("x"), label, "p", "val", stratum) for stratum, label, count in cells for _ in range(count)]
    return Validation(films, ("plain", "blob"))


def test_a_stratum_with_one_label_does_not_count_in_the_score():
    both, logits = [("x", "plain", 5), ("x", "blob", 6)], np.random.default_rng(2).normal(size=(15, 2))
    expected = validation_of(*both).score(logits[:11])
    assert 0 <= expected <= 1
    assert validation_of(*both, ("y", "blob", 4)).score(logits) == pytest.approx(expected)


def test_validation_measures_loss_and_accuracy_as_defined():
    logits = np.array([[2.0, 0], [0, 1], [0, 3], [1, 0]])
    found = validation_of(("", "plain", 2), ("", "blob", 2)).measure(logits)
    rights = 1 / (1 + np.exp(-np.array([2.0, -1, 3, -1])))
    assert found["validation_loss"] == pytest.approx(-np.log(rights).mean(), abs=1e-6)
    assert found["validation_accuracy"] == 0.5
    assert found["validation_score"] == 0.75


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ([("x", "plain", 5), ("y", "blob", 6)], "No stratum's validation films have two labels; add films"),
        ([("x", "plain", 5), ("y", "plain", 6)], "No validation film is labelled blob; add some"),
    ],
)
def test_validation_films_that_cannot_be_measured_are_refused(cells, said):
    with pytest.raises(DatasetError, match=said):
        validation_of(*cells)


def test_a_group_without_films_of_a_label_is_refused_before_the_training():
    films = [Film(Path("x"), label, "p", "val", stratum) for stratum, label in (("a", "plain"), ("a", "blob"), ("b", "plain"))]
    for strata in (("b",), ("mistyped",)):
        with pytest.raises(DatasetError, match=f"No validation film of the strata {strata[0]} is labelled .*blob"):
            Validation(films, ("plain", "blob"), [("a",), strata])
    assert Validation(films, ("plain", "blob"), [("a", "b")]).score(np.eye(3, 2)) == 1


def test_the_learning_rate_warms_up_and_falls_or_stays():
    stage = Stage(10, 0.5)
    course = [stepping.learning_rate("cosine", stage, done) for done in np.linspace(0, 10, 101)]
    assert course[0] == pytest.approx(0.01)
    assert course[10] == max(course) == pytest.approx(0.5)
    assert course[-1] == pytest.approx(0.005)
    assert (np.diff(course[10:]) <= 0).all()
    assert {stepping.learning_rate("constant", stage, done) for done in (0, 3, 10)} == {0.5}


def test_the_learning_rate_runs_its_whole_course_on_a_set_that_is_smaller_than_an_epoch(films, tmp_path, monkeypatch):
    done, course = [], stepping.learning_rate
    monkeypatch.setattr("medcore.training.fitting.learning_rate", lambda *each: done.append(each[2]) or course(*each))
    train(new_run(tmp_path / "run", films, films_per_epoch=2400, stages=[{"epochs": 1, "learning_rate": 0.01}]))
    assert done == pytest.approx(np.arange(18) / 18)  # four times over 36 films in batches of 8


@pytest.mark.parametrize("kind", ["cross-entropy", "focal"])
def test_losses_are_as_keras_defines_them(kind):
    import keras

    rng = np.random.default_rng(0)
    logits, truth = rng.normal(size=(20, 3)).astype(np.float32), rng.integers(0, 3, 20)
    wanted = np.eye(3)[truth] * 0.95 + 0.05 / 3
    if kind == "focal":
        scores = keras.ops.softmax(logits)
        expected = keras.losses.categorical_focal_crossentropy(wanted, scores, alpha=1.0, gamma=2.0)
    else:
        expected = keras.losses.categorical_crossentropy(wanted, logits, from_logits=True)
    assert np.asarray(stepping.losses(kind, logits, truth, 3)) == pytest.approx(np.asarray(expected), abs=1e-5)


def test_steps_are_those_of_a_plain_keras_loop():
    import keras

    from medcore import architectures

    rng = np.random.default_rng(0)
    inputs, truth = rng.random((4, 8, *SPEC.tensor_shape), np.float32), rng.integers(0, 2, (4, 8))
    nets = []
    for _ in range(2):
        keras.utils.set_random_seed(3)
        nets.append(architectures.build("textbook_cnn", 2, SPEC.size))
    ours, plain = nets
    optimizer = keras.optimizers.Adam(0.001)
    optimizer.build(ours.trainable_variables)
    steps = stepping.steps_of(ours, ours.trainable_variables, optimizer, "cross-entropy")
    steps(inputs, truth, np.ones((4, 8), np.float32), np.full(4, 0.001, np.float32))
    loss = keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=stepping.SMOOTHING)
    plain.compile(keras.optimizers.Adam(0.001), loss)
    plain.fit(inputs.reshape(32, *SPEC.tensor_shape), np.eye(2)[truth.ravel()], batch_size=8, shuffle=False, verbose=0)
    for found, expected in zip(ours.weights, plain.weights, strict=True):
        assert np.asarray(found) == pytest.approx(np.asarray(expected), abs=2e-5)
