"""Sets that can't be trained on, or not whole: each gets a sentence before training starts, and nothing goes silently."""

import os

import numpy as np
import pytest
from labelled_sets import accounted, film, labelled, reason, text
from PIL import Image

from medcore import datasets
from medcore.datasets import survey
from medcore.errors import DatasetError


def test_one_class_is_refused_in_words(tmp_path):
    found = survey(labelled(tmp_path, labels=("plain",)))
    assert "All films are plain; add a second label" in text(found, "one class")
    assert not found.can_train


def test_a_folder_around_the_set_is_pointed_into(tmp_path):
    labelled(tmp_path / "brains")
    assert "Perhaps the folder brains in it is the one to open" in text(survey(tmp_path), "one class")


def test_many_classes_of_few_films_are_said_at_once_and_may_be_patients(tmp_path):
    for number in range(12):
        film(tmp_path / f"person{number}" / "a.png", number)
    found = survey(tmp_path)
    (few,) = [problem for problem in found.problems if problem.kind == "too few films"]
    assert "person0, person1, person10 and 9 more have fewer than 10 films each" in few.text
    assert "Perhaps the folders are patients" in few.text
    assert len(few.names) == 12


def test_empty_classes_are_named(tmp_path):
    labelled(tmp_path)
    (tmp_path / "other").mkdir()
    film(tmp_path / "third" / "a.png", 1).write_text("no picture")
    found = survey(tmp_path)
    assert "other is empty" in text(found, "empty class")
    assert "No picture of third can be used" in text(found, "empty class")
    assert not found.can_train
    assert found.labels == ("blob", "plain")


def test_two_pictures_are_too_few(tmp_path):
    found = survey(labelled(tmp_path, each=1))
    assert "blob has 1 film; 10 at least are needed" in text(found, "too few films")
    assert not found.can_train
    with pytest.raises(DatasetError, match="10 at least are needed"):
        datasets.split(found, 0)


def test_a_set_of_copies_only_is_refused_and_each_copy_named(tmp_path):
    for label, seed in (("a", 1), ("b", 2)):
        for number in range(15):
            film(tmp_path / label / f"{number:02d}.png", seed)
    found = survey(tmp_path)
    assert "Every picture is there twice or more: 28 films are copies" in text(found, "copies")
    assert "a has 1 film once copies and files that can't be used are left out of 15" in text(found, "too few films")
    assert not found.can_train
    assert reason(found, "a/03.png") == "A copy of a/00.png, which is kept."
    assert accounted(found)


