"""A finished run becomes a model at one instant: what its card says, versions and the way back, faults."""

import errno
import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from blob_models import BLOB_SPEC, write_model
from finished_runs import INTERVAL, REPORT, found, litter, weights_of, write_run

from medcore import architectures, jobs, models, publishing
from medcore.errors import InvalidCard, PublishingError
from medcore.jobs import Status, write_json, write_status
from medcore.phantoms import film_with_blob
from medcore.settings import settings
from medcore.volume import Acquisition, Series


@pytest.fixture
def run(tmp_path) -> Path:
    return write_run(tmp_path / "first", 1)


@pytest.fixture
def other(tmp_path) -> Path:
    return write_run(tmp_path / "second", 2)


def test_a_finished_run_becomes_a_model_that_scores(home, tmp_path, blob_folder):
    run = write_run(tmp_path / "run", 1)
    for file in ("card.json", "weights.npz"):
        (run / "model" / file).write_bytes((blob_folder / file).read_bytes())
    publishing.publish(run, "my-blobs")
    series = Series("1.2", "phantom", film_with_blob(1)[0], Acquisition())
    prediction = models.predict(models.load("my-blobs"), series, 0)
    assert (prediction.model, prediction.version) == ("my-blobs", "1")
    assert prediction.scores["blob"] > 0.5


def test_the_card_says_which_run_which_split_and_what_the_test_gave(home, run):
    card = publishing.publish(run, "blobs", "Blobs, anew")
    assert (card.id, card.version, card.title) == ("blobs", "1", "Blobs, anew")
    assert card == models.find_card("blobs")
    said = card.details
    assert (said["run"], said["spec_sha256"], said["split_sha256"]) == ("first", jobs.spec_hash(run), "5" * 64)
    assert said["metrics"] == {"validation": {"films": 30}} | {name: REPORT[name] for name in publishing.FIGURES}
    assert said["limits"] == ["Two answers only."]
    assert said["operating_points"] == {"plain": 0.6, "blob": 0.4}


def test_a_run_that_is_the_working_folder_is_named_too(home, run, monkeypatch):
    monkeypatch.chdir(run)
    assert publishing.publish(Path(), "blobs").details["run"] == "first"


@pytest.mark.parametrize("title", [None, "", " \n"])
def test_without_a_title_the_runs_own_stays(home, run, title):
    assert publishing.publish(run, "blobs", title).title == "first"


@pytest.mark.parametrize("patients", [{}, {"patients": None}, {"patients": 0}])
def test_unknown_patients_are_the_first_limit_and_are_said_once(home, run, patients):
    for _ in range(2):
        test = {"films": 40, "accuracy": INTERVAL} | patients
        write_json(run / "result" / "report.json", REPORT | {"test": test})
        card = publishing.publish(run, "blobs")
        assert card.details["limits"] == [models.PATIENTS_UNKNOWN, "Two answers only."]
        fields = json.loads((run / "model" / "card.json").read_text())
        write_json(run / "model" / "card.json", fields | {"limits": card.details["limits"]})


@pytest.mark.parametrize("state", ["queued", "failed", "cancelled", "interrupted"])
def test_only_a_run_that_is_done_can_be_published(home, tmp_path, state):
    run = write_run(tmp_path / "run", 1, state)
    with pytest.raises(PublishingError, match=f"The run run is {state}; only a run that is done"):
        publishing.publish(run, "blobs")
    assert models.list_cards() == []


def test_a_run_whose_process_is_gone_is_not_taken_for_one_that_goes_on(home, tmp_path):
    run = write_run(tmp_path / "run", 1)
    write_status(run, Status("running", process=2**22 + 1, process_started=1.0))
    with pytest.raises(PublishingError, match="The run run is interrupted"):
        publishing.publish(run, "blobs")


@pytest.mark.parametrize("model_id", ["", "a", "A-model", "a_b", "a/b", "..", ".versions", "ä-model", "a" * 65, "blobs\n"])
def test_an_id_that_cannot_be_a_folders_or_an_addresss_is_refused(home, run, model_id):
    with pytest.raises(PublishingError, match="can't be a model's id"):
        publishing.publish(run, model_id)
    for change in (publishing.unpublish, publishing.roll_back):
        with pytest.raises(PublishingError, match="isn't a published model"):
            change(model_id)
    assert publishing.versions(model_id) == []


def test_a_model_that_comes_with_lightbox_can_be_neither_replaced_nor_unpublished(home, run, models_folder):
    (models_folder / "blobs").mkdir()
    with pytest.raises(PublishingError, match="comes with Lightbox"):
        publishing.publish(run, "blobs")
    with pytest.raises(PublishingError, match="isn't a published model"):
        publishing.unpublish("blobs")


def test_a_folder_that_was_put_there_by_hand_is_left_alone(home, run):
    graph = architectures.build("small_cnn", 2, BLOB_SPEC.size)
    write_model(home / "models" / "blobs", graph)
    (home / "models" / "link").symlink_to(home / "models" / "blobs")
    for model_id in ("blobs", "link"):
        with pytest.raises(PublishingError, match="put there by hand"):
            publishing.publish(run, model_id)
        with pytest.raises(PublishingError, match="isn't a published model"):
            publishing.unpublish(model_id)
    publishing.publish(run, "others")
    assert [card.id for card in models.list_cards()] == ["blobs", "others"]


