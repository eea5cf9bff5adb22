"""A labelled set scored as an upload is: the same scores, each film at its group's point, and what needs no net beside it."""

import csv
import json
from argparse import Namespace
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from medcore import command_words, commands, datasets, evaluation, models, phantoms, reading, scoring
from medcore.datasets import Film
from medcore.errors import DatasetError
from medcore.models import Gate

FILMS = 40


def write_films(folder: Path) -> list[dict[str, str]]:
    """Every other film with a blob, as PNG; the rows of an index: a patient has four films, half of the films are of women."""
    rows = []
    for number in range(FILMS):
        blob = number % 2
        film = phantoms.film_with_blob(number, (96, 80))[0] if blob else phantoms.plain_film(number, (96, 80))
        Image.fromarray(film.voxels[0].astype(np.uint8)).save(folder / f"{number:02d}.png")
        about = {"age": "30" if number < 10 else "70", "sex": "FM"[number // 20]}
        rows.append(
            {"image_path": f"{number:02d}.png", "label": ["plain", "blob"][blob], "patient_id": f"p{number // 4}", **about}
        )
    return rows


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("films") / "index.csv"
    rows = write_films(path.parent)
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return path


def patients_of(rows: list[dict[str, str]]) -> list[str]:
    return [row["patient_id"] for row in rows]


def scored_films(model: models.Model, manifest: Path) -> list[scoring.ScoredFilm]:
    films = datasets.open_labelled(manifest, model.card.labels, {}).films
    return list(scoring.score_films(model, films, "blob"))


def test_a_films_score_and_point_are_those_that_predict_gives_its_upload(blob_model, manifest):
    for one in scored_films(blob_model, manifest)[::13]:
        series = reading.read([one.film.path]).series[0]
        prediction = models.predict(blob_model, series, 0)
        assert (one.score, one.point) == (prediction.scores["blob"], prediction.operating_points["blob"])
        assert (one.declined_by, one.group, one.pixels.shape) == ("", "", (16, 16, 1))
        assert one.figures["file size"] == one.film.path.stat().st_size
        assert (one.figures["rows"], one.figures["columns"]) == (96, 80)


def test_a_result_is_the_report_with_subgroups_baseline_and_shortcuts_beside(blob_model, manifest):
    scored = scored_films(blob_model, manifest)
    rows = list(csv.DictReader(manifest.read_text().splitlines()))
    found = scoring.result(scored, "blob", rows)
    scores, truth = np.array([one.score for one in scored]), np.arange(FILMS) % 2
    report = evaluation.report(scores, truth, 0.4, patients_of(rows))
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert {name: found[name] for name in report} == report
    assert found["roc_auc"]["value"] > 0.9
    assert found["subgroups"]["sex F"]["films"] == 20
    assert found["subgroups"]["sex F"]["roc_auc"]["value"] > 0.8
    assert "only 5 of its 10 films" in found["subgroups"]["age 18-39"]["reason"]
    assert {name: found["declined"][name] for name in ("films", "by")} == {"films": 0, "by": {}}
    assert found["accepted"] == report
    pixels = evaluation.across_folds(scoring._of_pixels, np.stack([one.pixels for one in scored]), truth, patients_of(rows))
    assert found["baseline"]["roc_auc"] == evaluation.auc(pixels, truth, patients_of(rows)).to_json()
    assert set(datasets.GREY_STATISTICS) | {"file size", scoring.TOGETHER} <= set(found["shortcuts"])


def test_films_are_measured_at_their_own_groups_point_and_declined_ones_too(blob_model, manifest, monkeypatch):
    predicted = models.predict_overridden
    calls = iter(range(FILMS))

    def of_two_groups(model, series, index):
        number = next(calls)
        group, point = ("women", 0.2) if number < 20 else ("men", 0.7)
        gate = Gate(False, "Declined because …", declined_by="distance") if number < 4 else Gate(True, "Fits.")
        points = {"plain": 1 - point, "blob": point}
        return replace(predicted(model, series, index), group=group, operating_points=points, gate=gate)

    monkeypatch.setattr(models, "predict_overridden", of_two_groups)
    scored = scored_films(blob_model, manifest)
    found = scoring.result(scored, "blob")
    points = np.repeat([0.2, 0.7], 20)
    assert found["operating_point"] == {"women": 0.2, "men": 0.7}
    assert found["above"] == sum(one.score >= point for one, point in zip(scored, points, strict=True))
    assert found["subgroups"]["group women"]["operating_point"] == {"women": 0.2}
    assert (found["films"], found["accepted"]["films"]) == (FILMS, FILMS - 4)
    assert (found["declined"]["films"], found["declined"]["by"]) == (4, {"distance": 4})
    assert found["declined"]["share"]["low"] < 0.1 < found["declined"]["share"]["high"]


def test_a_set_of_few_patients_says_why_nothing_stands_beside(blob_model, manifest):
    few = [
        replace(one, film=replace(one.film, patient=f"p{number % 4}"))
        for number, one in enumerate(scored_films(blob_model, manifest))
    ]
    found = scoring.result(few, "blob")
    assert found["baseline"]["roc_auc"]["value"] is None
    assert "films of 2 patients" in found["shortcuts"][scoring.TOGETHER]["reason"]
    assert found["shortcuts"]["mean"]["value"] >= 0.5


def test_evaluate_measures_a_manifest_with_its_subgroups(blob_model, manifest):
    answer, code = commands.evaluate(Namespace(model="blobs", folder=str(manifest)))
    assert (code, answer["model"], answer["labels"]) == (0, "blobs", {"plain": 20, "blob": 20})
    assert {"sex F", "sex M", "age 18-39", "age 65+"} == set(answer["subgroups"])
    words, area = command_words.in_words(answer), answer["roc_auc"]
    assert f"roc_auc: {area['value']:.4g} ({area['low']:.4g} to {area['high']:.4g})" in words
    assert "subgroups:\n  age 18-39: films 10, positives 5, reason Not measured: only 5" in words
    assert "  by: none" in words


def test_a_film_that_cant_be_read_is_refused_by_name(blob_model, tmp_path):
    (tmp_path / "notes.png").write_text("patient came at noon")
    film = Film(tmp_path / "notes.png", "blob", "p", name="notes.png")
    with pytest.raises(DatasetError, match=r"notes\.png can't be used"):
        list(scoring.score_films(blob_model, [film], "blob"))
