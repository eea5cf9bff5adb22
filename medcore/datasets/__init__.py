"""A labelled folder or manifest to a checked, patient-grouped, duplicate-free, frozen split, and its pictures' values."""

from medcore.datasets.films import SPLITS, Dataset, Film, patient_of
from medcore.datasets.opening import open_labelled
from medcore.datasets.pictures import pictures
from medcore.datasets.splitting import freeze

__all__ = ["SPLITS", "Dataset", "Film", "freeze", "open_labelled", "patient_of", "pictures"]
