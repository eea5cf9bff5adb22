"""A scan on its way in: how far it is, how long it will take, its first picture, and a button that stops it."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from medcore.errors import LightboxError
from medcore.volume import Series
from ui.image_column import first_image
from ui.pace import Pace, in_words
from ui.session import Preview, Progress, session
from ui.texts import number, percent, say

_LEAST_SECONDS = 0.1  # between two words about the progress: each goes to the browser


@dataclass(frozen=True)
class Opening:
    """What the user asked to open; `count` is the number of files, 1 where that says nothing. Its progress stands at `line`."""

    start: Callable[[Progress, Preview], None]
    count: int
    line: DeltaGenerator


def open_it(opening: Opening, centre: DeltaGenerator) -> None:
    """Reads with a progress line and the first image in `centre`, then runs the page again; a failure is a sentence.

    What was open stays. "Stop" is another run of the page: this one ends at its next word about the progress, and with it the
    reading, which leaves nothing behind. Any other click runs the page again too, and it begins anew with the same files.
    """
    with opening.line:
        told = _Told(st.progress(0.0, say("Reading …")), opening.count)
        st.button(say("Stop"), key="stop", icon=":material/stop_circle:", width="stretch", on_click=_drop)

    def show(series: Series) -> None:
        with centre:
            first_image(series)

    try:
        opening.start(told.tell, show)
    except LightboxError as error:
        session().refused(str(error))
    _drop()  # not before: a run that is ended by another click leaves the files where the next run finds them
    st.rerun()


def _drop() -> None:
    """Lets go of the files that were chosen: the widgets that hold them get other names."""
    session().uploads += 1


class _Told:
    """The progress line, which is told more often than it says anything."""

    def __init__(self, line: DeltaGenerator, count: int) -> None:
        self._line, self._count = line, count
        self._pace, self._last = Pace(time.monotonic()), 0.0

    def tell(self, done: float, total: float) -> None:
        now = time.monotonic()
        if now - self._last < _LEAST_SECONDS:
            return
        self._last = now
        share = min(done / max(total, 1), 1.0)
        self._line.progress(share, progress_words(share, self._count, self._pace.seconds_left(share, now)))


def progress_words(share: float, count: int, seconds_left: float | None) -> str:
    """How far a reading is: in files where there are several, else in percent."""
    if count > 1:
        so_far = say("Reading … {done} of {count} files", done=number(int(share * count)), count=number(count))
    else:
        so_far = say("Reading … {part}", part=percent(share))
    return so_far if seconds_left is None else f"{so_far} · {in_words(seconds_left)}"
