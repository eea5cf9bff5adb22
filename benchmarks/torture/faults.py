"""What goes wrong in a tortured process: it is killed at a step of its writing, or its disk takes no more bytes.

Nothing of it is in production code: an audit hook of Python hears each step, and `open` gives files that can be full.
"""

import builtins
import errno
import io
import json
import os
import signal
import sys
import threading
from collections import Counter
from pathlib import Path
from typing import Any

PHASES = {
    "pictures": "before epoch 1",
    "embeddings": "before epoch 1",
    "checkpoints": "checkpoint",
    "log.csv": "log",
    "tensorboard": "log",
    "model": "test",
    "result": "test",
    "status.json": "status",
}
"""What a run is at when it writes there, by the beginning of a name in its folder; below LIGHTBOX_HOME/models it publishes."""
_STEPS = ("os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.symlink", "shutil.rmtree")
_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT
_real_open, _real_allocate = io.open, os.posix_fallocate


class Faults:
    """Counts steps and bytes below `home`, and does at a certain one what `plan` says; see benchmarks/torture/plans.py."""

    def __init__(self, plan: dict[str, Any], run: Path, home: Path) -> None:
        self.steps: Counter[str] = Counter()
        self.bytes = 0
        self._plan, self._run, self._home = plan, str(run), str(home)
        self._full_after = plan.get("bytes", float("inf"))

    def arm(self) -> None:
        """From now on in this process."""
        sys.addaudithook(self._hear)
        io.open = builtins.open = self._open  # type: ignore[assignment]
        os.posix_fallocate = self._allocate

    def note(self, path: Path) -> None:
        """Leaves in a file what was counted."""
        path.write_text(json.dumps({"steps": self.steps, "bytes": self.bytes}))

    def take(self, wanted: int) -> int:
        """How many of the bytes wanted the disk takes; raises OSError(ENOSPC) where it is none. Small files go on a full one
        where the plan says that something was freed."""
        room = wanted if wanted <= self._plan.get("small", 0) else min(wanted, int(max(self._room(), 0)))
        if wanted and not room:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        self.bytes += room
        return room

    def _room(self) -> float:
        return min(self._full_after - self.bytes, sys.maxsize)

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not (event in _STEPS or (event == "open" and isinstance(arguments[2], int) and arguments[2] & _WRITING)):
            return
        phase = self._phase(arguments[1 if event == "os.symlink" else 0])
        if not phase:
            return
        self.steps[phase] += 1
        if (phase, self.steps[phase]) == (self._plan.get("phase"), self._plan.get("step")):
            self._strike()
        if event in ("os.mkdir", "os.symlink") and not self._room() and not self._plan.get("small"):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _strike(self) -> None:
        if self._plan["kind"] == "full":
            self._full_after = self.bytes
        elif self._plan["after"]:
            threading.Timer(self._plan["after"], _die).start()
        else:
            _die()

    def _phase(self, path: object) -> str:
        """What is done at the path; "" elsewhere."""
        if not isinstance(path, str | os.PathLike):
            return ""
        place = os.path.abspath(os.fspath(path))  # noqa: PTH100 - Path would open files in here
        if place.startswith(f"{self._home}/models"):
            return "publish"
        inside = place.removeprefix(f"{self._run}/")
        phase = next((phase for start, phase in PHASES.items() if inside.startswith(start)), "")
        return "test" if phase == "before epoch 1" and self.steps["test"] else phase  # what was kept is removed at the end

    def _open(self, file: Any, mode: str = "r", buffering: int = -1, *more: Any, **named: Any) -> Any:
        """As `open`; what is written below `home` counts."""
        writes = set(mode) & set("wax+") and isinstance(file, str | os.PathLike)
        if not (writes and os.path.abspath(os.fspath(file)).startswith(f"{self._home}/")):  # noqa: PTH100
            return _real_open(file, mode, buffering, *more, **named)
        raw = _Counted(self, file, mode.replace("b", "").replace("t", ""))
        buffered = io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)
        return buffered if "b" in mode else io.TextIOWrapper(buffered, *more, **named)

    def _allocate(self, handle: int, offset: int, length: int) -> None:
        if self.take(length) < length:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        _real_allocate(handle, offset, length)


class _Counted(io.FileIO):
    """A file of which the disk takes as much as there is room for."""

    def __init__(self, faults: Faults, file: Any, mode: str) -> None:
        super().__init__(file, mode)
        self._faults = faults

    def write(self, content: Any) -> int:
        content = memoryview(content).cast("B")
        return super().write(content[: self._faults.take(len(content))])


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
