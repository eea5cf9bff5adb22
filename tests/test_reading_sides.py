"""Which way round a film lies: the patient's sides that its rows and columns run to."""

from medcore import reading
from medcore.samples import sample_path


def test_a_films_sides_are_its_patient_orientation_and_a_mirrored_one_is_said():
    chest, leg = (reading.read([sample_path(sample)]).series[0].volume for sample in ("chest-cr", "tibia-cr"))
    assert chest.runs_to == ("L", "F")
    assert leg.runs_to == ("R", "F")
    mirrored = "This film is stored mirrored: the patient's right is on the image's right."
    assert mirrored in leg.warnings
    assert mirrored not in chest.warnings
