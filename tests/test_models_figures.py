"""What the models page reads out of a card: figures as rows, ages, contracts and nested measurements in words, kept scores."""

import dataclasses
import hashlib
from pathlib import Path

import numpy as np
import pytest
from blob_models import card_fields

from medcore.models import ModelCard, find_card
from medcore.models.card import Contract
from medcore.preprocessing import InputSpec
from ui.models.figures import declined, rows_of, shortcuts
from ui.models.gate import rates, strangers, taken
from ui.models.predictions import FILE, scored
from ui.models.reading import digits, of_a_hundred, rest, span, years
from ui.models.use import facts

AREA = {"value": 0.9, "low": 0.8, "high": 0.95}
HIT, PASSED = {"value": 0.96, "low": 0.9, "high": 0.99}, {"value": 0.7, "low": 0.6, "high": 0.8}
FINDING = {"films": 1200, "patients": 7, "roc_auc": AREA, "sensitivity": HIT, "specificity": PASSED}


def details(test: object, **others: object) -> dict:
    return {"operating_label": "blob", "metrics": {"test": test} | others}


def test_each_subgroup_is_a_row_in_the_cards_order():
    rows = rows_of(details({"children": FINDING, "adults": FINDING | {"patients": None}}))
    assert [row.name for row in rows] == ["children", "adults"]
    assert [row.count for row in rows] == ["1,200 pictures of 7 patients", "1,200 pictures"]
    assert rows[0].area == (0.9, 0.8, 0.95)


def test_a_findings_words_count_those_above_the_point_with_it_and_without():
    (row,) = rows_of(details(FINDING))
    assert row.name == "all"
    assert row.words == (
        "Of 100 labelled blob, 96 (90 to 99) scored at or above the operating point; of 100 others, 30 (20 to 40) did too.",
    )


def test_a_subgroup_that_is_too_small_says_so_instead_of_figures():
    (row,) = rows_of(details({"sex F": {"films": 9, "positives": 2, "reason": "Not measured: only 2."}}))
    assert (row.area, row.words) == (None, ("Not measured: only 2.",))


@pytest.mark.parametrize(
    "others",
    [
        {"baseline": {"children": {"roc_auc": {"value": 0.7}}}},
        {"baseline": {"children": {"value": 0.7}}},
        {"baseline": {"children": 0.7}},
    ],
)
def test_what_plain_pixels_reach_on_the_same_part_stands_beside(others):
    (row,) = rows_of(details({"children": FINDING}, **others))
    assert row.others == (("16 × 16 pixels", 0.7),)


def test_of_another_part_nothing_stands_beside():
    (row,) = rows_of(details({"children": FINDING}, baseline={"adults": 0.7}, shortcut_floor_roc_auc={"adults": 0.6}))
    assert row.others == ()


def test_what_a_part_is_and_how_it_does_on_equalised_pictures_stands_with_it():
    others = {"parts": {"adults": "Read twice."}, "equalised": {"adults": {"roc_auc": AREA, "largest_difference": 0.2}}}
    (row,) = rows_of(details({"adults": FINDING}, **others))
    assert row.about == "Read twice."
    assert row.others == (("this model, grey values equalised", 0.9),)


def test_plain_figures_are_a_table_with_the_strongest_first():
    measured = {"children": {"mean": {"value": 0.6}, "sharpness": {"value": 0.83}}, "adults": {"mean": {"value": 0.75}}}
    assert shortcuts(details(FINDING, shortcuts=measured)) == [
        {"figure": "sharpness", "children": "0.83", "adults": "–"},
        {"figure": "mean", "children": "0.60", "adults": "0.75"},
    ]
    assert shortcuts(details(FINDING, shortcuts=[3])) == []


def test_declined_pictures_are_counted_by_part_and_check():
    measured = {"children": {"films": 3, "share": HIT, "by": {"distance": 2, "posture": 1}}, "adults": 7}
    told = declined(details(FINDING, declined=measured))
    assert told[0]["by"] == "distance 2, posture 1"
    assert told[0]["declined of 100"] == "96 (90 to 99)"
    assert told[1]["declined of 100"] == "–"


def test_classes_follow_the_whole_each_with_its_own_baseline():
    classes = {"a|b": {"films": 3, "roc_auc": AREA, "recall": HIT, "precision": PASSED}}
    report = {"films": 5, "roc_auc": AREA, "accuracy": HIT, "classes": classes}
    baseline = {"roc_auc": {"value": 0.6}, "classes": {"a|b": {"roc_auc": {"value": 0.55}}}}
    whole, one = rows_of(details(report, baseline=baseline))
    assert (whole.name, whole.others) == ("all", (("16 × 16 pixels", 0.6),))
    assert (one.name, one.others) == ("a|b", (("16 × 16 pixels", 0.55),))
    assert one.words == ("Of 100 a|b, 96 (90 to 99) were called so; of 100 called so, 70 (60 to 80) were.",)


