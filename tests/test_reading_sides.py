"""How a series is shown at first: the patient's sides that its rows and columns run to, and the window of most slices."""

import pydicom
from reading_inputs import write_series

from medcore import reading
from medcore.samples import sample_path


def test_a_films_sides_are_its_patient_orientation_and_a_mirrored_one_is_said():
    chest, leg = (reading.read([sample_path(sample)]).series[0].volume for sample in ("chest-cr", "tibia-cr"))
    assert chest.runs_to == ("L", "F")
    assert leg.runs_to == ("R", "F")
    mirrored = "This film is stored mirrored: the patient's right is on the image's right."
    assert mirrored in leg.warnings
    assert mirrored not in chest.warnings


def test_the_window_of_most_slices_is_the_series_not_an_odd_one_in_the_middle(tmp_path):
    paths = write_series(tmp_path, 5, WindowCenter=40, WindowWidth=400)
    middle = sorted(paths, key=lambda path: pydicom.dcmread(path).InstanceNumber)[2]
    odd = pydicom.dcmread(middle)
    odd.WindowCenter, odd.WindowWidth = 3010, 6020
    odd.save_as(middle)
    window = reading.read([tmp_path]).series[0].volume.suggested_window
    assert (window.center, window.width) == (40, 400)
