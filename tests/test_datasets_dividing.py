"""The split of a survey: whole patients, every label in each part, what the set says respected, and its file."""

from dataclasses import replace
from pathlib import Path

import pytest
from labelled_sets import film, in_layout, labelled

from medcore import phantoms
from medcore.datasets import ALL_LABELS, Dataset, open_labelled, split, splits_table, survey, write_split
from medcore.errors import DatasetError


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The labelled phantom set."""
    return phantoms.labelled_set(tmp_path_factory.mktemp("phantoms"), 120)


def where(dataset: Dataset) -> dict[str, str]:
    return {one.name: one.split for one in dataset.films}


def patients(dataset: Dataset, name: str) -> set[str]:
    return {one.patient for one in dataset.part(name)}


@pytest.mark.parametrize("seed", range(5))
def test_patients_stay_together_and_every_label_is_in_each_part(drawn, seed):
    made = split(survey(drawn), seed)
    parts = [patients(made, name) for name in ("train", "val", "test")]
    assert len(parts[0] | parts[1] | parts[2]) == sum(map(len, parts)) == 40
    for name, fraction in (("train", 0.7), ("val", 0.15), ("test", 0.15)):
        assert len(made.part(name)) / 120 == pytest.approx(fraction, abs=0.06)
        assert {one.label for one in made.part(name)} == {"plain", "blob"}


def test_the_seed_is_all_that_a_split_depends_on(drawn):
    found = survey(drawn)
    assert split(found, 1).split_hash == split(found, 1).split_hash != split(found, 2).split_hash
    assert split(replace(found, films=found.films[::-1]), 1).split_hash == split(found, 1).split_hash


def test_other_fractions_are_met_and_impossible_ones_refused(drawn):
    made = split(survey(drawn), 0, (0.5, 0.25, 0.25))
    assert len(made.part("test")) == pytest.approx(30, abs=6)
    assert len(made.part("val")) == pytest.approx(30, abs=6)
    with pytest.raises(DatasetError, match="three above 0 that add up to 1"):
        split(survey(drawn), 0, (0.9, 0.1, 0.1))


def test_a_layout_is_respected_and_what_it_lacks_is_carved_out_of_train(tmp_path):
    whole = survey(in_layout(tmp_path / "whole", each=20))
    assert where(split(whole, 0)) == {one.name: one.split for one in whole.films}
    tested = split(survey(in_layout(tmp_path / "tested", each=20, val="")), 0)
    assert {name.split("/")[0] for name, part in where(tested).items() if part == "test"} == {"test"}
    assert len(tested.part("val")) == pytest.approx(7, abs=3)
    chosen = split(survey(in_layout(tmp_path / "chosen", each=20, test="")), 0)
    assert all(part == "val" for name, part in where(chosen).items() if name.startswith("val"))
    assert not patients(chosen, "train") & patients(chosen, "test")


def test_a_layouts_val_can_be_made_anew(tmp_path):
    made = split(survey(in_layout(tmp_path, each=20)), 0, keep=("train", "test"))
    assert {name.split("/")[0] for name, part in where(made).items() if part == "val"} == {"train", "val"}
    assert all(name.startswith("test") for name, part in where(made).items() if part == "test")


def test_a_rare_label_is_in_each_part_though_the_common_one_has_many_films(tmp_path):
    labelled(tmp_path, each=60, labels=("plain",))
    for number in range(12):
        film(tmp_path / "rare" / f"patient{900 + number // 4}_{number}.png", 5001 + 2 * number)
    made = split(survey(tmp_path), 3)
    assert splits_table(made)["patients"]["rare"] == {"train": 1, "val": 1, "test": 1}


def test_pictures_that_look_alike_are_in_one_part(tmp_path):
    for number in range(15):
        for label, seed in (("a", 2 * number), ("b", 2 * number + 101)):
            film(tmp_path / label / f"{number}x.png", seed, (128, 128))
            film(tmp_path / label / f"{number}y.jpg", seed, (128, 128), quality=80)
    found = survey(tmp_path)
    assert len(found.near) == 30
    for seed in range(4):
        made = where(split(found, seed))
        assert all(made[one] == made[other] for one, other in found.near)


def test_the_file_of_a_split_is_read_back_to_the_same_hash(tmp_path):
    labelled(tmp_path / "set")
    film(tmp_path / "set" / "plain" / 'a, "b"\u2028ü\n.png', 77)
    found = survey(tmp_path / "set")
    made = split(found, 0)
    write_split(tmp_path / "split.csv", made)
    read = open_labelled(tmp_path / "split.csv", made.labels, {}, found.root)
    assert read.split_hash == made.split_hash
    assert read.films == made.films
    assert sorted(path.name for path in tmp_path.iterdir()) == ["set", "split.csv"]


def test_the_table_counts_films_and_patients(drawn):
    table = splits_table(split(survey(drawn), 0))
    assert sum(table["films"][ALL_LABELS].values()) == 120
    assert sum(table["patients"][ALL_LABELS].values()) == 40
    assert {"blob", "plain", ALL_LABELS} == set(table["films"]) == set(table["patients"])
    assert table["films"]["blob"]["test"] == 3 * table["patients"]["blob"]["test"]


def test_a_label_called_all_has_a_row_of_its_own(tmp_path):
    labelled(tmp_path, each=20, labels=("all", "none"))
    films = splits_table(split(survey(tmp_path), 0))["films"]
    assert [sum(films[label].values()) for label in ("all", "none", ALL_LABELS)] == [20, 20, 40]


def test_what_blocks_training_blocks_the_split(tmp_path):
    with pytest.raises(DatasetError, match="All films are plain"):
        split(survey(labelled(tmp_path, labels=("plain",))), 0)


def test_the_split_does_not_depend_on_how_patients_are_called(drawn):
    found = survey(drawn)
    renamed = replace(found, films=tuple(replace(film, patient=f"{hash(film.patient)}") for film in found.films))
    assert [film.split for film in split(found, 3).films] == [film.split for film in split(renamed, 3).films]
