"""Step 3: how it is trained: a preset, where it starts from, and everything else behind "more"."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

import streamlit as st

from medcore import models, recipes
from medcore.datasets import Dataset
from medcore.errors import LightboxError
from medcore.recipes import LITE0, PRESETS, SCRATCH, SMALLEST_PIXELS, Facts, Recipe
from ui.plain import plain
from ui.training.folding import folding, go_on
from ui.training.preview import augmentation_preview
from ui.training.study import Study

T = TypeVar("T")
_PRESET_WORDS = {
    "quick": "quick: the last layers of a trained net learn, or a small net from scratch; a minute or two",
    "best": "best: all layers learn, on pictures that are changed at random; many minutes",
}
_START_WORDS = {LITE0: "ImageNet (EfficientNet-Lite0)", SCRATCH: "from scratch (a textbook net)"}
_SCALINGS = {
    "percentile": "from the picture's 0.5th to its 99.5th percentile",
    "rank": "by rank (histogram equalised)",
    "range": "from one value to another, the same for all pictures",
}
_LARGEST_PIXELS = 512
_CHANNELS = {1: "grey", 3: "red, green, blue"}
_RESIZES = {
    "squash": "squash to the net's shape",
    "pad": "keep the aspect, pad with black",
    "crop": "keep the aspect, crop the middle",
}
_OPTIMIZERS = {"adamw": "AdamW", "adam": "Adam", "sgd": "SGD with momentum"}
_SCHEDULES = {"cosine": "warm-up, then half a cosine", "constant": "constant"}
_LOSSES = {"cross-entropy": "cross-entropy", "focal": "focal"}
_BALANCES = {"weight": "weigh more", "draw": "are drawn more often", "none": "as they are"}


def recipe_step(study: Study, facts: Facts, dataset: Dataset) -> Recipe | None:
    """Draws the step; the recipe, or None where it can't be followed."""
    with folding(study, 3, "Recipe", "" if study.recipe is None else f"{study.recipe.preset}, from {study.recipe.start}"):
        chosen = study.recipe or Recipe(PRESETS[0], LITE0, facts.size)
        preset = st.radio("Preset", PRESETS, PRESETS.index(chosen.preset), format_func=_PRESET_WORDS.__getitem__, key="preset")
        left, right = st.columns(2)
        cards = {card.id: card for card in models.list_cards()}
        starts = [LITE0, *cards, SCRATCH]
        start = left.selectbox(
            "Start from",
            starts,
            starts.index(chosen.start) if chosen.start in starts else 0,
            format_func=lambda one: _START_WORDS.get(one) or f"{cards[one].title} ({one})",
            key="start",
        )
        labels = list(dataset.labels)
        guess = labels.index(study.finding or recipes.likely_finding(labels))
        study.finding = right.selectbox("Which class is the finding?", labels, index=guess, key="finding", help=_FINDING_HELP)
        try:
            suggested = recipes.suggest(preset, start, facts)
            study.recipe = _more(_as_left(study.recipe, suggested), facts)
            recipes.input_spec(study.recipe)
        except LightboxError as error:
            study.recipe = None
            st.error(plain(str(error)))
            return None
        augmentation_preview(dataset, study.recipe)
        go_on(study, 3, "Next: launch")
    return study.recipe


_FINDING_HELP = (
    "The operating point is set so that 95 of 100 validation pictures of this class lie above it. With more than two classes "
    "each class has such a point of its own."
)


def _as_left(chosen: Recipe | None, suggested: Recipe) -> Recipe:
    """The form as it was left, as Streamlit forgets it with the page; another preset or start begins with the suggestion."""
    same = chosen is not None and (chosen.preset, chosen.start) == (suggested.preset, suggested.start)
    return chosen if chosen and same else suggested


def _more(suggested: Recipe, facts: Facts) -> Recipe:
    """The suggestion, or what the form makes of it; another suggestion begins with another form."""
    key = f"{suggested.preset}-{suggested.start}-{facts.size}"
    with st.expander("More", icon=":material/tune:"):
        one, two, three = st.columns(3)
        with one:
            recipe = _pictures(suggested, key)
        with two:
            recipe = _length(recipe, key)
        with three:
            return _learning(recipe, key)


def _pictures(recipe: Recipe, key: str) -> Recipe:
    fixed = recipe.start not in (LITE0, SCRATCH)
    largest = max(_LARGEST_PIXELS, recipe.size[0])
    side = int(st.number_input("Size in pixels", SMALLEST_PIXELS, largest, recipe.size[0], key=f"size-{key}", disabled=fixed))
    scaling = _choice("Grey values", _SCALINGS, recipe.scaling, f"scaling-{key}", fixed)
    limits = recipe.limits
    if scaling == "range" and not fixed:
        low, high = limits or (0.0, 255.0)
        limits = (
            float(st.number_input("Black at", value=low, key=f"low-{key}")),
            float(st.number_input("White at", value=high, key=f"high-{key}")),
        )
    resize = _choice("Shape", _RESIZES, recipe.resize, f"resize-{key}", fixed)
    channels = _choice("Colour", _CHANNELS, recipe.channels, f"channels-{key}", fixed)
    return replace(
        recipe,
        size=recipe.size if fixed else (side, side),
        scaling=scaling,
        limits=limits if scaling == "range" else None,
        resize=resize,
        channels=channels,
    )


def _length(recipe: Recipe, key: str) -> Recipe:
    head = int(st.number_input("Epochs of the last layers alone", 0, 1000, recipe.head_epochs, key=f"head-{key}"))
    epochs = int(st.number_input("Epochs of all layers", 0, 1000, recipe.epochs, key=f"epochs-{key}"))
    batch = int(st.number_input("Batch", 1, 256, recipe.batch, key=f"batch-{key}"))
    patience = int(
        st.number_input("Stop early after epochs without gain (0: never)", 0, 1000, recipe.patience, key=f"patience-{key}")
    )
    seed = int(st.number_input("Seed of the training", 0, 2**31 - 1, recipe.seed, key=f"seed-{key}"))
    return replace(recipe, head_epochs=head, epochs=epochs, batch=batch, patience=patience, seed=seed)


def _learning(recipe: Recipe, key: str) -> Recipe:
    head_rate = _rate("Learning rate of the last layers", recipe.head_learning_rate, f"head-rate-{key}")
    rate = _rate("Learning rate of all layers", recipe.learning_rate, f"rate-{key}")
    optimizer = _choice("Optimizer", _OPTIMIZERS, recipe.optimizer, f"optimizer-{key}")
    schedule = _choice("Schedule", _SCHEDULES, recipe.schedule, f"schedule-{key}")
    loss = _choice("Loss", _LOSSES, recipe.loss, f"loss-{key}")
    balance = _choice("Rare classes", _BALANCES, recipe.balance, f"balance-{key}")
    augment = float(st.slider("Augmentation", 0.0, 1.5, recipe.augment, 0.1, key=f"augment-{key}"))
    return replace(
        recipe,
        optimizer=optimizer,
        head_learning_rate=head_rate,
        learning_rate=rate,
        schedule=schedule,
        loss=loss,
        balance=balance,
        augment=augment,
    )


def _choice(label: str, words: Mapping[T, str], value: T, key: str, fixed: bool = False) -> T:
    """One of the options, by its words; a fixed one is shown and can't be changed."""
    options = list(words)
    return st.selectbox(label, options, options.index(value), format_func=words.__getitem__, key=key, disabled=fixed)


def _rate(label: str, value: float, key: str) -> float:
    return float(st.number_input(label, 1e-6, 1.0, value, format="%.6f", step=1e-4, key=key))
