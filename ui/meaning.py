"""What a score at or above its point means for people: natural frequencies, at a prevalence that the reader supposes."""

from functools import partial

import streamlit as st

from medcore.evaluation import Frequencies, Interval, Measured, measured_in, natural_frequencies
from medcore.models import ModelCard, Prediction
from ui.choosing import remembered_slider
from ui.models.reading import mapping
from ui.people import people_picture
from ui.plain import plain
from ui.session import session

_COUNTS = {1000: (1, 2, 5, 10, 20, 50), 100: (10, 15, 20, 25, 30, 40, 50)}
_SUPPOSED = {f"{have_it} of {people}": (have_it, people) for people, counts in _COUNTS.items() for have_it in counts}
_RARE = 0.05  # a part below is told of 1000
_AT_FIRST = "10 of 100"
_WHY = "The model doesn't know how common it is where you work, and what its score is worth depends on that."
_OTHER_RULE = " This test counted by the highest of a picture's scores, not by the operating point."
_CALLED = {"point": "score at or above the point", "highest": "score highest for it"}
_NOT_CALLED = {"point": "score below", "highest": "score higher for another label"}


@st.fragment
def meaning(card: ModelCard, prediction: Prediction) -> None:
    """Folded away until it is asked for; moving the slider draws this alone."""
    with st.expander("What does this mean?", icon=":material/groups:"):
        measured = _measured(card, prediction)
        if prediction.gate.accepted is False:
            st.markdown("There is no number to give here: the model's test says nothing of images that it declines.")
        elif measured is None:
            st.markdown(_nothing(card, prediction))
        else:
            _supposing(measured, prediction)


def _measured(card: ModelCard, prediction: Prediction) -> Measured | None:
    scores = prediction.scores or {}
    test = mapping(card.details.get("metrics")).get("test")
    operating_label = str(card.details.get("operating_label", card.labels[-1]))
    return measured_in(test, prediction.group, operating_label, max(scores, key=scores.__getitem__, default=""))


def _nothing(card: ModelCard, prediction: Prediction) -> str:
    whose = " that hold for this image: its group can't be told" if card.groups else ""
    whose = f" for {plain(prediction.group)}" if prediction.group else whose
    return f"The card has no test figures{whose}. So there is no number to give here."


def _supposing(measured: Measured, prediction: Prediction) -> None:
    mine, label = session(), plain(measured.label)
    chosen = mine.choices.get("prevalence", _AT_FIRST)
    choose = partial(mine.choices.__setitem__, "prevalence")
    remembered_slider(f"How common is {label} among such people? Suppose:", list(_SUPPOSED), chosen, choose, _WHY)
    of = natural_frequencies(measured, *_SUPPOSED[mine.choices.get("prevalence", _AT_FIRST)])
    st.html(people_picture(of, _CALLED[measured.rule], _NOT_CALLED[measured.rule]))
    for sentence in in_words(of, measured, prediction.group):
        st.markdown(sentence)


def in_words(of: Frequencies, measured: Measured, group: str | None) -> list[str]:
    """What follows for those who are called, and what it rests on, Markdown."""
    called = _CALLED[measured.rule]
    if of.predictive is None:
        so = f"Of {of.people} such people, none would {called}."
    else:
        hundred = 100 if of.predictive.low >= _RARE else 1000
        span = f"between {hundred * of.predictive.low:.0f} and {hundred * of.predictive.high:.0f} of {hundred} of them"
        so = f"So of **{of.called}** who {called}, **{of.found.value}** have it: {span}."
    whose = f"test films of {plain(group)}" if group else "the test's films"
    rests = (
        f"Measured on {whose}: sensitivity {_span(measured.sensitivity)}, specificity {_span(measured.specificity)}. "
        "The ranges take both at the low ends of their 95 % intervals, then both at the high ends, which is on the safe side."
    )
    return [so, f":small[{rests}{_OTHER_RULE if measured.rule == 'highest' else ''}]"]


def _span(figure: Interval) -> str:
    return f"{figure.value:.2f} ({figure.low:.2f} to {figure.high:.2f})"
