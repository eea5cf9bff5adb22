"""What a survey says of a labelled set: everything in it, what can't be used and why, and what is wrong with it."""

import json
from pathlib import Path

import numpy as np
import pytest
from labelled_sets import accounted, film, in_layout, kinds, labelled, reason, text
from PIL import Image
from reading_inputs import slice_dataset, write

from medcore import phantoms
from medcore.datasets import survey
from medcore.datasets.patients import hashed
from medcore.errors import DatasetError

DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def test_a_folder_for_each_class_is_counted_and_can_be_trained_on(tmp_path):
    found = survey(labelled(tmp_path))
    assert (found.labels, found.found, len(found.films), found.splits) == (("blob", "plain"), 24, 24, ())
    assert found.counts == {"blob": {"": 12}, "plain": {"": 12}}
    assert found.sizes == {(40, 48): 24}
    assert (found.thumbnails.shape, found.thumbnails.dtype) == ((24, 64, 64), np.uint8)
    assert found.can_train
    assert accounted(found)
    assert (found.patients.count, found.patients.source, found.patients.unknown) == (12, "file names", 0)


@pytest.mark.parametrize("names", [{}, {"train": "Training", "val": "VALID", "test": "testing"}])
def test_a_layout_of_splits_is_recognised_under_its_usual_names(tmp_path, names):
    found = survey(in_layout(tmp_path, **names))
    assert found.counts["blob"] == {"test": 12, "train": 12, "val": 12}
    assert found.splits == ("train", "val", "test")
    assert found.labels == ("blob", "plain")


def test_a_manifest_gives_label_patient_split_and_stratum(tmp_path):
    for number in range(3):
        film(tmp_path / "all" / f"{number}.png", number)
    path = tmp_path / "set.csv"
    path.write_text(
        "image_path,label,patient_id,split,stratum\nall/0.png,a,Kim,Validation,x\nall/1.png,b,,,\nall/9.png,b,,,\n"
        "all/2.png,,,,\n../out.png,a,,,\nall/1.png,b,Lee,sometimes,\n"
    )
    film(tmp_path.parent / "out.png", 5)
    found = survey(path)
    first, second = found.films
    assert (first.name, first.label, first.split, first.stratum) == ("all/0.png", "a", "val", "x")
    assert first.patient == hashed("Kim")
    assert "Kim" not in first.patient
    assert (second.patient, second.split) == ("all/1.png", "")
    assert found.patients.source == "manifest"
    assert found.patients.unknown == 1
    assert "It isn't there" in reason(found, "all/9.png")
    assert "Line 5: It needs image_path, label" in reason(found, "all/2.png")
    assert "Line 6: It leads out of the set's own folder" in reason(found, "../out.png")
    assert "Line 7: It needs" in reason(found, "all/1.png")
    assert accounted(found)


def test_the_same_pixels_in_other_bytes_are_a_copy_and_a_new_compression_is_near(tmp_path):
    labelled(tmp_path)
    film(tmp_path / "plain" / "q1.png", 60, (128, 128))
    film(tmp_path / "plain" / "q2.png", 60, (128, 128), compress_level=0)
    film(tmp_path / "plain" / "q3.jpg", 60, (128, 128), quality=70)
    found = survey(tmp_path)
    assert found.copies == (("plain/q1.png", "plain/q2.png"),)
    assert found.near == (("plain/q1.png", "plain/q3.jpg"),)


def test_films_of_different_patients_do_not_look_alike(tmp_path):
    assert survey(phantoms.labelled_set(tmp_path, 60)).near == ()


def test_a_patient_or_picture_in_two_splits_stays_in_the_later_one_only(tmp_path):
    in_layout(tmp_path, each=20)
    film(tmp_path / "train" / "plain" / "patient200_7.png", 7001)
    film(tmp_path / "train" / "plain" / "patient999_0.png", 7003, (128, 128))
    film(tmp_path / "test" / "plain" / "patient998_0.png", 7003, (128, 128))
    film(tmp_path / "train" / "plain" / "patient997_0.png", 7005, (128, 128))
    film(tmp_path / "test" / "plain" / "patient996_0.jpg", 7005, (128, 128), quality=80)
    found = survey(tmp_path)
    assert reason(found, "train/plain/patient200_7.png").startswith("Its patient is in test too")
    assert reason(found, "train/plain/patient999_0.png") == "A copy of test/plain/patient998_0.png, which is kept."
    assert reason(found, "train/plain/patient997_0.png") == "It looks like test/plain/patient996_0.jpg, which is in test."
    assert len(found.crossing) == 2
    assert {"crossing", "patient in two splits", "copies"} <= kinds(found)
    assert accounted(found)


def test_dicom_patients_are_hashes_with_a_salt_of_this_home(tmp_path, home):
    for number in range(6):
        pixels = np.random.default_rng(number).integers(0, 4095, (16, 16)).astype(np.int16)
        dataset = slice_dataset(pixels, PatientID=f"Smith-{number // 2}", SeriesInstanceUID=f"1.2.{number}")
        write(dataset, tmp_path / "set" / ("a", "b")[number % 2] / f"{number}.dcm")
    found = survey(tmp_path / "set")
    assert (found.patients.count, found.patients.source) == (3, "DICOM PatientID")
    assert all(len(one.patient) == 16 for one in found.films)
    assert "Smith" not in json.dumps(found.to_json()) + repr(found.films)
    assert ((home / "salt").stat().st_mode & 0o777, len((home / "salt").read_bytes())) == (0o600, 32)
    assert survey(tmp_path / "set").films == found.films
    assert found.modalities == {"CT": 6}


