"""Cards, contract, verified weights, the list and the scores; every model of the repository works on a phantom."""

import dataclasses
import hashlib
import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from blob_models import BLOB_SPEC, card_fields, write_blank, write_model

from medcore import architectures, models, preprocessing, reading, samples
from medcore.errors import InvalidCard, InvalidValue, UnknownName, WeightsMismatch
from medcore.evaluation import softmax
from medcore.models.weights import read_weights, write_weights
from medcore.phantoms import chest_film, ct_series, film_with_blob, plain_film
from medcore.settings import ROOT
from medcore.volume import Acquisition, Series, Volume

CHEST = Acquisition("CR", "CHEST", "PA", None, 40.0)
FOLDERS = sorted(path.parent for path in (ROOT / "models").glob("*/card.json"))


def series_of(volume: Volume, acquisition: Acquisition = CHEST) -> Series:
    return Series("1.2", "phantom", volume, acquisition)


def sample(name: str) -> Series:
    return reading.read([samples.sample_path(name)]).series[0]


@pytest.fixture
def card(tmp_path) -> models.ModelCard:
    return models.read_card(write_blank(tmp_path / "blobs"))


@pytest.fixture
def published(home) -> Path:
    """The folder of published models, empty."""
    models.published_folder().mkdir(parents=True)
    return models.published_folder()


@pytest.mark.skipif(not (ROOT / "models/chest-xray-pneumonia/card.json").is_file(), reason="the chest model isn't trained yet")
def test_the_chest_model_is_there_and_the_default():
    assert models.default_id() == "chest-xray-pneumonia"


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_every_model_of_the_repository_has_a_whole_card_and_its_weights_and_scores_a_phantom(folder):
    card = models.read_card(folder)
    assert hashlib.sha256(card.weights_path.read_bytes()).hexdigest() == card.weights_sha256
    assert card.details.get("input_spec_sha256", card.input_spec.hash) == card.input_spec.hash
    assert card.architecture in architectures.ARCHITECTURES
    prediction = models.predict_overridden(models.load(folder.name), series_of(chest_film(), Acquisition()), 0)
    assert sum(prediction.scores.values()) == pytest.approx(1)
    assert len(prediction.above_point) >= 1


def test_a_card_says_all_that_its_file_says(card, tmp_path):
    assert (card.id, card.labels, card.temperature) == ("blobs", ("plain", "blob"), 2.0)
    assert card.input_spec == BLOB_SPEC
    assert card.weights_path == tmp_path / "blobs" / "weights.npz"
    assert card.contract.ages_years == ((1, 5), (18, 120))
    assert card.details["title"] == "Blobs on films"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"schema": 2}, "must have schema 1"),
        ({"id": "other"}, "its folder's name as id"),
        ({"labels": ["plain"], "operating_points": {"plain": 0.5}}, "two labels or more"),
        ({"operating_points": {"plain": 0.5}}, "an operating point for each"),
        ({"operating_points": {"plain": 0.5, "blob": 1.5}}, "out of range"),
        ({"operating_points": [0.5, 0.5]}, "an operating point for each"),
        ({"temperature": 0}, "out of range"),
        ({"temperature": "warm"}, "temperature is out of range"),
        ({"weights_sha256": "left out"}, "weights_sha256"),
        ({"contract": "left out"}, "contract"),
        ({"contract": ["CR"]}, "contract must be an object"),
        ({"contract": {"ages_years": [[1]]}}, "pairs of years"),
        ({"contract": {"modality": [1]}}, "modality must be a list of words"),
        ({"input_spec": {"size": [64]}}, "size in its input_spec"),
        ({"input_spec": {**BLOB_SPEC.to_json(), "size": [4, 4]}}, "can't be followed"),
        ({"input_spec": {**BLOB_SPEC.to_json(), "scaling": "magic"}}, "can't be followed"),
    ],
)
def test_a_garbled_card_is_refused_in_words_and_listed_as_unusable(models_folder, changes, said):
    folder = write_blank(models_folder / "blobs", **changes)
    write_blank(models_folder / "sound")
    with pytest.raises(InvalidCard, match=said):
        models.read_card(folder)
    assert [card.id for card in models.list_cards()] == ["sound"]
    assert said in models.list_unusable()["blobs"]


