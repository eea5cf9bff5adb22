"""This user's open scans and what was asked of them; gone, with their tokens, when the browser tab is."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import streamlit as st

from medcore import explaining, models, reading, rendering, store
from medcore.errors import ReadingLimit
from medcore.models import Model, ModelCard, Prediction
from medcore.reading import Reading, Refusal
from medcore.recognition import Posture
from medcore.volume import Heatmap, Series
from ui import voxels
from ui.scan import Opened, Scan, wholes
from ui.spool import Uploaded, spooled
from ui.viewer import View

Progress = Callable[[float, float], None]
Preview = Callable[[Series], None]
# How many volumes of one scan are in the store at once; an older one is stored again when it is shown again.
MOST_STORED = 8


@dataclass(frozen=True, eq=False)
class Mapped:
    """A heat map and its address for the viewer."""

    heatmap: Heatmap
    token: str


@dataclass
class Session:
    """What one browser tab has open."""

    id: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    opened: dict[str, Scan] = field(default_factory=dict)
    refusals: tuple[Refusal, ...] = ()
    chosen: str | None = None
    uploads: int = 0
    predictions: dict[tuple[str, int, str], Prediction] = field(default_factory=dict)
    maps: dict[tuple[str, int, str, str, str], Mapped] = field(default_factory=dict)
    views: dict[str, View] = field(default_factory=dict)
    asked: dict[tuple[str, str], int] = field(default_factory=dict)
    choices: dict[str, str] = field(default_factory=dict)
    to_ask: str | None = None

    def open_uploads(self, uploads: Sequence[Uploaded], progress: Progress, preview: Preview | None = None) -> None:
        """Reads uploaded files as one upload; what can't be read is listed in `refusals`, what was open stays."""
        with spooled(uploads) as files:
            self._keep(reading.read_named(files, progress, preview))

    def open_path(self, path: Path, progress: Progress, preview: Preview | None = None) -> None:
        """Reads a file on the server."""
        self._keep(reading.read([path], progress, preview))

    def _keep(self, result: Reading) -> None:
        self.refusals = result.refusals
        keys = [self._add(parts) for parts in wholes(result.series)]
        if keys:
            self.chosen = keys[0]

    def choose(self, key: str) -> None:
        """Puts another open scan on the screen."""
        self.chosen = key

    def refused(self, sentence: str) -> None:
        """Says why an opening failed as a whole."""
        self.refusals = (Refusal("", sentence),)

    def _add(self, parts: list[Series]) -> str:
        """The key of a scan, kept anew unless the very same is open: other tags or an ended address make it another."""
        volume_id = store.put(parts[0].volume)
        key = f"{parts[0].uid}/{volume_id[:16]}"
        there = self.opened.get(key)
        if there is not None and there.says_the_same(parts) and voxels.is_published(there.opened.token):
            return key
        self.close_scan(key)
        scan = Scan(key, parts)
        self._store(scan, 0, volume_id)
        self.opened[key] = scan
        return key

    def _store(self, scan: Scan, position: int, volume_id: str) -> None:
        """Makes one volume ready to be shown, in the place of what reading left; gives back the one shown longest ago."""
        store.acquire(volume_id, self.id)
        series = scan.parts[position]
        scan.parts[position] = replace(series, volume=replace(series.volume, voxels=store.open(volume_id)))
        scan.stored[position] = _addressed(scan, position, volume_id)
        for oldest in list(scan.stored)[:-MOST_STORED]:
            self._give_back(scan, oldest)

    def correct(self, scan_key: str, posture: Posture) -> None:
        """Undoes a posture in the scan, for viewer, score, heat map and picture alike; a model is to be asked again."""
        scan = self.opened[scan_key]
        self._lay(scan, (*scan.corrections, posture))
        self.to_ask = scan.opened.key

    def undo_corrections(self, scan_key: str) -> None:
        """The scan as it was read, and what was said of it so."""
        self._lay(self.opened[scan_key], ())

    def _lay(self, scan: Scan, corrections: tuple[Posture, ...]) -> None:
        """Shows a scan with these corrections alone, at the same slice and window, the whole image."""
        for other in [each for each in scan.stored if each != scan.shown]:
            self._give_back(scan, other)
        before, scan.corrections = scan.opened, corrections
        scan.stored[scan.shown] = _addressed(scan, scan.shown, before.volume_id)
        view = self.views.pop(before.token, None)
        _withdraw(before)
        if view is not None:
            whole = replace(view, zoom=None, column=None, row=None, inverted=None, serial=0)
            self.views[scan.opened.token] = whole

    def _give_back(self, scan: Scan, position: int) -> None:
        """Ends a volume's addresses and its place in the store; what a model said of it stays while the scan is open."""
        opened = scan.stored.pop(position)
        self.views.pop(opened.token, None)
        _withdraw(opened)
        others = (other for each in {scan.key: scan, **self.opened}.values() for other in each.stored.values())
        if all(other.volume_id != opened.volume_id for other in others):
            store.release(self.id, opened.volume_id)

    def show_part(self, scan_key: str, position: int) -> None:
        """Puts another volume of a scan on the screen, as the last one was shown: its slice, window and zoom.

        Raises ReadingLimit where the store has no room for it; then the last one stays.
        """
        scan = self.opened[scan_key]
        scan.answered += 1
        view, there = self.views.get(scan.opened.token), scan.stored.pop(position, None)
        if there is not None:
            scan.stored[position] = there  # the last one now
        if there is None or not voxels.is_published(there.token):
            volume_id = self._put(scan, position)
            if there is not None:
                self._give_back(scan, position)
            self._store(scan, position, volume_id)
        scan.shown = position
        self.views.pop(scan.opened.token, None)
        if view is not None:
            self.views[scan.opened.token] = view

    def _put(self, scan: Scan, position: int) -> str:
        """The id of a volume in the store; where there is no room, the scan's volumes that aren't shown make some."""
        try:
            return store.put(scan.parts[position].volume)
        except ReadingLimit:
            for other in [each for each in scan.stored if each != scan.shown]:
                self._give_back(scan, other)
            return store.put(scan.parts[position].volume)

    def close_scan(self, key: str) -> None:
        """Gives back what one scan holds; a key that isn't open is fine."""
        scan = self.opened.pop(key, None)
        if scan is None:
            return
        for position in list(scan.stored):
            self._give_back(scan, position)
        for place in [place for place in self.maps if place[0] in scan.keys]:
            voxels.withdraw(self.maps.pop(place).token)
        for answered in [answered for answered in self.predictions if answered[0] in scan.keys]:
            del self.predictions[answered]
        for asked in [asked for asked in self.asked if asked[0] in scan.keys]:
            del self.asked[asked]
        if self.chosen == key:
            self.chosen = next(iter(self.opened), None)

    def current(self) -> Opened | None:
        """The series on the screen, or None before one was opened."""
        scan = self.current_scan()
        return None if scan is None else scan.opened

    def current_scan(self) -> Scan | None:
        """The scan that it belongs to."""
        return self.opened.get(self.chosen) if self.chosen else None

    def takes_to_ask(self, opened: Opened) -> bool:
        """Whether a model is to be asked of this volume without a click; said once."""
        is_to_ask, self.to_ask = self.to_ask == opened.key, None
        return is_to_ask

    def predict(self, opened: Opened, slice_index: int, model: Model) -> None:
        """Asks the model, contract first."""
        self._answer(opened, models.predict(model, opened.series, slice_index))

    def predict_overridden(self, opened: Opened, slice_index: int, model: Model) -> None:
        """Asks the model although the image was declined."""
        self._answer(opened, models.predict_overridden(model, opened.series, slice_index))

    def _answer(self, opened: Opened, prediction: Prediction) -> None:
        model = _which(prediction.model, prediction)
        self.predictions[opened.key, prediction.slice_index, model] = prediction
        self.asked[opened.key, model] = prediction.slice_index

    def slice_index(self, opened: Opened) -> int:
        """The slice on the screen."""
        view = self.views.get(opened.token)
        return view.slice_index if view else 0

    def last_answer(self, opened: Opened, card: ModelCard) -> Prediction | None:
        """What the model said last of this series: of the slice on the screen if it was asked of it, else of the last one.

        What an earlier version of it said doesn't count.
        """
        model = _which(card.id, card)
        here = self.predictions.get((opened.key, self.slice_index(opened), model))
        last = self.asked.get((opened.key, model))
        return here or (None if last is None else self.predictions.get((opened.key, last, model)))

    def map_of(self, opened: Opened, slice_index: int, card: ModelCard, label: str, method: str) -> Mapped | None:
        """The heat map of the card's version, if it was made and its address still works."""
        mapped = self.maps.get((opened.key, slice_index, _which(card.id, card), label, method))
        return mapped if mapped and voxels.is_published(mapped.token) else None

    def make_map(self, opened: Opened, slice_index: int, model: Model, label: str, method: str) -> None:
        """Makes the heat map and gives it an address."""
        heatmap = explaining.explain(model, opened.series.volume, slice_index, label, method)
        place = (opened.key, slice_index, _which(model.card.id, model.card), label, method)
        self.maps[place] = Mapped(heatmap, voxels.publish(rendering.heat_levels(heatmap)[None]))

    def close(self) -> None:
        """Gives back everything that the server kept for this tab."""
        for key in list(self.opened):
            self.close_scan(key)
        store.release(self.id)


def _addressed(scan: Scan, position: int, volume_id: str) -> Opened:
    """A scan's volume that is in the store, as it lies, with addresses for the viewer."""
    series, key = scan.as_it_lies(position), scan.name if len(scan.parts) == 1 else f"{scan.name}#{position}"
    scan.keys.add(key)
    drawn = None if series.volume.overlay is None else voxels.publish(series.volume.overlay)
    token = voxels.publish(series.volume.voxels)
    return Opened(key, scan.key, series, volume_id, token, drawn, rendering.presets(series.volume))


def _which(model_id: str, said: ModelCard | Prediction) -> str:
    """A model in one of its versions: one that is published again, or rolled back, is asked anew."""
    return f"{model_id} {said.version} {said.weights_sha256}"


def _withdraw(opened: Opened) -> None:
    """Ends a volume's addresses."""
    for token in (opened.token, opened.overlay_token):
        if token is not None:
            voxels.withdraw(token)


@st.cache_resource(scope="session", show_spinner=False, on_release=Session.close)
def session() -> Session:
    """This tab's session."""
    return Session()
