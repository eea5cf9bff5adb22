"""Which folders a web page may open: those in the data roots, and nothing that a link leads to outside of them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from labelled_sets import film

from medcore.datasets import allowed, folders
from medcore.errors import DatasetError
from medcore.settings import settings


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The one data root."""
    (tmp_path / "root" / "brains" / "a").mkdir(parents=True)
    monkeypatch.setenv("LIGHTBOX_DATA_ROOTS", str(tmp_path / "root"))
    settings.cache_clear()
    yield tmp_path / "root"
    settings.cache_clear()


def test_folders_in_a_root_may_be_opened(root):
    assert allowed(root / "brains") == (root / "brains").resolve()
    assert allowed(root) == root.resolve()


@pytest.mark.parametrize("path", ["brains/../../outside", "link", "../root2/x", "/etc"])
def test_no_way_leads_out_of_the_roots(root, path):
    (root.parent / "outside").mkdir()
    (root.parent / "root2" / "x").mkdir(parents=True)
    (root / "link").symlink_to(root.parent / "outside")
    with pytest.raises(DatasetError, match=r"isn't in a folder that may be opened here \(.*root\); move it there"):
        allowed(root / path)


def test_a_folder_that_is_not_there_is_said(root):
    with pytest.raises(DatasetError, match="There is no folder or manifest"):
        allowed(root / "none")


def test_a_path_that_leads_nowhere_is_refused_in_words(root):
    (root / "loop").symlink_to(root / "loop")
    for path in (root / "loop", Path(f"{root}/zero\0byte")):
        with pytest.raises(DatasetError, match="can't be followed; check it"):
            allowed(path)


def test_the_folders_and_manifests_in_the_roots_are_listed(root):
    film(root / "brains" / "a" / "1.png", 1)
    (root / "brains" / "set.csv").write_text('"image_path","label"\na/1.png,a\n')
    (root / "brains" / "other.csv").write_text("x,y\n")
    (root / ".hidden").mkdir()
    (root / "link").symlink_to(root.parent)
    assert folders() == [(root / "brains").resolve(), (root / "brains" / "set.csv").resolve()]


def test_a_root_that_is_not_there_lists_nothing(root, monkeypatch):
    monkeypatch.setenv("LIGHTBOX_DATA_ROOTS", f"{root}/none")
    settings.cache_clear()
    assert folders() == []


def test_what_cannot_be_read_in_a_root_is_not_offered_and_does_not_break_the_list(root, monkeypatch):
    film(root / "brains" / "a" / "1.png", 1)
    (root / "brains" / "set.csv").write_text("image_path,label\na/1.png,a\n")

    def closed(path: Path, *arguments: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr(Path, "open", closed)
    assert folders() == [(root / "brains").resolve()]
    monkeypatch.setattr(Path, "iterdir", closed)
    assert folders() == []
