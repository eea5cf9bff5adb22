"""The disposable process that decodes one upload: `python -m medcore.reading.child`.

It reads one JSON line, limits its own memory and time, writes JSON lines (progress, then the result) and ends. Whatever a
hostile file does to the decoders, it does it here.
"""

import json
import os
import resource
import shutil
import sys
import threading
from pathlib import Path
from typing import IO, Any

import medcore.reading.dicom  # noqa: F401  a warm child has the slow import behind it
from medcore.errors import UnreadableFile
from medcore.reading import passing
from medcore.reading.archives import expanded
from medcore.reading.desk import Desk, Limits, Source, no_scan
from medcore.reading.dicom_disc import files_of_disc
from medcore.reading.formats import READERS, Format


def main() -> None:
    """Answer the one request on standard input."""
    answers = _own_standard_output()
    line = sys.stdin.readline()
    if line:
        request = json.loads(line)
        threading.Thread(target=_end_with_parent, args=(Path(request["folder"]),), daemon=True).start()
        answer(request, answers)


def _end_with_parent(folder: Path) -> None:
    """Wait for the parent, which holds the other end of standard input, to be killed; then leave nothing on disk."""
    os.read(0, 1)
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(1)


def answer(request: dict[str, Any], answers: IO[str]) -> None:
    """Read the upload that `request` describes and write the result to `answers`."""

    def report(name: str, done: int, total: int) -> None:
        answers.write(json.dumps({"at": name, "progress": [done, total]}) + "\n")
        answers.flush()

    limits = Limits(**request["limits"])
    _limit_this_process(limits)
    desk = Desk(Path(request["folder"]), limits, report)
    sources = [Source(name, Path(path)) for name, path in request["files"]]
    series = read_all(sources, request["disc"], desk)
    answers.write(json.dumps({"result": {"series": series, "refusals": desk.refusals}}) + "\n")
    answers.flush()


def read_all(sources: list[Source], disc: str | None, desk: Desk) -> list[dict[str, Any]]:
    """Every series of an upload, packed; what can't be read is refused at the desk."""
    present = [source for source in sources if desk.attempt(source.name, _there, source)]
    files = expanded(present, desk)
    if disc is not None and len(files) == 1:
        files = files_of_disc(files[0], Path(disc), desk)
    desk.steps = 2 * len(files)
    packed = [passing.packed(one, desk) for format_, group in _by_format(files, desk) for one in format_.read(group, desk)]
    return _with_unique_uids(packed)


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


def _with_unique_uids(packed: list[dict[str, Any]]) -> list[dict[str, Any]]:
    seen: dict[str, int] = {}
    for series in packed:
        uid = series["uid"]
        seen[uid] = seen.get(uid, 0) + 1
        series["uid"] = uid if seen[uid] == 1 else f"{uid}-{seen[uid]}"
    return packed


def _own_standard_output() -> IO[str]:
    """Where answers go; what a library prints goes to standard error instead."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return answers


def _limit_this_process(limits: Limits) -> None:
    memory = limits.memory_megabytes * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.seconds, limits.seconds + 5))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core dump would leave a patient's scan on disk


if __name__ == "__main__":
    main()
