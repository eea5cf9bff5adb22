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
from ui.help.terms import explained, linked
from ui.keeping import keep_button
from ui.meaning import meaning
from ui.plain import plain
from ui.scan import Opened, Scan
from ui.scores import score_bars
from ui.session import session
from ui.texts import number, say, translated
from ui.unusable import unusable_said
from ui.verdict import fits_line, point_line, verdict_line
from ui.viewer import HeatLayer
from ui.viewer.words import wholes

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
    words = ("declined", "gate") if by_tags.accepted is False else ("fits",)
    st.markdown(linked(fits_line(card, by_tags, opened.series), *words))
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
        words = say("Working …") if models.is_warm(asked.model_id) else say("Loading the model, some seconds, once …")
        with st.spinner(words):
            asked.work(models.load(asked.model_id))
    except LightboxError as error:
        st.error(plain(translated(str(error))))
    else:
        st.rerun()


def _choose(opened: Opened) -> ModelCard | None:
    """The model that is asked; at first one whose contract the scan fits."""
    cards = {card.id: card for card in models.list_cards()}
    unusable_said()
    if not cards:
        st.info(say("There is no model to ask."))
        return None
    choices, mine = session().choices, f"model of {opened.scan_key}"
    fitting = (each for each, card in cards.items() if models.check_contract(card, opened.series).accepted is True)
    chosen = choices[mine] if choices.get(mine) in cards else next(fitting, next(iter(cards)))
    title = {model_id: translated(card.title) for model_id, card in cards.items()}
    remembered_select(say("Model"), list(cards), chosen, partial(choices.__setitem__, mine), title.__getitem__)
    return cards[chosen]


def _ask(by_tags: Gate, opened: Opened, prediction: Prediction | None) -> Work | None:
    """The button that asks; after a correction the model is asked without it."""
    mine = session()
    here, unasked = mine.slice_index(opened), mine.takes_to_ask(opened)
    if by_tags.accepted is False:
        return _override(opened, here)
    kind: Literal["primary", "secondary"] = "primary" if prediction is None or prediction.scores is not None else "secondary"
    pressed = st.button(say("Run"), key="run", type=kind, width="stretch", shortcut="Ctrl+Enter")
    return partial(mine.predict, opened, here) if pressed or unasked else None


def _override(opened: Opened, slice_index: int) -> Work | None:
    pressed = st.button(say("Run all the same"), key="override", width="stretch")
    return partial(session().predict_overridden, opened, slice_index) if pressed else None


def _answer(card: ModelCard, by_tags: Gate, scan: Scan, prediction: Prediction) -> Asked:
    """The gate's verdict first; then the ways on where it declined, or the scores."""
    _say_of_which(scan, prediction)
    gate = prediction.gate
    if line := verdict_line(by_tags, gate):
        st.markdown(linked(line, "declined", "gate"))
    if gate.accepted is False and prediction.scores is not None:
        st.warning(say("You overrode the model, which had declined this image: its score may mean nothing."))
    if gate.correction is not None:
        correct = partial(session().correct, scan.key, gate.correction)
        words = translated(gate.correction.correction)
        st.button(words, key="correct", type="primary", width="stretch", on_click=correct)
    if prediction.scores is None:
        work = _override(scan.opened, prediction.slice_index)
        meaning(card, prediction)
        return Asked(None, work, card.id)
    return _result(card, scan.opened, prediction)


def _say_of_which(scan: Scan, prediction: Prediction) -> None:
    """Of which slice and volume the answer is, where there are several."""
    slices = scan.opened.series.volume.shape[0]
    which = {"slice": number(prediction.slice_index + 1), "slices": number(slices)}
    whole = {"word": plain(wholes().get(scan.word, scan.word)), "part": scan.shown + 1, "parts": len(scan.parts)}
    if scan.word and slices > 1:
        st.markdown(say("Of slice {slice} of {slices}, {word} {part} of {parts}:", **which, **whole))
    elif scan.word:
        st.markdown(say("Of {word} {part} of {parts}:", **whole))
    elif slices > 1:
        st.markdown(say("Of slice {slice} of {slices}:", **which))


def _result(card: ModelCard, opened: Opened, prediction: Prediction) -> Asked:
    score_bars(dict(prediction.scores or {}), dict(prediction.operating_points))
    explained("score", "operating-point")
    if line := point_line(card, prediction):
        st.markdown(f":small[{line}]")
    meaning(card, prediction)
    asked = _heat(card, opened, prediction)
    st.markdown(f":small[{_which(card, prediction)}]")
    about(card)
    return asked


def _which(card: ModelCard, prediction: Prediction) -> str:
    """The model's identity and its time, Markdown."""
    took = number(round(prediction.milliseconds))
    return say("{id}, version {version} · {took} ms", id=plain(card.id), version=plain(card.version), took=took)


def _heat(card: ModelCard, opened: Opened, prediction: Prediction) -> Asked:
    """The heat map of the chosen label by the chosen method, and the picture to keep."""
    mine = session()
    label = mine.choices.get("label", card.labels[-1])
    label = label if label in card.labels else card.labels[-1]
    choose = partial(mine.choices.__setitem__, "label")
    remembered_radio(
        linked(say("Heat map for"), "heat-map"),
        card.labels,
        label,
        choose,
        lambda each: plain(translated(each)),
        horizontal=True,
    )
    method = mine.choices.get("method", next(iter(explaining.METHODS)))
    choose = partial(mine.choices.__setitem__, "method")
    remembered_select(say("Method"), list(explaining.METHODS), method, choose, _method_name)
    mapped = mine.map_of(opened, prediction.slice_index, card, label, method)
    if mapped is None:
        making = partial(_make_map, opened=opened, slice_index=prediction.slice_index, label=label, method=method)
        return Asked(None, making, card.id)
    if mapped.heatmap.is_empty:
        st.info(say("The heat map is empty: nothing in the image speaks for {label}.", label=plain(translated(label))))
    keep_button(opened, prediction, mapped.heatmap)
    return Asked(HeatLayer(mapped.token, prediction.slice_index, label))


def _method_name(method: str) -> str:
    names = {"gradcam": "Grad-CAM", "gradcam++": "Grad-CAM++", "scorecam": say("Score-CAM (seconds)")}
    return names.get(method, method)


def _make_map(model: Model, opened: Opened, slice_index: int, label: str, method: str) -> None:
    session().make_map(opened, slice_index, model, label, method)
