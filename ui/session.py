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

Progress = Callable[[int, int], None]


@dataclass(frozen=True, eq=False)
class Opened:
    """A series with its voxels in the store, its address for the viewer and its window presets."""

    key: str
    series: Series
    token: str
    presets: list[tuple[str, Window]]


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

    def open_uploads(self, uploads: Sequence[Uploaded], progress: Progress) -> None:
        """Reads uploaded files as one upload; what can't be read is listed in `refusals`, what was open stays."""
        self.uploads += 1
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

    def refused(self, sentence: str) -> None:
        """Says why an opening failed as a whole."""
        self.refusals = (sentence,)

    def _add(self, series: Series) -> str:
        volume_id = store.put(series.volume)
        key = f"{series.uid}/{volume_id[:16]}"
        if key not in self.opened:
            store.acquire(volume_id, self.id)
            volume = replace(series.volume, voxels=store.open(volume_id))
            presets = rendering.presets(volume)
            self.opened[key] = Opened(key, replace(series, volume=volume), voxels.publish(volume.voxels), presets)
        return key

    def current(self) -> Opened | None:
        """The series on the screen, or None before one was opened."""
        return self.opened.get(self.chosen) if self.chosen else None

    def predict(self, opened: Opened, slice_index: int, model: Model) -> None:
        """Asks the model, contract first."""
        place = (opened.key, slice_index, model.card.id)
        self.predictions[place] = models.predict(model, opened.series, slice_index)

    def predict_overridden(self, opened: Opened, slice_index: int, model: Model) -> None:
        """Asks the model although the image was declined."""
        place = (opened.key, slice_index, model.card.id)
        self.predictions[place] = models.predict_overridden(model, opened.series, slice_index)

    def heat(self, opened: Opened, slice_index: int, model: Model, label: str, method: str) -> Mapped:
        """The heat map, made once."""
        place = (opened.key, slice_index, model.card.id, label, method)
        if place not in self.maps:
            heatmap = explaining.explain(model, opened.series.volume, slice_index, label, method)
            self.maps[place] = Mapped(heatmap, voxels.publish(rendering.heat_levels(heatmap)[None]))
        return self.maps[place]

    def close(self) -> None:
        """Gives back everything that the server kept for this tab."""
        for token in [*(each.token for each in self.opened.values()), *(each.token for each in self.maps.values())]:
            voxels.withdraw(token)
        store.release(self.id)


@st.cache_resource(scope="session", show_spinner=False, on_release=Session.close)
def session() -> Session:
    """This tab's session."""
    return Session()
