"""The bundled models, asked for the tour: one that is missing or broken is a sentence, and the tour goes on."""

import streamlit as st

from medcore import models
from medcore.errors import LightboxError
from medcore.models import Model, ModelCard, Prediction
from medcore.volume import Series
from ui.texts import say

CHEST = "chest-xray-pneumonia"


def card_of(model_id: str) -> ModelCard | None:
    """The card; None, after a sentence, where the model can't be used."""
    try:
        return models.find_card(model_id)
    except LightboxError:
        _missing()
        return None


def loaded(model_id: str) -> Model | None:
    """The model, loaded; None, after a sentence, where it can't be used."""
    try:
        with st.spinner(_waiting(model_id)):
            return models.load(model_id)
    except LightboxError:
        _missing()
        return None


def answer(model_id: str, series: Series) -> Prediction | None:
    """What the model says of the first picture; None, after a sentence, where it can't be asked."""
    found = loaded(model_id)
    return None if found is None else models.predict(found, series, 0)


def _waiting(model_id: str) -> str:
    return say("The model looks at it …") if models.is_warm(model_id) else say("The model wakes up, once: some seconds …")


def _missing() -> None:
    st.info(say("The model for this step is not here today. The tour goes on without it."), icon=":material/info:")
