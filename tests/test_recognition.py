"""Recognition: known films are known, strangers aren't, what lies otherwise is named; serving sees what fitting saw."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from reading_inputs import slice_dataset, write
from recognition_films import GREY, chests, films_of, fitted, sure

from medcore import datasets, preprocessing, reading, recognition
from medcore.phantoms import chest_film, ct_series
from medcore.recognition import POSTURES, UPRIGHT, Posture, posed
from medcore.recognition.fitting import choose, fit, passes
from medcore.recognition.limits import among_themselves, limited, nearest, seen_as
from medcore.recognition.measuring import measured


def test_a_film_like_those_of_the_training_is_known_and_upright():
    found = fitted()[0].recognise(chests([200])[0])
    assert found.is_known
    assert found.is_upright
    assert 0 < found.distance <= found.distance_limit < 0.3
    assert found.undone_distance is None


@pytest.mark.parametrize("posture", POSTURES[1:], ids=lambda posture: posture.name)
def test_a_film_that_lies_otherwise_is_named_and_known_once_that_is_undone(posture):
    lying = posed(chests([201]), posture)[0]
    found = fitted()[0].recognise(lying)
    assert found.posture == posture
    assert found.undone_distance < found.distance
    assert found.is_known
    assert not found.is_upright


def test_noise_a_blank_and_another_body_are_not_known():
    noise = np.random.default_rng(1).random(GREY.tensor_shape).astype(np.float32)
    ct = recognition.tensor_of(ct_series().volume, 12, 1)
    for stranger in (noise, np.full(GREY.tensor_shape, 0.5, np.float32), ct):
        assert not fitted()[0].recognise(stranger).is_known


def test_a_fit_says_what_it_measured_on_validation_films():
    recogniser, told = fitted()
    assert told["refused"]["films"] == told["too_far"]["films"] == 20
    assert told["refused"]["low"] <= told["refused"]["value"] <= told["refused"]["high"]
    checked = [posture.name for posture, is_checked in zip(POSTURES, recogniser.checked, strict=True) if is_checked]
    assert list(told["postures"]) == checked[1:]
    assert set(told["postures"]["inverted"]) == {"caught", "named"}


def test_fitting_twice_gives_the_same_file(tmp_path):
    train, held = chests(range(4)), chests(range(50, 53))
    seen, told = [], []
    for number in range(2):
        recogniser, figures = fit(films_of(train), films_of(held), 1, 3, lambda done, pictures: seen.append((done, pictures)))
        told.append((recognition.write(recogniser, tmp_path / f"{number}.npz"), figures))
    assert told[0] == told[1]
    assert seen[-1] == (passes(4, 3), passes(4, 3)) == (60, 60)


def test_postures_are_not_checked_where_there_are_too_few_films_to_tell():
    recogniser, told = fit(films_of(chests(range(3))), films_of(chests(range(50, 52))), 1, 0, lambda done, pictures: None)
    assert recogniser.checked.tolist() == [True] + [False] * 7
    assert told["postures"] == {}
    assert recogniser.recognise(posed(chests([1]), Posture(True, 0))[0]).is_upright


def test_a_recogniser_comes_back_from_its_file_as_it_was(tmp_path):
    recogniser = fitted()[0]
    sha256 = recognition.write(recogniser, tmp_path / "gate.npz")
    again = recognition.read(tmp_path / "gate.npz", sha256)
    tensor = posed(chests([205]), POSTURES[2])[0]
    assert again.recognise(tensor) == recogniser.recognise(tensor)
    assert recognition.write(again, tmp_path / "again.npz") == sha256


def test_what_the_fit_takes_for_seen_is_what_serving_sees():
    films = chests([210, 211])
    lying = [posed(films, posture) for posture in POSTURES]
    found = seen_as(fitted()[0], np.stack([recognition.embed(each) for each in lying]))
    for number, each in enumerate(lying):
        assert [POSTURES[index] for index in found[number]] == [fitted()[0].recognise(tensor).posture for tensor in each]


def test_a_film_is_the_same_to_the_eye_as_dicom_and_as_png_in_a_training_and_on_the_page(tmp_path):
    values = chest_film(3, (120, 100)).voxels[0]
    write(slice_dataset(4000 - 16 * values, Modality="DX", PhotometricInterpretation="MONOCHROME1"), tmp_path / "film.dcm")
    Image.fromarray(values.astype(np.uint8)).save(tmp_path / "film.png")
    served = {name: reading.read([tmp_path / name]).series[0].volume for name in ("film.dcm", "film.png")}
    tensors = {name: recognition.tensor_of(volume, 0, 1) for name, volume in served.items()}
    seen = recognition.embed(np.stack(list(tensors.values())))
    assert 1 - seen[0] @ seen[1] < 0.001
    film = datasets.Film(Path(tmp_path / "film.png"), "normal", "p", name="film.png")
    read, photometrics = datasets.pictures([film], GREY)
    assert np.array_equal(preprocessing.scale(read[0], photometrics[0], GREY), tensors["film.png"])


def test_an_embedding_does_not_depend_on_what_it_is_computed_beside():
    films = chests([1, 2, 3])
    assert recognition.embed(films)[1] == pytest.approx(recognition.embed(films[1:2])[0], abs=1e-5)
    assert np.linalg.norm(recognition.embed(films), axis=1) == pytest.approx(1, abs=1e-5)
    assert recognition.embed(films[:0]).shape == (0, 1280)


def test_a_colour_picture_has_an_eye_of_its_own():
    picture = np.random.default_rng(0).random((1, 224, 224, 3)).astype(np.float32)
    assert recognition.embed(picture).shape == (1, 1280)
    assert recognition.spec_of(3).tensor_shape == (224, 224, 3)


def test_the_group_is_that_of_most_of_the_nearest_films_that_have_one():
    recogniser = sure(("", "adults", "children"), [1, 2, 2, 0, 0, 0])
    distances = np.array([0.1, 0.2, 0.3, 0.0, 0.0, 0.0])
    assert recogniser._group(distances) == "children"
    assert sure(("", "adults", "children"), [1, 2, 0])._group(np.array([0.2, 0.1, 0.0])) == "children"
    assert sure()._group(np.zeros(3)) == ""


def test_few_validation_films_are_helped_by_the_distances_among_the_references():
    references = np.zeros((3, 1280), np.float32)
    references[:, 0], references[2, :2] = 1, (0.6, 0.8)
    bare = sure(references=references)
    film = np.zeros((8, 1, 1280), np.float32)
    film[:, :, 0] = 1
    assert limited(bare, film, ["a", "a", "b"]).distance_limit == pytest.approx(0.4 * 1.2, abs=0.01)
    assert limited(bare, film, ["a", "a", "a"]).distance_limit == 0
    assert limited(bare, np.repeat(film, 200, axis=1), ["a", "a", "b"]).distance_limit == 0


def test_a_film_is_never_held_against_its_own_patients():
    references = np.eye(3, 1280, dtype=np.float32)
    references[1] = references[0]
    assert among_themselves(references, ["a", "a", "b"]) == pytest.approx(1)
    assert among_themselves(references, ["a", "b", "c"]) == pytest.approx([0, 0, 1])
    assert len(among_themselves(references, ["a", "a", "a"])) == 0
    assert nearest(references, references[2:]) == pytest.approx([0])


def test_what_is_not_checked_counts_as_upright():
    bias = np.array([0.0, 0, 9, 0, 0, 0, 0, 0], np.float32)
    checked = np.arange(8) != 2
    seen = np.zeros((1, 1280), np.float32)
    assert sure(bias=bias).upright_scores(seen)[0] < 0.01
    assert sure(bias=bias, checked=checked).upright_scores(seen)[0] > 0.99


def test_a_suspicion_that_undoing_does_not_confirm_is_dropped():
    bias = np.array([-9.0, 9, 0, 0, 0, 0, 0, 0], np.float32)
    suspicious = sure(bias=bias, upright_limit=0.5, references=recognition.embed(chests([1, 2, 3])))
    found = suspicious.recognise(chests([1])[0])
    assert found.upright_score < 0.5
    assert found.posture == UPRIGHT


def test_limits_are_measured_on_patients_that_they_were_not_chosen_by():
    rng = np.random.default_rng(0)
    films = np.zeros((8, 40, 1280), np.float32)
    films[:, :, 0] = np.cos(angles := rng.uniform(0.1, 0.5, 40))
    films[:, :, 1] = np.sin(angles)
    bare = sure(references=np.eye(3, 1280, dtype=np.float32))
    told = measured(bare, films, ["a", "b", "c"], [str(index // 2) for index in range(40)], 0)
    assert told["refused"]["films"] == 40
    assert measured(bare, films, ["a"] * 3, ["one"] * 40, 0)["too_far"]["count"] == 0


def test_films_are_chosen_evenly_from_the_strata_and_the_same_each_time():
    strata = ["many"] * 90 + ["few"] * 10
    chosen = choose(strata, 30, 5)
    assert chosen == sorted(chosen) == choose(strata, 30, 5) != choose(strata, 30, 6)
    assert sum(strata[index] == "few" for index in chosen) == 10
    assert choose(strata, 200, 5) == list(range(100))
