"""Opening scans on the review page: long readings, a stop, a drop, many refusals, several volumes of one file, overlays."""

import io
import os
import re
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import nibabel
import numpy as np
import pydicom
import pytest
from canvas_pixels import HOST, canvas, middle, ready, upload
from playwright.sync_api import Page, expect
from pydicom.data import get_testdata_file

from benchmarks.bench_browser import served
from medcore.samples import sample_path

pytestmark = pytest.mark.slow
READING = "First image; the rest is being read."


@pytest.fixture(scope="module")
def temporary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The server's own temporary folder."""
    return tmp_path_factory.mktemp("temporary")


@pytest.fixture(scope="module")
def app_url(temporary: Path) -> Iterator[str]:
    """Where a Lightbox answers that reads in a temporary folder of its own."""
    before = os.environ.get("TMPDIR")
    os.environ["TMPDIR"] = str(temporary)
    try:
        with served("app.py") as server:
            yield server.url
    finally:
        os.environ.pop("TMPDIR") if before is None else os.environ.update(TMPDIR=before)


@pytest.fixture(scope="module")
def long_zip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A zip of 2000 slices of 64 × 64, which take several seconds to read."""
    path = tmp_path_factory.mktemp("long") / "long.zip"
    scan = pydicom.dcmread(get_testdata_file("CT_small.dcm", download=False))
    scan.Rows = scan.Columns = 64
    scan.PixelData = np.random.default_rng(0).integers(0, 2000, (64, 64)).astype(np.int16).tobytes()
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(2000):
            scan.SOPInstanceUID = scan.file_meta.MediaStorageSOPInstanceUID = f"1.2.3.{number}"
            scan.InstanceNumber, scan.ImagePositionPatient = number, [0, 0, number]
            written = io.BytesIO()
            scan.save_as(written)
            archive.writestr(f"{number}.dcm", written.getvalue())
    return path


def readings(temporary: Path) -> list[Path]:
    return list(temporary.glob("lightbox-reading-*"))


def test_a_long_reading_shows_its_first_image_and_can_be_stopped(tab, long_zip, temporary):
    upload(tab, sample_path("chest-cr"))
    tab.wait_for_selector(HOST, timeout=30_000)
    shape = ready(tab)["shape"]
    upload(tab, long_zip)
    tab.get_by_text(READING).wait_for(timeout=30_000)
    expect(tab.get_by_role("img", name="First image of the scan")).to_be_visible()
    expect(tab.get_by_role("progressbar")).to_be_visible()
    assert readings(temporary)
    tab.locator(".st-key-stop button").click()
    pressed = time.monotonic()
    tab.locator(".st-key-stop button").wait_for(state="detached", timeout=5_000)
    while readings(temporary):
        time.sleep(0.05)
    assert time.monotonic() - pressed < 2
    assert ready(tab)["shape"] == shape
    tab.wait_for_timeout(2000)
    assert not readings(temporary)
    assert tab.get_by_role("progressbar").count() == 0
    assert tab.get_by_test_id("stFileUploaderFile").count() == 0
    assert tab.get_by_text(READING).count() == 0


def test_a_long_reading_says_how_far_it_is_and_ends_in_the_viewer(tab, long_zip):
    upload(tab, long_zip)
    tab.get_by_text(READING).wait_for(timeout=30_000)
    tab.get_by_text(re.compile(r"Reading … \d+ %")).wait_for(timeout=30_000)  # the time left is only said at a steady pace
    tab.wait_for_selector(f'{HOST}[data-shape="2000,64,64"]', timeout=60_000)
    assert tab.get_by_text(READING).count() == 0


def test_files_can_be_dropped_anywhere(tab):
    data = list(sample_path("tibia-cr").read_bytes())
    transfer = tab.evaluate_handle(
        """bytes => {
          const transfer = new DataTransfer();
          transfer.items.add(new File([new Uint8Array(bytes)], "leg.dcm"));
          return transfer;
        }""",
        data,
    )
    for kind in ("dragenter", "dragover", "dragover", "drop"):
        tab.evaluate(
            """([transfer, kind]) => {
              const target = document.elementFromPoint(900, 800);
              const init = {dataTransfer: transfer, bubbles: true, cancelable: true, composed: true};
              target.dispatchEvent(new DragEvent(kind, init));
            }""",
            [transfer, kind],
        )
        tab.wait_for_timeout(100)
        if kind == "dragover":
            box = tab.get_by_test_id("stFileUploaderDropzone").first.bounding_box()
            assert (box["width"], box["height"]) == (1400, 1000)
    tab.wait_for_selector(f'{HOST}[data-shape="1,1760,1760"]', timeout=30_000)
    assert tab.get_by_test_id("stFileUploaderDropzone").first.bounding_box()["width"] < 500


def test_every_one_of_many_refusals_can_be_read(tab, tmp_path):
    with zipfile.ZipFile(tmp_path / "notes.zip", "w") as archive:
        for number in range(300):
            archive.writestr(f"note{number:03}.dcm", "patient came at noon")
    upload(tab, tmp_path / "notes.zip")
    more = tab.get_by_text("292 more files couldn't be used")
    more.wait_for(timeout=30_000)
    assert tab.get_by_test_id("stAlert").count() == 8
    more.click()
    listed = tab.get_by_label("Files that couldn't be used")
    expect(listed).to_be_visible()
    assert listed.locator("li").count() == 292
    assert "note299.dcm" in listed.locator("li").last.inner_text()
    listed.focus()
    listed.press("End")
    tab.wait_for_function("() => document.querySelector('.lb-refused').scrollTop > 0")
    assert listed.bounding_box()["height"] < 400


@pytest.fixture
def several(tmp_path: Path) -> Path:
    """A NIfTI file of three volumes of five slices: the value is 100 × the volume's number + the slice's."""
    values = np.zeros((24, 32, 5, 3), np.int16)
    values += np.arange(100, 400, 100, dtype=np.int16) + np.arange(1, 6, dtype=np.int16)[:, None]
    nibabel.save(nibabel.Nifti1Image(values, np.diag([3.0, 3.0, 4.0, 1.0])), tmp_path / "several.nii.gz")
    return tmp_path / "several.nii.gz"


def value(tab: Page) -> int:
    """The value under the pointer, which is put on the image's middle."""
    x, y = middle(tab)
    tab.mouse.move(x + 2, y)
    tab.mouse.move(x, y)
    return int(tab.locator("output").inner_text().split(" ")[0])


