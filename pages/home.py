"""The first visit: what Lightbox is and the three ways in."""

import streamlit as st

from ui.home import card
from ui.texts import say

st.title("Lightbox", anchor=False)
st.markdown(say("A scan with a CNN beside you: see it in its true grey values, get a score, and see where the model looked."))
read, train, see = st.columns(3, gap="medium")
with read, card("film", say("Read a scan"), say("Open a scan of your own or a built-in sample. It stays on this machine.")):
    st.page_link("../pages/review.py", label=say("Open the reading room"), icon=":material/arrow_forward:")
with (
    train,
    card("curve", say("Train a model"), say("From a folder of labelled pictures to a model in use, with an honest test.")),
):
    st.page_link("../pages/train.py", label=say("Train on a folder"), icon=":material/arrow_forward:")
with (
    see,
    card(
        "person", say("See how it works"), say("Five minutes, nothing to upload: what such a model can do, and what it can't.")
    ),
):
    st.page_link("../pages/demo.py", label=say("Take the tour"), icon=":material/arrow_forward:")
