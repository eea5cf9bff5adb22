"""A run from its spec to its model and its test: each part is done once, and gone on with after a stop."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from medcore.datasets import Dataset
from medcore.errors import DatasetError, SpecError
from medcore.jobs import TrainingSpec, hold, read_spec, spec_hash
from medcore.preprocessing import Channels
from medcore.training import checkpoints
from medcore.training.embedding import forget_embeddings
from medcore.training.films import forget_pictures, open_films, read_parts
from medcore.training.finishing import finish
from medcore.training.fitting import FRESH, Fitting
from medcore.training.gating import fit_gate
from medcore.training.recording import Records
from medcore.training.telling import Tell, Teller
from medcore.training.testing import measure_once


def train(run: Path, tell: Tell | None = None) -> None:
    """Trains the run, or goes on from its last checkpoint; writes `run/model`, and `run/result` where it is to be tested.

    The test films are looked at where the spec names its split (`split_sha256`); else they stay closed, for whoever measures
    the model after it was committed. `tell` gets the status whenever it is written. Raises LightboxError, MemoryError or
    OSError, with which the run counts as failed.
    """
    with hold(run), _running_out_of_memory(), Teller(run, tell) as teller:
        spec = read_spec(run)
        teller.now(state="reading")
        dataset = open_films(run, spec)
        _check_labels(spec, dataset)
        state = _start_or_go_on(run, dataset.split_hash)
        if not _is_whole(run, spec, state):
            state = _train(run, spec, dataset, state, teller)
        forget_embeddings(run)
        forget_pictures(run)
        best = {"best_epoch": state["best_epoch"], "best_score": state["best_score"]}
        epochs = {"epoch": state["epoch"], "epochs": state["epoch"], "step": teller.status.steps}
        teller.now(state="done", words="", seconds_left=0.0, **epochs, **best)


def _train(run: Path, spec: TrainingSpec, dataset: Dataset, state: dict[str, Any], teller: Teller) -> dict[str, Any]:
    with Records(run, spec, state["history"]) as records:
        parts = read_parts(run, spec, dataset, lambda done, films: teller.soon(words=f"{done} of {films} pictures read"))
        teller.now(words="preparing the net")
        fitting = Fitting(run, spec, parts, state, teller, records)
        model = fitting.fit()
    gate = _gate(run, spec, dataset, parts[1].spec.channels, teller) if spec.gate_films else None
    teller.now(state="testing", words="choosing the operating points")
    temperatures = finish(run, spec, dataset, model, parts[1], gate)
    if _is_tested(spec):
        teller.now(words="measuring on the test films")
        measure_once(run, spec, dataset, model, parts, temperatures)
    return fitting.state


def _gate(run: Path, spec: TrainingSpec, dataset: Dataset, channels: Channels, teller: Teller) -> dict[str, Any]:
    teller.now(state="testing", words="fitting the gate")
    path, say = run / "model" / "gate.npz", lambda words: teller.soon(words=words)
    return fit_gate(path, dataset, spec.groups, channels, spec.seed, say, spec.gate_films)


@contextmanager
def _running_out_of_memory() -> Iterator[None]:
    """TensorFlow's word for it as Python's."""
    from tensorflow.errors import ResourceExhaustedError

    try:
        yield
    except ResourceExhaustedError as error:
        raise MemoryError(str(error).splitlines()[0]) from error


def _check_labels(spec: TrainingSpec, dataset: Dataset) -> None:
    shown = {film.label for film in dataset.part("train")}
    if lacking := [label for label in spec.labels if label not in shown]:
        raise DatasetError(f"No training film is labelled {' or '.join(lacking)}; add some, or take the label out.")


def _start_or_go_on(run: Path, split_sha256: str) -> dict[str, Any]:
    """Where the run stands; raises SpecError where its spec or its films aren't those that it was begun with."""
    begun_with = {"spec_sha256": spec_hash(run), "split_sha256": split_sha256}
    newest = checkpoints.latest(run)
    if not newest:
        return {**FRESH, **begun_with}
    state = checkpoints.state_of(newest)
    for key, what in (("spec_sha256", "another spec.json"), ("split_sha256", "other films or another split of them")):
        if state.get(key) != begun_with[key]:
            raise SpecError(f"The run {run.name} was begun with {what}; put that back, or train in a new folder.")
    return state


def _is_tested(spec: TrainingSpec) -> bool:
    return bool(spec.split_sha256)


def _is_whole(run: Path, spec: TrainingSpec, state: dict[str, Any]) -> bool:
    """Whether nothing is left to do: the pictures are forgotten after everything else."""
    results = [run / "model" / "card.json"] + [run / "result" / "report.json"] * _is_tested(spec)
    return bool(state["epoch"]) and all(path.is_file() for path in results)
