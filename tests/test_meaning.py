"""Natural frequencies on the page: the sentence, what it rests on, and the picture of people that says the same."""

import re

import pytest

from medcore.evaluation import Interval, Measured, natural_frequencies
from ui.meaning import in_words
from ui.people import people_picture

MEASURED = Measured("pneumonia", Interval(0.9, 0.8, 0.95), Interval(0.8, 0.7, 0.9), "point")


def test_the_sentence_is_of_those_who_are_called_with_its_range():
    so, rests = in_words(natural_frequencies(MEASURED, 20, 100), MEASURED, "children")
    assert so == "So of **34** who score at or above the point, **18** have it: between 40 and 70 of 100 of them."
    assert rests.startswith(":small[Measured on test films of children: sensitivity 0.90 (0.80 to 0.95), specificity 0.80")
    assert "95 % intervals" in rests


def test_rare_things_are_told_of_a_thousand():
    so, _ = in_words(natural_frequencies(MEASURED, 5, 1000), MEASURED, None)
    assert so == "So of **204** who score at or above the point, **5** have it: between 13 and 46 of 1000 of them."


def test_a_test_of_several_classes_says_that_it_counted_by_the_highest_score():
    of_classes = Measured("glioma", MEASURED.sensitivity, MEASURED.specificity, "highest")
    so, rests = in_words(natural_frequencies(of_classes, 20, 100), of_classes, None)
    assert "who score highest for it" in so
    assert "by the highest of a picture's scores, not by the operating point" in rests


def test_where_nobody_is_called_no_range_is_made_up():
    never = Measured("a", Interval(0.0, 0.0, 0.1), Interval(1.0, 0.95, 1.0), "point")
    assert in_words(natural_frequencies(never, 10, 100), never, None)[0] == (
        "Of 100 such people, none would score at or above the point."
    )


@pytest.mark.parametrize(("have_it", "people"), [(20, 100), (5, 1000)])
def test_there_is_a_mark_a_person_and_the_words_for_who_cant_see_them(have_it, people):
    of = natural_frequencies(MEASURED, have_it, people)
    crowd, key = people_picture(of, "score above", "score below").split("<ul>")
    marks = re.findall(r'<i class="(.)"></i>', crowd)
    assert len(marks) == people
    assert [marks.count(kind) for kind in "fmap"] == [of.found.value, of.missed, of.false_alarms.value, of.passed]
    spoken = re.search(r'role="img" aria-label="([^"]+)"', crowd)
    assert spoken is not None
    assert spoken[1].startswith(
        f"{people} people: {of.found.value} have it and score above, {of.missed} have it and score below"
    )
    assert f"<b>{of.found.value}</b> ({of.found.low} to {of.found.high}) have it and score above" in key


def test_no_word_promises_more_than_a_count():
    words = " ".join(in_words(natural_frequencies(MEASURED, 20, 100), MEASURED, None)).lower()
    assert not [word for word in ("diagnos", "severity", "confidence", "probab", "positive", "negative") if word in words]
