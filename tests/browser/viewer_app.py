"""The smallest app around the viewer: one page and the voxel route."""

import streamlit as st

from ui import voxels

app = st.App("viewer_page.py", routes=[voxels.route])