@pytest.mark.parametrize("content", ["", "{", "[]", "null"])
def test_a_card_that_is_no_json_object_is_refused(models_folder, content):
    folder = write_blank(models_folder / "blobs")
    (folder / "card.json").write_text(content)
    assert list(models.list_unusable()) == ["blobs"]
    with pytest.raises(InvalidCard, match="restore card"):
        models.read_card(folder)


def test_a_model_that_is_not_there_is_told_which_are(models_folder):
    with pytest.raises(UnknownName, match="no model 'lungs'; the models are: none"):
        models.load("lungs")
    with pytest.raises(UnknownName, match="no usable model"):
        models.default_id()
    write_blank(models_folder / "blobs")
    (models_folder / "empty").mkdir()
    with pytest.raises(UnknownName, match="no model 'empty'; the models are: blobs"):
        models.find_card("empty")
    with pytest.raises(InvalidCard, match="empty can't be used"):
        models.read_card(models_folder / "empty")
    assert models.default_id() == "blobs"


def test_published_models_come_after_those_that_come_with_lightbox_whatever_their_ids(models_folder, published):
    write_blank(models_folder / "lungs")
    write_blank(published / "aorta")
    write_blank(published / ".versions")
    assert [card.id for card in models.list_cards()] == ["lungs", "aorta"]
    assert (models.default_id(), models.find_card("aorta").folder) == ("lungs", published / "aorta")
    assert not models.list_unusable()


def test_a_published_model_never_takes_the_place_of_one_that_comes_with_lightbox(models_folder, published):
    write_blank(models_folder / "lungs")
    write_blank(published / "lungs", title="Another")
    assert [card.title for card in models.list_cards()] == ["Blobs on films"]
    assert models.find_card("lungs").folder == models_folder / "lungs"
    assert "one that comes with Lightbox has its id" in models.list_unusable()["lungs"]


def test_a_card_found_through_a_link_stays_with_its_weights_when_the_link_leads_elsewhere(models_folder, published):
    for number in ("1", "2"):
        write_blank(published / ".versions" / number, id="aorta", version=number)
    (published / "aorta").symlink_to(".versions/1")
    card = models.find_card("aorta")
    (published / "aorta").unlink()
    (published / "aorta").symlink_to(".versions/2")
    assert (card.version, card.weights_path) == ("1", published / ".versions" / "1" / "weights.npz")
    assert models.find_card("aorta").version == "2"


def test_a_link_that_leads_nowhere_is_listed_as_unusable(models_folder, published):
    (published / "aorta").symlink_to(".versions/1")
    assert models.list_cards() == []
    assert "aorta can't be used" in models.list_unusable()["aorta"]
    with pytest.raises(InvalidCard, match="aorta can't be used"):
        models.find_card("aorta")


def test_a_chest_film_of_an_adult_fits(card):
    gate = models.check_contract(card, sample("chest-cr"))
    assert gate.accepted is True
    assert gate.reason == "Fits what the model was made for: modality CR, body part CHEST, view PA, age 64."
    assert gate.unknown == ()


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("tibia-cr", ["body part is EXTREMITY", "CHEST or THORAX"]),
        ("head-ct", ["modality is CT", "CR or DX", "body part is HEAD"]),
        ("abdomen-mr", ["modality is MR", "body part is ABDOMEN"]),
        ("heart-us", ["modality is US", "colour picture", "30 pictures"]),
    ],
)
def test_another_kind_of_image_is_declined_with_what_was_found(blob_model, name, found):
    series = sample(name)
    prediction = models.predict(blob_model, series, 0)
    assert prediction.gate.accepted is False
    assert prediction.gate.reason.startswith("Declined because ")
    assert [words for words in found if words not in prediction.gate.reason] == []
    assert prediction.scores is None
    assert prediction.above_point == ()


def test_a_volume_is_declined_as_a_series_of_pictures(card):
    gate = models.check_contract(card, ct_series())
    assert gate.accepted is False
    assert "a series of 24 pictures" in gate.reason


def test_a_picture_without_tags_is_scored_and_what_is_unknown_is_said(blob_model):
    prediction = models.predict(blob_model, series_of(plain_film(1), Acquisition()), 0)
    assert prediction.gate.accepted is None
    assert prediction.gate.reason == "Nothing could be checked: the file doesn't say its modality, body part, view and age."
    assert prediction.gate.unknown == ("modality", "body part", "view", "age")
    assert sum(prediction.scores.values()) == pytest.approx(1)


