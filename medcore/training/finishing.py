"""From the best checkpoint to a model folder: weights, temperature and operating point from the validation films alone."""

import datetime
from pathlib import Path
from typing import Any

import numpy as np

from medcore import datasets, evaluation
from medcore.errors import SpecError
from medcore.jobs import TrainingSpec, write_json
from medcore.models.weights import read_weights, write_weights
from medcore.preprocessing import InputSpec
from medcore.training.films import Part, patients_of
from medcore.training.forward import forward_of, tensors_of


def finish(run: Path, spec: TrainingSpec, dataset: datasets.Dataset, model: Any, held: Part) -> float:
    """Writes `run/model/{weights.npz,card.json}`; the figures are those of the rounded weights, as they'll be served.

    `held` are the validation films. Gives the temperature; the model has the rounded weights then. Raises SpecError where
    they can't be rounded.
    """
    _check_range(model)
    folder = run / "model"
    folder.mkdir(exist_ok=True)
    sha256 = write_weights(model, folder / "weights.npz")
    read_weights(model, folder / "weights.npz", sha256)
    logits = forward_of(model)(tensors_of(held))
    temperature = round(evaluation.fit_temperature(logits, held.truth), 4)
    scores = evaluation.softmax(logits, temperature)
    points = operating_points(spec, scores, held.truth)
    write_json(folder / "card.json", _card(spec, dataset, sha256, temperature, points, scores, held.truth))
    return temperature


def _check_range(model: Any) -> None:
    largest = max(float(np.abs(np.asarray(weight)).max()) for weight in model.trainable_variables)
    if not largest <= float(np.finfo(np.float16).max):
        raise SpecError("The weights grew too large for a model's file; make a run with a smaller learning rate.")


def operating_points(spec: TrainingSpec, scores: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    """Each label's point, rounded down to 4 digits: the wanted sensitivity on validation for `operating_label`.

    With two labels the other's point is what is left, so that just one of the two is above; with more, each has its own.
    """
    points = {
        label: _floor(evaluation.operating_point_at_sensitivity(scores[:, index], truth == index, spec.operating_sensitivity))
        for index, label in enumerate(spec.labels)
    }
    if len(spec.labels) == 2:
        other = next(label for label in spec.labels if label != spec.operating_label)
        points[other] = round(1 - points[spec.operating_label], 4)
    return points


def _floor(point: float) -> float:
    return float(np.floor(point * 1e4) / 1e4)


def _card(
    spec: TrainingSpec,
    dataset: datasets.Dataset,
    sha256: str,
    temperature: float,
    points: dict[str, float],
    scores: np.ndarray,
    truth: np.ndarray,
) -> dict[str, Any]:
    index, films = spec.labels.index(spec.operating_label), dataset.part("val")
    point = points[spec.operating_label]
    report = evaluation.report(scores[:, index], truth == index, point, groups=patients_of(spec, films))
    return {
        "schema": 1,
        "id": spec.model_id,
        **spec.card,
        "architecture": spec.architecture,
        "labels": list(spec.labels),
        "label_aliases": dict(spec.label_aliases),
        "input_spec": dict(spec.input_spec),
        "input_spec_sha256": InputSpec.from_json(dict(spec.input_spec)).hash,
        "weights_sha256": sha256,
        "temperature": temperature,
        "operating_points": points,
        "operating_label": spec.operating_label,
        "split_sha256": dataset.split_hash,
        "films": {split: len(dataset.part(split)) for split in sorted({film.split for film in dataset.films})},
        "trained": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "metrics": {"validation": report},
    }
