"""A labelled folder or manifest to a checked, patient-grouped, duplicate-free, frozen split, and its pictures' values.

`survey` says what is in a set and what is wrong with it, `split` makes the split, `write_split` freezes it in a file.
"""

from medcore.datasets.dividing import ALL_LABELS, split, splits_table, write_split
from medcore.datasets.films import SPLITS, Dataset, Film, patient_of
from medcore.datasets.findings import LeftOut, Patients, Problem, Shortcut, Survey
from medcore.datasets.opening import open_labelled
from medcore.datasets.pictures import pictures, read_films
from medcore.datasets.places import allowed, folders
from medcore.datasets.plain import GREY_STATISTICS, plain_figures
from medcore.datasets.splitting import freeze
from medcore.datasets.surveying import survey

__all__ = [
    "ALL_LABELS",
    "GREY_STATISTICS",
    "SPLITS",
    "Dataset",
    "Film",
    "LeftOut",
    "Patients",
    "Problem",
    "Shortcut",
    "Survey",
    "allowed",
    "folders",
    "freeze",
    "open_labelled",
    "patient_of",
    "pictures",
    "plain_figures",
    "read_films",
    "split",
    "splits_table",
    "survey",
    "write_split",
]
