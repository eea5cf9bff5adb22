"""The disposable process that decodes one upload: `python -m medcore.reading.child`.

It reads one JSON line, limits its own memory and time, writes JSON lines (how far it is, series, refusals, the end) and ends.
Whatever a hostile file does to the decoders, it does it here.
"""

import json
import os
import shutil
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pydicom

import medcore.reading.dicom  # noqa: F401  a warm child has the slow import behind it
from medcore.errors import UnreadableFile
from medcore.reading import passing
from medcore.reading.archives import expanded
from medcore.reading.desk import Desk, Limits, Source, no_scan
from medcore.reading.dicom_disc import files_of_disc
from medcore.reading.formats import READERS, Format
from medcore.reading.limiting import allow, limit_memory
from medcore.reading.private_folder import private_folder

_REHEARSAL = {"memory_megabytes": 100, "seconds": 1, "archive_megabytes": 1, "volume_megabytes": 1}


def main() -> None:
    """Answer the one request on standard input."""
    send = _sender()
    _rehearse()
    line = sys.stdin.readline()
    if line:
        request = json.loads(line)
        threading.Thread(target=_end_with_parent, args=(Path(request["folder"]),), daemon=True).start()
        answer(request, send)


def _rehearse() -> None:
    """Read a small scan of pydicom's once, so that what is built on first use is there when the request comes."""
    scan = Source("rehearsal", Path(pydicom.__file__).parent / "data" / "test_files" / "CT_small.dcm")
    with private_folder() as folder:
        read_all([scan], None, Desk(folder, Limits(**_REHEARSAL), lambda message: None))


def _end_with_parent(folder: Path) -> None:
    """Wait for the parent, which holds the other end of standard input, to be killed; then leave nothing on disk."""
    os.read(0, 1)
    shutil.rmtree(folder, ignore_errors=True)
    os.killpg(0, signal.SIGKILL)


def answer(request: dict[str, Any], send: Callable[[dict[str, Any]], None]) -> None:
    """Read the upload that `request` describes and send what is in it."""
    limits = Limits(**request["limits"])
    limit_memory(limits)
    desk = Desk(Path(request["workplace"]), limits, send, allow, frozenset(request["skipped"]))
    desk.folder.mkdir()
    sources = [Source(name, Path(path)) for name, path in request["files"]]
    read_all(sources, request["disc"], desk)
    allow(0)
    send({"end": True})


def read_all(sources: list[Source], disc: str | None, desk: Desk) -> None:
    """Deliver every series of an upload; what can't be read is refused at the desk."""
    present = [source for source in sources if source.name not in desk.skipped and desk.attempt(source.name, _there, source)]
    files = expanded(present, desk, alone=len(sources) == 1)
    if disc is not None and len(files) == 1:
        files = files_of_disc(files[0], Path(disc), desk)
    files = [source for source in files if source.name not in desk.skipped]
    desk.steps, desk.done = 2 * len(files), 0
    for format_, group in _by_format(files, desk):
        for series in format_.read(group, desk):
            desk.deliver("series", passing.packed(series, desk))


def _there(source: Source) -> bool:
    if not source.path.is_file():
        raise UnreadableFile(f"{source.name} isn't there any more; choose it again.")
    if source.path.stat().st_size == 0:
        raise UnreadableFile(f"{source.name} is empty (0 bytes); export or copy it again from where it came from.")
    return True


def _by_format(files: list[Source], desk: Desk) -> list[tuple[Format, list[Source]]]:
    groups: dict[str, tuple[Format, list[Source]]] = {format_.name: (format_, []) for format_ in READERS}
    for source in files:
        format_ = desk.attempt(source.name, _format_of, source)
        if format_ is not None:
            groups[format_.name][1].append(source)
    return [group for group in groups.values() if group[1]]


def _format_of(source: Source) -> Format:
    _there(source)
    for format_ in READERS:
        if format_.matches(source.head):
            return format_
    raise no_scan(source.name)


def _sender() -> Callable[[dict[str, Any]], None]:
    """Writes a message where answers go; what a library prints goes to standard error instead."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def send(message: dict[str, Any]) -> None:
        answers.write(json.dumps(message) + "\n")
        answers.flush()

    return send


if __name__ == "__main__":
    main()
