"""Step 2, find the spot yourself: then what the model says of the same film, and where it looked."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from medcore import lessons
from ui.demo import asking, spots
from ui.demo.layout import heading, lines, picture_and_words
from ui.demo.picker import Area, picker
from ui.texts import say

_SEED, _GUESS = "demo-film", "demo-guess"
_FIRST = 1


def title() -> str:
    """What the step is about."""
    return say("Can you find the spot?")


@st.fragment
def show() -> None:
    """Draws the step; a guess draws it alone."""
    seed: int = st.session_state.get(_SEED, _FIRST)
    guess: Area | None = st.session_state.get(_GUESS)
    film = spots.spot(seed)
    picture, words = picture_and_words()
    with words:
        heading(title())
        lines(say("This film is drawn by a computer: nobody is in it. A round spot hides in one lung. Point at it!"))
        if guess is None:
            st.markdown(say(":small[By keyboard: Tab to the film, move with the arrow keys, choose with Enter.]"))
    alt = say("A drawn chest film with one round spot")
    if guess is None:
        with picture:
            picker(spots.plain_image(film.series), alt, f"demo-picker-{seed}", _guessed)
            st.html(spots.drawn_note())
        return
    _answered(film, guess, picture, words, alt)


def _answered(film: spots.Spot, guess: Area, picture: DeltaGenerator, words: DeltaGenerator, alt: str) -> None:
    with picture:
        place = st.empty()
        place.html(spots.marked(spots.plain_image(film.series), alt, film, guess))
        st.html(spots.drawn_note())
    with words:
        st.subheader(say("Yes, there it is!") if film.is_at(guess) else say("Not there. The ring shows it."), anchor=False)
        said = st.container()
        st.button(say("Another film"), icon=":material/refresh:", key="demo-another", on_click=_another)
        with said:
            model = asking.loaded(lessons.MODEL_ID)
            if model is None:
                return
            found = spots.look(model, film.series)
            lines(say("The model is a computer program that learnt from many drawn films."), *spots.said_of(found, film))
    place.html(spots.marked(found.image, say("The same film; the glow shows where the model looked"), film, guess))


def _guessed(area: Area) -> None:
    st.session_state[_GUESS] = area


def _another() -> None:
    st.session_state[_GUESS] = None
    st.session_state[_SEED] = st.session_state.get(_SEED, _FIRST) + 1
