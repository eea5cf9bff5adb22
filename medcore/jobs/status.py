"""Where a run is, in its folder's status.json, which is replaced as a whole."""

import json
import os
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from medcore.jobs.spec import SCHEMA


@dataclass(frozen=True)
class Status:
    """Where a run is: stage and epoch (counted from 1 over all stages), the best score, seconds left, the process."""

    state: str
    epoch: int = 0
    epochs: int = 0
    step: int = 0
    steps: int = 0
    best_epoch: int = 0
    best_score: float = 0.0
    seconds_left: float | None = None
    process: int = field(default_factory=os.getpid)
    heartbeat: float = field(default_factory=time.time)


def write_status(run: Path, status: Status) -> None:
    """Replaces status.json atomically."""
    write_json(run / "status.json", {"schema": SCHEMA, **asdict(status)})


def write_json(path: Path, fields: Mapping[str, Any]) -> None:
    """Writes JSON beside `path` and renames it into place, so that a reader never sees half of it."""
    beside = path.with_name(path.name + ".part")
    beside.write_text(json.dumps(fields, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    beside.replace(path)
