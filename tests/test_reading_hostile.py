"""Hundreds of broken files: each is read or refused in one sentence, in seconds and little memory, and costs no other file."""

import gc
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import broken_files
import numpy as np
import pytest
from broken_answers import faults, judged, part_of
from broken_files import Broken
from reading_inputs import write_series

from medcore import reading
from medcore.errors import LightboxError
from medcore.reading import process

ROOT = Path(__file__).resolve().parents[1]
MOST_SECONDS, MOST_SECONDS_TOGETHER = 10, 120
CHILD_MEGABYTES, PARENT_MEGABYTES = 1024, 50
# The largest voxels that any file of the set may come to.
MOST_VOXEL_MEGABYTES = 1000
BATCHES = 12
# Runs a command, and says at the end of standard error how many kB the largest process that it started took.
MEASURED = """
import resource, subprocess, sys
code = subprocess.run(sys.argv[1:]).returncode
print("\\n%d" % resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=sys.stderr)
sys.exit(code)
"""

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Answer:
    """What reading a broken file alone came to; `load` is how busy the machine was."""

    broken: Broken
    seconds: float
    load: float
    child_megabytes: int
    array_megabytes: int
    complaints: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.broken.family}/{self.broken.name!r} ({self.seconds:.1f} s, {self.child_megabytes} MB)"


@dataclass(frozen=True)
class Alone:
    """The answers of all files that were read alone, and what that left behind in this process."""

    answers: list[Answer]
    grown_megabytes: int
    descriptors: int
    left_in_folder: list[str]
    children: int


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> list[Broken]:
    return broken_files.make(tmp_path_factory.mktemp("broken"))


@pytest.fixture(scope="module")
def alone(broken: list[Broken], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alone]:
    """Every bomb, and a seeded sample of the rest, read one after another in a child each."""
    rest = [one for one in broken if not one.is_bomb]
    sample = np.random.default_rng(broken_files.SEED).permutation(len(rest))[:40]
    chosen = [one for one in broken if one.is_bomb] + [rest[number] for number in sample]
    with pytest.MonkeyPatch.context() as patch, spares():
        folder = tmp_path_factory.mktemp("temporary")
        patch.setattr(tempfile, "tempdir", str(folder))
        answer_of(chosen[0])
        before, open_before = own_megabytes(), descriptors()
        answers = [answer_of(one) for one in chosen]
        for ending in [thread for thread in threading.enumerate() if thread.name == process.ENDING]:
            ending.join()
        grown, still_open = own_megabytes() - before, descriptors() - open_before
        yield Alone(answers, grown, still_open, [path.name for path in folder.iterdir()], sum(map(reads, children())))


@contextmanager
def spares() -> Iterator[None]:
    """A spare child is started beside each reading, as in a server."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(process, "_keeps_spare", False)
        reading.warm()
        yield
        process._end_spare()


def test_the_set_is_the_same_each_time_small_and_large(tmp_path: Path) -> None:
    first, second = (digests(broken_files.make(tmp_path / name), tmp_path / name) for name in "ab")
    assert first == second
    assert len(first) >= 300
    assert sum(path.stat().st_size for path in (tmp_path / "a").rglob("*") if path.is_file()) < 60 * 10**6


def test_a_broken_file_alone_is_read_or_refused_in_one_sentence(alone: Alone) -> None:
    check(f"{one}: {complaint}" for one in alone.answers for complaint in one.complaints)


def test_a_broken_file_takes_no_more_than_ten_seconds(alone: Alone) -> None:
    check(str(one) for one in alone.answers if one.seconds > MOST_SECONDS * one.load)


def test_a_broken_file_takes_no_more_than_a_gigabyte_beside_its_voxels(alone: Alone) -> None:
    greedy = [one for one in alone.answers if one.child_megabytes > CHILD_MEGABYTES + one.array_megabytes]
    check(f"{one} beside {one.array_megabytes} MB of voxels" for one in greedy)


def test_nothing_of_broken_files_stays_behind(alone: Alone) -> None:
    assert alone.left_in_folder == []
    assert alone.descriptors <= 0
    assert alone.children <= 1  # the spare
    assert alone.grown_megabytes <= PARENT_MEGABYTES


@pytest.mark.parametrize("number", range(BATCHES))
def test_broken_files_together_are_each_answered(broken: list[Broken], number: int) -> None:
    batch = [one for one in broken if not one.is_bomb and one.path.is_file()][number::BATCHES]
    started = time.monotonic()
    result = reading.read([one.path for one in batch])
    seconds = time.monotonic() - started
    check(f"{one.family}/{one.name}: {fault}" for one in batch for fault in judged(one, part_of(result, one)))
    assert seconds <= MOST_SECONDS_TOGETHER * load()


def test_seventy_broken_files_in_one_command(broken: list[Broken]) -> None:
    others = [one for one in broken if one.path.is_file() and one not in deadly(broken)]
    order = np.random.default_rng(70).permutation(len(others))[:50]
    chosen = [*deadly(broken), *(others[number] for number in order)]
    command = [sys.executable, "-m", "medcore", "read", "--json", "--", *(str(one.path) for one in chosen)]
    started = time.monotonic()
    done = subprocess.run([sys.executable, "-c", MEASURED, *command], cwd=ROOT, capture_output=True, timeout=600, check=False)
    seconds = time.monotonic() - started
    words, _, kilobytes = done.stderr.decode().rstrip().rpartition("\n")
    assert len(chosen) == 70
    assert "Traceback" not in words, words[-2000:]
    assert done.returncode == 1
    rows = json.loads(done.stdout.decode())
    assert len(rows) >= 60, rows
    names = [one.name for one in chosen]
    check(f"{row}: {fault}" for row in rows if "error" in row for fault in faults(row["error"], names))
    assert int(kilobytes) <= (CHILD_MEGABYTES + MOST_VOXEL_MEGABYTES) * 1024
    assert seconds <= MOST_SECONDS_TOGETHER * load()


def test_a_command_says_a_name_that_is_no_text(broken: list[Broken]) -> None:
    (odd,) = [one for one in broken if one.name.startswith("broken-") and one.name.endswith(".txt")]
    command = [sys.executable, "-m", "medcore", "read", "--json", "--", str(odd.path)]
    strict = os.environ | {"PYTHONIOENCODING": "utf-8:strict"}
    done = subprocess.run(command, cwd=ROOT, env=strict, capture_output=True, timeout=60, check=False)
    assert b"Traceback" not in done.stderr
    assert "no scan" in json.loads(done.stdout.decode())[0]["error"]


def test_broken_files_cost_a_good_series_nothing(broken: list[Broken], tmp_path: Path) -> None:
    for number, one in enumerate(deadly(broken)):
        (tmp_path / f"{number}-{one.name}").hardlink_to(one.path)
    write_series(tmp_path / "good", SeriesInstanceUID="1.2.840.7")
    result = reading.read([tmp_path])
    (series,) = [one for one in result.series if one.files[0].startswith("good/")]
    assert series.volume.shape == (5, 16, 16)
    ramp = np.arange(256).reshape(16, 16) % 100
    np.testing.assert_array_equal(series.volume.voxels, [ramp + 1000 * index for index in range(5)])
    assert series.volume.warnings == ()


def deadly(broken: list[Broken]) -> list[Broken]:
    """Twenty that a decoder may die of, or take for ever."""
    names = (
        "both-32000",
        "both-20000",
        "deflated-to",
        "bomb-of",
        "3000-progressive",
        "claims-1000",
        "rgb-16",
        "50000-implicit",
    )
    return [one for one in broken if any(name in one.name for name in names)][:20]


def answer_of(one: Broken) -> Answer:
    """Read the file alone, and watch the child's memory meanwhile."""
    with peak_of_children() as peak:
        started = time.monotonic()
        complaints, array = read_alone(one)
        seconds = time.monotonic() - started
    return Answer(one, seconds, load(), max(peak, default=0), array, tuple(complaints))


