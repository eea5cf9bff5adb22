"""A finished run's way into use: publish it as a model, take it out of use, or go back to the version before."""

from collections.abc import Callable
from pathlib import Path

import streamlit as st

from medcore import models, publishing
from medcore.recipes import slug
from ui.plain import plain
from ui.refusals import refusals_said
from ui.texts import say


def publishing_panel(run: Path, title: str) -> None:
    """Draws the panel; a change is said where it was made."""
    st.markdown(f"## {say('Use it')}")
    st.markdown(say("A published model can be asked on the review page at once, by everyone who uses this server."))
    left, right = st.columns([3, 1], vertical_alignment="bottom")
    model_id = left.text_input(say("Id of the model"), slug(title), key="model-id")
    if right.button(say("Publish"), key="publish", type="primary", icon=":material/publish:", width="stretch"):
        _do(lambda: _said(publishing.publish(run, model_id)))
    if said := st.session_state.pop("published", None):
        st.success(plain(said))
        st.page_link("../pages/review.py", label=say("Try it in Review"), icon=":material/arrow_forward:")
    _in_use(model_id)


def _said(card: models.ModelCard) -> str:
    return say("{id}, version {version}, is in use now.", id=card.id, version=card.version)


def _in_use(model_id: str) -> None:
    """What is published under this id, and the ways back."""
    cards = {card.id: card for card in models.list_cards() if card.folder.is_relative_to(models.published_folder().resolve())}
    if model_id not in cards:
        return
    kept = say(", ").join(card.version for card in publishing.versions(model_id))
    words = say("In use under this id: version {version}; kept on disk: {kept}.", version=cards[model_id].version, kept=kept)
    st.markdown(f":small[{plain(words)}]")
    left, right = st.columns(2)
    if left.button(say("Take out of use"), key="unpublish", icon=":material/unpublished:", width="stretch"):
        _do(lambda: _unpublished(model_id))
    if cards[model_id].details.get("replaces") and right.button(
        say("Back to the version before"), key="roll-back", icon=":material/undo:", width="stretch"
    ):
        _do(lambda: _said(publishing.roll_back(model_id)))


def _unpublished(model_id: str) -> str:
    publishing.unpublish(model_id)
    return say("{id} isn't in use any more.", id=model_id)


def _do(change: Callable[[], str]) -> None:
    with refusals_said():
        st.session_state["published"] = change()
        st.rerun()
