"""The models page in Chinese: of the bundled models no English is left but names, citations and commands."""

import html
import json
import re

import pytest
from streamlit.testing.v1 import AppTest

from medcore.settings import ROOT

NAMES = ("Lung Opacity", "No Finding", "Brain Tumor MRI Dataset", "NIH ChestX-ray", "Artificial Intelligence")
CITED = re.compile(r"\w+ et al\.,( [A-Z]\w+)+|[a-z_]+(\.[a-z_]+)?(, [a-z_]+(\.[a-z_]+)?)+")
ENGLISH = re.compile(r"[A-Za-z'’]+(?:[,;:.]? [A-Za-z'’]*[a-z]{2}[A-Za-z'’]*)+")


def opened(model_id: str) -> AppTest:
    """The model's page in Chinese."""
    app = AppTest.from_file(str(ROOT / "ui" / "shell.py"), default_timeout=60)
    app.query_params["model"], app.query_params["lang"] = model_id, "zh"
    return app.run().switch_page("../pages/models.py").run()


def texts(app: AppTest) -> list[str]:
    """What the page says: its words, labels, tables, and what stands for a mark or a picture."""
    assert not app.exception
    said = [each.value for each in (*app.title, *app.header, *app.markdown, *app.info, *app.warning, *app.code)]
    said += [each.label for each in (*app.expander, *app.tabs, *app.selectbox)]
    said += [option for each in app.selectbox for option in each.options]
    said += [each.proto.label for each in app.get("page_link")]
    said += [picture.alt for each in app.get("imgs") for picture in each.proto.imgs]
    for each in app.get("html"):
        said += _of_html(each.proto.body)
    return [html.unescape(each).replace("\\", "").replace("\u2060", "") for each in said]


def _of_html(body: str) -> list[str]:
    shown = re.sub(r"<style>.*?</style>", "", body, flags=re.DOTALL)
    return [*re.split(r"<[^>]*>", shown), *re.findall(r'(?:aria-label|title|data-name)="([^"]*)"', shown)]


def english(text: str, allowed: list[str]) -> list[str]:
    """Runs of English words in a text, without those allowed."""
    for each in allowed:
        text = text.replace(each, "")
    return [found[0] for found in ENGLISH.finditer(CITED.sub("", text))]


@pytest.mark.parametrize("model_id", ["chest-xray-pneumonia", "brain-mri-tumour"])
def test_in_chinese_no_english_is_left_on_a_bundled_models_page(quiet, model_id):
    card = json.loads((ROOT / "models" / model_id / "card.json").read_text(encoding="utf-8"))
    commands = re.findall(r"\.venv.*", card["openness"]["rebuild"])
    allowed = [*(source["attribution"] for source in card["data"]), *commands, *NAMES]
    said = texts(opened(model_id))
    assert len(said) > 300
    assert {text: found for text in said if (found := english(text, allowed))} == {}


@pytest.mark.parametrize("model_id", ["chest-xray-pneumonia", "brain-mri-tumour"])
def test_in_chinese_labels_headings_and_fields_are_words_of_it_too(quiet, model_id):
    card = json.loads((ROOT / "models" / model_id / "card.json").read_text(encoding="utf-8"))
    said = set(texts(opened(model_id)))
    for section in ("purpose", "people", "pictures", "reference_standard", "development", "evaluation", "openness"):
        assert not said & {key.replace("_", " ") for key in card[section]}
    assert not said & {*card["labels"], *card["films"], *(group["name"] for group in card.get("groups", ()))}
    assert not said & set(card["metrics"].get("parts", ()))
