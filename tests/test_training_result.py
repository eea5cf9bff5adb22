"""What a run leaves of its test: figures beside a baseline's, every score, and the worst mistakes; and what a run costs."""

import csv
import hashlib
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from training_runs import HEAD, draw_films, new_run, run_to_test

from medcore import datasets, evaluation, models, preprocessing, reading, recognition
from medcore.errors import SpecError
from medcore.jobs import read_status
from medcore.models import read_card
from medcore.settings import ROOT
from medcore.training import forecast, testing, train

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def films(tmp_path_factory) -> Path:
    return draw_films(tmp_path_factory.mktemp("films"))


@pytest.fixture(scope="module")
def tested(films, tmp_path_factory) -> Path:
    run = run_to_test(tmp_path_factory.mktemp("runs") / "run", films, stages=HEAD, augment=0, balance="weight")
    train(run)
    return run


def report_of(run: Path) -> dict:
    return json.loads((run / "result" / "report.json").read_text())


def predictions_of(run: Path, split: str) -> list[dict[str, str]]:
    with (run / "result" / "predictions.csv").open(newline="") as file:
        return [row for row in csv.DictReader(file) if row["split"] == split]


def test_the_report_holds_test_validation_and_baseline_with_patients_and_a_comparison(tested):
    report = report_of(tested)
    assert {part: (report[part]["films"], report[part]["patients"]) for part in ("test", "validation", "baseline")} == {
        "test": (12, 4),
        "validation": (12, 4),
        "baseline": (12, 4),
    }
    assert report["beats_baseline"]["value"] in (True, False)
    assert "16 × 16 pixels" in report["beats_baseline"]["words"]


def test_every_films_score_is_the_served_models_and_makes_the_reports_figures(tested, films):
    rows = predictions_of(tested, "test")
    scores = np.array([[float(row["score plain"]), float(row["score blob"])] for row in rows])
    truth = np.array([["plain", "blob"].index(row["label"]) for row in rows])
    again = evaluation.class_report(scores / scores.sum(axis=1, keepdims=True), truth, ["plain", "blob"])
    assert again["accuracy"]["value"] == report_of(tested)["test"]["accuracy"]["value"]
    card = read_card(tested / "model")
    model = models.runtime._open(card)
    test = [film for film in datasets.open_labelled(tested / "split.csv", card.labels, {}, films).films if film.split == "test"]
    values, photometrics = datasets.pictures(test, card.input_spec)
    for row, film, value, photometric in zip(rows, test, values, photometrics, strict=True):
        tensor = preprocessing.scale(value, photometric, card.input_spec)
        assert film.name == row["name"]
        assert model.run(tensor, "blob")[0] == pytest.approx([float(row["score plain"]), float(row["score blob"])], abs=1e-4)
    assert len(predictions_of(tested, "val")) == 12


def test_a_run_ends_with_a_gate_that_its_card_names_and_that_knows_its_films(tested, films):
    card = read_card(tested / "model")
    assert card.details["gate"]["films"] == {"train": 24, "val": 12}
    assert hashlib.sha256(card.gate_path.read_bytes()).hexdigest() == card.gate_sha256
    recogniser = models.runtime._open(card).recogniser
    assert recogniser.distance_limit == card.details["gate"]["distance_limit"]
    train = datasets.open_labelled(tested / "split.csv", card.labels, {}, films).part("train")
    volume = reading.read([train[0].path]).series[0].volume
    assert recogniser.recognise(recognition.tensor_of(volume, 0, 1)).distance < 0.01


@pytest.mark.parametrize(("most", "remembered"), [(0, None), (5, {"train": 5, "val": 5})])
def test_a_gate_remembers_as_many_films_as_its_spec_says_and_none_is_no_gate(most, remembered, films, tmp_path):
    run = run_to_test(tmp_path / "run", films, gate_films=most, stages=HEAD[:1])
    train(run)
    card = read_card(run / "model")
    assert card.details.get("gate", {}).get("films") == remembered
    assert card.gate_path.exists() == bool(most)
    assert (models.load_folder(run / "model", card.id).recogniser is None) == (most == 0)


