"""Step 2: who is in training, validation and test; no patient in two of them."""

from collections.abc import Mapping

import pandas as pd
import streamlit as st

from medcore import datasets
from medcore.datasets import Dataset, Survey
from medcore.errors import LightboxError
from ui.help.terms import explained
from ui.plain import plain
from ui.texts import listed, number, say, translated
from ui.training.folding import folding, go_on
from ui.training.study import Study
from ui.training.words import both, split_words


def split_step(study: Study, survey: Survey) -> Dataset | None:
    """Draws the step; the frozen split, or None where the set can't be split."""
    with folding(study, 2, say("Split"), "" if study.dataset is None else _line(study.dataset)):
        seed = int(st.number_input(say("Seed"), 0, 2**31 - 1, study.seed, key="split-seed", width=160))
        if study.dataset is None or seed != study.seed:
            study.seed = seed
            try:
                study.dataset = datasets.split(survey, seed)
            except LightboxError as error:
                study.dataset = None
                st.error(plain(translated(str(error))))
                return None
        _table(study.dataset, survey)
        go_on(study, 2, say("Next: the recipe"))
    return study.dataset


def _line(dataset: Dataset) -> str:
    counts = datasets.splits_table(dataset)["films"][datasets.ALL_LABELS]
    return say(
        "{train} for training, {val} for validation, {test} for the test",
        **{split: number(count) for split, count in counts.items()},
    )


def _table(dataset: Dataset, survey: Survey) -> None:
    table = datasets.splits_table(dataset)
    left, right = st.columns(2)
    for column, kind, words in ((left, "films", say("Pictures")), (right, "patients", say("Patients"))):
        if kind == "films" or survey.patients.source != "unknown":
            column.markdown(words)
            column.dataframe(pd.DataFrame(_rows(table[kind]), [translated(label) or say("all") for label in table[kind]]))
    own = [split_words(name) for name in survey.splits if name != "train"]
    kept = say("The set's own {splits} was kept.", splits=listed(own)) if own else ""
    st.markdown(both(_leaks(survey), kept))
    words = say("Split {hash}: this hash stands in the run and in the model's card.", hash=dataset.split_hash[:12])
    st.markdown(f":small[{words}]")
    explained("split", "leak")


def _rows(of_label: Mapping[str, Mapping[str, int]]) -> list[dict[str, int]]:
    return [{split_words(split): count for split, count in row.items()} for row in of_label.values()]


def _leaks(survey: Survey) -> str:
    if survey.patients.source == "unknown":
        return say("Leaks: patients unknown, pictures that look alike are in one part.")
    if not survey.patients.unknown:
        return say("Leaks: no patient is in two parts.")
    return say(
        "Leaks: no patient is in two parts, but of {count} pictures the patient is unknown.",
        count=number(survey.patients.unknown),
    )
