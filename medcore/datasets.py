"""A labelled folder or manifest to a checked, patient-grouped, duplicate-free, frozen split, and its pictures' values."""

import csv
import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from medcore import preprocessing, reading
from medcore.errors import DatasetError
from medcore.preprocessing import InputSpec
from medcore.volume import Photometric

SPLITS = ("train", "val", "test")
_PATIENT_NAMES = re.compile(r"(person\d+_(?:bacteria|virus)|(?:NORMAL2-)?IM-\d+|\d{8}(?=_\d{3}))")
"""File names of public sets that say the patient: Kermany's children, NIH ChestX-ray14."""


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


def open_labelled(source: Path, labels: Sequence[str], aliases: Mapping[str, str], root: Path | None = None) -> Dataset:
    """A manifest CSV (`image_path,label[,patient_id,split,stratum]`, paths below `root`) or a folder with one folder a class.

    Labels match without regard to case, through `aliases` (written name → label). Raises DatasetError with what to mend.
    """
    films = list(_from_folder(source) if source.is_dir() else _from_manifest(source, root or source.parent))
    if not films:
        raise DatasetError(f"{source.name} holds no labelled pictures; give it one folder a class, or a row a picture.")
    known = {name.casefold(): label for name, label in aliases.items()} | {label.casefold(): label for label in labels}
    return Dataset(tuple(replace(film, label=_known_label(film, known)) for film in films), tuple(labels))


def _from_folder(folder: Path) -> Iterator[Film]:
    for class_folder in sorted(path for path in folder.iterdir() if path.is_dir()):
        for path in sorted(class_folder.rglob("*")):
            if path.is_file() and not path.name.startswith("."):
                name = str(path.relative_to(folder))
                yield Film(path, class_folder.name, patient_of(name), name=name)


def _from_manifest(manifest: Path, root: Path) -> Iterator[Film]:
    try:
        rows = list(csv.DictReader(manifest.read_text(encoding="utf-8-sig").splitlines()))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(f"The manifest {manifest.name} can't be read ({error}).") from error
    for number, row in enumerate(rows, 2):
        name, label, split = row.get("image_path"), row.get("label"), row.get("split") or ""
        if not name or not label or split not in ("", *SPLITS):
            raise DatasetError(f"Line {number} of {manifest.name} needs image_path, label, and a split of train, val or test.")
        patient = row.get("patient_id") or patient_of(name)
        yield Film(root / name, label, patient, split, row.get("stratum") or "", name)


def patient_of(name: str) -> str:
    """The patient that a file name of a known public set says, else the whole name: each film its own patient."""
    found = _PATIENT_NAMES.match(Path(name).name)
    return found.group(1) if found else name


def _known_label(film: Film, known: Mapping[str, str]) -> str:
    if film.label.casefold() not in known:
        raise DatasetError(
            f"{film.name} is labelled {film.label!r}, which isn't among {', '.join(sorted(known))}; rename it or add an alias."
        )
    return known[film.label.casefold()]


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
    from sklearn.model_selection import StratifiedGroupKFold

    shared = [index for index, film in enumerate(films) if film.split in ("", "train")]
    classes = [films[index].label + films[index].stratum for index in shared]
    groups = [films[index].patient for index in shared]
    folds = max(2, round(1 / fraction))
    if min(len(set(groups)), max(Counter(classes).values(), default=0)) < folds:
        raise DatasetError(
            f"{len(shared)} films of {len(set(groups))} patients can't be split into train and validation; "
            f"{folds} patients and as many films of a label are needed."
        )
    _, chosen = next(StratifiedGroupKFold(folds, shuffle=True, random_state=seed).split(shared, classes, groups))
    validation = {shared[index] for index in chosen}
    return [replace(film, split="val" if index in validation else film.split) for index, film in enumerate(films)]


def _check_patients(dataset: Dataset) -> None:
    split_of: dict[str, str] = {}
    for film in dataset.films:
        if split_of.setdefault(film.patient, film.split) != film.split:
            raise DatasetError(f"The patient of {film.name} is in both {film.split} and {split_of[film.patient]}; keep one.")


def pictures(
    films: Sequence[Film], spec: InputSpec, progress: Callable[[int, int], None] | None = None
) -> tuple[np.ndarray, list[Photometric]]:
    """The films' resized values (n, rows, columns) float32 in file units, before `preprocessing.scale`, and photometrics.

    Read by `medcore.reading`, as an upload is; raises DatasetError where a file is refused.
    """
    values = np.empty((len(films), *spec.size), np.float32)
    photometrics: list[Photometric] = []
    for start in range(0, len(films), 500):
        for offset, series in enumerate(_read(films[start : start + 500])):
            middle = series.volume.shape[0] // 2
            values[start + offset] = preprocessing.resize(preprocessing.to_values(series.volume, middle), spec)
            photometrics.append(series.volume.photometric)
        if progress:
            progress(min(start + 500, len(films)), len(films))
    return values, photometrics


def _read(films: Sequence[Film]) -> list:
    result = reading.read_named([(str(index), film.path) for index, film in enumerate(films)])
    if result.refusals:
        refusal = result.refusals[0]
        raise DatasetError(f"{films[int(refusal.name)].name} can't be used: {refusal.error}")
    by_index = {int(series.files[0]): series for series in result.series}
    if len(by_index) != len(films):
        raise DatasetError("Some files of the set belong to one DICOM series; give one file a film.")
    return [by_index[index] for index in range(len(films))]
