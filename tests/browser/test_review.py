"""The review page in a real browser, on real films: upload, grey values, scores, heat maps, the picture to keep, refusals."""

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from canvas_pixels import HOST, canvas, drag, image_part, ready, upload, window_of
from PIL import Image
from playwright.sync_api import Page, expect
from pydicom.data import get_testdata_file

from medcore import explaining, models, reading, rendering
from medcore.samples import sample_path
from medcore.volume import Series, Window

pytestmark = pytest.mark.slow
SCORE = '.lb-score[data-label="pneumonia"]'


@pytest.fixture(scope="module")
def film() -> Series:
    """RG1 as the library reads it."""
    return reading.read([sample_path("chest-cr")]).series[0]


def open_film(tab: Page) -> dict[str, str]:
    upload(tab, sample_path("chest-cr"))
    tab.wait_for_selector(HOST, timeout=30_000)
    return ready(tab)


def ask(tab: Page) -> float:
    """Press Run; the score that the page shows."""
    tab.locator(".st-key-run button").click()
    tab.wait_for_selector(SCORE, timeout=60_000)
    tab.wait_for_selector(f'{HOST}[data-heat^="pneumonia"]', timeout=60_000)
    return float(tab.locator(SCORE).get_attribute("data-score") or "nan")


def set_opacity(tab: Page, opacity: float) -> dict[str, str]:
    tab.get_by_label("heat map opacity").fill(str(opacity))
    tab.wait_for_selector(f'{HOST}[data-heat$="|{opacity:g}"]')
    return ready(tab)


def at_one_to_one(tab: Page) -> dict[str, str]:
    tab.get_by_role("button", name="1:1").click()
    tab.wait_for_selector(f'{HOST}[data-zoom="1"]')
    return ready(tab)


def mean_grey(tab: Page, state: dict[str, str], film: Series, row: float, column: float) -> float:
    """The canvas's mean grey in a small square about a place given in parts of the film."""
    _, rows, columns = film.volume.shape
    zoom = float(state["zoom"])
    y = round(float(state["originY"]) + row * rows * zoom)
    x = round(float(state["originX"]) + column * columns * zoom)
    return float(canvas(tab)[y - 8 : y + 8, x - 8 : x + 8].mean())


def test_an_uploaded_chest_film_is_the_right_way_round(tab, film):
    state = open_film(tab)
    mediastinum = mean_grey(tab, state, film, 0.45, 0.5)
    right_lung, left_lung = mean_grey(tab, state, film, 0.35, 0.27), mean_grey(tab, state, film, 0.35, 0.73)
    assert max(right_lung, left_lung) < mediastinum - 20
    heart, opposite = mean_grey(tab, state, film, 0.6, 0.64), mean_grey(tab, state, film, 0.6, 0.36)
    assert heart > opposite + 10


def test_a_window_drag_changes_the_pixels_as_the_library_says(tab, film):
    open_film(tab)
    before = at_one_to_one(tab)
    drag(tab, 90, 50, "right")
    tab.wait_for_selector(f'{HOST}:not([data-width="{before["width"]}"])')
    state = ready(tab)
    shown, expected = image_part(tab, state, rendering.to_rgb(film.volume, 0, window_of(state)))
    assert np.abs(shown - expected).max() <= 2
    original = rendering.to_rgb(film.volume, 0, film.volume.window_or_range())
    assert np.abs(image_part(tab, state, original)[1] - shown).mean() > 2


def test_the_run_gives_the_librarys_score_and_its_map_lies_over_the_film(tab, film):
    open_film(tab)
    expect(tab.get_by_text("Fits CR, chest, PA, age 64")).to_be_visible()
    score = ask(tab)
    model = models.load()
    assert score == pytest.approx(models.predict(model, film, 0).scores["pneumonia"], abs=1e-4)
    at_one_to_one(tab)
    base = rendering.to_rgb(film.volume, 0, film.volume.window_or_range())
    shown, expected = image_part(tab, set_opacity(tab, 0), base)
    assert np.abs(shown - expected).max() <= 1
    heat = explaining.explain(model, film.volume, 0, "pneumonia")
    shown, expected = image_part(tab, set_opacity(tab, 0.5), rendering.overlay(base, heat, 0.5))
    assert np.abs(shown - expected).max() <= 2


