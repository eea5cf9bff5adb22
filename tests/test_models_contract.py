"""Models of slices and of colour pictures: what they take, what they decline, and that they score it."""

import numpy as np
import pytest
from blob_models import BLOB_SPEC, write_blank, write_model

from medcore import architectures, models, preprocessing
from medcore.errors import InvalidCard
from medcore.phantoms import ct_series, plain_film
from medcore.volume import Acquisition, Series, Volume

CHEST = Acquisition("CR", "CHEST", "PA", None, 40.0)


def series_of(volume: Volume, acquisition: Acquisition) -> Series:
    return Series("1.2", "phantom", volume, acquisition)


def test_a_model_of_slices_takes_a_series_of_them(tmp_path):
    of_slices = models.read_card(write_blank(tmp_path / "slices", contract={"modality": ["CT"], "pictures": "slices"}))
    assert models.check_contract(of_slices, ct_series()).reason == "Fits what the model was made for: modality CT."


def test_a_colour_picture_is_for_models_with_three_channels(tmp_path):
    pixels = np.zeros((1, 64, 64, 3), np.uint8)
    photograph = series_of(Volume(pixels, None, "grey", None, "RGB", "image"), CHEST)
    assert "colour picture" in models.check_contract(models.read_card(write_blank(tmp_path / "grey")), photograph).reason
    in_colour = write_blank(tmp_path / "colour", input_spec={**BLOB_SPEC.to_json(), "channels": 3})
    assert models.check_contract(models.read_card(in_colour), photograph).accepted is True
    assert models.check_contract(models.read_card(in_colour), series_of(plain_film(1), CHEST)).accepted is True


def test_a_contract_that_asks_nothing_says_so(tmp_path):
    asks_nothing = models.read_card(write_blank(tmp_path / "any", contract={"pictures": "slices"}))
    gate = models.check_contract(asks_nothing, ct_series())
    assert gate.accepted is None
    assert gate.reason == "Nothing could be checked: the model's card doesn't say what kind of picture it was made for."


@pytest.mark.parametrize("pictures", ["films", ["single"], None, 3])
def test_a_contract_with_another_word_for_its_pictures_is_refused(tmp_path, pictures):
    folder = write_blank(tmp_path / "odd", contract={"pictures": pictures})
    with pytest.raises(InvalidCard, match=r"odd can't be used \(its contract's pictures"):
        models.read_card(folder)


@pytest.mark.parametrize("architecture", ["small_cnn", "textbook_cnn"])
def test_a_model_in_colour_scores_a_photograph_and_a_grey_film(models_folder, architecture):
    spec = preprocessing.InputSpec((40, 28), "range", limits=(0, 255), channels=3, resize="pad")
    graph = architectures.build(architecture, 2, spec.size, spec.channels)
    changes = {"architecture": architecture, "input_spec": spec.to_json(), "contract": {}}
    model = models.load(write_model(models_folder / "colour", graph, **changes).name)
    pixels = np.random.default_rng(0).integers(0, 256, (1, 90, 50, 3), np.uint8)
    for volume in (Volume(pixels, None, "grey", None, "RGB", "image"), plain_film(1)):
        scores = models.predict(model, series_of(volume, Acquisition()), 0).scores
        logits = np.asarray(graph(preprocessing.prepare(volume, 0, spec)[None]))[0] / 2
        assert list(scores.values()) == pytest.approx(np.exp(logits) / np.exp(logits).sum(), abs=1e-3)
