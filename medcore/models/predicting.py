"""From a series to scores: contract first, a stranger gets a reason and no score."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from medcore import preprocessing
from medcore.models.card import Group, ModelCard
from medcore.models.contract import Gate, check_contract
from medcore.models.runtime import Model
from medcore.volume import Series


@dataclass(frozen=True)
class Prediction:
    """What a model says of one slice. `scores` is None where the image was declined.

    `group` is the part of the model's films whose temperature and operating points were used, told by the "age" tag; None
    where the model has no groups or nothing tells, and then those of all its films are.
    """

    model: str
    version: str
    weights_sha256: str
    input_spec_sha256: str
    slice_index: int
    scores: Mapping[str, float] | None
    operating_points: Mapping[str, float]
    gate: Gate
    milliseconds: float
    group: str | None = None
    group_by: Literal["age", ""] = ""

    @property
    def above_point(self) -> tuple[str, ...]:
        """The labels whose score is at their operating point or above."""
        scores = self.scores or {}
        return tuple(label for label, score in scores.items() if score >= self.operating_points[label])


def predict(model: Model, series: Series, slice_index: int) -> Prediction:
    """The scores of one slice, or the reason why the image was declined; raises InvalidValue past the ends."""
    start, gate = time.perf_counter(), check_contract(model.card, series)
    series.volume.slice(slice_index)
    prediction = _declined(model.card, series, slice_index, gate)
    return _timed(prediction if gate.accepted is False else _scored(prediction, model, series), start)


def predict_overridden(model: Model, series: Series, slice_index: int) -> Prediction:
    """The scores although the image may have been declined: the reader overrode it, and the gate's verdict stays."""
    start, gate = time.perf_counter(), check_contract(model.card, series)
    return _timed(_scored(_declined(model.card, series, slice_index, gate), model, series), start)


def group_at(card: ModelCard, age_years: float | None) -> Group | None:
    """The card's group of that age."""
    if age_years is None:
        return None
    years = int(age_years)
    return next((each for each in card.groups if any(low <= years <= high for low, high in each.ages_years)), None)


def _declined(card: ModelCard, series: Series, slice_index: int, gate: Gate) -> Prediction:
    """All but the scores."""
    group = group_at(card, series.acquisition.age_years)
    return Prediction(
        model=card.id,
        version=card.version,
        weights_sha256=card.weights_sha256,
        input_spec_sha256=card.input_spec.hash,
        slice_index=slice_index,
        scores=None,
        operating_points=(group or card).operating_points,
        gate=gate,
        milliseconds=0.0,
        group=group.name if group else None,
        group_by="age" if group else "",
    )


def _scored(prediction: Prediction, model: Model, series: Series) -> Prediction:
    card = model.card
    group = next((each for each in card.groups if each.name == prediction.group), card)
    tensor = preprocessing.prepare(series.volume, prediction.slice_index, card.input_spec)
    scores, _ = model.run(tensor, card.labels[0], group.temperature)
    return replace(prediction, scores={label: float(score) for label, score in zip(card.labels, scores, strict=True)})


def _timed(prediction: Prediction, start: float) -> Prediction:
    return replace(prediction, milliseconds=(time.perf_counter() - start) * 1000)
