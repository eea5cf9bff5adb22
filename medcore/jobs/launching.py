"""How a run gets its process, how it is known whether it still has one, and how it loses it: here, on this machine."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol

import psutil

from medcore.errors import RunError
from medcore.jobs.holding import LOCK_VARIABLE, is_held, take
from medcore.jobs.status import Status, read_status, seconds_of_start, write_status
from medcore.settings import ROOT, settings

RUN_VARIABLE = "LIGHTBOX_RUN"
"""The environment variable that a run's process and all that it starts carry, and by which they are found: the run's folder."""
_GRACE_SECONDS = 1.0
_LOOK_SECONDS = 0.03
_SAME_START_SECONDS = 0.05
# Limits that are set before the program begins, without Python between fork and exec, which isn't safe beside threads.
# No core dump: it would hold a patient's pictures. A limit that the machine doesn't allow leaves its own, lower one.
_LIMITED = ("/bin/sh", "-c", 'ulimit -c 0; ulimit -d "$0" 2>/dev/null; exec nice -n 10 "$@"')


def limited(*command: str) -> list[str]:
    """The command with low priority, the run's memory limit and no core dump."""
    return [*_LIMITED, str(settings().run_megabytes * 1024), *command]


class Launcher(Protocol):
    """Where runs get their processes: this machine, or a cluster's queue. `run` is always the run's own folder, no link."""

    def launch(self, run: Path, then: Callable[[], None]) -> None:
        """Starts the run's process and comes back at once; `then` is called after its end, if this process lives so long.

        Raises RunError where the run has a process already, OSError where none can be started.
        """

    def is_alive(self, run: Path) -> bool:
        """Whether the run has a process now, whoever started it."""

    def stop(self, run: Path) -> None:
        """Ends the run's process and all that it started, and comes back when they are gone; raises RunError if they stay."""


@dataclass(frozen=True)
class LocalLauncher:
    """Processes on this machine, which outlive the one that started them; `command` is followed by the run's folder."""

    command: tuple[str, ...] = (sys.executable, "-m", "medcore.training")

    def launch(self, run: Path, then: Callable[[], None]) -> None:
        """The child inherits the hold on the run, so that there is no moment at which it lives and the run isn't held."""
        with take(run) as lock:
            _end(_marked(run))
            write_status(run, Status("starting", process=0, process_started=0.0, started=time.time()))
            child = self._started(run, lock)
        threading.Thread(target=_see_out, args=(child, run, then), name=f"the end of {run.name}", daemon=True).start()

    def _started(self, run: Path, lock: IO[bytes]) -> subprocess.Popen[bytes]:
        with (run / "words.log").open("ab") as words:
            return subprocess.Popen(
                limited(*self.command, str(run)),
                cwd=ROOT,
                env=os.environ | _environment(run, lock),
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=words,
                start_new_session=True,
                pass_fds=(lock.fileno(),),
            )

    def is_alive(self, run: Path) -> bool:
        """Whether the run is held."""
        return is_held(run)

    def stop(self, run: Path) -> None:
        """Asks with SIGTERM, and ends with SIGKILL what is left after a second."""
        if not any(_is_gone(run, sign) for sign in (signal.SIGTERM, signal.SIGKILL)):
            raise RunError(f"{run.name} can't be stopped from this machine; end its process where it runs.")


LOCAL = LocalLauncher()


def _environment(run: Path, lock: IO[bytes]) -> dict[str, str]:
    """What the child sees changed; paths don't depend on this process' working folder."""
    threads = settings().run_threads
    names = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS") if threads else ()
    return {
        RUN_VARIABLE: str(run),
        LOCK_VARIABLE: str(lock.fileno()),
        "LIGHTBOX_HOME": str(settings().home.absolute()),
        "LIGHTBOX_MODELS": str(settings().models.absolute()),
        "PYTHONUNBUFFERED": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        **{name: str(threads) for name in names},
    }


def _see_out(child: subprocess.Popen[bytes], run: Path, then: Callable[[], None]) -> None:
    """Waits for the child, so that it leaves no zombie, and ends what it left behind, unless the run goes on already."""
    child.wait()
    with suppress(RunError, OSError), take(run):
        _end(_marked(run))
    then()


def _is_gone(run: Path, sign: int) -> bool:
    """Sends the signal to every process of the run, also to those that come meanwhile; whether all end within the grace."""
    told: set[psutil.Process] = set()
    give_up = time.monotonic() + _GRACE_SECONDS
    while time.monotonic() < give_up:
        members = _marked(run) | _told(run)
        if not members and not is_held(run):
            return True
        _end(members - told, sign)
        told |= members
        time.sleep(_LOOK_SECONDS)
    return False


def _end(processes: set[psutil.Process], sign: int = signal.SIGKILL) -> None:
    for process in processes:
        with suppress(psutil.Error):
            process.send_signal(sign)


def _marked(run: Path) -> set[psutil.Process]:
    """The living processes that carry the run's folder in their environment; an orphan does so too."""
    return {process for process in psutil.process_iter() if _variable_of(process) == str(run) and _lives(process)}


def _variable_of(process: psutil.Process) -> str | None:
    try:
        return process.environ().get(RUN_VARIABLE)
    except (psutil.Error, OSError):  # of another user, or gone
        return None


def _told(run: Path) -> set[psutil.Process]:
    """The process that the status names, which may have been started by hand, and its descendants."""
    with suppress(RunError, psutil.Error):
        said = read_status(run)
        process = psutil.Process(said.process)
        if said.process and abs(seconds_of_start(process) - said.process_started) < _SAME_START_SECONDS:
            return {each for each in (process, *process.children(recursive=True)) if _lives(each)}
    return set()


def _lives(process: psutil.Process) -> bool:
    """Whether it runs, and isn't a zombie or this process itself."""
    with suppress(psutil.Error):
        return process.pid != os.getpid() and process.status() not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
    return False
