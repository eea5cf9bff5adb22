"""The guided tour in a browser: walked by mouse and by keys alone, in both languages, wide and on a phone; looked at."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from careful_eye import axe_findings, chinese_in, english_in, spilled, words_of
from playwright.sync_api import Browser, Page, expect

from benchmarks.bench_browser import served
from medcore import lessons

pytestmark = pytest.mark.slow

MINUTE = 60_000
STEPS = 6
IDLE_SECONDS = 14
TITLES = {"en": ("What is a film?", "Who decides?"), "zh": ("片子是什么？", "由谁来决定？")}
# What the real films' files and models are called, and what a key is called: in every language.
NAMES = re.compile(r"pydicom|doi|Mendeley|Cell|CVPR|RSNA|ImageNet|EfficientNet|Page Down|Page Up")
OWN = re.compile(r"https?://127\.0\.0\.1[:/]|data:|blob:|about:")
WALKS = [("en", 1400, "light"), ("zh", 1400, "dark"), ("en", 390, "dark"), ("zh", 390, "light")]
MOST_TABS = 40


def tab_of(browser: Browser, width: int = 1400, scheme: str = "light") -> Page:
    height = 900 if width > 500 else 844
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme, locale="en-US")
    page = context.new_page()
    page.set_default_timeout(MINUTE)
    return page


@pytest.fixture
def foreign() -> Iterator[list[str]]:
    """Requests to other machines; there may be none."""
    found: list[str] = []
    yield found
    assert not found


def watch(page: Page, foreign: list[str]) -> None:
    page.on("request", lambda made: None if OWN.match(made.url) else foreign.append(made.url))


def settled(page: Page, step: int) -> None:
    """Once the step is there and nothing runs."""
    page.locator(f".st-key-demo-shown-{step} h1").wait_for()
    page.wait_for_function(
        """() => document.querySelector('[data-testid="stApp"]').dataset.testScriptState === "notRunning" &&
        !document.querySelector('[data-testid="stSpinner"], [data-testid="stSkeleton"], [data-stale="true"]')"""
    )
    page.wait_for_timeout(300)


def looked_at(page: Page, language: str, picture: Path) -> None:
    """The step as a careful eye sees it, its picture kept."""
    page.screenshot(path=picture)
    assert spilled(page) == []
    assert axe_findings(page) == []
    assert page.locator('input[type="file"]').count() == 0
    words = [each for each in words_of(page) if not NAMES.search(each)]
    assert (english_in(words) if language == "zh" else chinese_in(words)) == []
    assert not [each for each in words if re.search(r"demo-|st-key|\{\w+\}", each)]


@pytest.mark.parametrize(("language", "width", "scheme"), WALKS)
def test_the_whole_tour_by_mouse(browser, app_url, foreign, tmp_path, language, width, scheme):
    page = tab_of(browser, width, scheme)
    watch(page, foreign)
    page.goto(f"{app_url}/demo?lang={language}")
    for step in range(1, STEPS + 1):
        settled(page, step)
        assert page.locator("h1").inner_text() == page.locator(f".st-key-demo-shown-{step} h1").inner_text()
        try_it(page, step)
        settled(page, step)
        looked_at(page, language, tmp_path / f"step-{step}.png")
        if step < STEPS:
            page.locator(".st-key-demo-next button").click()
    expect(page.locator("h1")).to_have_text(TITLES[language][1])
    page.locator(".st-key-demo-step-1 button").click()
    expect(page.locator("h1")).to_have_text(TITLES[language][0])
    page.context.close()


def try_it(page: Page, step: int) -> None:
    """What the step offers to try, by mouse."""
    if step == 1:
        slider = page.get_by_role("slider").first
        slider.scroll_into_view_if_needed()
        box = slider.bounding_box()
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.mouse.down()
        page.mouse.move(box["x"] + 60, box["y"] + box["height"] / 2, steps=3)
        page.mouse.up()
    if step == 2:
        row, column = place_of_the_spot()
        field = page.locator(".field").bounding_box()
        page.mouse.click(field["x"] + column * field["width"], field["y"] + row * field["height"])
        page.locator(".st-key-demo-another").wait_for()
    if step == 5:
        page.locator(".st-key-demo-swap-back button").click()
        page.locator(".st-key-demo-swap-back").wait_for(state="detached")
        page.locator(".st-key-demo-case [data-testid=stRadioOption]").nth(1).click()


def place_of_the_spot(seed: int = 1) -> tuple[float, float]:
    """(row, column) of a drawn film's spot, in parts of its height and width."""
    row, column = lessons.film(seed)[1]
    return row / lessons.SIZE[0], column / lessons.SIZE[1]


@pytest.mark.parametrize(("language", "width"), [("en", 1400), ("zh", 390)])
def test_the_whole_tour_by_keys_alone(browser, app_url, foreign, language, width):
    page = tab_of(browser, width)
    watch(page, foreign)
    page.goto(f"{app_url}/demo?lang={language}&step=2")
    settled(page, 2)
    tab_to(page, ".grid")
    row, column = (int(4 * part) for part in place_of_the_spot())
    for key in ["ArrowDown"] * row + ["ArrowRight"] * column:
        page.keyboard.press(key)
    settled(page, 2)  # the arrows moved in the film, and not to another step
    page.keyboard.press("Enter")
    expect(page.locator("h3")).to_have_text({"en": "Yes, there it is!", "zh": "对，就在那里！"}[language])
    page.evaluate("document.activeElement.blur()")
    for key, step in (("PageDown", 3), ("ArrowRight", 4), ("PageUp", 3), ("6", 6), ("ArrowLeft", 5), ("Home", 1)):
        page.keyboard.press(key)
        settled(page, step)
        assert f"step={step}" in page.url
    page.context.close()


