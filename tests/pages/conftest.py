"""What page tests share."""

from collections.abc import Iterator

import pytest
import streamlit as st

from medcore.settings import settings


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No warming up, and settings read anew before and after."""
    monkeypatch.setattr("medcore.models.warm", lambda: None)
    settings.cache_clear()
    st.cache_resource.clear()
    yield
    settings.cache_clear()