@pytest.mark.parametrize(
    ("file", "content"),
    [
        ("result/report.json", None),
        ("result/report.json", "{}"),
        ("result/report.json", "[]"),
        ("result/report.json", '{"test": {"films": 3}}'),
        ("model/card.json", None),
        ("model/card.json", "{"),
        ("model/card.json", "null"),
        ("model/card.json", "{}"),
        ("model/weights.npz", None),
        ("model/gate.npz", None),
        ("spec.json", None),
    ],
)
def test_a_run_that_lacks_a_part_is_refused_in_words(home, run, file, content):
    (run / file).unlink()
    if content is not None:
        (run / file).write_text(content)
    with pytest.raises(PublishingError, match="The run first isn't whole"):
        publishing.publish(run, "blobs")
    assert models.list_cards() == []


@pytest.mark.parametrize("name", ["weights.npz", "gate.npz"])
def test_weights_and_a_gate_that_are_not_the_runs_are_not_published(home, run, other, name):
    (run / "model" / name).write_bytes((other / "model" / name).read_bytes())
    with pytest.raises(PublishingError, match=f"{name} of the run first isn't the one"):
        publishing.publish(run, "blobs")


def test_a_card_that_would_not_do_leaves_the_version_in_use(home, run, other):
    publishing.publish(run, "blobs")
    fields = json.loads((other / "model" / "card.json").read_text())
    write_json(other / "model" / "card.json", fields | {"temperature": 0})
    with pytest.raises(InvalidCard, match="temperature"):
        publishing.publish(other, "blobs")
    assert found() == ("1", weights_of(run))
    assert not litter(home, range(1, 2))


def test_a_new_version_is_used_at_once_also_by_who_has_the_old_one_loaded(home, run, other):
    publishing.publish(run, "blobs")
    old = models.load("blobs")
    publishing.publish(other, "blobs")
    new = models.load("blobs")
    assert (old.card.version, new.card.version) == ("1", "2")
    assert not np.array_equal(old.graph.get_weights()[0], new.graph.get_weights()[0])
    assert not litter(home, range(1, 3))


def test_rolling_back_follows_what_was_in_use_before_and_numbers_are_not_used_twice(home, run, other):
    for each in (run, other, run):
        publishing.publish(each, "blobs")
    assert publishing.roll_back("blobs").version == "2"
    assert found() == ("2", weights_of(other))
    assert publishing.publish(run, "blobs").version == "4"
    assert [publishing.roll_back("blobs").version for _ in range(2)] == ["2", "1"]
    with pytest.raises(PublishingError, match="no version before"):
        publishing.roll_back("blobs")
    assert [card.version for card in publishing.versions("blobs")] == ["1", "2", "3", "4"]
    assert not litter(home, range(1, 5))


@pytest.mark.parametrize("fault", ["gone", "changed"])
def test_a_version_whose_weights_are_damaged_is_not_rolled_back_to(home, run, other, fault):
    weights = publishing.publish(run, "blobs").weights_path
    publishing.publish(other, "blobs")
    weights.unlink() if fault == "gone" else weights.write_bytes(b"changed")
    with pytest.raises(PublishingError, match="Version 1 of blobs can't be used: The weights of blobs are"):
        publishing.roll_back("blobs")
    assert found() == ("2", weights_of(other))


def test_an_unpublished_model_is_gone_and_its_numbers_are_not_used_again(home, run):
    publishing.publish(run, "blobs")
    publishing.unpublish("blobs")
    assert models.list_cards() == []
    for change in (publishing.unpublish, publishing.roll_back):
        with pytest.raises(PublishingError, match="isn't a published model"):
            change("blobs")
    assert publishing.publish(run, "blobs").version == "2"
    assert [card.version for card in publishing.versions("blobs")] == ["1", "2"]


def test_a_home_that_was_moved_keeps_its_models(home, run, monkeypatch):
    publishing.publish(run, "blobs")
    home.rename(home.with_name("moved"))
    monkeypatch.setenv("LIGHTBOX_HOME", str(home.with_name("moved")))
    settings.cache_clear()
    assert found() == ("1", weights_of(run))


@pytest.mark.parametrize("call", range(7))
def test_a_full_disk_leaves_the_version_in_use_and_no_litter(home, run, other, monkeypatch, call):
    publishing.publish(run, "blobs")
    synced = iter([os.fsync] * call)

    def fsync(handle: int) -> None:
        if next(synced, None) is None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as full:
        full.setattr(os, "fsync", fsync)
        with pytest.raises(PublishingError, match="No space left on device"):
            publishing.publish(other, "blobs")
    version, _ = found()
    assert version == ("1" if call < 6 else "2")  # the seventh is of the folder in which the link has been replaced
    assert not litter(home, range(1, int(version) + 1))


def test_publishing_at_the_same_time_gives_each_a_version_and_readers_see_whole_ones(home, run, other):
    sources = [run, other] * 10
    known = {weights_of(run), weights_of(other)}
    publishing.publish(run, "blobs")
    with ThreadPoolExecutor(4) as threads:
        published = [threads.submit(publishing.publish, each, "blobs") for each in sources]
        seen = []
        while not all(each.done() for each in published):
            seen.append(found())
    assert sorted(int(each.result().version) for each in published) == list(range(2, 22))
    assert {sha256 for _, sha256 in seen} <= known
    versions = [int(version) for version, _ in seen]
    assert versions == sorted(versions)
    assert not litter(home, range(1, 22))
