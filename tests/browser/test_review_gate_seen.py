"""A film that a gate declines, in a real browser and by keyboard: the reason, the turn, the score, the picture, the undoing."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from canvas_pixels import HOST, canvas, ready, upload
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from benchmarks.bench_browser import served
from medcore.samples import sample_path

pytestmark = pytest.mark.slow
SCORE = '.lb-score[data-label="pneumonia"]'


@pytest.fixture(scope="module")
def gated_url() -> Iterator[str]:
    """Where Lightbox with the played gate answers."""
    with served("tests/browser/gated_app.py") as server:
        yield server.url


@pytest.fixture(params=[1400, 390], ids=["wide", "phone"])
def gated(request: pytest.FixtureRequest, browser: Browser, gated_url: str) -> Iterator[Page]:
    """A tab with a film open."""
    context = browser.new_context(viewport={"width": request.param, "height": 1000}, accept_downloads=True)
    tab = context.new_page()
    tab.goto(f"{gated_url}/review")
    tab.get_by_text("Open a scan to begin").wait_for(timeout=30_000)
    upload(tab, sample_path("chest-cr"))
    tab.wait_for_selector(HOST, timeout=30_000)
    ready(tab)
    yield tab
    context.close()


def press(tab: Page, place: str) -> None:
    """Enter on a button that has the focus."""
    button = tab.locator(f"{place} button")
    button.focus()
    expect(button).to_be_focused()
    tab.keyboard.press("Enter")


def film_of(tab: Page) -> np.ndarray:
    """The grey values on the canvas."""
    ready(tab)
    return canvas(tab).astype(int)


def test_a_declined_film_is_turned_scored_kept_and_turned_back(gated):
    before = film_of(gated)
    press(gated, ".st-key-run")
    gated.get_by_text("Declined because the film is upside down.").first.wait_for(timeout=60_000)
    assert gated.locator(SCORE).count() == 0
    assert (
        gated.get_by_role("button", name="Turn 180°").bounding_box()["y"]
        < (gated.get_by_role("button", name="Run all the same").bounding_box()["y"])
    )
    press(gated, ".st-key-correct")
    gated.wait_for_selector(SCORE, timeout=60_000)
    gated.wait_for_selector(f'{HOST}[data-heat^="pneumonia"]', timeout=60_000)
    gated.get_by_label("heat map", exact=True).uncheck()
    gated.wait_for_timeout(1000)  # the viewer tells its view a moment after the last change
    assert np.abs(film_of(gated)[::-1, ::-1] - before).mean() < 3
    with gated.expect_download() as download:
        gated.get_by_role("button", name="Picture").click()
    picture = Image.open(io.BytesIO(Path(download.value.path()).read_bytes()))
    assert "\nTurned 180° by the reader.\n" in picture.info["Description"]
    press(gated, ".st-key-undo")
    gated.get_by_text("Declined because the film is upside down.").first.wait_for(timeout=30_000)
    assert np.abs(film_of(gated) - before).mean() < 1


def _places(tab: Page) -> list[float]:
    """Of the fitting line and the run button: x, width and height, and how far apart they are; at one moment, once at rest."""
    measure = """() => {
      const fits = [...document.querySelectorAll("p")].find(p => p.textContent.includes("Fits CR, chest, PA, age 64"));
      const [line, button] = [fits, document.querySelector(".st-key-run button")].map(e => e.getBoundingClientRect());
      return [line.x, line.width, line.height, button.x, button.width, button.height, button.y - line.y];
    }"""
    places = tab.evaluate(measure)
    while (later := (tab.wait_for_timeout(500), tab.evaluate(measure))[1]) != places:
        places = later
    return list(places)


def test_what_tells_whether_it_fits_and_the_button_stay_where_they_are(gated):
    before = _places(gated)
    gated.locator(".st-key-run button").click()
    gated.get_by_text("Declined because the film is upside down.").first.wait_for(timeout=60_000)
    expect(gated.get_by_role("button", name="Run all the same")).to_be_visible()
    after = _places(gated)
    assert after == pytest.approx(before, abs=0.5)


def test_what_the_score_means_opens_by_keyboard_and_stays_open_while_the_slider_moves(gated):
    press(gated, ".st-key-run")
    gated.get_by_text("Declined because").first.wait_for(timeout=60_000)
    press(gated, ".st-key-correct")
    gated.wait_for_selector(f'{HOST}[data-heat^="pneumonia"]', timeout=60_000)
    summary = gated.locator("summary").filter(has_text="What does this mean?")
    summary.focus()
    gated.keyboard.press("Enter")
    panel = gated.get_by_test_id("stExpander").filter(has_text="What does this mean?")
    crowd = panel.get_by_role("img")
    expect(crowd).to_be_visible()
    assert str(crowd.get_attribute("aria-label")).startswith("100 people: ")
    panel.locator(".stSlider input").first.focus()
    for _ in range(6):
        gated.keyboard.press("ArrowLeft")
    expect(crowd).to_have_attribute("aria-label", re.compile("^1000 people: 1 have it"))
    expect(panel.get_by_text("So of")).to_be_visible()
    box, place = crowd.bounding_box(), panel.bounding_box()
    assert place["x"] <= box["x"]
    assert box["x"] + box["width"] <= place["x"] + place["width"]


def test_another_readers_words_move_neither_the_image_nor_the_button(gated):
    press(gated, ".st-key-run")
    gated.get_by_text("Declined because").first.wait_for(timeout=60_000)
    press(gated, ".st-key-correct")
    gated.wait_for_selector(f'{HOST}[data-heat^="pneumonia"]', timeout=60_000)
    gated.locator("summary").filter(has_text="What does this mean?").click()
    voices = gated.get_by_test_id("stRadio").filter(has_text="In words for")
    voices.get_by_text("researcher").scroll_into_view_if_needed()
    measure = """() => [...document.querySelectorAll(".st-key-run button, .st-key-image")].map(each => {
      const place = each.getBoundingClientRect();
      return [place.x, place.y, place.width, place.height];
    })"""
    gated.get_by_text("Score for pneumonia").wait_for(timeout=30_000)
    gated.wait_for_timeout(1000)
    before = gated.evaluate(measure)
    for voice, words in (("researcher", "No distance was measured"), ("patient", "the doctor decides")):
        voices.get_by_text(voice, exact=True).click()
        gated.get_by_text(words).wait_for(timeout=30_000)
        assert gated.evaluate(measure) == before
