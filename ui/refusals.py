"""What can't be done is said in a sentence, where it was asked for."""

from collections.abc import Iterator
from contextlib import contextmanager

import streamlit as st

from medcore.errors import LightboxError
from ui.plain import plain
from ui.texts import translated


@contextmanager
def refusals_said() -> Iterator[None]:
    """Shows a failure as its sentence, and leaves the rest of the block undone."""
    try:
        yield
    except LightboxError as error:
        st.error(plain(translated(str(error))))
