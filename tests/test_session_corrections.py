"""A scan that the reader turned or inverted: one picture for viewer, model and exports, its sentence, and the way back."""

from dataclasses import replace

import numpy as np
import pytest
from blob_models import write_blank

from medcore import store
from medcore.models import Gate, Model, ModelCard, Prediction, read_card
from medcore.reading import Reading
from medcore.recognition import POSTURES, Posture
from medcore.volume import Acquisition, Part, Series, Volume
from ui import voxels
from ui.scan import Opened, change
from ui.session import Session
from ui.viewer import View

UPSIDE_DOWN, ON_ITS_SIDE, INVERTED = Posture(False, 2), Posture(False, 1), Posture(True, 0)


@pytest.fixture(autouse=True)
def empty_home(home):
    return home


def volume(number: int = 0) -> Volume:
    """Three slices of 4 × 5 in which no two values are the same."""
    values = np.arange(60, dtype=np.int16).reshape(3, 4, 5) + 100 * number
    return Volume(values, None, "grey", "CR", "MONOCHROME2", "slices", (1.0, 2.0), overlay=(values % 2).astype(np.uint8))


def opened(count: int = 1) -> Session:
    session = Session()
    parts = [Part("w", number, count, "echo") if count > 1 else None for number in range(count)]
    series = tuple(Series("u", "CR chest", volume(n), Acquisition("CR"), part=part) for n, part in enumerate(parts))
    session._keep(Reading(series, ()))
    return session


def shown(session: Session) -> Opened:
    current = session.current()
    assert current is not None
    return current


def answer_of(card: ModelCard) -> Prediction:
    hashes = card.weights_sha256, card.input_spec.hash
    return Prediction(card.id, card.version, *hashes, 0, None, card.operating_points, Gate(True, ""), 1.0)


def served(token: str, index: int) -> bytes:
    found = voxels._find(token)
    assert found is not None
    return voxels._slice_bytes(found, index)


@pytest.mark.parametrize(
    ("posture", "sentence"),
    [
        (UPSIDE_DOWN, "Turned 180° by the reader."),
        (ON_ITS_SIDE, "Turned 90° right by the reader."),
        (INVERTED, "Inverted by the reader."),
        (Posture(True, 3), "Inverted and turned 90° left by the reader."),
    ],
)
def test_a_change_is_a_sentence(posture, sentence):
    assert change(posture) == sentence


@pytest.mark.parametrize("posture", [posture for posture in POSTURES if not posture.is_upright], ids=lambda each: each.name)
def test_the_viewer_is_served_what_a_model_and_an_export_get(posture):
    session = opened()
    session.correct(session.chosen, posture)
    series = shown(session).series
    assert series.changes == (change(posture),)
    assert np.array_equal(series.volume.voxels, np.rot90(volume().voxels, -posture.quarter_turns, (1, 2)))
    assert series.volume.photometric == ("MONOCHROME1" if posture.inverted else "MONOCHROME2")
    assert served(shown(session).token, 1) == series.volume.voxels[1].tobytes()
    assert served(shown(session).overlay_token, 1) == np.rot90(volume().overlay[1], -posture.quarter_turns).tobytes()


def test_a_turned_scan_takes_no_more_of_the_store(home):
    session = opened()
    before, copies = shown(session), len(list((home / "store").glob("*.npy")))
    session.correct(session.chosen, UPSIDE_DOWN)
    after = shown(session)
    assert len(list((home / "store").glob("*.npy"))) == copies == 1
    assert np.shares_memory(after.series.volume.voxels, before.series.volume.voxels)
    assert session.id in store._sessions[after.volume_id]


def test_the_old_addresses_end_and_the_view_stays_but_for_its_place():
    session = opened()
    before = shown(session)
    session.views[before.token] = View(2, 5.0, 9.0, "usual range", True, 3.0, 1.0, 1.0, False, True, 0.7, 12)
    session.correct(session.chosen, ON_ITS_SIDE)
    assert not voxels.is_published(before.token)
    assert not voxels.is_published(before.overlay_token)
    assert session.views == {shown(session).token: View(2, 5.0, 9.0, "usual range", None, None, None, None, False, True, 0.7)}


def test_what_was_said_before_isnt_said_of_the_corrected_scan_and_is_there_again_when_it_is_undone(monkeypatch, tmp_path):
    session = opened()
    before = shown(session)
    card = read_card(write_blank(tmp_path / "m"))
    monkeypatch.setattr("medcore.models.predict", lambda *_: answer_of(card))
    session.predict(before, 0, Model(card, None, None))
    said = session.last_answer(before, card)
    assert said is not None
    session.correct(session.chosen, UPSIDE_DOWN)
    assert session.last_answer(shown(session), card) is None
    assert session.takes_to_ask(shown(session))
    assert not session.takes_to_ask(shown(session))
    session.undo_corrections(session.chosen)
    assert session.last_answer(shown(session), card) is said
    assert not session.takes_to_ask(shown(session))
    assert shown(session).series.changes == ()
    assert np.array_equal(shown(session).series.volume.voxels, volume().voxels)


def test_corrections_add_up_and_one_undo_goes_back_to_what_was_read():
    session = opened()
    session.correct(session.chosen, ON_ITS_SIDE)
    first = shown(session).key
    session.correct(session.chosen, INVERTED)
    series = shown(session).series
    assert shown(session).key != first
    assert series.changes == ("Turned 90° right by the reader.", "Inverted by the reader.")
    assert (series.volume.shape, series.volume.photometric) == ((3, 5, 4), "MONOCHROME1")
    session.undo_corrections(session.chosen)
    assert shown(session).series.volume.shape == (3, 4, 5)


def test_volumes_taken_together_are_corrected_together():
    session = opened(3)
    session.show_part(session.chosen, 1)
    session.correct(session.chosen, UPSIDE_DOWN)
    for position in (1, 2, 0):
        session.show_part(session.chosen, position)
        assert shown(session).series.volume.voxels[0, -1, -1] == 100 * position
        assert shown(session).series.changes == ("Turned 180° by the reader.",)


def test_a_correction_stays_when_the_very_same_scan_is_opened_again():
    session = opened()
    session.correct(session.chosen, UPSIDE_DOWN)
    corrected = shown(session)
    series = Series("u", "CR chest", volume(), Acquisition("CR"))
    session._keep(Reading((series,), ()))
    assert shown(session) is corrected
    session._keep(Reading((replace(series, acquisition=Acquisition("DX")),), ()))
    assert shown(session).series.changes == ()


def test_closing_a_corrected_scan_leaves_nothing():
    session = opened()
    first = shown(session)
    session.predictions[first.key, 0, "m"] = object.__new__(Prediction)
    session.correct(session.chosen, UPSIDE_DOWN)
    second = shown(session)
    session.predictions[second.key, 0, "m"] = object.__new__(Prediction)
    session.close_scan(session.chosen)
    assert (session.predictions, session.views, session.opened) == ({}, {}, {})
    assert not any(map(voxels.is_published, (first.token, second.token, first.overlay_token, second.overlay_token)))
    assert not any(session.id in users for users in store._sessions.values())
