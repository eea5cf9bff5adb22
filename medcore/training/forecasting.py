"""How long a run will take and how much memory, from a few real batches of it."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from medcore import datasets
from medcore.datasets import Dataset
from medcore.jobs import Stage, TrainingSpec, read_spec
from medcore.preprocessing import InputSpec
from medcore.recognition import embed, fitting, spec_of
from medcore.training.draws import Draws
from medcore.training.films import Part, open_films
from medcore.training.forward import BATCH, forward_of
from medcore.training.starting import cut_before, start_model, trainable
from medcore.training.stepping import optimizer_of, steps_of
from medcore.training.telling import megabytes

_REPEATS = 3
_END_SECONDS = 4.0  # reports with their intervals, the baseline, heat maps
_EPOCH_SECONDS = 0.03  # a checkpoint


def forecast(run: Path) -> dict[str, float]:
    """{"seconds", "megabytes"} of the whole run from its start; no stage ends early in it. Raises LightboxError."""
    start, spec = time.monotonic(), read_spec(run)
    dataset = open_films(run, spec)
    part, reading = _sample(spec, dataset)
    model = start_model(spec)
    forward = forward_of(model)
    seconds, held = _took(lambda: forward([part.tensors(0, BATCH)])), len(dataset.part("val"))
    each = seconds / min(BATCH, len(part.films))
    stages = sum(_of_stage(spec, stage, model, part, dataset, each) for stage in spec.stages)
    evaluating = each * (held + sum(film.split == "test" for film in dataset.films)) + _gate(spec, dataset, part.spec, reading)
    spent = time.monotonic() - start  # libraries, files, and the net compiled for each stage, as in the run
    total = spent + reading * len(dataset.films) + stages + evaluating + _END_SECONDS
    return {"seconds": round(total, 1), "megabytes": round(megabytes() + _cached(spec, model, dataset), 1)}


def _sample(spec: TrainingSpec, dataset: Dataset) -> tuple[Part, float]:
    """A batch or so of the training films, and the seconds that reading one takes."""
    films, input_spec = dataset.part("train"), InputSpec.from_json(dict(spec.input_spec))
    chosen = films[:: max(1, len(films) // max(spec.batch, 2 * BATCH))][: max(spec.batch, 2 * BATCH)]
    start = time.monotonic()
    values, photometrics = datasets.pictures(chosen, input_spec)
    each = (time.monotonic() - start) / len(chosen)
    return Part(chosen, spec.labels, values, photometrics, input_spec), each


def _of_stage(spec: TrainingSpec, stage: Stage, model: Any, part: Part, dataset: Dataset, forward_each: float) -> float:
    variables, optimizer = trainable(model, stage.trainable_from), optimizer_of(spec, stage)
    optimizer.build(variables)
    rng, batch = np.random.default_rng(0), min(spec.batch, len(part.films))
    held, train = len(dataset.part("val")), dataset.part("train")
    steps = Draws(train, spec.labels, spec.balance, spec.shares).batches(spec.films_per_epoch, spec.batch)
    cut = cut_before(model, stage.trainable_from) if spec.augment == 0 else None
    if cut:
        graph, inputs = cut.end, forward_of(cut.body)([part.tensors(0, batch)])
    else:
        graph, inputs = model, part.tensors(0, batch)
    take = steps_of(graph, variables, optimizer, spec.loss)
    block = (inputs[None], part.truth[None, :batch], np.ones((1, batch), np.float32), np.zeros(1, np.float32))
    step = _took(lambda: take(*block))
    if cut:
        return forward_each * (len(train) + held) + stage.epochs * (steps * step + _EPOCH_SECONDS)
    if spec.augment:
        step = max(step, batch * _took(lambda: part.augmented(0, rng, spec.augment)))
    return stage.epochs * (steps * step + forward_each * held + _EPOCH_SECONDS)


def _gate(spec: TrainingSpec, dataset: Dataset, input_spec: InputSpec, reading: float) -> float:
    """The seconds of fitting the gate; `reading` are those of reading a film, which is done again for it."""
    if not spec.gate_films:
        return 0.0
    films = [min(len(dataset.part(part)), spec.gate_films) for part in ("train", "val")]
    look = _took(lambda: embed(np.zeros((BATCH, *spec_of(input_spec.channels).tensor_shape), np.float32))) / BATCH
    read = min(films[0], fitting.MOST_REFERENCES) + min(films[1], fitting.MOST_HELD)
    return reading * read + look * fitting.passes(*films)


def _took(call: Callable[[], object]) -> float:
    """The least seconds of some calls, after one that compiles."""
    took = []
    for _ in range(1 + _REPEATS):
        start = time.monotonic()
        call()
        took.append(time.monotonic() - start)
    return min(took[1:])


def _cached(spec: TrainingSpec, model: Any, dataset: Dataset) -> float:
    """Megabytes of tensors that stay in memory: of the validation films, and of all where they aren't augmented."""
    films = len(dataset.part("val"))
    if spec.augment == 0 and not all(cut_before(model, each.trainable_from) for each in spec.stages):
        films += len(dataset.part("train"))
    return films * 4 * float(np.prod(model.input.shape[1:])) / 2**20
