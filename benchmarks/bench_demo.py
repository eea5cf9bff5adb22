"""How soon the tour's first step is there, its picture drawn, held against an empty page of the same warm server."""

from playwright.sync_api import Browser

from benchmarks.bench_browser import chromium, served
from benchmarks.bench_first_page import wait_for_tensorflow
from benchmarks.timing import Figure, medians

REPEATS = 12
AT_MOST = 1.2
_DRAWN = "() => document.querySelector('.lb-shown img')?.naturalWidth > 0"
_TITLED = "() => document.querySelector('h1')?.textContent === 'Empty'"


def figures() -> list[Figure]:
    """Each visit is a fresh window; the first round, which fills the caches, doesn't count."""
    with chromium() as browser, served("benchmarks/empty_page_app.py") as server:
        _visit(browser, f"{server.url}/demo", _DRAWN)
        wait_for_tensorflow(server.pid)
        took = medians(
            {
                "tour": lambda: _visit(browser, f"{server.url}/demo", _DRAWN),
                "empty": lambda: _visit(browser, f"{server.url}/empty", _TITLED),
            },
            REPEATS,
        )
    what = "the tour's first step with its picture; peer: an empty page of the same server"
    return [Figure("demo", what, took["tour"], "s", peer=took["empty"], at_most=AT_MOST)]


def _visit(browser: Browser, address: str, shown: str) -> None:
    page = browser.new_page()
    page.goto(address, wait_until="commit")
    page.wait_for_function(shown)
    page.close()
