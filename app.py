"""Lightbox as one server: the pages and the voxel route; `streamlit run app.py` starts it."""

import streamlit as st

from ui import voxels

app = st.App("ui/shell.py", routes=[voxels.route])
