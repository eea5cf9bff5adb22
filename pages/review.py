"""Read a scan with the model beside you: the series, the image, and what the model says."""

import streamlit as st

from ui.dropping import drop_anywhere
from ui.image_column import image_column
from ui.model_column import Asked, do, model_column
from ui.opening import open_it
from ui.series_column import series_column
from ui.session import session
from ui.texts import say

# On a phone the columns lie below each other: an image comes first.
st.html("<style>@media (max-width:640px){.st-key-room .stColumn:has(.st-key-image,.st-key-first){order:-1}}</style>")
drop_anywhere()
left, centre, right = st.container(key="room").columns([1, 3.6, 1.2], gap="medium")
with left:
    opening = series_column()
scan, asked = session().current_scan(), Asked()
if scan is None:
    with centre.container(key="hint"):
        st.subheader(say("Open a scan to begin"))
        st.markdown(
            say("Drop files anywhere on this page, or take a built-in sample: no scan at hand is needed to look around.")
        )
else:
    with right:
        asked = model_column(scan)
    with centre.container(key="image"):
        image_column(scan, asked.layer)
if opening is not None:
    open_it(opening, centre)
with right:
    do(asked)
