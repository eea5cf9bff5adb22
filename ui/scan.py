"""An open scan: one series, or several volumes that were taken together, each of which is stored once it is shown."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from medcore import recognition
from medcore.recognition import Posture
from medcore.volume import Series, Window


@dataclass(frozen=True, eq=False)
class Opened:
    """A series with its voxels in the store, its addresses for the viewer and its window presets.

    `key` names this very volume, as it lies: what a model said of it is kept under that. `scan_key` names the scan that it
    belongs to.
    """

    key: str
    scan_key: str
    series: Series
    volume_id: str
    token: str
    overlay_token: str | None
    presets: list[tuple[str, Window]]


@dataclass(eq=False)
class Scan:
    """One entry of the list of open scans.

    `parts` are its volumes in their order, as they were read; a scan that is one series has one. `stored` holds those that are
    in the store, by their position in `parts`, the one shown last at the end. The others' voxels lie where reading left them:
    in files without a name, which take disk space, and go with the last reference to them. `answered` counts the choices of a
    volume. `corrections` are the postures that the reader undid, one after another, in all volumes. `keys` are the keys under
    which they were shown.
    """

    key: str
    parts: list[Series]
    shown: int = 0
    stored: dict[int, Opened] = field(default_factory=dict)
    answered: int = 0
    corrections: tuple[Posture, ...] = ()
    keys: set[str] = field(default_factory=set)

    @property
    def name(self) -> str:
        """The scan as it lies: its key, and another name after each correction."""
        return self.key + "".join(f"@{recognition.POSTURES.index(posture)}" for posture in self.corrections)

    def as_it_lies(self, position: int) -> Series:
        """One of its volumes with the reader's corrections, which the series tells; the voxels are a view where they can be."""
        series = self.parts[position]
        for posture in self.corrections:
            volume = recognition.corrected(series.volume, posture)
            series = replace(series, volume=volume, changes=(*series.changes, change(posture)))
        return series

    @property
    def opened(self) -> Opened:
        """The volume on the screen."""
        return self.stored[self.shown]

    @property
    def word(self) -> str:
        """What the volumes are: "volume", "time", "echo"; empty where there is one."""
        part = self.parts[0].part
        return part.word if part and len(self.parts) > 1 else ""

    def says_the_same(self, parts: Sequence[Series]) -> bool:
        """Whether another copy, of which the first volume's voxels are known to be the same, is the same in everything."""
        return (
            len(parts) == len(self.parts) and all(map(_same, self.parts, parts)) and all(map(_alike, self.parts[1:], parts[1:]))
        )


def change(posture: Posture) -> str:
    """What a reader did who undid the posture, as a sentence: "Turned 180° by the reader."."""
    done = posture.correction.lower().replace("invert", "inverted").replace("turn", "turned")
    return f"{done.capitalize()} by the reader."


def wholes(series: Sequence[Series]) -> list[list[Series]]:
    """The series, those of one whole together and in their order."""
    together: dict[str, list[Series]] = {}
    for number, each in enumerate(series):
        together.setdefault(f"whole {each.part.whole}" if each.part else f"alone {number}", []).append(each)
    return [sorted(parts, key=lambda each: each.part.index if each.part else 0) for parts in together.values()]


def _same(one: Series, other: Series) -> bool:
    """Whether two copies have the same tags and the same overlay."""
    said = [(each.header, each.acquisition, each.volume.warnings, each.part and each.part.index) for each in (one, other)]
    drawn = [each.volume.overlay for each in (one, other)]
    if drawn[0] is None or drawn[1] is None:
        return said[0] == said[1] and drawn[0] is drawn[1]
    return said[0] == said[1] and np.array_equal(drawn[0], drawn[1])


def _alike(one: Series, other: Series) -> bool:
    return one.volume.voxels.dtype == other.volume.voxels.dtype and np.array_equal(one.volume.voxels, other.volume.voxels)
