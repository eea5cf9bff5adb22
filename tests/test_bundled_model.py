"""The bundled chest model: its card's figures come from its prediction file, the README's from the card."""

import csv
import json

import numpy as np
import pytest

from medcore import datasets, evaluation, models, preprocessing
from medcore.jobs import read_spec
from medcore.settings import ROOT

FOLDER = ROOT / "models" / "chest-xray-pneumonia"
DATA = ROOT.parent / "shared" / "data"
CARD = json.loads((FOLDER / "card.json").read_text(encoding="utf-8"))
ROWS = list(csv.DictReader((FOLDER / "test_predictions.csv").read_text(encoding="utf-8").splitlines()))
ADULTS = ("adults PA", "adults AP")
PARTS = {
    "children": (("children",), ("published",)),
    "adults": (ADULTS, ("second reading", "text")),
    "adults PA": (ADULTS[:1], ("second reading", "text")),
    "adults AP": (ADULTS[1:], ("second reading", "text")),
    "adults read by radiologists": (ADULTS, ("second reading",)),
    "adults PA read by radiologists": (ADULTS[:1], ("second reading",)),
    "adults AP read by radiologists": (ADULTS[1:], ("second reading",)),
    "adults, text-mined labels": (ADULTS, ("text",)),
}
WRITTEN = {
    "children, 1 to 5 years": "children",
    "adults": "adults",
    "adults whose label is a radiologist's": "adults read by radiologists",
}
needs_films = pytest.mark.skipif(not DATA.is_dir(), reason="the labelled films of ../shared/data aren't here")


def report(rows: list[dict[str, str]]) -> dict:
    scores = np.array([float(row["score_pneumonia"]) for row in rows])
    truth = np.array([row["label"] == "pneumonia" for row in rows])
    groups = [row["patient_id"] for row in rows]
    return evaluation.report(scores, truth, CARD["operating_points"]["pneumonia"], groups=groups)


def test_the_card_measures_every_part():
    assert set(PARTS) == set(CARD["metrics"]["test"])


@pytest.mark.parametrize("name", PARTS)
def test_the_cards_test_figures_are_those_of_its_prediction_file(name):
    strata, sources = PARTS[name]
    measured = report([row for row in ROWS if row["stratum"] in strata and row["label_source"] in sources])
    for figure in ("roc_auc", "balanced_accuracy", "sensitivity", "specificity"):
        assert measured[figure] == pytest.approx(CARD["metrics"]["test"][name][figure], abs=1e-5)


def test_the_readmes_figures_are_the_cards():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    test = CARD["metrics"]["test"]
    for written, name in WRITTEN.items():
        auc, figures = test[name]["roc_auc"], [test[name][key] for key in ("balanced_accuracy", "sensitivity", "specificity")]
        cells = [f"{test[name]['films']}", f"{auc['value']:.3f} ({auc['low']:.3f}–{auc['high']:.3f})"]
        cells += [f"{each['value']:.2f} ({each['low']:.2f}–{each['high']:.2f})" for each in figures]
        assert f"| {written} | {' | '.join(cells)} |" in readme


def test_no_test_patient_is_among_the_others():
    manifest = list(csv.DictReader((FOLDER / "manifest.csv").read_text(encoding="utf-8").splitlines()))
    tested = {row["patient_id"] for row in manifest if row["split"] == "test"}
    assert tested.isdisjoint(row["patient_id"] for row in manifest if row["split"] != "test")
    assert {row["patient_id"] for row in ROWS} <= tested


@needs_films
def test_the_manifest_and_the_spec_give_the_cards_split():
    spec = read_spec(FOLDER)
    dataset = datasets.open_labelled(FOLDER / "manifest.csv", spec.labels, spec.label_aliases, DATA)
    assert datasets.freeze(dataset, spec.validation_fraction, spec.seed).split_hash == CARD["split_sha256"]


@needs_films
def test_scores_of_the_prediction_file_come_out_again():
    model, chosen = models.load("chest-xray-pneumonia"), ROWS[::80]
    films = [datasets.Film(DATA / row["image_path"], row["label"], row["patient_id"]) for row in chosen]
    values, photometrics = datasets.pictures(films, model.card.input_spec)
    for row, film, photometric in zip(chosen, values, photometrics, strict=True):
        scores, _ = model.run(preprocessing.scale(film, photometric, model.card.input_spec), "pneumonia")
        assert scores[model.card.labels.index("pneumonia")] == pytest.approx(float(row["score_pneumonia"]), abs=1e-3)
