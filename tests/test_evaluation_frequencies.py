"""Natural frequencies: against numbers worked by hand, in whole people, with bounds that hold the truth."""

import numpy as np
import pytest

from medcore.errors import InvalidValue
from medcore.evaluation import Count, Frequencies, Interval, Measured, measured_in, natural_frequencies, proportion

MEASURED = Measured("pneumonia", Interval(0.9, 0.8, 0.95), Interval(0.8, 0.7, 0.9), "point")


def figure(value: float, low: float, high: float) -> dict[str, float]:
    return {"value": value, "low": low, "high": high}


ONE_FINDING = {"sensitivity": figure(0.9, 0.8, 0.95), "specificity": figure(0.8, 0.7, 0.9)}


def test_twenty_of_a_hundred_by_hand():
    # 20 have it: 0.9 × 20 = 18 found (16 to 19). 80 haven't: 0.2 × 80 = 16 false alarms (8 to 24).
    of = natural_frequencies(MEASURED, 20, 100)
    assert (of.found, of.false_alarms) == (Count(18, 16, 19), Count(16, 8, 24))
    assert (of.missed, of.called, of.passed) == (2, 34, 64)
    # 18 of 34; both figures low: 16 of 16 + 24; both high: 19 of 19 + 8.
    assert of.predictive == Interval(pytest.approx(18 / 34), pytest.approx(16 / 40), pytest.approx(19 / 27))


def test_five_of_a_thousand_by_hand():
    # 0.9 × 5 = 4.5, a half goes up: 5 (4 to 5). 995 haven't it: 199 false alarms (99.5 to 298.5, outwards 99 to 299).
    of = natural_frequencies(MEASURED, 5, 1000)
    assert (of.found, of.false_alarms) == (Count(5, 4, 5), Count(199, 99, 299))
    assert of.predictive == Interval(pytest.approx(4.5 / 203.5), pytest.approx(4 / 302.5), pytest.approx(4.75 / 104.25))


@pytest.mark.parametrize(("have_it", "people"), [(1, 1000), (7, 100), (50, 100), (999, 1000)])
def test_the_four_kinds_of_people_are_all_people(have_it, people):
    of = natural_frequencies(MEASURED, have_it, people)
    kinds = (of.found.value, of.missed, of.false_alarms.value, of.passed)
    assert sum(kinds) == people
    assert min(kinds) >= 0


def test_a_part_that_floating_point_makes_a_little_more_is_still_whole_people():
    exact = Interval(0.07, 0.07, 0.07)  # 100 × 0.07 is 7.000000000000001
    assert natural_frequencies(Measured("a", exact, exact, "point"), 100, 1000).found == Count(7, 7, 7)


def test_where_nobody_is_called_nothing_is_said_of_them():
    never = Measured("a", Interval(0.0, 0.0, 0.1), Interval(1.0, 0.95, 1.0), "point")
    assert natural_frequencies(never, 10, 100).predictive is None


def test_a_perfect_test_leaves_open_what_its_films_leave_open():
    perfect = Measured("a", Interval(1.0, 0.9, 1.0), Interval(1.0, 0.9, 1.0), "point")
    assert natural_frequencies(perfect, 10, 100).predictive == Interval(1.0, pytest.approx(0.5), 1.0)


@pytest.mark.parametrize(("have_it", "people"), [(0, 100), (100, 100), (-1, 100), (1, 1)])
def test_nobody_or_everybody_having_it_is_refused(have_it, people):
    with pytest.raises(InvalidValue, match="people"):
        natural_frequencies(MEASURED, have_it, people)


@pytest.mark.parametrize(("films", "have_it"), [((60, 80), 10), ((400, 300), 30), ((40, 400), 50)])
def test_the_corners_hold_the_true_part_at_least_as_often_as_they_say(films, have_it):
    random, sensitivity, specificity, held = np.random.default_rng(0), 0.9, 0.85, 0
    true = have_it * sensitivity / (have_it * sensitivity + (100 - have_it) * (1 - specificity))
    for _ in range(600):
        hit = proportion(random.binomial(films[0], sensitivity), films[0])
        passed = proportion(random.binomial(films[1], specificity), films[1])
        predictive = natural_frequencies(Measured("a", hit, passed, "point"), have_it, 100).predictive
        held += predictive is not None and predictive.low <= true <= predictive.high
    assert held / 600 >= 0.95


def test_a_cards_figures_are_the_groups_where_it_has_groups():
    other = {"sensitivity": figure(0.5, 0.4, 0.6), "specificity": figure(0.5, 0.4, 0.6)}
    test = {"children": ONE_FINDING, "adults": other}
    assert measured_in(test, "children", "pneumonia", "normal") == MEASURED
    assert measured_in(test, "adults", "pneumonia", "normal").sensitivity == Interval(0.5, 0.4, 0.6)
    assert measured_in(ONE_FINDING, None, "pneumonia", "normal") == MEASURED


def test_a_cards_figures_of_several_classes_are_of_the_one_that_scores_highest():
    test = {"classes": {"cat": {"recall": figure(0.9, 0.8, 0.95), "specificity": figure(0.8, 0.7, 0.9)}, "dog": {}}}
    assert measured_in(test, None, "dog", "cat") == Measured("cat", MEASURED.sensitivity, MEASURED.specificity, "highest")
    assert measured_in(test, None, "dog", "dog") is None


@pytest.mark.parametrize(
    "test",
    [
        None,
        "good",
        {},
        {"children": ONE_FINDING},
        {"classes": []},
        {"sensitivity": 0.9, "specificity": 0.8},
        {"sensitivity": figure(0.9, 0.8, 0.95)},
        {**ONE_FINDING, "specificity": figure(None, 0, 1)},
        {**ONE_FINDING, "specificity": figure("0.8", 0, 1)},
        {**ONE_FINDING, "specificity": figure(0.8, 0.9, 1)},
        {**ONE_FINDING, "specificity": figure(float("nan"), 0, 1)},
        {**ONE_FINDING, "specificity": figure(80, 70, 90)},
    ],
)
def test_what_a_card_doesnt_hold_is_no_number(test):
    assert measured_in(test, None, "pneumonia", "pneumonia") is None


def test_a_group_that_wasnt_measured_is_no_number():
    assert measured_in({"children": ONE_FINDING}, "adults", "pneumonia", "pneumonia") is None
    assert measured_in(ONE_FINDING, "adults", "pneumonia", "pneumonia") is None


def test_frequencies_say_what_they_are_of():
    assert natural_frequencies(MEASURED, 20, 100) == Frequencies(
        100, 20, Count(18, 16, 19), Count(16, 8, 24), Interval(18 / 34, pytest.approx(0.4), pytest.approx(19 / 27))
    )
