"""What a survey of a labelled set found: the films, every file that can't be used with the reason, and the problems."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from medcore.datasets.films import Film

PatientSource = Literal["manifest", "DICOM PatientID", "file names", "unknown"]
NameGroups = tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class LeftOut:
    """A file that isn't used, by its name in the set, and a sentence that says why."""

    name: str
    why: str


@dataclass(frozen=True)
class Problem:
    """Something wrong with a set, in a sentence that says what to do. One that `blocks` has to be mended before training."""

    kind: str
    blocks: bool
    text: str
    names: tuple[str, ...] = ()


@dataclass(frozen=True)
class Patients:
    """How many patients there are, and how that is known.

    `unknown` films have no patient and count as one each. `pattern` is the regular expression that was tried on the names, ""
    for the usual ones; `examples` are names, each with the patient that it says or None.
    """

    count: int
    source: PatientSource
    unknown: int
    pattern: str = ""
    examples: tuple[tuple[str, str | None], ...] = ()


@dataclass(frozen=True)
class Shortcut:
    """How well one plain figure of a film, `name`, tells `label` from the other labels: area under the ROC curve, 0.5 to 1."""

    name: str
    auc: float
    label: str


@dataclass(frozen=True, eq=False)
class Survey:
    """A labelled set, read once.

    found: how many files were looked at; each is one of `films`, or in `unreadable` (can't be read or placed), or in `left_out`
    (could be read, but would spoil the set). films: `split` as the set says it, or "". thumbnails: the films', uint8
    (films, 64, 64[, 3]). conflicts: names of pictures under two labels. sizes: (rows, columns) to films. copies: names of the
    same picture; near: names of pictures that look alike; crossing: those groups that stand in more than one split.
    value_range: the least and the greatest value, in file units.
    """

    source: Path
    root: Path
    films: tuple[Film, ...]
    labels: tuple[str, ...]
    found: int
    unreadable: tuple[LeftOut, ...]
    left_out: tuple[LeftOut, ...]
    conflicts: tuple[str, ...]
    sizes: Mapping[tuple[int, int], int]
    copies: NameGroups
    near: NameGroups
    crossing: NameGroups
    patients: Patients
    modalities: Mapping[str, int]
    photometrics: Mapping[str, int]
    colour_films: int
    value_range: tuple[float, float]
    shortcuts: tuple[Shortcut, ...]
    thumbnails: np.ndarray
    problems: tuple[Problem, ...] = ()

    @property
    def is_colour(self) -> bool:
        """Whether half of the films are in colour; a grey picture that is stored as red, green and blue isn't."""
        return 0 < len(self.films) <= 2 * self.colour_films

    @property
    def can_train(self) -> bool:
        """Whether no problem blocks training."""
        return not any(problem.blocks for problem in self.problems)

    @property
    def splits(self) -> tuple[str, ...]:
        """The splits that the set itself says, in the order train, val, test; empty where it says none."""
        return tuple(split for split in ("train", "val", "test") if any(film.split == split for film in self.films))

    @property
    def counts(self) -> dict[str, dict[str, int]]:
        """Films by label and split; "" is the split of films that have none yet."""
        counted = Counter((film.label, film.split) for film in self.films)
        splits = sorted({split for _, split in counted})
        return {label: {split: counted[label, split] for split in splits} for label in self.labels}

    def to_json(self) -> dict[str, Any]:
        """Everything but the thumbnails and each film's place, as JSON-able values; sizes as "rows×columns"."""
        return {
            "source": str(self.source),
            "labels": list(self.labels),
            "found": self.found,
            "films": len(self.films),
            "counts": self.counts,
            "conflicts": list(self.conflicts),
            "sizes": {f"{rows}×{columns}": count for (rows, columns), count in self.sizes.items()},
            "unreadable": [asdict(one) for one in self.unreadable],
            "left_out": [asdict(one) for one in self.left_out],
            "copies": [list(group) for group in self.copies],
            "near": [list(group) for group in self.near],
            "crossing": [list(group) for group in self.crossing],
            "patients": asdict(self.patients),
            "modalities": dict(self.modalities),
            "photometrics": dict(self.photometrics),
            "colour_films": self.colour_films,
            "value_range": list(self.value_range),
            "shortcuts": [asdict(one) for one in self.shortcuts],
            "problems": [asdict(one) for one in self.problems],
            "can_train": self.can_train,
        }
