"""Words from a file are shown as they are."""

import re

import pytest

from ui.plain import plain


@pytest.mark.parametrize("text", ["![i](http://a.b/c.png)", ":red[x] **y**", "www.evil.example", "a@b.example", "<img src=x>"])
def test_the_words_stay_and_nothing_in_them_is_markup(text):
    escaped = plain(text)
    assert re.sub(r"\\(.)", r"\1", escaped).replace("\u2060", "") == text
    assert not re.search(r"(?<!\\)[!\[\]()*:<>`_$~#|]", escaped)
    assert not re.search(r"://|www\.|\w@", re.sub(r"\\(.)", r"\1", escaped).replace("\u2060", "|"))
