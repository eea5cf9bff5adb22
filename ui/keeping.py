"""The picture to keep: the film as the viewer shows it at the moment of the click, with everything burnt in that was said."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial

import streamlit as st

from medcore import reporting
from medcore.models import Prediction
from medcore.volume import Heatmap, Photometric, Series, Window
from ui.scan import Opened
from ui.session import session
from ui.texts import language, say, translator
from ui.viewer import View


def keep_button(opened: Opened, prediction: Prediction, heatmap: Heatmap) -> None:
    """A button that downloads the picture."""
    st.download_button(
        say("Picture"),
        partial(picture, opened, prediction, heatmap, session().views, translator(language())),
        f"lightbox-{heatmap.label}.png",
        "image/png",
        key="picture",
        on_click="ignore",
        icon=":material/download:",
        width="stretch",
    )


def picture(
    opened: Opened, prediction: Prediction, heatmap: Heatmap, views: Mapping[str, View], translate: Callable[[str], str] = str
) -> bytes:
    """The picture as the viewer shows it at the moment of the click: its window, inversion, and heat map with its opacity.

    Called outside of the page's run, where there is no session: what it needs is handed in.
    """
    view = views.get(opened.token)
    shown = view is None or view.heat_shown is not False
    opacity = 0.5 if view is None or view.heat_opacity is None else view.heat_opacity
    series = _inverted(opened.series) if view and view.inverted else opened.series
    return reporting.picture(
        series, prediction, _window(opened, view), heatmap if shown else None, opacity, translate=translate
    )


def _inverted(series: Series) -> Series:
    swapped: Photometric = "MONOCHROME2" if series.volume.photometric == "MONOCHROME1" else "MONOCHROME1"
    return replace(series, volume=replace(series.volume, photometric=swapped))


def _window(opened: Opened, view: View | None) -> Window:
    presets = dict(opened.presets)
    if view is None or view.center is None or view.width is None:
        return opened.presets[0][1]
    base = presets.get(view.preset or "", opened.presets[0][1])
    return Window(view.center, view.width, base.function, base.curve)
