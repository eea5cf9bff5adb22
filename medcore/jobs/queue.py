"""The queue on disk: runs are made, wait, get a process when there is room, are cancelled and resumed.

Nothing is kept in memory. Every change of a run that has no process happens under one lock of the runs folder; a run that has
one writes its own status.
"""

import fcntl
import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path

from medcore.errors import RunError
from medcore.jobs.holding import CANCEL, reason_of
from medcore.jobs.launching import LOCAL, Launcher
from medcore.jobs.looking import is_run, look, run_folders, runs_folder
from medcore.jobs.spec import TrainingSpec
from medcore.jobs.status import LIVE, Status, write_json, write_spec, write_status
from medcore.settings import settings


def create(spec: TrainingSpec, folder: Path | None = None, fill: Callable[[Path], None] = lambda run: None) -> Path:
    """Makes a run's folder with its spec.json: in the runs folder under a free name, or `folder`, which is then linked there.

    `fill` puts what else belongs in, its split. Raises RunError where the folder holds something already, or can't be written:
    then none stays.
    """
    try:
        run = _free(runs_folder() / _plain(spec.model_id), Path.mkdir) if folder is None else _made(folder)
        try:
            fill(run)
            write_spec(run, spec)
            _listed(run)
        except OSError:
            shutil.rmtree(run, ignore_errors=True)
            raise
    except OSError as error:
        raise RunError(f"No folder can be made for the run ({error}); free some space or choose another folder.") from error
    return run


def _plain(name: str) -> str:
    """The name without what could lead out of a folder or hide in it."""
    return re.sub(r"[^\w.-]+", "-", name).strip(".-") or "run"


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        raise RunError(f"{folder} holds something already; choose a new folder for the run, or resume the run that is in it.")
    return folder


def submit(run: Path, launcher: Launcher = LOCAL) -> Status:
    """Puts a new run into the queue and starts it if there is room; raises RunError where it was put there before."""
    with _queue(runs_folder()):
        _check(run)
        if (run / "status.json").exists():
            raise RunError(f"{run.name} was put into the queue before; it is {look(run, launcher).state}.")
        _enqueue(run, Status("queued"))
    return _advanced(run, launcher)


def resume(run: Path, launcher: Launcher = LOCAL) -> Status:
    """Puts a run that failed, or was cancelled or interrupted, into the queue again; raises RunError for any other."""
    with _queue(runs_folder()):
        _check(run)
        last = look(run, launcher)
        if last.state not in ("failed", "cancelled", "interrupted"):
            raise RunError(f"{run.name} is {last.state}; one that failed, was cancelled or interrupted can be resumed.")
        _enqueue(run, last)
    return _advanced(run, launcher)


def _check(run: Path) -> None:
    if not is_run(run):
        raise RunError(f"{run} isn't a run's folder: it has no spec.json that can be read; name the folder of a run.")


def _advanced(run: Path, launcher: Launcher) -> Status:
    advance(launcher)
    return look(run, launcher)


def _enqueue(run: Path, last: Status) -> None:
    """Whatever an earlier attempt left as a request is forgotten."""
    queued = replace(last, state="queued", reason="", words="", seconds_left=None, process=0, process_started=0.0)
    try:
        _listed(run)
        (run / CANCEL).unlink(missing_ok=True)
        write_status(run, replace(queued, heartbeat=time.time()))
    except OSError as error:
        raise RunError(f"{run.name} can't be put into the queue ({error}); free some space and try again.") from error


def cancel(run: Path, launcher: Launcher = LOCAL) -> Status:
    """Takes a run out of the queue, or ends its process and comes back when it is gone; raises RunError where it has ended."""
    with _queue(runs_folder()):
        _check(run)
        state = look(run, launcher).state
        if state != "queued" and state not in LIVE:
            raise RunError(f"{run.name} is {state} already; there is nothing to cancel.")
        _ask_to_end(run, state)
    if state in LIVE:
        launcher.stop(run.resolve())
    return _advanced(run, launcher)


def _ask_to_end(run: Path, state: str) -> None:
    try:
        if state == "queued":
            write_status(run, Status("cancelled", process=0, process_started=0.0))
        else:
            write_json(run / CANCEL, {"at": time.time()})
    except OSError as error:
        if state == "queued":
            raise RunError(f"{run.name} can't be taken out of the queue ({error}); free some space and try again.") from error
        # A live one is stopped on a full disk too, and counts as interrupted.


def advance(launcher: Launcher = LOCAL) -> None:
    """Starts runs that wait, the longest first, while there is room; ends those whose cancelling somebody didn't live to end.

    Cheap enough for every look at a page; also called when a run that this process started ends.
    """
    _advance(runs_folder(), launcher)


def _advance(home: Path, launcher: Launcher) -> None:
    with _queue(home):
        found = [(run, look(run, launcher)) for run in run_folders(home)]
        live = [run for run, status in found if status.state in LIVE]
        waiting = sorted((status.heartbeat, run) for run, status in found if status.state == "queued")
        room = settings().runs_at_once - len(live)
        for _, run in waiting:
            if room > 0:
                room -= _is_launched(run, home, launcher)
    for run in live:
        if (run / CANCEL).exists():
            with suppress(RunError):  # it stays live, and says that it is being cancelled
                launcher.stop(run.resolve())


def _is_launched(run: Path, home: Path, launcher: Launcher) -> bool:
    try:
        launcher.launch(run.resolve(), partial(_advance, home, launcher))
    except RunError:  # somebody trains it by hand, and will say so in its status
        return False
    except OSError as error:
        with suppress(OSError):  # on a full disk it stays in the queue
            write_status(run, Status("failed", reason=reason_of(error), process=0, process_started=0.0))
        return False
    return True


def _free(run: Path, make: Callable[[Path], None]) -> Path:
    """The first of run, run-2, run-3 … that `make` can make."""
    path, number = run, 1
    while True:
        with suppress(FileExistsError):
            make(path)
            return path
        number += 1
        path = run.with_name(f"{run.name}-{number}")


def _listed(run: Path) -> None:
    """Links a run that lies elsewhere into the runs folder, once."""
    if all(each.resolve() != run.resolve() for each in runs_folder().iterdir()):
        _free(runs_folder() / run.name, lambda link: link.symlink_to(run.resolve(), target_is_directory=True))


@contextmanager
def _queue(home: Path) -> Iterator[None]:
    """One process, and one thread of it, changes the queue at a time."""
    with (home / ".lock").open("ab") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
