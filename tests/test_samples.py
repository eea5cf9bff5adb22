"""Every built-in sample is installed and opens as the kind of image that its title promises."""

import pytest

from medcore import reading
from medcore.errors import UnknownName
from medcore.samples import SAMPLES, Sample, sample_path

PROMISED = {
    "chest-cr": ("CR", "CHEST", "MONOCHROME1", "image"),
    "tibia-cr": ("CR", "EXTREMITY", "MONOCHROME1", "image"),
    "head-ct": ("CT", "HEAD", "MONOCHROME2", "image"),
    "abdomen-mr": ("MR", "ABDOMEN", "MONOCHROME2", "image"),
    "heart-us": ("US", None, "RGB", "frames"),
}


def test_each_sample_is_promised_something():
    assert list(PROMISED) == list(SAMPLES)


@pytest.mark.parametrize("name", SAMPLES)
def test_a_sample_opens_without_refusals_as_what_its_title_says(name):
    result = reading.read([sample_path(name)])
    assert result.refusals == ()
    (series,) = result.series
    made = series.acquisition
    assert (made.modality, made.body_part, series.volume.photometric, series.volume.kind) == PROMISED[name]
    words = {"CR": "(CR)", "CT": "(CT)", "MR": "(MR)", "US": "(ultrasound)"}
    assert SAMPLES[name].title.endswith(words[made.modality])


def test_the_chest_film_is_a_frontal_one_of_an_adult():
    (series,) = reading.read([sample_path("chest-cr")]).series
    assert series.acquisition.view == "PA"
    assert series.acquisition.age_years >= 18


def test_the_moving_heart_has_frames():
    (series,) = reading.read([sample_path("heart-us")]).series
    assert series.volume.shape[0] > 1


def test_an_unknown_sample_is_told_the_choices():
    with pytest.raises(UnknownName, match="no sample 'knee'; choose chest-cr, tibia-cr, head-ct, abdomen-mr, heart-us"):
        sample_path("knee")


def test_a_sample_that_is_not_installed_says_what_to_do_and_is_not_downloaded(monkeypatch):
    monkeypatch.setitem(SAMPLES, "knee", Sample("no_such_file.dcm", "Knee (CR)"))
    with pytest.raises(UnknownName, match=r"no_such_file\.dcm isn't installed; install requirements\.lock again"):
        sample_path("knee")