def read_alone(one: Broken) -> tuple[list[str], int]:
    """What is wrong with the answer, and the megabytes of the voxels in it."""
    try:
        result = reading.read([one.path])
    except LightboxError as error:
        return [f"raised {type(error).__name__}: {error}"], 0
    return judged(one, result), sum(series.volume.voxels.nbytes for series in result.series) >> 20


@contextmanager
def peak_of_children() -> Iterator[list[int]]:
    """The most memory (MB) that a child and what it starts have taken so far: asked often, as the kernel forgets it with them.

    That is a process's own peak of resident memory, or what several share out among them (PSS) while they live together.
    """
    peaks, done = [0], threading.Event()

    def watch() -> None:
        while not done.wait(0.005):
            for child in filter(reads, children()):
                family = [child, *children(child)]
                together = sum(megabytes(f"/proc/{pid}/smaps_rollup", "Pss") for pid in family) if len(family) > 1 else 0
                peaks[0] = max(peaks[0], together, *(megabytes(f"/proc/{pid}/status", "VmHWM") for pid in family))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield peaks
    finally:
        done.set()
        watcher.join()


def children(parent: int | str = "self") -> list[int]:
    found: list[int] = []
    with suppress(OSError):  # a process or a thread that has just ended
        for path in Path(f"/proc/{parent}/task").glob("*/children"):
            found += [int(pid) for pid in path.read_text().split()]
    return found


def reads(pid: int) -> bool:
    """Whether a child has begun to be a reading one: until then it has this process's memory."""
    with suppress(OSError):
        return b"medcore.reading.child" in Path(f"/proc/{pid}/cmdline").read_bytes()
    return False


def load() -> float:
    """How many processes want each core, and at least 1: on a busy machine everything takes that much longer."""
    return max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))


def own_megabytes() -> int:
    gc.collect()
    return megabytes("/proc/self/status", "VmRSS")


def megabytes(status: str, field: str) -> int:
    try:
        found = re.search(rf"^{field}:\s+(\d+)", Path(status).read_text(), re.MULTILINE)
    except OSError:  # a child that has just ended
        return 0
    return int(found[1]) >> 10 if found else 0


def descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208


def digests(made: list[Broken], folder: Path) -> list[tuple[str, str]]:
    assert len({one.path for one in made}) == len(made)
    files = sorted((path for path in folder.rglob("*") if path.is_file()), key=os.fsencode)
    return [(str(path.relative_to(folder)), hashlib.sha256(path.read_bytes()).hexdigest()) for path in files]


def check(complaints: Iterable[str]) -> None:
    """Fail with all complaints, a line each."""
    found = sorted(complaints)
    if found:
        pytest.fail("\n".join(found).encode(errors="backslashreplace").decode(), pytrace=False)
