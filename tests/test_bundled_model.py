"""The bundled chest model: every test figure in its card comes from its prediction files, the README's from the card."""

import csv
import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import brier_score_loss, recall_score, roc_auc_score

from benchmarks.chest_figures import WRITTEN, metrics_of, readme_table
from benchmarks.chest_test import saved
from medcore import datasets, models, scoring
from medcore.jobs import read_spec
from medcore.settings import ROOT

FOLDER = ROOT / "models" / "chest-xray-pneumonia"
DATA = ROOT.parent / "shared" / "data"
CARD = json.loads((FOLDER / "card.json").read_text(encoding="utf-8"))
# No validation film is in the files; the gate's figures are measured in test_gate_table.
ELSEWHERE = ("validation", "gate", "predictions_sha256")
TEST = {name: each for name, each in CARD["metrics"].items() if name not in ELSEWHERE}
ROWS = saved(FOLDER)
MANIFEST = list(csv.DictReader((FOLDER / "manifest.csv").read_text(encoding="utf-8").splitlines()))
needs_films = pytest.mark.skipif(not DATA.is_dir(), reason="the labelled films of ../shared/data aren't here")


def leaves(tree: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every figure and word of nested metrics with the way to it."""
    if not isinstance(tree, dict):
        yield path, tree
    elif not tree:
        yield path, {}
    else:
        for name, each in tree.items():
            yield from leaves(each, (*path, name))


def test_every_test_figure_in_the_card_is_measured_again_from_the_prediction_files():
    again, told = dict(leaves(metrics_of(ROWS))), dict(leaves(TEST))
    strangers = sorted(set(told) ^ set(again))
    assert not strangers, "the card and the prediction files don't hold the same figures"
    wrong = [
        path
        for path, value in told.items()
        if value != (again[path] if isinstance(value, str) else pytest.approx(again[path], abs=1e-9))
    ]
    assert not wrong


def test_the_card_names_the_prediction_file_that_it_was_measured_by():
    content = (FOLDER / "test_predictions.csv").read_bytes()
    assert CARD["metrics"]["predictions_sha256"] == hashlib.sha256(content).hexdigest()


def own_parts() -> dict[str, list[dict[str, str]]]:
    """The main parts, chosen here once more and by other columns than the benchmark's."""
    read = [row for row in ROWS if row["fold"] and row["stratum"].endswith("read")]
    return {
        "children": [row for row in ROWS if "/test/" in row["image_path"]],
        "adults": read,
        "adults PA": [row for row in read if " PA " in row["stratum"]],
        "adults AP": [row for row in read if " AP " in row["stratum"]],
        "adults, women": [row for row in read if row["sex"] == "F"],
        "adults 65 years and older": [row for row in read if int(row["age"]) >= 65],
        "adults, text labels": [row for row in ROWS if row["fold"] and row["stratum"].endswith("text")],
    }


@pytest.mark.parametrize(
    "part",
    ["children", "adults", "adults PA", "adults AP", "adults, women", "adults 65 years and older", "adults, text labels"],
)
def test_the_cards_figures_are_scikit_learns_on_the_files_rows(part):
    rows, told = own_parts()[part], CARD["metrics"]["test"][part]
    scores, points = (np.array([float(row[name]) for row in rows]) for name in ("score_pneumonia", "operating_point"))
    truth = np.array([row["label"] == "pneumonia" for row in rows])
    assert (told["films"], told["positives"]) == (len(rows), truth.sum())
    if "reason" in told:
        assert min(truth.sum(), (~truth).sum()) < 10
        return
    assert told["patients"] == len({row["patient_id"] for row in rows})
    assert told["roc_auc"]["value"] == pytest.approx(roc_auc_score(truth, scores))
    assert told["sensitivity"]["value"] == pytest.approx(recall_score(truth, scores >= points))
    assert told["specificity"]["value"] == pytest.approx(recall_score(truth, scores >= points, pos_label=0))
    assert told["calibration"]["brier"]["value"] == pytest.approx(brier_score_loss(truth, scores))
    pixels = [float(row["score_pixels"]) for row in rows]
    assert CARD["metrics"]["baseline"][part]["roc_auc"]["value"] == pytest.approx(roc_auc_score(truth, pixels))


def test_the_readmes_figures_are_the_cards():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert set(WRITTEN.values()) <= set(TEST["test"])
    assert "\n".join(readme_table(TEST)) in readme


def test_each_film_was_scored_by_a_model_that_never_saw_its_patient():
    whose = {(row["image_path"], row["patient_id"], row["fold"], row["split"] == "test") for row in MANIFEST}
    assert {(row["image_path"], row["patient_id"], row["fold"], not row["fold"]) for row in ROWS} <= whose
    folds = {(row["patient_id"], row["fold"]) for row in MANIFEST if row["fold"]}
    assert len({patient for patient, _ in folds}) == len(folds)
    unheld = {row["patient_id"] for row in MANIFEST if not row["fold"]}
    assert unheld.isdisjoint(patient for patient, _ in folds)


def test_no_test_patient_is_among_the_others():
    tested = {row["patient_id"] for row in MANIFEST if row["split"] == "test"}
    assert tested.isdisjoint(row["patient_id"] for row in MANIFEST if row["split"] != "test")


def test_every_film_that_radiologists_read_and_every_test_film_is_in_the_file():
    wanted = {row["image_path"] for row in MANIFEST if row["split"] == "test" or row["fold"]}
    missing = len(wanted) - len({row["image_path"] for row in ROWS})
    assert 0 <= missing <= 10  # byte-identical copies


@needs_films
def test_the_manifest_and_the_spec_give_the_cards_split():
    spec = read_spec(FOLDER)
    dataset = datasets.open_labelled(FOLDER / "manifest.csv", spec.labels, spec.label_aliases, DATA)
    seen = replace(dataset, films=tuple(film for film in dataset.films if film.split != "test"))  # no test film need be there
    assert datasets.freeze(seen, spec.validation_fraction, spec.seed).split_hash == CARD["split_sha256"]


@needs_films
def test_scores_points_and_groups_of_the_prediction_file_come_out_again():
    model, chosen = models.load("chest-xray-pneumonia"), [row for row in ROWS if not row["fold"]][::40]
    films = [datasets.Film(DATA / row["image_path"], row["label"], row["patient_id"], name=row["image_path"]) for row in chosen]
    for row, again in zip(chosen, scoring.score_films(model, films, "pneumonia"), strict=True):
        assert again.score == pytest.approx(float(row["score_pneumonia"]), abs=1e-3)
        assert (again.group, again.declined_by) == (row["group"], row["declined_by"])
        assert again.point == pytest.approx(float(row["operating_point"]))
