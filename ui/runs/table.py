"""Every run as a line: what, when, its state, its best figure; one is opened, two are compared."""

import datetime
import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

import pandas as pd
import streamlit as st

from medcore import jobs
from medcore.jobs import Run
from ui.plain import plain
from ui.refusals import refusals_said
from ui.runs.curves import curve
from ui.runs.states import icon, is_live, state_words
from ui.texts import moment, number, say

_COMPARED = 2
_EVERY_SECONDS = 2.0


def runs_table() -> None:
    """Draws the lines, newest first, and below them what the ticked two have in common and don't; anew while one goes on."""
    jobs.advance()
    found = jobs.runs()
    if any(is_live(run.status) for run in found):
        st.fragment(_watched, run_every=_EVERY_SECONDS)()
    else:
        _table(found)


def _watched() -> None:
    """The table while a run goes on, and the page once when none does any more."""
    jobs.advance()
    found = jobs.runs()
    if not any(is_live(run.status) for run in found):
        st.rerun()
    _table(found)


def _table(found: Sequence[Run]) -> None:
    if not found:
        st.info(say("No run yet: train a model first."))
        st.page_link("../pages/train.py", label=say("Train a model"), icon=":material/arrow_forward:")
        return
    ticked = [run for run in found if _line(run)]
    if len(ticked) == _COMPARED:
        with refusals_said():
            _compare(ticked)
    elif ticked:
        st.markdown(f":small[{say('Tick two runs to compare them.')}]")


def _line(run: Run) -> bool:
    name = run.folder.name
    with st.container(border=True):
        tick, what, state, figure, go = st.columns([0.5, 3, 3, 2.2, 1], vertical_alignment="center")
        ticked = tick.checkbox(say("Compare {name}", name=name), key=f"tick {name}", label_visibility="collapsed")
        what.markdown(f"**{plain(run.title)}**  \n:small[{_when(run.created)}]")
        state.markdown(f"{icon(run.status)} {plain(state_words(run.status))}")
        figure.markdown(_figure(run))
        if go.button(say("Open"), key=f"open {name}", width="stretch"):
            st.query_params["run"] = name
            st.rerun()
    return ticked


def _when(seconds: float) -> str:
    return moment(datetime.datetime.fromtimestamp(seconds, datetime.UTC).astimezone())


def _figure(run: Run) -> str:
    """The test's AUC where there is one, else the best validation score so far."""
    auc = _auc_of(run.folder)
    if auc is not None:
        interval = say("95 % interval {low}–{high}", low=number(auc["low"], 2), high=number(auc["high"], 2))
        return f"{say('test ROC AUC {value}', value=number(auc['value'], 3))}  \n:small[{interval}]"
    return say("validation {score}", score=number(run.status.best_score, 3)) if run.status.best_epoch else "–"


def _auc_of(run: Path) -> dict[str, float] | None:
    """The test's ROC AUC, where it was measured; a report that can't be read doesn't keep the other runs off the page."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        auc = json.loads((run / "result" / "report.json").read_text())["test"]["roc_auc"]
        return auc if auc["value"] is not None else None
    return None


def _compare(runs: list[Run]) -> None:
    """Their curves in one picture, and the choices in which they differ."""
    st.markdown(f"## {say('Compared')}")
    names = [f"{run.title} ({run.folder.name})" for run in runs]
    table = pd.concat([pd.DataFrame(jobs.history(run.folder)).assign(run=name) for name, run in zip(names, runs, strict=True)])
    if len(table):
        st.markdown(say("Validation ROC AUC, mean over the classes"))
        curve(
            table.pivot(index="epoch", columns="run", values="validation_score").reset_index(), {name: name for name in names}
        )
    specs = [asdict(jobs.read_spec(run.folder)) for run in runs]
    differing = [key for key in specs[0] if specs[0][key] != specs[1][key]]
    rows = [
        {say("choice"): key}
        | {name: json.dumps(spec[key], ensure_ascii=False) for name, spec in zip(names, specs, strict=True)}
        for key in differing
    ]
    st.dataframe(pd.DataFrame(rows) if rows else pd.DataFrame({say("choice"): [say("all the same")]}), hide_index=True)
