"""A training's spec: everything that it depends on, read from the run folder's spec.json and checked."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from medcore.errors import SpecError

SCHEMA = 1
CHOICES = {
    "optimizer": ("adamw", "adam", "sgd"),
    "schedule": ("cosine", "constant"),
    "loss": ("cross-entropy", "focal"),
    "balance": ("draw", "weight", "none"),
}
"""What a spec may say of each; the first is what it is where the spec doesn't say."""


@dataclass(frozen=True)
class Stage:
    """Epochs in which the layers from `trainable_from` on are fitted ("" is all of them), at one peak learning rate."""

    epochs: int
    learning_rate: float
    trainable_from: str = ""


@dataclass(frozen=True)
class FilmGroup:
    """Strata that get a temperature and operating points of their own, and the ages (completed years) that belong to them."""

    strata: tuple[str, ...]
    ages_years: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class TrainingSpec:
    """Everything that a training depends on; paths are relative to the working folder.

    start: "imagenet", "random" or the id of a model of the same architecture, whose weights then must be `start_sha256`.
    films_per_epoch: how many films an epoch draws, 0 for every film once. patience: end a stage after so many epochs without a
    better validation score, 0 never. split_sha256: the frozen split that the run was made for; "" where
    any is fine, and then the test films stay closed.
    balance: "draw" shows every label of every stratum equally often, or as the strata's `shares` say (1 where they don't);
    "weight" multiplies the loss of rare labels, "none" takes the films as they are. groups: strata with a temperature and
    operating points of their own; then a stratum that is in none is for training alone.
    gate_films: how many training films the model's gate remembers at most; 0: no gate, its tags alone decline a picture.
    average: how much of the weights' running average each step keeps; it is what is measured and served. 0: no average.
    schedule: "cosine" (a warm-up and half a cosine over each stage) or "constant".
    """

    model_id: str
    architecture: str
    start: str
    labels: tuple[str, ...]
    data: str
    input_spec: Mapping[str, Any]
    stages: tuple[Stage, ...]
    label_aliases: Mapping[str, str] = field(default_factory=dict)
    data_root: str | None = None
    validation_fraction: float = 0.1
    films_per_epoch: int = 2400
    batch: int = 16
    augment: float = 1.0
    seed: int = 0
    operating_label: str = ""
    operating_sensitivity: float = 0.95
    optimizer: str = "adamw"
    schedule: str = "cosine"
    loss: str = "cross-entropy"
    balance: str = "draw"
    patience: int = 0
    average: float = 0.0
    gate_films: int = 1000
    start_sha256: str = ""
    split_sha256: str = ""
    shares: Mapping[str, float] = field(default_factory=dict)
    groups: Mapping[str, FilmGroup] = field(default_factory=dict)
    card: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.labels) < 2 or not self.start or not self.stages or self.batch < 1:
            raise SpecError(
                "A spec needs two labels or more, a start (imagenet, random or a model's id), a stage and a batch of 1 or more."
            )
        if self.operating_label not in self.labels:
            raise SpecError(f"operating_label {self.operating_label!r} must be one of {', '.join(self.labels)}.")
        if not (0 < self.validation_fraction < 1 and 0 < self.operating_sensitivity <= 1):
            raise SpecError("A spec needs a validation_fraction and an operating_sensitivity between 0 and 1.")
        if min(stage.epochs for stage in self.stages) < 1 or 0 < self.films_per_epoch < self.batch:
            raise SpecError(
                "A spec needs an epoch or more in each stage, and films_per_epoch for a batch or more (0: all films)."
            )
        if not 0 <= self.average < 1:
            raise SpecError(f"A spec's average can't be {self.average}; give the part that a step keeps, 0 to under 1 (0.995).")
        if min(self.films_per_epoch, self.patience, self.augment, self.gate_films) < 0:
            raise SpecError("A spec's films_per_epoch, patience, augment and gate_films can't be below 0.")
        if not all(share > 0 for share in self.shares.values()):
            raise SpecError("A spec's shares must be above 0; leave a stratum's films out of the data where none are wanted.")
        for name, known in CHOICES.items():
            if getattr(self, name) not in known:
                raise SpecError(f"A spec's {name} can't be {getattr(self, name)!r}; choose {', '.join(known)}.")
        _check_card(self.card)


def _check_card(card: Mapping[str, Any]) -> None:
    """That the words which the trained model's card takes over make one that can be read, before hours are spent."""
    lacking = [key for key in ("version", "title", "contract") if not isinstance(card, Mapping) or key not in card]
    if lacking:
        raise SpecError(f"A spec's card needs version, title and contract; add {' and '.join(lacking)}.")
    if "schema" in card or "id" in card:
        raise SpecError("A spec's card can't have a schema or an id of its own; leave them out (the id is model_id).")
    contract = card["contract"]
    words = [contract.get(key, []) for key in ("modality", "body_part", "view")] if isinstance(contract, Mapping) else [None]
    if not all(isinstance(each, list | tuple) and all(isinstance(word, str) for word in each) for each in words):
        raise SpecError("A card's contract needs lists of words as modality, body_part and view, or none of them ({}).")
    if contract.get("pictures", "single") not in ("single", "slices"):
        raise SpecError(f"A contract's pictures can't be {contract['pictures']!r}; choose single or slices.")
    ages = contract.get("ages_years", [])
    if not isinstance(ages, list | tuple) or not all(_is_range(each) for each in ages):
        raise SpecError("A contract's ages_years needs pairs of years, such as [[1, 6], [18, 120]], or must be left out.")


def _is_range(ages: Any) -> bool:
    return isinstance(ages, list | tuple) and len(ages) == 2 and all(isinstance(age, int | float) for age in ages)


def _group(fields: Mapping[str, Any]) -> FilmGroup:
    ages = fields.get("ages_years", [])
    if fields.keys() - {"strata", "ages_years"} or not all(_is_range(each) for each in ages):
        raise SpecError("A spec's group needs strata, a list of names, and may have ages_years, pairs of years.")
    return FilmGroup(tuple(fields["strata"]), tuple((float(low), float(high)) for low, high in ages))


def read_spec(run: Path) -> TrainingSpec:
    """The spec of a run folder; raises SpecError with what to mend."""
    try:
        fields = json.loads((run / "spec.json").read_text())
        if fields.pop("schema", None) != SCHEMA:
            raise SpecError(f'{run / "spec.json"} needs "schema": {SCHEMA}.')
        fields["stages"] = tuple(Stage(**stage) for stage in fields["stages"])
        fields["labels"] = tuple(fields["labels"])
        fields["groups"] = {name: _group(each) for name, each in fields.get("groups", {}).items()}
        return TrainingSpec(**fields)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SpecError(f"{run / 'spec.json'} can't be followed ({error}).") from error


def spec_hash(run: Path) -> str:
    """SHA-256 (hex) of what the run's spec.json says, however it is laid out."""
    fields = json.loads((run / "spec.json").read_text())
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()
