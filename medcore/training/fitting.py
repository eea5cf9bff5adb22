"""Fits a net stage by stage and epoch by epoch; after each epoch a checkpoint holds all that the next one depends on."""

import math
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from medcore.errors import SpecError
from medcore.jobs import Stage, TrainingSpec
from medcore.training import checkpoints
from medcore.training.averaging import averaged
from medcore.training.draws import Draws
from medcore.training.embedding import embeddings_of
from medcore.training.feeding import Feed, Serve
from medcore.training.films import Part
from medcore.training.forward import forward_of, in_batches
from medcore.training.recording import Records
from medcore.training.starting import Cut, cut_before, start_model, trainable
from medcore.training.stepping import Steps, learning_rate, optimizer_of, steps_of
from medcore.training.telling import Teller
from medcore.training.validating import Validation

FRESH: dict[str, Any] = {
    "epoch": 0,
    "stage": 0,
    "stage_epoch": 0,
    "stage_best": -1.0,
    "waited": 0,
    "best_epoch": 0,
    "best_score": -1.0,
    "history": [],
}
"""Where a run stands before its first epoch: epochs over all stages, the present stage's, the run's best, its rows."""
_FULL_TO_FORWARD = 3  # a step on all layers and augmentation to a forward pass, measured on Lite0
_FULL_TO_HEAD = 2


@dataclass(frozen=True)
class _Setting:
    """What a stage works with: the part of the net that it runs, its films, and the validation films' logits."""

    feed: Feed
    steps: Steps
    optimizer: Any
    variables: list
    logits: Callable[[], np.ndarray]


