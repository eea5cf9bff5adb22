"""A tour that stands in a hall: no other page, no menu, and a fresh start for the next visitor."""

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from medcore.settings import settings

_ASKED = {"kiosk": "1"}


def is_on() -> bool:
    """Whether the whole server is a kiosk, or this address asks for one: `?kiosk=1`."""
    return settings().kiosk or st.query_params.get("kiosk") == _ASKED["kiosk"]


def keep_to(tour: StreamlitPage, page: StreamlitPage) -> None:
    """In a kiosk, leads from any other page to the tour."""
    if is_on() and page.url_path != tour.url_path:
        st.switch_page(tour, query_params={**_ASKED, **_language()})


def _language() -> dict[str, str]:
    """The address keeps the language that it asks for."""
    asked = st.query_params.get("lang")
    return {"lang": asked} if asked else {}
