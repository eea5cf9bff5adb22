"""The models page through Streamlit's test harness: the models that come with Lightbox, one with nothing measured, bad ones."""

import json
import re

import pytest
from blob_models import write_model
from streamlit.testing.v1 import AppTest

from medcore import architectures
from medcore.settings import ROOT

INTERVAL = {"value": 0.91, "low": 0.84, "high": 0.95}
HOSTILE = "![x](http://a.example/b.png) :red[**now**] <img src=x onerror=alert(1)>"


def opened(model_id: str = "") -> AppTest:
    """The page, of that model or of the first."""
    app = AppTest.from_file(str(ROOT / "ui" / "shell.py"), default_timeout=60)
    if model_id:
        app.query_params["model"] = model_id
    return app.run().switch_page("../pages/models.py").run()


def words(app: AppTest) -> str:
    """All that the page says, HTML included, without what keeps Markdown out of it."""
    assert not app.exception
    said = [each.value for each in (*app.title, *app.header, *app.markdown, *app.info, *app.warning)]
    return " ".join([*said, *html(app)]).replace("\\", "").replace("\u2060", "")


def html(app: AppTest) -> list[str]:
    return [each.proto.body for each in app.get("html")]


@pytest.fixture(scope="module")
def graph() -> object:
    """A small net as it starts."""
    return architectures.build("small_cnn", 2, (64, 64))


@pytest.mark.parametrize("model_id", ["chest-xray-pneumonia", "brain-mri-tumour"])
def test_a_model_that_comes_with_lightbox_says_what_its_card_says(quiet, model_id):
    card = json.loads((ROOT / "models" / model_id / "card.json").read_text(encoding="utf-8"))
    app = opened(model_id)
    said = words(app)
    assert [each.value for each in app.title] == [card["title"]]
    headings = ["How good it is", "Where it fails", "Its limits", "Its operating points", "What it declines"]
    assert [each.value for each in app.header] == [*headings, "What it was trained on"]
    for sentence in (card["intended_use"], *card["limits"], *(each["what"] for each in card["failures"])):
        assert sentence in said
    for source in card["data"]:
        assert source["licence"] in said
    assert card["weights_sha256"] in said
    assert card["openness"]["rebuild"] in [each.value for each in app.code]
    assert "items answered" in " ".join(each.label for each in app.expander)
    assert "the gaps" in said


def test_each_part_of_the_test_stands_with_its_interval_beside_what_plain_pixels_reach(quiet):
    said = words(opened("brain-mri-tumour"))
    metrics = json.loads((ROOT / "models" / "brain-mri-tumour" / "card.json").read_text(encoding="utf-8"))["metrics"]
    for label, each in metrics["test"]["classes"].items():
        area, pixels = each["roc_auc"], metrics["baseline"]["classes"][label]["roc_auc"]["value"]
        told = f"ROC AUC {area['value']:.3f} ({area['low']:.3f} to {area['high']:.3f}) · 16 × 16 pixels {pixels:.3f}"
        assert f"<b>{label}</b>" in said
        assert told in said
    assert "Of 100 meningioma, 72 (67 to 77) were called so" in said


def test_the_test_is_drawn_where_the_folder_keeps_its_scores(quiet):
    assert [tab.label for tab in opened("brain-mri-tumour").tabs] == ["ROC", "Do scores come true", "What was what"]


def test_a_choice_goes_into_the_address_and_an_unknown_one_is_said(quiet):
    app = opened("no-such-model")
    assert "There is no such model" in words(app)
    app.selectbox[0].select("brain-mri-tumour").run()
    assert app.query_params["model"] in ("brain-mri-tumour", ["brain-mri-tumour"])
    assert "There is no such model" not in words(app)
    assert [each.value for each in app.title] == ["Brain tumour on an MR slice"]


def test_a_model_that_was_never_tested_says_that_nobody_knows(quiet, home, models_folder, graph):
    write_model(models_folder / "fresh", graph, metrics={"validation": {"films": 30, "roc_auc": INTERVAL}})
    said = words(opened())
    assert "nobody knows how good it is" in said
    assert "so flatter it" in said
    assert "ROC AUC 0.910 (0.840 to 0.950)" in said
    for sentence in ("The card names no failures", "The card names no limits", "doesn't say what it was trained on"):
        assert sentence in said
    assert "doesn't check the picture itself" in said
    assert "No pictures of the test" in said
    assert "doesn't say how to rebuild it" in said


def test_a_model_that_cant_be_used_is_listed_with_the_reason(quiet, home, models_folder, graph):
    write_model(models_folder / "fine", graph)
    (write_model(models_folder / "bad", graph) / "weights.npz").write_bytes(b"no")
    (write_model(models_folder / "garbled", graph) / "card.json").write_text("{")
    app = opened()
    said = words(app)
    assert "Can't be used" in [each.value for each in app.header]
    assert [each.value for each in app.title] == ["Blobs on films"]
    assert re.search("bad</td><td[^>]*>The weights of bad ", said)
    assert re.search("garbled</td><td[^>]*>The card of garbled ", said)


def test_without_a_usable_model_the_page_says_so(quiet, home, models_folder):
    app = opened()
    assert "There is no model that can be used." in words(app)
    assert [each.value for each in app.title] == ["Models"]


def test_markup_in_a_card_stays_words(quiet, home, models_folder, graph):
    fields = {
        "title": HOSTILE,
        "intended_use": HOSTILE,
        "limits": [HOSTILE],
        "failures": [{"what": HOSTILE, "why": HOSTILE}],
        "data": [{"name": HOSTILE, "licence": HOSTILE, "attribution": HOSTILE}],
        "purpose": {"users": HOSTILE, HOSTILE: HOSTILE},
        "people": {"collected": [{"source": HOSTILE, "where": HOSTILE}], "demographics": [{"part": HOSTILE}]},
        "development": {"output": HOSTILE},
        "metrics": {"test": {HOSTILE: {"films": 3, "roc_auc": INTERVAL, "reason": HOSTILE}}},
    }
    write_model(models_folder / "hostile", graph, **fields)
    app = opened()
    assert not app.exception
    for each in (*app.title, *app.markdown, *app.header):
        assert ":red[**" not in each.value
        assert "](http" not in each.value
    for body in html(app):
        assert "<img" not in body
    assert HOSTILE in words(app)


ODD = [3, "x", None, [], {}, [[1]], [{"films": "x"}], {"test": [1]}, True, float("1e308"), [[1e300, 1], [1, 1]]]


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_odd_values_where_a_card_may_have_any_make_no_error(quiet, home, models_folder, graph, odd):
    names = ("failures", "purpose", "people", "development", "evaluation", "openness", "films", "trained", "run", "pictures")
    metrics = {"test": {"a": odd, "films": 1, "confusion": odd, "classes": odd, "roc_auc": odd}, "shortcut_floor_roc_auc": odd}
    metrics |= {
        "validation": {"all": odd},
        "gate": {"strangers": {"a": odd}},
        "parts": odd,
        "shortcuts": {"a": odd, "b": {"c": odd}},
        "declined": {"a": odd},
    }
    write_model(models_folder / "odd", graph, metrics=metrics, **dict.fromkeys(names, odd))
    assert "Blobs on films" in words(opened())
