"""How soon the first page of a freshly started app is there, and that TensorFlow comes after it."""

import statistics
import time
from pathlib import Path

from playwright.sync_api import Browser

from benchmarks.bench_browser import chromium, served
from benchmarks.timing import Figure

REPEATS = 7
WARM_SECONDS = 120
TENSORFLOW = ("_pywrap_tensorflow", "libtensorflow")


def figures() -> list[Figure]:
    with chromium() as browser:
        starts = [first_page(browser) for _ in range(REPEATS)]
    from_start, from_visit, too_early, warm = zip(*starts, strict=True)
    return [
        Figure("first_page", "first page's heading, from the start of the process", statistics.median(from_start), "s"),
        Figure("first_page", "first page's heading, from the visit", statistics.median(from_visit), "s"),
        Figure("first_page", f"starts of {REPEATS} with TensorFlow loaded by then", sum(too_early), "", at_most=0),
        Figure("first_page", "TensorFlow loaded after the heading by itself, after", statistics.median(warm), "s"),
    ]


def first_page(browser: Browser) -> tuple[float, float, bool, float]:
    """One start: seconds from process and from visit to heading, whether TensorFlow was there, seconds until it was."""
    with served("app.py") as server:
        page = browser.new_page()
        visited = time.perf_counter()
        page.goto(server.url, wait_until="commit")
        page.get_by_role("heading", name="Lightbox").wait_for()
        shown = time.perf_counter()
        too_early = has_tensorflow(server.pid)
        wait_for_tensorflow(server.pid)
        warm = time.perf_counter() - shown
        page.close()
    return shown - server.started, shown - visited, too_early, warm


def wait_for_tensorflow(pid: int) -> None:
    end = time.monotonic() + WARM_SECONDS
    while not has_tensorflow(pid):
        if time.monotonic() > end:
            raise RuntimeError(f"TensorFlow wasn't loaded within {WARM_SECONDS} s of the first page.")
        time.sleep(0.1)


def has_tensorflow(pid: int) -> bool:
    """Whether TensorFlow's libraries are mapped into the process (proc(5): maps)."""
    maps = Path(f"/proc/{pid}/maps").read_text()
    return any(name in maps for name in TENSORFLOW)