def test_what_fits_and_what_is_unknown_are_both_said(card):
    gate = models.check_contract(card, series_of(plain_film(1), Acquisition("DX", "thorax")))
    assert gate.accepted is True
    assert gate.reason == (
        "Fits what the model was made for: modality DX, body part thorax. The file doesn't say its view and age."
    )


@pytest.mark.parametrize("age", [1, 5.99, 18, 120])
def test_ages_at_the_ends_of_a_range_fit(card, age):
    gate = models.check_contract(card, series_of(plain_film(1), Acquisition("CR", age_years=age)))
    assert (gate.accepted, f"age {int(age)}" in gate.fits) == (True, True)


@pytest.mark.parametrize(("age", "said"), [(0.99, "0"), (6, "6"), (17.9, "17"), (121, "121")])
def test_ages_beyond_are_declined_with_an_age_that_is_seen_to_lie_outside(card, age, said):
    gate = models.check_contract(card, series_of(plain_film(1), Acquisition("CR", age_years=age)))
    assert gate.reason == f"Declined because the age is {said} years and the model was made for 1 to 5 or 18 to 120 years."


def test_overriding_gives_scores_and_keeps_the_verdict(blob_model):
    series = series_of(film_with_blob(1)[0], Acquisition("MR"))
    prediction = models.predict_overridden(blob_model, series, 0)
    fitting = models.predict(blob_model, series_of(series.volume), 0)
    assert prediction.gate.accepted is False
    assert prediction.scores == fitting.scores
    assert fitting.gate.accepted is True


@pytest.mark.parametrize("ask", [models.predict, models.predict_overridden])
@pytest.mark.parametrize("index", [-1, 1])
def test_a_slice_past_the_ends_is_refused(blob_model, ask, index):
    with pytest.raises(InvalidValue, match="doesn't exist"):
        ask(blob_model, series_of(plain_film(1)), index)


def test_scores_are_the_softmax_of_the_logits_over_the_temperature(blob_model):
    film, _ = film_with_blob(2)
    logits = np.asarray(blob_model.graph(preprocessing.prepare(film, 0, BLOB_SPEC)[None]))[0]
    powers = np.exp(logits.astype(float) / 2.0)
    scores = models.predict(blob_model, series_of(film), 0).scores
    assert list(scores) == ["plain", "blob"]
    assert list(scores.values()) == pytest.approx(powers / powers.sum(), abs=1e-6)


def test_films_with_a_blob_score_higher_than_those_without(blob_model):
    blobs = [models.predict(blob_model, series_of(film_with_blob(seed)[0]), 0).scores["blob"] for seed in range(20)]
    plain = [models.predict(blob_model, series_of(plain_film(seed)), 0).scores["blob"] for seed in range(20)]
    assert min(blobs) > max(plain)


def test_a_prediction_names_the_model_its_weights_and_its_input(blob_model):
    prediction = models.predict(blob_model, series_of(plain_film(1)), 0)
    assert (prediction.model, prediction.version, prediction.slice_index) == ("blobs", "1", 0)
    assert prediction.weights_sha256 == blob_model.card.weights_sha256
    assert prediction.input_spec_sha256 == BLOB_SPEC.hash
    assert prediction.milliseconds > 0


def test_a_label_is_above_its_point_from_the_point_on(blob_model):
    prediction = models.predict(blob_model, series_of(plain_film(1)), 0)
    at = dataclasses.replace(prediction, scores={"plain": 0.6, "blob": 0.4})
    assert at.above_point == ("plain", "blob")
    below = dataclasses.replace(prediction, scores={"plain": 0.5999, "blob": 0.4001})
    assert below.above_point == ("blob",)


def test_a_model_is_loaded_once_also_by_threads_at_the_same_time(blob_folder, models_folder):
    shutil.copytree(blob_folder, models_folder / "blobs")
    assert not models.is_warm("blobs")
    with ThreadPoolExecutor(4) as threads:
        found = {id(model) for model in threads.map(models.load, ["blobs", None, "blobs", "blobs"])}
    assert found == {id(models.load("blobs"))}
    assert models.is_warm("blobs")


def test_the_same_weights_under_another_card_are_another_model(blob_model, models_folder):
    graph = blob_model.graph
    warmer = models.load(write_model(models_folder / "warmer", graph, temperature=20.0).name)
    assert (warmer.card.id, warmer.card.weights_sha256) == ("warmer", blob_model.card.weights_sha256)
    series = series_of(film_with_blob(1)[0])
    assert models.predict(warmer, series, 0).scores["blob"] < models.predict(blob_model, series, 0).scores["blob"]


