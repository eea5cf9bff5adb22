"""Chinese words have their own letters in every picture, their lines break where Chinese breaks, and the font comes late."""

import subprocess
import sys
import warnings
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import pytest
from matplotlib.figure import Figure
from PIL import ImageFont

from medcore import fonts

NOTICE = "仅供科研与教学，不用于诊断。评分：肺炎 0.81（工作点 0.40）；“左肺上叶”1 − 特异度 ≥ 5 %…"
BOX = "\U0010fffe"  # no font has it: the empty box is drawn


def glyph(font: ImageFont.FreeTypeFont, letter: str) -> bytes:
    return bytes(font.getmask(letter))


def test_pillow_has_a_glyph_for_each_letter_of_a_chinese_notice():
    font = fonts.for_pillow(NOTICE, 18)
    drawn = {letter: glyph(font, letter) for letter in NOTICE if not letter.isspace()}
    assert not [letter for letter, pixels in drawn.items() if not any(pixels) or pixels == glyph(font, BOX)]
    western = fonts.for_pillow("score", 18)
    assert glyph(western, "肺") == glyph(western, BOX)


def test_matplotlib_finds_a_glyph_for_each_letter_of_a_chinese_notice():
    with warnings.catch_warnings(action="error"):
        figure = Figure()
        figure.text(0.1, 0.5, NOTICE, family=fonts.families(NOTICE))
        figure.savefig(BytesIO())
    plain = Figure()
    plain.text(0.1, 0.5, NOTICE)
    with warnings.catch_warnings(action="error"), pytest.raises(UserWarning, match="missing from font"):
        plain.savefig(BytesIO())


def test_western_words_keep_to_the_western_font():
    assert fonts.families("score ≥ 0.5 · 1 − specificity\nä ß Ω ж") == [fonts.WESTERN]
    assert fonts.for_pillow("score", 18).getname()[0] == fonts.WESTERN
    assert fonts.for_pillow("score 评分", 18).getname()[0] == fonts.CHINESE


def test_threads_register_the_font_once():
    from matplotlib.font_manager import fontManager

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(fonts.families, ["肺炎"] * 32))
    assert found == [[fonts.WESTERN, fonts.CHINESE]] * 32
    ours = [entry for entry in fontManager.ttflist if entry.fname == str(fonts._chinese_file())]
    assert [entry.name for entry in ours].count(fonts.CHINESE) == 1


def test_the_font_is_neither_opened_nor_looked_for_until_there_is_a_word_for_it():
    asking = (
        "import sys; from medcore import fonts, reporting; fonts.families('score'); fonts.for_pillow('score', 18);"
        "opened = open('/proc/self/maps').read();"
        "print('NotoSansCJK' in opened, *({'mplfonts', 'matplotlib.font_manager', 'matplotlib.figure'} & set(sys.modules)))"
    )
    answer = subprocess.run(
        [sys.executable, "-c", asking], cwd=Path(__file__).parent.parent, capture_output=True, text=True, timeout=60, check=True
    )
    assert answer.stdout.split() == ["False"]


@pytest.mark.parametrize(
    "text", [NOTICE, "肺" * 40, "T1-weighted, a_long_name: " * 3, "W" * 50, "界限 -600，见 CHEST、THORAX。"]
)
@pytest.mark.parametrize("width", [6, 18])
def test_no_line_is_too_wide_and_no_letter_is_lost(text: str, width: int):
    lines = fonts.wrapped(text, width, fonts.columns)
    assert max(map(fonts.columns, lines)) <= width
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_chinese_lines_begin_with_no_closing_mark_and_end_with_no_opening_one():
    for width in range(8, 40):
        lines = fonts.wrapped(NOTICE, width, fonts.columns)
        assert not [line for line in lines if line[0] in "，。；：）”…"]
        assert not [line for line in lines if line[-1] in "（“"]


def test_western_lines_break_at_blanks_underscores_and_hyphens_but_not_before_a_number():
    assert fonts.wrapped("window center -600, width 1500", 16, fonts.columns) == ["window center", "-600, width 1500"]
    assert fonts.wrapped("pituitary_adenoma", 12, fonts.columns) == ["pituitary_", "adenoma"]
    assert fonts.wrapped("a T1-weighted film", 9, fonts.columns) == ["a T1-", "weighted", "film"]
    assert fonts.wrapped("", 9, fonts.columns) == fonts.wrapped(" ", 9, fonts.columns) == []


def test_a_letter_wider_than_the_line_has_a_line_of_its_own():
    assert fonts.wrapped("肺炎", 1, fonts.columns) == ["肺", "炎"]
