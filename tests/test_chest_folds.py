"""The bundled chest model's films: whose they are decides where they are, in the shipped split and in every fold."""

import pytest

from benchmarks.chest_folds import rows_without
from benchmarks.chest_manifest import FOLDS, VALIDATION
from benchmarks.chest_rebuild import listed

ROWS = listed()


def patients(split: str, rows: list[dict[str, str]]) -> set[str]:
    return {row["patient_id"] for row in rows if row["split"] == split}


def test_no_patient_is_in_two_parts_of_the_shipped_split():
    train, validation, test = (patients(split, ROWS) for split in ("train", "val", "test"))
    assert train
    assert validation
    assert test
    assert train.isdisjoint(validation)
    assert train.isdisjoint(test)
    assert validation.isdisjoint(test)


def test_every_film_that_radiologists_read_is_in_one_fold_with_all_of_its_patients_films():
    folds: dict[str, set[str]] = {}
    for row in ROWS:
        folds.setdefault(row["patient_id"], set()).add(row["fold"])
    assert all(len(each) == 1 for each in folds.values())
    read = [row for row in ROWS if row["label_source"] == "second reading"]
    assert {row["fold"] for row in read} == {str(fold) for fold in range(FOLDS)}
    assert all(row["split"] == ("val" if row["fold"] == VALIDATION else "train") for row in read)


@pytest.mark.parametrize("fold", range(FOLDS))
def test_a_folds_training_sees_none_of_its_patients_and_no_test_film(fold):
    held = {row["patient_id"] for row in ROWS if row["fold"] == str(fold)}
    rows = rows_without(ROWS, fold)
    assert held
    assert held.isdisjoint(row["patient_id"] for row in rows)
    assert {row["split"] for row in rows} == {"train", "val"}
    assert patients("train", rows).isdisjoint(patients("val", rows))
    validation = {row["fold"] for row in rows if row["split"] == "val" and row["fold"]}
    assert validation == {str((fold + 1) % FOLDS)}