def test_another_label_gives_another_map(tab):
    open_film(tab)
    ask(tab)
    ready(tab)
    first = canvas(tab).astype(int)
    tab.get_by_test_id("stRadio").filter(has_text="Heat map for").get_by_text("normal", exact=True).click()
    tab.wait_for_selector(f'{HOST}[data-heat^="normal"][data-ready="1"]', timeout=30_000)
    assert np.abs(canvas(tab).astype(int) - first).mean() > 1


def test_the_picture_to_keep_holds_the_words_and_no_name(tab, film):
    open_film(tab)
    score = ask(tab)
    with tab.expect_download() as download:
        tab.get_by_role("button", name="Picture").click()
    picture = Image.open(io.BytesIO(Path(download.value.path()).read_bytes()))
    words = " ".join(str(value) for value in picture.info.values())
    for wanted in ("research and education, not for diagnosis", "chest-xray-pneumonia", f"{score:.2f}", "operating point"):
        assert wanted in words
    assert film.header["PatientName"] not in words
    band = np.asarray(picture.convert("L"))[-60:]
    assert band.max() > 150
    assert band.min() < 60


def kept(tab: Page) -> Image.Image:
    """The picture that the button gives."""
    with tab.expect_download() as download:
        tab.get_by_role("button", name="Picture").click()
    return Image.open(io.BytesIO(Path(download.value.path()).read_bytes()))


