"""The review page's right column: does the image fit the model, its scores, the heat map, and a picture to keep."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

import streamlit as st

from medcore import explaining, models
from medcore.errors import LightboxError
from medcore.models import Gate, Model, ModelCard, Prediction
from ui.about import about
from ui.choosing import remembered_radio, remembered_select
from ui.keeping import keep_button
from ui.meaning import meaning
from ui.plain import plain
from ui.scan import Opened, Scan
from ui.scores import score_bars
from ui.session import session
from ui.unusable import unusable_said
from ui.verdict import fits_line, point_line, verdict_line
from ui.viewer import HeatLayer

_METHOD_NAMES = {"gradcam": "Grad-CAM", "gradcam++": "Grad-CAM++", "scorecam": "Score-CAM (seconds)"}
Work = Callable[[Model], None]


@dataclass(frozen=True)
class Asked:
    """What the column leads to: a heat map to lay over the slice, or work to do once the rest of the page is drawn."""

    layer: HeatLayer | None = None
    work: Work | None = None
    model_id: str = ""


def model_column(scan: Scan) -> Asked:
    """The whole column for the volume on the screen. It computes nothing itself, so that nobody waits for it: see `do`."""
    opened = scan.opened
    card = _choose(opened)
    if card is None:
        return Asked()
    by_tags = models.check_contract(card, opened.series)
    st.markdown(fits_line(card, by_tags, opened.series))
    prediction = session().last_answer(opened, card)
    work = _ask(by_tags, opened, prediction)
    if work is not None or prediction is None:
        return Asked(None, work, card.id)
    if by_tags.accepted is False and prediction.scores is None:
        return Asked()
    return _answer(card, by_tags, scan, prediction)


def do(asked: Asked) -> None:
    """Does the column's work, then runs the page again; loads the model first where it isn't. A failure is a sentence."""
    if asked.work is None:
        return
    try:
        words = "Working …" if models.is_warm(asked.model_id) else "Loading the model, some seconds, once …"
        with st.spinner(words):
            asked.work(models.load(asked.model_id))
    except LightboxError as error:
        st.error(plain(str(error)))
    else:
        st.rerun()


def _choose(opened: Opened) -> ModelCard | None:
    """The model that is asked; at first one whose contract the scan fits."""
    cards = {card.id: card for card in models.list_cards()}
    unusable_said()
    if not cards:
        st.info("There is no model to ask.")
        return None
    fits = [models.check_contract(card, opened.series).accepted is True for card in cards.values()]
    first = fits.index(True) if True in fits else 0
    title = {model_id: card.title for model_id, card in cards.items()}
    return cards[st.selectbox("Model", list(cards), first, format_func=title.__getitem__, key=f"model-{opened.scan_key}")]


def _ask(by_tags: Gate, opened: Opened, prediction: Prediction | None) -> Work | None:
    """The button that asks; after a correction the model is asked without it."""
    mine = session()
    here, unasked = mine.slice_index(opened), mine.takes_to_ask(opened)
    if by_tags.accepted is False:
        return _override(opened, here)
    kind: Literal["primary", "secondary"] = "primary" if prediction is None or prediction.scores is not None else "secondary"
    pressed = st.button("Run", key="run", type=kind, width="stretch", shortcut="Ctrl+Enter")
    return partial(mine.predict, opened, here) if pressed or unasked else None


def _override(opened: Opened, slice_index: int) -> Work | None:
    pressed = st.button("Run all the same", key="override", width="stretch")
    return partial(session().predict_overridden, opened, slice_index) if pressed else None


def _answer(card: ModelCard, by_tags: Gate, scan: Scan, prediction: Prediction) -> Asked:
    """The gate's verdict first; then the ways on where it declined, or the scores."""
    _say_of_which(scan, prediction)
    gate = prediction.gate
    if line := verdict_line(by_tags, gate):
        st.markdown(line)
    if gate.accepted is False and prediction.scores is not None:
        st.warning("You overrode the model, which had declined this image: its score may mean nothing.")
    if gate.correction is not None:
        correct = partial(session().correct, scan.key, gate.correction)
        st.button(gate.correction.correction, key="correct", type="primary", width="stretch", on_click=correct)
    if prediction.scores is None:
        return Asked(None, _override(scan.opened, prediction.slice_index), card.id)
    return _result(card, scan.opened, prediction)


def _say_of_which(scan: Scan, prediction: Prediction) -> None:
    """Of which slice and volume the answer is, where there are several."""
    slices = scan.opened.series.volume.shape[0]
    of_slice = [f"slice {prediction.slice_index + 1} of {slices}"] if slices > 1 else []
    of_volume = [f"{plain(scan.word)} {scan.shown + 1} of {len(scan.parts)}"] if scan.word else []
    if of_slice or of_volume:
        st.markdown(f"Of {', '.join(of_slice + of_volume)}:")


def _result(card: ModelCard, opened: Opened, prediction: Prediction) -> Asked:
    score_bars(dict(prediction.scores or {}), dict(prediction.operating_points))
    if line := point_line(card, prediction):
        st.markdown(f":small[{line}]")
    meaning(card, prediction)
    asked = _heat(card, opened, prediction)
    st.markdown(f":small[{plain(card.id)}, version {plain(card.version)} · {prediction.milliseconds:.0f} ms]")
    about(card)
    return asked


def _heat(card: ModelCard, opened: Opened, prediction: Prediction) -> Asked:
    """The heat map of the chosen label by the chosen method, and the picture to keep."""
    mine = session()
    label = mine.choices.get("label", card.labels[-1])
    label = label if label in card.labels else card.labels[-1]
    remembered_radio("Heat map for", card.labels, label, partial(mine.choices.__setitem__, "label"), horizontal=True)
    method = mine.choices.get("method", next(iter(explaining.METHODS)))
    choose = partial(mine.choices.__setitem__, "method")
    remembered_select("Method", list(explaining.METHODS), method, choose, lambda name: _METHOD_NAMES.get(name, name))
    mapped = mine.map_of(opened, prediction.slice_index, card, label, method)
    if mapped is None:
        making = partial(_make_map, opened=opened, slice_index=prediction.slice_index, label=label, method=method)
        return Asked(None, making, card.id)
    if mapped.heatmap.is_empty:
        st.info(f"The heat map is empty: nothing in the image speaks for {plain(label)}.")
    keep_button(opened, prediction, mapped.heatmap)
    return Asked(HeatLayer(mapped.token, prediction.slice_index, label))


def _make_map(model: Model, opened: Opened, slice_index: int, label: str, method: str) -> None:
    session().make_map(opened, slice_index, model, label, method)
