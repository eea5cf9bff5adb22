"""The child processes: one warm spare, a deadline, and words for a child that died.

Not multiprocessing: under Streamlit its spawn would execute the page again in the child, and a fork with TensorFlow's threads
isn't safe.
"""

import atexit
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from medcore.errors import InputError, ReadingLimit, UnreadableFile
from medcore.reading.desk import Limits
from medcore.reading.private_folder import sweep

# The CPU limit inside the child is the real one; the wall clock only ends a child that waits or shares its CPU.
WALL_SECONDS_PER_CPU_SECOND = 2
# How many children read at once: each may take as much memory as the settings allow.
MOST_CHILDREN = 2
_ROOT = Path(__file__).resolve().parents[2]
_lock = threading.Lock()
_turns = threading.BoundedSemaphore(MOST_CHILDREN)
_spare: subprocess.Popen[bytes] | None = None
_keeps_spare = False


def warm() -> None:
    """For a server: start the next child now, and another after each reading, so that none has to wait for its imports.

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


def run(
    named: Sequence[tuple[str, Path]],
    disc: Path | None,
    folder: Path,
    limits: Limits,
    progress: Callable[[int, int], None] | None,
) -> dict[str, Any]:
    """The child's result for one upload: packed series and refusals; waits while as many children read as may.

    `disc` is the folder that a lone DICOMDIR may lead into. Raises ReadingLimit or UnreadableFile if the child died.
    """
    request = {
        "files": [(name, str(path.absolute())) for name, path in named],
        "disc": None if disc is None else str(disc.absolute()),
        "folder": str(folder),
        "limits": vars(limits),
    }
    with _turns:
        child = _taken()
        deadline = threading.Timer(limits.seconds * WALL_SECONDS_PER_CPU_SECOND, child.kill)
        deadline.start()
        try:
            return _conversation(child, request, limits, progress)
        finally:
            deadline.cancel()
            _end(child)
            if _keeps_spare:
                _start_spare()


def _conversation(
    child: subprocess.Popen[bytes], request: dict[str, Any], limits: Limits, progress: Callable[[int, int], None] | None
) -> dict[str, Any]:
    at = request["files"][0][0] if request["files"] else "The upload"
    for line in _lines(child, request):
        message = json.loads(line)
        if "result" in message:
            result: dict[str, Any] = message["result"]
            return result
        at = message["at"]
        if progress is not None:
            progress(*message["progress"])
    raise death(child.wait(), at, limits)


def _lines(child: subprocess.Popen[bytes], request: dict[str, Any]) -> Iterable[bytes]:
    if child.stdin is None or child.stdout is None:
        raise UnreadableFile("The reading process has no pipes; start Lightbox again.")
    try:
        child.stdin.write(json.dumps(request).encode() + b"\n")
        child.stdin.flush()
    except BrokenPipeError:
        return ()
    return child.stdout


def death(status: int, name: str, limits: Limits) -> InputError:
    """The error for a child that ended with `status` (a negative signal number) while it worked on the file `name`."""
    if status == -signal.SIGXCPU:
        return ReadingLimit(
            f"{name} takes more than {limits.seconds} seconds to decode; leave it out or raise LIGHTBOX_READING_SECONDS."
        )
    if status == -signal.SIGKILL:
        return ReadingLimit(
            f"{name} takes more time or memory to decode than this machine has to give; leave it out and open the rest again."
        )
    return UnreadableFile(f"{name} is damaged in a way that stops its decoder; leave it out and open the rest again.")


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


def _end(child: subprocess.Popen[bytes]) -> None:
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
    )


@atexit.register
def _end_spare() -> None:
    global _spare
    with _lock:
        child, _spare = _spare, None
    if child is not None:
        _end(child)
