"""From a checked set and a few choices to a whole training spec: the presets, and what each choice becomes."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from medcore import models
from medcore.datasets import Dataset, Survey
from medcore.errors import SpecError
from medcore.jobs import Stage, TrainingSpec
from medcore.preprocessing import InputSpec

PRESETS = ("quick", "best")
SPLIT_FILE = "split.csv"
"""The run's own list of its films, in its folder."""
LITE0, SCRATCH = "lite0", "scratch"
_PRETRAINED_PIXELS = 224
_LARGEST_SCRATCH_PIXELS = 128
SMALLEST_PIXELS = 10
"""The least side of a picture that every net takes."""
_LAST_LAYERS = {"efficientnet_lite0": "head_conv"}
"""From where on quick trains a trained net, else from "logits" on: the last convolution's inputs are worth keeping too."""
_WITHOUT_FINDING = re.compile(
    r"(no[ _-].*|none|normal.*|nothing|no ?findings?|no ?tumou?r|healthy|negative|benign|plain|control|clear|0)", re.IGNORECASE
)


@dataclass(frozen=True)
class Facts:
    """What a recipe must know of a set: labels, the pictures' usual (rows, columns), colour, and what the tags say."""

    labels: tuple[str, ...]
    size: tuple[int, int]
    is_colour: bool = False
    modality: str | None = None
    patients_known: bool = True


@dataclass(frozen=True)
class Recipe:
    """Every choice of a training. `size` in pixels; `head_epochs` train the layers from `head_from` on, `epochs` all layers."""

    preset: str
    start: str
    size: tuple[int, int]
    channels: int = 1
    scaling: str = "percentile"
    percentiles: tuple[float, float] = (0.5, 99.5)
    limits: tuple[float, float] | None = None
    resize: str = "squash"
    head_from: str = "logits"
    head_epochs: int = 0
    head_learning_rate: float = 3e-3
    epochs: int = 0
    learning_rate: float = 4e-4
    batch: int = 16
    optimizer: str = "adamw"
    schedule: str = "cosine"
    loss: str = "cross-entropy"
    balance: str = "weight"
    augment: float = 1.0
    patience: int = 0
    seed: int = 0


def suggest(preset: str, start: str, facts: Facts) -> Recipe:
    """The preset's recipe for such a set; `start` is "lite0", "scratch" or a model's id. Raises SpecError, UnknownName.

    quick: the last layers of a trained net, on features that are computed once; from scratch a short training.
    best: first the last layer, then all layers, on pictures that are changed at random.
    """
    if preset not in PRESETS:
        raise SpecError(f"There is no preset {preset!r}; choose {' or '.join(PRESETS)}.")
    recipe = Recipe(preset, start, _size(start, facts), channels=3 if facts.is_colour else 1)
    if start not in (LITE0, SCRATCH):
        recipe = _like_the_model(recipe, models.find_card(start))
    elif facts.is_colour:
        recipe = replace(recipe, scaling="range", limits=(0.0, 255.0))
    if start == SCRATCH:
        return replace(recipe, epochs=30 if preset == "quick" else 80, learning_rate=1e-3, batch=32, augment=0.5)
    if preset == "quick":
        return replace(_on_features(recipe), batch=32, augment=0.0)
    return replace(recipe, head_epochs=2, epochs=25)


def _on_features(recipe: Recipe) -> Recipe:
    """Chosen by cross-validation within training films (brain MR slices): macro F1 0.91, and 0.88 for the last layer alone."""
    head_from = _LAST_LAYERS.get(_start(recipe.start)[1], "logits")
    return replace(recipe, head_from=head_from, head_epochs=20, head_learning_rate=1e-3)


def _size(start: str, facts: Facts) -> tuple[int, int]:
    """A trained net's own size; from scratch the pictures' own, as far as the net takes it and trains in minutes."""
    if start != SCRATCH:
        return (_PRETRAINED_PIXELS, _PRETRAINED_PIXELS)
    side = min(max(*facts.size, SMALLEST_PIXELS), _LARGEST_SCRATCH_PIXELS)
    return (side, side)


