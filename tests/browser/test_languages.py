"""The language and the looks of every page: chosen by mouse, key or address, remembered, whole; axe finds nothing serious."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from careful_eye import axe_findings, chinese_in, english_in, spilled, words_of
from playwright.sync_api import Browser, BrowserContext, Page, expect

from medcore.settings import ROOT

pytestmark = pytest.mark.slow
PAGES = ["", *sorted(path.stem for path in (ROOT / "pages").glob("*.py") if path.stem != "home")]
NOTICES = {"en": "Research and education, not for diagnosis.", "zh": "仅供科研与教学，不用于诊断。"}
# Full of citations and names, which stay as they are; tests/pages/test_models_page_chinese.py reads it word by word.
CITING = "models"


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    opened = browser.new_context(viewport={"width": 1400, "height": 1000}, locale="en-US")
    yield opened
    opened.close()


def settled(page: Page, language: str) -> Page:
    """Once the whole page is there: the notice in its language, and no run under way."""
    expect(page.get_by_text(NOTICES[language]).locator("visible=true").first).to_be_visible(timeout=60_000)
    page.wait_for_function("""() => document.querySelector('[data-testid="stApp"]').dataset.testScriptState === "notRunning" &&
      !document.querySelector('[data-testid="stSkeleton"]')""")
    return page


def opened(context: BrowserContext, address: str, language: str) -> Page:
    page = context.new_page()
    page.goto(address)
    return settled(page, language)


def test_a_language_is_chosen_by_mouse_and_remembered_by_the_browser(context, app_url):
    page = opened(context, app_url, "en")
    assert page.evaluate("document.documentElement.lang") == "en"
    page.get_by_role("radio", name="中文").click()
    settled(page, "zh")
    page.wait_for_function("document.documentElement.lang === 'zh-CN'")
    page.get_by_role("link", name="阅片", exact=True).click()
    expect(page.get_by_role("link", name="首页", exact=True)).to_be_visible()
    page.wait_for_url("**/review")
    page.close()
    again = opened(context, f"{app_url}/models", "zh")
    again.get_by_role("radio", name="English").click()
    settled(again, "en")


def test_a_language_is_chosen_by_keyboard(context, app_url):
    page = opened(context, app_url, "en")
    page.get_by_role("radio", name="中文").focus()
    page.keyboard.press("Enter")
    settled(page, "zh")


def test_the_address_says_the_language_and_the_switch_changes_it_there(context, app_url):
    page = opened(context, f"{app_url}/train?lang=zh", "zh")
    page.get_by_role("radio", name="English").click()
    settled(page, "en")
    page.wait_for_function("new URLSearchParams(location.search).get('lang') === 'en'")
    assert opened(context, f"{app_url}/train?lang=xx", "en")


def test_the_browsers_own_language_counts_where_nothing_was_chosen(browser, app_url):
    chinese = browser.new_context(locale="zh-CN")
    opened(chinese, app_url, "zh")
    chinese.close()


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", PAGES)
def test_each_page_is_whole_in_its_language_and_axe_clean_in_light_and_dark(context, app_url, tmp_path, name, language):
    page = opened(context, f"{app_url}/{name}?lang={language}", language)
    looked_at(page, tmp_path)
    if name != CITING:
        assert of_another_language(page, language) == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_scored_scan_is_whole_in_its_language_and_axe_clean_in_light_and_dark(context, app_url, tmp_path, language):
    page = opened(context, f"{app_url}/review?lang={language}", language)
    page.locator(".st-key-sample-chest-cr button").click()
    page.locator(".st-key-run button").click(timeout=60_000)
    page.locator('.lb-score[data-label="pneumonia"]').wait_for(timeout=60_000)
    looked_at(settled(page, language), tmp_path)
    assert of_another_language(page, language) == []


def of_another_language(page: Page, language: str) -> list[str]:
    return chinese_in(words_of(page)) if language == "en" else english_in(words_of(page))


def looked_at(page: Page, out: Path) -> None:
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.wait_for_timeout(500)
        page.screenshot(path=out / f"{scheme}.png", full_page=True)
        assert axe_findings(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_timeout(500)
    page.screenshot(path=out / "phone.png", full_page=True)
    assert spilled(page) == []
