"""What a run has said: its last words, and a row an epoch."""

import csv
import os
from pathlib import Path

_TAIL_BYTES = 2**16


def tail(run: Path, lines: int) -> list[str]:
    """The last lines that the run's processes wrote to standard output and error; none where there are none."""
    try:
        with (run / "words.log").open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL_BYTES))
            said = file.read().decode(errors="replace").splitlines()
    except OSError:
        return []
    return said[-lines:] if lines > 0 else []


def history(run: Path) -> list[dict[str, float]]:
    """The rows of log.csv by its header (epoch, loss, validation_score, …), one an epoch; one that isn't whole is left out."""
    try:
        rows = list(csv.reader((run / "log.csv").read_text(encoding="utf-8").splitlines()))
    except (OSError, UnicodeDecodeError, csv.Error):
        return []
    header = rows[0] if rows else []
    return [dict(zip(header, numbers, strict=True)) for numbers in map(_numbers, rows[1:]) if len(numbers) == len(header)]


def _numbers(cells: list[str]) -> list[float]:
    try:
        return [int(cell) if cell.isdecimal() else float(cell) for cell in cells]
    except ValueError:
        return []
