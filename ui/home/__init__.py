"""The first page's cards: a drawing, a title, a sentence; the page puts the way in below."""

from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

_FOLDER = Path(__file__).parent


def card(drawing: str, title: str, words: str) -> DeltaGenerator:
    """A card as high as its neighbours, with the drawing of that name; gives back where its link goes."""
    inside = st.container(border=True, height="stretch", key=f"card-{drawing}")
    with inside:
        st.image((_FOLDER / f"{drawing}.svg").read_text(encoding="utf-8"), width="stretch", alt="")
        st.subheader(title, anchor=False)
        st.markdown(words)
    return inside
