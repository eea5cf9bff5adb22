"""Where a run is, told each second by a thread of its own: also while the net compiles or a file is read."""

import threading
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import TracebackType

import psutil

from medcore.errors import RunError
from medcore.jobs import Status, write_status
from medcore.settings import settings

_EACH_SECONDS = 1.0
_PACE_OF_TELLINGS = 5
Tell = Callable[[Status], None]


class Teller:
    """Keeps the run's status.json true while it is entered; `tell` gets every status that is written."""

    def __init__(self, run: Path, tell: Tell | None = None) -> None:
        self.status = Status("starting", started=time.time())
        self._run, self._tell = run, tell or (lambda status: None)
        self._lock, self._ended = threading.Lock(), threading.Event()
        self._films, self._counted = 0, deque([(time.monotonic(), 0)], maxlen=_PACE_OF_TELLINGS)
        self._thread = threading.Thread(target=self._each_second, name=f"telling of {run.name}", daemon=True)

    def __enter__(self) -> "Teller":
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._ended.set()
        self._thread.join()

    def now(self, **changes: object) -> None:
        """Changes fields of the status and tells it at once; raises OSError where the disk takes no word of it."""
        with self._lock:
            self.status = replace(self.status, **changes)  # type: ignore[arg-type]
            self._write()

    def soon(self, films: int = 0, **changes: object) -> None:
        """Changes fields of the status, to be told within a second, after the net has worked on so many films more.

        Raises RunError where the run takes more memory than it may.
        """
        with self._lock:
            self._films += films
            self.status = replace(self.status, **changes)  # type: ignore[arg-type]
        self._check_memory()

    def _each_second(self) -> None:
        while not self._ended.wait(_EACH_SECONDS):
            self._counted.append((time.monotonic(), self._films))
            with self._lock, suppress(OSError):  # a full disk: the next second, or the next checkpoint, tells
                self.status = replace(self.status, images_per_second=self._pace(), memory_megabytes=megabytes())
                self._write()

    def _write(self) -> None:
        self.status = replace(self.status, heartbeat=time.time())
        write_status(self._run, self.status)
        self._tell(self.status)

    def _pace(self) -> float:
        (start, before), (end, after) = self._counted[0], self._counted[-1]
        return round((after - before) / max(end - start, 1e-3), 1)

    def _check_memory(self) -> None:
        most = settings().run_megabytes
        if self.status.memory_megabytes > most:
            raise RunError(
                f"It takes {self.status.memory_megabytes:.0f} MB of memory, and {most} are allowed; "
                "make batch or size smaller, or raise LIGHTBOX_RUN_MEGABYTES."
            )


def megabytes() -> float:
    """What this process and its children hold for themselves, without what they share with others or with files."""
    held = 0
    with suppress(psutil.Error):
        for process in [psutil.Process(), *psutil.Process().children(recursive=True)]:
            with suppress(psutil.Error):
                memory = process.memory_info()
                held += memory.rss - memory.shared
    return round(held / 2**20, 1)
