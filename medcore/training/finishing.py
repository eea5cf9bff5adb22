"""From the best checkpoint to a model folder: weights, temperature and operating point from the validation films alone."""

import datetime
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from medcore import datasets, evaluation
from medcore.datasets import Film
from medcore.errors import SpecError
from medcore.jobs import TrainingSpec, write_json
from medcore.models.weights import read_weights, write_weights
from medcore.preprocessing import InputSpec
from medcore.training.films import Part, patients_of
from medcore.training.forward import BATCH, forward_of, tensors_of

Forward = Callable[[Iterable[np.ndarray]], np.ndarray]
COPIES = 2
"""Changed copies of each validation film for the temperature: unchanged ones are made as the training films were, and a
temperature that only knows them is too sure of films that are made otherwise."""


@dataclass(frozen=True)
class Temperatures:
    """The temperature of all films, and those of strata whose group has its own."""

    every: float
    of_strata: Mapping[str, float]

    def scores(self, logits: np.ndarray, films: Sequence[Film]) -> np.ndarray:
        """Scores (n, labels) of the films' logits, each at its own temperature."""
        own = np.array([self.of_strata.get(film.stratum, self.every) for film in films])
        return evaluation.softmax(logits / own[:, None], 1.0)


def finish(
    run: Path, spec: TrainingSpec, dataset: datasets.Dataset, model: Any, held: Part, gate: dict[str, Any] | None
) -> Temperatures:
    """Writes `run/model/{weights.npz,card.json}`; the figures are those of the rounded weights, as they'll be served.

    `held` are the validation films, `gate` what the card says of the gate beside it, None where there is none. Gives the
    temperatures; the model has the rounded weights then. Raises SpecError where they can't be rounded.
    """
    _check_range(model)
    folder = run / "model"
    folder.mkdir(exist_ok=True)
    sha256 = write_weights(model, folder / "weights.npz")
    read_weights(model, folder / "weights.npz", sha256)
    settings = calibrate(spec, forward_of(model), held)
    write_json(folder / "card.json", _card(spec, dataset, sha256, settings, held) | ({"gate": gate} if gate else {}))
    groups = settings["groups"]
    of_strata = {stratum: groups[name]["temperature"] for name, group in spec.groups.items() for stratum in group.strata}
    return Temperatures(settings["temperature"], of_strata)


def _check_range(model: Any) -> None:
    largest = max(float(np.abs(np.asarray(weight)).max()) for weight in model.trainable_variables)
    if not largest <= float(np.finfo(np.float16).max):
        raise SpecError("The weights grew too large for a model's file; make a run with a smaller learning rate.")


def calibrate(spec: TrainingSpec, forward: Forward, held: Part) -> dict[str, Any]:
    """Temperature and operating points, of all validation films and of each of the spec's groups, and the films' scores.

    Films of strata that belong to no group have no say where there are groups.
    """
    served = forward(tensors_of(held))
    changed = np.concatenate([served, *(forward(_changed(held, spec, copy)) for copy in range(COPIES * (spec.augment > 0)))])
    copies = len(changed) // len(served)
    strata = np.array([film.stratum for film in held.films])

    def setting(chosen: np.ndarray) -> dict[str, Any]:
        truth = held.truth[chosen]
        temperature = round(evaluation.fit_temperature(changed[np.tile(chosen, copies)], np.tile(truth, copies)), 4)
        scores = evaluation.softmax(served[chosen], temperature)
        return {"temperature": temperature, "operating_points": operating_points(spec, scores, truth)}

    members = {name: np.isin(strata, group.strata) for name, group in spec.groups.items()}
    counted = np.any(list(members.values()), axis=0) if members else np.ones(len(strata), bool)
    return setting(counted) | {"groups": {name: setting(chosen) for name, chosen in members.items()}, "logits": served}


def _changed(held: Part, spec: TrainingSpec, copy: int) -> Iterator[np.ndarray]:
    """The validation films as training changes films, the same each time."""
    rng = np.random.default_rng([spec.seed, copy])
    for start in range(0, len(held.films), BATCH):
        yield np.stack(
            [held.augmented(index, rng, spec.augment) for index in range(start, min(start + BATCH, len(held.films)))]
        )


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


def _card(spec: TrainingSpec, dataset: datasets.Dataset, sha256: str, settings: dict[str, Any], held: Part) -> dict[str, Any]:
    groups = [
        {"name": name, "ages_years": [list(ages) for ages in spec.groups[name].ages_years], **setting}
        for name, setting in settings["groups"].items()
    ]
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
        "temperature": settings["temperature"],
        "operating_points": settings["operating_points"],
        **({"groups": groups} if groups else {}),
        "operating_label": spec.operating_label,
        "operating_sensitivity": spec.operating_sensitivity,
        "split_sha256": dataset.split_hash,
        "films": {split: len(dataset.part(split)) for split in sorted({film.split for film in dataset.films})},
        "trained": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "metrics": {"validation": _validation(spec, settings, held)},
    }


def _validation(spec: TrainingSpec, settings: dict[str, Any], held: Part) -> dict[str, Any]:
    """The report of the validation films, of each group by itself where there are groups."""
    index, strata = spec.labels.index(spec.operating_label), np.array([film.stratum for film in held.films])

    def report(setting: dict[str, Any], chosen: np.ndarray) -> dict[str, Any]:
        scores = evaluation.softmax(settings["logits"][chosen], setting["temperature"])[:, index]
        films = [film for film, wanted in zip(held.films, chosen, strict=True) if wanted]
        point = setting["operating_points"][spec.operating_label]
        return evaluation.report(scores, held.truth[chosen] == index, point, groups=patients_of(spec, films))

    if not spec.groups:
        return report(settings, np.ones(len(strata), bool))
    return {name: report(settings["groups"][name], np.isin(strata, group.strata)) for name, group in spec.groups.items()}
