"""The picture to keep is of what the viewer shows: a film that the reader turned is turned there too, and says so."""

import io

import numpy as np
import pytest
from PIL import Image

from medcore import rendering
from medcore.models import PURPOSE, Gate, Prediction
from medcore.phantoms import chest_film
from medcore.reading import Reading
from medcore.recognition import Posture
from medcore.volume import Acquisition, Heatmap, Series
from ui import keeping
from ui.session import Session
from ui.texts import translator
from ui.texts.catalogs import catalog
from ui.viewer import View

GATE = Gate(False, "Declined because it is upside down.", declined_by="posture", correction=Posture(False, 2))


@pytest.fixture
def session(home) -> Session:
    mine = Session()
    mine._keep(Reading((Series("u", "CR chest", chest_film(1, (700, 650)), Acquisition("CR")),), ()))
    return mine


def kept(session: Session, gate: Gate, views: dict[str, View]) -> Image.Image:
    current = session.current()
    prediction = Prediction("chest", "1", "ab", "cd", 0, {"a": 0.6, "b": 0.4}, {"a": 0.5, "b": 0.5}, gate, 1.0)
    heatmap = Heatmap(np.zeros(current.series.volume.shape[1:], np.float32), "a", "gradcam", "chest", 0)
    return Image.open(io.BytesIO(keeping.picture(current, prediction, heatmap, views)))


@pytest.mark.parametrize("posture", [Posture(False, 2), Posture(False, 1), Posture(True, 0)], ids=lambda each: each.name)
def test_a_corrected_film_is_kept_as_it_lies_with_its_sentence(session, posture):
    session.correct(session.chosen, posture)
    series = session.current().series
    picture = kept(session, Gate(True, "Fits."), {})
    film = rendering.to_rgb(series.volume, 0, series.volume.window_or_range())
    assert np.array_equal(np.asarray(picture)[: film.shape[0], : film.shape[1]], film)
    assert f"\n{series.changes[0]}\n" in picture.info["Description"]


def test_inverting_in_the_viewer_is_no_correction(session):
    upright = np.asarray(kept(session, Gate(True, "Fits."), {}))
    inverted = kept(session, Gate(True, "Fits."), {session.current().token: View(0, inverted=True)})
    assert "by the reader" not in inverted.info["Description"]
    assert not np.array_equal(np.asarray(inverted)[:700], upright[:700])


def test_an_overridden_decline_is_in_the_picture_with_its_reason(session):
    said = kept(session, GATE, {}).info["Description"]
    assert f"{GATE.reason}\nThe reader overrode the model" in said
    assert said.endswith(PURPOSE)


def test_the_picture_speaks_the_language_of_the_session_that_asked_for_it(session):
    current = session.current()
    prediction = Prediction("chest", "1", "ab", "cd", 0, None, {}, GATE, 1.0)
    heatmap = Heatmap(np.zeros(current.series.volume.shape[1:], np.float32), "a", "gradcam", "chest", 0)
    purposes = {}
    for language in ("en", "zh"):
        content = keeping.picture(current, prediction, heatmap, {}, translator(language))
        purposes[language] = Image.open(io.BytesIO(content)).info["Description"].splitlines()[-1]
    assert purposes == {"en": PURPOSE, "zh": catalog("zh").texts[PURPOSE]}
