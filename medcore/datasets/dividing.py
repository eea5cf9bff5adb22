"""A surveyed set to its frozen split: by patient, stratified, seeded, with what the set itself says respected."""

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from medcore.datasets.films import SPLITS, Dataset, Film
from medcore.datasets.findings import Survey
from medcore.datasets.sorting import groups_of
from medcore.datasets.splitting import fold_parts
from medcore.errors import DatasetError

FRACTIONS = (0.7, 0.15, 0.15)
_COLUMNS = ("image_path", "label", "patient_id", "split", "stratum")
_TRIES = 20
ALL_LABELS = ""
"""What stands for all labels together in `splits_table`: no label is called so."""


def split(
    survey: Survey, seed: int, fractions: tuple[float, float, float] = FRACTIONS, keep: Sequence[str] = SPLITS
) -> Dataset:
    """The survey's films, each in train, val or test; `fractions` of these three are met as nearly as whole patients allow.

    A patient and pictures that look alike are in one split. Of the splits that the set itself says those in `keep` are kept;
    what then has no test or val gets it out of the rest. Raises DatasetError where a problem blocks, or patients don't suffice.
    """
    blocking = [problem.text for problem in survey.problems if problem.blocks]
    if blocking:
        raise DatasetError(blocking[0])
    if min(fractions) <= 0 or abs(sum(fractions) - 1) > 1e-6:
        raise DatasetError(
            f"The fractions {fractions} of train, val and test can't be met; give three above 0 that add up to 1."
        )
    named = sorted(survey.films, key=lambda film: film.name)
    films = [replace(film, split=film.split if film.split in keep else "") for film in named]
    groups = _numbered(groups_of(films, survey.near))
    for name, fraction in (("test", fractions[2]), ("val", fractions[1] / (fractions[0] + fractions[1]))):
        if not any(film.split == name for film in films):
            films = _carved(films, groups, name, fraction, seed)
    return Dataset(tuple(replace(film, split=film.split or "train") for film in films), survey.labels)


def _numbered(groups: Sequence[str]) -> list[str]:
    """The groups by their first place: patients' hashes differ from home to home, and the split mustn't."""
    numbers = {group: f"{number:09}" for number, group in enumerate(dict.fromkeys(groups))}
    return [numbers[group] for group in groups]


def _carved(films: list[Film], groups: Sequence[str], name: str, fraction: float, seed: int) -> list[Film]:
    """The films with about that fraction of those that aren't in val or test put into the split `name`."""
    shared = [index for index, film in enumerate(films) if film.split in ("", "train")]
    held = _held([films[index] for index in shared], [groups[index] for index in shared], fraction, seed)
    if held is None:
        raise DatasetError(
            f"Patients can't be shared out so that both train and {name} have every label; add patients of the rarest one."
        )
    chosen = {shared[index] for index in held}
    return [replace(film, split=name) if index in chosen else film for index, film in enumerate(films)]


def _held(films: Sequence[Film], groups: Sequence[str], fraction: float, seed: int) -> set[int] | None:
    """The first fold that leaves every label on both sides; with larger folds, and other seeds, where there is none."""
    labels = {film.label for film in films}
    most = min(max(2, round(1 / fraction)), len(set(groups)), max(Counter(film.label for film in films).values(), default=0))
    for folds in range(most, 1, -1):
        for attempt in range(_TRIES):
            for part in fold_parts(films, groups, folds, seed + attempt):
                held = set(part.tolist())
                rest = {film.label for index, film in enumerate(films) if index not in held}
                if {films[index].label for index in held} == labels == rest:
                    return held
    return None


def write_split(path: Path, dataset: Dataset) -> None:
    """Writes the split as a manifest CSV with paths from the set's root on, replaced whole.

    `open_labelled(path, dataset.labels, {}, root)` reads it back to the same `split_hash`. Raises OSError.
    """
    part = path.with_name(f"{path.name}.part")
    with part.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(_COLUMNS)
        writer.writerows((film.name, film.label, film.patient, film.split, film.stratum) for film in dataset.films)
    part.replace(path)


def splits_table(dataset: Dataset) -> dict[str, dict[str, dict[str, int]]]:
    """{"films": label → split → films, "patients": label → split → patients, with ALL_LABELS as the last}."""
    films = Counter((film.label, film.split) for film in dataset.films)
    of_label = Counter({(film.label, film.split, film.patient) for film in dataset.films})
    patients = Counter((label, name) for label, name, _ in of_label)
    everyone = Counter(name for name, _ in {(film.split, film.patient) for film in dataset.films})
    everything = Counter(film.split for film in dataset.films)
    return {
        "films": _rows(films, everything, dataset.labels),
        "patients": _rows(patients, everyone, dataset.labels),
    }


def _rows(of_label: Counter[tuple[str, str]], together: Counter[str], labels: Sequence[str]) -> dict[str, dict[str, int]]:
    rows = {label: {name: of_label[label, name] for name in SPLITS} for label in labels}
    return {**rows, ALL_LABELS: {name: together[name] for name in SPLITS}}
