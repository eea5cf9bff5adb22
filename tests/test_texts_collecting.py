"""What there is to translate: each string of the library that can reach a page, once, and no pattern, key or command."""

import ast

import pytest

from ui.texts import collecting
from ui.texts.hidden import NOT_SHOWN
from ui.texts.templates import template


def found(source: str) -> list[str]:
    return [one.text for _, one in collecting.said_by_library(source)]


def kinds(source: str) -> list[tuple[str, ...]]:
    return [one.kinds for _, one in collecting.said_by_library(source)]


def test_an_f_string_is_a_template_with_places():
    assert found('raise InvalidValue(f"{name} holds {count} files; open a part of it.")') == [
        "{0} holds {1} files; open a part of it."
    ]


def test_an_ending_is_no_place():
    assert found('''f"{missing} slice{'s' * (missing > 1)} seem{'s' * (missing == 1)} to be missing."''') == [
        "{0} slice{|s} seem{|s} to be missing."
    ]
    assert found('''f"{some} slices {'has' if count == 1 else 'have'} no rescale."''') == ["{0} slices {has|have} no rescale."]


def test_words_that_are_chosen_inside_a_template_are_found_beside_it():
    assert found('''f"A value is {x:g} {'Gy of dose' if gy else 'of the reference dose'}."''') == [
        "A value is {0} {1}.",
        "Gy of dose",
        "of the reference dose",
    ]


def test_what_is_formatted_is_a_template_too():
    assert found('"The window (center {:g}, width {:g}) is ignored.".format(*pair)') == [
        "The window (center {0}, width {1}) is ignored."
    ]


def test_a_text_is_found_without_the_space_beside_it():
    assert found('f" The file doesn\'t say its {words}."') == ["The file doesn't say its {0}."]


@pytest.mark.parametrize(
    "source",
    [
        '"""A docstring of several words."""',
        'def f():\n    """A docstring of several words."""',
        're.compile("no tumour here")',
        'text.removesuffix("in so many words")',
        'warnings.filterwarnings("ignore", "The least populated class")',
        'PATTERN = r"(person \\d+ of many)"',
        'Kind = Literal["in part", "as a whole"]',
        'print("what a log says", file=sys.stderr)',
        'x = "one"',
        'f"{axis}Position"',
    ],
)
def test_what_is_no_sentence_is_left_out(source):
    assert found(source) == []


def test_a_problem_has_a_key_and_a_sentence():
    assert found('Problem("few films", True, "There are few films; add some.")') == ["There are few films; add some."]


def test_the_code_says_what_stands_in_a_place():
    assert kinds('f"{source.name} holds {len(files)} files of {label}: {reason}."') == [("name", "number", "label", "")]
    assert kinds("f\"There is no {word!r} here; choose {', '.join(names)}.\"") == [("name", "names")]
    assert template(ast.parse('f"{a.name} is {x:.2f}"').body[0].value).comment == ["{0} name, {1} number"]


def test_two_places_never_touch():
    """Nothing would say where the one ends and the other begins."""
    assert [text for text in collecting.collected() if isinstance(text, str) and "}{" in text] == []


def test_what_is_hidden_is_there(monkeypatch):
    monkeypatch.setattr(collecting, "NOT_SHOWN", frozenset())
    said = {one.text for _, _, one in collecting._of_library.__wrapped__()}
    assert sorted(NOT_SHOWN - said) == []


def test_pages_texts_are_found():
    assert list(collecting.said_by_pages('say("Open a scan")\nsay_count("1 image", "{count} images", n)')) == [
        (1, "Open a scan"),
        (2, ("1 image", "{count} images")),
    ]
