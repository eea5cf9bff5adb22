"""What this tab is about to train: the checked set, its split and the choices; gone with the tab."""

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from medcore.datasets import Dataset, Survey
from medcore.jobs import TrainingSpec
from medcore.recipes import Recipe


@dataclass
class Study:
    """The four steps' state. Another folder or file-name pattern begins anew; another seed splits anew.

    sheet: the survey's contact sheet. forecast: what a run of `tried` will take, in words.
    """

    folder: Path | None = None
    step: int = 1
    seed: int = 0
    survey: Survey | None = None
    sheet: bytes = b""
    dataset: Dataset | None = None
    recipe: Recipe | None = None
    finding: str = ""
    title: str = ""
    refusal: str = ""
    tried: TrainingSpec | None = None
    forecast: str = ""

    def checked(self, folder: Path, survey: Survey) -> None:
        """Another set was checked: nothing chosen for the last one holds."""
        self.step = 1
        self.folder, self.survey, self.dataset, self.recipe = folder, survey, None, None
        self.finding, self.title, self.refusal, self.sheet, self.tried = "", folder.name, "", b"", None


@st.cache_resource(scope="session", show_spinner=False)
def study() -> Study:
    """This tab's study."""
    return Study()
