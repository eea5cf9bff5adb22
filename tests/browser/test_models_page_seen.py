"""The models page in a browser: wide and on a phone nothing is cut off, and Review leads to the page of the model asked."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.slow

MINUTE = 60_000
_CUT_OFF = """() => [...document.querySelectorAll('.stMainBlockContainer *')].filter(each =>
    each.getBoundingClientRect().right > innerWidth + 1 && !each.closest('[role=tablist]') && each.offsetParent)
    .map(each => each.textContent.slice(0, 40))"""


@pytest.fixture(params=[(1400, "light"), (390, "dark")], ids=["wide", "phone"])
def models_page(browser: Browser, app_url: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    """The brain model's page, on a wide screen or a phone."""
    width, scheme = request.param
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    page.goto(f"{app_url}/models?model=brain-mri-tumour")
    page.get_by_role("heading", name="What it was trained on").wait_for(timeout=MINUTE)
    yield page
    context.close()


def test_figures_pictures_and_words_are_there_and_nothing_is_cut_off(models_page: Page):
    page = models_page
    expect(page.get_by_role("heading", name="Brain tumour on an MR slice")).to_be_visible(timeout=MINUTE)
    expect(page.get_by_role("img", name=re.compile("meningioma: ROC AUC 0.965"))).to_be_visible(timeout=MINUTE)
    expect(page.get_by_role("img", name=re.compile("ROC curve of the test"))).to_be_visible(timeout=MINUTE)
    for name in ("Version, and how to rebuild it", "All that its card says", re.compile("What a card should say")):
        page.get_by_text(name).click()
    expect(page.get_by_text("SHA-256 of the weights")).to_be_visible(timeout=MINUTE)
    expect(page.get_by_text("the gaps").first).to_be_visible(timeout=MINUTE)
    page.wait_for_timeout(1500)
    assert page.evaluate(_CUT_OFF) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]


def test_review_leads_to_the_page_of_the_model_that_was_asked(tab: Page):
    tab.get_by_role("button", name=re.compile("chest", re.I)).first.click(timeout=MINUTE)
    tab.get_by_role("button", name=re.compile("^Run")).click(timeout=MINUTE)
    tab.get_by_text("About this model").click(timeout=2 * MINUTE)
    tab.get_by_role("link", name="Its page").click()
    tab.wait_for_url(re.compile("/models\\?model=chest-xray-pneumonia"), timeout=MINUTE)
    expect(tab.get_by_role("heading", name="Pneumonia on a frontal chest film")).to_be_visible(timeout=MINUTE)
