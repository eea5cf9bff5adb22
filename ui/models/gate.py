"""What a model declines: what it asks of a picture, whether it looks at the picture itself, and how that did."""

from collections.abc import Iterator, Mapping
from typing import Any

import streamlit as st

from medcore.models import ModelCard
from ui.models.figures import declined
from ui.models.reading import Span, entries, mapping, number, span, text, years
from ui.models.tables import pairs, table
from ui.models.use import facts
from ui.plain import plain

_KINDS = {"CR": "X-ray film", "DX": "X-ray film", "MR": "MR", "CT": "CT", "US": "ultrasound", "PT": "PET"}
_RATES = {
    "refused": "declined though of the right kind",
    "too_far": "of these, as too unlike",
    "alarmed": "of these, as lying otherwise",
}


def gate(card: ModelCard) -> None:
    """What the model asks of a picture, whether it looks at the picture itself, and how that did."""
    contract = mapping(card.details.get("contract"))
    st.markdown(f"It takes {plain(taken(contract))}. A picture whose tags say otherwise is declined with the reason.")
    measured = mapping(mapping(card.details.get("gate")).get("measured"))
    if "gate" not in card.details:
        st.markdown("It doesn't check the picture itself: one without tags gets a score, whatever it shows.")
    elif not measured:
        st.markdown("It also compares the picture itself with those that it learnt from. How well was not measured.")
    else:
        st.markdown("It also compares the picture itself with those that it learnt from. Of 100 pictures, on validation:")
        pairs(list(rates(measured)))
    if shown := strangers(card.details):
        st.markdown("It was also shown pictures that it wasn't made for, without their tags:")
        table(shown)
    table(declined(card.details))


def taken(contract: Mapping[str, Any]) -> str:
    """What a contract asks for: "a single picture, X-ray film (CR, DX), of chest or lung, view PA or AP"."""
    words = {key: [text(each) for each in entries(contract.get(key))] for key in ("modality", "body_part", "view")}
    kinds = " or ".join(dict.fromkeys(_KINDS.get(word, word) for word in words["modality"])) or "of any kind"
    asked = ["any slice of a series" if contract.get("pictures") == "slices" else "a single picture"]
    letters = [word for word in words["modality"] if word not in kinds]
    asked += [kinds + (f" ({', '.join(letters)})" if letters else "")]
    asked += [f"of {' or '.join(words['body_part']).lower()}"] if words["body_part"] else []
    asked += [f"view {' or '.join(words['view'])}"] if words["view"] else []
    asked += [f"age {ages}"] if (ages := years(contract.get("ages_years"))) else []
    return ", ".join(asked)


def rates(measured: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What a gate's measurement says of 100 pictures: wrongly declined ones, then each posture that it looks for."""
    for key, each in measured.items():
        if key == "postures":
            for posture, found in mapping(each).items():
                caught, named = span(mapping(found).get("caught")), span(mapping(found).get("named"))
                right = f"; offered the right way back: {_tenths(named)}" if named else ""
                yield f"{posture}: noticed", f"{_tenths(caught)}{right}"
        elif (rate := span(each)) is not None:
            films = number(mapping(each).get("films"))
            yield _RATES.get(key, key.replace("_", " ")), _tenths(rate) + (f", of {films:,.0f}" if films else "")
        else:
            yield from facts(each, key.replace("_", " "))


def strangers(details: Mapping[str, Any]) -> list[dict[str, str]]:
    """What else the gate was shown, a row a family, those first of which it let the most through."""
    families = mapping(mapping(mapping(details.get("metrics")).get("gate")).get("strangers"))
    found = [(span(mapping(each).get("declined")), name, mapping(each)) for name, each in families.items()]
    return [
        {"shown": name, "declined of 100": _tenths(part), "pictures": text(each.get("pictures"))}
        for part, name, each in sorted(found, key=lambda row: row[0] or (0.0, 0.0, 0.0))
    ]


def _tenths(rate: Span | None) -> str:
    """ "0.3 (0.1 to 0.9)" of a hundred: rare things need a digit more."""
    return "–" if rate is None else f"{100 * rate[0]:.1f} ({100 * rate[1]:.1f} to {100 * rate[2]:.1f})"
