"""The models, a card a page: what each is for, how good it is, where it fails, from which score on, and what it was made of."""

import streamlit as st

from medcore import models
from medcore.models import ModelCard
from ui.help.terms import explained
from ui.models.bars import bars
from ui.models.failures import failures, limits
from ui.models.figures import rows_of, shortcuts
from ui.models.gate import gate
from ui.models.pictures import pictures
from ui.models.reading import mapping, text
from ui.models.tables import table
from ui.models.use import operating_points
from ui.models.words import checklist, data, gaps_in_short, identity, sections
from ui.plain import plain
from ui.texts import say, translated


def one_model(card: ModelCard) -> None:
    """The page of one model."""
    st.title(plain(translated(card.title)))
    if use := text(card.details.get("intended_use")):
        st.markdown(plain(translated(use)))
    st.page_link("../pages/review.py", label=say("Ask it in Review"), icon=":material/radiology:")
    figures, drawn = st.columns([3, 2], gap="large")
    with figures:
        st.header(say("How good it is"))
        measured(card)
    with drawn:
        pictures(card)
    wrong, meant = st.columns([3, 2], gap="large")
    with wrong:
        st.header(say("Where it fails"))
        failures(card.details)
    with meant:
        st.header(say("Its limits"))
        limits(card.details)
        if users := text(mapping(card.details.get("purpose")).get("users")):
            st.markdown(say("**For whom:** {users}", users=plain(translated(users))))
    use_of(card)
    made_of(card)


def measured(card: ModelCard) -> None:
    """The test's figures, or the validation's where nothing was tested."""
    if rows := rows_of(card.details):
        bars(rows)
        explained("auc", "confidence-interval", "plain-pixels")
        if without_looking := shortcuts(card.details):
            with st.expander(say("What tells them apart without looking"), icon=":material/visibility_off:"):
                st.markdown(
                    say(
                        "ROC AUC of plain figures of the picture, each alone. "
                        "A model that isn't far above may have learnt them."
                    )
                )
                table(without_looking)
        return
    st.warning(say("It wasn't measured on test pictures: nobody knows how good it is."))
    if validation := rows_of(card.details, "validation"):
        st.markdown(say("On validation pictures, which chose the weights and the operating point and so flatter it:"))
        bars(validation)


def use_of(card: ModelCard) -> None:
    """From which score on, and what it declines."""
    points, declined = st.columns(2, gap="large")
    with points:
        st.header(say("Its operating points"))
        operating_points(card)
    with declined:
        st.header(say("What it declines"))
        gate(card)


def made_of(card: ModelCard) -> None:
    """What it was trained on, and the rest, folded."""
    st.header(say("What it was trained on"))
    data(card.details)
    with st.expander(say("Version, and how to rebuild it"), icon=":material/tag:"):
        identity(card)
    with st.expander(say("All that its card says"), icon=":material/description:"):
        sections(card.details)
    answered = say("What a card should say: {answered}", answered=gaps_in_short(card.details))
    with st.expander(answered, icon=":material/checklist:"):
        checklist(card.details)


def unusable() -> None:
    """Every model that can't be used, with the reason."""
    if found := models.list_unusable():
        st.header(say("Can't be used"))
        table([{say("model"): name, say("why"): translated(reason)} for name, reason in found.items()])


def chosen(cards: dict[str, ModelCard]) -> ModelCard:
    """The model that the address names, or the first; a choice goes into the address."""
    asked = st.query_params.get("model", "")
    first = list(cards).index(asked) if asked in cards else 0
    if asked and asked not in cards:
        st.warning(say("There is no such model that can be used."))
    titles = {each: f"{translated(card.title)} ({each})" for each, card in cards.items()}
    model_id = st.selectbox(say("Model"), list(cards), first, format_func=lambda each: titles[each])
    if model_id != asked:
        st.query_params["model"] = model_id
    return cards[model_id]


cards = {card.id: card for card in models.list_cards()}
if cards:
    one_model(chosen(cards))
else:
    st.title(say("Models"))
    st.info(say("There is no model that can be used."))
unusable()
