"""Step 3, what a score and its operating point mean: people as marks, and one real result. All figures are the card's."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from medcore.evaluation import Frequencies, Measured, natural_frequencies
from medcore.models import ModelCard
from ui.demo import asking, figures, films, pictures
from ui.demo.layout import heading, lines, picture_and_words
from ui.help.terms import linked
from ui.people import people_picture
from ui.plain import plain
from ui.texts import number, say, say_count, translated
from ui.voices import told

PEOPLE = 100
_HAVE_IT = (1, 2, 5, 10, 20, 30, 40, 50)
_AT_FIRST = 10


def title() -> str:
    """What the step is about."""
    return say("What does a score tell?")


@st.fragment
def show() -> None:
    """Draws the step; the slider draws it alone."""
    picture, words = picture_and_words()
    with words:
        heading(title())
        card = asking.card_of(asking.CHEST)
        measured = figures.measured(card) if card else None
        if card and measured:
            with picture:
                place = st.container(key="demo-people")
            _people(card, measured, place)
        elif card:
            lines(say("The model's card holds no test figures, so there are no numbers to show."))
    if card:
        _one_result(card)


def _people(card: ModelCard, measured: Measured, place: DeltaGenerator) -> None:
    """The words and the slider, and the picture of what they come to in its place."""
    group = figures.group(card)
    point = (group or card).operating_points[measured.label]
    lines(
        linked(say("The model, a program that learnt from many films, gives each film a score from 0 to 1."), "score"),
        linked(
            say("From {point} on it puts up a flag. We call this line the operating point.", point=number(point, 2)),
            "operating-point",
        ),
    )
    have_it = st.select_slider(say("How many of {people} are ill? Try it:", people=PEOPLE), _HAVE_IT, _AT_FIRST, key="demo-ill")
    of = natural_frequencies(measured, have_it, PEOPLE)
    whose = translated(group.name) if group else say("people of all ages")
    place.html(people_picture(of, say("get a flag"), say("get no flag")))
    lines(_ill(of, whose), *_alarms(of))


def _ill(of: Frequencies, whose: str) -> str:
    return say_count(
        "Each mark is one of {people} {whose}. One of them has pneumonia, an illness of the lungs.",
        "Each mark is one of {people} {whose}. {count} of them have pneumonia, an illness of the lungs.",
        of.have_it,
        people=of.people,
        whose=whose,
    )


def _alarms(of: Frequencies) -> list[str]:
    """False alarms and misses, each explained where it stands."""
    return [
        say("**False alarms: {alarms}.** The flag is up, but the person is well.", alarms=of.false_alarms.value),
        say("**Misses: {missed}.** The person is ill, but there is no flag.", missed=of.missed),
        say("So of {called} flags, {found} are right.", called=of.called, found=of.found.value),
        say("The rarer the illness, the more flags are false."),
    ]


def _one_result(card: ModelCard) -> None:
    """What the model says of the film of step 1, in a patient's words."""
    with st.container(border=True, key="demo-result"):
        film, words = st.columns([1, 3], vertical_alignment="center")
        with film:
            pictures.show(films.drawn(films.small(films.CHEST)), say("The chest film of step 1"))
        with words:
            st.subheader(say("One real film, one real score"), anchor=False)
            prediction = asking.answer(card.id, films.series(films.CHEST))
            if prediction is not None:
                lines(*map(plain, told(prediction, card, "patient")))
