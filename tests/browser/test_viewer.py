"""The viewer in a real browser: its pixels against medcore.rendering, its tools, its manners towards the page."""

import numpy as np
import pytest
import viewer_scans as scans
from canvas_pixels import HOST, canvas, choose, drag, image_part, middle, ready, window_of
from playwright.sync_api import expect

from medcore.rendering import overlay, to_rgb

pytestmark = pytest.mark.slow
CT = scans.VOLUMES["ct"]


@pytest.mark.parametrize("scan", ["ct", "film"])
def test_at_one_to_one_each_pixel_is_the_librarys(page, scan):
    ready(page)
    if scan != "ct":
        choose(page, scan)
    page.get_by_role("button", name="1:1").click()
    state = ready(page)
    assert state["zoom"] == "1"
    volume = scans.VOLUMES[scan]
    shown, expected = image_part(page, state, to_rgb(volume, 0, volume.window_or_range()))
    assert np.abs(shown - expected).max() <= 1
    assert (shown != expected).mean() < 0.001


def test_a_right_drag_changes_the_window_by_its_law(page):
    ready(page)
    page.get_by_role("button", name="1:1").click()
    ready(page)
    drag(page, 64, -40, "right")
    state = ready(page)
    assert float(state["width"]) == pytest.approx(400 * 2 ** (64 / 256), abs=0.05)
    assert float(state["center"]) == pytest.approx(40 + 400 * -40 / 512, abs=0.051)
    shown, expected = image_part(page, state, to_rgb(CT, 0, window_of(state)))
    assert np.abs(shown - expected).max() <= 1


def test_a_left_drag_moves_the_image_or_with_the_tool_the_window(page):
    before = ready(page)
    drag(page, 30, 20, "left")
    state = ready(page)
    assert int(state["originX"]) - int(before["originX"]) == 30
    assert int(state["originY"]) - int(before["originY"]) == 20
    page.get_by_role("button", name="drag = window").click()
    drag(page, 30, 20, "left")
    after = ready(page)
    assert after["originX"] == state["originX"]
    assert float(after["width"]) > 400


@pytest.mark.parametrize("opacity", [0.5, 0.0, 1.0])
def test_the_heat_map_covers_as_in_the_library_and_only_its_own_slice(page, opacity):
    ready(page)
    page.get_by_text("heat", exact=True).click()
    page.get_by_text("heat map for pneumonia, slice 3/40").wait_for()
    assert ready(page)["heat"] == ""
    page.get_by_role("button", name="show it").click()
    page.get_by_role("button", name="1:1").click()
    page.get_by_label("heat map opacity").fill(str(opacity))
    state = ready(page)
    assert state["heat"] == f"pneumonia|{opacity:g}"
    base = to_rgb(CT, 2, window_of(state))
    shown, expected = image_part(page, state, overlay(base, scans.HEATMAP, opacity))
    assert np.abs(shown - expected).max() <= 2
    page.get_by_label("heat map", exact=True).uncheck()
    shown, expected = image_part(page, ready(page), base)
    assert np.abs(shown - expected).max() <= 1


def test_the_wheel_and_the_keys_step_through_slices(page):
    ready(page)
    page.mouse.move(*middle(page))
    seen = []
    page.mouse.wheel(0, 120)
    page.wait_for_selector(f'{HOST}[data-slice="1"][data-ready="1"]')
    page.locator("canvas").focus()
    for key in ["ArrowDown", "PageDown", "End", "Home", "PageDown", "ArrowUp", "PageUp"]:
        page.keyboard.press(key)
        seen.append(int(ready(page)["slice"]))
    assert seen == [2, 12, 39, 0, 10, 9, 0]
    expect(page.get_by_text("1/40", exact=True)).to_be_visible()


def test_the_keys_zoom_invert_and_shape_the_window(page):
    first = ready(page)
    page.locator("canvas").focus()
    page.keyboard.press("1")
    assert ready(page)["zoom"] == "1"
    page.keyboard.press("+")
    assert ready(page)["zoom"] == "1.25"
    page.keyboard.press("0")
    assert ready(page)["zoom"] == first["zoom"]
    before = canvas(page)
    page.keyboard.press("i")
    ready(page)
    x, y = int(first["originX"]) + 300, 300
    assert canvas(page)[y, x, 0] == 255 - before[y, x, 0]
    page.keyboard.press("ArrowRight")
    assert float(ready(page)["width"]) == pytest.approx(400 * 2 ** (16 / 256), abs=0.05)
    page.keyboard.press("Shift+ArrowLeft")
    assert float(ready(page)["center"]) < 40


