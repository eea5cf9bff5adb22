"""The review page's right column: does the image fit the model, its scores, the heat map, and a picture to keep."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import streamlit as st

from medcore import explaining, models, reporting
from medcore.errors import LightboxError
from medcore.models import Gate, Model, ModelCard, Prediction
from medcore.volume import Heatmap, Photometric, Series, Window
from ui.choosing import remembered_radio, remembered_select
from ui.plain import plain
from ui.scan import Opened, Scan
from ui.scores import score_bars
from ui.session import session
from ui.viewer import HeatLayer, View

_ICONS = {True: ":material/check_circle:", False: ":material/block:", None: ":material/help:"}
_METHOD_NAMES = {"gradcam": "Grad-CAM", "gradcam++": "Grad-CAM++", "scorecam": "Score-CAM (seconds)"}


@dataclass(frozen=True)
class Asked:
    """What the column leads to: a heat map to lay over the slice, or work to do once the rest of the page is drawn."""

    layer: HeatLayer | None = None
    work: Callable[[Model], None] | None = None
    model_id: str = ""


def model_column(scan: Scan) -> Asked:
    """The whole column for the volume on the screen. It computes nothing itself, so that nobody waits for it: see `do`."""
    opened = scan.opened
    card = _choose(opened)
    if card is None:
        return Asked()
    gate = models.check_contract(card, opened.series)
    st.markdown(f"{_ICONS[gate.accepted]} {plain(gate.reason)}")
    work = _ask(gate, opened, session().slice_index(opened))
    prediction = session().last_answer(opened, card.id)
    if work is not None or prediction is None or prediction.scores is None:
        return Asked(None, work, card.id)
    return _result(card, gate, scan, prediction)


def do(asked: Asked) -> None:
    """Does the column's work, then runs the page again; loads the model first where it isn't. A failure is a sentence."""
    if asked.work is None:
        return
    words = "Working …" if models.is_warm(asked.model_id) else "Loading the model, some seconds, once …"
    try:
        with st.spinner(words):
            asked.work(models.load(asked.model_id))
    except LightboxError as error:
        st.error(plain(str(error)))
    else:
        st.rerun()


def _choose(opened: Opened) -> ModelCard | None:
    """The model that is asked; at first one whose contract the scan fits."""
    cards = {card.id: card for card in models.list_cards()}
    for name, reason in models.list_unusable().items():
        st.warning(f"{name} can't be used: {reason}")
    if not cards:
        st.info("There is no model to ask.")
        return None
    fits = [models.check_contract(card, opened.series).accepted is True for card in cards.values()]
    first = fits.index(True) if True in fits else 0
    title = {model_id: card.title for model_id, card in cards.items()}
    return cards[st.selectbox("Model", list(cards), first, format_func=title.__getitem__, key=f"model-{opened.scan_key}")]


def _ask(gate: Gate, opened: Opened, slice_index: int) -> Callable[[Model], None] | None:
    mine = session()
    if gate.accepted is False:
        pressed = st.button("Run all the same", key="override", width="stretch")
        return partial(mine.predict_overridden, opened, slice_index) if pressed else None
    pressed = st.button("Run", key="run", type="primary", width="stretch", shortcut="Ctrl+Enter")
    return partial(mine.predict, opened, slice_index) if pressed else None


def _result(card: ModelCard, gate: Gate, scan: Scan, prediction: Prediction) -> Asked:
    opened = scan.opened
    if gate.accepted is False:
        st.warning("You overrode the model: it wasn't made for this image, and its score may mean nothing.")
    slices = opened.series.volume.shape[0]
    of_slice = [f"slice {prediction.slice_index + 1} of {slices}"] if slices > 1 else []
    of_volume = [f"{plain(scan.word)} {scan.shown + 1} of {len(scan.parts)}"] if scan.word else []
    if of_slice or of_volume:
        st.markdown(f"Of {', '.join(of_slice + of_volume)}:")
    score_bars(dict(prediction.scores or {}), dict(prediction.operating_points))
    asked = _heat(card, opened, prediction)
    st.markdown(f":small[{card.id}, version {card.version} · {prediction.milliseconds:.0f} ms]")
    with st.expander("About this model", icon=":material/info:"):
        _about(card)
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
    mapped = mine.map_of(opened, prediction.slice_index, card.id, label, method)
    if mapped is None:
        making = partial(_make_map, opened=opened, slice_index=prediction.slice_index, label=label, method=method)
        return Asked(None, making, card.id)
    if mapped.heatmap.is_empty:
        st.info(f"The heat map is empty: nothing in the image speaks for {label}.")
    _keep(opened, prediction, mapped.heatmap)
    return Asked(HeatLayer(mapped.token, prediction.slice_index, label))


def _make_map(model: Model, opened: Opened, slice_index: int, label: str, method: str) -> None:
    session().make_map(opened, slice_index, model, label, method)


def _keep(opened: Opened, prediction: Prediction, heatmap: Heatmap) -> None:
    st.download_button(
        "Picture",
        partial(_picture, opened, prediction, heatmap, session().views),
        f"lightbox-{heatmap.label}.png",
        "image/png",
        key="picture",
        on_click="ignore",
        icon=":material/download:",
        width="stretch",
    )


def _picture(opened: Opened, prediction: Prediction, heatmap: Heatmap, views: Mapping[str, View]) -> bytes:
    """The picture as the viewer shows it at the moment of the click: its window, inversion, and heat map with its opacity.

    Called outside of the page's run, where there is no session: what it needs is handed in.
    """
    view = views.get(opened.token)
    shown = view is None or view.heat_shown is not False
    opacity = 0.5 if view is None or view.heat_opacity is None else view.heat_opacity
    series = _inverted(opened.series) if view and view.inverted else opened.series
    return reporting.picture(series, prediction, _window(opened, view), heatmap if shown else None, opacity)


def _inverted(series: Series) -> Series:
    swapped: Photometric = "MONOCHROME2" if series.volume.photometric == "MONOCHROME1" else "MONOCHROME1"
    return replace(series, volume=replace(series.volume, photometric=swapped))


def _window(opened: Opened, view: View | None) -> Window:
    presets = dict(opened.presets)
    if view is None or view.center is None or view.width is None:
        return opened.presets[0][1]
    base = presets.get(view.preset or "", opened.presets[0][1])
    return Window(view.center, view.width, base.function, base.curve)


def _about(card: ModelCard) -> None:
    """What it is for, what its operating point means in test films, and where it ends, from the card."""
    st.markdown(card.details.get("intended_use", ""))
    for sentence in point_in_words(card):
        st.markdown(sentence)
    for limit in card.details.get("limits", ()):
        st.markdown(f"- {limit}")


def point_in_words(card: ModelCard) -> list[str]:
    """What the card's test says, of a hundred films: what the operating point did, or, of a published run, what was right.

    Empty where nothing was measured.
    """
    measured, label = card.details.get("metrics", {}).get("test", {}), card.details.get("operating_label", "")
    if "roc_auc" in measured:
        return [_of_all_classes(measured, card.details["metrics"].get("beats_baseline", {}))]
    return [_of_a_hundred(name, label, measured[name]) for name in ("children", "adults") if name in measured]


def _of_all_classes(test: Mapping[str, Any], against_pixels: Mapping[str, Any]) -> str:
    accuracy, area = test["accuracy"], test["roc_auc"]
    auc = f"; ROC AUC {area['value']:.2f} ({area['low']:.2f} to {area['high']:.2f})" if area["value"] is not None else ""
    right = (
        f"Of 100 test pictures {_span(accuracy['value'], accuracy['low'], accuracy['high'])} were called what they are{auc}."
    )
    return f"{right} {plain(against_pixels.get('words', ''))}".strip()


def _of_a_hundred(name: str, label: str, report: Mapping[str, Any]) -> str:
    hit, passed = report["sensitivity"], report["specificity"]
    return (
        f"Of 100 test films of {name} labelled {label}, {_span(hit['value'], hit['low'], hit['high'])} scored at or above the "
        f"operating point; of 100 others, {_span(1 - passed['value'], 1 - passed['high'], 1 - passed['low'])} did too."
    )


def _span(value: float, low: float, high: float) -> str:
    """A share with its 95 % interval, of a hundred."""
    return f"{100 * value:.0f} ({100 * low:.0f} to {100 * high:.0f})"
