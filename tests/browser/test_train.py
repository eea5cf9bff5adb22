"""Training in a browser: drawn films are checked, split, trained on; the run outlives a refresh; Review uses its model."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.slow

MINUTES = 60_000


@pytest.fixture
def train_page(browser: Browser, app_url: str) -> Iterator[Page]:
    """A fresh tab on the train page."""
    context = browser.new_context(viewport={"width": 1400, "height": 1000})
    page = context.new_page()
    page.goto(f"{app_url}/train")
    page.get_by_role("button", name="Draw practice films").wait_for(timeout=30_000)
    yield page
    context.close()


def launched(page: Page) -> None:
    """From the empty train page to the run's own page."""
    page.get_by_role("button", name="Draw practice films").click()
    page.get_by_role("button", name="Next: the split").click(timeout=2 * MINUTES)
    page.get_by_role("button", name="Next: the recipe").click()
    page.get_by_role("button", name="Next: launch").click()
    page.get_by_role("button", name="Start training").click()
    page.wait_for_url(re.compile("run="), timeout=MINUTES)


def test_practice_films_become_a_model_that_review_uses(train_page: Page):
    page = train_page
    page.get_by_role("button", name="Draw practice films").click()
    expect(page.get_by_text("240").first).to_be_visible(timeout=2 * MINUTES)
    expect(page.get_by_role("img", name="Some pictures of each class")).to_be_visible()
    page.get_by_role("button", name="Next: the split").click()
    expect(page.get_by_text("no patient is in two parts")).to_be_visible()
    page.get_by_role("button", name="Next: the recipe").click()
    page.get_by_role("button", name="Next: launch").click()
    page.get_by_role("button", name="Start training").click()

    page.wait_for_url(re.compile("run="), timeout=MINUTES)
    expect(page.get_by_role("progressbar").first).to_be_visible(timeout=MINUTES)
    page.reload()
    curves = page.get_by_test_id("stVegaLiteChart")
    expect(curves.first).to_be_visible(timeout=4 * MINUTES)

    expect(page.get_by_role("heading", name=re.compile("Test: .* pictures of .* patients, measured only once"))).to_be_visible(
        timeout=6 * MINUTES
    )
    expect(page.get_by_role("heading", name=re.compile("Mistakes"))).to_be_visible()

    page.get_by_role("textbox", name="Id of the model").fill("practice-blobs")
    page.get_by_role("textbox", name="Id of the model").press("Enter")
    page.get_by_role("button", name="Publish").click()
    expect(
        page.get_by_text("practice\\-blobs, version 1, is in use now").or_(page.get_by_text("practice-blobs, version 1"))
    ).to_be_visible(timeout=MINUTES)
    page.get_by_role("link", name="Try it in Review").click()
    page.get_by_role("button", name=re.compile("chest", re.I)).first.click(timeout=MINUTES)
    model = page.get_by_role("combobox", name=re.compile("Model"))
    model.click(timeout=MINUTES)
    page.get_by_role("option", name="practice-films").click()
    page.get_by_role("button", name=re.compile("^Run")).click()
    expect(page.get_by_text("Declined because it doesn't look like").first).to_be_visible(timeout=2 * MINUTES)  # its own gate
    page.get_by_role("button", name="Run all the same").click()
    expect(page.get_by_text("practice-blobs, version 1")).to_be_visible(timeout=2 * MINUTES)


def test_a_run_is_cancelled_and_goes_on_from_its_last_epoch(train_page: Page):
    page = train_page
    launched(page)
    page.get_by_role("button", name="Cancel").click(timeout=MINUTES)
    expect(page.get_by_text("cancelled")).to_be_visible(timeout=10_000)
    page.get_by_role("button", name="Go on from the last epoch").click()
    expect(page.get_by_role("heading", name=re.compile("measured only once"))).to_be_visible(timeout=6 * MINUTES)
