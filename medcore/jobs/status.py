"""Where a run is, in its folder's status.json, which is replaced as a whole."""

import json
import os
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal, get_args

import psutil
from pydantic import TypeAdapter, ValidationError

from medcore.errors import RunError
from medcore.jobs.spec import SCHEMA, TrainingSpec

State = Literal["queued", "starting", "reading", "running", "testing", "done", "failed", "cancelled", "interrupted"]
STATES: tuple[State, ...] = get_args(State)
LIVE = ("starting", "reading", "running", "testing")
"""The states of a run that has a process; what they say is true only while that process lives: `look` tells."""
ENDED = ("done", "failed", "cancelled", "interrupted")
_writing = threading.Lock()


def seconds_of_start(process: psutil.Process) -> float:
    """When a process began, in seconds after its machine did: unlike a time of day, no clock that is set can change it."""
    return round(process.create_time() - psutil.boot_time(), 2)


def _own_start() -> float:
    return seconds_of_start(psutil.Process())


@dataclass(frozen=True)
class Status:
    """Where a run is.

    state: one of STATES. reason: why it failed or was interrupted, a sentence. words: what it does just now ("compiling the
    first step"), "" where the state says enough. epoch: counted from 1 over all stages. best_score: 0..1, the validation's.
    memory_megabytes: of the process and its children. process, process_started: which process wrote this, and when that began
    (`seconds_of_start`); 0 while there is none. heartbeat, started, ended: seconds since 1970; `write_status` fills in the
    last two where they are None. started is that of the present attempt.
    """

    state: State
    epoch: int = 0
    epochs: int = 0
    step: int = 0
    steps: int = 0
    best_epoch: int = 0
    best_score: float = 0.0
    seconds_left: float | None = None
    reason: str = ""
    words: str = ""
    images_per_second: float = 0.0
    memory_megabytes: float = 0.0
    process: int = field(default_factory=os.getpid)
    process_started: float = field(default_factory=_own_start)
    heartbeat: float = field(default_factory=time.time)
    started: float | None = None
    ended: float | None = None


_CHECKED = TypeAdapter(Status)


def write_status(run: Path, status: Status) -> None:
    """Replaces status.json atomically; raises OSError where the disk doesn't take it, and what was there stays."""
    write_json(run / "status.json", {"schema": SCHEMA, **asdict(_with_times(run, status))})


def _with_times(run: Path, status: Status) -> Status:
    if status.state == "queued":
        return replace(status, started=None, ended=None)
    started, ended = status.started or _started(run) or status.heartbeat, status.ended
    return replace(status, started=started, ended=(ended or status.heartbeat) if status.state in ENDED else None)


def _started(run: Path) -> float | None:
    try:
        return read_status(run).started
    except RunError:
        return None


def read_status(run: Path) -> Status:
    """What status.json says, which may be older than the process that wrote it; raises RunError where it can't be read."""
    path = run / "status.json"
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        return _CHECKED.validate_python({each.name: said[each.name] for each in fields(Status)})
    except (OSError, ValueError, KeyError, TypeError, ValidationError) as error:
        raise RunError(f"{path} doesn't say where the run is ({_briefly(error)}); resume the run to write it anew.") from error


def _briefly(error: Exception) -> str:
    if isinstance(error, ValidationError):
        return "; ".join(f"{each['loc'][0]}: {each['msg']}" for each in error.errors())
    return f"it lacks {error}" if isinstance(error, KeyError) else str(error)


def write_spec(run: Path, spec: TrainingSpec) -> None:
    """Writes the run folder's spec.json, as `read_spec` takes it; raises OSError where the disk doesn't take it."""
    write_json(run / "spec.json", {"schema": SCHEMA, **asdict(spec)})


def write_json(path: Path, fields: Mapping[str, Any]) -> None:
    """Writes JSON beside `path` and renames it into place, so that a reader never sees half of it, nor does the next boot.

    Raises OSError where the disk doesn't take it; what was at `path` stays, and nothing else.
    """
    beside = path.with_name(path.name + ".part")
    with _writing:
        try:
            with beside.open("w", encoding="utf-8") as file:
                file.write(json.dumps(fields, indent=1, ensure_ascii=False) + "\n")
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
        except OSError:
            beside.unlink(missing_ok=True)
            raise
