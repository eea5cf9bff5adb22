"""A run's spec is checked in words, and its files are replaced as a whole."""

import json
import os
import threading
from pathlib import Path

import pytest

from medcore.errors import SpecError
from medcore.jobs import Stage, Status, read_spec, write_json, write_status
from medcore.settings import ROOT

FIELDS = {
    "schema": 1,
    "model_id": "m",
    "architecture": "small_cnn",
    "start": "random",
    "labels": ["a", "b"],
    "data": "films",
    "input_spec": {"size": [64, 64], "scaling": "rank", "percentiles": [0.5, 99.5]},
    "operating_label": "b",
    "stages": [{"epochs": 1, "learning_rate": 0.01, "trainable_from": "pool"}, {"epochs": 2, "learning_rate": 0.001}],
    "card": {"version": "1", "title": "M", "contract": {}},
}
CARD: dict = FIELDS["card"]


def run_with(folder: Path, **changes: object) -> Path:
    fields = {key: value for key, value in (FIELDS | changes).items() if value != "left out"}
    (folder / "spec.json").write_text(json.dumps(fields))
    return folder


def test_a_spec_is_what_its_file_says_with_the_defaults_for_the_rest(tmp_path):
    spec = read_spec(run_with(tmp_path, seed=5))
    assert (spec.labels, spec.seed, spec.operating_label) == (("a", "b"), 5, "b")
    assert spec.stages == (Stage(1, 0.01, "pool"), Stage(2, 0.001, ""))
    assert (spec.batch, spec.validation_fraction, spec.data_root, spec.augment) == (16, 0.1, None, 1.0)


@pytest.mark.parametrize("path", sorted((ROOT / "models").glob("*/spec.json")), ids=lambda path: path.parent.name)
def test_the_spec_beside_every_model_of_the_repository_can_be_followed(path):
    assert read_spec(path.parent).model_id == path.parent.name


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"schema": 2}, 'needs "schema": 1'),
        ({"schema": "left out"}, 'needs "schema": 1'),
        ({"labels": ["a"]}, "two labels or more"),
        ({"start": ""}, r"a start \(imagenet, random or a model's id\)"),
        ({"optimizer": "lion"}, "optimizer can't be 'lion'; choose adamw, adam, sgd"),
        ({"balance": ""}, "balance can't be ''; choose draw, weight, none"),
        ({"patience": -1}, "can't be below 0"),
        ({"gate_films": -1}, "can't be below 0"),
        ({"stages": []}, "a stage"),
        ({"batch": 0}, "a batch of 1 or more"),
        ({"operating_label": "c"}, "operating_label 'c' must be one of a, b"),
        ({"operating_label": "left out"}, "operating_label '' must be one of a, b"),
        ({"validation_fraction": 0}, "a validation_fraction and an operating_sensitivity between 0 and 1"),
        ({"validation_fraction": 1}, "between 0 and 1"),
        ({"operating_sensitivity": 1.5}, "between 0 and 1"),
        ({"stages": [{"epochs": 0, "learning_rate": 0.1}]}, "an epoch or more in each stage"),
        ({"films_per_epoch": 8}, "films_per_epoch for a batch or more"),
        ({"model_id": "left out"}, "can't be followed .*model_id"),
        ({"learning_rate": 0.1}, "can't be followed .*learning_rate"),
        ({"stages": [{"epochs": 3}]}, "can't be followed .*learning_rate"),
        ({"stages": "left out"}, "can't be followed .*stages"),
        ({"batch": "sixteen"}, "can't be followed"),
        ({"card": "left out"}, "needs version, title and contract; add version and title and contract"),
        ({"card": {}}, "needs version, title and contract; add version and title and contract"),
        ({"card": ["version", "title", "contract"]}, "needs version, title and contract"),
        ({"card": {"title": "M", "contract": {}}}, "add version"),
        ({"card": CARD | {"id": "other"}}, "can't have a schema or an id of its own"),
        ({"card": CARD | {"schema": 2}}, "can't have a schema or an id of its own"),
        ({"card": CARD | {"contract": []}}, "needs lists of words"),
        ({"card": CARD | {"contract": {"view": "PA"}}}, "needs lists of words"),
        ({"card": CARD | {"contract": {"modality": [1]}}}, "needs lists of words"),
        ({"card": CARD | {"contract": {"ages_years": [1, 6]}}}, "pairs of years"),
        ({"card": CARD | {"contract": {"ages_years": [[1, "6y"]]}}}, "pairs of years"),
        ({"card": CARD | {"contract": {"pictures": "films"}}}, "choose single or slices"),
    ],
)
def test_a_spec_that_cannot_be_followed_is_refused_with_what_to_mend(tmp_path, changes, said):
    with pytest.raises(SpecError, match=said):
        read_spec(run_with(tmp_path, **changes))


@pytest.mark.parametrize("content", ["", "{", "[]", "null"])
def test_a_spec_that_is_no_json_object_is_refused(tmp_path, content):
    (tmp_path / "spec.json").write_text(content)
    with pytest.raises(SpecError, match=r"spec\.json can't be followed"):
        read_spec(tmp_path)


def test_a_run_without_a_spec_is_refused(tmp_path):
    with pytest.raises(SpecError, match=r"spec\.json can't be followed .*No such file"):
        read_spec(tmp_path)


def test_a_status_says_where_the_run_is_and_which_process_it_is(tmp_path):
    write_status(tmp_path, Status("running", epoch=2, epochs=5, best_epoch=1, best_score=0.75))
    fields = json.loads((tmp_path / "status.json").read_text())
    assert (fields["schema"], fields["state"], fields["epoch"], fields["best_score"]) == (1, "running", 2, 0.75)
    assert fields["process"] == os.getpid()
    assert fields["heartbeat"] == pytest.approx((tmp_path / "status.json").stat().st_mtime, abs=5)


def test_a_reader_never_sees_half_a_file(tmp_path):
    path, seen, stop = tmp_path / "status.json", set(), threading.Event()
    write_json(path, {"number": -1, "filling": "x" * 200_000})

    def read() -> None:
        while not stop.is_set():
            seen.add(len(json.loads(path.read_text())["filling"]))

    reader = threading.Thread(target=read)
    reader.start()
    for number in range(60):
        write_json(path, {"number": number, "filling": "x" * (200_000 + number % 2)})
    stop.set()
    reader.join()
    assert seen <= {200_000, 200_001}
    assert seen
    assert [each.name for each in tmp_path.iterdir()] == ["status.json"]


def test_words_of_any_language_are_written_as_they_are(tmp_path):
    write_json(tmp_path / "card.json", {"title": "肺炎 · Größe"})
    assert "肺炎 · Größe" in (tmp_path / "card.json").read_text(encoding="utf-8")
