"""The whole gate: tags, distance and posture, each with its words; and the group that a picture tells."""

import json
from dataclasses import replace

import numpy as np
import pytest
from blob_models import write_blank
from recognition_films import sure

from medcore import models, recognition
from medcore.errors import InvalidValue
from medcore.models import Group
from medcore.phantoms import film_with_blob
from medcore.recognition import UPRIGHT, Posture, Recognition
from medcore.volume import Acquisition, Series

CHEST = Acquisition("CR", "CHEST", "PA", None, 40.0)
SILENT = Acquisition()
INVERTED = Posture(True, 0)
KNOWN = Recognition(0.1234, 0.3, UPRIGHT, 0.99, 0.5)
FAR = replace(KNOWN, distance=0.4712)
LYING = replace(KNOWN, posture=INVERTED, upright_score=0.1, undone_distance=0.1)
FAR_AND_LYING = replace(LYING, distance=0.5)
STRANGE_AND_LYING = replace(LYING, distance=0.5, undone_distance=0.45)


class Sees:
    """A recogniser that sees one thing in every picture."""

    channels = 1

    def __init__(self, found: Recognition) -> None:
        self.found = found

    def recognise(self, tensor: np.ndarray) -> Recognition:
        assert tensor.shape == (224, 224, 1)
        return self.found


def asked(model: models.Model, found: Recognition, acquisition: Acquisition = CHEST, ask=models.predict) -> models.Prediction:
    return ask(replace(model, recogniser=Sees(found)), Series("1", "", film_with_blob(3)[0], acquisition), 0)


def test_a_known_film_whose_tags_fit_is_accepted_with_the_tags_words_first(blob_model):
    gate = asked(blob_model, KNOWN).gate
    tags = models.check_contract(blob_model.card, Series("1", "", film_with_blob(3)[0], CHEST))
    assert gate.accepted is True
    assert gate.reason == f"{tags.reason} It looks like the films the model was trained on (distance 0.123, limit 0.300)."
    assert (gate.declined_by, gate.correction, gate.recognition) == ("", None, KNOWN)


def test_a_known_film_whose_tags_are_silent_is_accepted_and_the_silence_said(blob_model):
    gate = asked(blob_model, KNOWN, SILENT).gate
    assert gate.accepted is True
    assert gate.reason.endswith("limit 0.300). The file doesn't say its modality, body part, view and age.")


@pytest.mark.parametrize("acquisition", [CHEST, SILENT])
@pytest.mark.parametrize("found", [FAR, STRANGE_AND_LYING])
def test_a_film_that_is_too_far_is_declined_whatever_its_tags_say(blob_model, acquisition, found):
    prediction = asked(blob_model, found, acquisition)
    assert prediction.scores is None
    assert prediction.gate.accepted is False
    assert prediction.gate.declined_by == "distance"
    assert prediction.gate.reason.startswith(
        "Declined because it doesn't look like the films the model was trained on (distance"
    )


@pytest.mark.parametrize("found", [LYING, FAR_AND_LYING])
def test_a_film_that_lies_otherwise_is_declined_with_its_correction(blob_model, found):
    gate = asked(blob_model, found).gate
    assert gate.reason == "Declined because it looks inverted: invert and try again."
    assert (gate.accepted, gate.declined_by, gate.correction) == (False, "posture", INVERTED)


def test_tags_that_contradict_decline_before_the_picture_is_looked_at(blob_model):
    prediction = asked(blob_model, KNOWN, Acquisition("MR"))
    assert prediction.gate.declined_by == "tags"
    assert prediction.gate.recognition is None


def test_a_reader_may_override_and_the_verdict_stays(blob_model):
    prediction = asked(blob_model, FAR, ask=models.predict_overridden)
    assert prediction.scores is not None
    assert prediction.gate.declined_by == "distance"


def test_a_slice_past_the_end_is_refused_with_a_gate_too(blob_model):
    with pytest.raises(InvalidValue):
        models.predict(replace(blob_model, recogniser=Sees(KNOWN)), Series("1", "", film_with_blob(3)[0], CHEST), 1)


def test_the_group_is_told_by_the_age_and_without_one_by_the_picture(blob_model):
    points = {"plain": 0.5, "blob": 0.5}
    groups = Group("children", ((1, 5),), 1.0, points), Group("adults", ((18, 120),), 3.0, points)
    model = replace(blob_model, card=replace(blob_model.card, groups=groups))
    child = replace(KNOWN, group="children")
    by_age = asked(model, child)
    assert (by_age.group, by_age.group_by) == ("adults", "age")
    by_picture = asked(model, child, replace(CHEST, age_years=None))
    assert (by_picture.group, by_picture.group_by) == ("children", "picture")
    assert by_picture.scores["blob"] > by_age.scores["blob"] > 0.5
    unknown = asked(model, KNOWN, replace(CHEST, age_years=None))
    assert (unknown.group, unknown.group_by) == (None, "")
    assert unknown.operating_points == blob_model.card.operating_points


def test_slices_and_colour_pictures_are_called_so(blob_model):
    of_slices = replace(blob_model.card, contract=replace(blob_model.card.contract, pictures="slices"))
    assert "like the slices the model" in asked(replace(blob_model, card=of_slices), FAR).gate.reason


def test_a_model_is_loaded_with_its_gate(models_folder):
    folder = write_blank(models_folder / "gated")
    sha256 = recognition.write(sure(), folder / "gate.npz")
    assert models.load("gated").recogniser is None
    fields = json.loads((folder / "card.json").read_text())
    (folder / "card.json").write_text(json.dumps(fields | {"gate": {"sha256": sha256}}))
    model = models.load("gated")
    assert model.recogniser.distance_limit == 0.3
    assert model.card.gate_path == folder / "gate.npz"
    prediction = models.predict(model, Series("1", "", film_with_blob(3)[0], CHEST), 0)
    assert prediction.gate.declined_by == "distance"
