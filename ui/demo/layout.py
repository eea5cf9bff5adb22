"""How each step looks: the picture first and large, a few words and something to try beside it or below."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator


def picture_and_words() -> tuple[DeltaGenerator, DeltaGenerator]:
    """Where the picture goes, and where the words; on a phone the one is above the other."""
    picture, words = st.columns([1.35, 1], gap="large")
    return picture.container(key="demo-picture"), words.container(key="demo-words")


def heading(title: str) -> None:
    """The step's title."""
    st.title(title, anchor=False)


def lines(*sentences: str) -> None:
    """A sentence or two, in paragraphs; Markdown."""
    st.markdown("\n\n".join(sentences))
