"""This user's open scans and what was asked of them; gone, with their tokens, when the browser tab is."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import streamlit as st

from medcore import explaining, models, reading, rendering, store
from medcore.models import Model, Prediction
from medcore.reading import Reading
from medcore.volume import Heatmap, Series, Window
from ui import voxels
from ui.spool import Uploaded, spooled
from ui.viewer import View

Progress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class Opened:
    """A series with its voxels in the store, its address for the viewer and its window presets."""

    key: str
    series: Series
    volume_id: str
    token: str
    presets: list[tuple[str, Window]]

    def says_the_same(self, series: Series) -> bool:
        """Whether another copy of the series has the same tags."""
        mine = self.series
        return (mine.header, mine.acquisition, mine.volume.warnings) == (
            series.header,
            series.acquisition,
            series.volume.warnings,
        )


@dataclass(frozen=True, eq=False)
class Mapped:
    """A heat map and its address for the viewer."""

    heatmap: Heatmap
    token: str


@dataclass
class Session:
    """What one browser tab has open."""

    id: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    opened: dict[str, Opened] = field(default_factory=dict)
    refusals: tuple[str, ...] = ()
    chosen: str | None = None
    uploads: int = 0
    predictions: dict[tuple[str, int, str], Prediction] = field(default_factory=dict)
    maps: dict[tuple[str, int, str, str, str], Mapped] = field(default_factory=dict)
    views: dict[str, View] = field(default_factory=dict)
    asked: dict[tuple[str, str], int] = field(default_factory=dict)
    choices: dict[str, str] = field(default_factory=dict)

    def open_uploads(self, uploads: Sequence[Uploaded], progress: Progress) -> None:
        """Reads uploaded files as one upload; what can't be read is listed in `refusals`, what was open stays."""
        with spooled(uploads) as files:
            self._keep(reading.read_named(files, progress))

    def open_path(self, path: Path, progress: Progress) -> None:
        """Reads a file on the server."""
        self._keep(reading.read([path], progress))

    def _keep(self, result: Reading) -> None:
        self.refusals = tuple(refusal.error for refusal in result.refusals)
        keys = [self._add(series) for series in result.series]
        if keys:
            self.chosen = keys[0]

    def choose(self, key: str) -> None:
        """Puts another open series on the screen."""
        self.chosen = key

    def refused(self, sentence: str) -> None:
        """Says why an opening failed as a whole."""
        self.refusals = (sentence,)

    def _add(self, series: Series) -> str:
        """The key of a series, kept anew unless the very same is open: other tags or an ended address make it another."""
        volume_id = store.put(series.volume)
        key = f"{series.uid}/{volume_id[:16]}"
        there = self.opened.get(key)
        if there is not None and there.says_the_same(series) and voxels.is_published(there.token):
            return key
        self.close_scan(key)
        store.acquire(volume_id, self.id)
        volume = replace(series.volume, voxels=store.open(volume_id))
        token = voxels.publish(volume.voxels)
        self.opened[key] = Opened(key, replace(series, volume=volume), volume_id, token, rendering.presets(volume))
        return key

    def close_scan(self, key: str) -> None:
        """Gives back what one series holds; a key that isn't open is fine."""
        opened = self.opened.pop(key, None)
        if opened is None:
            return
        voxels.withdraw(opened.token)
        self.views.pop(opened.token, None)
        for place in [place for place in self.maps if place[0] == key]:
            voxels.withdraw(self.maps.pop(place).token)
        for asked in [asked for asked in self.predictions if asked[0] == key]:
            del self.predictions[asked]
        if all(other.volume_id != opened.volume_id for other in self.opened.values()):
            store.release(self.id, opened.volume_id)
        if self.chosen == key:
            self.chosen = next(iter(self.opened), None)

    def current(self) -> Opened | None:
        """The series on the screen, or None before one was opened."""
        return self.opened.get(self.chosen) if self.chosen else None

    def predict(self, opened: Opened, slice_index: int, model: Model) -> None:
        """Asks the model, contract first."""
        self._answer(opened, models.predict(model, opened.series, slice_index))

    def predict_overridden(self, opened: Opened, slice_index: int, model: Model) -> None:
        """Asks the model although the image was declined."""
        self._answer(opened, models.predict_overridden(model, opened.series, slice_index))

    def _answer(self, opened: Opened, prediction: Prediction) -> None:
        self.predictions[opened.key, prediction.slice_index, prediction.model] = prediction
        self.asked[opened.key, prediction.model] = prediction.slice_index

    def slice_index(self, opened: Opened) -> int:
        """The slice on the screen."""
        view = self.views.get(opened.token)
        return view.slice_index if view else 0

    def last_answer(self, opened: Opened, model_id: str) -> Prediction | None:
        """What the model said last of this series: of the slice on the screen if it was asked of it, else of the last one."""
        here = self.predictions.get((opened.key, self.slice_index(opened), model_id))
        last = self.asked.get((opened.key, model_id))
        return here or (None if last is None else self.predictions.get((opened.key, last, model_id)))

    def map_of(self, opened: Opened, slice_index: int, model_id: str, label: str, method: str) -> Mapped | None:
        """The heat map, if it was made and its address still works."""
        mapped = self.maps.get((opened.key, slice_index, model_id, label, method))
        return mapped if mapped and voxels.is_published(mapped.token) else None

    def make_map(self, opened: Opened, slice_index: int, model: Model, label: str, method: str) -> None:
        """Makes the heat map and gives it an address."""
        heatmap = explaining.explain(model, opened.series.volume, slice_index, label, method)
        place = (opened.key, slice_index, model.card.id, label, method)
        self.maps[place] = Mapped(heatmap, voxels.publish(rendering.heat_levels(heatmap)[None]))

    def close(self) -> None:
        """Gives back everything that the server kept for this tab."""
        for key in list(self.opened):
            self.close_scan(key)
        store.release(self.id)


@st.cache_resource(scope="session", show_spinner=False, on_release=Session.close)
def session() -> Session:
    """This tab's session."""
    return Session()
