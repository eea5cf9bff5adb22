"""How a picture may lie before us, inverted or turned, and the way back; a mirrored film can't be told and is none of these."""

from dataclasses import dataclass, replace

import numpy as np

from medcore.errors import InvalidValue
from medcore.volume import Volume

_TURNED = ("", "turned 90° left", "upside down", "turned 90° right")
_TURN_BACK = ("", "turn 90° right", "turn 180°", "turn 90° left")
_OTHER_SIDE = str.maketrans("LRAPHF", "RLPAFH")


@dataclass(frozen=True)
class Posture:
    """What was done to an upright picture: its grey values inverted, and it turned by `quarter_turns` × 90° to the left."""

    inverted: bool = False
    quarter_turns: int = 0

    def __post_init__(self) -> None:
        if self.quarter_turns not in range(4):
            raise InvalidValue(f"A picture can't be turned by {self.quarter_turns} quarters; give 0, 1, 2 or 3.")

    @property
    def is_upright(self) -> bool:
        """Whether nothing was done to the picture."""
        return not self.inverted and self.quarter_turns == 0

    @property
    def name(self) -> str:
        """What the picture looks like: "upright", "inverted", "turned 90° left", "inverted and upside down" and so on."""
        return _joined("inverted" * self.inverted, _TURNED[self.quarter_turns]) or "upright"

    @property
    def correction(self) -> str:
        """The words of a button that undoes it: "Invert", "Turn 90° right", "Invert and turn 180°"; "" for upright."""
        return _joined("invert" * self.inverted, _TURN_BACK[self.quarter_turns]).capitalize()

    @property
    def undoing(self) -> "Posture":
        """What brings a picture that lies so upright."""
        return Posture(self.inverted, -self.quarter_turns % 4)

    def after(self, other: "Posture") -> "Posture":
        """How a picture lies that was brought into `other` and then into this one."""
        return Posture(self.inverted != other.inverted, (self.quarter_turns + other.quarter_turns) % 4)


def _joined(*words: str) -> str:
    return " and ".join(word for word in words if word)


UPRIGHT = Posture()
POSTURES = tuple(Posture(inverted, turns) for inverted in (False, True) for turns in range(4))
"""Upright first; a posture's place here is its number in a gate's file."""


def posed(pictures: np.ndarray, posture: Posture) -> np.ndarray:
    """Upright pictures (n, rows, columns, channels), 0..1, brought into the posture; rows and columns change at a quarter."""
    turned = np.rot90(pictures, posture.quarter_turns, axes=(1, 2))
    return 1 - turned if posture.inverted else turned


def corrected(volume: Volume, posture: Posture) -> Volume:
    """The volume with the posture undone in every slice: the same voxels at the same places of the patient.

    An inverted grey volume keeps its values and changes its photometric interpretation, a colour one changes its values.
    """
    turned = _turned_back(volume, posture.quarter_turns) if posture.quarter_turns else volume
    return _inverted(turned) if posture.inverted else turned


def _inverted(volume: Volume) -> Volume:
    if volume.is_colour:
        return replace(volume, voxels=255 - volume.voxels)
    return replace(volume, photometric="MONOCHROME2" if volume.photometric == "MONOCHROME1" else "MONOCHROME1")


def _turned_back(volume: Volume, quarter_turns: int) -> Volume:
    """Turned to the right by so many quarters."""
    _, rows, columns = volume.shape
    affine = None if volume.affine is None else volume.affine @ _places(rows, columns, quarter_turns)
    spacing, overlay = volume.row_column_mm, volume.overlay
    return replace(
        volume,
        voxels=_right(volume.voxels, quarter_turns),
        affine=affine,
        row_column_mm=(spacing[1], spacing[0]) if spacing and quarter_turns % 2 else spacing,
        runs_to=volume.runs_to and _sides(*volume.runs_to, quarter_turns),
        overlay=None if overlay is None else _right(overlay, quarter_turns),
    )


def _right(voxels: np.ndarray, quarter_turns: int) -> np.ndarray:
    return np.rot90(voxels, -quarter_turns, axes=(1, 2))


def _places(rows: int, columns: int, quarter_turns: int) -> np.ndarray:
    """(slice, row, column, 1) after turning to the right → before, 4 × 4."""
    last_row, last_column = rows - 1, columns - 1
    ways = {
        1: ([0, 0, -1, last_row], [0, 1, 0, 0]),
        2: ([0, -1, 0, last_row], [0, 0, -1, last_column]),
        3: ([0, 0, 1, 0], [0, -1, 0, last_column]),
    }
    return np.array([[1, 0, 0, 0], *ways[quarter_turns], [0, 0, 0, 1]], float)


def _sides(row: str, column: str, quarter_turns: int) -> tuple[str, str]:
    """Where a row and a column run to after turning to the right; `row` and `column` say it of before."""
    return {1: (_other(column), row), 2: (_other(row), _other(column)), 3: (column, _other(row))}[quarter_turns]


def _other(side: str) -> str:
    return side.translate(_OTHER_SIDE)
