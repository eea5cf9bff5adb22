"""Step 2: who is in training, validation and test; no patient in two of them."""

import pandas as pd
import streamlit as st

from medcore import datasets
from medcore.datasets import Dataset, Survey
from medcore.errors import LightboxError
from ui.plain import plain
from ui.training.folding import folding, go_on
from ui.training.study import Study


def split_step(study: Study, survey: Survey) -> Dataset | None:
    """Draws the step; the frozen split, or None where the set can't be split."""
    with folding(study, 2, "Split", "" if study.dataset is None else _line(study.dataset)):
        seed = int(st.number_input("Seed", 0, 2**31 - 1, study.seed, key="split-seed", width=160))
        if study.dataset is None or seed != study.seed:
            study.seed = seed
            try:
                study.dataset = datasets.split(survey, seed)
            except LightboxError as error:
                study.dataset = None
                st.error(plain(str(error)))
                return None
        _table(study.dataset, survey)
        go_on(study, 2, "Next: the recipe")
    return study.dataset


def _line(dataset: Dataset) -> str:
    counts = datasets.splits_table(dataset)["films"]["all"]
    return f"{counts['train']} for training, {counts['val']} for validation, {counts['test']} for the test"


def _table(dataset: Dataset, survey: Survey) -> None:
    table = datasets.splits_table(dataset)
    left, right = st.columns(2)
    for column, kind, words in ((left, "films", "Pictures"), (right, "patients", "Patients")):
        if kind == "films" or survey.patients.source != "unknown":
            column.markdown(words)
            column.dataframe(pd.DataFrame(table[kind]).T)
    own = [name for name in survey.splits if name != "train"]
    kept = f" The set's own {' and '.join(own)} was kept." if own else ""
    st.markdown(f"Leaks: {_leaks(survey)}.{kept}")
    st.markdown(f":small[Split {dataset.split_hash[:12]}: this hash stands in the run and in the model's card.]")


def _leaks(survey: Survey) -> str:
    if survey.patients.source == "unknown":
        return "patients unknown, pictures that look alike are in one part"
    sure = "no patient is in two parts"
    return sure if not survey.patients.unknown else f"{sure}, but of {survey.patients.unknown} pictures the patient is unknown"
