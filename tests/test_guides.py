"""The guides and the glossary: the same in every language, true to the words on the screen, with no picture lost or idle."""

import ast
import re
from collections.abc import Iterator

import pytest
from babel.messages.pofile import read_po

from medcore.settings import ROOT
from ui.help.glossary import DOCS, glossary
from ui.help.guides import GUIDES
from ui.help.terms import link, linked
from ui.texts.catalogs import ENGLISH, FOLDER, LANGUAGES
from ui.texts.collecting import collected

OTHERS = [each for each in LANGUAGES if each != ENGLISH]
# Where a text in another language speaks of one of these, it says the glossary's word for it.
FIRM = (
    "operating-point",
    "heat-map",
    "sensitivity",
    "specificity",
    "roc-curve",
    "calibration",
    "augmentation",
    "learning-rate",
)
PICTURE = re.compile(r"!\[.+\]\(pictures/([\w-]+)\.(\w+)\.png\)")
HEADING = re.compile(r"^#+ .+$", re.MULTILINE)
BOLD = re.compile(r"\*\*(.+?)\*\*")
TERM = re.compile(r"\(glossary(?:\.(\w+))?\.md#([a-z0-9-]+)\)")

_FIRST_ID = {"linked": 1, "explained": 0}  # at which place the ids of entries begin


def written(role: str, language: str) -> str:
    """A guide as it is written."""
    ending = "" if language == ENGLISH else f".{language}"
    return (DOCS / f"guide-{role}{ending}.md").read_text("utf-8")


def pictures(role: str, language: str) -> list[str]:
    """The names of its pictures, in their order; each must be of its language."""
    found = PICTURE.findall(written(role, language))
    assert {of for _, of in found} <= {language}
    return [name for name, _ in found]


def test_every_picture_of_a_guide_is_there_and_every_picture_is_in_a_guide():
    named = {f"{name}.{of}.png" for of in LANGUAGES for role in GUIDES for name in pictures(role, of)}
    assert named == {path.name for path in (DOCS / "pictures").iterdir()}


def shape(text: str) -> list[int]:
    """The depths of a page's headings."""
    return [len(line.split(" ")[0]) for line in HEADING.findall(text)]


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("role", GUIDES)
def test_a_guide_has_the_same_parts_in_every_language(role: str, language: str):
    assert shape(written(role, language)) == shape(written(role, ENGLISH))
    assert pictures(role, language) == pictures(role, ENGLISH)
    assert [id_ for _, id_ in TERM.findall(written(role, language))] == [id_ for _, id_ in TERM.findall(written(role, ENGLISH))]
    assert len(BOLD.findall(written(role, language))) == len(BOLD.findall(written(role, ENGLISH)))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("role", GUIDES)
def test_a_guide_names_what_is_on_the_screen_as_the_screen_does(role: str, language: str):
    on_screen = set(texts(language).values())
    assert [words for words in BOLD.findall(written(role, language)) if words not in on_screen] == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("role", GUIDES)
def test_a_guides_terms_lead_to_entries_of_its_language(role: str, language: str):
    for of, id_ in TERM.findall(written(role, language)):
        assert (of or ENGLISH) == language
        assert id_ in glossary(language)


@pytest.mark.parametrize("language", OTHERS)
def test_the_glossary_has_the_same_entries_in_every_language(language: str):
    assert list(glossary(language)) == list(glossary(ENGLISH))
    ending = f".{language}.md"
    assert (DOCS / f"glossary{ending}").read_text("utf-8").count("<a id=") == len(glossary(language))


@pytest.mark.parametrize("language", OTHERS)
@pytest.mark.parametrize("id_", FIRM)
def test_the_app_says_the_glossarys_word(id_: str, language: str):
    word = re.compile(rf"\b{re.escape(glossary(ENGLISH)[id_].word)}s?\b", re.IGNORECASE)
    spoken = {text: own for text, own in texts(language).items() if word.search(text) and own}
    assert spoken
    assert [(text, own) for text, own in spoken.items() if glossary(language)[id_].word not in own] == []


def test_every_term_that_the_app_links_has_an_entry():
    named = list(terms_of_the_app())
    assert len(named) >= 8
    assert {id_ for id_ in named if id_ not in glossary(ENGLISH)} == set()


def test_a_mention_becomes_a_link_once_and_keeps_its_letters():
    said = linked("Operating points: the operating point of each", "operating-point")
    assert said.startswith("[Operating points](help?term=operating-point ")
    assert said.count("](help") == 1
    assert said.endswith(": the operating point of each")


def test_a_link_doesnt_end_at_a_quotation_mark_in_its_entry():
    assert '\\"yes\\"' in link(glossary(ENGLISH)["operating-point"], "point")


def test_one_terms_entry_isnt_searched_for_another_term():
    said = linked("A score and its operating point", "operating-point", "score")
    assert said.startswith("A [score](help?term=score ")


def texts(language: str) -> dict[str, str]:
    """What the app says in a language, by what it says in English."""
    if language == ENGLISH:
        return {text: text for text in collected() if isinstance(text, str)}
    with (FOLDER / f"{language}.po").open("rb") as file:
        return {message.id: str(message.string) for message in read_po(file, locale=language) if isinstance(message.id, str)}


def terms_of_the_app() -> Iterator[str]:
    """The ids that are handed to `linked` and `explained`, wherever that is done."""
    for path in [*(ROOT / "ui").rglob("*.py"), *(ROOT / "pages").glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _FIRST_ID:
                yield from (each.value for each in node.args[_FIRST_ID[node.func.id] :] if isinstance(each, ast.Constant))