@pytest.mark.parametrize(
    "bad", [None, 3, {}, {"value": None, "low": 0, "high": 1}, {"value": float("nan"), "low": 0, "high": 1}]
)
def test_what_wasnt_measured_is_a_dash(bad):
    assert (span(bad), digits(span(bad)), of_a_hundred(span(bad)), rest(span(bad))) == (None, "–", "–", None)


def test_ages_and_contracts_are_words():
    assert years([[1, 5], [18, 120]]) == "1 to 5 years, 18 years and over"
    assert years([[1], "x", None, [None, 3]]) == ""
    asked = {"modality": ["CR", "DX"], "body_part": ["CHEST", "LUNG"], "view": ["PA"], "ages_years": [[1, 5]]}
    assert taken(asked) == "a single picture, X-ray film (CR, DX), of chest or lung, view PA, age 1 to 5 years"
    assert taken({"pictures": "slices", "modality": ["XA"]}) == "any slice of a series, XA"
    assert taken({}) == "a single picture, of any kind"


def test_nested_measurements_are_told_by_their_names():
    told = {"false_refusals": HIT | {"films": 614}, "limit": 0.12345, "postures": ["inverted", "upside down"], "by": {"a": 3}}
    assert list(facts(told)) == [
        ("false refusals", "96 (90 to 99) of 100, measured on 614"),
        ("limit", "0.1235"),
        ("postures", "inverted, upside down"),
        ("by, a", "3"),
    ]


def test_what_a_gate_let_through_stands_first():
    whole = {"value": 1.0, "low": 0.99, "high": 1.0}
    shown = {"photo": {"pictures": 102, "declined": whole}, "bones": {"pictures": 12, "declined": PASSED}, "odd": 3}
    assert strangers({"metrics": {"gate": {"strangers": shown}}}) == [
        {"shown": "odd", "declined of 100": "–", "pictures": ""},
        {"shown": "bones", "declined of 100": "70.0 (60.0 to 80.0)", "pictures": "12"},
        {"shown": "photo", "declined of 100": "100.0 (99.0 to 100.0)", "pictures": "102"},
    ]
    assert strangers({"metrics": {"gate": 3}}) == []


def test_a_gates_measurement_is_told_in_tenths_of_a_hundred():
    rare = {"films": 614, "count": 2, "value": 0.0033, "low": 0.0009, "high": 0.0118}
    measured = {"refused": rare, "postures": {"upside down": {"caught": HIT, "named": None}, "inverted": 3}, "why_not": "few"}
    assert list(rates(measured)) == [
        ("declined though of the right kind", "0.3 (0.1 to 1.2), of 614"),
        ("upside down: noticed", "96.0 (90.0 to 99.0)"),
        ("inverted: noticed", "–"),
        ("why not", "few"),
    ]


def card(folder: Path) -> ModelCard:
    fields = card_fields("blobs", "0" * 64)
    points = fields["operating_points"]
    aliases, spec = {"none": "plain"}, InputSpec((64, 64))
    return ModelCard("blobs", "1", "t", "small_cnn", ("plain", "blob"), aliases, Contract(), spec, "0" * 64, 1, points, folder)


def write(folder: Path, content: str) -> ModelCard:
    (folder / FILE).write_text(content, encoding="utf-8")
    measured = {"metrics": {"predictions_sha256": hashlib.sha256(content.encode()).hexdigest()}}
    return dataclasses.replace(card(folder), details=measured)


def test_scores_are_read_by_group_and_the_other_label_has_what_one_leaves(tmp_path):
    rows = "label,stratum,score_blob\nnone,children,0.25\nblob,adults PA,0.5\nblob,adults AP,0.75\n"
    children, adults = scored(write(tmp_path, rows))
    assert (children.group, adults.group) == ("children", "adults")
    assert np.allclose(adults.scores, [[0.5, 0.5], [0.25, 0.75]])
    assert children.truth.tolist() == [0]


def test_scores_of_each_label_are_read_as_they_are(tmp_path):
    (whole,) = scored(write(tmp_path, "label,score plain,score blob\nblob,0.4,0.6\n"))
    assert (whole.group, whole.scores.tolist(), whole.truth.tolist()) == ("", [[0.4, 0.6]], [1])


@pytest.mark.parametrize(
    "content",
    [
        "",
        "label\n",
        "label,score_blob\nother,0.5\n",
        "label,score_blob\nblob,x\n",
        "label,score_blob\nblob,\n",
        "a\nb\n",
        "label,score_blob\nblob,nan\n",
    ],
)
def test_scores_that_cant_be_used_are_none(tmp_path, content):
    assert scored(write(tmp_path, content)) == []


def test_scores_that_arent_those_that_the_card_measured_are_none(tmp_path):
    measured = write(tmp_path, "label,score_blob\nblob,0.6\n")
    assert len(scored(measured)) == 1
    (tmp_path / FILE).write_text("label,score_blob\nblob,0.9\n", encoding="utf-8")
    assert scored(measured) == []


def test_scores_of_a_model_without_a_file_are_none(tmp_path):
    assert scored(card(tmp_path)) == []


def test_the_chest_models_kept_scores_are_of_children_and_adults():
    assert [each.group for each in scored(find_card("chest-xray-pneumonia"))] == ["children", "adults"]
