"""The frame around every page: navigation, what this is for, and TensorFlow warmed behind the first page."""

import gc
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import streamlit as st

from medcore import jobs, models, reading
from medcore.errors import LightboxError
from ui.demo import films, kiosk
from ui.help.terms import explain_terms
from ui.page_language import tell_browser
from ui.speaking import settle, switch
from ui.texts import say

WARM_AFTER_SECONDS = 2.0


def _warm_and_freeze(warm: Callable[[], None]) -> None:
    """Warms the model; what came with it is frozen, as Streamlit lets Keras collect garbage after every run of a page.

    Through TensorFlow's 400,000 objects that takes a quarter of a second each, half a core while a run is watched. A model that
    can't be loaded says so when it is asked.
    """
    films.warm()
    with suppress(LightboxError):
        warm()
    gc.collect()
    gc.freeze()


@st.cache_resource(show_spinner=False)
def warm_up() -> None:
    """Once a process: a spare reading child and the run that waits now, the model when the first page has been shown."""
    reading.warm()
    jobs.advance()
    timer = threading.Timer(WARM_AFTER_SECONDS, _warm_and_freeze, (models.warm,))
    timer.daemon = True
    timer.start()


st.set_page_config(page_title="Lightbox", page_icon=str(Path(__file__).parent / "icon.svg"), layout="wide")
st.html(f"<style>{(Path(__file__).parent / 'shell.css').read_text(encoding='utf-8')}</style>")
settle()
tour = st.Page("../pages/demo.py", title=say("How it works"), icon=":material/school:", url_path="demo")
page = st.navigation(
    [
        st.Page("../pages/home.py", title=say("Home"), icon=":material/home:", default=True),
        st.Page("../pages/review.py", title=say("Review"), icon=":material/radiology:", url_path="review"),
        st.Page("../pages/train.py", title=say("Train"), icon=":material/model_training:", url_path="train"),
        st.Page("../pages/runs.py", title=say("Runs"), icon=":material/format_list_bulleted:", url_path="runs"),
        st.Page("../pages/models.py", title=say("Models"), icon=":material/neurology:", url_path="models"),
        tour,
        st.Page("../pages/help.py", title=say("Help"), icon=":material/help:", url_path="help"),
    ],
    position="hidden" if kiosk.is_on() else "top",
)
kiosk.keep_to(tour, page)
switch()
place = st.container()
# Before the page: it stays clear while that works.
st.markdown(f":small[{say('Research and education, not for diagnosis.')}]")
tell_browser()
explain_terms()
with place:
    page.run()
warm_up()
