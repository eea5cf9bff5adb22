"""Subgroups against the report of their films alone, worked bands, and refusals; shares by patient."""

import numpy as np
import pytest

from medcore.errors import DatasetError, InvalidValue
from medcore.evaluation import age_band, members, proportion, report, share, subgroup_reports


@pytest.mark.parametrize(
    ("age", "band"),
    [
        ("0", "under 1"),
        ("0.5", "under 1"),
        ("1", "1-5"),
        ("5.9", "1-5"),
        ("6", "6-17"),
        ("39", "18-39"),
        ("40", "40-64"),
        ("64", "40-64"),
        ("65", "65+"),
        ("103", "65+"),
        ("", "unknown"),
        ("old", "unknown"),
        ("-3", "unknown"),
        ("nan", "unknown"),
        ("inf", "unknown"),
    ],
)
def test_an_age_is_in_the_band_of_its_completed_years(age, band):
    assert age_band(age) == band


def test_each_filled_column_of_an_index_has_a_subgroup_for_each_of_its_values():
    rows = [{"age": "70", "sex": "F", "view": ""}, {"age": "20", "sex": "", "view": ""}, {"age": "66", "sex": "F"}]
    found = members(rows)
    assert {name: films.tolist() for name, films in found.items()} == {
        "age 18-39": [False, True, False],
        "age 65+": [True, False, True],
        "sex F": [True, False, True],
        "sex unknown": [False, True, False],
    }


def test_a_subgroups_report_is_that_of_its_films_alone_at_their_own_points():
    generator = np.random.default_rng(0)
    truth, scores = np.arange(80) % 2, generator.random(80)
    points, names = np.where(np.arange(80) < 40, 0.3, 0.6), np.where(np.arange(80) < 40, "children", "adults")
    whose, half = np.arange(80) // 4, generator.random(80) < 0.6
    found = subgroup_reports(scores, truth, points, {"half": half, "all": np.ones(80)}, whose, names)
    assert found["half"] == report(scores[half], truth[half], points[half], whose[half], names[half])
    assert found["all"] == report(scores, truth, points, whose, names)
    assert found["half"]["operating_point"] == {"adults": 0.6, "children": 0.3}
    assert subgroup_reports(scores, truth, 0.5, {"half": half})["half"] == report(scores[half], truth[half], 0.5)


def test_a_small_subgroup_says_why_it_isnt_measured():
    truth = np.arange(40) < 30
    found = subgroup_reports(np.linspace(0, 1, 40), truth, 0.5, {"few": np.arange(40) < 39, "enough": np.ones(40)})
    assert found["few"] == {
        "films": 39,
        "positives": 30,
        "reason": "Not measured: only 9 of its 39 films are without the finding, and 10 are needed.",
    }
    assert "roc_auc" in found["enough"]
    nobody = subgroup_reports(np.linspace(0, 1, 40), truth, 0.5, {"nobody": np.zeros(40)})["nobody"]
    assert (nobody["films"], "only 0 of its 0 films" in nobody["reason"]) == (0, True)


def test_subgroups_are_refused_as_a_report_is():
    with pytest.raises(InvalidValue, match="say in point_names"):
        subgroup_reports(np.linspace(0, 1, 40), np.arange(40) % 2, np.linspace(0, 1, 40), {"all": np.ones(40)})


def test_a_share_is_wilsons_of_films_and_wider_for_films_of_few_patients():
    marks = np.repeat([1, 0, 0, 0], 10)
    alone, of_patients = share(marks), share(marks, np.arange(40) // 5)
    assert alone.value == of_patients.value == 0.25
    assert alone.low <= proportion(10, 40).low
    assert of_patients.high - of_patients.low > 1.5 * (alone.high - alone.low)
    assert share(np.zeros(300)).high == pytest.approx(proportion(0, 300).high)
    with pytest.raises(DatasetError, match="0 films"):
        share([])
