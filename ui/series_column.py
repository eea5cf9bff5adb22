"""The review page's left column: open files, a folder or a sample; the open series, their warnings, and whose they are."""

import html
import re
from functools import partial
from pathlib import PurePath

import streamlit as st

from medcore.reading import Refusal
from medcore.samples import SAMPLES, sample_path
from ui.choosing import remembered_radio
from ui.opening import Opening
from ui.plain import plain
from ui.scan import Opened, Scan
from ui.session import session

_SHOWN_REFUSALS = 8
_FORMATS = "DICOM, NIfTI, TIFF, PNG, JPEG, or a zip of such files. Dropping them anywhere on this page works too."
_LIST_STYLE = """<style>
.lb-refused{max-height:18rem;overflow:auto;margin:0;padding:0 0 0 1.1rem;font-size:.875rem;overflow-wrap:anywhere}
.lb-refused li{margin:0 0 .5rem}
.lb-refused:focus-visible{outline:2px solid var(--st-primary-color,#0f766e);outline-offset:2px}
</style>"""


def series_column() -> Opening | None:
    """The whole column, and what the user asked it to open: the page does that once all of it is drawn."""
    opening = _open_scans()
    _refusals()
    _series()
    if opened := session().current():
        for warning in opened.series.volume.warnings:
            st.warning(plain(warning))
        _changes(opened)
        _identity(opened)
    return opening


def _open_scans() -> Opening | None:
    mine = session()
    opening = None
    with st.container(key="open"):
        files = st.file_uploader("Open a scan", accept_multiple_files=True, key=f"upload-{mine.uploads}", help=_FORMATS)
    line = st.container()
    with st.expander("A whole folder", icon=":material/folder_open:"):
        folder = st.file_uploader("Folder", accept_multiple_files="directory", key=f"folder-{mine.uploads}")
    with st.expander("Built-in samples", expanded=not mine.opened, icon=":material/collections:"):
        for sample_id, sample in SAMPLES.items():
            if st.button(sample.title, key=f"sample-{sample_id}", width="stretch"):
                opening = Opening(partial(mine.open_path, sample_path(sample_id)), 1, line)
    if uploads := [*(files or ()), *(folder or ())]:
        opening = Opening(partial(mine.open_uploads, uploads), len(uploads), line)
    return opening


def _refusals() -> None:
    """The first ones as they are; the rest folded away, in a list of its own height."""
    sentences = [_sentence(refusal) for refusal in session().refusals]
    for sentence in sentences[:_SHOWN_REFUSALS]:
        st.error(plain(sentence))
    if rest := sentences[_SHOWN_REFUSALS:]:
        more = "1 more file" if len(rest) == 1 else f"{len(rest)} more files"
        with st.expander(f"{more} couldn't be used", icon=":material/error:"):
            items = "".join(f"<li>{html.escape(sentence)}</li>" for sentence in rest)
            st.html(f'{_LIST_STYLE}<ul class="lb-refused" tabindex="0" aria-label="Files that couldn\'t be used">{items}</ul>')


def _sentence(refusal: Refusal) -> str:
    """The reason, with the file's name in it; a failure that isn't one file's has none."""
    named = re.search(rf"(?<!\w){re.escape(PurePath(refusal.name).name)}(?!\w)", refusal.error)
    return refusal.error if named else f"{refusal.name}: {refusal.error}"


def _series() -> None:
    mine = session()
    if mine.chosen:
        remembered_radio("Series", list(mine.opened), mine.chosen, mine.choose, lambda key: _title(mine.opened[key]))
        if st.button("Close this scan", key="close", icon=":material/close:", width="stretch"):
            mine.close_scan(mine.chosen)
            st.rerun()


def _title(scan: Scan) -> str:
    """A scan in a line."""
    series = scan.opened.series
    slices, rows, columns = series.volume.shape
    pictures = {"slices": "slices", "frames": "frames", "image": "images"}[series.volume.kind]
    count = f"{slices} {pictures}" if slices > 1 else "1 image"
    name, volumes = series.description, ""
    if scan.word:
        name = name.removesuffix(f" {scan.shown + 1} of {len(scan.parts)}")
        volumes = f" · {len(scan.parts)} {_plural(plain(scan.word))}"
    changes = "".join(f" · {change[0].lower()}{change[1:].removesuffix('.')}" for change in series.changes)
    return f"{plain(name)} · {count} · {columns} × {rows}{volumes}{changes}"


def _plural(word: str) -> str:
    return f"{word}es" if word.endswith(("o", "s", "x", "ch")) else f"{word}s"


def _changes(opened: Opened) -> None:
    """What the reader did to the picture, and the way back."""
    for change in opened.series.changes:
        st.warning(change)
    if opened.series.changes:
        undo = partial(session().undo_corrections, opened.scan_key)
        st.button("Undo the correction", key="undo", icon=":material/undo:", width="stretch", on_click=undo)


def _identity(opened: Opened) -> None:
    """Folded away until it is asked for."""
    header = opened.series.header
    with st.popover("Whose scan", icon=":material/badge:", width="stretch", disabled=not header):
        st.html("<br>".join(f"<b>{html.escape(name)}</b> {html.escape(value)}" for name, value in header.items()) or "–")
