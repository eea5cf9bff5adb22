"""The child processes: one warm spare, deadlines, and another child in the place of one that died.

Not multiprocessing: under Streamlit its spawn would execute the page again in the child, and a fork with TensorFlow's threads
isn't safe.
"""

import atexit
import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Generator, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from medcore.errors import InputError, ReadingLimit, UnreadableFile
from medcore.reading.desk import Limits
from medcore.reading.limiting import WALL_PER_CPU_SECOND
from medcore.reading.private_folder import sweep

# The limits inside the child are the real ones; the wait only ends a child that is stopped.
_LEAST_WAIT_SECONDS = 5
# How many uploads are read at once: each child may take as much memory as the settings allow.
MOST_CHILDREN = 2
_CHUNK = 2**16
ENDING = "the end of a reading child"
# While a child is silent, or other uploads have the turns, the caller is given a word so often that it may stop.
_BEAT_SECONDS = 0.5
_BEAT = {"beat": True}
_ROOT = Path(__file__).resolve().parents[2]
_lock = threading.Lock()
_turns = threading.BoundedSemaphore(MOST_CHILDREN)
_spare: subprocess.Popen[bytes] | None = None
_keeps_spare = False


def warm() -> None:
    """Start the next child now, and another after each reading, so that none has to wait for its imports.

    What killed servers left on disk is removed.
    """
    global _keeps_spare
    _keeps_spare = True
    sweep()
    _start_spare()


def _start_spare() -> None:
    global _spare
    with _lock:
        _spare = _living(_spare) or _started()


@dataclass
class _Upload:
    """What is asked of the children of one upload, and the names of the files that earlier ones have dealt with or died at."""

    request: dict[str, Any]
    limits: Limits
    done: set[str] = field(default_factory=set)
    deadly: set[str] = field(default_factory=set)


@dataclass
class _Step:
    """Which file the child is at, and how long that may take."""

    name: str | None
    seconds: float


def run(named: Sequence[tuple[str, Path]], disc: Path | None, folder: Path, limits: Limits) -> Iterator[tuple[Path, Any]]:
    """The messages about one upload, each with the folder that its voxels lie in; waits while as many children read as may.

    `disc` is the folder that a lone DICOMDIR may lead into. A file at which a child dies is refused, and another child goes on
    with the rest. Raises UnreadableFile where a child dies before it is at a file.
    """
    request = {
        "files": [(name, str(path.absolute())) for name, path in named],
        "disc": None if disc is None else str(disc.absolute()),
        "folder": str(folder),
        "limits": vars(limits),
    }
    upload = _Upload(request, limits)
    while not _turns.acquire(timeout=_BEAT_SECONDS):
        yield folder, _BEAT
    try:
        for number in count():
            workplace = folder / str(number)
            killer = yield from _one_child(upload, workplace)
            if killer is None:
                return
            shutil.rmtree(workplace, ignore_errors=True)
            yield workplace, {"refused": killer}
    finally:
        _turns.release()


def _one_child(upload: _Upload, workplace: Path) -> Generator[tuple[Path, Any], None, tuple[str, str] | None]:
    """One child's messages; gives the file at which it died and what to say of that, or None where it came to its end."""
    child, step = _taken(), _Step(None, upload.limits.seconds)
    request = {**upload.request, "workplace": str(workplace), "skipped": sorted(upload.done | upload.deadly)}
    try:
        for message in map(json.loads, _lines(child, request, step)):
            if "end" in message:
                return None
            step.name, step.seconds = message.get("at", step.name), message.get("seconds", step.seconds)
            upload.done.update(_dealt_with(message))
            yield workplace, message
    finally:
        _kill(child)
    child.wait()
    if step.name is None or step.name in upload.deadly:
        raise UnreadableFile("The process that reads scans can't go on; free some memory and open the scan again.")
    upload.deadly.add(step.name)
    return step.name, str(death(child.returncode, step.name, step.seconds))


def _dealt_with(message: dict[str, Any]) -> Sequence[str]:
    if "series" in message:
        files: list[str] = message["series"]["files"]
        return files
    return [message["refused"][0]] if "refused" in message else [message["left_out"]] if "left_out" in message else ()


def _lines(child: subprocess.Popen[bytes], request: dict[str, Any], step: _Step) -> Iterator[bytes]:
    """The child's lines, until it ends, or is ended because the step at hand takes far more time than it may."""
    if child.stdin is None or child.stdout is None:
        raise UnreadableFile("The reading process has no pipes; start Lightbox again.")
    with suppress(BrokenPipeError):
        child.stdin.write(json.dumps(request).encode() + b"\n")
        child.stdin.flush()
    rest = b""
    with selectors.DefaultSelector() as waiting:
        waiting.register(child.stdout, selectors.EVENT_READ)
        silent = 0.0
        while silent < _LEAST_WAIT_SECONDS + WALL_PER_CPU_SECOND * step.seconds:
            if not waiting.select(_BEAT_SECONDS):
                silent += _BEAT_SECONDS
                yield json.dumps(_BEAT).encode()
                continue
            silent = 0.0
            some = os.read(child.stdout.fileno(), _CHUNK)
            if not some:
                return
            *lines, rest = (rest + some).split(b"\n")
            yield from lines


def death(status: int, name: str, seconds: float) -> InputError:
    """The error for a child that ended with `status` (a negative signal number) at the file `name`, allowed `seconds`."""
    if status in (-signal.SIGXCPU, -signal.SIGALRM):
        return ReadingLimit(
            f"{name} takes more than {seconds:.0f} seconds to decode; leave it out or raise LIGHTBOX_READING_SECONDS."
        )
    if status == -signal.SIGKILL:
        return ReadingLimit(
            f"{name} takes more time or memory to decode than this machine has to give; leave it out and open the rest again."
        )
    return UnreadableFile(
        f"{name} is damaged in a way that stops its decoder; export or copy it again from where it came from."
    )


def _taken() -> subprocess.Popen[bytes]:
    global _spare
    with _lock:
        child, _spare = _spare, None
    return _living(child) or _started()


def _living(child: subprocess.Popen[bytes] | None) -> subprocess.Popen[bytes] | None:
    """The child if it still runs; one that doesn't is put away."""
    if child is None or child.poll() is None:
        return child
    _end(child)
    return None


def _kill(child: subprocess.Popen[bytes]) -> None:
    """Kill the child and what it has started, which is a process group; who asked needn't wait for the end of it."""
    with suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    threading.Thread(target=_replaced, args=(child,), name=ENDING, daemon=True).start()


def _replaced(child: subprocess.Popen[bytes]) -> None:
    child.communicate()
    if _keeps_spare:
        _start_spare()


def _end(child: subprocess.Popen[bytes]) -> None:
    """Kill a child that does nothing, and wait for it."""
    child.kill()
    child.communicate()


def _started() -> subprocess.Popen[bytes]:
    threads = {name: "1" for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "ITK_GLOBAL_DEFAULT_NUMBER_OF_THREADS")}
    return subprocess.Popen(
        [sys.executable, "-m", "medcore.reading.child"],
        cwd=_ROOT,
        env=os.environ | threads,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # libraries quote what they stumble over, and that may be a patient's name
        start_new_session=True,
    )


@atexit.register
def _end_spare() -> None:
    global _spare
    with _lock:
        child, _spare = _spare, None
    if child is not None:
        _end(child)