def test_predictions_of_threads_at_the_same_time_are_those_of_one_after_the_other(blob_model):
    films = [series_of(film_with_blob(seed)[0]) for seed in range(24)]
    alone = [models.predict(blob_model, film, 0).scores for film in films]
    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(lambda film: models.predict(blob_model, film, 0).scores, films))
    assert together == alone
    assert len({scores["blob"] for scores in alone}) == len(films)


def test_changed_or_missing_weights_are_not_loaded(blob_folder, models_folder):
    shutil.copytree(blob_folder, models_folder / "changed")
    changed = models_folder / "changed"
    (changed / "card.json").write_text(json.dumps(card_fields("changed", "0" * 64)))
    with pytest.raises(WeightsMismatch, match="changed aren't the ones its card names"):
        models.load("changed")
    (changed / "weights.npz").unlink()
    with pytest.raises(WeightsMismatch, match="changed are missing; restore"):
        models.load("changed")


def test_weights_survive_writing_to_half_precision(blob_model, tmp_path):
    sha256 = write_weights(blob_model.graph, tmp_path / "weights.npz")
    assert sha256 == blob_model.card.weights_sha256
    other = architectures.build("small_cnn", 2, BLOB_SPEC.size)
    read_weights(other, tmp_path / "weights.npz", sha256)
    for found, expected in zip(other.get_weights(), blob_model.graph.get_weights(), strict=True):
        assert np.array_equal(found, expected)


@pytest.mark.parametrize("content", ["garbage", "three labels", "pickle"])
def test_weights_that_do_not_fit_are_refused_whatever_their_checksum(tmp_path, content):
    path = tmp_path / "weights.npz"
    if content == "three labels":
        write_weights(architectures.build("small_cnn", 3, BLOB_SPEC.size), path)
    elif content == "pickle":
        np.savez(path, **{"conv1_conv/kernel": np.array([print], object)})
    else:
        path.write_bytes(b"garbage")
    with pytest.raises(WeightsMismatch, match=r"fit its architecture|it is no zip|must hold 8 arrays"):
        read_weights(architectures.build("small_cnn", 2, BLOB_SPEC.size), path, hashlib.sha256(path.read_bytes()).hexdigest())


def test_a_warmed_model_is_there_when_warming_comes_back(blob_model):
    models.runtime._loaded.clear()
    models.warm()
    assert models.is_warm(blob_model.card.id)


POINTS = {"plain": 0.6, "blob": 0.4}
GROUPS = [
    {"name": "children", "ages_years": [[1, 5]], "temperature": 0.5, "operating_points": {"plain": 0.1, "blob": 0.9}},
    {"name": "adults", "ages_years": [[18, 120]], "temperature": 4.0, "operating_points": {"plain": 0.7, "blob": 0.3}},
]


@pytest.mark.parametrize(("age", "group"), [(5.9, "children"), (18, "adults"), (None, None)])
def test_a_groups_films_are_scored_at_its_temperature_and_marked_at_its_operating_points(blob_model, models_folder, age, group):
    grouped = models.load(write_model(models_folder / "grouped", blob_model.graph, groups=GROUPS).name)
    film = film_with_blob(3, (64, 64))[0]
    said = models.predict(grouped, series_of(film, dataclasses.replace(CHEST, age_years=age)), 0)
    setting = next((each for each in GROUPS if each["name"] == group), {"temperature": 2.0, "operating_points": POINTS})
    logits = blob_model.graph(preprocessing.prepare(film, 0, BLOB_SPEC)[None], training=False).numpy()[0]
    assert (said.group, said.group_by) == (group, "age" if group else "")
    assert said.operating_points == setting["operating_points"]
    assert list(said.scores.values()) == pytest.approx(list(softmax(logits, setting["temperature"])), abs=1e-5)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"temperature": 0}, "out of range"),
        ({"operating_points": {"plain": 0.5}}, "an operating point for each"),
        ({"name": "adults"}, "two groups of one name"),
    ],
)
def test_a_card_with_a_garbled_group_is_refused(models_folder, changes, said):
    write_blank(models_folder / "model", groups=[GROUPS[0] | changes, GROUPS[1]])
    with pytest.raises(InvalidCard, match=said):
        models.find_card("model")
