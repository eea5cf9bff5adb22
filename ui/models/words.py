"""The card's words: data and licences, how to rebuild the model, all that it says by section, and the list that it answers."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from medcore.models import ModelCard
from medcore.models.checklist import CLAIM, TRIPOD, Answer, answers
from ui.models.reading import chained, entries, joined, mapping, text
from ui.models.tables import pairs, table
from ui.models.use import facts
from ui.plain import plain
from ui.texts import say, translated


def data(details: Mapping[str, Any]) -> None:
    """What it was trained on, with licences and attributions, and who the patients are."""
    sources = [
        {
            say("data"): translated(text(each.get("name"))),
            say("licence"): translated(text(each.get("licence"))),
            say("attribution"): text(each.get("attribution")),
        }
        for each in map(mapping, entries(details.get("data")))
    ]
    if not sources:
        st.markdown(say("The card doesn't say what it was trained on."))
    table(sources)
    if parts := _who(entries(mapping(details.get("people")).get("demographics"))):
        st.markdown(say("**Who they are**"))
        table(parts)


def _who(parts: list[Any]) -> list[dict[str, str]]:
    """Who the patients of each part of the data are: rows of a table."""
    heads = {
        "part": say("part"),
        "films": say("pictures"),
        "people": say("people"),
        "age": say("age"),
        "sex": say("sex"),
        "view": say("view"),
    }
    return [{head: translated(text(mapping(each).get(key))) for key, head in heads.items()} for each in parts]


def identity(card: ModelCard) -> None:
    """Version, hashes, counts and the way to rebuild it."""
    details = card.details
    counts = {part: text(count) for part, count in mapping(details.get("films")).items()}
    films = joined(say("{count} {part}", count=count, part=translated(part)) for part, count in counts.items() if count)
    rows = {say("id"): card.id, say("version"): card.version, say("net"): card.architecture, say("pictures"): films}
    rows |= {name: text(details.get(key)) for key, name in _dates_and_hashes().items()}
    pairs([(name, words) for name, words in rows.items() if words])
    rebuild = text(mapping(details.get("openness")).get("rebuild"))
    st.markdown(say("**Rebuild it**") if rebuild else say("The card doesn't say how to rebuild it."))
    if rebuild:
        st.code(translated(rebuild), language=None, wrap_lines=True)


def _dates_and_hashes() -> dict[str, str]:
    return {
        "trained": say("trained"),
        "published": say("published"),
        "run": say("run"),
        "weights_sha256": say("SHA-256 of the weights"),
        "input_spec_sha256": say("SHA-256 of the input spec"),
        "split_sha256": say("SHA-256 of the split"),
        "spec_sha256": say("SHA-256 of the spec of the run"),
    }


def sections(details: Mapping[str, Any]) -> None:
    """All that the card says in words, by section."""
    for key, title in _titles().items():
        told = facts(mapping(details.get(key)))
        rows = [(translated(name), words) for name, words in told if not name.startswith("demographics")]
        rows += _listed(mapping(details.get(key)).get("collected"))
        if rows:
            st.markdown(f"**{title}**")
            pairs(rows)


def _titles() -> dict[str, str]:
    return {
        "purpose": say("What it is meant for"),
        "people": say("Whose pictures"),
        "pictures": say("The pictures"),
        "reference_standard": say("What was held to be true"),
        "development": say("How it was made"),
        "evaluation": say("How it was tested"),
        "openness": say("What others can have"),
    }


def _listed(value: Any) -> list[tuple[str, str]]:
    """A list of sources, each with what it says: where, when and how."""
    found = [{key: translated(text(words)) for key, words in mapping(each).items()} for each in entries(value)]
    return [(each.get("source", ""), chained(words for key, words in each.items() if key != "source")) for each in found]


def checklist(details: Mapping[str, Any]) -> None:
    """The two lists with their gaps first."""
    found = answers(details)
    for source in (CLAIM, TRIPOD):
        own = [each for each in found if each.item.source == source]
        gaps = [each for each in own if each.state != "answered"]
        count = len(own) - len(gaps)
        st.markdown(say("**{source}**: {count} of {all} items answered; the gaps:", source=source, count=count, all=len(own)))
        table([{say("item"): _asked(each), say("gap"): _gap(each)} for each in gaps])
        with st.expander(say("Where the card answers {source}", source=source)):
            answered = [each for each in own if each.answered_by]
            table([{say("item"): _asked(each), say("in"): ", ".join(each.answered_by)} for each in answered])
    sources = say(
        "CLAIM 2024: Tejani et al., Radiology: Artificial Intelligence 2024. TRIPOD+AI: Collins et al., BMJ 2024. "
        "The wording is ours."
    )
    st.markdown(f":small[{plain(sources)}]")


def gaps_in_short(details: Mapping[str, Any]) -> str:
    """ "80 of 88 answered", for the list's title."""
    found = answers(details)
    count = sum(each.state == "answered" for each in found)
    return say("{count} of {all} items answered", count=count, all=len(found))


def _asked(answer: Answer) -> str:
    return f"{answer.item.number} {translated(answer.item.asks)}"


def _gap(answer: Answer) -> str:
    lacking = chained(map(translated, answer.lacking))
    return say("in part: {lacking}", lacking=lacking) if answer.answered_by else lacking
