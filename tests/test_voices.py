"""One answer in three voices: each says model, version, operating point and the gate's verdict, in English and in Chinese."""

import re
from dataclasses import replace

import pytest

from medcore import models
from medcore.models import Gate, ModelCard, Prediction
from medcore.recognition import UPRIGHT, Posture, Recognition
from medcore.settings import ROOT
from ui.texts import LANGUAGES
from ui.voices import VOICES, told, voice_name

CHEST = models.read_card(ROOT / "models" / "chest-xray-pneumonia")
BRAIN = models.read_card(ROOT / "models" / "brain-mri-tumour")
FAR = Recognition(0.4567, 0.3154, UPRIGHT, 0.9, 0.5)
NEAR = replace(FAR, distance=0.1234)
FITS = "Fits what the model was made for: modality CR, body part CHEST."
LOOKS = "It looks like the films the model was trained on (distance 0.123, limit 0.315)."
UNLIKE = "Declined because it doesn't look like the films the model was trained on (distance 0.457, limit 0.315)."
TURNED = "Declined because it looks upside down: turn 180° and try again."
GATES = {
    "passed": Gate(True, f"{FITS} {LOOKS}", ("modality CR",), recognition=NEAR),
    "by tags": Gate(True, FITS, ("modality CR",)),
    "by its look": Gate(True, LOOKS, (), ("age",), recognition=NEAR),
    "unchecked": Gate(None, "Nothing could be checked: the file doesn't say its age.", (), ("age",)),
    "other tags": Gate(False, "Declined because the body part is SKULL and the model was made for CHEST.", declined_by="tags"),
    "too far": Gate(False, UNLIKE, declined_by="distance", recognition=FAR),
    "turned": Gate(False, TURNED, declined_by="posture", correction=Posture(False, 2), recognition=NEAR),
}
DECLINED = [name for name, gate in GATES.items() if gate.accepted is False]
SCORED = [name for name in GATES if name not in DECLINED]
FORBIDDEN = ("severity", "confidence", "probab", "positive", "negative", "detected", "置信", "严重")


def answer(gate: str, score: float | None = None, card: ModelCard = CHEST, group: str | None = "adults") -> Prediction:
    """The chest model's answer for one film, with that score for pneumonia."""
    points = next((each.operating_points for each in card.groups if each.name == group), card.operating_points)
    scores = None if score is None else {"normal": 1 - score, "pneumonia": score}
    by = "age" if group else ""
    hashes = (card.weights_sha256, card.input_spec.hash)
    return Prediction(card.id, card.version, *hashes, 0, scores, points, GATES[gate], 1.0, group, by)  # type: ignore[arg-type]


def words(prediction: Prediction, voice: str, card: ModelCard = CHEST) -> str:
    return "\n".join(told(prediction, card, voice))


