"""The picture to keep: the film and its heat map as rendering draws them, the words burnt in, nobody's name."""

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from medcore import fonts, rendering, reporting
from medcore.errors import InvalidValue
from medcore.models import PURPOSE, Gate, Prediction
from medcore.phantoms import chest_film
from medcore.recognition import Posture
from medcore.volume import Acquisition, Heatmap, Series, Window

WINDOW = Window(128, 256)


def series(size: tuple[int, int]) -> Series:
    return Series("1.2", "CR chest", chest_film(1, size), Acquisition("CR"), {"PatientName": "Jane^Roe"}, ("jane.dcm",))


def prediction(gate: Gate, scores: dict[str, float] | None) -> Prediction:
    points = {"normal": 0.6, "pneumonia": 0.4}
    return Prediction("chest", "3", "abcdef0123456789", "00", 0, scores, points, gate, 12.0)


ACCEPTED = prediction(Gate(True, "Fits what the model was made for: modality CR."), {"normal": 0.19, "pneumonia": 0.81})
OVERRIDDEN = prediction(Gate(False, "Declined because the body part is EXTREMITY."), {"normal": 0.5, "pneumonia": 0.5})


def heat(size: tuple[int, int], slice_index: int = 0) -> Heatmap:
    values = np.linspace(0, 1, size[0] * size[1], dtype=np.float32).reshape(size)
    return Heatmap(values, "pneumonia", "gradcam", "chest", slice_index)


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def test_the_words_are_model_version_scores_points_gate_map_window_and_purpose():
    assert reporting.caption(series((800, 700)), ACCEPTED, WINDOW, heat((800, 700))) == (
        "chest, version 3, weights abcdef012345",
        "score normal 0.19 (operating point 0.60)",
        "score pneumonia 0.81 (operating point 0.40)",
        "Fits what the model was made for: modality CR.",
        "heat map for pneumonia by gradcam",
        "window center 128, width 256 (grey)",
        PURPOSE,
    )


def test_an_override_and_an_empty_map_are_said():
    empty = Heatmap(np.zeros((800, 700), np.float32), "normal", "scorecam", "chest", 0)
    words = reporting.caption(series((800, 700)), OVERRIDDEN, WINDOW, empty)
    assert "The reader overrode the model, which had declined this image." in words
    assert "heat map (scorecam) is empty: nothing speaks for normal" in words


@pytest.mark.parametrize(
    "gate",
    [
        Gate(False, "Declined because the body part is EXTREMITY.", declined_by="tags"),
        Gate(False, "Declined because it is unlike every film.", declined_by="distance"),
        Gate(False, "Declined because it is upside down.", declined_by="posture", correction=Posture(False, 2)),
    ],
    ids=lambda gate: gate.declined_by,
)
def test_every_kind_of_decline_that_was_overridden_is_burnt_in_with_its_reason(gate):
    declined = prediction(gate, None)
    words = opened(reporting.picture(series((64, 64)), declined, WINDOW, None, 0.0)).info["Description"]
    assert f"no score: the image was declined\n{gate.reason}\n" in words
    assert "overrode" not in words
    overridden = prediction(gate, {"normal": 0.5, "pneumonia": 0.5})
    words = opened(reporting.picture(series((64, 64)), overridden, WINDOW, None, 0.0)).info["Description"]
    assert f"{gate.reason}\nThe reader overrode the model, which had declined this image.\n" in words
    assert words.endswith(PURPOSE)


def test_what_the_reader_did_to_the_picture_is_burnt_in():
    turned = replace(series((64, 64)), changes=("Turned 180° by the reader.", "Inverted by the reader."))
    words = opened(reporting.picture(turned, ACCEPTED, WINDOW, None, 0.0)).info["Description"]
    assert "\nTurned 180° by the reader.\nInverted by the reader.\n" in words


@pytest.mark.parametrize(("by", "told"), [("age", "by the age tag"), ("picture", "by the picture")])
def test_whose_operating_point_it_is_and_how_that_was_told(by, told):
    of_children = replace(ACCEPTED, group="children", group_by=by)
    assert f"operating point for children, {told}" in reporting.caption(series((64, 64)), of_children, WINDOW, None)
    assert not any("children" in words for words in reporting.caption(series((64, 64)), ACCEPTED, WINDOW, None))


def test_the_film_and_its_heat_map_are_as_rendering_draws_them():
    one = series((800, 700))
    page = np.asarray(opened(reporting.picture(one, ACCEPTED, WINDOW, heat((800, 700)), 0.5)))
    film = rendering.overlay(rendering.to_rgb(one.volume, 0, WINDOW), heat((800, 700)), 0.5)
    assert np.array_equal(page[:800], film)


