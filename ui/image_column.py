"""The review page's middle: the viewer of the scan on the screen, or the first image of one that is still being read."""

from functools import partial

import streamlit as st
from PIL import Image

from medcore import rendering
from medcore.errors import LightboxError
from medcore.volume import Series
from ui.scan import Scan
from ui.session import session
from ui.texts import say, translated
from ui.viewer import HeatLayer, Which, viewer
from ui.viewer.words import viewer_words

_STILL_PIXELS = 1024  # the longer side of a first image at most
# The viewer stays where it is, unseen: taken out and put in again, it would have to begin anew.
_STYLE = """<style>
.st-key-image,.st-key-hint{display:none}
.st-key-first{padding-top:1.5rem}
.st-key-first img{width:100%;height:70vh;min-height:320px;object-fit:contain;background:#08090a;border-radius:.5rem}
</style>"""


def image_column(scan: Scan, heat: HeatLayer | None) -> None:
    """The viewer of the scan's volume on the screen, with a heat map over it."""
    opened = scan.opened
    viewer(
        series_token=opened.token,
        volume=opened.series.volume,
        key="viewer",
        presets=opened.presets,
        views=session().views,
        heat=heat,
        overlay_token=opened.overlay_token,
        which=Which(scan.name, scan.shown, len(scan.parts), scan.word, scan.answered) if scan.word else None,
        choose=partial(_show_part, scan.key),
        words=viewer_words() | ({heat.label: translated(heat.label)} if heat else {}),
    )


def _show_part(scan_key: str, position: int) -> None:
    """Another volume of the scan, or a sentence that says why not."""
    try:
        session().show_part(scan_key, position)
    except LightboxError as error:
        session().refused(str(error))


def first_image(series: Series) -> None:
    """One slice of a scan that is still being read, in the place of what is open."""
    with st.container(key="first"):
        st.html(_STYLE)
        st.image(still(series), alt=say("First image of the scan"), width="stretch")
        st.markdown(say("First image; the rest is being read."))


def still(series: Series) -> Image.Image:
    """The series' first slice in its own window, small enough to be shown at once, with its pixels' true aspect."""
    volume = series.volume
    (_, rows, columns), (_, row_mm, column_mm) = volume.shape, volume.spacing_mm
    height, width = (rows * row_mm, columns * column_mm) if row_mm and column_mm else (float(rows), float(columns))
    factor = min(_STILL_PIXELS, max(rows, columns)) / max(height, width)
    picture = Image.fromarray(rendering.to_rgb(volume, 0, volume.window_or_range()))
    return picture.resize((max(1, round(width * factor)), max(1, round(height * factor))), Image.Resampling.BILINEAR)
