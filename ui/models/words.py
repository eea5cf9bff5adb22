"""The card's words: data and licences, how to rebuild the model, all that it says by section, and the list that it answers."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from medcore.models import ModelCard
from medcore.models.checklist import CLAIM, TRIPOD, Answer, answers
from ui.models.reading import entries, mapping, text
from ui.models.tables import pairs, table
from ui.models.use import facts
from ui.plain import plain

_SECTIONS = {
    "purpose": "What it is meant for",
    "people": "Whose pictures",
    "pictures": "The pictures",
    "reference_standard": "What was held to be true",
    "development": "How it was made",
    "evaluation": "How it was tested",
    "openness": "What others can have",
}
_HASHES = {
    "weights_sha256": "weights",
    "input_spec_sha256": "input spec",
    "split_sha256": "split",
    "spec_sha256": "spec of the run",
}


def data(details: Mapping[str, Any]) -> None:
    """What it was trained on, with licences and attributions, and who the patients are."""
    sources = [
        {"data": text(each.get("name")), "licence": text(each.get("licence")), "attribution": text(each.get("attribution"))}
        for each in map(mapping, entries(details.get("data")))
    ]
    if not sources:
        st.markdown("The card doesn't say what it was trained on.")
    table(sources)
    parts = [
        {"part": text(each.get("part")), "pictures": text(each.get("films")), "people": text(each.get("people"))}
        | {key: text(each.get(key)) for key in ("age", "sex", "view")}
        for each in map(mapping, entries(mapping(details.get("people")).get("demographics")))
    ]
    if parts:
        st.markdown("**Who they are**")
    table(parts)


def identity(card: ModelCard) -> None:
    """Version, hashes, counts and the way to rebuild it."""
    details = card.details
    films = [f"{text(count)} {part}" for part, count in mapping(details.get("films")).items() if text(count)]
    rows = {"id": card.id, "version": card.version, "net": card.architecture, "pictures": ", ".join(films)}
    rows |= {
        "trained": text(details.get("trained")),
        "published": text(details.get("published")),
        "run": text(details.get("run")),
    }
    rows |= {f"SHA-256 of the {words}": text(details.get(key)) for key, words in _HASHES.items()}
    pairs([(name, words) for name, words in rows.items() if words])
    rebuild = text(mapping(details.get("openness")).get("rebuild"))
    st.markdown("**Rebuild it**" if rebuild else "The card doesn't say how to rebuild it.")
    if rebuild:
        st.code(rebuild, language=None, wrap_lines=True)


def sections(details: Mapping[str, Any]) -> None:
    """All that the card says in words, by section."""
    for key, title in _SECTIONS.items():
        rows = [(name, words) for name, words in facts(mapping(details.get(key))) if not name.startswith("demographics")]
        rows += _listed(mapping(details.get(key)).get("collected"))
        if rows:
            st.markdown(f"**{title}**")
            pairs(rows)


def _listed(value: Any) -> list[tuple[str, str]]:
    """A list of sources, each with what it says: where, when and how."""
    found = [{key: text(words) for key, words in mapping(each).items()} for each in entries(value)]
    return [(each.get("source", ""), "; ".join(words for key, words in each.items() if key != "source")) for each in found]


def checklist(details: Mapping[str, Any]) -> None:
    """The two lists with their gaps first."""
    found = answers(details)
    for source in (CLAIM, TRIPOD):
        own = [each for each in found if each.item.source == source]
        gaps = [each for each in own if each.state != "answered"]
        st.markdown(f"**{source}**: {len(own) - len(gaps)} of {len(own)} items answered; the gaps:")
        table([{"item": f"{each.item.number} {each.item.asks}", "gap": _gap(each)} for each in gaps])
        with st.expander(f"Where the card answers {source}"):
            answered = [each for each in own if each.answered_by]
            table([{"item": f"{each.item.number} {each.item.asks}", "in": ", ".join(each.answered_by)} for each in answered])
    st.markdown(
        f":small[{plain('CLAIM 2024: Tejani et al., Radiology: Artificial Intelligence 2024. ')}"
        f"{plain('TRIPOD+AI: Collins et al., BMJ 2024. The wording is ours.')}]"
    )


def gaps_in_short(details: Mapping[str, Any]) -> str:
    """ "80 of 88 answered", for the list's title."""
    found = answers(details)
    return f"{sum(each.state == 'answered' for each in found)} of {len(found)} items answered"


def _gap(answer: Answer) -> str:
    before = "in part: " if answer.answered_by else ""
    return before + "; ".join(answer.lacking)
