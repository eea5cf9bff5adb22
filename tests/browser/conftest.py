"""A browser, the viewer's test app and Lightbox itself, each on a free port."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from benchmarks.bench_browser import chromium, served


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """One Chromium for a module: longer, and its event loop would be in the way of other tests' asyncio.run."""
    with chromium() as found:
        yield found


@pytest.fixture(scope="session")
def viewer_url() -> Iterator[str]:
    """Where the viewer's test app answers."""
    with served("tests/browser/viewer_app.py") as server:
        yield server.url


@pytest.fixture(scope="session")
def app_url() -> Iterator[str]:
    """Where Lightbox itself answers, with a store of its own."""
    with served("app.py") as server:
        yield server.url


@pytest.fixture
def page(browser: Browser, viewer_url: str) -> Iterator[Page]:
    """The viewer's test page in a window of its own, showing the CT."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    tab = context.new_page()
    tab.goto(viewer_url)
    yield tab
    context.close()


@pytest.fixture
def tab(browser: Browser, app_url: str) -> Iterator[Page]:
    """A fresh tab on the review page."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000}, accept_downloads=True)
    page = context.new_page()
    page.goto(f"{app_url}/review")
    page.get_by_text("Open a scan to begin").wait_for(timeout=30_000)
    yield page
    context.close()
