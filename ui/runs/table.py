"""Every run as a line: what, when, its state, its best figure; one is opened, two are compared."""

import datetime
import json
from pathlib import Path

import pandas as pd
import streamlit as st

from medcore import jobs
from medcore.jobs import Run
from ui.plain import plain
from ui.runs.curves import curve
from ui.runs.states import icon, state_words

_COMPARED = 2


def runs_table() -> None:
    """Draws the lines, newest first, and below them what the ticked two have in common and don't."""
    jobs.advance()
    found = jobs.runs()
    if not found:
        st.info("No run yet: train a model first.")
        st.page_link("../pages/train.py", label="Train a model", icon=":material/arrow_forward:")
        return
    ticked = [run for run in found if _line(run)]
    if len(ticked) == _COMPARED:
        _compare(ticked)
    elif ticked:
        st.markdown(":small[Tick two runs to compare them.]")


def _line(run: Run) -> bool:
    name = run.folder.name
    with st.container(border=True):
        tick, what, state, figure, go = st.columns([0.5, 3, 3, 2.2, 1], vertical_alignment="center")
        ticked = tick.checkbox(f"Compare {name}", key=f"tick {name}", label_visibility="collapsed")
        what.markdown(f"**{plain(run.title)}**  \n:small[{_when(run.created)}]")
        state.markdown(f"{icon(run.status)} {plain(state_words(run.status))}")
        figure.markdown(_figure(run))
        if go.button("Open", key=f"open {name}", width="stretch"):
            st.query_params["run"] = name
            st.rerun()
    return ticked


def _when(seconds: float) -> str:
    return datetime.datetime.fromtimestamp(seconds, datetime.UTC).astimezone().strftime("%Y-%m-%d %H:%M")


def _figure(run: Run) -> str:
    """The test's AUC where there is one, else the best validation score so far."""
    test = _test_of(run.folder)
    if test is not None:
        auc = test["roc_auc"]
        return f"test ROC AUC {auc['value']:.3f}  \n:small[95 % interval {auc['low']:.2f}–{auc['high']:.2f}]"
    return f"validation {run.status.best_score:.3f}" if run.status.best_epoch else "–"


def _test_of(run: Path) -> dict | None:
    report = run / "result" / "report.json"
    return json.loads(report.read_text())["test"] if report.is_file() else None


def _compare(runs: list[Run]) -> None:
    """Their curves in one picture, and the choices in which they differ."""
    st.markdown("#### Compared")
    names = [f"{run.title} {_when(run.created)}" for run in runs]
    table = pd.concat([pd.DataFrame(jobs.history(run.folder)).assign(run=name) for name, run in zip(names, runs, strict=True)])
    if len(table):
        st.markdown("Validation ROC AUC, mean over the classes")
        curve(
            table.pivot(index="epoch", columns="run", values="validation_score").reset_index(), {name: name for name in names}
        )
    specs = [json.loads((run.folder / "spec.json").read_text()) for run in runs]
    differing = [key for key in specs[0] if specs[0].get(key) != specs[1].get(key)]
    rows = [
        {"choice": key} | {name: json.dumps(spec.get(key)) for name, spec in zip(names, specs, strict=True)}
        for key in differing
    ]
    st.dataframe(pd.DataFrame(rows) if rows else pd.DataFrame({"choice": ["all the same"]}), hide_index=True)
