"""A fork of the child that works beside it: decoders hold Python's lock, so that a second core needs a second process."""

import json
import mmap
import os
import select
import signal
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

from medcore.reading import limiting
from medcore.reading.desk import Desk

_LOOK_SECONDS = 1.0
_CHUNK = 2**16


class SecondProcess:
    """`work(desk)` in a process of its own; it gives what JSON can hold.

    The work has half of the memory, the timers of a child, and a desk with a folder of its own. Where it dies `result` dies in
    the same way, at the same file: the parent then goes on with another child.
    """

    def __init__(self, work: Callable[[Desk], Any], desk: Desk) -> None:
        self._limits = desk.limits
        self._begun = mmap.mmap(-1, 8)
        self._answer, answering = os.pipe()
        folder = desk.new_path()
        folder.mkdir()
        limiting.halve_memory()
        self._process = os.fork()
        if self._process == 0:
            self._work(work, folder, answering)
        os.close(answering)

    def _work(self, work: Callable[[Desk], Any], folder: Path, answering: int) -> None:
        """In the second process, which ends here whatever happens: it may not go on with what the first one does."""
        code = 1
        try:
            # The way to the parent is the first process's: left open here, the parent wouldn't see that one's death.
            os.closerange(3, answering)
            os.closerange(answering + 1, os.sysconf("SC_OPEN_MAX"))
            said: list[dict[str, Any]] = []
            desk = Desk(folder, self._limits, lambda message: self._note(message, said), limiting.allow, shares_cores=True)
            answer = work(desk), [message["refused"] for message in said if "refused" in message]
            with os.fdopen(answering, "w") as file:
                json.dump(answer, file)
            code = 0
        finally:
            os._exit(code)

    def _note(self, message: dict[str, Any], said: list[dict[str, Any]]) -> None:
        said.append(message)
        if "at" in message:
            self._begun[:] = struct.pack("q", self.begun + 1)

    @property
    def begun(self) -> int:
        """How many files the work has begun with, seen from both processes."""
        number: int = struct.unpack("q", self._begun[:])[0]
        return number

    def result(self, at: Callable[[int], None]) -> tuple[Any, list[tuple[str, str]]]:
        """What the work gave, and which files it refused and why.

        `at(begun)` is called while it is waited for, and before this process dies as the second did.
        """
        answer = b"".join(iter(lambda: self._more(at), b""))
        os.close(self._answer)
        status = os.waitstatus_to_exitcode(os.waitpid(self._process, 0)[1])
        limiting.restore_memory()
        if status != 0:
            at(self.begun)
            os.kill(os.getpid(), -status if status < 0 else signal.SIGABRT)
        found, refused = json.loads(answer)
        return found, [(name, error) for name, error in refused]

    def _more(self, at: Callable[[int], None]) -> bytes:
        """The next bytes of the answer; none at its end."""
        while not select.select([self._answer], [], [], _LOOK_SECONDS)[0]:
            at(self.begun)
        return os.read(self._answer, _CHUNK)
