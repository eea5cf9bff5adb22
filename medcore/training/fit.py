"""Fits a net as a spec says, epoch by epoch, each epoch a checkpoint that the run goes on from after a stop."""

import csv
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np

from medcore import architectures, datasets, evaluation, pretrained
from medcore.errors import DatasetError, SpecError
from medcore.jobs import Stage, Status, TrainingSpec, hold, read_spec, spec_hash, write_status
from medcore.preprocessing import InputSpec
from medcore.training import checkpoints
from medcore.training.feeding import Feed
from medcore.training.finishing import finish
from medcore.training.forward import logits_of

_SMOOTHING = 0.05  # label smoothing: some of the labels are wrong


def train(run: Path) -> None:
    """Trains the run, or goes on from its last checkpoint, and writes `run/model`; raises LightboxError."""
    with hold(run):
        spec = read_spec(run)
        write_status(run, Status("reading"))
        dataset = datasets.freeze(_open(spec), spec.validation_fraction, spec.seed)
        state = _start_or_go_on(run, dataset.split_hash)
        feed, held = _feed(spec, dataset, "train"), _feed(spec, dataset, "val")
        model, state = _fit_all(run, spec, feed, Validation(spec, dataset, held), state)
        finish(run, spec, dataset, model, held.tensors())
        epochs, steps = state["epoch"], feed.batches(spec.films_per_epoch, spec.batch)
        write_status(run, Status("done", epochs, epochs, steps, steps, seconds_left=0, **_best(state)))


def _open(spec: TrainingSpec) -> datasets.Dataset:
    root = Path(spec.data_root) if spec.data_root else None
    return datasets.open_labelled(Path(spec.data), spec.labels, spec.label_aliases, root)


def _feed(spec: TrainingSpec, dataset: datasets.Dataset, split: str) -> Feed:
    input_spec, films = InputSpec.from_json(dict(spec.input_spec)), dataset.part(split)
    return Feed(films, dataset.labels, *datasets.pictures(films, input_spec), input_spec)


class Validation:
    """Scores a net on the validation films: the mean over strata of the mean one-against-rest ROC AUC.

    Strata whose films all have one label can't be measured and don't count. Raises DatasetError where none can, or where a
    label has no film: the operating points couldn't be chosen.
    """

    def __init__(self, spec: TrainingSpec, dataset: datasets.Dataset, held: Feed) -> None:
        films = dataset.part("val")
        lacking = [label for label in spec.labels if label not in {film.label for film in films}]
        if lacking:
            raise DatasetError(
                f"No validation film is labelled {' or '.join(lacking)}; add some, or raise validation_fraction."
            )
        self._tensors, self._truth = held.tensors(), held.truth
        strata = np.array([film.stratum for film in films])
        chosen = [strata == stratum for stratum in sorted(set(strata))]
        self._measurable = [each for each in chosen if len(set(self._truth[each])) > 1]
        if not self._measurable:
            raise DatasetError("No stratum's validation films have two labels; add films so that one can be measured.")
        self._labels = len(spec.labels)

    def score(self, model: Any) -> float:
        """0..1, higher is better."""
        logits = logits_of(model, self._tensors)
        return float(np.mean([self._auc(logits, chosen) for chosen in self._measurable]))

    def _auc(self, logits: np.ndarray, chosen: np.ndarray) -> float:
        scores, truth = evaluation.softmax(logits[chosen], 1.0), self._truth[chosen]
        present = [label for label in range(self._labels) if 0 < (truth == label).sum() < len(truth)]
        return float(np.mean([evaluation.auc(scores[:, label], truth == label).value for label in present]))


def _start_or_go_on(run: Path, split_sha256: str) -> dict[str, Any]:
    """Where the run stands; raises SpecError where its spec or its films aren't those that it was begun with."""
    begun_with = {"spec_sha256": spec_hash(run), "split_sha256": split_sha256}
    newest = checkpoints.latest(run)
    if not newest:
        return {"epoch": 0, "best_epoch": 0, "best_score": -1.0, **begun_with}
    state = checkpoints.state_of(newest)
    for key, what in (("spec_sha256", "another spec.json"), ("split_sha256", "other films or another split of them")):
        if state.get(key) != begun_with[key]:
            raise SpecError(f"The run {run.name} was begun with {what}; put that back, or train in a new folder.")
    return state


def _fit_all(
    run: Path, spec: TrainingSpec, feed: Feed, validation: Validation, state: dict[str, Any]
) -> tuple[Any, dict[str, Any]]:
    """Every stage from where the run stands; the model with the best epoch's weights, and where the run stands then."""
    model = start_model(spec)
    if state["epoch"]:
        checkpoints.restore_weights(run / "checkpoints" / f"{state['epoch']:04d}", model)
    first = 1
    for stage in spec.stages:
        last = first + stage.epochs - 1
        if state["epoch"] < last:
            state = _fit_stage(run, spec, stage, first, model, feed, validation, state)
        first = last + 1
    checkpoints.restore_weights(run / "checkpoints" / f"{state['best_epoch']:04d}", model)
    return model, state


