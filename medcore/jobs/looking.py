"""Which runs there are, and where each is now: its own words, held against whether it still has a process."""

import json
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from medcore.errors import RunError
from medcore.jobs.holding import CANCEL
from medcore.jobs.launching import LOCAL, Launcher
from medcore.jobs.status import LIVE, Status, read_status
from medcore.settings import settings

_INTERRUPTED = (
    "Its process ended before it was done: it was killed, the memory gave out or the machine was switched off; "
    "resume it to go on from its last checkpoint."
)
_NEVER_SUBMITTED = "It was made but never put into the queue; resume it to do so."


@dataclass(frozen=True)
class Run:
    """A run as lists show it.

    folder: in the runs folder; a run that lies elsewhere is a link there. created: seconds since 1970.
    """

    folder: Path
    title: str
    created: float
    status: Status


def look(run: Path, launcher: Launcher = LOCAL) -> Status:
    """Where the run is now: what its status.json says, unless its process is gone without having said that it ended."""
    said = _said(run)
    if said.state not in LIVE:
        return said
    if launcher.is_alive(run.resolve()):
        return replace(said, words="being cancelled") if (run / CANCEL).exists() else said
    said = _said(run)  # it may have ended, and said so, in between
    if said.state not in LIVE:
        return said
    gone = replace(said, words="", seconds_left=None, ended=said.heartbeat)
    if (run / CANCEL).exists():
        return replace(gone, state="cancelled")
    return replace(gone, state="interrupted", reason=_INTERRUPTED)


def _said(run: Path) -> Status:
    try:
        return read_status(run)
    except RunError as error:
        if (run / "status.json").exists():
            return Status("failed", reason=str(error), process=0, process_started=0.0)
        return Status("interrupted", reason=_NEVER_SUBMITTED, process=0, process_started=0.0)


def runs(launcher: Launcher = LOCAL) -> list[Run]:
    """Every run, the newest first."""
    found = [Run(folder, _title(folder), _created(folder), look(folder, launcher)) for folder in run_folders(runs_folder())]
    return sorted(found, key=lambda run: (run.created, run.folder), reverse=True)


def find(name: str) -> Path:
    """The folder of the run of that name; raises RunError where there is none."""
    for folder in run_folders(runs_folder()):
        if folder.name == name:
            return folder
    raise RunError(f"There is no run {name!r}; choose one from the list of runs.")


def _title(run: Path) -> str:
    """What the spec calls the model; a spec that can't be followed doesn't keep its run off the list."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        return str(json.loads((run / "spec.json").read_text(encoding="utf-8"))["card"]["title"])
    return run.name


def _created(run: Path) -> float:
    with suppress(OSError):
        return (run / "spec.json").stat().st_mtime
    return 0.0


def runs_folder() -> Path:
    """Where all runs are listed; made if it isn't there."""
    home = settings().home / "runs"
    home.mkdir(parents=True, exist_ok=True)
    return home.absolute()


def run_folders(home: Path) -> list[Path]:
    """The folders and links in it that are runs."""
    return [each for each in home.iterdir() if is_run(each)]


def is_run(folder: Path) -> bool:
    """Whether the folder holds a spec.json, readable or not."""
    try:
        return (folder / "spec.json").is_file()
    except OSError:
        return False
