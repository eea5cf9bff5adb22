"""What this tab is about to train: the checked set, its split and the choices; gone with the tab."""

from dataclasses import dataclass, field
from pathlib import Path

import streamlit as st

from medcore.datasets import Dataset, Survey
from medcore.jobs import Forecast, TrainingSpec
from medcore.recipes import Recipe


@dataclass
class Study:
    """The four steps' state. Another folder or file-name pattern begins anew; another seed splits anew.

    sheets: the survey's contact sheet, by language. forecast: what a run of `tried` will take.
    """

    folder: Path | None = None
    step: int = 1
    seed: int = 0
    survey: Survey | None = None
    sheets: dict[str, bytes] = field(default_factory=dict)
    dataset: Dataset | None = None
    recipe: Recipe | None = None
    finding: str = ""
    title: str = ""
    refusal: str = ""
    tried: TrainingSpec | None = None
    forecast: Forecast | None = None

    def checked(self, folder: Path, survey: Survey) -> None:
        """Another set was checked: nothing chosen for the last one holds."""
        self.step = 1
        self.folder, self.survey, self.dataset, self.recipe = folder, survey, None, None
        self.finding, self.title, self.refusal, self.sheets, self.tried = "", folder.name, "", {}, None


@st.cache_resource(scope="session", show_spinner=False)
def study() -> Study:
    """This tab's study."""
    return Study()
