"""The review page's left column: open files, a folder or a sample; the open series, their warnings, and whose they are."""

import html
import re
from dataclasses import replace
from functools import partial
from pathlib import PurePath

import streamlit as st

from medcore.reading import Refusal
from medcore.samples import SAMPLES, sample_path
from medcore.volume import Volume
from ui.choosing import remembered_radio
from ui.opening import Opening
from ui.plain import plain
from ui.scan import Opened, Scan
from ui.session import session
from ui.tags import element, named
from ui.texts import number, say, say_count, translated

_SHOWN_REFUSALS = 8
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
            st.warning(plain(translated(warning)))
        _changes(opened)
        _identity(opened)
    return opening


def _open_scans() -> Opening | None:
    mine = session()
    opening = None
    formats = say("DICOM, NIfTI, TIFF, PNG, JPEG, or a zip of such files. Dropping them anywhere on this page works too.")
    with st.container(key="open"):
        files = st.file_uploader(say("Open a scan"), accept_multiple_files=True, key=f"upload-{mine.uploads}", help=formats)
    line = st.container()
    with st.expander(say("A whole folder"), icon=":material/folder_open:"):
        folder = st.file_uploader(say("Folder"), accept_multiple_files="directory", key=f"folder-{mine.uploads}")
    with st.expander(say("Built-in samples"), expanded=not mine.opened, icon=":material/collections:"):
        for sample_id, sample in SAMPLES.items():
            if st.button(translated(sample.title), key=f"sample-{sample_id}", width="stretch"):
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
        more = say_count("1 more file couldn't be used", "{count} more files couldn't be used", len(rest))
        with st.expander(more, icon=":material/error:"):
            items = "".join(f"<li>{html.escape(sentence)}</li>" for sentence in rest)
            name = html.escape(say("Files that couldn't be used"))
            st.html(f'{_LIST_STYLE}<ul class="lb-refused" tabindex="0" aria-label="{name}">{items}</ul>')


def _sentence(refusal: Refusal) -> str:
    """The reason, with the file's name in it; a failure that isn't one file's has none."""
    is_named = re.search(rf"(?<!\w){re.escape(PurePath(refusal.name).name)}(?!\w)", refusal.error)
    why = translated(refusal.error)
    return why if is_named else say("{name}: {why}", name=refusal.name, why=why)


def _series() -> None:
    mine = session()
    if mine.chosen:
        remembered_radio(say("Series"), list(mine.opened), mine.chosen, mine.choose, lambda key: _title(mine.opened[key]))
        if st.button(say("Close this scan"), key="close", icon=":material/close:", width="stretch"):
            mine.close_scan(mine.chosen)
            st.rerun()


def _title(scan: Scan) -> str:
    """A scan in a line."""
    series = scan.opened.series
    _, rows, columns = series.volume.shape
    parts = [_pictures(series.volume), f"{columns} × {rows}"]
    if scan.word:
        series = replace(series, description=series.description.removesuffix(f" {scan.shown + 1} of {len(scan.parts)}"))
        parts.append(plain(_volumes(scan.word, len(scan.parts))))
    changes = (translated(change).removesuffix(".").removesuffix("。") for change in series.changes)
    return " · ".join([plain(named(series)), *parts, *(f"{change[0].lower()}{change[1:]}" for change in changes)])


def _pictures(volume: Volume) -> str:
    """How many pictures it has, by what they are."""
    if volume.shape[0] == 1:
        return say("1 image")
    more = {"slices": say("{count} slices"), "frames": say("{count} frames"), "image": say("{count} images")}
    return more[volume.kind].format(count=number(volume.shape[0]))


def _volumes(word: str, count: int) -> str:
    """How many volumes were taken together, by what they differ in."""
    more = {
        "volume": say("{count} volumes"),
        "time": say("{count} times"),
        "energy window": say("{count} energy windows"),
        "segment": say("{count} segments"),
        "echo": say("{count} echoes"),
        "b-value": say("{count} b-values"),
        "direction": say("{count} directions"),
        "acquisition": say("{count} acquisitions"),
    }
    return more.get(word, say("{count} volumes")).format(count=count)


def _changes(opened: Opened) -> None:
    """What the reader did to the picture, and the way back."""
    for change in opened.series.changes:
        st.warning(translated(change))
    if opened.series.changes:
        undo = partial(session().undo_corrections, opened.scan_key)
        st.button(say("Undo the correction"), key="undo", icon=":material/undo:", width="stretch", on_click=undo)


def _identity(opened: Opened) -> None:
    """Folded away until it is asked for."""
    header = opened.series.header
    with st.popover(say("Whose scan"), icon=":material/badge:", width="stretch", disabled=not header):
        rows = (f"<b>{html.escape(element(keyword))}</b> {html.escape(value)}" for keyword, value in header.items())
        st.html("<br>".join(rows) or "–")
