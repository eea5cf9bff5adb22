"""A training's spec and its run folder: spec.json in, status.json, log.csv and checkpoints out; the truth is on disk."""

import hashlib
import json
import os
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from medcore.errors import SpecError

SCHEMA = 1


@dataclass(frozen=True)
class Stage:
    """Epochs in which the layers from `trainable_from` on are fitted ("" is all of them), at one peak learning rate."""

    epochs: int
    learning_rate: float
    trainable_from: str = ""


@dataclass(frozen=True)
class TrainingSpec:
    """Everything that a training depends on; paths are relative to the working folder."""

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
    card: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.labels) < 2 or self.start not in ("imagenet", "random") or not self.stages or self.batch < 1:
            raise SpecError("A spec needs two labels or more, a start (imagenet or random), a stage and a batch of 1 or more.")
        if self.operating_label not in self.labels:
            raise SpecError(f"operating_label {self.operating_label!r} must be one of {', '.join(self.labels)}.")
        if not (0 < self.validation_fraction < 1 and 0 < self.operating_sensitivity <= 1):
            raise SpecError("A spec needs a validation_fraction and an operating_sensitivity between 0 and 1.")
        if min(stage.epochs for stage in self.stages) < 1 or self.films_per_epoch < self.batch:
            raise SpecError("A spec needs an epoch or more in each stage, and films_per_epoch for a batch or more.")
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
    ages = contract.get("ages_years", [])
    if not isinstance(ages, list | tuple) or not all(_is_range(each) for each in ages):
        raise SpecError("A contract's ages_years needs pairs of years, such as [[1, 6], [18, 120]], or must be left out.")


def _is_range(ages: Any) -> bool:
    return isinstance(ages, list | tuple) and len(ages) == 2 and all(isinstance(age, int | float) for age in ages)


def read_spec(run: Path) -> TrainingSpec:
    """The spec of a run folder; raises SpecError with what to mend."""
    try:
        fields = json.loads((run / "spec.json").read_text())
        if fields.pop("schema", None) != SCHEMA:
            raise SpecError(f'{run / "spec.json"} needs "schema": {SCHEMA}.')
        fields["stages"] = tuple(Stage(**stage) for stage in fields["stages"])
        fields["labels"] = tuple(fields["labels"])
        return TrainingSpec(**fields)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise SpecError(f"{run / 'spec.json'} can't be followed ({error}).") from error


def spec_hash(run: Path) -> str:
    """SHA-256 (hex) of what the run's spec.json says, however it is laid out."""
    fields = json.loads((run / "spec.json").read_text())
    return hashlib.sha256(json.dumps(fields, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True)
class Status:
    """Where a run is: stage and epoch (counted from 1 over all stages), the best score, seconds left, the process."""

    state: str
    epoch: int = 0
    epochs: int = 0
    step: int = 0
    steps: int = 0
    best_epoch: int = 0
    best_score: float = 0.0
    seconds_left: float | None = None
    process: int = field(default_factory=os.getpid)
    heartbeat: float = field(default_factory=time.time)


def write_status(run: Path, status: Status) -> None:
    """Replaces status.json atomically."""
    write_json(run / "status.json", {"schema": SCHEMA, **asdict(status)})


def write_json(path: Path, fields: Mapping[str, Any]) -> None:
    """Writes JSON beside `path` and renames it into place, so that a reader never sees half of it."""
    beside = path.with_name(path.name + ".part")
    beside.write_text(json.dumps(fields, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    beside.replace(path)
