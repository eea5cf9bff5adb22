"""A run while it goes on: state, progress with time left, curves, resources, the last words; drawn anew each second."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import streamlit as st

from medcore import jobs
from medcore.jobs import Status
from ui.help.terms import linked
from ui.plain import plain
from ui.refusals import refusals_said
from ui.runs.curves import curve
from ui.runs.states import icon, is_live, share_done, state_words
from ui.texts import number, say

_LOG_LINES = 12


def live_view(run: Path) -> None:
    """Draws the run; every second anew while it is live, and the page once when it has ended."""
    status = jobs.look(run)
    if is_live(status):
        st.fragment(_watched, run_every=1.0)(run)
    else:
        _draw(run, status)


def _watched(run: Path) -> None:
    jobs.advance()
    status = jobs.look(run)
    if not is_live(status):
        st.rerun()
    _draw(run, status)


def _draw(run: Path, status: Status) -> None:
    st.markdown(f"{icon(status)} **{plain(state_words(status))}**")
    if is_live(status):
        st.progress(share_done(status), _progress_words(status))
    _buttons(run, status)
    _curves(run)
    _resources(status)
    with st.expander(say("Log"), icon=":material/notes:"):
        st.code("\n".join(jobs.tail(run, _LOG_LINES)) or say("Nothing was said."), language=None, wrap_lines=True)


def _progress_words(status: Status) -> str:
    if not status.epochs:
        return say("Preparing …")
    return say(
        "Epoch {epoch} of {epochs}, step {step} of {steps}",
        epoch=number(max(status.epoch, 1)),
        epochs=number(status.epochs),
        step=number(status.step),
        steps=number(status.steps),
    )


def _buttons(run: Path, status: Status) -> None:
    if is_live(status):
        if st.button(say("Cancel"), key="cancel", icon=":material/stop_circle:"):
            _do(jobs.cancel, run)
    elif status.state != "done" and st.button(say("Go on from the last epoch"), key="resume", icon=":material/play_arrow:"):
        _do(jobs.resume, run)


def _do(change: Callable[[Path], Status], run: Path) -> None:
    with refusals_said():
        change(run)
        st.rerun()


def _curves(run: Path) -> None:
    """Loss and validation score by epoch."""
    rows = jobs.history(run)
    if not rows:
        return
    table = pd.DataFrame(rows)
    left, right = st.columns(2)
    with left:
        st.markdown(linked(say("Loss (training with smoothed labels; validation without)"), "loss"))
        curve(table, {"loss": say("training"), "validation_loss": say("validation")})
    with right:
        st.markdown(linked(say("Validation ROC AUC, mean over the classes"), "auc"))
        curve(table, {"validation_score": say("validation")})


def _resources(status: Status) -> None:
    words = []
    if status.best_epoch:
        best = {"epoch": number(status.best_epoch), "score": number(status.best_score, 3)}
        words.append(say("best epoch {epoch}: {score}", **best))
    if status.images_per_second:
        words.append(say("{count} pictures/s", count=number(status.images_per_second)))
    if status.memory_megabytes:
        words.append(say("{gigabytes} GB of memory", gigabytes=number(status.memory_megabytes / 1000, 1)))
    if words:
        st.markdown(f":small[{' · '.join(words)}]")
