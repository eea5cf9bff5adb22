"""The time left is said late, only at a steady pace, and roughly."""

import pytest

from ui.opening import progress_words
from ui.pace import Pace, in_words


def left(shares: list[float], step: float = 0.5) -> list[float | None]:
    """What a pace says at shares that are reached every `step` seconds."""
    pace = Pace(100.0)
    return [pace.seconds_left(share, 100 + step * (number + 1)) for number, share in enumerate(shares)]


def test_a_steady_pace_is_told_after_two_seconds():
    said = left([number / 20 for number in range(1, 20)])
    assert said[:3] == [None] * 3
    assert said[3:] == pytest.approx([0.5 * (20 - number) for number in range(4, 20)])


def test_nothing_is_said_where_the_pace_has_just_changed_or_nothing_moves():
    assert left([0.4] * 9)[4:] == [None] * 5
    assert left([0.1, 0.2, 0.3, 0.4, 0.401, 0.402, 0.403, 0.404])[-1] is None
    assert left([0.0] * 6 + [1.0]) == [None] * 7


@pytest.mark.parametrize(("seconds", "words"), [(0.2, "1 s"), (8.3, "8 s"), (43, "45 s"), (89, "90 s"), (150, "2 min")])
def test_the_time_left_has_few_digits(seconds, words):
    assert in_words(seconds) == f"about {words} left"


def test_files_are_counted_where_there_are_several():
    assert progress_words(0.3, 400, 8) == "Reading … 120 of 400 files · about 8 s left"
    assert progress_words(0.3, 1, None) == "Reading … 30 %"
