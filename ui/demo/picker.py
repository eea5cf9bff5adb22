"""A picture to point at, by mouse, finger or keyboard; gives the area that was pointed at."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st

from ui.demo.pictures import address
from ui.texts import say

_SCRIPT = Path(__file__).with_suffix(".js")
_mount = st.components.v2.component(
    "lightbox_picker",
    html='<div class="field"></div>',
    css=_SCRIPT.with_suffix(".css").read_text(encoding="utf-8"),
    js=_SCRIPT.read_text(encoding="utf-8"),
)


@dataclass(frozen=True)
class Area:
    """What was pointed at, in parts of the picture's height and width from its upper left: a point, or one of 16 fields."""

    top: float
    left: float
    bottom: float
    right: float

    def distance(self, row: float, column: float) -> float:
        """How far a point is from it, in the same parts; 0 inside."""
        down = max(self.top - row, 0.0, row - self.bottom)
        across = max(self.left - column, 0.0, column - self.right)
        return float(np.hypot(down, across))

    @property
    def centre(self) -> tuple[float, float]:
        """Its middle: (row, column)."""
        return (self.top + self.bottom) / 2, (self.left + self.right) / 2


def picker(image: np.ndarray, alt: str, key: str, picked: Callable[[Area], None]) -> None:
    """Shows the picture; `picked` is called before the page runs again."""
    data = {
        "picture": address(image),
        "alt": alt,
        "label": say("Sixteen fields of the film: move by the arrow keys, choose with Enter"),
        "place": say("Row {row}, column {column}"),
    }
    _mount(key=key, data=data, on_picked_change=lambda: _tell(key, picked))


def _tell(key: str, picked: Callable[[Area], None]) -> None:
    found = st.session_state[key].get("picked")
    if found and len(found) == 4:
        picked(Area(*(min(1.0, max(0.0, float(each))) for each in found)))