class Fitting:
    """A run's way from `state` on; `state` is at any time what the last checkpoint holds."""

    def __init__(
        self, run: Path, spec: TrainingSpec, parts: tuple[Part, Part], state: dict[str, Any], teller: Teller, records: Records
    ) -> None:
        """`parts` are the films for training and validation. Raises DatasetError where they can't be drawn or measured."""
        self.state, self._run, self._spec, self._teller, self._records = state, run, spec, teller, records
        self._train, self._held = parts
        self._validation = Validation(self._held.films, spec.labels, [group.strata for group in spec.groups.values()])
        self._draws = Draws(self._train.films, spec.labels, spec.balance, spec.shares)
        self._steps = self._draws.batches(spec.films_per_epoch, spec.batch)
        self._tensors: dict[str, np.ndarray] = {}
        self._full_epoch_seconds = 0.0

    def fit(self) -> Any:
        """Every stage from where the run stands; the model with the best epoch's weights."""
        model = start_model(self._spec)
        if self.state["epoch"]:
            checkpoints.restore_weights(checkpoints.place(self._run, self.state["epoch"]), model)
        for number, stage in enumerate(self._spec.stages):
            if number > self.state["stage"]:
                self.state |= {"stage": number, "stage_epoch": 0, "stage_best": -1.0, "waited": 0}
            if number == self.state["stage"] and not self._is_over(stage):
                self._fit_stage(model, stage)
        checkpoints.restore_served(checkpoints.place(self._run, self.state["best_epoch"]), model)
        return model

    def _is_over(self, stage: Stage) -> bool:
        patience = self._spec.patience
        return self.state["stage_epoch"] >= stage.epochs or bool(patience and self.state["waited"] >= patience)

    def _fit_stage(self, model: Any, stage: Stage) -> None:
        setting = self._setting(model, stage)
        if self.state["stage_epoch"]:
            checkpoints.restore_optimizer(checkpoints.place(self._run, self.state["epoch"]), setting.optimizer)
        self._teller.now(state="running", words="compiling the first step", **self._progress(stage, 0))
        while not self._is_over(stage):
            start = time.monotonic()
            loss, rate = self._fit_epoch(stage, setting, start)
            self._after_epoch(model, setting, {"loss": round(loss, 6), "learning_rate": rate}, start)

    def _setting(self, model: Any, stage: Stage) -> _Setting:
        variables, spec = trainable(model, stage.trainable_from), self._spec
        optimizer = optimizer_of(spec, stage)
        optimizer.build(variables)
        cut = cut_before(model, stage.trainable_from) if spec.augment == 0 else None
        if cut:
            graph, (train, held) = cut.end, self._embeddings(cut)
            serve, shape = _rows_of(train), train.shape[1:]
        else:
            graph, serve, shape = model, self._serve_pictures(), self._train.spec.tensor_shape
            held = self._cached("held", self._held)
        feed = Feed(self._draws, serve, shape, spec.films_per_epoch, spec.batch)
        forward = forward_of(graph)
        steps = steps_of(graph, variables, optimizer, spec.loss)
        return _Setting(feed, steps, optimizer, variables, lambda: forward(in_batches(held)))

    def _embeddings(self, cut: Cut) -> list[np.ndarray]:
        start, begun_with = time.monotonic(), f"{self.state['spec_sha256']} {self.state['split_sha256']}"
        films = len(self._train.films) + len(self._held.films)
        self._teller.now(state="running", words=f"computing what the frozen layers say of {films} pictures", step=0, steps=0)
        found = embeddings_of(self._run, cut.body, [self._train, self._held], begun_with, self._teller.soon)
        each = (time.monotonic() - start) / films
        self._full_epoch_seconds = each * _FULL_TO_FORWARD * self._draws.count(self._spec.films_per_epoch)
        return found

    def _serve_pictures(self) -> Serve:
        """Scaled tensors, once made, or films augmented anew each time."""
        if self._spec.augment == 0:
            return _rows_of(self._cached("train", self._train))
        part, strength = self._train, self._spec.augment
        return lambda indices, rng: np.stack([part.augmented(index, rng, strength) for index in indices])

    def _cached(self, name: str, part: Part) -> np.ndarray:
        if name not in self._tensors:
            self._tensors[name] = part.tensors()
        return self._tensors[name]

    def _fit_epoch(self, stage: Stage, setting: _Setting, start: float) -> tuple[float, float]:
        """The films' mean loss and the last learning rate."""
        losses, films, step, rates = [], 0, 0, np.zeros(1)
        with closing(setting.feed.epoch(self._spec.seed, self.state["epoch"] + 1)) as blocks:
            for block in blocks:
                rates = self._rates(stage, step, len(block.truth))
                losses.append(setting.steps(*block, rates))
                films, step = films + block.truth.size, step + len(block.truth)
                left = self._seconds_left(stage, step, time.monotonic() - start)
                self._teller.soon(block.truth.size, words="", seconds_left=left, **self._progress(stage, step))
        return sum(map(float, losses)) / films, float(rates[-1])

    def _rates(self, stage: Stage, step: int, count: int) -> np.ndarray:
        done = self.state["stage_epoch"] + np.arange(step, step + count) / self._steps
        return np.array([learning_rate(self._spec.schedule, stage, float(each)) for each in done], np.float32)

    def _after_epoch(self, model: Any, setting: _Setting, row: dict[str, float], start: float) -> None:
        state, epoch = self.state, self.state["epoch"] + 1
        if not math.isfinite(row["loss"]):
            raise SpecError(f"The loss is no number any more after epoch {epoch}; make a run with a smaller learning rate.")
        with averaged(setting.optimizer, setting.variables):
            row |= self._validation.measure(setting.logits())
            served = checkpoints.weights_of(model) if self._spec.average else None
        row |= {"epoch": epoch, "stage": state["stage"] + 1, "seconds": round(time.monotonic() - start, 3)}
        score = row["validation_score"]
        best = {"best_epoch": epoch, "best_score": score} if score >= state["best_score"] else {}
        stage_best = max(score, state["stage_best"])
        waited = 0 if score > state["stage_best"] else state["waited"] + 1
        counts = {"epoch": epoch, "stage_epoch": state["stage_epoch"] + 1, "stage_best": stage_best, "waited": waited}
        state = {**state, **best, **counts, "history": [*state["history"], row]}
        checkpoints.save(self._run, model, setting.optimizer, state, served)
        self.state = state
        self._records.add(state["history"])

    def _progress(self, stage: Stage, step: int) -> dict[str, Any]:
        """For the status: the epoch under way, of how many if no stage ends early, and the best one so far."""
        state, later = self.state, self._spec.stages[self.state["stage"] + 1 :]
        epochs = state["epoch"] - state["stage_epoch"] + stage.epochs + sum(each.epochs for each in later)
        best = {"best_epoch": state["best_epoch"], "best_score": max(state["best_score"], 0.0)}
        return {"epoch": state["epoch"] + 1, "epochs": epochs, "step": step, "steps": self._steps, **best}

    def _seconds_left(self, stage: Stage, step: int, took: float) -> float:
        """At this epoch's pace, validation as it took in the last; a later stage on all layers takes longer."""
        history, state = self.state["history"], self.state
        epoch = history[-1]["seconds"] if state["stage_epoch"] else took / step * self._steps
        full = max(self._full_epoch_seconds, epoch * (_FULL_TO_HEAD if stage.trainable_from else 1))
        later = full * sum(each.epochs for each in self._spec.stages[state["stage"] + 1 :])
        return round(max(epoch - took, 0) + epoch * (stage.epochs - state["stage_epoch"] - 1) + later, 1)


def _rows_of(array: np.ndarray) -> Serve:
    return lambda indices, rng: array[indices]
