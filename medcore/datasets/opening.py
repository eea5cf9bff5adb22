"""A labelled folder or a manifest CSV to films, with the labels that are wanted."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from medcore.datasets.films import SPLITS, Dataset, Film, patient_of
from medcore.errors import DatasetError

NEEDED = ("image_path", "label")
"""The columns that a manifest must have."""


def open_labelled(source: Path, labels: Sequence[str], aliases: Mapping[str, str], root: Path | None = None) -> Dataset:
    """A manifest CSV (`image_path,label[,patient_id,split,stratum]`, paths below `root`) or a folder with one folder a class.

    Labels match without regard to case, through `aliases` (written name → label). Raises DatasetError with what to mend.
    """
    films = list(_from_folder(source) if source.is_dir() else _from_manifest(source, root or source.parent))
    if not films:
        raise DatasetError(f"{source.name} holds no labelled pictures; give it one folder a class, or a row a picture.")
    known = {name.casefold(): label for name, label in aliases.items()} | {label.casefold(): label for label in labels}
    return Dataset(tuple(replace(film, label=_known_label(film, known)) for film in films), tuple(labels))


def manifest_rows(manifest: Path) -> list[tuple[int, dict[str, str]]]:
    """The rows of a manifest CSV with their numbers from 2 on; raises DatasetError where it isn't one."""
    try:
        rows = list(csv.DictReader(io.StringIO(manifest.read_text(encoding="utf-8-sig"), newline="")))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DatasetError(f"The manifest {manifest.name} can't be read ({error}).") from error
    if rows and (lacking := [name for name in NEEDED if name not in rows[0]]):
        columns = ", ".join(filter(None, rows[0]))
        raise DatasetError(f"The manifest {manifest.name} has no column {' or '.join(lacking)}; its columns are {columns}.")
    return list(enumerate(rows, 2))


def _from_folder(folder: Path) -> Iterator[Film]:
    for class_folder in sorted(path for path in folder.iterdir() if path.is_dir()):
        for path in sorted(class_folder.rglob("*")):
            if path.is_file() and not path.name.startswith("."):
                name = str(path.relative_to(folder))
                yield Film(path, class_folder.name, patient_of(name), name=name)


def _from_manifest(manifest: Path, root: Path) -> Iterator[Film]:
    for number, row in manifest_rows(manifest):
        name, label, split = row.get("image_path"), row.get("label"), row.get("split") or ""
        if not name or not label or split not in ("", *SPLITS):
            raise DatasetError(f"Line {number} of {manifest.name} needs image_path, label, and a split of train, val or test.")
        patient = row.get("patient_id") or patient_of(name)
        yield Film(root / name, label, patient, split, row.get("stratum") or "", name)


def _known_label(film: Film, known: Mapping[str, str]) -> str:
    if film.label.casefold() not in known:
        raise DatasetError(
            f"{film.name} is labelled {film.label!r}, which isn't among {', '.join(sorted(known))}; rename it or add an alias."
        )
    return known[film.label.casefold()]
