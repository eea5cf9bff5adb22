"""Who trains a run: the process that holds the lock of its folder. The kernel frees it at that process' death, however it dies.

A lock needs no process number, which another process may get, and no clock: it is as true after a kill or a reboot as before.
"""

import errno
import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import IO

from medcore.errors import LightboxError, RunError
from medcore.jobs.status import ENDED, Status, read_status, write_status

LOCK_VARIABLE = "LIGHTBOX_RUN_LOCK"
"""The environment variable by which a launcher hands its hold on a run to the process that it starts: a file descriptor."""
CANCEL = "cancel.json"
"""The file in a run folder that asks the present attempt to end."""
_PATIENCE_SECONDS = 1.0  # `is_held` holds the lock for a moment
_MOST_WORDS = 300


@contextmanager
def hold(run: Path) -> Iterator[None]:
    """Holds the run while it is trained; an error that ends it stands in its status as the reason that it failed.

    Raises RunError where another process holds it.
    """
    with _handed_over(run) or _taken_anew(run), ExitStack() as stack:
        write_status(run, Status("starting", started=time.time()))
        stack.push(partial(_say_why, run))
        yield


def _taken_anew(run: Path) -> IO[bytes]:
    lock = take(run)
    (run / CANCEL).unlink(missing_ok=True)
    return lock


def take(run: Path) -> IO[bytes]:
    """The run's lock, held until it is closed; raises RunError where another process holds it."""
    lock = (run / "lock").open("ab")
    give_up = time.monotonic() + _PATIENCE_SECONDS
    while not _locked(lock, fcntl.LOCK_EX):
        if time.monotonic() > give_up:
            lock.close()
            raise RunError(f"{run} is being trained by another process; wait for it or cancel it first.")
        time.sleep(0.02)
    return lock


def is_held(run: Path) -> bool:
    """Whether a process holds the run now."""
    try:
        with (run / "lock").open("rb") as lock:
            return not _locked(lock, fcntl.LOCK_SH)
    except FileNotFoundError:
        return False


def _locked(lock: IO[bytes], kind: int) -> bool:
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _handed_over(run: Path) -> IO[bytes] | None:
    """The launcher's hold, which this process was started with, if it is one on this run."""
    said = os.environ.pop(LOCK_VARIABLE, "")
    with suppress(OSError):
        if said.isdecimal() and os.path.samestat(os.fstat(int(said)), (run / "lock").stat()):
            os.set_inheritable(int(said), False)
            return os.fdopen(int(said), "ab")
    return None


def _say_why(run: Path, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
    """Writes the reason, unless the run has told one itself; a disk that takes no word leaves the run interrupted."""
    if not isinstance(error, Exception):
        return
    with suppress(OSError, RunError):
        last = read_status(run)
        if last.state not in ENDED:
            write_status(run, replace(last, state="failed", reason=reason_of(error), words="", seconds_left=None))


def reason_of(error: Exception) -> str:
    """What to tell of an error that ended a run, in a sentence."""
    if isinstance(error, LightboxError):
        return str(error)
    if isinstance(error, MemoryError):
        return "It needs more memory than it may take; make batch or size smaller, or raise LIGHTBOX_RUN_MEGABYTES."
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "The disk is full: free some space and resume the run; it goes on from its last checkpoint."
    words = f"{type(error).__name__}: {error}".splitlines()[0][:_MOST_WORDS]
    return f"It ended with an error that nobody foresaw ({words}); its log says where, and resuming tries again."
