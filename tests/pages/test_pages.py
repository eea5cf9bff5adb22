"""Every page through Streamlit's own test harness: no browser, no script errors, the right words."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from medcore.samples import sample_path
from medcore.settings import ROOT, settings
from ui.plain import plain

PAGES = sorted((ROOT / "pages").glob("*.py"))


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    monkeypatch.setenv("LIGHTBOX_HOME", str(tmp_path))
    monkeypatch.setattr("medcore.models.warm", lambda: None)
    settings.cache_clear()
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
    assert any("Fits what the model was made for" in text.value for text in app.markdown)
    assert app.button(key="run").label == "Run"


def test_uploads_add_up_and_a_bad_one_is_a_sentence_beside_the_open_scan(app):
    review(app).button(key="sample-chest-cr").click().run()
    app.file_uploader[0].upload("notes.dcm", b"patient came at noon", "application/octet-stream").run()
    assert not app.exception
    assert [error.value for error in app.error] == [
        plain("notes.dcm is no scan or picture that Lightbox reads; open a DICOM, NIfTI, PNG or JPEG file.")
    ]
    assert len(app.radio[0].options) == 1
    tibia = sample_path("tibia-cr").read_bytes()
    app.file_uploader[0].upload("leg", tibia, "application/octet-stream").run()
    assert not app.error
    assert len(app.radio[0].options) == 2
    assert any("Declined because the body part is EXTREMITY" in text.value for text in app.markdown)


def test_identity_is_in_a_folded_popover_and_nowhere_else(app):
    review(app).button(key="sample-chest-cr").click().run()
    shown = list(leaves(app.main, ()))
    holding = [above for above, leaf in shown if "19400305" in str(leaf.proto)]
    assert [above[-1] for above in holding] == ["popover"]


def leaves(block, above):
    """Each element of a block with the types of the blocks around it."""
    for child in block.children.values():
        if hasattr(child, "children"):
            yield from leaves(child, (*above, child.type))
        else:
            yield above, child
