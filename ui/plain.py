"""Words from a file, as they are: Streamlit's texts are Markdown, and a name or tag must not become a link or picture."""

import re

_JOINER = "\u2060"  # takes no room; an address with it in it isn't made a link, which Markdown does even to escaped ones


def plain(text: str) -> str:
    """The text with everything that Markdown, its links and Streamlit's colours and icons are made of escaped."""
    unlinked = re.sub(r"://|www\.|@", lambda found: found[0][:-1] + _JOINER + found[0][-1], text)
    return re.sub(r"([!-/:-@\[-`{-~])", r"\\\1", unlinked)
