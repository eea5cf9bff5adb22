"""Step 5, how it fails: pictures that the model was never made for, and what its gate says of each."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import streamlit as st

from medcore import recognition
from medcore.models import Gate, ModelCard, Prediction
from medcore.recognition import Posture
from medcore.volume import Series
from ui.demo import asking, figures, films, pictures
from ui.demo.layout import heading, lines, picture_and_words
from ui.plain import plain
from ui.texts import number, say, translated

_INVERTED = Posture(inverted=True)
_BACK = "demo-swapped-back"


@dataclass(frozen=True)
class _Case:
    """A picture to hand to the model: the sample it is made of, its name and what is said below it."""

    sample: str
    name: str
    note: str
    change: Callable[[Series], Series] = lambda series: series


def title() -> str:
    """What the step is about."""
    return say("How can it fail?")


@st.fragment
def show() -> None:
    """Draws the step; another picture draws it alone."""
    picture, words = picture_and_words()
    with words:
        heading(title())
        lines(say("A model is a program that knows only what it was shown. A good one says no to the rest. Hand it a picture:"))
        card = asking.card_of(asking.CHEST)
        cases = _cases(card)
        chosen = st.radio(
            say("Hand it"), list(cases), format_func=lambda key: cases[key].name, key="demo-case", on_change=_forget
        )
        case, place = cases[chosen], st.container(key="demo-verdict")
    series = _handed(case, chosen)
    with picture:
        volume = films.shrunk(series.volume)
        pictures.show(films.drawn(volume), case.name, case.note)
    if card is not None:
        with place:
            _verdict(card, chosen, series)


def _forget() -> None:
    st.session_state[_BACK] = False


def _handed(case: _Case, chosen: str) -> Series:
    """The series as the model gets it."""
    series = case.change(films.series(case.sample))
    if chosen == "inverted" and st.session_state.get(_BACK):
        return _seen(series, _INVERTED)
    return series


def _seen(series: Series, posture: Posture) -> Series:
    return replace(series, volume=recognition.corrected(series.volume, posture))


def _cases(card: ModelCard | None) -> dict[str, _Case]:
    """What can be handed to it; an age only where the card tells of one that was not in the training."""
    real = say("A real picture, as it is")
    cases = {
        "inverted": _Case(
            films.CHEST,
            say("A chest film, black and white swapped"),
            say("A real film; we swapped its black and white"),
            lambda series: _seen(series, _INVERTED),
        ),
        "leg": _Case("tibia-cr", say("A film of a shin"), real),
    }
    age = untrained_age(card) if card else None
    if age is not None:
        name = say("A chest film of someone who is {age}", age=age)
        note = say("A real film of an adult; we tell the model the age is {age}", age=age)
        cases["age"] = _Case(films.CHEST, name, note, lambda series: _aged(series, age))
    cases["head"] = _Case("head-ct", say("A slice through a head (CT)"), real)
    cases["belly"] = _Case("abdomen-mr", say("A slice through a belly (MR)"), real)
    cases["heart"] = _Case("heart-us", say("An ultrasound of a heart"), real)
    return cases


def _aged(series: Series, age: float) -> Series:
    return replace(series, acquisition=replace(series.acquisition, age_years=age))


def untrained_age(card: ModelCard) -> int | None:
    """The middle, in years, of the widest gap that the card's ages leave, from birth on; None where they leave none."""
    reached, gaps = -1.0, []
    for low, high in sorted(card.contract.ages_years):
        gaps.append((low - reached, int((reached + low) / 2)))
        reached = max(reached, high)
    width, age = max(gaps, default=(0.0, 0))
    return age if width > 1 else None


def _verdict(card: ModelCard, chosen: str, series: Series) -> None:
    """What the gate says, in plain words and in its own."""
    prediction = asking.answer(card.id, series)
    if prediction is None:
        return
    if prediction.gate.accepted is False:
        st.subheader(say("The model says no"), anchor=False)
        lines(_why(card, chosen, prediction.gate, series))
        if prediction.gate.correction is not None:
            st.button(say("Swap them back"), icon=":material/invert_colors:", key="demo-swap-back", on_click=_swap_back)
    else:
        st.subheader(say("The model takes it"), anchor=False)
        lines(_taken(card, prediction))
    lines(say(":small[In its own words: {reason}]", reason=plain(translated(prediction.gate.reason))))


def _swap_back() -> None:
    st.session_state[_BACK] = True


def _why(card: ModelCard, chosen: str, gate: Gate, series: Series) -> str:
    """Why it says no."""
    if gate.declined_by == "posture":
        return say("Its black and white look swapped. The model can tell, and it asks you to swap them back.")
    if gate.declined_by == "distance":
        return say("It looks too unlike the films that the model has learnt from.")
    if chosen == "age":
        return say(
            "The model has learnt from people of these ages: {ages} years. It knows no film of anyone who is {age}.",
            ages=_ages(card),
            age=number(series.acquisition.age_years or 0),
        )
    return say("The notes in the file say what it shows. It is not a chest X-ray, and the model has learnt nothing else.")


def _ages(card: ModelCard) -> str:
    """The ages that the card was trained on, as ranges."""
    oldest = 120
    return ", ".join(f"{low:g}+" if high >= oldest else f"{low:g}–{high:g}" for low, high in card.contract.ages_years)


def _taken(card: ModelCard, prediction: Prediction) -> str:
    label = figures.illness(card)
    score = (prediction.scores or {}).get(label, 0.0)
    return say(
        "Now it fits what the model has learnt. Its score for {illness} is {score}.",
        illness=translated(label),
        score=number(score, 2),
    )
