"""A 200-slice CT series, stored in five ways, through medcore.reading with its child process warm, beside other readers."""

import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import numpy as np

from benchmarks import reading_peers as peers
from benchmarks.drawn_series import KINDS, SHAPE, draw
from benchmarks.peak_memory import growth_bytes
from benchmarks.timing import Figure, medians
from medcore import reading
from medcore.volume import Series

Peer = Callable[[Path], object]
TICKS_OF_IMPORTS = 10
"""A child that has used less CPU time than this (in hundredths of a second) hasn't done its imports."""
RIVALS: dict[str, tuple[str, Peer, float, int]] = {
    "16-bit int16": ("SimpleITK", peers.by_simpleitk, 1.2, 9),
    "12-bit CT": ("SimpleITK", peers.by_simpleitk, 1.2, 9),
    "RLE": ("pylibjpeg", peers.by_pylibjpeg, 1.1, 9),
    "JPEG-LS": ("SimpleITK", peers.by_simpleitk, 1.0, 5),
    "JPEG 2000": ("SimpleITK", peers.by_simpleitk, 0.7, 3),
}
"""Beside what each kind is measured, how many times that peer's time ours may take, and how often both are timed."""
RAW: dict[str, Peer] = {"pydicom": peers.by_pydicom, "highdicom": peers.by_highdicom, "the bare bytes": peers.bare_bytes}
OTHERS: dict[str, dict[str, Peer]] = {
    "16-bit int16": RAW,
    "12-bit CT": RAW,
    "RLE": {"SimpleITK": peers.by_simpleitk},
    "JPEG-LS": {"pydicom": peers.by_pydicom},
    "JPEG 2000": {"pydicom": peers.by_pydicom},
}
"""Peers without a target, slow ones among them: timed twice."""
LOOKED_INTO = ("12-bit CT", "JPEG 2000")
"""The kinds whose first slice and memory are measured too."""


def figures() -> Iterator[Figure]:
    with tempfile.TemporaryDirectory(prefix="lightbox-bench-") as root:
        for kind in RIVALS:
            folder = draw(KINDS[kind], Path(root) / kind)
            yield from beside_others(kind, folder)
            if kind in LOOKED_INTO:
                yield first_slice(kind, folder)
                yield memory(kind, folder)


def beside_others(kind: str, folder: Path) -> Iterator[Figure]:
    name, rival, at_most, repeats = RIVALS[kind]
    check(folder, {name: rival, **OTHERS[kind]})
    took = medians({"ours": lambda: ours(folder), "rival": lambda: rival(folder)}, repeats, before=settle)
    yield Figure("reading", f"{kind}, to {name}", 1000 * took["ours"], "ms", 1000 * took["rival"], at_most=at_most)
    others = medians({name: lambda peer=peer: peer(folder) for name, peer in OTHERS[kind].items()}, 2, before=settle)
    for name, seconds in others.items():
        yield Figure("reading", f"{kind}, to {name}", 1000 * took["ours"], "ms", 1000 * seconds)


def check(folder: Path, others: Mapping[str, Peer]) -> None:
    """Raises AssertionError where two readings differ in a voxel."""
    voxels = ours(folder)
    assert (voxels.dtype, voxels.shape) == (np.int16, SHAPE)
    for name, peer in others.items():
        values = peer(folder)
        if isinstance(values, np.ndarray):
            assert values.dtype == np.int16, name
            np.testing.assert_array_equal(values, voxels, err_msg=name)


def ours(folder: Path, preview: Callable[[Series], None] | None = None) -> np.ndarray:
    """The one series below the folder."""
    (series,) = reading.read([folder], preview=preview).series
    return peers.touched(series.volume.voxels)


def first_slice(kind: str, folder: Path) -> Figure:
    """When the first slice can be shown, as a part of the whole reading's time."""
    firsts, wholes = [], []
    for _ in range(4):
        settle()
        begun = time.perf_counter()
        ours(folder, lambda series: firsts.append(time.perf_counter() - begun))  # noqa: B023  called before the next round
        wholes.append(time.perf_counter() - begun)
    first, whole = (1000 * statistics.median(times[1:]) for times in (firsts, wholes))
    return Figure("reading", f"{kind}, first slice to the whole", first, "ms", whole, at_most=0.15)


def memory(kind: str, folder: Path) -> Figure:
    """The voxels, counted whole, and the most that all processes take beside them, to the voxels."""
    megabytes = 2 * np.prod(SHAPE) / 1e6
    most = max(growth_bytes(lambda: ours(folder), settle) for _ in range(2))
    return Figure("reading", f"{kind}, peak memory to the volume", megabytes + most / 1e6, "MB", megabytes, at_most=1.3)


def settle() -> None:
    """Return once the spare reading child is there and its CPU time stands still: it waits for a request."""
    reading.warm()
    last = -1
    while (now := ticks_of_children()) != last or now < TICKS_OF_IMPORTS:
        last = now
        time.sleep(0.3)


def ticks_of_children() -> int:
    """CPU time of this process's children (proc(5): utime and stime)."""
    lists = [path.read_text().split() for path in Path("/proc/self/task").glob("*/children")]
    stats = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pids in lists for pid in pids]
    return sum(int(fields[11]) + int(fields[12]) for fields in stats)
