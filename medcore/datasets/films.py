"""Labelled pictures and the set that they make: who is labelled what, whose picture it is, and in which split."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from medcore.errors import DatasetError

SPLITS = ("train", "val", "test")
_PATIENT_NAMES = re.compile(
    r"(person\d+_(?:bacteria|virus)|(?:NORMAL2-)?IM-\d+|\d{8}(?=_\d{3})|TCGA-\w\w-\w{4}|LIDC-IDRI-\d+"
    r"|(?i:(?:patient|subject|subj|sub|case|pt)[-_ ]?\d+))"
)
"""File names that say the patient: Kermany's children, NIH ChestX-ray14, TCGA, LIDC-IDRI, and the plain words."""


@dataclass(frozen=True)
class Film:
    """One labelled picture. `stratum` names a part of the set that is sampled and measured by itself; "" is one part."""

    path: Path
    label: str
    patient: str
    split: str = ""
    stratum: str = ""
    name: str = ""


@dataclass(frozen=True)
class Dataset:
    """Films with the labels' order; `split_hash` freezes who is where."""

    films: tuple[Film, ...]
    labels: tuple[str, ...]

    def part(self, split: str) -> tuple[Film, ...]:
        """The films of one split; raises DatasetError where it is empty."""
        films = tuple(film for film in self.films if film.split == split)
        if not films:
            raise DatasetError(f"The set has no {split!r} films; add some, or leave the split column empty to have it made.")
        return films

    @property
    def split_hash(self) -> str:
        """SHA-256 (hex) over every film's name, label, patient and split, in name order."""
        lines = sorted(f"{film.name}\t{film.label}\t{film.patient}\t{film.split}\n" for film in self.films)
        return hashlib.sha256("".join(lines).encode()).hexdigest()


def patient_of(name: str) -> str:
    """The patient that a file name says, else the whole name: each film its own patient."""
    return named_patient(name) or name


def named_patient(name: str) -> str:
    """The patient that a file's name says, or the folder in a class folder that it lies in; "" where they don't."""
    folders = Path(name).parts[1:-1]
    found = next(filter(None, map(_PATIENT_NAMES.match, (Path(name).name, *reversed(folders)))), None)
    return found.group(1) if found else ""
