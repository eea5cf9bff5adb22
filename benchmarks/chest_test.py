"""Measures the bundled chest model on its test films, once weights, temperature and operating points are committed.

    python -m benchmarks.chest_test DATA_FOLDER [--write]

The children's test films are scored by the model itself, every adults' film that radiologists read by the fold's model that
never saw its patient (see `benchmarks.chest_folds`), all as an upload is. Prints the metrics and the README's table. With
--write the metrics go into card.json, and every film into test_predictions.csv, or text_predictions.csv if its label is mined.
"""

import csv
import hashlib
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from benchmarks.chest_figures import COLUMNS, Row, metrics_of, readme_table
from benchmarks.chest_folds import fold_run, rows_without
from benchmarks.chest_rebuild import FOLDER
from medcore import datasets, evaluation, models, preprocessing, scoring
from medcore.datasets import Film
from medcore.datasets.slices import Slice
from medcore.jobs import read_spec, write_json
from medcore.models import Model
from medcore.preprocessing import InputSpec
from medcore.volume import Photometric

LABEL = "pneumonia"
GREY = InputSpec((16, 16), scaling="percentile")
Beside = dict[str, tuple[np.ndarray, dict[str, float]]]
"""Of each film, by its name: 16 × 16 area means and plain figures."""


def main(data: Path, write: bool) -> None:
    rows = manifest_rows(data)
    beside = beside_of([row for row in rows if row["split"] == "train" or row["fold"]], data)
    predicted = [*children(rows, data, beside), *adults(rows, data, beside)]
    metrics = metrics_of(predicted)
    print(json.dumps(metrics, indent=1), *readme_table(metrics), sep="\n")
    if write:
        save(predicted)


def manifest_rows(data: Path) -> list[Row]:
    """The manifest's films, without copies, as the training has them."""
    spec, manifest = read_spec(FOLDER), FOLDER / "manifest.csv"
    dataset = datasets.open_labelled(manifest, spec.labels, spec.label_aliases, data)
    kept = {film.name for film in datasets.freeze(dataset, spec.validation_fraction, spec.seed).films}
    return [row for row in csv.DictReader(manifest.read_text().splitlines()) if row["image_path"] in kept]


def children(rows: Sequence[Row], data: Path, beside: Beside) -> Iterator[Row]:
    """The children's test films, scored by the shipped model."""
    train = [row for row in rows if row["split"] == "train" and row["stratum"] == "children"]
    test = [row for row in rows if row["split"] == "test"]
    yield from predictions(models.load(FOLDER.name), test, data, train, beside)


def adults(rows: Sequence[Row], data: Path, beside: Beside) -> Iterator[Row]:
    """Each fold's films, scored by the model of that fold; what stands beside was fitted on the adults that trained it."""
    for fold in sorted({row["fold"] for row in rows} - {""}):
        model = models.load_folder(fold_run(int(fold)) / "model", read_spec(FOLDER).model_id)
        seen = [row for row in rows_without([dict(row) for row in rows], int(fold)) if row["split"] == "train"]
        train = [row for row in seen if row["stratum"] != "children"]
        yield from predictions(model, [row for row in rows if row["fold"] == fold], data, train, beside)


def beside_of(rows: Sequence[Row], data: Path) -> Beside:
    """What stands beside the scores, of the films that it is fitted on."""
    spec = models.find_card(FOLDER.name).input_spec
    films = films_of(rows, data)
    return {film.name: scoring.beside(film, piece, spec) for film, piece in zip(films, datasets.read_films(films), strict=True)}


def predictions(model: Model, rows: Sequence[Row], data: Path, train: Sequence[Row], beside: Beside) -> Iterator[Row]:
    """The rows of films as the prediction file has them, in order."""
    films = films_of(rows, data)
    scored, equalised = [], []
    for film, piece in zip(films, datasets.read_films(films), strict=True):
        scored.append(scoring.score_film(model, film, piece, LABEL))
        equalised.append(scoring.score_film(model, film, equal(piece), LABEL).score)
    pixels, statistics = floors(scored, train, beside)
    for row, one, *scores in zip(rows, scored, equalised, pixels, statistics, strict=True):
        names = ("score_equalised", "score_pixels", "score_statistics")
        numbers = {"score_pneumonia": one.score, **dict(zip(names, scores, strict=True)), **one.figures}
        about = {"group": one.group, "operating_point": f"{one.point:.9g}", "declined_by": one.declined_by}
        found = {**row, **about, **{name: f"{number:.9g}" for name, number in numbers.items()}}
        yield {column: found[column] for column in COLUMNS}


def floors(scored: Sequence[scoring.ScoredFilm], train: Sequence[Row], beside: Beside) -> tuple[np.ndarray, np.ndarray]:
    """Scores (n,) of 16 × 16 pixels and of five grey statistics, both fitted on the train films."""
    truth = np.array([row["label"] == LABEL for row in train], np.intp)
    of_train = [beside[row["image_path"]] for row in train]
    pixels = evaluation.pixel_baseline(np.stack([p for p, _ in of_train]), truth, np.stack([one.pixels for one in scored]))
    known, asked = statistics([figures for _, figures in of_train]), statistics([one.figures for one in scored])
    return pixels[:, 1], evaluation.statistics_baseline(known, truth, asked)


def statistics(figures: Sequence[Mapping[str, float]]) -> np.ndarray:
    return np.array([[each[name] for name in datasets.GREY_STATISTICS] for each in figures])


def equal(piece: Slice) -> Slice:
    """The same slice, histogram-equalised to 256 levels by Pillow."""
    volume = piece.series.volume
    values = preprocessing.to_values(volume, piece.index, GREY)
    levels = (values - values.min()) / max(float(np.ptp(values)), 1.0) * 255
    flat = np.asarray(ImageOps.equalize(Image.fromarray(levels.round().astype(np.uint8))))
    photometric: Photometric = "MONOCHROME1" if volume.photometric == "MONOCHROME1" else "MONOCHROME2"
    changed = replace(volume, voxels=flat[None].astype(np.int16), photometric=photometric, overlay=None)
    return Slice(replace(piece.series, volume=changed), 0)


def films_of(rows: Sequence[Row], data: Path) -> list[Film]:
    names = [row["image_path"] for row in rows]
    return [Film(data / name, row["label"], row["patient_id"], name=name) for name, row in zip(names, rows, strict=True)]


def save(predicted: Sequence[Row]) -> None:
    """Writes the prediction files, and into the card what they, as read again, say."""
    by_text = [row for row in predicted if row["label_source"] == "text"]
    write_rows(FOLDER / "test_predictions.csv", [row for row in predicted if row["label_source"] != "text"])
    write_rows(FOLDER / "text_predictions.csv", by_text)
    card = json.loads((FOLDER / "card.json").read_text())
    sha256 = hashlib.sha256((FOLDER / "test_predictions.csv").read_bytes()).hexdigest()
    kept = {name: card["metrics"][name] for name in ("validation", "gate") if name in card["metrics"]}
    card["metrics"] = {**kept, "predictions_sha256": sha256, **metrics_of(saved(FOLDER))}
    write_json(FOLDER / "card.json", card)


def write_rows(path: Path, rows: Sequence[Row]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def saved(folder: Path) -> list[Row]:
    """The rows of both prediction files."""
    files = (folder / "test_predictions.csv", folder / "text_predictions.csv")
    texts = [path.read_text(encoding="utf-8") for path in files if path.is_file()]
    return [row for text in texts for row in csv.DictReader(text.splitlines())]


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:] == ["--write"])
