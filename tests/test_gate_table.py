"""The gate's measurement: what a picture's row says, what figures come of rows, and those of the bundled models' cards."""

import json

import numpy as np
import pytest

from benchmarks import gate, gate_table, stranger_pictures
from benchmarks.gate_table import FILM, POSED, STRANGER, Row
from benchmarks.strangers import PACKAGES, SOURCES
from medcore.phantoms import ct_series
from medcore.recognition import POSTURES, UPRIGHT, Posture, Recognition
from medcore.settings import ROOT

MEASURED = [path.parent for path in sorted((ROOT / "models").glob("*/gate_predictions.csv"))]


def seen(distance: float, posture: Posture = UPRIGHT, undone: float | None = None) -> Recognition:
    return Recognition(distance, 0.3, posture, 0.9 if posture.is_upright else 0.1, 0.5, "", undone)


def stranger(source: str, declined_by: str, distance: float) -> Row:
    return Row(STRANGER, "photo", source, "1", "upright", distance, "upright", 0.9, declined_by)


def test_a_picture_is_declined_by_distance_first_then_by_posture():
    inverted = POSTURES[4]
    assert gate_table.row(STRANGER, "photo", "a", "1", UPRIGHT, seen(0.5)).declined_by == "distance"
    assert gate_table.row(FILM, "adults", "p1", "1", UPRIGHT, seen(0.1)).accepted
    posed = gate_table.row(POSED, "adults", "p1", "1", inverted, seen(0.4, inverted, 0.1))
    assert (posed.declined_by, posed.distance, posed.offers_the_way_back) == ("posture", 0.1, True)
    assert not gate_table.row(POSED, "adults", "p1", "1", POSTURES[2], seen(0.4, inverted, 0.1)).offers_the_way_back


def test_a_source_counts_as_declined_where_all_its_pictures_are():
    found = gate_table.of_strangers([stranger("a", "distance", 0.5), stranger("a", "", 0.2), stranger("b", "posture", 0.25)])
    assert (found["pictures"], found["sources"], found["by"]) == (3, 2, {"distance": 1, "posture": 1})
    assert found["declined"]["value"] == pytest.approx(2 / 3, abs=1e-4)
    assert found["sources_declined"]["value"] == 0.5
    assert found["nearest"] == {"picture": "a 1", "distance": 0.2, "accepted": True}


def test_rows_come_back_from_their_file_and_say_the_same(tmp_path):
    rows = [stranger("a, or b", "distance", 0.1234), Row(FILM, "adults", "p", "1", "upright", 0.2, "upright", 0.99, "")]
    gate_table.write_rows(tmp_path / "rows.csv", rows)
    assert gate_table.read_rows(tmp_path / "rows.csv") == rows


def test_figures_are_told_in_a_table():
    rows = [
        stranger("a", "", 0.2),
        Row(FILM, "adults", "p", "1", "upright", 0.2, "upright", 0.99, ""),
        Row(POSED, "adults", "p", "1", "inverted", 0.2, "inverted", 0.01, "posture"),
    ]
    text = gate.table({"distance_limit": 0.3, **gate_table.figures(rows)})
    assert "a 1 ACCEPTED" in text
    assert "inverted" in text


@pytest.mark.skipif(not MEASURED, reason="no model here has a measured gate")
@pytest.mark.parametrize("folder", MEASURED, ids=lambda folder: folder.name)
def test_the_gates_figures_on_a_card_are_those_of_its_pictures(folder):
    card = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    told = card["metrics"]["gate"]
    assert told["distance_limit"] == card["gate"]["distance_limit"], "measured on another gate than the card's"
    measured = gate_table.figures(gate_table.read_rows(folder / "gate_predictions.csv"))
    assert {name: told[name] for name in measured} == measured


def test_every_source_names_a_package_with_its_licence():
    assert {source.package for source in SOURCES} == set(PACKAGES)
    assert all(package.licence for package in PACKAGES.values())
    assert len({(source.file, source.cut) for source in SOURCES}) == len(SOURCES)


def test_drawn_strangers_are_the_same_each_time_and_none_is_alike():
    pages, again = list(stranger_pictures.drawn_pages()), list(stranger_pictures.drawn_pages())
    values = [page.volume.voxels.tobytes() for page in pages]
    assert values == [page.volume.voxels.tobytes() for page in again]
    assert len(set(values)) == len(values)


def test_windows_and_planes_are_single_pictures_without_tags():
    volume = ct_series().volume
    for cut in (stranger_pictures.planes, stranger_pictures.windows):
        for _, picture in cut(volume):
            assert picture.shape[0] == 1
            assert (picture.modality, picture.affine) == (None, None)


def test_a_projection_stands_head_up():
    volume = ct_series().volume
    front = dict(stranger_pictures.projections(volume))["front, densest"]
    feet_first = dict(stranger_pictures.projections(_stored_head_first(volume)))["front, densest"]
    np.testing.assert_array_equal(front.voxels, feet_first.voxels)


def _stored_head_first(volume):
    affine = volume.affine @ np.diag([-1.0, 1, 1, 1])
    affine[:3, 3] = (volume.affine @ [volume.shape[0] - 1, 0, 0, 1])[:3]
    return type(volume)(volume.voxels[::-1].copy(), affine, volume.unit, volume.modality, volume.photometric, volume.kind)
