"""From a series to scores: contract first, a stranger gets a reason and no score."""

import time
from collections.abc import Mapping
from dataclasses import dataclass

from medcore import preprocessing
from medcore.models.contract import Gate, check_contract
from medcore.models.runtime import Model
from medcore.volume import Series


@dataclass(frozen=True)
class Prediction:
    """What a model says of one slice. `scores` is None where the image was declined."""

    model: str
    version: str
    weights_sha256: str
    input_spec_sha256: str
    slice_index: int
    scores: Mapping[str, float] | None
    operating_points: Mapping[str, float]
    gate: Gate
    milliseconds: float

    @property
    def above_point(self) -> tuple[str, ...]:
        """The labels whose score is at their operating point or above."""
        scores = self.scores or {}
        return tuple(label for label, score in scores.items() if score >= self.operating_points[label])


def predict(model: Model, series: Series, slice_index: int) -> Prediction:
    """The scores of one slice, or the reason why the image was declined; raises InvalidValue past the ends."""
    start, gate = time.perf_counter(), check_contract(model.card, series)
    series.volume.slice(slice_index)
    scores = None if gate.accepted is False else _scores(model, series, slice_index)
    return _prediction(model, slice_index, scores, gate, start)


def predict_overridden(model: Model, series: Series, slice_index: int) -> Prediction:
    """The scores although the image may have been declined: the reader overrode it, and the gate's verdict stays."""
    start, gate = time.perf_counter(), check_contract(model.card, series)
    return _prediction(model, slice_index, _scores(model, series, slice_index), gate, start)


def _scores(model: Model, series: Series, slice_index: int) -> dict[str, float]:
    tensor = preprocessing.prepare(series.volume, slice_index, model.card.input_spec)
    scores, _ = model.run(tensor, model.card.labels[0])
    return {label: float(score) for label, score in zip(model.card.labels, scores, strict=True)}


def _prediction(model: Model, slice_index: int, scores: dict[str, float] | None, gate: Gate, start: float) -> Prediction:
    card = model.card
    return Prediction(
        model=card.id,
        version=card.version,
        weights_sha256=card.weights_sha256,
        input_spec_sha256=card.input_spec.hash,
        slice_index=slice_index,
        scores=scores,
        operating_points=card.operating_points,
        gate=gate,
        milliseconds=(time.perf_counter() - start) * 1000,
    )
