"""The chest card's figures, and what measures them, on drawn films: parts, points, what stands beside, the README's table."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from sklearn.metrics import recall_score, roc_auc_score

from benchmarks import chest_figures, chest_test
from benchmarks.chest_figures import COLUMNS, FIGURES, metrics_of, readme_table
from medcore import datasets, models, phantoms, scoring
from medcore.datasets.slices import Slice
from medcore.volume import Acquisition, Series


def drawn_rows(declined: bool = False) -> list[dict[str, str]]:
    """A prediction file of 60 children and 200 adults, of whom every fifth has a text label only."""
    generator, rows = np.random.default_rng(0), []
    for number in range(260):
        child, ill = number < 60, number % 2
        scores = generator.beta(2 + 2 * ill, 4 - 2 * ill, 4)
        about = {"image_path": f"{number}.png", "label": ["normal", "pneumonia"][ill], "patient_id": f"p{number // 2}"}
        stratum = "children" if child else f"adults {'PA' if number % 3 else 'AP'} {'text' if number % 5 == 0 else 'read'}"
        source = "published" if child else ("text" if number % 5 == 0 else "second reading")
        fold = "" if child else str(number // 2 % 5)
        view, sex, age = (
            ("AP", "", "") if child else ("PA" if number % 3 else "AP", "FM"[number // 2 % 2], str(18 + number % 70))
        )
        about |= {"stratum": stratum, "label_source": source, "age": age, "sex": sex, "view": view, "fold": fold}
        about |= {"group": "children" if child else "adults", "operating_point": "0.4" if child else f"0.{3 + number // 2 % 5}"}
        names = ("score_pneumonia", "score_equalised", "score_pixels", "score_statistics")
        about |= {name: f"{score:.9g}" for name, score in zip(names, scores, strict=True)}
        about |= {"declined_by": "posture" if declined and number % 20 == 0 else ""}
        rows.append(about | {name: f"{value:.9g}" for name, value in zip(FIGURES, generator.normal(size=9), strict=True)})
    return rows


def test_a_drawn_row_has_the_files_columns():
    assert set(drawn_rows()[0]) == set(COLUMNS)
    assert tuple(datasets.plain_figures(chest_test.FOLDER / "card.json", np.zeros((8, 8)))) == FIGURES


def test_each_part_is_measured_at_its_films_own_points():
    rows = drawn_rows()
    found = metrics_of(rows)
    assert set(found["test"]) == set(found["parts"]) == set(chest_figures.PARTS)
    ap = [row for row in rows if row["view"] == "AP" and row["label_source"] == "second reading"]
    truth = np.array([row["label"] == "pneumonia" for row in ap])
    scores, points = (np.array([float(row[name]) for row in ap]) for name in ("score_pneumonia", "operating_point"))
    told = found["test"]["adults AP"]
    assert told["roc_auc"]["value"] == pytest.approx(roc_auc_score(truth, scores))
    assert told["sensitivity"]["value"] == pytest.approx(recall_score(truth, scores >= points))
    assert told["operating_point"] == {f"adults, fold {fold}": pytest.approx((3 + fold) / 10) for fold in range(5)}
    assert found["test"]["children"]["operating_point"] == {"children": 0.4}
    assert found["test"]["adults, text labels"]["films"] == 40
    ages = [found["test"][f"adults {band}"]["films"] for band in ("18-39 years", "40-64 years", "65 years and older")]
    assert sum(ages) == found["test"]["adults"]["films"] == 160


def test_what_scores_beside_has_its_areas_on_the_same_films():
    rows = drawn_rows()
    found, children = metrics_of(rows), rows[:60]
    truth = [row["label"] == "pneumonia" for row in children]
    for kind, column in (("baseline", "score_pixels"), ("equalised", "score_equalised")):
        area = roc_auc_score(truth, [float(row[column]) for row in children])
        assert found[kind]["children"]["roc_auc"]["value"] == pytest.approx(area)
    floor = roc_auc_score(truth, [float(row["score_statistics"]) for row in children])
    assert found["shortcut_floor_roc_auc"]["children"]["value"] == pytest.approx(floor)
    alone = roc_auc_score(truth, [float(row["mean"]) for row in children])
    assert found["shortcuts"]["children"]["mean"]["value"] == pytest.approx(max(alone, 1 - alone))
    gaps = [abs(float(row["score_equalised"]) - float(row["score_pneumonia"])) for row in children]
    assert found["equalised"]["children"]["largest_difference"] == pytest.approx(max(gaps))


def test_declined_films_are_counted_and_the_accepted_ones_measured_beside():
    assert metrics_of(drawn_rows())["accepted"] == {}
    found = metrics_of(drawn_rows(declined=True))
    assert (found["declined"]["children"]["films"], found["declined"]["children"]["by"]) == (3, {"posture": 3})
    assert (found["test"]["children"]["films"], found["accepted"]["children"]["films"]) == (60, 57)
    assert (
        found["accepted"]["children"]
        == metrics_of([row for row in drawn_rows(True) if not row["declined_by"]])["test"]["children"]
    )


def test_small_parts_say_why_and_empty_ones_arent_named():
    found = metrics_of(drawn_rows()[:64])
    assert "are needed" in found["test"]["adults"]["reason"]
    assert "adults" not in found["baseline"]
    assert "adults, text labels" not in metrics_of(drawn_rows()[:60])["test"]


def test_the_readmes_table_holds_the_cards_figures():
    metrics = metrics_of(drawn_rows())
    lines = readme_table(metrics)
    area = metrics["test"]["adults AP"]["roc_auc"]
    assert len({line.count("|") for line in lines}) == 1
    assert lines[-1].startswith(
        f"| adults, AP | {metrics['test']['adults AP']['films']} | {area['value']:.3f} ({area['low']:.3f}–"
    )
    assert lines[-1].endswith(f" {metrics['shortcut_floor_roc_auc']['adults AP']['value']:.2f} |")


@pytest.fixture
def films(tmp_path):
    """Films with and without a blob, as rows of a manifest, and their folder."""
    rows = []
    for number in range(24):
        film = phantoms.film_with_blob(number, (64, 64))[0] if number % 2 else phantoms.plain_film(number, (64, 64))
        Image.fromarray(film.voxels[0].astype(np.uint8)).save(tmp_path / f"{number}.png")
        rows.append({**drawn_rows()[number], "image_path": f"{number}.png", "label": ["plain", "blob"][number % 2]})
    return rows, tmp_path


def test_predictions_are_the_models_with_floors_fitted_on_the_train_films(blob_model, films, monkeypatch):
    rows, folder = films
    monkeypatch.setattr(chest_test, "LABEL", "blob")
    monkeypatch.setattr(models, "find_card", lambda name: blob_model.card)
    beside = chest_test.beside_of(rows[:16], folder)
    found = list(chest_test.predictions(blob_model, rows[16:], folder, rows[:16], beside))
    scored = list(scoring.score_films(blob_model, chest_test.films_of(rows[16:], folder), "blob"))
    assert [list(row) for row in found] == [list(COLUMNS)] * 8
    assert [float(row["score_pneumonia"]) for row in found] == pytest.approx([one.score for one in scored])
    assert {row["operating_point"] for row in found} == {"0.4"}
    truth = [row["label"] == "blob" for row in found]
    assert roc_auc_score(truth, [float(row["score_pixels"]) for row in found]) > 0.5
    assert [float(row["mean"]) for row in found] == pytest.approx([one.figures["mean"] for one in scored])


@pytest.mark.parametrize("photometric", ["MONOCHROME1", "MONOCHROME2"])
def test_an_equalised_film_keeps_the_order_of_its_grey_values(photometric):
    volume = replace(phantoms.plain_film(1, (64, 48)), photometric=photometric)
    series = Series("1.2", "", volume, Acquisition())
    flat = chest_test.equal(Slice(series, 0)).series.volume
    before, after = volume.voxels[0].ravel().astype(int), flat.voxels[0].ravel().astype(int)
    assert flat.photometric == photometric
    assert (np.diff(after[np.argsort(before, kind="stable")]) >= 0).all()
    assert (after.min(), after.max()) == (0, 255)