@pytest.fixture(params=LANGUAGES)
def spoken(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Each language in its turn."""
    monkeypatch.setattr("ui.texts.language", lambda: request.param)
    return str(request.param)


EVERY = [*((gate, None) for gate in DECLINED), *((gate, score) for gate in GATES for score in (0.05, 0.7))]


@pytest.mark.parametrize(("gate", "score"), EVERY)
@pytest.mark.parametrize("voice", VOICES)
def test_each_voice_tells_every_case_in_whole_sentences_of_one_language(spoken, voice, gate, score):
    sentences = told(answer(gate, score), CHEST, voice)
    assert all(sentence[-1] in ".。" for sentence in sentences)
    assert not any(unwanted in " ".join(sentences).lower() for unwanted in FORBIDDEN)
    others = re.sub(r"chest-xray-pneumonia|[0-9a-f]{12}|\b[A-Z]{2,}\b", "", "\n".join(sentences))
    if spoken == "zh":
        assert not re.findall(r"[A-Za-z]{2,}", others)
    else:
        assert others.isascii() or not re.findall(r"[\u4e00-\u9fff]", others)


@pytest.mark.parametrize(("gate", "score"), EVERY)
@pytest.mark.parametrize("voice", VOICES)
def test_each_voice_names_model_version_point_and_purpose(voice, gate, score):
    said = words(answer(gate, score), voice)
    assert (CHEST.id if voice == "researcher" else CHEST.title) in said
    assert f"version {CHEST.version}" in said
    assert "0.41" in said
    assert "not for diagnosis" in said


@pytest.mark.parametrize("voice", VOICES)
@pytest.mark.parametrize("gate", SCORED)
def test_the_score_is_told_against_its_point_with_the_group_it_belongs_to(voice, gate):
    above, below = words(answer(gate, 0.7), voice), words(answer(gate, 0.05), voice)
    assert re.search(r"0\.70\D|0\.7000", above)
    assert re.search(r"pneumonia.*at or above", above)
    assert re.search(r"0\.05\D|0\.0500", below)
    assert re.search(r"pneumonia.*below", below)
    assert "adults" in above


@pytest.mark.parametrize("voice", VOICES)
@pytest.mark.parametrize("gate", DECLINED)
def test_a_declined_image_gets_the_reason_and_no_score(voice, gate):
    said = words(answer(gate), voice)
    assert "No score" in said or "no score" in said
    assert "said no to it, because" in said if voice == "patient" else GATES[gate].reason in said


@pytest.mark.parametrize("voice", VOICES)
@pytest.mark.parametrize("gate", DECLINED)
def test_an_overridden_decline_is_said_beside_the_score(voice, gate):
    said = words(answer(gate, 0.7), voice)
    assert "for a score all the same" in said if voice == "patient" else "overridden" in said
    assert "0.70" in said


@pytest.mark.parametrize("voice", VOICES)
def test_what_nobody_could_check_is_said_to_be_unchecked(voice):
    said = words(answer("unchecked", 0.7), voice)
    assert re.search(r"Nobody could check|wasn't checked|Nothing could be checked", said)


def test_the_researcher_reads_hashes_distance_and_where_the_point_was_chosen():
    said = words(answer("too far"), "researcher")
    validation = CHEST.details["metrics"]["validation"]["adults"]
    assert CHEST.weights_sha256[:12] in said
    assert CHEST.input_spec.hash[:12] in said
    assert "distance to the nearest training film 0.457, limit 0.315" in said
    assert f"chosen on {validation['films']} validation films (adults)" in said
    assert f"sensitivity {validation['sensitivity']['value']:.3f}" in said


def test_where_the_card_doesnt_say_how_the_point_was_chosen_that_is_said():
    said = words(answer("passed", 0.7, group=None), "researcher")
    assert "doesn't say on which films the operating point for pneumonia was chosen" in said
    assert "Its group can't be told" in said


def test_a_point_that_the_validation_report_isnt_about_is_no_measured_one():
    prediction = replace(answer("passed", 0.7), operating_points={"normal": 0.5, "pneumonia": 0.5})
    assert "doesn't say on which films" in words(prediction, "researcher")


def test_of_several_classes_those_at_their_points_are_told_or_else_the_highest():
    scores = dict.fromkeys(BRAIN.labels, 0.01) | {"glioma": 0.98}
    prediction = replace(answer("passed", 0.7, BRAIN, None), scores=scores)
    assert "glioma” is 0.98" in words(prediction, "patient", BRAIN)
    none = dict.fromkeys(BRAIN.labels, 0.01) | {"pituitary": 0.5}
    said = words(replace(prediction, scores=none), "patient", BRAIN)
    assert "pituitary” is 0.50" in said
    assert "below" in said


@pytest.mark.parametrize("voice", VOICES)
def test_a_score_close_to_its_point_is_told_with_the_digits_that_part_them(voice):
    point = CHEST.groups[1].operating_points["pneumonia"]
    said = words(answer("passed", point - 0.0005), voice)
    assert f"{point - 0.0005:.4f}" in said or f"{point - 0.0005:.3f}" in said
    assert re.search(r"pneumonia.*below", said)


@pytest.mark.parametrize(
    ("posture", "wanted"),
    [
        (Posture(False, 1), "turned"),
        (Posture(True, 0), "black and white"),
        (Posture(True, 2), "turned, and black and white"),
    ],
    ids=lambda each: each.name if isinstance(each, Posture) else each,
)
def test_the_patient_reads_in_plain_words_how_the_picture_lies(posture, wanted):
    prediction = answer("turned")
    declined = replace(prediction, gate=replace(prediction.gate, correction=posture))
    assert wanted in words(declined, "patient")


@pytest.mark.parametrize(("gate", "score"), EVERY)
def test_the_patients_words_are_short_and_leave_the_decision_to_a_doctor(gate, score):
    said = words(answer(gate, score), "patient")
    assert "the doctor decides" in said
    letters, parts = re.findall(r"[A-Za-z']+", said), re.split(r"[.!?:](?:\s|$)", said)
    assert sum(map(len, letters)) / len(letters) < 4.7
    assert len(letters) / len([part for part in parts if part.strip()]) < 17
    assert not re.search(r"\byou\b|\byour\b|should see|worry", said, re.IGNORECASE)


def test_every_voice_has_a_name(spoken):
    names = [voice_name(voice) for voice in VOICES]
    assert len(set(names)) == len(VOICES)
    assert (names == list(VOICES)) == (spoken == "en")
