"""Every page through Streamlit's own test harness: no browser, no script errors, the right words."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from medcore.errors import ReadingLimit
from medcore.reading import Reading, Refusal
from medcore.samples import sample_path
from medcore.settings import ROOT, settings
from medcore.volume import Acquisition, Part, Series, Volume
from ui.plain import plain

PAGES = sorted((ROOT / "pages").glob("*.py"))


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    monkeypatch.setenv("LIGHTBOX_HOME", str(tmp_path))
    monkeypatch.setattr("medcore.models.warm", lambda: None)
    settings.cache_clear()
    st.cache_resource.clear()  # all of these tests are one browser tab to Streamlit
    yield AppTest.from_file(str(ROOT / "ui" / "shell.py"), default_timeout=60).run()
    settings.cache_clear()


def review(app: AppTest) -> AppTest:
    return app.switch_page("../pages/review.py").run()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_each_page_opens_and_says_what_it_is_not_for(app, page):
    app.switch_page(f"../pages/{page.name}").run()
    assert not app.exception
    assert "Research and education, not for diagnosis." in " ".join(text.value for text in app.markdown)


def test_a_sample_opens_with_its_warnings_and_the_models_contract(app):
    review(app).button(key="sample-chest-cr").click().run()
    assert not app.exception
    assert app.radio[0].options == ["CR chest · 1 image · 1841 × 1955"]
    assert [warning.value for warning in app.warning] == [plain("Pixel spacing is 0: measurements are in pixels.")]
    assert any(f"** {plain('CR, chest, PA, age 64')}" in text.value for text in app.markdown)
    assert app.button(key="run").label == "Run"


def test_uploads_add_up_and_a_bad_one_is_a_sentence_beside_the_open_scan(app):
    review(app).button(key="sample-chest-cr").click().run()
    app.file_uploader[0].upload("notes.dcm", b"patient came at noon", "application/octet-stream").run()
    assert not app.exception
    assert [error.value for error in app.error] == [
        plain("notes.dcm is no scan or picture that Lightbox reads; open a DICOM, NIfTI, PNG, JPEG or TIFF file.")
    ]
    assert len(app.radio[0].options) == 1
    tibia = sample_path("tibia-cr").read_bytes()
    app.file_uploader[0].upload("leg", tibia, "application/octet-stream").run()
    assert not app.error
    assert len(app.radio[0].options) == 2
    assert any("because the body part is EXTREMITY" in text.value for text in app.markdown)


def test_identity_is_in_a_folded_popover_and_nowhere_else(app):
    review(app).button(key="sample-chest-cr").click().run()
    shown = list(leaves(app.main, ()))
    holding = [above for above, leaf in shown if "19400305" in str(leaf.proto)]
    assert [above[-1] for above in holding] == ["popover"]


def several(count: int) -> Series:
    """One of three volumes of four slices, in which each value is its number."""
    volume = Volume(np.full((4, 6, 8), count, np.int16), None, "grey", "MR", "MONOCHROME2", "slices")
    return Series("u", "MR head", volume, Acquisition("MR"), {}, (), Part("w", count - 1, 3, "echo"))


def test_volumes_taken_together_are_one_entry_and_close_together(app, monkeypatch):
    monkeypatch.setattr("medcore.reading.read", lambda *_: Reading(tuple(map(several, (1, 2, 3))), ()))
    review(app).button(key="sample-chest-cr").click().run()
    assert not app.exception
    assert app.radio[0].options == ["MR head · 4 slices · 8 × 6 · 3 echoes"]
    app.button(key="close").click().run()
    assert not app.radio


def test_refusals_beyond_the_first_are_folded_away_with_their_names(app, monkeypatch):
    refused = (*(Refusal(f"a/{number}.dcm", f"{number}.dcm is empty.") for number in range(9)), Refusal("b", "It's <big>."))
    monkeypatch.setattr("medcore.reading.read", lambda *_: Reading((), refused))
    review(app).button(key="sample-chest-cr").click().run()
    assert not app.exception
    assert [error.value for error in app.error] == [plain(f"{number}.dcm is empty.") for number in range(8)]
    folded = next(expander for expander in app.expander if expander.label == "2 more files couldn't be used")
    listed = next(leaf.proto.body for _, leaf in leaves(folded, ()))
    assert "<li>8.dcm is empty.</li><li>b: It&#x27;s &lt;big&gt;.</li>" in listed


def test_a_reading_that_fails_as_a_whole_is_a_sentence_and_what_was_open_stays(app, monkeypatch):
    review(app).button(key="sample-chest-cr").click().run()

    def failing(*_: object) -> Reading:
        raise ReadingLimit("There is no room.")

    monkeypatch.setattr("medcore.reading.read", failing)
    app.button(key="sample-tibia-cr").click().run()
    assert [error.value for error in app.error] == [plain("There is no room.")]
    assert app.radio[0].options == ["CR chest · 1 image · 1841 × 1955"]


def leaves(block, above):
    """Each element of a block with the types of the blocks around it."""
    for child in block.children.values():
        if hasattr(child, "children"):
            yield from leaves(child, (*above, child.type))
        else:
            yield above, child
