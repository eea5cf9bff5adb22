"""What augmentation makes of a training picture, before training sees it."""

import numpy as np
import streamlit as st

from medcore import charts, datasets, recipes
from medcore.datasets import Film
from medcore.recipes import Recipe
from ui.training.study import Study

_VARIANTS = 7


def augmentation_preview(study: Study, recipe: Recipe) -> None:
    """One training picture as it is served, and as training sees it seven times."""
    if study.dataset is None:
        return
    with st.expander("Augmentation", icon=":material/auto_awesome_motion:"):
        if recipe.augment == 0:
            st.markdown("None: the net sees each picture as it is.")
            return
        film = study.dataset.part("train")[0]
        st.image(_preview(film, recipe), width="stretch", alt="One training picture, changed at random")


@st.cache_data(show_spinner=False, max_entries=16)
def _preview(film: Film, recipe: Recipe) -> bytes:
    spec = recipes.input_spec(recipe)
    values, photometrics = datasets.pictures([film], spec)
    return charts.augmentation_preview(np.asarray(values[0]), photometrics[0], spec, recipe.augment, recipe.seed, _VARIANTS)
