"""From an input event to new pixels on the viewer's canvas, in headless Chromium on the viewer's test app."""

import statistics
from collections.abc import Callable

from playwright.sync_api import Page

from benchmarks.bench_browser import chromium, served
from benchmarks.timing import Figure

REPEATS = 30
SETTLE_MS = 1000
HOST = '[data-testid="stBidiComponentIsolated"]'

# For each paint that an input event asked for: ms since the event's own time, and whether the canvas holds other pixels.
WATCH = """host => {
  const canvas = host.shadowRoot.querySelector("canvas");
  const context = canvas.getContext("2d");
  const sum = () => {
    const {data} = context.getImageData(0, 0, canvas.width, canvas.height);
    return new Uint32Array(data.buffer).reduce((sum, pixel) => (31 * sum + pixel) | 0, 0);
  };
  let began = null, before = sum();
  window.paints = [];
  for (const name of ["pointermove", "wheel"]) {
    canvas.addEventListener(name, event => { if (event.buttons || name === "wheel") began ??= event.timeStamp; }, true);
  }
  new MutationObserver(() => {
    if (began === null) return;
    const delay = performance.now() - began, after = sum();
    window.paints.push([delay, after !== before]);
    began = null;
    before = after;
  }).observe(host, {attributeFilter: ["data-paint-count"]});
}"""


def figures() -> list[Figure]:
    with served("tests/browser/viewer_app.py") as server, chromium() as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(server.url)
        page.wait_for_selector(f'{HOST}[data-ready="1"]')
        series = measured(page, "512 × 512 slice", "wheel to the next slice", (120,))
        page.locator('[data-testid="stSidebar"]').get_by_text("film", exact=True).click()
        page.wait_for_selector(f'{HOST}[data-shape="1,2000,1900"][data-ready="1"]')
        return series + measured(page, "2000 × 1900 film", "wheel zooms the film", (120, -120))


def measured(page: Page, image: str, wheel: str, turns: tuple[int, ...]) -> list[Figure]:
    """The two figures of what the viewer shows now; the wheel turns by these pixels, over and over."""
    page.wait_for_timeout(SETTLE_MS)
    page.eval_on_selector(HOST, WATCH)
    page.locator("canvas").hover()
    box = page.locator("canvas").bounding_box() or {}
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.down(button="right")
    drag = median_ms(page, lambda step: page.mouse.move(x + 3 * step, y + 2 * step))
    page.mouse.up(button="right")
    turn = median_ms(page, lambda step: page.mouse.wheel(0, turns[step % len(turns)]))
    return [
        Figure("viewer", f"window drag to new pixels, {image}", drag, "ms", at_most=50),
        Figure("viewer", f"{wheel}, to new pixels", turn, "ms", at_most=50),
    ]


def median_ms(page: Page, act: Callable[[int], None]) -> float:
    """The median over REPEATS inputs, each made when the last one is painted; raises AssertionError for unchanged pixels."""
    page.evaluate("window.paints.length = 0")
    for step in range(1, REPEATS + 1):
        act(step)
        page.wait_for_function("count => window.paints.length >= count", arg=step)
    paints = page.evaluate("window.paints")
    if not all(changed for _, changed in paints):
        raise AssertionError("The viewer painted after an input, but the same pixels as before.")
    return statistics.median(delay for delay, _ in paints)
