"""The settings: defaults, variables, and that each is written down."""

from pathlib import Path

from medcore.settings import ROOT, Settings


def test_every_setting_is_in_the_design_document():
    text = (ROOT / "docs" / "design.md").read_text(encoding="utf-8")
    missing = [name for name in Settings.model_fields if f"LIGHTBOX_{name.upper()}" not in text]
    assert not missing


def test_a_variable_changes_a_setting(monkeypatch):
    monkeypatch.setenv("LIGHTBOX_HOME", "/somewhere")
    assert Settings().home == Path("/somewhere")
    assert Settings().store_folder == Path("/somewhere/store")


def test_several_data_roots_are_named_as_in_a_path_and_else_there_is_one_in_the_home(monkeypatch):
    monkeypatch.setenv("LIGHTBOX_HOME", "/somewhere")
    assert Settings().data_roots == (Path("/somewhere/data"),)
    monkeypatch.setenv("LIGHTBOX_DATA_ROOTS", "/one:/two")
    assert Settings().data_roots == (Path("/one"), Path("/two"))
