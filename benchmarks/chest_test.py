"""Measures the bundled chest model on its test films, once its weights and operating point are committed.

    python -m benchmarks.chest_test DATA_FOLDER [--write]

Reads the test rows of models/chest-xray-pneumonia/manifest.csv, prints the report by subgroup, and with --write puts it into
card.json and every film's score into test_predictions.csv. Shortcut floors (five grey statistics, Wang's labels) stand beside.
"""

import csv
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from medcore import datasets, evaluation, models
from medcore.commands import film_scores
from medcore.datasets import Film
from medcore.jobs import read_spec, write_json

FOLDER = Path("models/chest-xray-pneumonia")


def main(data: Path, write: bool) -> None:
    model, manifest = models.load(FOLDER.name), FOLDER / "manifest.csv"
    source = {row["image_path"]: row["label_source"] for row in csv.DictReader(manifest.read_text().splitlines())}
    dataset, spec = datasets.open_labelled(manifest, model.card.labels, model.card.label_aliases, data), read_spec(FOLDER)
    dataset = datasets.freeze(dataset, spec.validation_fraction, spec.seed)
    films = dataset.part("test")
    scores = film_scores(model, films, "pneumonia")
    report = by_subgroup(films, source, scores, model.card.operating_points["pneumonia"])
    metrics = {"test": report, "shortcut_floor_roc_auc": floors(dataset, films, source)}
    print(json.dumps(metrics, indent=1))
    if write:
        save(films, source, scores, metrics)


def by_subgroup(films: tuple[Film, ...], source: dict[str, str], scores: np.ndarray, point: float) -> dict[str, Any]:
    """A report for the children, the adults, and the adults' radiologist-read films by view."""
    truth = np.array([film.label == "pneumonia" for film in films])
    report = {}
    for name, chosen in subgroups(films, source).items():
        groups = [film.patient for film, wanted in zip(films, chosen, strict=True) if wanted]
        report[name] = evaluation.report(scores[chosen], truth[chosen], point, groups=groups)
    return report


def subgroups(films: tuple[Film, ...], source: dict[str, str]) -> dict[str, np.ndarray]:
    """Which films belong to which subgroup, (n,) bool each."""
    stratum = np.array([film.stratum for film in films])
    read = np.array([source[film.name] == "second reading" for film in films])
    adults = stratum != "children"
    return {
        "children": ~adults,
        "adults": adults,
        "adults PA": stratum == "adults PA",
        "adults AP": stratum == "adults AP",
        "adults read by radiologists": adults & read,
        "adults PA read by radiologists": (stratum == "adults PA") & read,
        "adults AP read by radiologists": (stratum == "adults AP") & read,
        "adults, text-mined labels": adults & ~read,
    }


def floors(dataset: datasets.Dataset, films: tuple[Film, ...], source: dict[str, str]) -> dict[str, float]:
    """ROC AUC of logistic regression on five grey statistics, fitted on the training films: what needs no lung at all."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    train, spec = dataset.part("train"), models.load(FOLDER.name).card.input_spec
    statistics, held = (grey_statistics(datasets.pictures(part, spec)[0]) for part in (train, films))
    truth = np.array([film.label == "pneumonia" for film in films])
    result = {}
    for name, chosen in subgroups(films, source).items():
        wanted = np.array([(film.stratum == "children") == (name == "children") for film in train])
        labels = [film.label == "pneumonia" for film, each in zip(train, wanted, strict=True) if each]
        fitted = make_pipeline(StandardScaler(), LogisticRegression()).fit(statistics[wanted], labels)
        result[name] = round(evaluation.auc(fitted.predict_proba(held[chosen])[:, 1], truth[chosen]).value, 3)
    return result


def grey_statistics(films: np.ndarray) -> np.ndarray:
    """Mean, standard deviation, mean gradient, 5th and 95th percentile of each film (n, rows, columns)."""
    gradient = [np.abs(np.gradient(film)).mean() for film in films]
    flat = films.reshape(len(films), -1)
    low, high = np.percentile(flat, (5, 95), axis=1)
    return np.stack([flat.mean(1), flat.std(1), gradient, low, high], axis=1)


def save(films: tuple[Film, ...], source: dict[str, str], scores: np.ndarray, metrics: dict[str, Any]) -> None:
    card = json.loads((FOLDER / "card.json").read_text())
    card["metrics"] |= metrics
    write_json(FOLDER / "card.json", card)
    with (FOLDER / "test_predictions.csv").open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["image_path", "label", "patient_id", "stratum", "label_source", "score_pneumonia"])
        for film, score_pneumonia in zip(films, scores, strict=True):
            row = [film.name, film.label, film.patient, film.stratum, source[film.name], f"{score_pneumonia:.6f}"]
            writer.writerow(row)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:] == ["--write"])