def test_a_file_of_several_volumes_is_one_series_whose_volumes_can_be_gone_through(tab, several):
    upload(tab, several)
    tab.wait_for_selector(f'{HOST}[data-shape^="5,"]', timeout=30_000)
    ready(tab)
    series = tab.get_by_test_id("stRadio").filter(has_text="Series")
    assert series.get_by_role("radio").count() == 1
    expect(series).to_contain_text("NIfTI volume · 5 slices · 24 × 32 · 3 volumes")
    assert value(tab) == 101
    tab.locator("canvas").focus()
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("ArrowRight")
    before = ready(tab)
    tab.keyboard.press("Shift+ArrowDown")
    tab.wait_for_selector(f'{HOST}[data-volume="2"][data-ready="1"]')
    assert value(tab) == 202
    number = tab.get_by_label("volume, a number from 1 to 3")
    number.fill("3")
    number.press("Enter")
    tab.wait_for_selector(f'{HOST}[data-volume="3"][data-ready="1"]')
    assert value(tab) == 302
    assert {name: ready(tab)[name] for name in ("center", "width", "zoom")} == {
        name: before[name] for name in ("center", "width", "zoom")
    }


def test_a_score_belongs_to_the_volume_it_was_made_of(tab, several):
    score = ".lb-score"
    upload(tab, several)
    tab.wait_for_selector(f'{HOST}[data-shape^="5,"]', timeout=30_000)
    tab.locator(".st-key-run button, .st-key-override button").click()
    tab.wait_for_selector(score, timeout=60_000)
    expect(tab.get_by_text("Of slice 1 of 5, volume 1 of 3:")).to_be_visible()
    tab.locator("canvas").focus()
    tab.keyboard.press("Shift+ArrowDown")
    tab.wait_for_selector(f'{HOST}[data-volume="2"][data-ready="1"]')
    expect(tab.locator(score)).to_have_count(0)
    tab.locator("canvas").focus()
    tab.keyboard.press("Shift+ArrowUp")
    tab.wait_for_selector(score)
    tab.get_by_role("button", name="Close this scan").click()
    tab.get_by_text("Open a scan to begin").wait_for()


def test_a_files_own_overlay_lies_over_its_picture(tab):
    upload(tab, Path(str(get_testdata_file("MR-SIEMENS-DICOM-WithOverlays.dcm", download=False))))
    tab.wait_for_selector(f'{HOST}[data-overlay="1"]', timeout=30_000)
    ready(tab)
    assert (canvas(tab) == [0x2D, 0xD4, 0xBF]).all(axis=2).sum() > 100
    tab.get_by_role("button", name="overlay").click()
    tab.wait_for_selector(f'{HOST}[data-overlay=""][data-ready="1"]')
    assert not (canvas(tab) == [0x2D, 0xD4, 0xBF]).all(axis=2).any()
