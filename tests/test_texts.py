"""Every text of the app is there in every language, once and well set."""

import re
from functools import cache

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po

from ui.texts import collecting
from ui.texts.catalogs import ENGLISH, FOLDER, LANGUAGES, catalog
from ui.texts.collecting import notes

WORDS_NEVER_USED = re.compile("置信度|严重程度|严重性|您|AI ?检测|假阳|假阴|截断值|阈值|热图|图层|切片")
NOT_FOR_DIAGNOSIS = re.compile("不用于诊断|非诊断|不作诊断|不能用于诊断")
HAN = r"[\u4e00-\u9fff]"
HALF_WIDTH = re.compile(rf"{HAN}[,;:!?]|[,;!?] ?{HAN}|{HAN}\.( |$|{HAN})|{HAN} ?\([^()]*{HAN}")
TOUCHING = re.compile(rf"{HAN}[A-Za-z0-9]|[A-Za-z0-9%°]{HAN}")
others = pytest.mark.parametrize("language", [each for each in LANGUAGES if each != ENGLISH])


@cache
def collected() -> frozenset[collecting.Text]:
    return frozenset(collecting.collected())


@cache
def messages(language: str) -> list[Message]:
    with (FOLDER / f"{language}.po").open("rb") as file:
        return [message for message in read_po(file, locale=language) if message.id]


def forms(message: Message) -> list[str]:
    return [message.string] if isinstance(message.string, str) else list(message.string)


def ids(language: str) -> set[collecting.Text]:
    return {each.id if isinstance(each.id, str) else tuple(each.id) for each in messages(language)}


def pairs(language: str) -> list[tuple[str, str]]:
    """English (of a plural, the one for many) and each form of the other language."""
    found = []
    for message in messages(language):
        english = message.id if isinstance(message.id, str) else message.id[-1]
        found += [(english, form) for form in forms(message) if form]
    return found


def places(text: str) -> set[str]:
    return set(re.findall(r"\{\w+\}", text)) - {"{count}"}


@others
def test_nothing_is_missing(language):
    """`python -m ui.texts.collecting` puts what is new into the file."""
    empty = [each.id for each in messages(language) if not all(forms(each))]
    assert (sorted(map(str, collected() - ids(language))), empty) == ([], [])


@others
def test_nothing_is_left_over(language):
    assert sorted(map(str, ids(language) - collected())) == []


@others
def test_the_file_says_what_stands_in_each_place(language):
    """`python -m ui.texts.collecting` brings that up to date."""
    told = {each.id: " ".join(each.auto_comments) for each in messages(language) if isinstance(each.id, str)}
    wanted = {text: " ".join(comment) for text, comment in notes().items() if comment}
    assert {text: told.get(text) for text in wanted if told.get(text) != wanted[text]} == {}


@others
def test_both_sides_have_the_same_places(language):
    """But a plural's {count}, which a language may put in words."""
    assert [(english, own) for english, own in pairs(language) if places(english) != places(own)] == []


@others
def test_plural_forms_are_whole(language):
    with (FOLDER / f"{language}.po").open("rb") as file:
        wanted = read_po(file, locale=language).num_plurals
    assert [each.id for each in messages(language) if not isinstance(each.id, str) and len(each.string) != wanted] == []


@others
def test_no_text_begins_or_ends_with_a_space_of_its_own(language):
    def edges(text: str) -> tuple[str, str]:
        return text[: len(text) - len(text.lstrip())], text[len(text.rstrip()) :]

    more = [(english, own) for english, own in pairs(language) if any(edges(own)) and edges(english) != edges(own)]
    assert (
        more + [(english, own) for english, own in pairs(language) if "\n" in "".join(edges(english)) and not any(edges(own))]
        == []
    )


@others
def test_markdown_is_marked_alike(language):
    """Bold stays bold, and a line that ends stays one."""
    wrong = [(english, own) for english, own in pairs(language) if english.count("**") != own.count("**")]
    assert wrong + [(english, own) for english, own in pairs(language) if english.count("\n") != own.count("\n")] == []


@others
def test_english_sentences_are_not_repeated(language):
    same = [
        english for english, own in pairs(language) if english == own and re.search(r"[a-z]{2,} [a-z]{2,} [a-z]{2,}", english)
    ]
    assert same == []


def test_chinese_sentences_have_full_width_marks():
    assert [own for _, own in pairs("zh") if HALF_WIDTH.search(own)] == []


def test_chinese_and_latin_letters_stand_apart():
    assert [own for _, own in pairs("zh") if TOUCHING.search(own)] == []


def test_chinese_words_are_the_glossarys():
    assert [own for _, own in pairs("zh") if WORDS_NEVER_USED.search(own)] == []


def test_diagnosis_is_only_what_this_is_not_for():
    assert [own for _, own in pairs("zh") if "诊断" in NOT_FOR_DIAGNOSIS.sub("", own)] == []


def test_not_for_diagnosis_is_said_the_same_everywhere():
    said = [own for english, own in pairs("zh") if "Research and education, not for diagnosis" in english]
    assert [own for own in said if "仅供科研与教学，不用于诊断" not in own] == []


def test_a_catalog_reads_all_of_its_file():
    found = catalog("zh")
    assert len(found.texts) + len(found.counts) == len(messages("zh"))