def test_a_single_image_zooms_with_the_wheel_about_the_pointer(page):
    ready(page)
    before = choose(page, "film")
    x, y = middle(page)
    page.mouse.move(x + 50, y + 50)
    value = page.locator("output").inner_text()
    page.mouse.wheel(0, -120)
    state = ready(page)
    assert float(state["zoom"]) == pytest.approx(1.2 * float(before["zoom"]))
    old, new = (place.rsplit(" at ", 1)[1].split(", ") for place in (value, page.locator("output").inner_text()))
    assert all(abs(int(a) - int(b)) <= 3 for a, b in zip(old, new, strict=True))


def test_two_fingers_zoom_and_one_moves(page):
    before = ready(page)
    x, y = middle(page)
    touch = page.context.new_cdp_session(page)

    def fingers(kind: str, *apart: int) -> None:
        points = [{"x": x + side, "y": y, "id": number} for number, side in enumerate(apart)]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})

    fingers("touchStart", -40, 40)
    fingers("touchMove", -60, 60)
    fingers("touchMove", -80, 80)
    fingers("touchEnd")
    state = ready(page)
    assert float(state["zoom"]) == pytest.approx(2 * float(before["zoom"]), rel=0.02)
    fingers("touchStart", 0)
    fingers("touchMove", 25)
    fingers("touchEnd")
    assert int(ready(page)["originX"]) - int(state["originX"]) == pytest.approx(25, abs=1)


def test_full_screen_is_filled(page):
    ready(page)
    page.get_by_role("button", name="full screen").click()
    page.wait_for_function("document.fullscreenElement !== null")
    assert page.locator("canvas").bounding_box()["width"] > 0.95 * 1280


def test_the_value_under_the_pointer_is_the_stored_one(page):
    ready(page)
    page.get_by_role("button", name="1:1").click()
    page.mouse.move(*middle(page))
    page.mouse.wheel(0, 120)
    page.wait_for_selector(f'{HOST}[data-slice="1"][data-ready="1"]')
    text = page.locator("output").inner_text()
    amount, place = text.split(" HU at ")
    column, row, number = (int(part) for part in place.split(", "))
    assert number == 2
    assert int(amount.replace("−", "-")) == CT.voxels[1, row - 1, column - 1]


def test_unequal_spacing_keeps_its_aspect(page):
    ready(page)
    state = choose(page, "flat")
    painted = canvas(page).any(axis=2) & (canvas(page) != [8, 9, 10]).any(axis=2)
    rows, columns = np.flatnonzero(painted.any(axis=1)), np.flatnonzero(painted.any(axis=0))
    height, width = np.ptp(rows) + 1, np.ptp(columns) + 1
    assert height / width == pytest.approx(60 * 3 / 90, rel=0.02)
    assert state["slice"] == "0"


def test_the_patients_sides_stand_at_the_edges_where_they_are_known(page):
    ready(page)
    sides = [page.locator(f".edge.{side}").inner_text() for side in ("left", "right", "top", "bottom")]
    assert sides == ["R", "L", "A", "P"]
    choose(page, "film")
    assert page.locator(".edge.left").inner_text() == ""


def test_presets_and_typed_windows_are_taken_and_nonsense_is_put_back(page):
    ready(page)
    page.get_by_label("window preset").select_option("lung")
    state = ready(page)
    assert (state["center"], state["width"]) == ("-600", "1500")
    page.get_by_label("window width").fill("0")
    page.get_by_label("window width").press("Tab")
    expect(page.get_by_label("window width")).to_have_value("1500")
    page.get_by_label("window center").fill("-500")
    page.get_by_label("window center").press("Tab")
    assert ready(page)["center"] == "-500"
    expect(page.get_by_label("window preset")).to_have_value("")
    page.get_by_role("button", name="reset").click()
    assert ready(page)["center"] == "40"


def test_the_page_learns_the_view_and_running_it_again_disturbs_nothing(page):
    ready(page)
    page.locator("canvas").focus()
    page.keyboard.press("PageDown")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("+")
    before = ready(page)
    page.wait_for_timeout(800)
    fetched = []
    page.on("request", lambda request: fetched.append(request.url))
    page.get_by_role("button", name="run again").click()
    page.get_by_text("slice 10, width 417.7").wait_for()
    page.get_by_text("heat", exact=True).click()
    page.get_by_text("heat map for pneumonia").wait_for()
    after = ready(page)
    same = ("slice", "center", "width", "zoom", "originX", "originY")
    assert {name: after[name] for name in same} == {name: before[name] for name in same}
    assert sum("voxels" in url for url in fetched) == 1