def test_the_mistakes_are_the_test_films_that_were_called_wrongly_the_most_certain_first(tested):
    rows = {row["name"]: row for row in predictions_of(tested, "test")}
    wrong = {name for name, row in rows.items() if (float(row["score blob"]) > 0.5) != (row["label"] == "blob")}
    with np.load(tested / "result" / "mistakes.npz", allow_pickle=False) as held:
        found = dict(held)
    assert set(found["names"]) == wrong
    assert (np.diff(found["scores"]) <= 0).all()
    assert found["pictures"].shape == found["heats"].shape == (len(wrong), 32, 32)
    assert found["pictures"].dtype == np.uint8
    for name, truth, predicted, score in zip(*(found[key] for key in ("names", "truth", "predicted", "scores")), strict=True):
        assert truth == rows[name]["label"] != predicted
        assert float(rows[name][f"score {predicted}"]) == pytest.approx(score, abs=1e-5)


def test_patients_that_nobody_knows_are_not_counted(films, tmp_path):
    card = {"version": "1", "title": "Blobs", "contract": {}, "limits": [models.PATIENTS_UNKNOWN]}
    run = run_to_test(tmp_path / "run", films, stages=HEAD, augment=0, card=card)
    train(run)
    assert "patients" not in report_of(run)["test"]


@pytest.mark.parametrize(
    ("net", "pixels", "value", "said"),
    [
        ((0.9, 0.85, 0.95), 0.8, True, "beats a logistic regression on 16 × 16 pixels: .*0.900 .0.850 to 0.950. against 0.800"),
        ((0.9, 0.75, 0.95), 0.8, False, "It isn't shown that the net beats"),
        ((0.7, 0.65, 0.95), 0.8, False, "doesn't beat 16 × 16 pixels, so it has learnt nothing"),
    ],
)
def test_a_net_beats_the_baseline_only_where_its_whole_interval_is_above(net, pixels, value, said):
    found = testing.beats_baseline(dict(zip(("value", "low", "high"), net, strict=True)), {"value": pixels})
    assert found["value"] is value
    assert re.search(said, found["words"])


def test_a_baseline_that_cannot_be_measured_leaves_the_question_open():
    found = testing.beats_baseline({"value": None, "reason": "No film is blob."}, {"value": 0.8})
    assert found == {"value": None, "words": "Whether the net beats 16 × 16 pixels can't be said: No film is blob."}


def test_another_split_than_the_specs_is_refused(films, tmp_path):
    run = run_to_test(tmp_path / "run", films)
    rows = (run / "split.csv").read_text().splitlines(keepends=True)
    (run / "split.csv").write_text("".join(rows[:-1]))
    with pytest.raises(SpecError, match=r"split\.csv isn't the split that the run run was made for"):
        train(run)
    assert read_status(run).state == "failed"


def test_a_forecast_says_seconds_and_megabytes_and_leaves_the_run_as_it_is(films, tmp_path):
    run = new_run(tmp_path / "run", films)
    answer = subprocess.run(
        [sys.executable, "-m", "medcore.training", "--forecast", str(run)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    found = json.loads(answer.stdout)
    assert 1 < found["seconds"] < 120
    assert 200 < found["megabytes"] < 4000
    assert [path.name for path in run.iterdir()] == ["spec.json"]


def test_more_epochs_and_stages_are_forecast_to_take_longer(films, tmp_path):
    many = [{"epochs": 2000, "learning_rate": 0.01, "trainable_from": "logits"}, {"epochs": 20000, "learning_rate": 0.01}]
    few, cached = (
        new_run(tmp_path / "few", films, stages=many[:1]),
        new_run(tmp_path / "cached", films, stages=many[:1], augment=0),
    )
    seconds = {run: forecast(run)["seconds"] for run in (few, cached, new_run(tmp_path / "many", films, stages=many))}
    assert seconds[cached] < seconds[few] < seconds[tmp_path / "many"]
