"""What the viewer shows beside one volume's slices: what the file draws over them, and the other volumes of a whole."""

import time

import numpy as np
import pytest
import viewer_scans as scans
from canvas_pixels import HOST, canvas, choose, image_part, middle, ready, window_of
from playwright.sync_api import Page, expect

from medcore.rendering import to_rgb

pytestmark = pytest.mark.slow
COLOUR = [0x2D, 0xD4, 0xBF]


def marked(page: Page) -> np.ndarray:
    """Where the canvas has the overlay's colour."""
    return (canvas(page) == COLOUR).all(axis=2)


def one_to_one(page: Page) -> dict[str, str]:
    page.get_by_role("button", name="1:1").click()
    page.wait_for_selector(f'{HOST}[data-zoom="1"]')
    return ready(page)


@pytest.mark.parametrize("scan", ["drawn film", "drawn ct"])
def test_at_one_to_one_the_overlay_covers_its_pixels_and_no_others(page, scan):
    ready(page)
    choose(page, scan)
    page.wait_for_selector(f'{HOST}[data-overlay="1"]')
    state = one_to_one(page)
    volume = scans.VOLUMES[scan]
    expected = to_rgb(volume, 0, window_of(state) if scan == "drawn ct" else volume.window_or_range())
    expected = np.where(volume.overlay[0, ..., None] == 1, np.uint8(COLOUR), expected)
    shown, part = image_part(page, state, expected)
    assert np.abs(shown - part).max() <= 1
    page.locator("canvas").focus()
    page.keyboard.press("i")
    ready(page)
    shown, _ = image_part(page, ready(page), expected)
    assert np.array_equal((shown == COLOUR).all(axis=2), (part == COLOUR).all(axis=2))


def test_the_toggle_and_its_key_show_the_plain_picture(page):
    ready(page)
    choose(page, "drawn film")
    button = page.get_by_role("button", name="overlay")
    expect(button).to_have_attribute("aria-pressed", "true")
    one_to_one(page)
    button.click()
    page.wait_for_selector(f'{HOST}[data-overlay=""]')
    film = scans.VOLUMES["film"]
    shown, expected = image_part(page, ready(page), to_rgb(film, 0, film.window_or_range()))
    assert np.abs(shown - expected).max() <= 1
    expect(button).to_have_attribute("aria-pressed", "false")
    page.locator("canvas").focus()
    page.keyboard.press("o")
    page.wait_for_selector(f'{HOST}[data-overlay="1"]')
    page.wait_for_timeout(800)
    choose(page, "ct")
    expect(button).to_be_hidden()


def test_a_line_of_one_pixel_stays_a_line_when_small_and_when_large(page):
    ready(page)
    state = choose(page, "drawn film")
    zoom = float(state["zoom"])
    assert zoom < 0.5
    marks = marked(page)
    row = int(state["originY"]) + int(1000.5 * zoom)
    column = int(state["originX"]) + int(950.5 * zoom)
    inside = slice(int(state["originX"]) + 2, int(state["originX"]) + int(1900 * zoom) - 2)
    assert marks[row - 1 : row + 2, inside].any(axis=0).all()
    assert marks[2:-2, column - 1 : column + 2].any(axis=1).all()
    page.locator("canvas").focus()
    page.keyboard.press("1")
    for _ in range(7):
        page.keyboard.press("+")
    zoom = float(ready(page)["zoom"])
    assert zoom > 4
    thick = int(marked(page)[5].sum())
    assert abs(thick - zoom) <= 1


