"""The first visit: what Lightbox is and where to go."""

import streamlit as st

st.title("Lightbox")
st.markdown("A chest film with a CNN beside you: see it in its true grey values, get a score, and see where the model looked.")
with st.container(border=True, width=420):
    st.subheader(":material/radiology: Read a scan")
    st.markdown("Open your own DICOM, NIfTI, PNG or JPEG, or a built-in sample. It stays on this machine.")
    st.page_link("../pages/review.py", label="Open the reading room", icon=":material/arrow_forward:")
