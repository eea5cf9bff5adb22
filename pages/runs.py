"""The runs: a table of all, or one run's own page: live, its result, its mistakes, and its way into use."""

from pathlib import Path

import streamlit as st

from medcore import jobs
from medcore.errors import RunError
from ui.plain import plain
from ui.refusals import refusals_said
from ui.runs.gallery import gallery, open_in_review
from ui.runs.live import live_view
from ui.runs.publishing import publishing_panel
from ui.runs.result import load_result, result_view
from ui.runs.states import start_words
from ui.runs.table import runs_table
from ui.texts import number, say


def one_run(run: Path) -> None:
    """The page of one run."""
    spec = jobs.read_spec(run)
    st.title(plain(str(spec.card["title"])))
    start, images = st.columns([1, 4])
    if start.button(say("All runs"), key="back", icon=":material/arrow_back:"):
        st.query_params.clear()
        st.rerun()
    images.markdown(f":small[{_origin(run, spec)}]")
    live_view(run)
    if jobs.look(run).state != "done":
        return
    result = load_result(run)
    if result is None:
        st.info(say("This run wasn't tested: its spec names no split (split_sha256), so its test films stayed closed."))
        return
    wanted = gallery(run, result_view(result))
    if wanted is not None:
        open_in_review(Path(spec.data_root or Path(spec.data).parent) / wanted)
    publishing_panel(run, str(spec.card["title"]))


def _origin(run: Path, spec: jobs.TrainingSpec) -> str:
    return say(
        "{architecture} from {start} · {count} classes · run {name}",
        architecture=plain(spec.architecture),
        start=plain(start_words(spec.start)),
        count=number(len(spec.labels)),
        name=plain(run.name),
    )


def every_run() -> None:
    """The list, under why the run that was asked for isn't shown, if one was."""
    st.title(say("Runs"))
    if name is not None:
        st.warning(say("There is no such run any more."))
    runs_table()


name = st.query_params.get("run")
try:
    asked = None if name is None else jobs.find(name)
except RunError:
    asked = None
if asked is None:
    every_run()
else:
    with refusals_said():
        one_run(asked)
