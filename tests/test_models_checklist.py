"""What a card should say: the lists' items, where a card answers them, and what stays a gap."""

import json

import pytest

from medcore.models.checklist import CLAIM, ITEMS, NEEDED, TRIPOD, answers
from medcore.settings import ROOT

BUNDLED = sorted((ROOT / "models").glob("*/card.json"))


def of(card: dict, source: str, number: str):
    return next(each for each in answers(card) if (each.item.source, each.item.number) == (source, number))


def test_each_item_is_there_once_and_in_order():
    keys = [(item.source, item.number) for item in ITEMS]
    assert len(set(keys)) == len(keys)
    assert [int(number) for source, number in keys if source == CLAIM] == [1, *range(3, 45)]
    mains = [int(number.rstrip("abcdefg")) for source, number in keys if source == TRIPOD]
    assert mains == sorted(mains)
    assert set(mains) == set(range(1, 28)) - {2, 24}
    assert set(keys) >= NEEDED
    assert all(item.asks and item.places for item in ITEMS)


def test_what_a_card_says_is_named_by_its_place():
    answer = of({"development": {"software": "Keras"}}, CLAIM, "23")
    assert (answer.state, answer.answered_by, answer.lacking) == ("answered", ("development.software",), ())


def test_what_a_card_lacks_is_a_gap_that_names_the_place():
    answer = of({"development": {"software": ""}}, CLAIM, "23")
    assert (answer.state, answer.lacking) == ("gap", ("development.software isn't there",))


def test_what_a_card_calls_unknown_is_a_gap_in_its_words():
    answer = of({"openness": {"funding": "Unknown: none was declared."}}, CLAIM, "44")
    assert (answer.state, answer.lacking) == ("gap", ("Unknown: none was declared.",))


def test_an_item_of_several_places_can_be_answered_in_part():
    answer = of({"openness": {"code": "here", "weights": "Unknown"}}, CLAIM, "43")
    assert (answer.state, answer.answered_by) == ("in part", ("openness.code",))
    assert answer.lacking == ("Unknown", "openness.data isn't there")


def test_of_a_list_each_entry_must_say_it():
    known, unknown = {"when": "1992 to 2015"}, {"when": "unknown"}
    assert of({"people": {"collected": [known]}}, TRIPOD, "5b").state == "answered"
    assert of({"people": {"collected": [known, unknown]}}, TRIPOD, "5b").state == "in part"
    assert of({"people": {"collected": [unknown, {}]}}, TRIPOD, "5b").state == "gap"


@pytest.mark.parametrize("card", [{}, {"people": 3, "openness": "x", "metrics": [], "failures": None, "limits": [1]}])
def test_a_card_of_any_shape_gets_its_gaps(card):
    assert len(answers(card)) == len(ITEMS)
    assert of(card, CLAIM, "37").state == "gap"


@pytest.mark.parametrize("path", BUNDLED, ids=lambda path: path.parent.name)
def test_the_cards_that_come_with_lightbox_answer_what_is_needed(path):
    found = answers(json.loads(path.read_text(encoding="utf-8")))
    open_ones = [each.item for each in found if (each.item.source, each.item.number) in NEEDED and each.state == "gap"]
    assert not open_ones
    assert all(each.answered_by or each.lacking for each in found)


def test_what_the_brain_cards_failures_count_is_its_confusion_table():
    card = json.loads((ROOT / "models" / "brain-mri-tumour" / "card.json").read_text(encoding="utf-8"))
    told = " ".join(f"{each['what']} {each['why']}" for each in card["failures"])
    glioma, meningioma, none, pituitary = card["metrics"]["test"]["confusion"]
    assert (
        f"Of {sum(meningioma)}, {meningioma[2]} were called no tumour, {meningioma[0]} glioma and {meningioma[3]} pit" in told
    )
    missed, with_one = glioma[2] + meningioma[2] + pituitary[2], sum(glioma) + sum(meningioma) + sum(pituitary)
    assert f"{missed} of {with_one} slices with one" in told
    assert f"{sum(none) - none[2]} of {sum(none)}" in told
    unsure = [each for each in card["metrics"]["test"]["calibration"]["bins"] if 0.6 <= each["low"] < 0.9]
    right = round(sum(each["films"] * each["right"]["value"] for each in unsure))
    assert f"of {sum(each['films'] for each in unsure)} slices with a highest score from 0.6 to 0.9, {right} were right" in told
