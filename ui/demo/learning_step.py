"""Step 4, how it learnt: a small model learns from drawn films while the visitor watches, and then finds a spot."""

from pathlib import Path

import pandas as pd
import streamlit as st

from medcore import jobs, lessons
from medcore.errors import LightboxError
from medcore.jobs import Status
from medcore.models import Model
from ui.demo import spots
from ui.demo.layout import heading, lines, picture_and_words
from ui.pace import in_words
from ui.plain import plain
from ui.refusals import refusals_said
from ui.runs.curves import curve
from ui.runs.states import is_live, share_done
from ui.texts import say, say_count, translated

_RUN, _MODEL, _SEED = "demo-run", "demo-model", "demo-fresh"
_FIRST = 501  # other films than those of step 2
_SHOWN = (11, 12, 13, 14, 15, 16)


def title() -> str:
    """What the step is about."""
    return say("How did it learn?")


def show() -> None:
    """Draws the step; while the model learns, every second anew."""
    run: Path | None = st.session_state.get(_RUN)
    status = jobs.look(run) if run else None
    if run and status and is_live(status):
        st.fragment(_watched, run_every=1.0)(run)
    elif run and status and status.state == "done":
        _finished(run, status)
    else:
        _before(status)


def leave() -> None:
    """Ends what is under way for this visitor."""
    run: Path | None = st.session_state.get(_RUN)
    if run and is_live(jobs.look(run)):
        lessons.cancel(run)


def _before(status: Status | None) -> None:
    """What it learns from, and the button that starts it."""
    picture, words = picture_and_words()
    with picture:
        st.html(spots.contact_sheet(_SHOWN))
        st.html(spots.drawn_note())
    with words:
        heading(title())
        lines(
            say("A model is a program that learns as you learn to throw a ball: try, see how far off it was, try again."),
            say("Here a small one starts with no skill. It looks at drawn films and is told which have a spot. Watch it!"),
        )
        if status is not None:
            st.info(_ended(status))
        if st.button(say("Start"), type="primary", icon=":material/play_arrow:", key="demo-start"):
            with refusals_said(), st.spinner(say("It gets its films …")):
                st.session_state[_RUN] = lessons.start()
                st.rerun()


def _ended(status: Status) -> str:
    if status.state == "cancelled":
        return say("You stopped it. It can start anew.")
    reason = plain(translated(status.reason or status.state))
    return say("It came to a stop: {reason} It can start anew.", reason=reason)


def _watched(run: Path) -> None:
    jobs.advance()
    status = jobs.look(run)
    if not is_live(status):
        st.rerun()
    picture, words = picture_and_words()
    with picture:
        _curves(run)
    with words:
        heading(title())
        lines(say("It learns. One look at all its films is a round, or epoch. The line shows how well it tells films apart."))
        st.progress(share_done(status), _so_far(status))
        if st.button(say("Stop"), icon=":material/stop_circle:", key="demo-stop"):
            leave()
            st.rerun()


def _so_far(status: Status) -> str:
    """How far it is, and the time left."""
    if not status.epochs:
        return say("It gets ready …")
    left = f" · {in_words(status.seconds_left)}" if status.seconds_left else ""
    return say("Round {epoch} of {epochs}", epoch=max(status.epoch, 1), epochs=status.epochs) + left


def _curves(run: Path) -> None:
    """How well it does, round by round; a place for it before the first is done."""
    with st.container(key="demo-curves"):
        rows = jobs.history(run)
        if len(rows) < 2:
            lines(say("The line comes with the second round …"))
            return
        table = pd.DataFrame(rows)
        st.markdown(say("How well it tells the films apart: 0.5 is a blind guess, 1 is always right"))
        curve(table, {"validation_score": say("films it does not learn from")})
        st.markdown(say("How far off its guesses are: 0 is best"))
        curve(table, {"loss": say("films it learns from")})


def _finished(run: Path, status: Status) -> None:
    """A film that it has never seen, and where it looks."""
    film = spots.spot(st.session_state.get(_SEED, _FIRST))
    picture, words = picture_and_words()
    with words:
        heading(title())
        _took(status)
        model = _learnt(run)
        if model is None:
            return
        found = spots.look(model, film.series)
        lines(say("Here is a film that it has never seen."), *spots.said_of(found, film))
        _more()
    with picture:
        alt = say("A drawn film; the ring marks the spot, the glow shows where the model looked")
        st.html(spots.marked(found.image, alt, film))
        st.html(spots.drawn_note())


def _took(status: Status) -> None:
    if status.started and status.ended:
        seconds = round(status.ended - status.started)
        st.subheader(say_count("It learnt in {count} second", "It learnt in {count} seconds", seconds), anchor=False)


def _more() -> None:
    with st.container(horizontal=True):
        st.button(say("Another film"), icon=":material/refresh:", key="demo-another-fresh", on_click=_another)
        st.button(say("Learn anew"), icon=":material/replay:", key="demo-anew", on_click=_forget)


def _learnt(run: Path) -> Model | None:
    """The model, kept for this visitor; None, after a sentence, where it can't be had."""
    if st.session_state.get(_MODEL) is None:
        try:
            with st.spinner(say("The model wakes up …")):
                st.session_state[_MODEL] = lessons.learnt(run)
        except LightboxError as error:
            st.error(plain(translated(str(error))))
            _more()
    return st.session_state.get(_MODEL)


def _another() -> None:
    st.session_state[_SEED] = st.session_state.get(_SEED, _FIRST) + 1


def _forget() -> None:
    st.session_state[_RUN] = st.session_state[_MODEL] = None
