"""What the browser tests share: the viewer's state and the pixels of its canvas."""

import base64
from pathlib import Path

import numpy as np
from playwright.sync_api import Page
from viewer_scans import VOLUMES

from medcore.volume import Window

HOST = '[data-testid="stBidiComponentIsolated"]'

# The canvas as numbers: [width, height, RGB bytes].
PIXELS = """host => {
  const canvas = host.shadowRoot.querySelector("canvas");
  const {data, width, height} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let text = "";
  for (let at = 0; at < data.length; at += 32768) text += String.fromCharCode(...data.subarray(at, at + 32768));
  return [width, height, btoa(text)];
}"""


def ready(page: Page) -> dict[str, str]:
    """The viewer's data attributes once the wanted slice is painted."""
    page.wait_for_selector(f'{HOST}[data-ready="1"]')
    return page.eval_on_selector(HOST, "host => ({...host.dataset})")


def canvas(page: Page) -> np.ndarray:
    """What the canvas holds, (rows, columns, 3) uint8."""
    width, height, text = page.eval_on_selector(HOST, PIXELS)
    return np.frombuffer(base64.b64decode(text), np.uint8).reshape(height, width, 4)[..., :3]


def image_part(page: Page, state: dict[str, str], expected: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The part of the image that lies on the canvas at 1:1, as (shown, expected)."""
    shown = canvas(page)
    left, top = int(state["originX"]), int(state["originY"])
    rows = slice(max(0, top), min(shown.shape[0], top + expected.shape[0]))
    columns = slice(max(0, left), min(shown.shape[1], left + expected.shape[1]))
    part = expected[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
    assert part.size > 300_000
    return shown[rows, columns].astype(int), part.astype(int)


def middle(page: Page) -> tuple[float, float]:
    box = page.locator("canvas").bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page: Page, dx: int, dy: int, button: str) -> None:
    x, y = middle(page)
    page.mouse.move(x, y)
    page.mouse.down(button=button)
    page.mouse.move(x + dx, y + dy, steps=4)
    page.mouse.up(button=button)


def window_of(state: dict[str, str]) -> Window:
    return Window(float(state["center"]), float(state["width"]))


def choose(page: Page, scan: str) -> dict[str, str]:
    """Open another scan of the viewer's test page."""
    page.locator('[data-testid="stSidebar"]').get_by_text(scan, exact=True).click()
    shape = ",".join(str(size) for size in VOLUMES[scan].voxels.shape)
    page.wait_for_selector(f'{HOST}[data-shape="{shape}"]')
    return ready(page)


def upload(tab: Page, *paths: Path) -> None:
    """Give files to the review page's uploader."""
    files = tab.locator('[data-testid="stFileUploader"] input:not([webkitdirectory])').first
    files.set_input_files([str(path) for path in paths])
