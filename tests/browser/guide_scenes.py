"""The scenes of the guides' pictures: how the app is brought to each, in whichever language it speaks."""

import re
from collections.abc import Callable

from canvas_pixels import HOST
from playwright.sync_api import Locator, Page

from ui.texts.catalogs import catalog

WIDTH = 1200
NARROW = 640  # where columns lie below each other, and each is as wide as the window
MINUTES = 60_000
SCORE = '.lb-score[data-label="pneumonia"]'


def said(language: str, text: str) -> str:
    """A text of the app in this language."""
    return catalog(language).get(text, text)


def still(page: Page) -> None:
    """Returns once nothing runs, moves or is still to be drawn."""
    page.wait_for_selector('.stApp[data-test-script-state="notRunning"]', timeout=2 * MINUTES)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(700)


def gone_to(page: Page, url: str, language: str, path: str) -> None:
    page.goto(f"{url}/{path}{'&' if '?' in path else '?'}lang={language}")
    still(page)


def expander(page: Page, words: str) -> Locator:
    return page.get_by_test_id("stExpander").filter(has_text=words).last


def ask(page: Page) -> None:
    page.locator(".st-key-run button").click()
    page.wait_for_selector(f'{HOST}[data-heat^="pneumonia"][data-ready="1"]', timeout=MINUTES)
    still(page)


def open_sample(page: Page, sample: str) -> None:
    page.locator(f".st-key-sample-{sample} button").click()
    page.wait_for_selector(f'{HOST}[data-ready="1"]', timeout=MINUTES)
    still(page)


def review(page: Page, url: str, language: str, keep: Callable[..., None]) -> None:
    """A film, what the model says of it and what that means, and a film that it declines."""
    gone_to(page, url, language, "review")
    open_sample(page, "chest-cr")
    keep("review-open")
    ask(page)
    keep("review-answer")
    means = expander(page, said(language, "What does this mean?"))
    means.locator("summary").click()
    still(page)
    keep("review-meaning", means, NARROW)
    gone_to(page, url, language, "review")
    open_sample(page, "tibia-cr")
    keep("review-declined")


def demo(page: Page, url: str, language: str, keep: Callable[..., None]) -> None:
    """Three steps of the tour."""
    for step, name in ((1, "demo-film"), (3, "demo-score"), (6, "demo-decides")):
        gone_to(page, url, language, f"demo?step={step}")
        page.locator(".st-key-demo-bar").wait_for(timeout=MINUTES)
        still(page)
        keep(name)


def checked(page: Page, url: str, language: str) -> None:
    gone_to(page, url, language, "train")
    page.locator(".st-key-practice button").click()
    page.locator(".st-key-next-1 button").wait_for(timeout=MINUTES)
    still(page)


def launched(page: Page, url: str, language: str) -> str:
    """A training on practice films is begun; the run's name."""
    checked(page, url, language)
    for step in (1, 2, 3):
        page.locator(f".st-key-next-{step} button").click()
        still(page)
    page.locator(".st-key-launch button").click()
    page.wait_for_url(re.compile("run="), timeout=MINUTES)
    return re.findall(r"run=([^&]+)", page.url)[0]


def train(page: Page, url: str, language: str, keep: Callable[..., None]) -> None:
    """A checked folder, and the recipe."""
    checked(page, url, language)
    keep("train-data")
    for step in (1, 2):
        page.locator(f".st-key-next-{step} button").click()
        still(page)
    keep("train-recipe", page.locator(".st-key-step-3-True"))


def model(page: Page, url: str, language: str, keep: Callable[..., None]) -> None:
    """The page of the chest model."""
    gone_to(page, url, language, "models?model=chest-xray-pneumonia")
    keep("models")


def result(page: Page, url: str, language: str, keep: Callable[..., None], run: str) -> None:
    """The test of a finished run."""
    gone_to(page, url, language, f"runs?run={run}")
    page.locator(".st-key-confusion").wait_for(timeout=6 * MINUTES)
    still(page)
    page.locator("h2").first.evaluate("heading => heading.scrollIntoView()")
    still(page)
    keep("run-result")
