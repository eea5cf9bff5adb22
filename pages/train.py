"""Train a model: a folder of labelled pictures is checked, split, given a recipe, and launched as a run of its own."""

import streamlit as st

from medcore.recipes import facts_of
from ui.texts import say
from ui.training.data_step import data_step
from ui.training.launch_step import launch_step
from ui.training.recipe_step import recipe_step
from ui.training.split_step import split_step
from ui.training.study import study

mine = study()
st.title(say("Train a model"))
survey = data_step(mine)
dataset = split_step(mine, survey) if survey and mine.step > 1 else None
recipe = recipe_step(mine, facts_of(survey), dataset) if survey and dataset and mine.step > 2 else None
if survey and dataset and recipe and mine.step > 3:
    launch_step(mine, survey, dataset, recipe)
