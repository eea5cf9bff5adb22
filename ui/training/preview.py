"""What augmentation makes of a training picture, before training sees it."""

import numpy as np
import streamlit as st

from medcore import charts, datasets, recipes
from medcore.datasets import Dataset, Film
from medcore.preprocessing import InputSpec
from medcore.recipes import Recipe
from ui.refusals import refusals_said
from ui.texts import language, say, translated

_VARIANTS = 7


def augmentation_preview(dataset: Dataset, recipe: Recipe) -> None:
    """One training picture as it is served, and as training sees it seven times."""
    with st.expander(say("Augmentation"), icon=":material/auto_awesome_motion:"):
        if recipe.augment == 0:
            st.markdown(say("None: the net sees each picture as it is."))
            return
        with refusals_said():
            drawn = _preview(dataset.part("train")[0], recipes.input_spec(recipe), recipe.augment, recipe.seed, language())
            st.image(drawn, width="stretch", alt=say("One training picture, changed at random"))


@st.cache_data(show_spinner=False, max_entries=16)
def _preview(film: Film, spec: InputSpec, strength: float, seed: int, spoken: str) -> bytes:
    values, photometrics = datasets.pictures([film], spec)
    return charts.augmentation_preview(
        np.asarray(values[0]), photometrics[0], spec, strength, seed, _VARIANTS, translate=translated
    )
