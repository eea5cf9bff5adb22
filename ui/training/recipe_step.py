"""Step 3: how it is trained: a preset, where it starts from, and everything else behind "more"."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeVar

import streamlit as st

from medcore import models, recipes
from medcore.datasets import Dataset
from medcore.errors import LightboxError
from medcore.recipes import LITE0, PRESETS, SCRATCH, SMALLEST_PIXELS, Facts, Recipe
from ui.help.terms import explained
from ui.plain import plain
from ui.texts import say, translated
from ui.training import words
from ui.training.folding import folding, go_on
from ui.training.preview import augmentation_preview
from ui.training.study import Study

T = TypeVar("T")
_LARGEST_PIXELS = 512


def recipe_step(study: Study, facts: Facts, dataset: Dataset) -> Recipe | None:
    """Draws the step; the recipe, or None where it can't be followed."""
    with folding(study, 3, say("Recipe"), "" if study.recipe is None else words.in_short(study.recipe)):
        chosen = study.recipe or Recipe(PRESETS[0], LITE0, facts.size)
        preset = st.radio(say("Preset"), PRESETS, PRESETS.index(chosen.preset), format_func=words.preset_words, key="preset")
        left, right = st.columns(2)
        with left:
            start = _start(chosen)
        with right:
            study.finding = _finding(study, list(dataset.labels))
        try:
            suggested = recipes.suggest(preset, start, facts)
            study.recipe = _more(_as_left(study.recipe, suggested), facts)
            recipes.input_spec(study.recipe)
        except LightboxError as error:
            study.recipe = None
            st.error(plain(translated(str(error))))
            return None
        augmentation_preview(dataset, study.recipe)
        go_on(study, 3, say("Next: launch"))
    return study.recipe


def _start(chosen: Recipe) -> str:
    """What the net starts from: a model's id, LITE0 or SCRATCH."""
    cards = {card.id: card for card in models.list_cards()}
    starts = [LITE0, *cards, SCRATCH]
    return st.selectbox(
        say("Start from"),
        starts,
        starts.index(chosen.start) if chosen.start in starts else 0,
        format_func=lambda one: words.start_words(one) if one not in cards else f"{translated(cards[one].title)} ({one})",
        key="start",
    )


def _finding(study: Study, labels: list[str]) -> str:
    """The label that the operating point is for."""
    guess = labels.index(study.finding or recipes.likely_finding(labels))
    says = say(
        "The operating point is set so that 95 of 100 validation pictures of this class lie above it. With more than two "
        "classes each class has such a point of its own."
    )
    question = say("Which class is the finding?")
    return st.selectbox(question, labels, index=guess, format_func=translated, key="finding", help=says)


def _as_left(chosen: Recipe | None, suggested: Recipe) -> Recipe:
    """The form as it was left, as Streamlit forgets it with the page; another preset or start begins with the suggestion."""
    same = chosen is not None and (chosen.preset, chosen.start) == (suggested.preset, suggested.start)
    return chosen if chosen and same else suggested


def _more(suggested: Recipe, facts: Facts) -> Recipe:
    """The suggestion, or what the form makes of it; another suggestion begins with another form."""
    key = f"{suggested.preset}-{suggested.start}-{facts.size}"
    with st.expander(say("More"), icon=":material/tune:"):
        explained("epoch", "batch", "early-stopping", "learning-rate", "augmentation")
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
    side = int(
        st.number_input(say("Size in pixels"), SMALLEST_PIXELS, largest, recipe.size[0], key=f"size-{key}", disabled=fixed)
    )
    scaling = _choice(say("Grey values"), words.scalings(), recipe.scaling, f"scaling-{key}", fixed)
    limits = recipe.limits
    if scaling == "range" and not fixed:
        low, high = limits or (0.0, 255.0)
        limits = (
            float(st.number_input(say("Black at"), value=low, key=f"low-{key}")),
            float(st.number_input(say("White at"), value=high, key=f"high-{key}")),
        )
    resize = _choice(say("Shape"), words.resizes(), recipe.resize, f"resize-{key}", fixed)
    channels = _choice(say("Colour"), words.channels(), recipe.channels, f"channels-{key}", fixed)
    return replace(
        recipe,
        size=recipe.size if fixed else (side, side),
        scaling=scaling,
        limits=limits if scaling == "range" else None,
        resize=resize,
        channels=channels,
    )


def _length(recipe: Recipe, key: str) -> Recipe:
    head = int(st.number_input(say("Epochs of the last layers alone"), 0, 1000, recipe.head_epochs, key=f"head-{key}"))
    epochs = int(st.number_input(say("Epochs of all layers"), 0, 1000, recipe.epochs, key=f"epochs-{key}"))
    batch = int(st.number_input(say("Batch"), 1, 256, recipe.batch, key=f"batch-{key}"))
    patience = int(
        st.number_input(say("Stop early after epochs without gain (0: never)"), 0, 1000, recipe.patience, key=f"patience-{key}")
    )
    seed = int(st.number_input(say("Seed of the training"), 0, 2**31 - 1, recipe.seed, key=f"seed-{key}"))
    return replace(recipe, head_epochs=head, epochs=epochs, batch=batch, patience=patience, seed=seed)


def _learning(recipe: Recipe, key: str) -> Recipe:
    head_rate = _rate(say("Learning rate of the last layers"), recipe.head_learning_rate, f"head-rate-{key}")
    rate = _rate(say("Learning rate of all layers"), recipe.learning_rate, f"rate-{key}")
    optimizer = _choice(say("Optimizer"), words.optimizers(), recipe.optimizer, f"optimizer-{key}")
    schedule = _choice(say("Schedule"), words.schedules(), recipe.schedule, f"schedule-{key}")
    loss = _choice(say("Loss"), words.losses(), recipe.loss, f"loss-{key}")
    balance = _choice(say("Rare classes"), words.balances(), recipe.balance, f"balance-{key}")
    augment = float(st.slider(say("Augmentation"), 0.0, 1.5, recipe.augment, 0.1, key=f"augment-{key}"))
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


def _choice(label: str, said: Mapping[T, str], value: T, key: str, fixed: bool = False) -> T:
    """One of the options, by its words; a fixed one is shown and can't be changed."""
    options = list(said)
    return st.selectbox(label, options, options.index(value), format_func=said.__getitem__, key=key, disabled=fixed)


def _rate(label: str, value: float, key: str) -> float:
    return float(st.number_input(label, 1e-6, 1.0, value, format="%.6f", step=1e-4, key=key))