def test_the_view_comes_back_after_the_viewer_was_away_and_a_jump_is_obeyed_once(page):
    ready(page)
    page.locator("canvas").focus()
    page.keyboard.press("PageDown")
    page.keyboard.press("i")
    page.wait_for_timeout(800)
    page.get_by_text("hide", exact=True).click()
    page.wait_for_selector(HOST, state="detached")
    page.get_by_text("hide", exact=True).click()
    page.wait_for_selector(f'{HOST}[data-slice="10"][data-ready="1"]')
    expect(page.get_by_role("button", name="invert")).to_have_attribute("aria-pressed", "true")
    page.get_by_text("jump", exact=True).click()
    page.wait_for_selector(f'{HOST}[data-slice="4"][data-ready="1"]')
    page.locator("canvas").focus()
    page.keyboard.press("ArrowDown")
    page.get_by_role("button", name="run again").click()
    page.wait_for_timeout(800)
    assert ready(page)["slice"] == "5"


def test_another_series_starts_afresh_and_colour_plays(page):
    ready(page)
    page.locator("canvas").focus()
    page.keyboard.press("PageDown")
    assert choose(page, "cine")["slice"] == "0"
    page.get_by_role("button", name="1:1").click()
    state = ready(page)
    left, top = int(state["originX"]), int(state["originY"])
    assert np.array_equal(canvas(page)[top : top + 120, left : left + 160], scans.VOLUMES["cine"].voxels[0])
    page.get_by_role("button", name="play").click()
    page.wait_for_selector(f'{HOST}[data-slice="2"]')
    page.get_by_role("button", name="pause").click()


def test_a_scan_that_left_the_server_says_so_and_can_be_tried_again(page):
    page.route("**/voxels/**slice=39*", lambda route: route.fulfill(status=404))
    ready(page)
    page.locator("canvas").focus()
    page.keyboard.press("End")
    page.get_by_text("The scan is no longer on the server: open it again.").wait_for()
    assert not (canvas(page) != [8, 9, 10]).any()
    page.unroute("**/voxels/**slice=39*")
    page.get_by_role("button", name="try again").click()
    assert ready(page)["slice"] == "39"


def test_going_away_and_back_while_a_slice_loads_still_brings_it(page):
    ready(page)
    page.locator("canvas").focus()
    for key in ["End", "Home", "End", "Home", "End"]:
        page.keyboard.press(key)
    assert ready(page)["slice"] == "39"


def test_leaving_aborts_and_frees(page):
    """The slices of a viewer that is gone are given back: nothing holds its arrays."""
    ready(page)
    page.evaluate("""() => {
      const fetched = window.fetch;
      window.kept = [];
      window.fetch = async (...wanted) => {
        const response = await fetched(...wanted);
        const read = response.arrayBuffer.bind(response);
        response.arrayBuffer = async () => { const b = await read(); window.kept.push(new WeakRef(b)); return b; };
        return response;
      };
    }""")
    page.locator("canvas").focus()
    page.keyboard.press("End")
    ready(page)
    page.wait_for_timeout(500)
    page.get_by_text("hide", exact=True).click()
    page.wait_for_selector(HOST, state="detached")
    page.wait_for_timeout(300)
    page.request_gc()
    assert page.evaluate("window.kept.length") > 1
    assert page.evaluate("window.kept.filter(each => each.deref()).length") == 0


def test_typing_r_or_c_into_the_viewer_does_not_reach_the_page(page):
    ready(page)
    page.locator("canvas").focus()
    for key in "rc":
        page.keyboard.press(key)
    page.wait_for_timeout(500)
    assert page.get_by_role("dialog").count() == 0


def test_a_phone_shows_all_tools_without_scrolling_sideways(page):
    page.set_viewport_size({"width": 390, "height": 844})
    page.reload()
    ready(page)
    widths = page.eval_on_selector(HOST, "h => [h.shadowRoot.querySelector('.viewer').scrollWidth, h.clientWidth]")
    assert widths[0] <= widths[1]
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.locator("canvas").bounding_box()["height"] >= 320
