"""The runs page through Streamlit's test harness: the list, a finished run's result and mistakes, publishing, comparing."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from medcore import datasets, jobs, models, publishing, recipes, training
from medcore.phantoms import labelled_set
from medcore.settings import ROOT, settings
from ui.plain import plain

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home with two finished runs on films whose labels were given at random: there are mistakes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIGHTBOX_HOME", str(tmp_path_factory.mktemp("home")))
        settings.cache_clear()
        films = settings().home / "data" / "mixed up"
        labelled_set(films, 120)
        mix_up(films)
        for seed in (1, 2):
            trained(films, seed)
        yield settings().home
    settings.cache_clear()


def mix_up(films: Path) -> None:
    """Half of the patients change their class."""
    places = {film: film.parent.name for film in films.glob("*/*.png")}
    for film, label in places.items():
        changes = int(film.stem.split("_")[0].removeprefix("patient")) % 4 < 2
        folder = films / ({"plain": "b", "blob": "a"} if changes else {"plain": "a", "blob": "b"})[label]
        folder.mkdir(exist_ok=True)
        film.rename(folder / film.name)
    for label in ("plain", "blob"):
        (films / label).rmdir()


def trained(films: Path, seed: int) -> Path:
    survey = datasets.survey(films)
    facts, dataset = recipes.facts_of(survey), datasets.split(survey, seed)
    recipe = recipes.Recipe("quick", recipes.SCRATCH, (32, 32), epochs=2, seed=seed)
    run = jobs.create(recipes.spec_of(recipe, facts, f"Mixed up {seed}", facts.labels[0], dataset, survey.root))
    datasets.write_split(run / recipes.SPLIT_FILE, dataset)
    training.train(run)
    return run


@pytest.fixture
def app(home: Path, monkeypatch: pytest.MonkeyPatch) -> AppTest:
    monkeypatch.setenv("LIGHTBOX_HOME", str(home))
    monkeypatch.setattr("medcore.models.warm", lambda: None)
    settings.cache_clear()
    st.cache_resource.clear()
    return AppTest.from_file(str(ROOT / "ui" / "shell.py"), default_timeout=60).run().switch_page("../pages/runs.py").run()


def opened(app: AppTest) -> AppTest:
    """The page of the newest run."""
    name = jobs.runs()[0].folder.name
    return app.button(key=f"open {name}").click().run()


def words(app: AppTest) -> str:
    """All that the page says, without what keeps Markdown out of it."""
    said = [*app.markdown, *app.title, *app.error, *app.success, *app.warning]
    return " ".join(each.value for each in said).replace("\\", "")


def test_the_list_says_state_and_test_figure_of_each_run(app):
    assert not app.exception
    assert words(app).count("done") == 2
    assert words(app).count("test ROC AUC 0.") == 2


def test_a_list_with_a_run_that_waits_says_so_and_is_whole_once_it_is_done(app, monkeypatch):
    first, *others = jobs.runs()
    waiting = replace(first, status=replace(first.status, state="queued"))
    with monkeypatch.context() as patch:
        patch.setattr(jobs, "runs", lambda: [waiting, *others])
        app.run()
        assert not app.exception
        assert "waiting for its turn" in words(app)
    app.run()
    assert words(app).count("done") == 2


def test_two_ticked_runs_are_compared_by_what_differs(app):
    for box in app.checkbox:
        box.check()
    app.run()
    assert not app.exception
    assert "Compared" in words(app)
    assert "seed" in str(app.dataframe[-1].value)


def test_two_runs_of_one_title_can_be_compared(app, monkeypatch):
    monkeypatch.setattr("medcore.jobs.looking._title", lambda run: "the same")
    for box in app.checkbox:
        box.check()
    app.run()
    assert not app.exception
    assert len(app.dataframe[-1].value.columns) == 3


def test_a_report_that_is_torn_or_without_a_figure_leaves_the_list_whole(app):
    report = jobs.runs()[0].folder / "result" / "report.json"
    whole = report.read_text()
    try:
        for said in ('{"test": {"roc', '{"test": {"roc_auc": {"value": null, "low": null, "high": null}}}'):
            report.write_text(said)
            app.run()
            assert not app.exception
            assert words(app).count("test ROC AUC 0.") == 1
    finally:
        report.write_text(whole)


def test_a_run_whose_test_films_stayed_closed_says_so(app):
    result = jobs.runs()[0].folder / "result"
    result.rename(result.with_name("aside"))
    try:
        opened(app)
        assert not app.exception
        assert "wasn't tested" in " ".join(info.value for info in app.info)
    finally:
        result.with_name("aside").rename(result)


def test_a_film_outside_of_the_allowed_folders_is_not_opened(app, tmp_path, monkeypatch):
    opened(app)
    monkeypatch.setenv("LIGHTBOX_DATA_ROOTS", str(tmp_path))
    settings.cache_clear()
    next(button for button in app.button if button.label == "Open in Review").click().run()
    assert "isn't in a folder that may be opened" in words(app)
    assert "measured only once" in words(app)


def test_a_runs_page_shows_its_test_beside_the_baseline_and_its_mistakes(app):
    opened(app)
    assert not app.exception
    assert "measured only once" in words(app)
    assert "16 × 16 pixels" in str(list(app.dataframe[0].value.columns))
    assert [button.label for button in app.button].count("Open in Review") > 0


def test_a_mistake_opens_in_review(app):
    opened(app)
    next(button for button in app.button if button.label == "Open in Review").click().run()
    assert not app.exception
    assert any("1 image" in option for radio in app.radio for option in radio.options)


def test_an_id_that_cannot_be_is_refused_and_a_sound_one_is_in_use_at_once_and_out_again(app):
    opened(app)
    app.text_input(key="model-id").set_value("No Id!").run()
    app.button(key="publish").click().run()
    assert "can't be a model's id" in words(app)
    app.text_input(key="model-id").set_value("mixed-up").run()
    app.button(key="publish").click().run()
    assert "is in use now" in words(app)
    assert models.find_card("mixed-up").version == "1"
    app.button(key="unpublish").click().run()
    assert "mixed-up" not in {card.id for card in models.list_cards()}


def test_a_published_runs_worst_mistakes_stand_on_its_models_page(app):
    card = publishing.publish(jobs.runs()[0].folder, "mixed-up")
    try:
        app.query_params["model"] = "mixed-up"
        app.switch_page("../pages/models.py").run()
        assert not app.exception
        assert [title.value for title in app.title] == [plain(card.title)]
        assert "Its most certain mistakes in the test" in words(app)
        assert len(app.get("image")) >= 1
    finally:
        publishing.unpublish("mixed-up")


def test_a_run_that_is_not_there_is_said_and_the_list_stays(app):
    app.query_params["run"] = "../../etc"
    app.run()
    assert "There is no such run any more" in words(app)
    assert words(app).count("done") == 2
