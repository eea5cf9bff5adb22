"""The viewer of a series: a canvas in the browser that fetches raw slices and windows them there."""

import base64
from collections.abc import Callable, Mapping, MutableMapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from medcore.rendering import HEAT_COLOURS
from medcore.volume import Volume, Window

_FOLDER = Path(__file__).parent
# One module for the browser; the last file holds the export.
_SCRIPTS = ("pixels.js", "slices.js", "gestures.js", "heat.js", "overlay.js", "which.js", "showing.js", "viewer.js")
_OPPOSITE = {"R": "L", "L": "R", "A": "P", "P": "A", "F": "H", "H": "F"}
_COLOURS = base64.b64encode(HEAT_COLOURS.tobytes()).decode("ascii")

_mount = st.components.v2.component(
    "lightbox_viewer",
    html=(_FOLDER / "viewer.html").read_text(encoding="utf-8"),
    css=(_FOLDER / "viewer.css").read_text(encoding="utf-8"),
    js="\n".join((_FOLDER / name).read_text(encoding="utf-8") for name in _SCRIPTS),
)


@dataclass(frozen=True)
class HeatLayer:
    """A heat map to lay over one slice; `token` is of a published uint8 array (1, rows, columns), 0..255."""

    token: str
    slice_index: int
    label: str
    opacity: float = 0.5


@dataclass(frozen=True)
class Which:
    """Which one of several volumes is shown that were taken together and share `whole`: `position` from 0 of `count`.

    `word` says what they are; `answered` counts the user's choices, also those that couldn't be met.
    """

    whole: str
    position: int
    count: int
    word: str
    answered: int = 0


@dataclass(frozen=True)
class View:
    """What the viewer shows. None leaves that as it is: at first the first preset, the whole image, the layer's opacity.

    `zoom` is in screen pixels per image pixel, `column` and `row` are the image's pixel in the canvas's middle. `preset` names
    the preset whose function and curve shape the window. `serial` counts the user's changes: the browser's mark, not yours.
    """

    slice_index: int
    center: float | None = None
    width: float | None = None
    preset: str | None = None
    inverted: bool | None = None
    zoom: float | None = None
    column: float | None = None
    row: float | None = None
    overlay_shown: bool | None = None
    heat_shown: bool | None = None
    heat_opacity: float | None = None
    serial: int = 0


def viewer(
    *,
    series_token: str,
    volume: Volume,
    key: str,
    presets: Sequence[tuple[str, Window]],
    views: MutableMapping[str, View],
    heat: HeatLayer | None = None,
    view: View | None = None,
    overlay_token: str | None = None,
    which: Which | None = None,
    choose: Callable[[int], None] | None = None,
    words: Mapping[str, str] | None = None,
) -> None:
    """Show the volume that was published as `series_token`.

    `views` is the caller's: by series token, each series as the user left it, up to date at every moment; a series that is in
    it opens so, also after another page. A `view` that differs from the last one moves the user there. `presets` may not be
    empty; the first is used at first. `overlay_token` is of the volume's published overlay. With `which` the user can ask for
    another volume: `choose` is called with its position, then the page runs again; slice, window and zoom stay. `words`
    translates the viewer's English, preset names included. The viewer is a fragment: moving about in it doesn't run the page.
    """
    overlay, whole = overlay_token and _url(overlay_token), which and asdict(which)
    data = {
        "series": {**_series(series_token, volume), "overlay": overlay, "which": whole},
        "presets": [{"name": name, "window": asdict(window)} for name, window in presets],
        "colours": _COLOURS,
        "heat": None if heat is None else {**asdict(heat), "url": _url(heat.token)},
        "words": dict(words or {}),
    }
    _show(key, series_token, data, views, view, choose)


@st.fragment
def _show(
    key: str,
    series_token: str,
    data: dict[str, Any],
    views: MutableMapping[str, View],
    view: View | None,
    choose: Callable[[int], None] | None,
) -> None:
    wanted = view or views.get(series_token)
    sent = {**data, "view": wanted and asdict(wanted)}
    shown = _mount(key=key, data=sent, on_view_change=_no_more, on_volume_change=_no_more)
    if shown.view and shown.view["series"] == series_token:
        views[series_token] = View(**shown.view["view"])
    whole = data["series"]["which"]
    if choose and whole and shown.volume and shown.volume["whole"] == whole["whole"]:
        choose(shown.volume["position"])
        st.rerun()


def _no_more() -> None:
    """Streamlit wants a callback for each value; the fragment's own run does the work."""


def _series(token: str, volume: Volume) -> dict[str, Any]:
    return {
        "token": token,
        "url": _url(token),
        "shape": list(volume.voxels.shape),
        "dtype": volume.voxels.dtype.name,
        "unit": volume.unit,
        "kind": volume.kind,
        "inverted": volume.photometric == "MONOCHROME1",
        "spacing": list(volume.spacing_mm),
        "edges": _edges(volume),
    }


def _url(token: str) -> str:
    base = str(st.get_option("server.baseUrlPath") or "").strip("/")
    return f"/{base}/voxels/{token}" if base else f"/voxels/{token}"


def _edges(volume: Volume) -> dict[str, str]:
    """The patient's side at each edge of a slice (DICOM PS3.3 C.7.6.1.1.1): R, L, A, P, F or H; empty where unknown."""
    if volume.affine is None and volume.runs_to is not None:
        right, bottom = volume.runs_to
        return {"left": _OPPOSITE[right], "right": right, "top": _OPPOSITE[bottom], "bottom": bottom}
    if volume.affine is None:
        return {}
    top, bottom = _sides(volume.affine[:3, 1])
    left, right = _sides(volume.affine[:3, 2])
    return {"left": left, "right": right, "top": top, "bottom": bottom}


def _sides(direction: np.ndarray) -> tuple[str, str]:
    """The patient's sides (from, to) that a direction in LPS mostly runs between."""
    axis = int(np.abs(direction).argmax())
    low, high = (("R", "L"), ("A", "P"), ("F", "H"))[axis]
    return (low, high) if direction[axis] > 0 else (high, low)
