"""This tab's session and the spool of uploads: what is kept, where it lies, and that it goes."""

import io
from pathlib import Path

import pydicom
import pytest

from medcore import store
from medcore.samples import sample_path
from medcore.settings import settings
from ui import voxels
from ui.session import Session
from ui.spool import spooled


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("LIGHTBOX_HOME", str(tmp_path))
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


class Upload(io.BytesIO):
    """What Streamlit gives for an uploaded file, as far as it is used."""

    name = "film.dcm"


def quiet(done: int, total: int) -> None:
    """Progress that nobody watches."""


def test_uploads_are_files_in_memory_only_and_gone_afterwards(home):
    with spooled([Upload(b"first"), Upload(b"second")]) as files:
        assert [path.read_bytes() for _, path in files] == [b"first", b"second"]
        assert all("memfd" in str(path.readlink()) and "film" not in str(path) for _, path in files)
    assert not any(path.exists() and path.read_bytes() == b"first" for _, path in files)
    assert list(home.iterdir()) == []


def test_an_uploaded_film_is_mapped_from_the_store_and_served(home):
    session = Session()
    session.open_uploads([Upload(sample_path("chest-cr").read_bytes())], quiet)
    opened = session.current()
    assert opened is not None
    assert not opened.series.volume.voxels.flags.writeable
    assert Path(opened.series.volume.voxels.filename).parent == settings().store_folder
    assert voxels._find(opened.token) is not None


def test_the_same_film_twice_is_one_series_and_a_bad_file_changes_nothing():
    session = Session()
    session.open_path(sample_path("chest-cr"), quiet)
    before = session.current()
    session.open_uploads([Upload(sample_path("chest-cr").read_bytes())], quiet)
    assert session.current() is before
    session.open_uploads([Upload(b"nothing")], quiet)
    assert session.current() is before
    assert len(session.refusals) == 1


def test_a_closed_session_leaves_no_token_and_lets_the_store_evict():
    session = Session()
    session.open_path(sample_path("chest-cr"), quiet)
    opened = session.current()
    assert session.id in store._sessions[opened.volume_id]
    session.close()
    assert voxels._find(opened.token) is None
    assert session.id not in store._sessions.get(opened.volume_id, ())


def test_a_copy_with_other_tags_takes_the_place_of_the_open_one():
    session, film = Session(), pydicom.dcmread(sample_path("chest-cr"))
    session.open_path(sample_path("chest-cr"), quiet)
    film.BodyPartExamined, film.PatientName = "SKULL", "Roe^Jane"
    changed = io.BytesIO()
    film.save_as(changed)
    session.open_uploads([Upload(changed.getvalue())], quiet)
    assert len(session.opened) == 1
    assert session.current().series.acquisition.body_part == "SKULL"
    assert session.current().series.header["PatientName"] == "Roe^Jane"


def test_a_scan_whose_address_ended_can_be_opened_again():
    session = Session()
    session.open_path(sample_path("chest-cr"), quiet)
    voxels.withdraw(session.current().token)
    session.open_path(sample_path("chest-cr"), quiet)
    assert voxels.is_published(session.current().token)


def test_a_closed_scan_makes_room_and_another_is_shown():
    session = Session()
    session.open_path(sample_path("tibia-cr"), quiet)
    session.open_path(sample_path("chest-cr"), quiet)
    chest = session.current()
    session.close_scan(chest.key)
    assert session.current().series.acquisition.body_part == "EXTREMITY"
    assert session.id not in store._sessions.get(chest.volume_id, ())
    assert not voxels.is_published(chest.token)
