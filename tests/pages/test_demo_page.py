"""The guided tour: every step opens, with or without its models; its numbers are the card's; a child can read it."""

import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import textstat
from streamlit.testing.v1 import AppTest

from medcore import models
from medcore.settings import ROOT, settings
from medcore.volume import Volume
from ui.demo import figures, films, window_step
from ui.demo.asking import CHEST
from ui.demo.failing_step import untrained_age
from ui.demo.limits import three_sentences
from ui.demo.picker import Area
from ui.demo.steps import STEPS
from ui.demo.summary import summary

STEP_NUMBERS = range(1, len(STEPS) + 1)
MISSING = "The model for this step is not here today."
HIGHEST_GRADE = 7


@pytest.fixture
def tour(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    monkeypatch.setenv("LIGHTBOX_HOME", str(tmp_path / "home"))
    for each in ("models", "reading"):
        monkeypatch.setattr(f"medcore.{each}.warm", lambda: None)
    settings.cache_clear()
    yield AppTest.from_file(str(ROOT / "ui" / "shell.py"), default_timeout=120)
    settings.cache_clear()


@pytest.fixture
def own_models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of models of this test's own, with the bundled chest model in it."""
    shutil.copytree(ROOT / "models" / CHEST, tmp_path / "models" / CHEST)
    monkeypatch.setenv("LIGHTBOX_MODELS", str(tmp_path / "models"))
    return tmp_path / "models"


def at_step(tour: AppTest, step: int | str) -> AppTest:
    tour.query_params["step"] = str(step)
    tour.run()
    return tour.switch_page("../pages/demo.py").run()


def said(tour: AppTest) -> str:
    """All words of the step that are Markdown, and its HTML."""
    words = [element.value for kind in ("title", "subheader", "markdown", "info") for element in tour.get(kind)]
    return "\n".join([*words, *(element.proto.body for element in tour.get("html"))])


def sentences(tour: AppTest) -> str:
    """The step's whole sentences as a reader sees them, without the model's own words."""
    words = [element.value for kind in ("title", "subheader", "markdown", "info") for element in tour.get(kind)]
    words = [word for word in words if "In its own words" not in word and not word.startswith(("- ", ":small[Research"))]
    unlinked = re.sub(r"\[([^]]*)\]\(help[^)]*\)", r"\1", "\n".join(words))
    plain = re.sub(r"[*\\]|:small\[|\]$|^\d\. ", "", unlinked, flags=re.MULTILINE)
    return "\n".join(line for line in plain.splitlines() if line.rstrip().endswith((".", "?", "!", ":")))


@pytest.mark.parametrize("step", STEP_NUMBERS)
def test_each_step_opens_with_a_picture_a_title_and_no_upload(tour: AppTest, step: int):
    at_step(tour, step)
    assert not tour.exception
    assert [title.value for title in tour.title] == [STEPS[step - 1].title()]
    assert not tour.get("file_uploader")
    assert "<img" in said(tour) or tour.get("bidi_component") or "lb-crowd" in said(tour)


@pytest.mark.parametrize("step", ["0", "7", "two", ""])
def test_an_address_that_names_no_step_opens_the_first(tour: AppTest, step: str):
    at_step(tour, step)
    assert tour.title[0].value == STEPS[0].title()


def test_next_back_and_the_dots_change_the_address(tour: AppTest):
    at_step(tour, 2)
    tour.button(key="demo-next").click().run()
    assert (tour.query_params["step"], tour.title[0].value) == ("3", STEPS[2].title())
    tour.button(key="demo-step-6").click().run()
    assert tour.title[0].value == STEPS[5].title()
    assert tour.button(key="demo-next").disabled
    tour.button(key="demo-back").click().run()
    assert tour.title[0].value == STEPS[4].title()
    assert tour.button(key="demo-step-5").label == f"Step 5: {STEPS[4].title()} (here)"


@pytest.mark.parametrize("step", STEP_NUMBERS)
def test_without_any_model_the_tour_says_so_and_goes_on(tour: AppTest, step: int, tmp_path: Path, monkeypatch):
    monkeypatch.setenv("LIGHTBOX_MODELS", str(tmp_path / "none"))
    settings.cache_clear()
    at_step(tour, step)
    assert not tour.exception
    assert (MISSING in said(tour)) == (step in (3, 5, 6))
    assert not tour.button(key="demo-next").disabled or step == len(STEPS)


def test_a_guess_is_answered_also_where_the_spots_model_is_missing(tour: AppTest, tmp_path: Path, monkeypatch):
    monkeypatch.setenv("LIGHTBOX_MODELS", str(tmp_path / "none"))
    settings.cache_clear()
    tour.session_state["demo-guess"] = Area(0.0, 0.0, 0.0, 0.0)
    at_step(tour, 2)
    assert not tour.exception
    assert "Not there. The ring shows it." in said(tour)
    assert said(tour).count(MISSING) == 1
    tour.button(key="demo-another").click().run()
    assert tour.get("bidi_component")


@pytest.mark.parametrize("step", [3, 5, 6])
def test_a_broken_model_is_a_sentence(tour: AppTest, step: int, own_models: Path):
    (own_models / CHEST / "weights.npz").write_bytes(b"no weights")
    settings.cache_clear()
    at_step(tour, step)
    assert not tour.exception
    assert said(tour).count(MISSING) == 1


def test_the_numbers_of_the_people_and_the_honest_sentences_are_the_cards(tour: AppTest, own_models: Path):
    path = own_models / CHEST / "card.json"
    card = json.loads(path.read_text())
    card["metrics"]["test"]["adults"]["specificity"] = {"value": 0.5, "low": 0.45, "high": 0.55}
    next(group for group in card["groups"] if group["name"] == "adults")["operating_points"]["pneumonia"] = 0.77
    path.write_text(json.dumps(card))
    settings.cache_clear()
    at_step(tour, 3)
    assert "**False alarms: 45.**" in said(tour)
    assert "From 0.77 on" in said(tour)
    tour.select_slider(key="demo-ill").set_value(50).run()
    assert "**False alarms: 25.**" in said(tour)
    at_step(tour, 6)
    assert "of 100 who are well it flags 50" in said(tour)


def test_the_bundled_cards_numbers_are_those_of_its_test(tour: AppTest):
    measured = figures.measured(models.find_card(CHEST))
    assert measured is not None
    at_step(tour, 3)
    assert f"**False alarms: {round(90 * (1 - measured.specificity.value))}.**" in said(tour)


@pytest.mark.parametrize(
    ("case", "words"),
    [
        ("inverted", "Declined because it looks inverted"),
        ("leg", "the body part is EXTREMITY"),
        ("age", "the age is 11 years"),
        ("head", "the modality is CT"),
        ("belly", "the modality is MR"),
        ("heart", "the modality is US"),
    ],
)
def test_what_the_model_was_never_made_for_is_declined_with_the_reason(tour: AppTest, case: str, words: str):
    at_step(tour, 5)
    tour.radio(key="demo-case").set_value(case).run()
    assert "The model says no" in said(tour)
    assert words in said(tour).replace("\\", "")


def test_the_correction_that_the_gate_offers_makes_the_film_fit(tour: AppTest):
    at_step(tour, 5)
    tour.button(key="demo-swap-back").click().run()
    assert "The model takes it" in said(tour)
    tour.radio(key="demo-case").set_value("leg").run()
    tour.radio(key="demo-case").set_value("inverted").run()
    assert "The model says no" in said(tour)


@pytest.mark.parametrize("step", STEP_NUMBERS)
def test_a_child_of_twelve_can_read_each_step(tour: AppTest, step: int):
    at_step(tour, step)
    assert textstat.flesch_kincaid_grade(sentences(tour)) <= HIGHEST_GRADE, sentences(tour)


def test_a_child_of_twelve_can_read_the_summary(tour: AppTest):
    page = summary(models.find_card(CHEST))
    words = re.sub(r"<style>.*?</style>|<head>.*?</head>", "", page, flags=re.DOTALL)
    words = re.sub(r"<[^>]+>", " ", re.sub(r"</(p|li|h1|h2|footer)>", "\n", words))
    assert textstat.flesch_kincaid_grade(words) <= HIGHEST_GRADE, words


def test_the_honest_sentences_are_three_also_without_a_card():
    assert len(three_sentences(None)) == len(three_sentences(models.find_card(CHEST))) == 3


def test_the_untrained_age_is_in_the_middle_of_the_widest_gap(own_models: Path):
    settings.cache_clear()
    assert untrained_age(models.find_card(CHEST)) == 11
    path = own_models / CHEST / "card.json"
    card = json.loads(path.read_text())
    for ages, middle in (([[0, 120]], None), ([[18, 120]], 8), ([], None)):
        card["contract"]["ages_years"] = ages
        path.write_text(json.dumps(card))
        assert untrained_age(models.read_card(path.parent)) == middle


def test_the_sliders_move_the_window_and_the_button_moves_it_back(tour: AppTest):
    at_step(tour, 1)
    before = said(tour)
    tour.slider(key="demo-brightness").set_value(80).run()
    assert said(tour) != before
    tour.button(key="demo-as-it-was").click().run()
    assert said(tour) == before


def test_brighter_is_brighter_and_more_contrast_is_narrower_whichever_end_is_white():
    for photometric in ("MONOCHROME1", "MONOCHROME2"):
        volume: Volume = films.small(films.CHEST).__class__(
            films.small(films.CHEST).voxels, None, "grey", None, photometric, "image"
        )
        plain = window_step.window(volume, 50, 50)
        bright = window_step.window(volume, 80, 50)
        assert films.rendering.to_rgb(volume, 0, bright).mean() > films.rendering.to_rgb(volume, 0, plain).mean()
        assert window_step.window(volume, 50, 75).width == pytest.approx(plain.width / 2)
        assert plain == volume.window_or_range() or plain.width == volume.window_or_range().width


def test_a_point_and_a_field_are_as_far_as_they_are():
    point, field = Area(0.5, 0.5, 0.5, 0.5), Area(0.25, 0.5, 0.5, 0.75)
    assert point.distance(0.5, 0.6) == pytest.approx(0.1)
    assert field.distance(0.3, 0.6) == 0
    assert field.distance(0.1, 0.6) == pytest.approx(0.15)
    assert field.centre == (0.375, 0.625)


def test_a_server_that_is_a_kiosk_shows_the_tour_alone(tour: AppTest, monkeypatch):
    monkeypatch.setenv("LIGHTBOX_KIOSK", "1")
    settings.cache_clear()
    tour.run()
    assert tour.title[0].value == STEPS[0].title()
    tour.switch_page("../pages/review.py").run()
    assert tour.title[0].value == STEPS[0].title()
    assert not tour.get("file_uploader")
    assert not [fold for fold in tour.expander if "presenters" in fold.label]
