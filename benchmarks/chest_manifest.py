"""Writes models/chest-xray-pneumonia/manifest.csv: which public film has which label, patient, split, stratum and fold.

    python -m benchmarks.chest_manifest DATA_FOLDER MANIFEST.csv

Children: the published labels; the published test split is kept, and 7 % of the other patients, by a hash, are validation.
Adults (NIH ChestX-ray14, 18 and older): films that radiologists read a second time (RSNA 2018) are strata of their own -
Lung Opacity is pneumonia, Normal is normal, the rest is left out. Their patients are shared out to five folds by a hash;
fold 1, the largest, is validation. Text-mined labels (No Finding; Pneumonia, Infiltration or Consolidation) are for training
alone.
"""

import csv
import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path

from medcore.datasets import patient_of

COLUMNS = ("image_path", "label", "patient_id", "split", "stratum", "label_source", "age", "sex", "view", "fold")
FOLDS = 5
VALIDATION = "1"
SECOND_READING = {"Lung Opacity": "pneumonia", "Normal": "normal"}
TEXT = {
    "no_findings": "normal",
    "no_finding": "normal",
    "pneumonia": "pneumonia",
    "infiltration_or_consolidation": "pneumonia",
}
Row = dict[str, str]


def rows_of(data: Path) -> list[Row]:
    """Every film that has a label, once; the split is that of the shipped model."""
    adults, seen = list(_adults(data)), set()
    read = {row["patient_id"] for row in adults if row["label_source"] == "second reading"}
    rows = []
    for row in (*_children(data), *adults):
        if row["patient_id"] in read:
            row["fold"] = str(_share(row["patient_id"], FOLDS))
            row["split"] = "val" if row["fold"] == VALIDATION else "train"
        if row["image_path"] not in seen:
            seen.add(row["image_path"])
            rows.append(row)
    return rows


def write(rows: list[Row], manifest: Path) -> None:
    """The rows as a manifest."""
    with manifest.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def _children(data: Path) -> Iterator[Row]:
    for split in ("train", "val", "test"):
        for path in sorted((data / "chest_xray_children_224" / split).glob("*/*.jpeg")):
            patient = patient_of(path.name)
            held = "val" if _share(patient, 100) < 7 else "train"
            yield {
                "image_path": str(path.relative_to(data)),
                "label": path.parent.name.lower(),
                "patient_id": patient,
                "split": "test" if split == "test" else held,
                "stratum": "children",
                "label_source": "published",
                **{"age": "", "sex": "", "view": "AP", "fold": ""},
            }


def _adults(data: Path) -> Iterator[Row]:
    for row in _index(data / "chest_xray_adults_256"):
        image = f"chest_xray_adults_256/{row['class_folder']}/{row['file']}"
        about = {"age": row["Patient Age"], "sex": row["Patient Gender"], "view": row["View Position"]}
        yield from _adult(image, row["class_folder"], row["RSNA Class"], row["Patient ID"], about)
    for row in _index(data / "chest_xray_adults_more_224"):
        image, about = f"chest_xray_adults_more_224/{row['file']}", {name: row[name] for name in ("age", "sex", "view")}
        yield from _adult(image, row["file"].split("/")[0], row["rsna_class"], row["patient"], about)


def _adult(image: str, text_label: str, second: str, patient: str, about: Row) -> Iterator[Row]:
    label = SECOND_READING.get(second) if second else TEXT.get(text_label.lower())
    if label and int(about["age"]) >= 18:
        yield {
            "image_path": image,
            "label": label,
            "patient_id": f"nih-{patient}",
            "split": "train",
            "stratum": f"adults {about['view']} {'read' if second else 'text'}",
            "label_source": "second reading" if second else "text",
            **about,
            "fold": "",
        }


def _share(patient: str, shares: int) -> int:
    return int(hashlib.sha256(f"chest {patient}".encode()).hexdigest(), 16) % shares


def _index(folder: Path) -> list[Row]:
    return list(csv.DictReader((folder / "index.csv").read_text().splitlines()))


if __name__ == "__main__":
    write(rows_of(Path(sys.argv[1])), Path(sys.argv[2]))
