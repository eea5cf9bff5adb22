"""Films of the kinds that a model was trained on and hasn't seen, for the measurement of its gate."""

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from benchmarks.stranger_pictures import Picture
from medcore import datasets
from medcore.datasets import Film, patient_of
from medcore.models import ModelCard
from medcore.volume import Volume

CHEST = "chest-xray-pneumonia"
OWN = {CHEST: (), "brain-mri-tumour": ("brain MR", "MR")}
"""Which families of strangers are none to a model."""
AS_STRANGERS, ADULT = 300, 18
SETS = {
    "chest_xray_adults_256": ("class_folder", "Patient ID", "Patient Age", "View Position"),
    "chest_xray_adults_more_224": ("", "patient", "age", "view"),
}


def own_families(card: ModelCard) -> tuple[str, ...]:
    """The families of strangers that this model was made for; for a user's model none is left out."""
    return OWN.get(card.id, ())


def films(card: ModelCard, data: Path, part: str) -> list[Picture]:
    """The model's films of that part ("test" or "val"), each with its group and patient; for the chest also unseen adults."""
    listed = list(_listed(card, data, part))
    return pictures(listed + list(unseen_adults(card.folder, data)) if card.id == CHEST and part == "test" else listed)


def chest_films_for_others(card: ModelCard, data: Path) -> list[Picture]:
    """Chest films as strangers to a model that isn't for the chest: some of the children's test, some of the adults'."""
    if card.id == CHEST:
        return []
    paths = sorted((data / "chest_xray_children_224" / "test").glob("*/*.jpeg"))
    paths += [
        data / "chest_xray_adults_more_224" / row["file"] for row in _rows(data / "chest_xray_adults_more_224" / "index.csv")
    ]
    chosen = [paths[place] for place in np.linspace(0, len(paths) - 1, AS_STRANGERS).astype(int)]
    return pictures([Film(path, "", patient_of(path.name), stratum="chest film", name=path.name) for path in chosen])


def pictures(listed: list[Film]) -> list[Picture]:
    """The films read as an upload is."""
    read = datasets.read_films(listed)
    return [
        Picture(film.stratum or "films", film.patient, film.name, _slice(piece.series.volume, piece.index))
        for film, piece in zip(listed, read, strict=True)
    ]


def _slice(volume: Volume, index: int) -> Volume:
    return Volume(volume.voxels[index : index + 1], None, volume.unit, None, volume.photometric, "image")


def _listed(card: ModelCard, data: Path, part: str) -> Iterator[Film]:
    """From the manifest in the model's folder, or else, of the test alone, from its prediction file."""
    manifest = card.folder / "manifest.csv"
    if manifest.exists():
        for row in _rows(manifest):
            if row["split"] == part:
                yield Film(
                    data / row["image_path"],
                    row["label"],
                    row["patient_id"],
                    part,
                    row["stratum"],
                    row["image_path"],
                )
    elif part == "test":
        for row in _rows(card.folder / "test_predictions.csv"):
            yield Film(data / "brain_mri_tumour_224" / row["name"], row["label"], row["name"], part, name=row["name"])


def unseen_adults(folder: Path, data: Path) -> Iterator[Film]:
    """Adults' films that are in no part of the manifest, of patients who are in none: with any finding, or an unsure one."""
    rows = _rows(folder / "manifest.csv")
    films, patients = {row["image_path"] for row in rows}, {row["patient_id"] for row in rows}
    for name, (subfolder, patient, age, view) in SETS.items():
        for row in _rows(data / name / "index.csv"):
            path, whose = Path(name, row.get(subfolder, ""), row["file"]), f"nih-{row[patient]}"
            if str(path) not in films and whose not in patients and int(row[age]) >= ADULT:
                yield Film(data / path, "", whose, stratum=f"adults {row[view]}", name=str(path))


def _rows(table: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
