"""Several volumes of one whole: one entry, stored when shown, answered for one by one, given back together."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from blob_models import write_blank

from medcore import store
from medcore.errors import ReadingLimit
from medcore.models import Gate, Model, ModelCard, Prediction, read_card
from medcore.reading import Reading
from medcore.settings import settings
from medcore.volume import Acquisition, Heatmap, Part, Series, Volume
from ui import voxels
from ui.scan import wholes
from ui.session import MOST_STORED, Session
from ui.viewer import View


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("LIGHTBOX_HOME", str(tmp_path))
    settings.cache_clear()
    yield tmp_path
    settings.cache_clear()


def volume(number: int, folder: Path | None = None) -> Volume:
    """Four slices whose values are the number; in a file without a name where a folder is given, as reading leaves it."""
    values = np.full((4, 6, 8), number, np.int16)
    if folder is not None:
        path = folder / f"{number}.bin"
        values.tofile(path)
        values = np.memmap(path, np.int16, "r", shape=(4, 6, 8))
        path.unlink()
    return Volume(values, None, "grey", "MR", "MONOCHROME2", "slices")


def part(number: int, count: int, whole: str = "w", folder: Path | None = None) -> Series:
    return Series("u", "MR head", volume(number, folder), Acquisition("MR"), {}, (), Part(whole, number, count, "volume"))


def opened(count: int, folder: Path | None = None) -> Session:
    session = Session()
    session._keep(Reading(tuple(part(number, count, folder=folder) for number in range(count)), ()))
    return session


def shown(session: Session) -> int:
    return int(session.current().series.volume.voxels[0, 0, 0])


def stored() -> int:
    return len(list(settings().store_folder.glob("*.npy")))


def test_volumes_of_one_whole_are_one_entry_in_their_order_beside_others():
    alone = replace(part(9, 10), part=None)
    series = [part(1, 2), alone, part(0, 2, "v"), part(0, 2), replace(alone, uid="x"), part(1, 2, "v")]
    assert [[each.part and (each.part.whole, each.part.index) for each in one] for one in wholes(series)] == [
        [("w", 0), ("w", 1)],
        [None],
        [("v", 0), ("v", 1)],
        [None],
    ]


def test_only_what_was_shown_is_stored_and_has_an_address():
    session = opened(20)
    assert (len(session.opened), stored(), len(session.current_scan().parts)) == (1, 1, 20)
    session.show_part(session.chosen, 7)
    assert shown(session) == 7
    assert stored() == 2
    assert set(session.current_scan().stored) == {0, 7}


def test_another_volume_is_shown_as_the_last_one_was():
    session = opened(3)
    first = session.current().token
    session.views[first] = View(2, center=5.0, width=9.0, zoom=3.0, column=1.0, row=1.0)
    session.show_part(session.chosen, 2)
    assert session.current().token != first
    assert session.views[session.current().token] == session.views[first]
    assert session.slice_index(session.current()) == 2
    session.views[session.current().token] = View(3)
    session.show_part(session.chosen, 0)
    assert session.current().token == first
    assert session.slice_index(session.current()) == 3


def answered(session: Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> tuple[ModelCard, Prediction, str]:
    """A model that was asked of the volume on the screen: its card, the answer, and the address of its map."""
    scored, card = session.current(), read_card(write_blank(tmp_path / "m"))
    hashes = card.weights_sha256, card.input_spec.hash
    answer = Prediction("m", card.version, *hashes, 0, None, card.operating_points, Gate(True, ""), 1.0)
    heatmap = Heatmap(np.zeros((6, 8), np.float32), "blob", "gradcam", "m", 0)
    monkeypatch.setattr("medcore.models.predict", lambda *_: answer)
    monkeypatch.setattr("medcore.explaining.explain", lambda *_: heatmap)
    session.predict(scored, 0, Model(card, None, None))
    session.make_map(scored, 0, Model(card, None, None), "blob", "gradcam")
    return card, answer, session.map_of(scored, 0, card, "blob", "gradcam").token


def test_a_score_or_map_of_one_volume_is_not_shown_on_another(monkeypatch, tmp_path):
    session = opened(3)
    card, answer, token = answered(session, monkeypatch, tmp_path)
    session.show_part(session.chosen, 1)
    other = session.current()
    assert session.last_answer(other, card) is None
    assert session.map_of(other, 0, card, "blob", "gradcam") is None
    session.show_part(session.chosen, 0)
    assert session.last_answer(session.current(), card) is answer
    assert session.map_of(session.current(), 0, card, "blob", "gradcam").token == token
    session.close_scan(session.chosen)
    assert (session.predictions, session.maps, session.asked) == ({}, {}, {})
    assert not voxels.is_published(token)


@pytest.mark.parametrize("change", [{"version": "2"}, {"weights_sha256": "0" * 64}], ids=lambda each: next(iter(each)))
def test_what_one_version_of_a_model_said_isnt_shown_as_anothers(change, monkeypatch, tmp_path):
    session = opened(1)
    card, answer, _ = answered(session, monkeypatch, tmp_path)
    published = replace(card, **change)
    assert session.last_answer(session.current(), published) is None
    assert session.map_of(session.current(), 0, published, "blob", "gradcam") is None
    assert session.last_answer(session.current(), card) is answer


def test_going_through_many_volumes_keeps_few_in_the_store_and_all_can_be_shown_again():
    session = opened(20)
    tokens = set()
    for position in [*range(20), 0, 3]:
        session.show_part(session.chosen, position)
        tokens.add(session.current().token)
        assert shown(session) == position
        assert sum(session.id in users for users in store._sessions.values()) <= MOST_STORED
    assert sum(voxels.is_published(token) for token in tokens) == MOST_STORED
    assert len(session.views) <= MOST_STORED


def test_where_the_store_is_small_older_volumes_make_room_and_the_shown_one_stays(monkeypatch):
    session = opened(4)
    session.show_part(session.chosen, 1)
    puts = store.put

    def put(volume: Volume) -> str:
        if len(session.current_scan().stored) > 1:
            raise ReadingLimit("no room")
        return puts(volume)

    monkeypatch.setattr(store, "put", put)
    session.show_part(session.chosen, 2)
    assert shown(session) == 2
    assert set(session.current_scan().stored) == {1, 2}
    monkeypatch.setattr(store, "put", _no_room)
    with pytest.raises(ReadingLimit):
        session.show_part(session.chosen, 3)
    assert shown(session) == 2
    assert voxels.is_published(session.current().token)
    assert session.current_scan().answered == 3


def _no_room(volume: Volume) -> str:
    raise ReadingLimit("no room")


def mapped(folder: Path) -> int:
    """How many of the nameless files in a folder this process still holds."""
    return sum(f"{folder}/" in line and "deleted" in line for line in Path("/proc/self/maps").read_text().splitlines())


def test_closing_gives_back_tokens_the_store_and_the_disk(tmp_path):
    folder = tmp_path / "reading"
    folder.mkdir()
    session = opened(5, folder)
    assert mapped(folder) == 4  # the first lies in the store now
    session.show_part(session.chosen, 3)
    assert mapped(folder) == 3
    tokens = [each.token for each in session.current_scan().stored.values()]
    session.close_scan(session.chosen)
    assert session.current() is None
    assert not any(map(voxels.is_published, tokens))
    assert not any(session.id in users for users in store._sessions.values())
    assert mapped(folder) == 0


def test_the_very_same_whole_is_kept_and_one_that_differs_in_a_later_volume_takes_its_place():
    session = opened(3)
    before = session.current_scan()
    session._keep(Reading(tuple(part(number, 3) for number in range(3)), ()))
    assert session.current_scan() is before
    session._keep(Reading((part(0, 3), part(1, 3), replace(part(2, 3), volume=volume(8))), ()))
    assert len(session.opened) == 1
    session.show_part(session.chosen, 2)
    assert shown(session) == 8


def test_an_overlay_has_an_address_of_its_own_that_ends_with_the_scan():
    session = Session()
    drawn = replace(volume(1), overlay=np.ones((4, 6, 8), np.uint8))
    series = replace(part(1, 2), part=None, volume=drawn)
    session._keep(Reading((series,), ()))
    token = session.current().overlay_token
    assert voxels._find(token) is drawn.overlay
    session._keep(Reading((replace(series, volume=replace(drawn, overlay=None)),), ()))
    assert session.current().overlay_token is None
    assert not voxels.is_published(token)
    assert len(session.opened) == 1
