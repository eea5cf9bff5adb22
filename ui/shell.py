"""The frame around every page: navigation, what this is for, and TensorFlow warmed behind the first page."""

import threading
from pathlib import Path

import streamlit as st

from medcore import jobs, models, reading

WARM_AFTER_SECONDS = 2.0


@st.cache_resource(show_spinner=False)
def warm_up() -> None:
    """Once a process: a spare reading child and the run that waits now, the model when the first page has been shown."""
    reading.warm()
    jobs.advance()
    timer = threading.Timer(WARM_AFTER_SECONDS, models.warm)
    timer.daemon = True
    timer.start()


st.set_page_config(page_title="Lightbox", page_icon=str(Path(__file__).parent / "icon.svg"), layout="wide")
st.html("<style>.stMainBlockContainer{padding:4rem 2rem 2rem}</style>")
page = st.navigation(
    [
        st.Page("../pages/home.py", title="Home", icon=":material/home:", default=True),
        st.Page("../pages/review.py", title="Review", icon=":material/radiology:", url_path="review"),
        st.Page("../pages/train.py", title="Train", icon=":material/model_training:", url_path="train"),
        st.Page("../pages/runs.py", title="Runs", icon=":material/format_list_bulleted:", url_path="runs"),
    ],
    position="top",
)
place = st.container()
st.markdown(f":small[{models.PURPOSE[0].upper()}{models.PURPOSE[1:]}.]")  # before the page: it stays clear while that works
with place:
    page.run()
warm_up()
