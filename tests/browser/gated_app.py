"""Lightbox with a gate that is played: it declines every film as upside down until it was turned."""

from dataclasses import replace

import streamlit as st

from medcore import models
from medcore.models import Gate, Model, Prediction
from medcore.recognition import Posture
from medcore.volume import Series
from ui import voxels

DECLINED = Gate(False, "Declined because the film is upside down.", declined_by="posture", correction=Posture(False, 2))
FITS = Gate(True, "Fits what the model was made for.")


def _declining(model: Model, series: Series, slice_index: int) -> Prediction:
    prediction = models.predict_overridden(model, series, slice_index)  # whatever the model's own gate says
    if series.changes:
        return replace(prediction, gate=FITS, group="children", group_by="picture")
    return replace(prediction, gate=DECLINED, scores=None)


models.predict = _declining
app = st.App("../../ui/shell.py", routes=[voxels.route])
