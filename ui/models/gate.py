"""What a model declines: what it asks of a picture, whether it looks at the picture itself, and how that did."""

from collections.abc import Iterator, Mapping
from typing import Any

import streamlit as st

from medcore.models import ModelCard
from ui.help.terms import explained
from ui.models.figures import declined
from ui.models.reading import any_of, entries, figure, joined, mapping, number, span, tenths, text, years
from ui.models.tables import pairs, table
from ui.models.use import facts
from ui.plain import plain
from ui.texts import say, translated


def gate(card: ModelCard) -> None:
    """What the model asks of a picture, whether it looks at the picture itself, and how that did."""
    contract = mapping(card.details.get("contract"))
    what = plain(taken(contract))
    st.markdown(say("It takes {what}. A picture whose tags say otherwise is declined with the reason.", what=what))
    measured = mapping(mapping(card.details.get("gate")).get("measured"))
    if "gate" not in card.details:
        st.markdown(say("It doesn't check the picture itself: one without tags gets a score, whatever it shows."))
    elif not measured:
        st.markdown(say("It also compares the picture itself with those that it learnt from. How well was not measured."))
    else:
        st.markdown(say("It also compares the picture itself with those that it learnt from. Of 100 pictures, on validation:"))
        pairs(list(rates(measured)))
    if shown := strangers(card.details):
        st.markdown(say("It was also shown pictures that it wasn't made for, without their tags:"))
        table(shown)
    table(declined(card.details))
    explained("gate", "declined", "out-of-distribution")


def taken(contract: Mapping[str, Any]) -> str:
    """What a contract asks for: "a single picture, X-ray film (CR, DX), of chest or lung, view PA or AP"."""
    words = {key: [text(each) for each in entries(contract.get(key))] for key in ("modality", "body_part", "view")}
    asked = [say("any slice of a series") if contract.get("pictures") == "slices" else say("a single picture")]
    asked += [_kinds(words["modality"])]
    asked += (
        [say("of {part}", part=any_of(translated(word.lower()) for word in words["body_part"]))] if words["body_part"] else []
    )
    asked += [say("view {view}", view=any_of(words["view"]))] if words["view"] else []
    asked += [say("age {ages}", ages=ages)] if (ages := years(contract.get("ages_years"))) else []
    return joined(asked)


def _kinds(modalities: list[str]) -> str:
    """DICOM's letters in words, and the letters where they aren't among these: "X-ray film (CR, DX)"."""
    film = say("X-ray film")
    called = {"CR": film, "DX": film, "US": say("ultrasound"), "PT": "PET"}
    kinds = any_of(dict.fromkeys(called.get(word, word) for word in modalities)) or say("of any kind")
    letters = joined(word for word in modalities if word not in kinds)
    return say("{kinds} ({letters})", kinds=kinds, letters=letters) if letters else kinds


def rates(measured: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What a gate's measurement says of 100 pictures: wrongly declined ones, then each posture that it looks for."""
    for key, each in measured.items():
        if key == "postures":
            for posture, found in mapping(each).items():
                caught, named = span(mapping(found).get("caught")), span(mapping(found).get("named"))
                words = tenths(caught)
                if named:
                    words = say("{caught}; offered the right way back: {named}", caught=words, named=tenths(named))
                yield say("{posture}: noticed", posture=translated(posture)), words
        elif (rate := span(each)) is not None:
            films = number(mapping(each).get("films"))
            words = say("{rate}, of {films}", rate=tenths(rate), films=figure(films)) if films else tenths(rate)
            yield _rate_named(key), words
        else:
            yield from ((translated(name), words) for name, words in facts(each, key.replace("_", " ")))


def _rate_named(key: str) -> str:
    ours = {
        "refused": say("declined though of the right kind"),
        "too_far": say("of these, as too unlike"),
        "alarmed": say("of these, as lying otherwise"),
    }
    return ours.get(key) or translated(key.replace("_", " "))


def strangers(details: Mapping[str, Any]) -> list[dict[str, str]]:
    """What else the gate was shown, a row a family, those first of which it let the most through."""
    families = mapping(mapping(mapping(details.get("metrics")).get("gate")).get("strangers"))
    found = [(span(mapping(each).get("declined")), name, mapping(each)) for name, each in families.items()]
    return [
        {say("shown"): translated(name), say("declined of 100"): tenths(part), say("pictures"): text(each.get("pictures"))}
        for part, name, each in sorted(found, key=lambda row: row[0] or (0.0, 0.0, 0.0))
    ]
