"""The words beside a model: whether an image fits, and whose operating point was used."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from blob_models import BLOB_SPEC

from medcore import models
from medcore.models import Contract, Gate, Group, ModelCard, Prediction
from medcore.volume import Acquisition, Series, Volume
from ui.plain import plain
from ui.verdict import fits_line, point_line, verdict_line

POINTS = {"normal": 0.6, "pneumonia": 0.4}
GROUPS = (Group("children", ((1, 5),), 1.0, POINTS), Group("adults", ((18, 120),), 1.0, POINTS))
CONTRACT = Contract(("CR", "DX"), ("CHEST",), ("PA", "AP"), ((1, 5), (18, 120)))
CARD = ModelCard(
    id="chest",
    version="1",
    title="Chest",
    architecture="small_cnn",
    labels=("normal", "pneumonia"),
    label_aliases={},
    contract=CONTRACT,
    input_spec=BLOB_SPEC,
    weights_sha256="",
    temperature=1.0,
    operating_points=POINTS,
    folder=Path("chest"),
)
OF_GROUPS = replace(CARD, groups=GROUPS)


def film(acquisition: Acquisition) -> Series:
    volume = Volume(np.zeros((1, 4, 4), np.int16), None, "grey", acquisition.modality, "MONOCHROME2", "image")
    return Series("u", "film", volume, acquisition)


def line(card: ModelCard, **tags: object) -> str:
    series = film(Acquisition(**tags))
    return fits_line(card, models.check_contract(card, series), series)


def answer(group: str | None, by: str) -> Prediction:
    return Prediction("chest", "1", "", "", 0, dict(POINTS), POINTS, Gate(True, ""), 1.0, group, by)


def test_what_fits_is_short_with_its_group_and_the_ages_of_the_training():
    first, second = line(OF_GROUPS, modality="CR", body_part="CHEST", view="PA", age_years=3.5).split("  \n")
    assert first == f":material/check_circle: **Fits** {plain('CR, chest, PA, age 3')}: children"
    assert second == f":small[{plain('Trained on 1–5 and 18+ years.')}]"


def test_a_group_is_named_only_where_the_age_tells_it():
    silent = line(OF_GROUPS, modality="CR", body_part="CHEST", view="PA")
    assert "children" not in silent
    assert plain("Trained on 1–5 and 18+ years; the file doesn't say its age") in silent
    assert "adults" not in line(CARD, modality="CR", age_years=40.0)


def test_everything_the_file_doesnt_say_is_said():
    assert plain("the file doesn't say its body part, view and age") in line(CARD, modality="CR")


def test_a_model_for_any_age_says_none():
    anybody = replace(CARD, contract=Contract(("CR",)))
    assert line(anybody, modality="CR") == ":material/check_circle: **Fits** CR"


def test_a_contradiction_and_silence_are_the_gates_own_sentence():
    assert line(CARD, body_part="SKULL").startswith(":material/block: Declined because the body part is SKULL")
    assert line(CARD).startswith(":material/help: Nothing could be checked")


def test_a_model_with_a_gate_says_that_it_will_look_at_the_picture():
    gated = replace(CARD, details={"gate": {"sha256": "0" * 64}})
    said = "The file doesn't say its modality, body part, view and age. Whether the picture looks right is checked when"
    assert line(gated).startswith(f":material/help: {plain(said)}")
    assert line(gated, body_part="SKULL").startswith(":material/block: Declined because the body part is SKULL")


def test_after_the_run_only_what_is_new_is_said():
    by_tags = Gate(True, "Fits what the model was made for: modality CR.")
    assert verdict_line(by_tags, by_tags) == ""
    more = Gate(True, f"{by_tags.reason} It looks like the films.")
    assert verdict_line(by_tags, more) == f":material/check_circle: {plain('It looks like the films.')}"
    declined = Gate(False, "Declined because it is upside down.", declined_by="posture")
    assert verdict_line(by_tags, declined) == f":material/block: {plain(declined.reason)}"


@pytest.mark.parametrize(
    ("group", "by", "words"),
    [
        ("children", "age", "Operating point for children (1 to 5 years): by the age tag."),
        ("adults", "age", "Operating point for adults (18 years and over): by the age tag."),
        ("children", "picture", "Operating point for children (1 to 5 years): by the picture, which looks like those films."),
    ],
)
def test_whose_operating_point_it_is_and_by_what(group, by, words):
    assert point_line(OF_GROUPS, answer(group, by)) == plain(words)


def test_without_a_group_the_point_is_that_of_all_films_and_a_model_without_groups_says_nothing():
    assert point_line(OF_GROUPS, answer(None, "")).startswith("Operating point of all its films together")
    assert point_line(CARD, answer(None, "")) == ""