def is_close(picture: Image.Image, film: np.ndarray) -> bool:
    """Whether the picture's film is this one, but for the change of size."""
    factor = min(max(640 / film.shape[1], 1), 1600 / max(film.shape[:2]))
    size = round(film.shape[1] * factor), round(film.shape[0] * factor)
    small = np.asarray(Image.fromarray(film).resize(size, Image.Resampling.LANCZOS), int)
    shown = np.asarray(picture.convert("RGB"), int)[: size[1], (picture.width - size[0]) // 2 :][:, : size[0]]
    return float(np.abs(shown - small).mean()) < 2


def test_the_picture_shows_the_window_the_opacity_and_the_switch_of_the_moment(tab, film):
    open_film(tab)
    ask(tab)
    tab.get_by_label("window width").fill("3000")
    tab.get_by_label("window width").press("Enter")
    tab.wait_for_selector(f'{HOST}[data-width="3000"]')
    set_opacity(tab, 0.9)
    tab.wait_for_timeout(1000)  # the viewer tells its view a moment after the last change
    heat = explaining.explain(models.load(), film.volume, 0, "pneumonia")
    base = rendering.to_rgb(film.volume, 0, Window(15000, 3000))
    picture = kept(tab)
    assert "window center 15000, width 3000" in picture.info["Description"]
    assert is_close(picture, rendering.overlay(base, heat, 0.9))
    tab.get_by_label("heat map", exact=True).uncheck()
    tab.wait_for_timeout(1000)
    picture = kept(tab)
    assert "heat map" not in picture.info["Description"]
    assert is_close(picture, base)


def test_every_click_on_a_series_counts_and_choices_outlive_another_page(tab):
    open_film(tab)
    ask(tab)
    tab.get_by_test_id("stRadio").filter(has_text="Heat map for").get_by_text("normal", exact=True).click()
    tab.wait_for_selector(f'{HOST}[data-heat^="normal"]', timeout=30_000)
    upload(tab, sample_path("tibia-cr"))
    tab.wait_for_selector(f'{HOST}[data-shape="1,1760,1760"]', timeout=30_000)
    series = tab.get_by_test_id("stRadio").filter(has_text="Series")
    for label, shape in [("CR chest", "1,1955,1841"), ("CR extremity", "1,1760,1760")] * 3:
        series.get_by_text(label).click()
        tab.wait_for_selector(f'{HOST}[data-shape="{shape}"]', timeout=15_000)
    series.get_by_text("CR chest").click()
    tab.wait_for_selector(f'{HOST}[data-heat^="normal"]', timeout=15_000)
    tab.get_by_role("link", name="Home").click()
    tab.get_by_text("Read a scan").wait_for()
    tab.get_by_role("link", name="Review").click()
    tab.wait_for_selector(f'{HOST}[data-heat^="normal"]', timeout=15_000)


def test_a_window_set_while_a_slow_map_is_made_stays(tab):
    open_film(tab)
    ask(tab)
    tab.get_by_test_id("stSelectbox").filter(has_text="Method").get_by_role("combobox").click()
    tab.get_by_role("option", name="Score-CAM").click()
    tab.wait_for_selector(f'{HOST}[data-heat=""]')
    drag(tab, 60, 0, "right")
    width = ready(tab)["width"]
    assert width != "30000"
    tab.wait_for_selector(f'{HOST}[data-heat^="pneumonia"][data-ready="1"]', timeout=60_000)
    tab.wait_for_timeout(1000)
    assert ready(tab)["width"] == width


def test_names_are_shown_as_they_are_and_call_nobody(tab, tmp_path):
    asked = []
    tab.on("request", lambda request: asked.append(request.url))
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("![i](http://evil.example/zip.png)", "no scan")
    upload(tab, tmp_path / "a.zip")
    sentence = tab.get_by_test_id("stAlert").filter(has_text="evil.example/zip.png)")
    expect(sentence).to_have_count(1, timeout=30_000)
    assert tab.locator('[data-testid="stAlert"] :is(img, a)').count() == 0
    assert not [url for url in asked if "evil" in url]


def test_a_tibia_is_declined_with_a_reason_until_the_reader_overrides(tab):
    upload(tab, sample_path("tibia-cr"))
    tab.wait_for_selector(HOST, timeout=30_000)
    expect(tab.get_by_text("Declined because the body part is EXTREMITY")).to_be_visible()
    expect(tab.locator(".st-key-run button")).to_have_count(0)
    assert tab.locator(SCORE).count() == 0
    tab.get_by_role("button", name="Run all the same").click()
    tab.wait_for_selector(SCORE, timeout=60_000)
    expect(tab.get_by_text("You overrode the model")).to_be_visible()


def bad_files() -> dict[str, tuple[bytes, str]]:
    """File name → (its bytes, a part of the sentence that is wanted)."""
    film = sample_path("chest-cr").read_bytes()
    png = io.BytesIO()
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64), dtype=np.uint8)).save(png, "PNG")
    return {
        "notes.dcm": (b"patient came at noon\n" * 50, "notes.dcm is no scan or picture"),
        "cut.dcm": (film[: len(film) // 2], "cut.dcm"),
        "empty.dcm": (b"", "empty.dcm"),
        "contours.dcm": (Path(str(get_testdata_file("rtstruct.dcm", download=False))).read_bytes(), "holds no image"),
        "corrupt.png": (png.getvalue()[:2000], "corrupt.png"),
    }


def test_bad_files_cost_a_sentence_each_and_the_open_film_stays(tab, tmp_path):
    state = open_film(tab)
    shape = state["shape"]
    for name, (content, wanted) in bad_files().items():
        (tmp_path / name).write_bytes(content)
        upload(tab, tmp_path / name)
        sentence = tab.get_by_test_id("stAlert").filter(has_text=wanted)
        expect(sentence).to_have_count(1, timeout=30_000)
        assert sentence.inner_text().count(".") <= 3
        assert ready(tab)["shape"] == shape
    expect(tab.get_by_text("Fits CR, chest, PA, age 64")).to_be_visible()