def test_sixteen_bit_films_of_either_polarity_are_shown_bright_where_x_rays_stopped(tmp_path):
    ramp = np.tile(np.linspace(0, 60_000, 64).astype(np.uint16), (64, 1))
    for label, photometric in (("a", "MONOCHROME1"), ("b", "MONOCHROME2")):
        dataset = slice_dataset(ramp, PhotometricInterpretation=photometric, RescaleIntercept=0)
        dataset.SeriesInstanceUID = "1.2.7" if label == "a" else "1.2.8"
        write(dataset, tmp_path / label / "1.dcm")
    found = survey(tmp_path)
    assert found.photometrics == {"MONOCHROME1": 1, "MONOCHROME2": 1}
    assert found.value_range == (0, 60_000)
    inverted, plain = found.thumbnails.astype(int)
    assert inverted[0, 0] > 200 > 50 > inverted[0, -1]
    assert plain[0, -1] > 200 > 50 > plain[0, 0]


def test_a_pattern_says_the_patient_and_its_matches_are_shown(tmp_path):
    for number in range(4):
        film(tmp_path / ("a", "b")[number % 2] / f"scan-{number // 2}-x{number}.png", number)
    assert survey(tmp_path).patients.source == "unknown"
    found = survey(tmp_path, name_pattern=r"scan-(\d)")
    assert ({one.patient for one in found.films}, found.patients.pattern) == ({"0", "1"}, r"scan-(\d)")
    assert ("a/scan-0-x0.png", "0") in found.patients.examples
    with pytest.raises(DatasetError, match=r"The file-name pattern '\(' isn't a regular expression"):
        survey(tmp_path, name_pattern="(")


def test_films_without_patients_are_said_aloud(tmp_path):
    for number in range(4):
        film(tmp_path / ("a", "b")[number % 2] / f"{number}.png", number)
    assert "Nothing says whose 4 of 4 films are" in text(survey(tmp_path), "patients unknown")


def test_what_goes_with_a_label_is_warned_of(tmp_path):
    for number in range(30):
        film(tmp_path / "a" / f"patient{number}_1.png", 2 * number, (40, 40))
        film(tmp_path / "b" / f"patient{number}_2.jpg", 2 * number + 100, (40, 60))
    found = survey(tmp_path)
    told = {one.name: one.auc for one in found.shortcuts}
    assert told["columns"] == told["aspect"] == told["file type"] == 1
    assert told["rows"] == 0.5
    assert "columns (a from the rest: AUC 1.00)" in text(found, "shortcut")
    assert found.can_train


def test_colour_is_seen_and_grey_that_is_stored_as_colour_is_not(tmp_path):
    for number in range(4):
        grey = Image.open(film(tmp_path / ("a", "b")[number % 2] / f"{number}.png", number))
        grey.convert("RGB").save(tmp_path / ("a", "b")[number % 2] / f"{number}.png")
    assert not survey(tmp_path).is_colour
    for number in range(4):
        pixels = np.random.default_rng(number).integers(0, 255, (40, 40, 3)).astype(np.uint8)
        Image.fromarray(pixels).save(tmp_path / ("a", "b")[number % 2] / f"{number}.png")
    found = survey(tmp_path)
    assert (found.is_colour, found.colour_films, found.thumbnails.shape) == (True, 4, (4, 64, 64, 3))


def test_of_a_file_with_several_slices_the_middle_one_is_the_film_and_that_is_said(tmp_path):
    import nibabel

    for number in range(2):
        (tmp_path / "ab"[number]).mkdir()
        voxels = np.random.default_rng(number).integers(0, 99, (20, 24, 5)).astype(np.int16)
        nibabel.save(nibabel.Nifti1Image(voxels, np.eye(4)), tmp_path / "ab"[number] / "v.nii.gz")
    found = survey(tmp_path)
    assert "2 files with several slices: of each the middle one is the film" in text(found, "several slices")
    assert len(found.films) == 2


def test_progress_is_told_often_rises_and_can_end_the_survey(tmp_path):
    told: list[tuple[int, int]] = []
    survey(labelled(tmp_path), progress=lambda done, total: told.append((done, total)))
    assert told == sorted(told)
    assert told[-1] == (24, 24)
    assert len(told) > 24

    def stop(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        survey(tmp_path, progress=stop)


def test_all_of_a_survey_but_its_thumbnails_can_be_written_as_json(tmp_path):
    found = json.loads(json.dumps(survey(labelled(tmp_path)).to_json()))
    assert found["sizes"] == {"40×48": 24}
    assert found["can_train"] is True
    assert {"problems", "shortcuts", "near", "patients", "unreadable"} <= set(found)


def test_the_brain_set_shows_its_copies_on_both_sides_of_its_split():
    if not DATA.is_dir():
        pytest.skip("the real films (../shared/data) aren't here")
    found = survey(DATA / "brain_mri_tumour_224")
    assert found.found == 2262
    assert len(found.copies) > 50
    assert any({name.split("/")[0] for name in group} == {"train", "test"} for group in found.copies)
    assert {"patients unknown", "copies", "near copies", "crossing", "shortcut"} <= kinds(found)
    assert accounted(found)
    assert found.can_train
