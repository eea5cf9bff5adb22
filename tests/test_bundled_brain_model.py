"""The bundled brain model: its card's figures come from its prediction file, and its weights answer as that file says."""

import csv
import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from medcore import datasets, evaluation, models, preprocessing, reading, recognition, scoring
from medcore.phantoms import chest_film
from medcore.settings import ROOT

pytestmark = pytest.mark.slow

FOLDER = ROOT / "models" / "brain-mri-tumour"
DATA = ROOT.parent / "shared" / "data" / "brain_mri_tumour_224"
CARD = json.loads((FOLDER / "card.json").read_text(encoding="utf-8"))
ROWS = list(csv.DictReader((FOLDER / "test_predictions.csv").read_text(encoding="utf-8").splitlines()))
LABELS = CARD["labels"]
needs_films = pytest.mark.skipif(not DATA.is_dir(), reason="the labelled slices of ../shared/data aren't here")


def leaves(tree: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[tuple[str | int, ...], Any]]:
    """Every figure and word of a nested report with the way to it."""
    if isinstance(tree, dict | list):
        for name, each in tree.items() if isinstance(tree, dict) else enumerate(tree):
            yield from leaves(each, (*path, name))
    else:
        yield path, tree


def test_every_test_figure_in_the_card_is_measured_again_from_its_prediction_file():
    scores = np.array([[float(row[f"score {label}"]) for label in LABELS] for row in ROWS])
    measured = evaluation.class_report(scores, [LABELS.index(row["label"]) for row in ROWS], LABELS)
    told, again = dict(leaves(CARD["metrics"]["test"])), dict(leaves(measured))
    assert set(told) == set(again)
    assert [path for path, value in told.items() if value != pytest.approx(again[path], abs=1e-4)] == []


def test_what_the_limits_say_in_numbers_is_so():
    recall = CARD["metrics"]["test"]["classes"]["meningioma"]["recall"]["value"]
    assert 0.7 < recall < 0.8  # one in four
    assert models.PATIENTS_UNKNOWN in CARD["limits"]
    assert "patients" not in CARD["metrics"]["test"]
    assert CARD["films"]["val"] == 131


def test_the_readmes_figures_are_the_cards():
    readme = " ".join((ROOT / "README.md").read_text(encoding="utf-8").split())
    test = CARD["metrics"]["test"]
    figures = {"accuracy": test["accuracy"], "macro F1": test["macro"]["f1"], "macro ROC AUC": test["roc_auc"]}
    for name, figure in figures.items():
        assert f"{name} {figure['value']:.3f} ({figure['low']:.3f}–{figure['high']:.3f})" in readme
    assert (
        f"{test['films']:,} test slices, where 16 × 16 pixels reach {CARD['metrics']['baseline']['roc_auc']['value']:.3f}"
        in readme
    )


@needs_films
def test_scores_of_the_prediction_file_come_out_again():
    model, chosen = models.load("brain-mri-tumour"), ROWS[::160]
    films = [datasets.Film(DATA / row["name"], row["label"], row["name"]) for row in chosen]
    values, photometrics = datasets.pictures(films, model.card.input_spec)
    for row, film, photometric in zip(chosen, values, photometrics, strict=True):
        scores, _ = model.run(preprocessing.scale(film, photometric, model.card.input_spec), "glioma")
        assert list(scores) == pytest.approx([float(row[f"score {label}"]) for label in LABELS], abs=1e-3)


@needs_films
def test_the_cards_split_is_the_one_that_the_rebuild_makes():
    assert datasets.split(datasets.survey(DATA), 0).split_hash == CARD["split_sha256"]


@needs_films
def test_the_cards_baseline_is_measured_again_from_the_slices():
    frozen, spec = datasets.split(datasets.survey(DATA), 0), preprocessing.InputSpec.from_json(CARD["input_spec"])

    def pixels_of(part: str) -> tuple[np.ndarray, list[int]]:
        films = frozen.part(part)
        pieces = zip(films, datasets.read_films(films), strict=True)
        means = [scoring.beside(film, piece, spec)[0] for film, piece in pieces]
        return np.stack(means), [LABELS.index(film.label) for film in films]

    (train, truth), (test, expected) = pixels_of("train"), pixels_of("test")
    measured = dict(leaves(evaluation.class_report(evaluation.pixel_baseline(train, truth, test), expected, LABELS)))
    told = dict(leaves(CARD["metrics"]["baseline"]))
    assert set(told) == set(measured)
    assert [path for path, value in told.items() if value != pytest.approx(measured[path], abs=1e-3)] == []


@needs_films
def test_its_gate_knows_slices_of_its_validation_and_no_film_of_a_chest():
    model, held = models.load("brain-mri-tumour"), datasets.split(datasets.survey(DATA), 0).part("val")
    volumes = [reading.read([film.path]).series[0].volume for film in held[::16]]
    assert all(model.recogniser.recognise(recognition.tensor_of(volume, 0, 1)).is_known for volume in volumes)
    assert not model.recogniser.recognise(recognition.tensor_of(chest_film(), 0, 1)).is_known