def test_each_slice_has_its_own_overlay_on_colour_too_and_off_stays_off(page):
    ready(page)
    choose(page, "drawn cine")
    page.get_by_role("button", name="1:1").click()
    for index in range(3):
        state = ready(page)
        left, top = int(state["originX"]), int(state["originY"])
        shown = marked(page)[top : top + 120, left : left + 160]
        assert np.array_equal(shown, scans.VOLUMES["drawn cine"].overlay[index] == 1)
        page.locator("canvas").focus()
        page.keyboard.press("ArrowDown")
        page.wait_for_selector(f'{HOST}[data-slice="{index + 1}"]')
    page.keyboard.press("o")
    page.wait_for_selector(f'{HOST}[data-overlay=""]')
    page.wait_for_timeout(800)
    page.get_by_text("hide", exact=True).click()
    page.wait_for_selector(HOST, state="detached")
    page.get_by_text("hide", exact=True).click()
    page.wait_for_selector(f'{HOST}[data-slice="3"][data-ready="1"]')
    expect(page.get_by_role("button", name="overlay")).to_have_attribute("aria-pressed", "false")
    assert not marked(page).any()


def test_an_overlay_that_cannot_be_fetched_says_so_over_the_picture_and_can_be_tried_again(page):
    tokens = []
    page.on("request", lambda request: "voxels" in request.url and tokens.append(request.url))
    ready(page)
    choose(page, "drawn film")
    overlay = tokens[-1]
    page.route(overlay, lambda route: route.fulfill(status=404))
    page.get_by_role("button", name="overlay").click()
    page.get_by_text("cine", exact=True).click()
    page.wait_for_selector(f'{HOST}[data-shape="6,120,160,3"]')
    page.locator('[data-testid="stSidebar"]').get_by_text("drawn film", exact=True).click()
    page.wait_for_selector(f'{HOST}[data-shape="1,2000,1900"]')
    if page.get_by_role("button", name="overlay").get_attribute("aria-pressed") == "false":
        page.get_by_role("button", name="overlay").click()
    page.get_by_text("The scan is no longer on the server: open it again.").wait_for()
    deadline = time.monotonic() + 10
    while canvas(page).std() <= 20 and time.monotonic() < deadline:
        page.wait_for_timeout(50)
    assert canvas(page).std() > 20
    page.unroute(overlay)
    page.get_by_role("button", name="try again").click()
    page.wait_for_selector(f'{HOST}[data-overlay="1"]')


def value(page: Page) -> int:
    """The value under the pointer, which is put on the middle."""
    x, y = middle(page)
    page.mouse.move(x + 1, y)
    page.mouse.move(x, y)
    return int(page.locator("output").inner_text().split(" ")[0])


def test_another_volume_keeps_slice_window_and_zoom(page):
    ready(page)
    choose(page, "times")
    page.locator("canvas").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("+")
    before = ready(page)
    assert value(page) == 112
    page.locator("canvas").focus()
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Shift+ArrowDown")
    page.wait_for_selector(f'{HOST}[data-volume="3"][data-ready="1"]')
    after = ready(page)
    same = ("slice", "center", "width", "zoom", "originX", "originY")
    assert {name: after[name] for name in same} == {name: before[name] for name in same}
    assert value(page) == 312
    expect(page.get_by_label("time, a number from 1 to 3")).to_have_value("3")
    page.wait_for_timeout(800)
    page.get_by_role("button", name="run again").click()
    page.get_by_text(f"slice 1, width {float(before['width']):g}").wait_for()


def test_the_number_and_the_slider_choose_a_volume_and_nonsense_is_put_back(page):
    ready(page)
    choose(page, "times")
    number, slider = page.get_by_label("time, a number from 1 to 3"), page.get_by_label("time, a slider")
    number.fill("2")
    number.press("Enter")
    page.wait_for_selector(f'{HOST}[data-volume="2"][data-ready="1"]')
    slider.focus()
    slider.press("ArrowRight")
    page.wait_for_selector(f'{HOST}[data-volume="3"][data-ready="1"]')
    expect(number).to_have_value("3")
    number.fill("1.5")
    number.press("Tab")
    expect(number).to_have_value("3")
    number.fill("77")
    number.press("Tab")
    expect(number).to_have_value("3")
    slider.focus()
    slider.press("Home")
    page.wait_for_selector(f'{HOST}[data-volume="1"][data-ready="1"]')
    choose(page, "flat")
    expect(number).to_be_hidden()
