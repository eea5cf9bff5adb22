"""Models that can't be used: each is said with its reason, a few of them; the others go on."""

import streamlit as st

from medcore import models
from ui.plain import plain
from ui.texts import say, say_count, translated

_MOST_SAID = 5


def unusable_said() -> None:
    """A warning for each of the first few, and how many more there are."""
    found = models.list_unusable()
    for name, reason in list(found.items())[:_MOST_SAID]:
        st.warning(plain(say("{model} can't be used: {reason}", model=name, reason=translated(reason))))
    if len(found) > _MOST_SAID:
        st.warning(
            say_count(
                "{count} more can't be used; `python -m medcore models` says why.",
                "{count} more can't be used; `python -m medcore models` says why.",
                len(found) - _MOST_SAID,
            )
        )
