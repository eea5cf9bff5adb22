"""From a series to scores: contract and recognition first, a stranger gets a reason and no score."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from medcore import preprocessing
from medcore.models.card import Group, ModelCard
from medcore.models.contract import Gate, check_contract
from medcore.models.recognising import recognised
from medcore.models.runtime import Model
from medcore.volume import Series


@dataclass(frozen=True)
class Prediction:
    """What a model says of one slice. `scores` is None where the image was declined.

    `group` is the part of the model's films whose temperature and operating points were used, told by the "age" tag or, without
    one, by what the "picture" looks like; None where the model has no groups or nothing tells, and then those of all its films
    are.
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
    group_by: Literal["age", "picture", ""] = ""

    @property
    def above_point(self) -> tuple[str, ...]:
        """The labels whose score is at their operating point or above."""
        scores = self.scores or {}
        return tuple(label for label, score in scores.items() if score >= self.operating_points[label])


def predict(model: Model, series: Series, slice_index: int) -> Prediction:
    """The scores of one slice, or the reason why the image was declined; raises InvalidValue past the ends."""
    start, prediction = time.perf_counter(), _declined(model, series, slice_index)
    return _timed(prediction if prediction.gate.accepted is False else _scored(prediction, model, series), start)


def predict_overridden(model: Model, series: Series, slice_index: int) -> Prediction:
    """The scores although the image may have been declined: the reader overrode it, and the gate's verdict stays."""
    start = time.perf_counter()
    return _timed(_scored(_declined(model, series, slice_index), model, series), start)


def group_at(card: ModelCard, age_years: float | None) -> Group | None:
    """The card's group of that age."""
    if age_years is None:
        return None
    years = int(age_years)
    return next((each for each in card.groups if any(low <= years <= high for low, high in each.ages_years)), None)


def _declined(model: Model, series: Series, slice_index: int) -> Prediction:
    """All but the scores; raises InvalidValue past the ends."""
    series.volume.slice(slice_index)
    card = model.card
    gate = recognised(model, check_contract(card, series), series.volume, slice_index)
    group, by = _group(card, series.acquisition.age_years, gate)
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
        group_by=by,
    )


def _group(card: ModelCard, age_years: float | None, gate: Gate) -> tuple[Group | None, Literal["age", "picture", ""]]:
    """The picture's group, and what told it."""
    if group := group_at(card, age_years):
        return group, "age"
    found = gate.recognition
    if age_years is not None or found is None:
        return None, ""
    group = next((each for each in card.groups if each.name == found.group), None)
    return group, "picture" if group else ""


def _scored(prediction: Prediction, model: Model, series: Series) -> Prediction:
    card = model.card
    group = next((each for each in card.groups if each.name == prediction.group), card)
    tensor = preprocessing.prepare(series.volume, prediction.slice_index, card.input_spec)
    scores, _ = model.run(tensor, card.labels[0], group.temperature)
    return replace(prediction, scores={label: float(score) for label, score in zip(card.labels, scores, strict=True)})


def _timed(prediction: Prediction, start: float) -> Prediction:
    return replace(prediction, milliseconds=(time.perf_counter() - start) * 1000)
