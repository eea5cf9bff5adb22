"""The review page's left column: open files, a folder or a sample; the open series, their warnings, and whose they are."""

import html
from collections.abc import Callable
from functools import partial

import streamlit as st

from medcore.errors import LightboxError
from medcore.samples import SAMPLES, sample_path
from ui.choosing import remembered_radio
from ui.plain import plain
from ui.session import Opened, Progress, session

_SHOWN_REFUSALS = 8


def series_column() -> None:
    """The whole column; opening something runs the page again."""
    _open_scans()
    _refusals()
    _series()
    if opened := session().current():
        for warning in opened.series.volume.warnings:
            st.warning(plain(warning))
        _identity(opened)


def _open_scans() -> None:
    mine = session()
    files = st.file_uploader(
        "Open a scan", accept_multiple_files=True, key=f"upload-{mine.uploads}", help="DICOM, NIfTI, PNG, JPEG, or a zip."
    )
    with st.expander("A whole folder", icon=":material/folder_open:"):
        folder = st.file_uploader("Folder", accept_multiple_files="directory", key=f"folder-{mine.uploads}")
    with st.expander("Built-in samples", expanded=not mine.opened, icon=":material/collections:"):
        for sample_id, sample in SAMPLES.items():
            if st.button(sample.title, key=f"sample-{sample_id}", width="stretch"):
                _read(partial(mine.open_path, sample_path(sample_id)))
    if files or folder:
        _read(partial(mine.open_uploads, [*(files or ()), *(folder or ())]))


def _read(opening: Callable[[Progress], None]) -> None:
    """Opens with a progress line; a failure is a sentence, and what was open stays."""
    line = st.progress(0.0, "Reading …")

    def show(done: int, total: int) -> None:
        line.progress(min(done / max(total, 1), 1.0), f"Reading … {done} of {total}")

    try:
        opening(show)
    except LightboxError as error:
        session().refused(str(error))
    # Not before: a run that is stopped while it reads leaves the uploaded files where the next run finds them.
    session().uploads += 1
    st.rerun()


def _refusals() -> None:
    refusals = session().refusals
    for sentence in refusals[:_SHOWN_REFUSALS]:
        st.error(plain(sentence))
    if len(refusals) > _SHOWN_REFUSALS:
        st.error(f"{len(refusals) - _SHOWN_REFUSALS} more files couldn't be used.")


def _series() -> None:
    mine = session()
    if mine.chosen:
        remembered_radio("Series", list(mine.opened), mine.chosen, mine.choose, lambda key: _title(mine.opened[key]))
        if st.button("Close this scan", key="close", icon=":material/close:", width="stretch"):
            mine.close_scan(mine.chosen)
            st.rerun()


def _title(opened: Opened) -> str:
    """A series in a line."""
    slices, rows, columns = opened.series.volume.shape
    pictures = {"slices": "slices", "frames": "frames", "image": "images"}[opened.series.volume.kind]
    count = f"{slices} {pictures}" if slices > 1 else "1 image"
    return f"{plain(opened.series.description)} · {count} · {columns} × {rows}"


def _identity(opened: Opened) -> None:
    """Folded away until it is asked for."""
    header = opened.series.header
    with st.popover("Whose scan", icon=":material/badge:", width="stretch", disabled=not header):
        st.html("<br>".join(f"<b>{html.escape(name)}</b> {html.escape(value)}" for name, value in header.items()) or "–")