def _like_the_model(recipe: Recipe, card: models.ModelCard) -> Recipe:
    """What a model has learnt holds for pictures that are prepared as its own were."""
    spec = card.input_spec
    return replace(
        recipe,
        size=spec.size,
        channels=spec.channels,
        scaling=spec.scaling,
        percentiles=spec.percentiles,
        limits=spec.limits,
        resize=spec.resize,
    )


def facts_of(survey: Survey) -> Facts:
    """What the recipe needs of a checked set."""
    said = set(survey.modalities)
    return Facts(
        labels=survey.labels,
        size=max(survey.sizes, key=lambda size: survey.sizes[size]),
        is_colour=survey.is_colour,
        modality=next(iter(said)) if len(said) == 1 and said != {"unknown"} else None,
        patients_known=survey.patients.unknown == 0,
    )


def spec_of(recipe: Recipe, facts: Facts, title: str, operating_label: str, dataset: Dataset, root: Path) -> TrainingSpec:
    """The whole spec of a run whose films are those of its split.csv, below `root`.

    Raises SpecError, InvalidCard or UnknownName.
    """
    start, architecture, start_sha256 = _start(recipe.start)
    return TrainingSpec(
        model_id=slug(title),
        architecture=architecture,
        start=start,
        start_sha256=start_sha256,
        labels=facts.labels,
        data=SPLIT_FILE,
        data_root=str(root.resolve()),
        input_spec=input_spec(recipe).to_json(),
        stages=_stages(recipe),
        films_per_epoch=0,
        batch=recipe.batch,
        augment=recipe.augment,
        seed=recipe.seed,
        operating_label=operating_label,
        optimizer=recipe.optimizer,
        schedule=recipe.schedule,
        loss=recipe.loss,
        balance=recipe.balance,
        patience=recipe.patience,
        split_sha256=dataset.split_hash,
        card=_card(title, facts),
    )


def input_spec(recipe: Recipe) -> InputSpec:
    """How the recipe's pictures become tensors; raises InvalidCard where that can't be followed."""
    return InputSpec(
        size=recipe.size,
        scaling=recipe.scaling,  # type: ignore[arg-type]
        percentiles=recipe.percentiles,
        limits=recipe.limits,
        channels=recipe.channels,  # type: ignore[arg-type]
        resize=recipe.resize,  # type: ignore[arg-type]
    )


def _start(start: str) -> tuple[str, str, str]:
    """The spec's start, architecture and the start weights' SHA-256."""
    if start == SCRATCH:
        return "random", "textbook_cnn", ""
    if start == LITE0:
        return "imagenet", "efficientnet_lite0", ""
    card = models.find_card(start)
    return start, card.architecture, card.weights_sha256


def _stages(recipe: Recipe) -> tuple[Stage, ...]:
    head = [Stage(recipe.head_epochs, recipe.head_learning_rate, recipe.head_from)] if recipe.head_epochs else []
    full = [Stage(recipe.epochs, recipe.learning_rate)] if recipe.epochs else []
    return (*head, *full)


def _card(title: str, facts: Facts) -> Mapping[str, Any]:
    modality = {"modality": [facts.modality]} if facts.modality else {}
    unknown = [] if facts.patients_known else [models.PATIENTS_UNKNOWN]
    return {
        "version": "1",
        "title": title,
        "intended_use": f"{models.PURPOSE[0].upper()}{models.PURPOSE[1:]}.",
        "contract": {**modality, "pictures": "slices"},
        "limits": [*unknown, f"Knows {len(facts.labels)} answers only: a picture of anything else gets a score all the same."],
        "data": [],
    }


def slug(title: str) -> str:
    """A model's id out of a title: small letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:64] or "model"


def likely_finding(labels: Sequence[str]) -> str:
    """The first label that doesn't sound like "nothing found"; the page asks."""
    return next((label for label in labels if not _WITHOUT_FINDING.fullmatch(label)), labels[-1])
