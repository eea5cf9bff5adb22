"""Publishes in processes of its own that are killed on the way: `publishing_child.py RUN ID`, one kill a line of its input.

"step K" kills itself before its K-th call of the file system; "after S" is killed by its parent S seconds after it began, and
takes a millisecond's pause before each call. It answers "killed" or "published".
"""

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from medcore import publishing

_PAUSE_SECONDS = 0.001


def at_step(last: int) -> Callable[[], None]:
    """What kills this process when it is called for the `last`-th time."""
    calls = iter(range(1, last))

    def die_at_last() -> None:
        if next(calls, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)

    return die_at_last


def watched(before_each: Callable[[], None]) -> None:
    """Calls `before_each` before every call of the file system that this process makes from now on."""

    def hear(event: str, arguments: tuple[object, ...]) -> None:
        if event == "open" or (event.startswith(("os.", "fcntl.")) and event != "os.kill"):
            before_each()

    sys.addaudithook(hear)


def publish(run: Path, model_id: str, before_each: Callable[[], None], begun: int) -> None:
    """The process that is killed, or ends when it has published."""
    os.write(begun, b"!")
    watched(before_each)
    publishing.publish(run, model_id)
    os._exit(0)


def killed(run: Path, model_id: str, kind: str, value: str) -> str:
    """Publishes in a process of its own, and says how that ended."""
    reading, writing = os.pipe()
    before_each = at_step(int(value)) if kind == "step" else lambda: time.sleep(_PAUSE_SECONDS)
    child = os.fork()
    if not child:
        publish(run, model_id, before_each, writing)
    os.read(reading, 1)
    if kind == "after":
        time.sleep(float(value))
        os.kill(child, signal.SIGKILL)
    os.close(reading)
    os.close(writing)
    status = os.waitpid(child, 0)[1]
    return {0: "published", signal.SIGKILL: "killed"}.get(status, f"ended with {status}")


if __name__ == "__main__":
    for line in sys.stdin:
        print(killed(Path(sys.argv[1]), sys.argv[2], *line.split()), flush=True)
