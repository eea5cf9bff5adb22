"""Films to a frozen split: byte-identical copies left out, no patient in two splits."""

import hashlib
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from medcore.datasets.films import Dataset, Film
from medcore.errors import DatasetError


def freeze(dataset: Dataset, validation_fraction: float, seed: int) -> Dataset:
    """The set without byte-identical copies, every film in a split, no patient in two; raises DatasetError.

    Films without a split, and `train` films where no film is in `val`, are shared out between train and val by patient,
    stratified by label and stratum (scikit-learn's StratifiedGroupKFold); where one is, films without a split are `train`.
    """
    films = list(_without_copies(dataset.films))
    if not any(film.split == "val" for film in films):
        films = _with_validation(films, validation_fraction, seed)
    frozen = replace(dataset, films=tuple(replace(film, split=film.split or "train") for film in films))
    _check_patients(frozen)
    return frozen


def _without_copies(films: Sequence[Film]) -> Iterator[Film]:
    """Each picture once; the copy in a later split goes first: a picture in test is taken out of train."""
    order = {"test": 0, "val": 1, "train": 2, "": 3}
    labels: dict[str, Film] = {}
    for film in sorted(films, key=lambda film: order[film.split]):
        digest = hashlib.sha256(_bytes(film)).hexdigest()
        if digest not in labels:
            labels[digest] = film
            yield film
        elif labels[digest].label != film.label:
            raise DatasetError(f"{film.name} and {labels[digest].name} are the same picture with two labels; keep one of them.")


def _bytes(film: Film) -> bytes:
    try:
        return film.path.read_bytes()
    except OSError as error:
        raise DatasetError(f"{film.name} can't be read ({error.strerror}); mend the path or take its row out.") from error


def _with_validation(films: list[Film], fraction: float, seed: int) -> list[Film]:
    shared = [index for index, film in enumerate(films) if film.split in ("", "train")]
    groups = [films[index].patient for index in shared]
    folds = max(2, round(1 / fraction))
    if min(len(set(groups)), max(Counter(_class(films[index]) for index in shared).values(), default=0)) < folds:
        raise DatasetError(
            f"{len(shared)} films of {len(set(groups))} patients can't be split into train and validation; "
            f"{folds} patients and as many films of a label are needed."
        )
    held = {shared[index] for index in next(fold_parts([films[index] for index in shared], groups, folds, seed))}
    return [replace(film, split="val" if index in held else film.split) for index, film in enumerate(films)]


def fold_parts(films: Sequence[Film], groups: Sequence[str], folds: int, seed: int) -> Iterator[np.ndarray]:
    """The films' indices in each fold: whole groups, stratified by label and stratum."""
    from sklearn.model_selection import StratifiedGroupKFold

    with warnings.catch_warnings():
        # A rare label is in some folds only, which who takes a fold looks at.
        warnings.filterwarnings("ignore", "The least populated class", UserWarning)
        parts = StratifiedGroupKFold(folds, shuffle=True, random_state=seed).split(films, [*map(_class, films)], groups)
        yield from (chosen for _, chosen in parts)


def _class(film: Film) -> str:
    return film.label + film.stratum


def _check_patients(dataset: Dataset) -> None:
    split_of: dict[str, str] = {}
    for film in dataset.films:
        if split_of.setdefault(film.patient, film.split) != film.split:
            raise DatasetError(f"The patient of {film.name} is in both {film.split} and {split_of[film.patient]}; keep one.")
