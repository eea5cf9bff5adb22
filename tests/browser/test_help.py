"""Help in a browser: a glossary word shows its entry where it stands, in both languages, by mouse and by keyboard."""

from collections.abc import Iterator

import pytest
from careful_eye import axe_findings, spilled
from playwright.sync_api import Browser, Page, expect

from ui.help.glossary import glossary
from ui.texts.catalogs import LANGUAGES

pytestmark = pytest.mark.slow
MINUTE = 60_000
ENTRY = ".lb-entry:popover-open"


@pytest.fixture(params=[(1400, "light"), (390, "dark")], ids=["wide", "phone"])
def page(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Page]:
    width, scheme = request.param
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    yield context.new_page()
    context.close()


def opened(page: Page, address: str) -> Page:
    page.goto(address)
    page.wait_for_selector(
        '.stApp[data-test-script-state="notRunning"] .st-key-guide-radiologist', state="attached", timeout=MINUTE
    )
    page.wait_for_selector(".lb-entry", state="attached", timeout=MINUTE)
    return page


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_word_shows_its_entry_in_place_and_gives_the_focus_back(page: Page, app_url: str, language: str):
    opened(page, f"{app_url}/help?lang={language}")
    word = page.locator('a[href*="term=operating-point"]').first
    word.click()
    entry = page.locator(ENTRY)
    expect(entry).to_contain_text(glossary(language)["operating-point"].text)
    assert axe_findings(page) == []
    assert spilled(page) == []
    page.keyboard.press("Escape")
    expect(entry).to_have_count(0)
    expect(word).to_be_focused()
    page.keyboard.press("Enter")
    expect(entry).to_be_visible()
    assert len(page.context.pages) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_address_opens_an_entry_of_the_glossary(page: Page, app_url: str, language: str):
    opened(page, f"{app_url}/help?term=heat-map&lang={language}")
    entry = glossary(language)["heat-map"]
    expect(page.get_by_test_id("stVerticalBlock").get_by_text(entry.text).first).to_be_visible()
    assert axe_findings(page) == []
    assert spilled(page) == []


def test_a_word_doesnt_close_the_scan_that_is_open(page: Page, app_url: str):
    page.goto(f"{app_url}/review?lang=en")
    page.locator(".st-key-sample-chest-cr button").click(timeout=MINUTE)
    page.wait_for_selector(".lb-entry", state="attached", timeout=MINUTE)
    page.get_by_role("link", name="Fits").click(timeout=MINUTE)
    expect(page.locator(ENTRY)).to_contain_text(glossary("en")["fits"].text)
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Close this scan")).to_be_visible()
    assert page.locator(".lb-entry").count() == 1  # however often the page ran
