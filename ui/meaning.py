"""What an answer means: in words for one of three readers, and as natural frequencies at a prevalence that is supposed."""

from functools import partial

import streamlit as st

from medcore.evaluation import Frequencies, Interval, Measured, measured_in, natural_frequencies
from medcore.models import ModelCard, Prediction
from ui.choosing import remembered_radio, remembered_slider
from ui.help.terms import explained
from ui.models.reading import mapping
from ui.people import people_picture
from ui.plain import plain
from ui.session import session
from ui.texts import number, say, translated
from ui.voices import VOICES, told, voice_name

_COUNTS = {1000: (1, 2, 5, 10, 20, 50), 100: (10, 15, 20, 25, 30, 40, 50)}
_SUPPOSED = {f"{have_it} of {people}": (have_it, people) for people, counts in _COUNTS.items() for have_it in counts}
_RARE = 0.05  # a part below is told of 1000
_AT_FIRST = "10 of 100"


@st.fragment
def meaning(card: ModelCard, prediction: Prediction) -> None:
    """Folded away until it is asked for; choosing a reader or moving the slider draws this alone."""
    with st.expander(say("What does this mean?"), icon=":material/groups:"):
        _in_words_for(card, prediction)
        measured = _measured(card, prediction)
        if prediction.gate.accepted is False:
            st.markdown(say("There is no number to give here: the model's test says nothing of images that it declines."))
        elif measured is None:
            st.markdown(_nothing(card, prediction))
        else:
            _supposing(measured, prediction)


def _in_words_for(card: ModelCard, prediction: Prediction) -> None:
    mine = session()
    voice, choose = mine.choices.get("voice", next(iter(VOICES))), partial(mine.choices.__setitem__, "voice")
    remembered_radio(say("In words for"), list(VOICES), voice, choose, voice_name, horizontal=True)
    st.markdown("\n".join(f"- {plain(sentence)}" for sentence in told(prediction, card, mine.choices.get("voice", voice))))


def _measured(card: ModelCard, prediction: Prediction) -> Measured | None:
    scores = prediction.scores or {}
    test = mapping(card.details.get("metrics")).get("test")
    operating_label = str(card.details.get("operating_label", card.labels[-1]))
    return measured_in(test, prediction.group, operating_label, max(scores, key=scores.__getitem__, default=""))


def _nothing(card: ModelCard, prediction: Prediction) -> str:
    if prediction.group:
        group = plain(translated(prediction.group))
        return say("The card has no test figures for {group}. So there is no number to give here.", group=group)
    if card.groups:
        return say(
            "The card has no test figures that hold for this image: its group can't be told. "
            "So there is no number to give here."
        )
    return say("The card has no test figures. So there is no number to give here.")


def _supposing(measured: Measured, prediction: Prediction) -> None:
    mine = session()
    chosen = mine.choices.get("prevalence", _AT_FIRST)
    remembered_slider(
        say("How common is {label} among such people? Suppose:", label=plain(translated(measured.label))),
        list(_SUPPOSED),
        chosen,
        partial(mine.choices.__setitem__, "prevalence"),
        say("The model doesn't know how common it is where you work, and what its score is worth depends on that."),
        _supposed,
    )
    of = natural_frequencies(measured, *_SUPPOSED[mine.choices.get("prevalence", _AT_FIRST)])
    st.html(people_picture(of, *_called(measured)))
    for sentence in in_words(of, measured, prediction.group):
        st.markdown(sentence)
    explained("prevalence", "sensitivity", "specificity")


def _supposed(key: str) -> str:
    have_it, people = _SUPPOSED[key]
    return say("{have_it} of {people}", have_it=have_it, people=people)


def _called(measured: Measured) -> tuple[str, str]:
    """What is said of those whom the model's test called, and of the others."""
    if measured.rule == "highest":
        return say("score highest for it"), say("score higher for another label")
    return say("score at or above the point"), say("score below")


def in_words(of: Frequencies, measured: Measured, group: str | None) -> list[str]:
    """What follows for those who are called, and what it rests on, Markdown."""
    return [_so(of, measured), f":small[{_rests(measured, group)}]"]


def _so(of: Frequencies, measured: Measured) -> str:
    highest = measured.rule == "highest"
    if of.predictive is None:
        if highest:
            return say("Of {people} such people, none would score highest for it.", people=of.people)
        return say("Of {people} such people, none would score at or above the point.", people=of.people)
    hundred = 100 if of.predictive.low >= _RARE else 1000
    low, high = (number(round(hundred * end)) for end in (of.predictive.low, of.predictive.high))
    if highest:
        return say(
            "So of **{called}** who score highest for it, **{found}** have it: between {low} and {high} of {hundred} of them.",
            called=of.called,
            found=of.found.value,
            low=low,
            high=high,
            hundred=hundred,
        )
    return say(
        "So of **{called}** who score at or above the point, **{found}** have it: "
        "between {low} and {high} of {hundred} of them.",
        called=of.called,
        found=of.found.value,
        low=low,
        high=high,
        hundred=hundred,
    )


def _rests(measured: Measured, group: str | None) -> str:
    """The figures that it was counted from, with their intervals; Markdown."""
    figures = {"sensitivity": _span(measured.sensitivity), "specificity": _span(measured.specificity)}
    if group:
        on = say(
            "Measured on test films of {group}: sensitivity {sensitivity}, specificity {specificity}.",
            group=plain(translated(group)),
            **figures,
        )
    else:
        on = say("Measured on the test's films: sensitivity {sensitivity}, specificity {specificity}.", **figures)
    ends = say(
        "The ranges take both at the low ends of their 95 % intervals, then both at the high ends, which is on the safe side."
    )
    if measured.rule != "highest":
        return say("{first} {second}", first=on, second=ends)
    other = say("This test counted by the highest of a picture's scores, not by the operating point.")
    return say("{first} {second} {third}", first=on, second=ends, third=other)


def _span(figure: Interval) -> str:
    value, low, high = (number(round(each, 2), 2) for each in (figure.value, figure.low, figure.high))
    return say("{value} ({low} to {high})", value=value, low=low, high=high)