def tab_to(page: Page, place: str) -> None:
    """Tab by tab until the focus is in `place`, also inside of a component's shadow."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if page.evaluate(
            """place => { let at = document.activeElement;
            while (at?.shadowRoot?.activeElement) at = at.shadowRoot.activeElement;
            return !!at?.closest(place); }""",
            place,
        ):
            return
    raise AssertionError(f"No Tab leads to {place}.")


def test_keys_stay_with_a_slider_a_radio_and_the_film(browser, app_url):
    page = tab_of(browser)
    page.goto(f"{app_url}/demo?step=1")
    settled(page, 1)
    page.get_by_role("slider").first.focus()
    for key in ("ArrowRight", "Home", "PageDown", "3"):
        page.keyboard.press(key)
    settled(page, 1)
    page.goto(f"{app_url}/demo?step=5")
    settled(page, 5)
    cases = page.locator(".st-key-demo-case").get_by_role("radio")
    cases.first.focus()
    page.keyboard.press("ArrowDown")
    settled(page, 5)
    assert cases.nth(1).is_checked()
    page.context.close()


def test_a_model_learns_while_one_looks_on_and_then_finds_the_spot(browser, app_url, tmp_path):
    page = tab_of(browser)
    page.goto(f"{app_url}/demo?step=4")
    settled(page, 4)
    page.locator(".st-key-demo-start button").click()
    page.locator(".st-key-demo-stop button").click(timeout=3 * MINUTE)  # the first lesson draws its films
    expect(page.get_by_text("You stopped it.")).to_be_visible()
    page.locator(".st-key-demo-start button").click()
    page.locator(".st-key-demo-curves canvas, .st-key-demo-curves svg").first.wait_for(timeout=2 * MINUTE)
    page.screenshot(path=tmp_path / "learning.png")
    assert spilled(page) == []
    page.locator(".st-key-demo-another-fresh").wait_for(timeout=3 * MINUTE)
    page.screenshot(path=tmp_path / "learnt.png")
    expect(page.get_by_text("It says: there is a spot.")).to_be_visible()
    expect(page.get_by_text("The glow shows where it looked most: at the spot.")).to_be_visible()
    assert axe_findings(page) == []
    page.context.close()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_summary_is_one_printed_page(browser, app_url, tmp_path, language):
    page = tab_of(browser)
    page.goto(f"{app_url}/demo?step=6&lang={language}")
    settled(page, 6)
    with page.expect_download() as download:
        page.locator(".st-key-demo-words .stDownloadButton button").click()
    kept = tmp_path / download.value.suggested_filename
    download.value.save_as(kept)
    assert not re.search(r"(src|href)=\"(?!data:)|url\(|@import", kept.read_text(encoding="utf-8"))
    page.goto(kept.as_uri())
    printed = page.pdf(format="A4", prefer_css_page_size=True, path=tmp_path / "summary.pdf")
    page.screenshot(path=tmp_path / "summary.png", full_page=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1
    words = words_of(page)
    assert (english_in(words) if language == "zh" else chinese_in(words)) == []
    page.context.close()


@pytest.fixture(scope="module")
def kiosk_url() -> Iterator[str]:
    """A server that is a kiosk, whose visits end after a few idle seconds."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIGHTBOX_KIOSK", "1")
        patch.setenv("LIGHTBOX_KIOSK_SECONDS", str(IDLE_SECONDS))
        with served("app.py") as server:
            yield server.url


def test_a_kiosk_shows_the_tour_alone(browser, kiosk_url):
    page = tab_of(browser)
    for place in ("", "/review", "/train"):
        page.goto(f"{kiosk_url}{place}")
        settled(page, 1)
        assert page.locator('input[type="file"]').count() == 0
        assert page.locator("a[href]:visible").count() == page.locator("a[href^='#']:visible").count()
        assert not page.locator('[data-testid="stMainMenu"]').is_visible()
    page.context.close()


def test_a_kiosk_starts_anew_after_an_idle_visit_and_nothing_of_it_is_left(browser, kiosk_url):
    page = tab_of(browser)
    page.goto(kiosk_url)
    settled(page, 1)
    page.get_by_role("radio", name="中文").click()
    page.wait_for_function("document.documentElement.lang === 'zh-CN'")
    page.get_by_role("slider").first.focus()
    page.keyboard.press("ArrowRight")
    page.locator(".st-key-demo-step-2 button").click()
    settled(page, 2)
    page.locator(".field").click()
    page.locator(".st-key-demo-another").wait_for()
    ending = page.locator(".ending")
    expect(ending).to_be_visible(timeout=2 * IDLE_SECONDS * 1000)
    expect(ending).to_contain_text("秒后演示从头开始")
    page.mouse.move(300, 300)
    expect(ending).to_be_hidden()
    page.wait_for_function("document.querySelector('h1')?.textContent === 'What is a film?'", timeout=3 * IDLE_SECONDS * 1000)
    settled(page, 1)
    assert page.get_by_role("slider").first.input_value() == "50"
    page.locator(".st-key-demo-step-2 button").click()
    settled(page, 2)
    expect(page.locator(".field")).to_be_visible()
    page.context.close()
