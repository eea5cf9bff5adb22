"""Writes models/chest-xray-pneumonia/manifest.csv: which public film has which label, patient and split.

    python -m benchmarks.chest_manifest DATA_FOLDER MANIFEST.csv

Children: the published labels; the published test split is kept. Adults (NIH ChestX-ray14, 18 and older): a radiologist's
second reading (RSNA 2018) where there is one - Lung Opacity is pneumonia, Normal is normal, the rest is left out - else the
text-mined label where it is No Finding or Pneumonia. A third of the adults' patients, by a hash of the patient, is test.
"""

import csv
import hashlib
import sys
from collections.abc import Iterator
from pathlib import Path

from medcore.datasets import patient_of

COLUMNS = ("image_path", "label", "patient_id", "split", "stratum", "label_source")
SECOND_READING = {"Lung Opacity": "pneumonia", "Normal": "normal"}
TEXT = {"no_findings": "normal", "no_finding": "normal", "pneumonia": "pneumonia"}


def children(data: Path) -> Iterator[tuple[str, ...]]:
    for split in ("train", "val", "test"):
        for path in sorted((data / "chest_xray_children_224" / split).glob("*/*.jpeg")):
            kept = "test" if split == "test" else ""
            yield str(path.relative_to(data)), path.parent.name.lower(), patient_of(path.name), kept, "children", "published"


def adults(data: Path) -> Iterator[tuple[str, ...]]:
    for row in index(data / "chest_xray_adults_256"):
        image = f"chest_xray_adults_256/{row['class_folder']}/{row['file']}"
        yield from adult(
            image, row["class_folder"], row["RSNA Class"], row["Patient ID"], row["Patient Age"], row["View Position"]
        )
    for row in index(data / "chest_xray_adults_more_224"):
        image = f"chest_xray_adults_more_224/{row['file']}"
        yield from adult(image, row["file"].split("/")[0], row["rsna_class"], row["patient"], row["age"], row["view"])


def adult(image: str, text_label: str, second: str, patient: str, age: str, view: str) -> Iterator[tuple[str, ...]]:
    label = SECOND_READING.get(second) if second else TEXT.get(text_label.lower())
    if label and int(age) >= 18:
        split = "test" if int(hashlib.sha256(f"adult {patient}".encode()).hexdigest(), 16) % 3 == 0 else ""
        yield image, label, f"nih-{patient}", split, f"adults {view}", "second reading" if second else "text"


def index(folder: Path) -> list[dict[str, str]]:
    return list(csv.DictReader((folder / "index.csv").read_text().splitlines()))


def main(data: Path, manifest: Path) -> None:
    seen: set[str] = set()
    with manifest.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for row in (*children(data), *adults(data)):
            if row[0] not in seen:
                seen.add(row[0])
                writer.writerow(row)


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
