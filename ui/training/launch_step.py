"""Step 4: what it will cost, and the start."""

import tempfile
from pathlib import Path

import streamlit as st

from medcore import jobs, recipes
from medcore.datasets import Dataset, Survey, write_split
from medcore.errors import RunError
from medcore.jobs import Forecast, TrainingSpec
from medcore.recipes import SPLIT_FILE, Recipe
from medcore.settings import settings
from ui.pace import about
from ui.refusals import refusals_said
from ui.texts import number, say
from ui.training.folding import folding
from ui.training.study import Study


def launch_step(study: Study, survey: Survey, dataset: Dataset, recipe: Recipe) -> None:
    """Draws the step; a start goes to the run's own page."""
    with folding(study, 4, say("Launch"), ""):
        study.title = st.text_input(say("Name of the model"), study.title, max_chars=80, key="title")
        with refusals_said():
            spec = _spec(study, survey, dataset, recipe)
            left, right = st.columns([1, 3], vertical_alignment="center")
            if left.button(say("How long will it take?"), key="forecast", icon=":material/timer:", width="stretch"):
                _forecast(study, spec, dataset)
            known = study.forecast if study.tried == spec else None
            right.markdown(_said(known) if known else say("It takes some seconds to find out: a few batches are tried."))
            if st.button(say("Start training"), key="launch", type="primary", icon=":material/play_arrow:"):
                _launch(spec, dataset)


def _spec(study: Study, survey: Survey, dataset: Dataset, recipe: Recipe) -> TrainingSpec:
    title = study.title.strip() or "model"
    return recipes.spec_of(recipe, recipes.facts_of(survey), title, study.finding, dataset, survey.root)


def _launch(spec: TrainingSpec, dataset: Dataset) -> None:
    run = jobs.create(spec, fill=lambda folder: write_split(folder / SPLIT_FILE, dataset))
    jobs.submit(run)
    st.switch_page("../pages/runs.py", query_params={"run": run.name})


def _forecast(study: Study, spec: TrainingSpec, dataset: Dataset) -> None:
    settings().home.mkdir(parents=True, exist_ok=True)
    with st.spinner(say("Trying a few batches …")), tempfile.TemporaryDirectory(dir=settings().home) as name:
        try:
            write_split(Path(name) / SPLIT_FILE, dataset)
        except OSError as error:
            refusal = say("The split can't be written ({reason}); free some space and try again.", reason=error.strerror)
            raise RunError(refusal) from error
        found = jobs.forecast(spec, Path(name))
    study.tried = spec
    study.forecast = found
    st.rerun()


def _said(forecast: Forecast) -> str:
    gigabytes = number(forecast.megabytes / 1000, 1)
    return say("{time}, {gigabytes} GB of memory", time=about(forecast.seconds), gigabytes=gigabytes)