def start_model(spec: TrainingSpec) -> Any:
    """The net with the spec's starting weights."""
    import keras

    keras.utils.set_random_seed(spec.seed)
    size = InputSpec.from_json(dict(spec.input_spec)).size
    model = architectures.build(spec.architecture, len(spec.labels), size)
    if spec.start == "imagenet":
        for name, weights in pretrained.imagenet_lite0().items():
            if name != "logits":
                model.get_layer(name).set_weights(weights)
    return model


def _fit_stage(
    run: Path,
    spec: TrainingSpec,
    stage: Stage,
    first: int,
    model: Any,
    feed: Feed,
    validation: Validation,
    state: dict[str, Any],
) -> dict[str, Any]:
    import keras

    variables = _trainable(model, stage.trainable_from)
    optimizer = keras.optimizers.AdamW(stage.learning_rate, weight_decay=1e-4)
    optimizer.build(variables)
    if state["epoch"] >= first:
        checkpoints.restore_optimizer(run / "checkpoints" / f"{state['epoch']:04d}", optimizer)
    step = _step(model, variables, optimizer, len(spec.labels))
    epochs = sum(each.epochs for each in spec.stages)
    for epoch in range(state["epoch"] + 1, first + stage.epochs):
        loss = _fit_epoch(run, spec, stage, epoch - first, epoch, epochs, step, optimizer, feed, state)
        state = _after_epoch(run, model, optimizer, epoch, loss, validation.score(model), state)
    return state


def _trainable(model: Any, trainable_from: str) -> list:
    names = [layer.name for layer in model.layers]
    if trainable_from and trainable_from not in names:
        raise SpecError(f"trainable_from {trainable_from!r} is no layer of the net; choose one of {', '.join(names)}.")
    layers = model.layers[names.index(trainable_from) if trainable_from else 0 :]
    return [variable for layer in layers for variable in layer.trainable_variables]


def _step(model: Any, variables: list, optimizer: Any, labels: int) -> Callable[[np.ndarray, np.ndarray], Any]:
    import tensorflow as tf

    @tf.function(reduce_retracing=True)
    def step(pictures: Any, truth: Any) -> Any:
        with tf.GradientTape(watch_accessed_variables=False) as tape:
            tape.watch([variable.value for variable in variables])
            logits = model(pictures, training=True)
            wanted = tf.one_hot(truth, labels) * (1 - _SMOOTHING) + _SMOOTHING / labels
            loss = tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(wanted, logits))
        optimizer.apply(tape.gradient(loss, [variable.value for variable in variables]), variables)
        return loss

    return step


def _fit_epoch(
    run: Path,
    spec: TrainingSpec,
    stage: Stage,
    epoch_of_stage: int,
    epoch: int,
    epochs: int,
    step: Callable[[np.ndarray, np.ndarray], Any],
    optimizer: Any,
    feed: Feed,
    state: dict[str, Any],
) -> float:
    steps, losses, start = feed.batches(spec.films_per_epoch, spec.batch), [], time.monotonic()
    with closing(feed.epoch(spec.seed, epoch, spec.films_per_epoch, spec.batch, spec.augment)) as batches:
        for number, (pictures, truth) in enumerate(batches):
            optimizer.learning_rate.assign(_learning_rate(stage, epoch_of_stage + number / steps))
            losses.append(float(step(pictures, truth)))
            if number % 10 == 9 or number + 1 == steps:
                pace = (time.monotonic() - start) / (number + 1)
                left = pace * (steps * (epochs - epoch + 1) - number - 1)
                write_status(run, Status("running", epoch, epochs, number + 1, steps, seconds_left=round(left), **_best(state)))
    return float(np.mean(losses))


def _best(state: dict[str, Any]) -> dict[str, Any]:
    return {"best_epoch": state["best_epoch"], "best_score": state["best_score"]}


def _learning_rate(stage: Stage, epochs_done: float) -> float:
    """Warm-up over the first tenth of the stage, then half a cosine down to 1 % (Loshchilov & Hutter 2017)."""
    done = min(epochs_done / stage.epochs, 1.0)
    if done < 0.1:
        return stage.learning_rate * max(done / 0.1, 0.02)
    return stage.learning_rate * (0.01 + 0.99 * 0.5 * (1 + np.cos(np.pi * (done - 0.1) / 0.9)))


def _after_epoch(
    run: Path, model: Any, optimizer: Any, epoch: int, loss: float, score: float, state: dict[str, Any]
) -> dict[str, Any]:
    state = {**state, "epoch": epoch}
    if score >= state["best_score"]:
        state = {**state, "best_epoch": epoch, "best_score": score}
    checkpoints.save(run, model, optimizer, state)
    with (run / "log.csv").open("a", newline="") as file:
        csv.writer(file).writerow([epoch, f"{loss:.4f}", f"{score:.4f}"])
    return state
