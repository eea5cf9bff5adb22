"""The first visit: what Lightbox is and where to go."""

import streamlit as st

from medcore.settings import ROOT

words, image = st.columns([1, 1.6], gap="large", vertical_alignment="center")
with words:
    st.title("Lightbox")
    st.markdown("A scan with a CNN beside you: see it in its true grey values, get a score, and see where the model looked.")
    with st.container(border=True):
        st.subheader(":material/radiology: Read a scan")
        st.markdown("Open your own DICOM, NIfTI, PNG, JPEG or TIFF, or a built-in sample. It stays on this machine.")
        st.page_link("../pages/review.py", label="Open the reading room", icon=":material/arrow_forward:")
    with st.container(border=True):
        st.subheader(":material/model_training: Train a model")
        st.markdown(
            "From a folder of labelled pictures to a model in use, with a test that is measured only once. Practice films "
            "included."
        )
        st.page_link("../pages/train.py", label="Train on a folder", icon=":material/arrow_forward:")
with image:
    st.image(str(ROOT / "docs" / "review.png"), alt="A chest film on the review page, with its score and heat map")
