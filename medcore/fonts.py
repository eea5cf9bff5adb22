"""How words are drawn into pictures: which font has their letters, how wide they are, where their lines break.

Western words are in DejaVu Sans, which matplotlib brings. What it lacks, Chinese above all, is in Noto Sans CJK (SIL OFL): the
package mplfonts brings its file, which is all that is used of it, and that only once there is such a word to draw.
"""

import re
from collections.abc import Callable
from functools import cache, lru_cache
from importlib.metadata import distribution
from pathlib import Path
from threading import Lock
from unicodedata import east_asian_width

import matplotlib
from matplotlib.ft2font import FT2Font
from PIL import ImageFont

WESTERN, CHINESE = "DejaVu Sans", "Noto Sans CJK SC"
_WIDE = "\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff01-\uff60\U00020000-\U0003ffff"
_CLOSING, _OPENING = r"、。，．：；？！）】》〉」』”’…·%％),.:;?!\]", r"（【《〈「『“‘(\["
# Behind blanks, underscores and hyphens before a letter; beside a Chinese character, but for what closes or opens.
_BREAKS = re.compile(
    rf"(?<=\s)(?=\S)|(?<=_)(?=[^_\s])|(?<=[^\W_]-)(?=[^\W\d_])"
    rf"|(?<=[{_WIDE}])(?<![{_OPENING}])(?=[^\s{_CLOSING}])|(?<=[^\s{_OPENING}])(?=[{_WIDE}])(?![{_CLOSING}])"
)
_registering = Lock()


def families(text: str) -> list[str]:
    """The font families in which matplotlib finds the text's letters; the Chinese one only where it is needed."""
    if _is_western(text):
        return [WESTERN]
    with _registering:
        _register()
    return [WESTERN, CHINESE]


def for_pillow(text: str, pixels: int) -> ImageFont.FreeTypeFont:
    """The one font for a whole text, `pixels` high: Pillow doesn't look a letter up in a second font."""
    return _opened(_western_file() if _is_western(text) else _chinese_file(), pixels)


def columns(text: str) -> int:
    """How wide a text is in letters: a Chinese character takes the room of two."""
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def wrapped(text: str, width: float, measure: Callable[[str], float]) -> list[str]:
    """The text in lines that `measure` no more than `width`, broken where its script breaks lines, else anywhere."""
    lines, line = [], ""
    for piece in _BREAKS.split(" ".join(text.split())):
        if line and measure((line + piece).rstrip()) > width:
            lines.append(line.rstrip())
            line = ""
        line += piece
        while (fitting := _fitting(line.rstrip(), width, measure)) < len(line.rstrip()):
            lines.append(line[:fitting])
            line = line[fitting:]
    return [*lines, line.rstrip()] if line.strip() else lines


def _fitting(line: str, width: float, measure: Callable[[str], float]) -> int:
    """How many of the line's first letters go into `width`: all of them, or as many as do, one at the least."""
    if measure(line) <= width:
        return len(line)
    return next((count for count in range(len(line) - 1, 1, -1) if measure(line[:count]) <= width), 1)


def _is_western(text: str) -> bool:
    return all(letter.isspace() or ord(letter) in _western_letters() for letter in text)


@cache
def _western_letters() -> frozenset[int]:
    return frozenset(FT2Font(str(_western_file())).get_charmap())


@cache
def _register() -> None:
    """Makes the Chinese font known to matplotlib, whose font manager isn't needed, or loaded, before."""
    from matplotlib.font_manager import fontManager

    fontManager.addfont(_chinese_file())


def _western_file() -> Path:
    return Path(matplotlib.get_data_path()) / "fonts/ttf/DejaVuSans.ttf"


@cache
def _chinese_file() -> Path:
    """Found without importing the package, which would change matplotlib's settings."""
    return Path(str(distribution("mplfonts").locate_file("mplfonts/fonts/NotoSansCJKsc-Regular.otf")))


@lru_cache(maxsize=8)
def _opened(file: Path, pixels: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(file), pixels)
