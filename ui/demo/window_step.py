"""Step 1, what a film is: a real chest film whose brightness and contrast the visitor moves."""

import streamlit as st

from medcore import rendering
from medcore.volume import Volume, Window
from ui.demo import films, pictures
from ui.demo.layout import heading, lines, picture_and_words
from ui.texts import say

_MIDDLE = 50
_BRIGHTNESS, _CONTRAST = "demo-brightness", "demo-contrast"


def title() -> str:
    """What the step is about."""
    return say("What is a film?")


@st.fragment
def show() -> None:
    """Draws the step; a slider draws it alone."""
    picture, words = picture_and_words()
    with words:
        heading(title())
        lines(
            say("X-rays cast a shadow of the body. Bone stops most and looks white. Air lets them pass, so lungs are dark."),
            say("A film holds more shades than an eye can see at once. Move the sliders to choose which ones you see."),
        )
        brightness = st.slider(say("Brightness"), 0, 100, _MIDDLE, key=_BRIGHTNESS)
        contrast = st.slider(say("Contrast"), 0, 100, _MIDDLE, key=_CONTRAST)
        st.button(say("As it was"), icon=":material/restart_alt:", key="demo-as-it-was", on_click=_reset)
        lines(say("Doctors call this the window. The film stays the same, only your view of it moves."))
    volume = films.small(films.CHEST)
    with picture:
        pictures.show(
            rendering.to_rgb(volume, 0, window(volume, brightness, contrast)),
            say("A chest film: white ribs and heart, dark lungs"),
            say("A real film of a chest"),
        )


def window(volume: Volume, brightness: int, contrast: int) -> Window:
    """Which values are shown: 50 and 50 are the film's own window; 25 more of contrast halve its width."""
    own = volume.window_or_range()
    brighter = 1 if volume.photometric == "MONOCHROME1" else -1
    center = own.center + brighter * (brightness - _MIDDLE) / 100 * own.width
    return Window(center, max(1.0, own.width * 2 ** ((_MIDDLE - contrast) / 25)))


def _reset() -> None:
    st.session_state[_BRIGHTNESS] = st.session_state[_CONTRAST] = _MIDDLE
