"""Read a scan with the model beside you: the series, the image, and what the model says."""

import streamlit as st

from ui.model_column import do, model_column
from ui.series_column import series_column
from ui.session import session
from ui.viewer import viewer

# On a phone the columns lie below each other: an open image comes first.
st.html("<style>@media (max-width:640px){.st-key-room .stColumn:has(.st-key-image){order:-1}}</style>")
left, centre, right = st.container(key="room").columns([1, 3.6, 1.2], gap="medium")
with left:
    series_column()
opened = session().current()
if opened is None:
    with centre:
        st.subheader("Open a scan to begin")
        st.markdown("Drop files on **Open a scan**, or take a built-in sample: no scan at hand is needed to look around.")
else:
    with right:
        asked = model_column(opened)
    with centre, st.container(key="image"):
        viewer(
            series_token=opened.token,
            volume=opened.series.volume,
            key="viewer",
            presets=opened.presets,
            views=session().views,
            heat=asked.layer,
        )
    with right:
        do(asked)
