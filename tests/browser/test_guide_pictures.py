"""The guides' pictures are of the app as it is: each is taken anew and compared with the one in docs/pictures."""

import os
from collections.abc import Iterator
from pathlib import Path

import guide_scenes as scenes
import imagehash
import pytest
from PIL import Image
from playwright.sync_api import Browser, Locator, Page

from ui.texts.catalogs import LANGUAGES

pytestmark = pytest.mark.slow

PICTURES = Path(__file__).resolve().parents[2] / "docs" / "pictures"
HEIGHT = 760
TALL = 1500  # so that a part of a page is seen whole
COLOURS = 256
MOST_BYTES = 120_000
FINE = 32  # the hash's rows and columns
# Of its 1,024 bits. Measured: two runs differ by 0 to 2, a blur as of another font rendering by 2 to 6, one entry less in the
# navigation by 14 to 26, a button less or 20 pixels lower by 10 to 182.
TOLERANCE = 8
RENEW = "make pictures"


class Album:
    """Takes a page's pictures in one language; in `changed` are those that aren't the committed ones any more."""

    def __init__(self, page: Page, language: str, folder: Path) -> None:
        self.page, self.language, self.folder = page, language, folder
        self.changed: list[str] = []

    def keep(self, name: str, part: Locator | None = None, width: int = scenes.WIDTH) -> None:
        """Takes a picture of the page, or of a part of it as a window of that width shows it."""
        path = self.folder / f"{name}.{self.language}.png"
        self.page.mouse.move(0, 0)
        if part is None:
            self.page.screenshot(path=path, animations="disabled")
        else:
            self._keep_part(part, path, width)
        with Image.open(path) as picture:
            small = picture.convert("RGB").quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
        small.save(path, optimize=True)
        assert path.stat().st_size <= MOST_BYTES, f"{path.name} is too large: {path.stat().st_size} bytes"
        there = PICTURES / path.name
        differs = difference(path, there) if there.is_file() else FINE**2
        if differs and os.environ.get("LIGHTBOX_RENEW_PICTURES"):
            path.replace(there)
        elif differs > TOLERANCE:
            self.changed.append(path.name)

    def _keep_part(self, part: Locator, path: Path, width: int) -> None:
        """A part of the page without the bar that lies over it."""
        self.page.set_viewport_size({"width": width, "height": TALL})
        scenes.still(self.page)
        part.screenshot(path=path, animations="disabled", style=".stAppHeader, .st-key-language { visibility: hidden }")
        self.page.set_viewport_size({"width": scenes.WIDTH, "height": HEIGHT})


def difference(one: Path, other: Path) -> int:
    """By how many bits of their perceptual hashes two pictures differ."""
    with Image.open(one) as first, Image.open(other) as second:
        return int(imagehash.phash(first.convert("RGB"), FINE) - imagehash.phash(second.convert("RGB"), FINE))


@pytest.fixture(scope="module")
def run(browser: Browser, app_url: str) -> str:
    """A training that goes on while other pictures are taken."""
    context = browser.new_context()
    context.set_default_timeout(2 * scenes.MINUTES)
    name = scenes.launched(context.new_page(), app_url, "en")
    context.close()
    return name


@pytest.fixture
def album(browser: Browser, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Album]:
    context = browser.new_context(
        viewport={"width": scenes.WIDTH, "height": HEIGHT}, color_scheme="light", reduced_motion="reduce"
    )
    context.set_default_timeout(2 * scenes.MINUTES)
    yield Album(context.new_page(), request.param, tmp_path)
    context.close()


@pytest.mark.parametrize("album", LANGUAGES, indirect=True)
def test_the_guides_pictures_are_of_the_app_as_it_is(album: Album, app_url: str, run: str):
    for scene in (scenes.review, scenes.demo, scenes.train, scenes.model):
        scene(album.page, app_url, album.language, album.keep)
    scenes.result(album.page, app_url, album.language, album.keep, run)
    assert not album.changed, (
        f"The app looks otherwise than its guides say: {', '.join(album.changed)}. Run `{RENEW}`, look, commit."
    )
