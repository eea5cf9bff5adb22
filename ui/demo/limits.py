"""What the chest model can't do, in three sentences, and where the tour's figures and pictures come from."""

import streamlit as st

from medcore.evaluation import natural_frequencies
from medcore.models import ModelCard
from ui.demo import figures
from ui.models.reading import mapping
from ui.plain import plain
from ui.texts import listed, number, say, say_count, translated

_PEOPLE = 100


def three_sentences(card: ModelCard | None) -> list[str]:
    """The first two with the card's own figures where there is one."""
    return [_knows(card), _errs(card), say("It has never met you: it can't ask how you feel, and it can't care.")]


def _knows(card: ModelCard | None) -> str:
    if card is None:
        return say("It knows a few answers only, and gives one of them to any film.")
    answers = listed([translated(label) for label in card.labels])
    return say_count(
        "It knows {count} answer only ({answers}): it can't see any other illness.",
        "It knows {count} answers only ({answers}): it can't see any other illness.",
        len(card.labels),
        answers=answers,
    )


def _errs(card: ModelCard | None) -> str:
    """How many of 100 who are well get a flag, and how many of 100 who are ill get none."""
    of = None if card is None else _counted(card)
    if of is None:
        return say("It can be wrong: it puts up a flag for some who are well, and misses some who are ill.")
    alarms, missed = of
    return say(
        "It can be wrong: of {people} who are well it flags {alarms}, and of {people} who are ill it misses {missed}.",
        people=_PEOPLE,
        alarms=number(alarms),
        missed=number(missed),
    )


def _counted(card: ModelCard) -> tuple[int, int] | None:
    """False alarms of 100 who are well, and misses of 100 who are ill."""
    measured = figures.measured(card)
    if measured is None:
        return None
    of = natural_frequencies(measured, _PEOPLE, 2 * _PEOPLE)
    return of.false_alarms.value, of.missed


def sources(card: ModelCard | None) -> None:
    """Where figures and pictures come from, folded."""
    with st.expander(say("Where the numbers and pictures come from"), icon=":material/source:"):
        told = [say("- The real pictures: test files of the packages pydicom and pydicom-data")]
        told.append(say("- The drawn films: made by this program"))
        if card is not None:
            which = {"model": plain(card.id), "version": plain(card.version)}
            told.append(say("- The numbers: the card of {model}, version {version}", **which))
            told += [f"- {plain(translated(name))}: {plain(said)}" for name, said in _learnt_from(card)]
        st.markdown("\n".join(told))


def _learnt_from(card: ModelCard) -> list[tuple[str, str]]:
    """The films that the model learnt from, each with whom it names."""
    each = [mapping(part) for part in card.details.get("data", ())]
    return [(str(part.get("name", "")), str(part.get("attribution", ""))) for part in each]
