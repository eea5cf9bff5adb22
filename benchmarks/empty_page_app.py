"""Lightbox with one more page that holds a title and nothing else: what the first step of the tour is held against."""

from typing import Any

import streamlit as st

from ui import voxels

_real = st.navigation


def _empty() -> None:
    st.title("Empty")


def _with_empty(pages: list[Any], **options: Any) -> Any:
    return _real([*pages, st.Page(_empty, title="Empty", url_path="empty")], **options)


st.navigation = _with_empty  # type: ignore[assignment]
app = st.App("../ui/shell.py", routes=[voxels.route])
