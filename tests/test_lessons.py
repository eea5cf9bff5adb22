"""The demo's lesson: its films, its runs beside the researcher's, and that its nets find the spots of films they never saw."""

import dataclasses
import json
import time

import numpy as np
import pytest
from blob_models import write_blank
from job_runs import empty_home, stub, until
from test_bundled_brain_model import leaves

from benchmarks import drawn_spot, drawn_spot_test
from medcore import evaluation, jobs, lessons, models, reading, samples
from medcore.errors import InvalidCard, RunError
from medcore.settings import ROOT
from medcore.volume import Acquisition
from ui.models.predictions import scored

FOLDER = ROOT / "models" / lessons.MODEL_ID
CARD = json.loads((FOLDER / "card.json").read_text(encoding="utf-8"))
ENOUGH = 0.95


@pytest.fixture
def whole_home(tmp_path, monkeypatch):
    """An empty LIGHTBOX_HOME."""
    for folder in empty_home(tmp_path, monkeypatch):
        yield folder
        for run in (folder / "lessons").glob("[0-9]*"):
            if jobs.look(run).state in jobs.LIVE:
                lessons.cancel(run)


@pytest.fixture
def home(whole_home, monkeypatch):
    """An empty LIGHTBOX_HOME, and lessons of a few films."""
    monkeypatch.setattr(lessons, "FILMS", {"train": 6, "val": 4})
    return whole_home


def ended(run):
    until(lambda: jobs.look(run).state in jobs.ENDED and not jobs.LocalLauncher().is_alive(run))
    return run


def test_a_film_and_the_empty_one_of_its_seed_are_one_chest_with_and_without_a_spot():
    series, (row, column) = lessons.film(7)
    added = (series.volume.voxels - lessons.empty_film(7).volume.voxels)[0]
    assert series.volume.shape == (1, *lessons.SIZE)
    assert added[row, column] > 30
    assert np.count_nonzero(added) < 5 * np.pi * lessons.SPOT_RADIUS**2
    assert series.description == "Drawn chest film 7"


def test_a_drawn_film_is_no_film_to_the_model_of_real_ones():
    for series in (lessons.film(1)[0], lessons.empty_film(1)):
        gate = models.check_contract(models.find_card("chest-xray-pneumonia"), series)
        assert gate.accepted is False


