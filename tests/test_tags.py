"""A header's elements have names in each language, and none of their values has."""

import re

import numpy as np
import pytest

from medcore.reading import dicom_words
from medcore.recognition import POSTURES
from medcore.volume import Acquisition, Series, Volume
from ui.scan import change
from ui.tags import _parts, body_part, element, named
from ui.texts import translated


@pytest.fixture
def chinese(monkeypatch):
    monkeypatch.setattr("ui.texts.language", lambda: "zh")


def series(description: str, body_part: str | None) -> Series:
    volume = Volume(np.zeros((1, 4, 4), np.int16), None, "grey", "CR", "MONOCHROME2", "image")
    return Series("u", description, volume, Acquisition("CR", body_part))


def test_in_english_an_element_is_called_by_its_keyword():
    assert [element(keyword) for keyword in dicom_words._SHOWN] == list(dicom_words._SHOWN)
    assert all(body_part(word) == word for word in _parts())


@pytest.mark.usefixtures("chinese")
def test_each_element_that_a_header_shows_has_a_chinese_name():
    assert not [keyword for keyword in dicom_words._SHOWN if element(keyword) == keyword]
    assert not [word for word in _parts() if body_part(word) == word]


@pytest.mark.usefixtures("chinese")
def test_a_series_is_named_by_its_tags_and_what_is_no_tag_is_left_alone():
    assert named(series("CR chest", "CHEST")) == "CR 胸部"
    assert named(series("CR left third rib", "LEFT THIRD RIB")) == "CR left third rib"
    assert named(series("my chest", None)) == "my chest"


@pytest.mark.usefixtures("chinese")
@pytest.mark.parametrize("posture", POSTURES[1:], ids=lambda posture: posture.name)
def test_what_a_reader_did_and_can_do_is_said_in_chinese(posture):
    assert not re.search("[a-z]", translated(change(posture)))
    assert not re.search("[a-z]", translated(posture.correction))
