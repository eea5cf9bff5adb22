"""What the library says in English is found again and said in Chinese: whole, with its names as they are, or not at all."""

import json
import re
import warnings

import pytest
import real_sentences
from blob_models import card_fields

from medcore.models.card import read_card
from ui.texts.catalogs import Catalog, catalog
from ui.texts.sentences import Sentences

THREE_WORDS = re.compile(r"[A-Za-z'’-]{2,}(?: [A-Za-z'’-]{2,}){2}")
SPACE_BETWEEN_CHINESE = re.compile(r"[\u4e00-\u9fff] [\u4e00-\u9fff]")
LEAST = 150


def sentences(texts: dict[str, str], **kinds: dict[int, str]) -> Sentences:
    return Sentences(Catalog(texts, kinds={english: kinds.get("at", {}) for english in texts}))


@pytest.fixture(scope="module")
def chinese() -> Sentences:
    return Sentences(catalog("zh"))


@pytest.fixture(scope="module")
def said(tmp_path_factory) -> list[str]:
    """Each different sentence, numbers and file names aside."""
    folder = tmp_path_factory.mktemp("real")
    (folder / "card").mkdir()
    (folder / "card" / "card.json").write_text(json.dumps(card_fields("card", "0" * 64)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        everything = [
            *real_sentences.of_files(folder),
            *real_sentences.of_cards(folder),
            *real_sentences.of_gates(read_card(folder / "card")),
            *real_sentences.of_wishes(),
        ]
    return list({re.sub(r"[\w-]+\.\w{2,4}\b|\d+", "#", sentence): sentence for sentence in everything}.values())


def test_real_sentences_are_many(said):
    assert len(said) > LEAST


def test_each_real_sentence_is_said_in_chinese(said, chinese):
    unsaid = [sentence for sentence in said if not re.search("[\u4e00-\u9fff]", chinese.translated(sentence))]
    assert unsaid == []


def test_no_real_sentence_is_half_english(said, chinese):
    mixed = [found for sentence in said if THREE_WORDS.search(found := chinese.translated(sentence).split("InputSpec(")[0])]
    assert mixed == []


def test_no_english_joint_stays_between_chinese_words(said, chinese):
    joints = re.compile(r"[\u4e00-\u9fff] ?(and|or|the|is|of|to) |, ?[\u4e00-\u9fff]|[\u4e00-\u9fff][,;:!?]")
    assert [found for sentence in said if joints.search(found := chinese.translated(sentence))] == []


def test_chinese_words_stand_without_spaces_between_them(said, chinese):
    spaced = [found for sentence in said if SPACE_BETWEEN_CHINESE.search(found := chinese.translated(sentence))]
    assert spaced == []


NAMES = (
    "a, b and c.dcm",
    "Dr. Who is empty. Really",
    "1 to 6",
    "full range",
    "is damaged and can't be read; export.dcm",
    "胸片 一.dcm",
    "normal",
    "x; y or z",
    "{0} and {1}",
    "a.dcm is empty (0 bytes); export or copy it again from where it came from.",
)


@pytest.mark.parametrize("name", NAMES)
def test_a_name_goes_through_as_it_is(chinese, name):
    found = chinese.translated(f"{name} is cut off: it ends before all of its pixels; export or copy it again.")
    assert found.startswith(f"{name} ")
    assert found != f"{name} is cut off: it ends before all of its pixels; export or copy it again."


@pytest.mark.parametrize("name", NAMES)
def test_a_name_inside_a_sentence_goes_through_as_it_is(chinese, name):
    assert name in chinese.translated(f"The weights of {name} are missing; restore weights.npz.")


def test_what_nobody_translated_stays_whole(chinese):
    for text in (
        "Something that no one knows is here.",
        "Pixel spacing is unknown: measurements are in pixels. And so on.",
        "",
    ):
        assert chinese.translated(text) == text


def test_a_sentence_with_an_unknown_part_stays_whole():
    texts = sentences({"It can't be used ({0}).": "无法使用（{0}）。"})
    assert texts.translated("It can't be used (for a reason of its own).") == "It can't be used (for a reason of its own)."
    assert texts.translated("It can't be used (E7).") == "无法使用（E7）。"


def test_the_most_specific_template_is_taken():
    texts = sentences({"{0} is {1}.": "{0} 是 {1}。", "{0} is empty.": "{0} 是空的。"})
    assert texts.translated("x is empty.") == "x 是空的。"


def test_places_may_change_their_order():
    assert sentences({"{0} of {1} slices": "{1} 个层面中的 {0} 个"}).translated("3 of 12 slices") == "12 个层面中的 3 个"


def test_an_ending_may_be_either():
    texts = sentences({"{0} slice{|s} seem{|s} to be missing.": "似乎缺少 {0} 个层面。"})
    assert texts.translated("1 slice seems to be missing.") == "似乎缺少 1 个层面。"
    assert texts.translated("2 slices seem to be missing.") == "似乎缺少 2 个层面。"


def test_a_number_is_a_number():
    texts = sentences({"{0} to {1}": "{0} 至 {1}"}, at={0: "number", 1: "number"})
    assert texts.translated("-1.5e+03 to 6") == "-1.5e+03 至 6"
    assert texts.translated("back to front") == "back to front"


def test_a_label_has_its_own_word_or_stays():
    texts = sentences({"No film is of {0}.": "没有{0}的片子。", "normal": "正常"}, at={0: "label"})
    assert texts.translated("No film is of normal.") == "没有正常的片子。"
    assert texts.translated("No film is of a rare kind of thing.") == "没有 a rare kind of thing 的片子。"


def test_a_list_of_things_with_brackets_is_told_thing_by_thing():
    found = sentences({"{0} ({1} alone)": "{0}（仅 {1}）", "{0}, {1}": "{0}、{1}"}, at={1: "label"})
    assert found.translated("mean (a b c alone), size (b alone)") == "mean（仅 a b c）、size（仅 b）"


def test_many_names_are_counted():
    texts = sentences({"No picture of {0}.": "没有{0}的图片。", "{0} and {1} more": "{0} 等，另有 {1} 个"}, at={0: "names"})
    assert texts.translated("No picture of a b c d, e and 5 more.") == "没有 a b c d, e 等，另有 5 个的图片。"


def test_a_very_long_list_of_names_is_soon_done(chinese):
    names = ", ".join(f"folder {number}/film of a patient" for number in range(3000))
    assert chinese.translated(f"There is no model 'x'; the models are: {names}.").startswith("没有")
    assert chinese.translated(names) == names


def test_a_card_is_still_a_card(chinese):
    said = "The card of model can't be used (it lacks labels and title); mend or restore card.json."
    assert "labels 和 title" in chinese.translated(said)