def test_drawn_sets_are_the_same_each_time_and_half_have_a_spot(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        lessons.draw(tmp_path / name, {"train": 4, "val": 2})
    rows = (tmp_path / "a" / "films.csv").read_text().splitlines()
    assert [row.split(",")[1] for row in rows[1:]] == ["no spot", "spot"] * 3
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def test_a_lesson_is_begun_once_and_stands_in_no_list_of_runs(home):
    run = lessons.start(stub("wait"))
    assert lessons.start(stub("wait")) == run
    until(lambda: jobs.look(run).state == "running")
    assert jobs.runs() == []
    assert jobs.read_spec(run) == lessons.spec(next((home / "lessons").glob("films-*")), 1)
    assert lessons.cancel(run).state == "cancelled"
    assert lessons.start(stub("wait")) != run


def test_older_lessons_are_removed_but_for_a_few_and_each_begins_from_another_seed(home):
    begun = [ended(lessons.start(stub("done"))) for _ in range(lessons.KEPT + 3)]
    left = [run for run in begun if run.exists()]
    assert left == begun[-lessons.KEPT - 1 :]
    assert len({jobs.read_spec(run).seed for run in left}) == len(left)
    assert len(list((home / "lessons").glob("films-*"))) == 1


def test_another_way_of_drawing_has_films_of_its_own(home, monkeypatch):
    ended(lessons.start(stub("done")))
    (before,) = (home / "lessons").glob("films-*")
    monkeypatch.setattr(lessons, "FILMS", {"train": 4, "val": 4})
    ended(lessons.start(stub("done")))
    (after,) = (home / "lessons").glob("films-*")
    assert before.name != after.name


def test_what_a_lesson_learnt_is_there_once_it_is_done_and_its_files_are_checked(home):
    run = lessons.start(stub("wait"))
    with pytest.raises(RunError, match="wait until it is done, or begin another one"):
        lessons.learnt(run)
    lessons.cancel(run)
    run = ended(lessons.start(stub("done")))
    with pytest.raises(InvalidCard):
        lessons.learnt(run)
    write_blank(run / "model", id="another")
    with pytest.raises(InvalidCard, match="folder's name as id"):
        lessons.learnt(run)


def test_a_lesson_that_finds_no_room_says_so(home):
    (home / "lessons").parent.mkdir(parents=True)
    (home / "lessons").write_text("in the way")
    with pytest.raises(RunError, match="The lesson can't begin"):
        lessons.start(stub("done"))


def test_the_bundled_net_is_of_the_lessons_recipe_and_says_that_it_means_nothing_on_a_real_film(tmp_path):
    lesson = lessons.spec(tmp_path, drawn_spot.SEED)
    words = json.loads((FOLDER / "words.json").read_text(encoding="utf-8"))
    assert {key: CARD[key] for key in words if key != "version"} == {key: words[key] for key in words if key != "version"}
    assert (CARD["architecture"], CARD["labels"], CARD["input_spec"]) == (
        lesson.architecture,
        list(lesson.labels),
        dict(lesson.input_spec),
    )
    assert words["contract"] == lesson.card["contract"]
    assert {part: CARD["films"][part] for part in lessons.FILMS} == lessons.FILMS
    assert "means nothing on a real film" in CARD["limits"][0]
    assert (FOLDER / "weights.npz").stat().st_size + (FOLDER / "gate.npz").stat().st_size < 200_000


def test_every_test_figure_of_the_bundled_net_is_measured_again_from_its_prediction_file():
    (whole,) = scored(models.find_card(lessons.MODEL_ID))
    measured = evaluation.class_report(whole.scores, whole.truth, list(lessons.LABELS))
    told, again = dict(leaves(CARD["metrics"]["test"])), dict(leaves(measured))
    exact = [path for path in told if path[-1] in ("value", "films") or "confusion" in path]
    assert len(exact) > 10
    assert [path for path in exact if told[path] != pytest.approx(again[path], abs=1e-3)] == []


@pytest.mark.slow
@pytest.mark.parametrize("name", samples.SAMPLES)
def test_the_bundled_net_declines_every_real_sample_with_and_without_its_tags(name):
    series, model = reading.read([samples.sample_path(name)]).series[0], models.load(lessons.MODEL_ID)
    for shown in (series, dataclasses.replace(series, acquisition=Acquisition())):
        prediction = models.predict(model, shown, 0)
        assert (prediction.gate.accepted, prediction.scores) == (False, None)


@pytest.mark.slow
def test_the_bundled_net_takes_drawn_films_and_finds_their_spots():
    model = models.load(lessons.MODEL_ID)
    assert models.predict(model, lessons.film(50_000)[0], 0).gate.accepted
    assert_finds(drawn_spot_test.found(model, range(50_000, 50_020)))


@pytest.mark.slow
def test_a_lesson_from_its_beginning_to_a_net_that_finds_the_spots(whole_home, capsys):
    began = time.monotonic()
    run = lessons.start()
    until(lambda: jobs.look(run).state in jobs.ENDED, seconds=500)
    seconds = time.monotonic() - began
    assert jobs.look(run).state == "done", jobs.tail(run, 5)
    found = drawn_spot_test.found(lessons.learnt(run), range(60_000, 60_020))
    with capsys.disabled():
        print(f"\na lesson took {seconds:.0f} s; {found}")
    assert len(jobs.history(run)) == jobs.look(run).epochs
    assert_finds(found)


def assert_finds(found: drawn_spot_test.Found) -> None:
    assert found.on_the_spot >= ENOUGH * found.films
    assert found.right_without >= ENOUGH * found.films