@pytest.mark.parametrize("size", [(64, 64), (900, 90), (3000, 4000)])
def test_the_words_fit_beneath_a_film_of_any_size(size):
    page = opened(reporting.picture(series(size), ACCEPTED, WINDOW, None, 0.0))
    assert 640 <= page.width <= 1600
    grey = np.asarray(page.convert("L"))
    band = grey[-reporting._LINE_PIXELS * 6 :]
    assert band.max() > 200
    assert (band[:, -4:] < 40).all()
    assert (grey[-4:] < 40).all()


def test_wide_letters_wrap_before_the_edge():
    gate = Gate(False, "Declined because the body part is " + "WWW MMMM " * 30 + "W" * 200)
    page = opened(reporting.picture(series((640, 640)), prediction(gate, None), WINDOW, None, 0.0))
    grey = np.asarray(page.convert("L"))
    assert (grey[640:, -reporting._MARGIN :] < 40).all()
    assert grey[640:].max() > 200


def test_a_chinese_notice_is_whole_and_each_of_its_letters_is_drawn():
    texts = {"normal": "正常", PURPOSE: "仅供科研与教学，不用于诊断", ACCEPTED.gate.reason: "适用：" + "部位为胸部，" * 40}
    content = reporting.picture(
        series((640, 640)), ACCEPTED, WINDOW, None, 0.0, translate=lambda sentence: texts.get(sentence, sentence)
    )
    words = opened(content).info["Description"]
    assert words.endswith("仅供科研与教学，不用于诊断")
    assert "score 正常 0.19 (operating point 0.60)" in words
    font = fonts.for_pillow(words, reporting._TEXT_PIXELS)
    box = bytes(font.getmask("\U0010fffe"))
    assert all(bytes(font.getmask(letter)) != box for letter in words if not letter.isspace())
    grey = np.asarray(opened(content).convert("L"))
    band = grey[640:]
    assert (band[:, -reporting._MARGIN :] < 40).all()
    assert (band[-4:] < 40).all()
    lines = [line.max() > 200 for line in np.split(band[reporting._MARGIN : -reporting._MARGIN], range(26, len(band) - 32, 26))]
    assert all(lines)
    assert len(lines) == 5 + -(-(3 + 6 * 40) * 18 // (640 - 2 * reporting._MARGIN))


def test_each_sentence_is_translated_whole():
    words = reporting.caption(series((64, 64)), OVERRIDDEN, WINDOW, heat((64, 64)), translate=lambda sentence: f"<{sentence}>")
    assert all(sentence.startswith("<") and sentence.endswith(">") for sentence in words)
    assert "<score <normal> 0.50 (operating point 0.60)>" in words
    assert words[-1] == f"<{PURPOSE}>"


def test_a_label_of_two_words_is_told_from_its_score():
    two = replace(ACCEPTED, scores={"no tumour": 0.7}, operating_points={"no tumour": 0.4})
    seen: list[str] = []
    words = reporting.caption(series((64, 64)), two, WINDOW, None, translate=lambda text: seen.append(text) or text)
    assert "score no tumour 0.70 (operating point 0.40)" in words
    assert "score no\u00a0tumour 0.70 (operating point 0.40)" in seen


def test_a_small_films_pixels_are_neither_darker_nor_brighter_when_enlarged():
    one = series((64, 64))
    page = np.asarray(opened(reporting.picture(one, ACCEPTED, WINDOW, None, 0.0)))[:640]
    film = rendering.to_rgb(one.volume, 0, WINDOW)
    assert film.min() <= page.min()
    assert page.max() <= film.max()


def test_a_film_of_oblong_pixels_is_shown_in_its_true_aspect():
    oblong = replace(series((400, 800)), volume=replace(chest_film(1, (400, 800)), affine=None, row_column_mm=(2.0, 1.0)))
    shown = reporting._resized(rendering.to_rgb(oblong.volume, 0, WINDOW), oblong.volume)
    assert shown.width == pytest.approx(shown.height, abs=1)


def test_no_word_promises_more_than_a_score():
    declined = reporting.caption(series((64, 64)), prediction(Gate(None, "Nothing could be checked."), None), WINDOW, None)
    overridden = reporting.caption(series((64, 64)), OVERRIDDEN, WINDOW, heat((64, 64)))
    text = " ".join([*declined, *overridden]).replace(PURPOSE, "").lower()
    assert not [word for word in ("diagnos", "severity", "confidence", "probab") if word in text]


def test_nobodys_name_is_in_the_picture():
    content = reporting.picture(series((200, 200)), ACCEPTED, WINDOW, None, 0.0)
    assert b"Jane" not in content
    assert b"jane" not in content
    assert PURPOSE in opened(content).info["Description"]


def test_a_map_of_another_shape_is_refused():
    with pytest.raises(InvalidValue, match="shape"):
        reporting.picture(series((200, 200)), ACCEPTED, WINDOW, heat((100, 200)), 0.5)


def test_a_map_of_another_slice_is_refused():
    with pytest.raises(InvalidValue, match="slice 4"):
        reporting.picture(series((200, 200)), ACCEPTED, WINDOW, heat((200, 200), 3), 0.5)
