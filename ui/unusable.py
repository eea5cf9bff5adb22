"""Models that can't be used: each is said with its reason, a few of them; the others go on."""

import streamlit as st

from medcore import models
from ui.plain import plain

_MOST_SAID = 5


def unusable_said() -> None:
    """A warning for each of the first few, and how many more there are."""
    found = models.list_unusable()
    for name, reason in list(found.items())[:_MOST_SAID]:
        st.warning(plain(f"{name} can't be used: {reason}"))
    if len(found) > _MOST_SAID:
        st.warning(f"{len(found) - _MOST_SAID} more can't be used; `python -m medcore models` says why.")
