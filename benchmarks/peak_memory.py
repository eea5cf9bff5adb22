"""How much memory this process and its children take at most while something runs."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

SAMPLE_SECONDS = 0.002


def growth_bytes(call: Callable[[], object], before_it: Callable[[], object] = lambda: None) -> int:
    """The most anonymous memory that this process and its children take during the call, beyond what they took before.

    A page that several processes share is counted once (proc(5), Pss_Anon). Mapped files aren't in it, nor are children that
    start during the call: the spare for the next reading is one. What the children start themselves is. `before_it` runs first.
    """
    before_it()
    children = tuple(own_children(Path("/proc/self")))
    before, most, over = anonymous_bytes(children), [0], threading.Event()

    def sample() -> None:
        while not over.wait(SAMPLE_SECONDS):
            most[0] = max(most[0], anonymous_bytes(children))

    sampler = threading.Thread(target=sample)
    sampler.start()
    try:
        call()
    finally:
        over.set()
        sampler.join()
    return max(0, most[0] - before)


def anonymous_bytes(children: Sequence[Path]) -> int:
    processes = (Path("/proc/self"), *children, *(each for child in children for each in below(child)))
    return 1024 * sum(map(anonymous_kilobytes, processes))


def below(process: Path) -> Iterator[Path]:
    """The children of a process, and theirs."""
    for child in own_children(process):
        yield child
        yield from below(child)


def own_children(process: Path) -> Iterator[Path]:
    with suppress(OSError):  # it ended meanwhile
        for children in list((process / "task").glob("*/children")):
            yield from (Path("/proc") / number for number in children.read_text().split())


def anonymous_kilobytes(process: Path) -> int:
    with suppress(OSError):
        for line in (process / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss_Anon:"):
                return int(line.split()[1])
    return 0