def test_damaged_files_among_good_ones_are_named_and_the_others_used(tmp_path):
    labelled(tmp_path)
    whole = film(tmp_path / "plain" / "z1.png", 50).read_bytes()
    (tmp_path / "plain" / "z1.png").write_bytes(whole[: len(whole) // 2])
    (tmp_path / "plain" / "z2.png").write_bytes(b"")
    (tmp_path / "blob" / "notes.txt").write_text("no picture")
    (tmp_path / "blob" / ".DS_Store").write_bytes(b"\0\0")
    (tmp_path / "beside.png").write_bytes(whole)
    found = survey(tmp_path)
    assert (len(found.films), found.found, len(found.unreadable)) == (24, 29, 5)
    assert "plain/z1.png" in reason(found, "plain/z1.png")
    assert reason(found, "blob/.DS_Store") == "A hidden file."
    assert "in no class folder" in reason(found, "beside.png")
    assert "5 files can't be used" in text(found, "unusable files")
    assert found.can_train
    assert accounted(found)


def test_one_patient_a_class_is_refused(tmp_path):
    for label in ("a", "b"):
        for number in range(12):
            film(tmp_path / label / f"patient_{label}_{number}.png", 100 * ord(label) + number)
    found = survey(tmp_path, name_pattern=r"patient_(\w)")
    assert "a has films of 1 patient only to train on" in text(found, "too few patients")
    assert not found.can_train


def test_labels_that_differ_only_by_case_are_refused(tmp_path):
    found = survey(labelled(tmp_path, labels=("blob", "Blob", "plain")))
    assert (
        text(found, "labels differ by case") == "The labels Blob, blob differ only by case or spaces; give them one spelling."
    )
    assert not found.can_train


@pytest.mark.parametrize("make", [lambda folder: None, lambda folder: (folder / "a").mkdir()])
def test_a_set_with_no_picture_at_all_says_how_a_set_looks(tmp_path, make):
    make(tmp_path)
    found = survey(tmp_path)
    assert "give one folder a class with pictures in it" in text(found, "nothing")
    assert (found.thumbnails.shape, found.counts, found.can_train) == ((0, 64, 64), {}, False)


def test_a_folder_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(DatasetError, match=r"There is no folder or manifest .*/none; check the path"):
        survey(tmp_path / "none")


def test_links_out_of_the_folder_are_not_followed_and_named(tmp_path):
    outside = film(tmp_path / "outside" / "secret.png", 1)
    root = labelled(tmp_path / "set")
    (root / "plain" / "out.png").symlink_to(outside)
    (root / "plain" / "more").symlink_to(outside.parent)
    (root / "third").symlink_to(outside.parent)
    (root / "plain" / "gone.png").symlink_to(tmp_path / "nothing")
    os.mkfifo(root / "plain" / "pipe.png")
    (root / "plain" / "own.png").symlink_to(root / "plain" / "patient000_0.png")
    found = survey(root)
    assert "It leads out of the set's own folder" in reason(found, "plain/out.png")
    assert "A link to a folder isn't followed" in reason(found, "plain/more")
    assert "A link to a folder isn't followed" in reason(found, "third")
    assert "It isn't there" in reason(found, "plain/gone.png")
    assert reason(found, "plain/pipe.png") == "It is no file."
    assert "A copy of" in reason(found, "plain/patient000_0.png")
    assert found.labels == ("blob", "plain")
    assert accounted(found)


def test_a_picture_under_two_labels_is_left_out_of_both(tmp_path):
    labelled(tmp_path, each=14)
    film(tmp_path / "plain" / "x.png", 999)
    film(tmp_path / "blob" / "y.png", 999)
    found = survey(tmp_path)
    assert set(found.conflicts) == {"plain/x.png", "blob/y.png"}
    assert "labelled blob as blob/y.png; both are left out" in reason(found, "plain/x.png")
    assert "2 films stand under two labels" in text(found, "two labels")
    assert not {"plain/x.png", "blob/y.png"} & {one.name for one in found.films}
    assert found.can_train


def test_a_set_whose_pictures_all_look_alike_is_refused(tmp_path):
    grain = np.random.default_rng(0)
    scene = np.array(Image.open(film(tmp_path / "scene.png", 1, (64, 64))), int)
    for number in range(40):
        film(tmp_path / "set" / ("a", "b")[number % 2] / f"{number}.png", 1)
        pixels = np.clip(scene + grain.integers(-2, 3, scene.shape), 0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(tmp_path / "set" / ("a", "b")[number % 2] / f"{number}.png")
    found = survey(tmp_path / "set")
    assert [len(group) for group in found.near] == [40]
    assert "films that look alike counted as one's" in text(found, "too few patients")
    assert not found.can_train


def test_names_that_the_file_system_cannot_take_are_listed_with_the_reason(tmp_path):
    labelled(tmp_path)
    (tmp_path / "set.csv").write_text(f"image_path,label\n{'x' * 300}.png,a\nplain/patient000_0.png,a\n")
    assert "It can't be looked at (File name too long)" in survey(tmp_path / "set.csv").unreadable[0].why
    os.link(tmp_path / "plain" / "patient000_0.png", os.fsencode(tmp_path / "plain") + b"/\xff.png")
    assert "isn't UTF-8" in reason(survey(tmp_path), "plain/\ufffd.png")


@pytest.mark.slow
def test_ten_thousand_files_are_surveyed_and_split_and_never_silent(tmp_path):
    grain = np.random.default_rng(0)
    for number in range(10_000):
        path = tmp_path / ("a", "b")[number % 2] / f"{number}.png"
        path.parent.mkdir(exist_ok=True)
        Image.fromarray(grain.integers(0, 255, (12, 12)).astype(np.uint8)).save(path)
    told: list[int] = []
    found = survey(tmp_path, progress=lambda done, total: told.append(done))
    assert len(found.films) == found.found == 10_000
    assert len(told) > 10_000
    assert len(datasets.split(found, 0).films) == 10_000


def test_a_pattern_that_never_ends_on_a_name_is_refused_and_holds_nothing_up(tmp_path, monkeypatch):
    monkeypatch.setattr("medcore.datasets.patients._MATCHING_SECONDS", 1)
    film(tmp_path / "plain" / f"{'a' * 60}.png", 1)
    with pytest.raises(DatasetError, match="takes too long on these names; leave out repeats within repeats"):
        survey(tmp_path, name_pattern="(a+)+!")


def test_each_copy_of_a_damaged_file_is_told_by_its_own_name(tmp_path):
    labelled(tmp_path)
    for number in range(3):
        (tmp_path / "plain" / f"bad{number}.png").write_bytes(b"\x89PNG\r\n\x1a\nno more")
    found = survey(tmp_path)
    assert all(one.name in one.why for one in found.unreadable)
    assert len(found.unreadable) == 3


def test_a_column_that_a_manifest_lacks_is_named(tmp_path):
    (tmp_path / "set.csv").write_text("path,label\na.png,plain\n")
    with pytest.raises(DatasetError, match=r"set\.csv has no column image_path; its columns are path, label\."):
        survey(tmp_path / "set.csv")
