"""What several test files share: the model "blobs", loaded as the app loads it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from blob_models import fitted_graph, write_model

from medcore import models
from medcore.settings import settings


@pytest.fixture(scope="session", autouse=True)
def lightbox_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An empty folder that is LIGHTBOX_HOME: no test sees, or writes to, what the one who runs it has in var/."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIGHTBOX_HOME", str(tmp_path_factory.mktemp("home")))
        settings.cache_clear()
        yield settings().home
    settings.cache_clear()


@pytest.fixture(scope="session")
def blob_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the model "blobs", in a models folder of its own."""
    return write_model(tmp_path_factory.mktemp("models") / "blobs", fitted_graph())


@pytest.fixture
def models_folder(tmp_path: Path) -> Iterator[Path]:
    """An empty folder that the app takes for `models/` in this test."""
    (tmp_path / "models").mkdir()
    yield from _as_models(tmp_path / "models")


@pytest.fixture
def home(tmp_path: Path, models_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty LIGHTBOX_HOME, and no model that comes with Lightbox."""
    monkeypatch.setenv("LIGHTBOX_HOME", str(tmp_path / "home"))
    settings.cache_clear()
    return tmp_path / "home"


@pytest.fixture
def blob_model(blob_folder: Path) -> Iterator[models.Model]:
    """The model "blobs", loaded as the app loads it."""
    for _ in _as_models(blob_folder.parent):
        yield models.load("blobs")


def _as_models(folder: Path) -> Iterator[Path]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIGHTBOX_MODELS", str(folder))
        settings.cache_clear()
        yield folder
    settings.cache_clear()
