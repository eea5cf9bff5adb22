"""Labelled folders and manifests: who is labelled what, who is where, what is refused, and that films are read as uploads."""

import random
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from reading_inputs import write_series

from medcore import preprocessing, reading
from medcore.datasets import Dataset, Film, freeze, open_labelled, patient_of, pictures
from medcore.errors import DatasetError
from medcore.phantoms import plain_film
from medcore.preprocessing import InputSpec
from medcore.samples import sample_path

LABELS = ("normal", "pneumonia")
SPEC = InputSpec((32, 24))


def picture(path: Path, seed: int) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(plain_film(seed, (20, 30)).voxels[0].astype(np.uint8)).save(path, "png")
    return path


def manifest(folder: Path, *rows: str, header: str = "image_path,label,patient_id,split") -> Path:
    path = folder / "manifest.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def films_of(patients: int, each: int, folder: Path, split: str = "") -> list[Film]:
    """`each` films of every patient; each film its own picture."""
    numbers = [(patient, number) for patient in range(patients) for number in range(each)]
    return [
        Film(picture(folder / f"{p}_{n}.png", 100 * p + n), LABELS[p % 2], f"p{p}", split, "", f"{p}_{n}.png")
        for p, n in numbers
    ]


def where(dataset: Dataset) -> dict[str, str]:
    return {film.name: film.split for film in dataset.films}


def test_a_folder_for_each_class_gives_each_picture_its_label(tmp_path):
    picture(tmp_path / "Normal" / "a.png", 1)
    picture(tmp_path / "PNEUMONIA" / "deeper" / "b.png", 2)
    picture(tmp_path / "Normal" / ".hidden", 3)
    picture(tmp_path / "beside.png", 4)
    dataset = open_labelled(tmp_path, LABELS, {})
    assert {film.name: film.label for film in dataset.films} == {
        "Normal/a.png": "normal",
        "PNEUMONIA/deeper/b.png": "pneumonia",
    }
    assert dataset.labels == LABELS
    assert {film.split for film in dataset.films} == {""}


def test_a_manifest_gives_label_patient_split_and_stratum(tmp_path):
    path = manifest(
        tmp_path,
        "a.png,normal,Kim,train,children",
        "sub/b.png,pneumonia,,,",
        header="image_path,label,patient_id,split,stratum",
    )
    first, second = open_labelled(path, LABELS, {}).films
    assert first == Film(tmp_path / "a.png", "normal", "Kim", "train", "children", "a.png")
    assert second == Film(tmp_path / "sub/b.png", "pneumonia", "sub/b.png", "", "", "sub/b.png")
    (film, _) = open_labelled(path, LABELS, {}, tmp_path / "elsewhere").films
    assert film.path == tmp_path / "elsewhere" / "a.png"


def test_a_manifest_that_a_spreadsheet_wrote_is_read(tmp_path):
    path = tmp_path / "manifest.csv"
    path.write_bytes(b"\xef\xbb\xbfimage_path,label\r\na.png,normal\r\n")
    assert open_labelled(path, LABELS, {}).films[0].name == "a.png"


def test_labels_and_aliases_match_without_regard_to_case(tmp_path):
    path = manifest(tmp_path, "a.png,NORMAL,,", "b.png,No Finding,,", "c.png,Pneumonia,,", "d.png,INFILTRATE,,")
    films = open_labelled(path, LABELS, {"no finding": "normal", "Infiltrate": "pneumonia"}).films
    assert [film.label for film in films] == ["normal", "normal", "pneumonia", "pneumonia"]


def test_a_label_that_is_not_known_is_named_with_its_film_and_the_choices(tmp_path):
    path = manifest(tmp_path, "a.png,effusion,,")
    with pytest.raises(DatasetError, match=r"a\.png is labelled 'effusion', which isn't among clear, normal, pneumonia"):
        open_labelled(path, LABELS, {"clear": "normal"})


@pytest.mark.parametrize("row", [",normal,,", "a.png,,,", "a.png,normal,,holdout"])
def test_a_row_that_lacks_a_path_or_label_or_has_another_split_is_named_by_its_line(tmp_path, row):
    path = manifest(tmp_path, "ok.png,normal,,", row)
    with pytest.raises(DatasetError, match=r"Line 3 of manifest\.csv needs image_path, label, and a split"):
        open_labelled(path, LABELS, {})


def test_an_empty_folder_or_no_manifest_is_refused_in_words(tmp_path):
    with pytest.raises(DatasetError, match="holds no labelled pictures"):
        open_labelled(tmp_path, LABELS, {})
    with pytest.raises(DatasetError, match=r"The manifest none\.csv can't be read"):
        open_labelled(tmp_path / "none.csv", LABELS, {})
    (tmp_path / "picture.png").write_bytes(b"\x89PNG\xff\xfe")
    with pytest.raises(DatasetError, match=r"The manifest picture\.png can't be read"):
        open_labelled(tmp_path / "picture.png", LABELS, {})


@pytest.mark.parametrize(
    ("name", "patient"),
    [
        ("person1_bacteria_2.jpeg", "person1_bacteria"),
        ("person23_virus_56.jpeg", "person23_virus"),
        ("IM-0115-0001.jpeg", "IM-0115"),
        ("NORMAL2-IM-0369-0001-0002.jpeg", "NORMAL2-IM-0369"),
        ("train/normal/IM-0115-0002.jpeg", "IM-0115"),
        ("00000013_005.png", "00000013"),
        ("scan_00000013_005.png", "scan_00000013_005.png"),
        ("blob/patient07_2.png", "patient07"),
        ("train/ill/sub-012/slice_7.png", "sub-012"),
        ("TCGA-CS-4941_19960909_11.png", "TCGA-CS-4941"),
        ("case1/1.png", "case1/1.png"),
        ("normal/1.png", "normal/1.png"),
    ],
)
def test_the_patient_is_read_from_names_of_known_sets_and_else_each_film_is_its_own(name, patient):
    assert patient_of(name) == patient


def test_films_of_one_name_in_two_class_folders_are_two_patients(tmp_path):
    picture(tmp_path / "normal" / "1.png", 1)
    picture(tmp_path / "pneumonia" / "1.png", 2)
    assert len({film.patient for film in open_labelled(tmp_path, LABELS, {}).films}) == 2


@pytest.mark.parametrize("seed", range(6))
def test_the_split_made_keeps_patients_together_and_labels_in_balance(tmp_path, seed):
    frozen = freeze(Dataset(tuple(films_of(40, 3, tmp_path)), LABELS), 0.2, seed)
    train, val = frozen.part("train"), frozen.part("val")
    assert len(train) + len(val) == 120
    assert len(val) == pytest.approx(24, abs=3)
    assert not {film.patient for film in train} & {film.patient for film in val}
    assert np.mean([film.label == "normal" for film in val]) == pytest.approx(0.5, abs=0.15)


def test_another_seed_gives_another_split_and_the_same_seed_the_same_in_any_order(tmp_path):
    films = films_of(30, 2, tmp_path)
    frozen = freeze(Dataset(tuple(films), LABELS), 0.2, 1)
    mixed = random.Random(3).sample(films, len(films))
    assert where(freeze(Dataset(tuple(mixed), LABELS), 0.2, 1)) == where(frozen)
    assert where(freeze(Dataset(tuple(films), LABELS), 0.2, 2)) != where(frozen)


def test_a_split_that_is_given_is_kept_and_the_rest_is_trained_on(tmp_path):
    films = []
    for number, split in enumerate(["test", "test", "val", "val", "train", "train", "", ""]):
        path = picture(tmp_path / f"{number}.png", number)
        films.append(Film(path, LABELS[number % 2], path.name, split, "", path.name))
    frozen = freeze(Dataset(tuple(films), LABELS), 0.5, 0)
    assert where(frozen) == {film.name: film.split or "train" for film in films}


def test_test_films_stay_in_test_when_validation_is_made_of_the_training_films(tmp_path):
    films = films_of(20, 1, tmp_path / "a", "train")
    held = [Film(picture(tmp_path / f"t{n}.png", 9000 + n), "normal", f"t{n}", "test", "", f"t{n}.png") for n in range(5)]
    frozen = freeze(Dataset((*films, *held), LABELS), 0.25, 0)
    assert {film.name for film in frozen.part("test")} == {film.name for film in held}
    assert (len(frozen.part("train")), len(frozen.part("val"))) == (15, 5)


@pytest.mark.parametrize(("one", "other"), [("train", "test"), ("val", "train"), ("test", "val")])
def test_a_patient_in_two_splits_is_refused(tmp_path, one, other):
    films = films_of(4, 1, tmp_path, "val")
    for number, split in enumerate((one, other)):
        path = picture(tmp_path / f"x{number}.png", 7000 + number)
        films.append(Film(path, "normal", "Kim", split, "", path.name))
    with pytest.raises(DatasetError, match=r"The patient of x\d\.png is in both .*; keep one"):
        freeze(Dataset(tuple(films), LABELS), 0.2, 0)


def test_a_copy_is_dropped_from_train_and_stays_in_test(tmp_path):
    films = [*films_of(6, 1, tmp_path / "a", "train"), *films_of(4, 1, tmp_path / "b", "val")]
    films[6:] = [Film(picture(f.path, 5000 + n), f.label, f"v{n}", "val", "", f"v{n}.png") for n, f in enumerate(films[6:])]
    copy = Film(picture(tmp_path / "copy.png", 0), "normal", "someone", "test", "", "copy.png")
    frozen = freeze(Dataset((*films, copy), LABELS), 0.2, 0)
    assert films[0].path.read_bytes() == copy.path.read_bytes()
    assert "0_0.png" not in where(frozen)
    assert where(frozen)["copy.png"] == "test"
    assert len(frozen.films) == 10


def test_one_picture_with_two_labels_is_refused_with_both_names(tmp_path):
    films = films_of(4, 1, tmp_path)
    films.append(Film(picture(tmp_path / "copy.png", 0), "pneumonia", "other", "", "", "copy.png"))
    with pytest.raises(DatasetError, match=r"copy\.png and 0_0\.png are the same picture with two labels"):
        freeze(Dataset(tuple(films), LABELS), 0.5, 0)


@pytest.mark.parametrize(("patients", "fraction"), [(3, 0.1), (12, 0.1), (1, 0.5)])
def test_too_few_patients_or_films_for_a_split_are_refused_in_words(tmp_path, patients, fraction):
    with pytest.raises(DatasetError, match=f"of {patients} patients can't be split into train and validation"):
        freeze(Dataset(tuple(films_of(patients, 1, tmp_path)), LABELS), fraction, 0)


def test_a_film_that_is_not_there_is_named(tmp_path):
    films = films_of(4, 1, tmp_path)
    films[2].path.unlink()
    with pytest.raises(DatasetError, match=r"2_0\.png can't be read \(No such file or directory\); mend the path"):
        freeze(Dataset(tuple(films), LABELS), 0.5, 0)


def test_a_part_that_is_empty_is_refused(tmp_path):
    with pytest.raises(DatasetError, match="no 'test' films"):
        Dataset(tuple(films_of(2, 1, tmp_path, "train")), LABELS).part("test")


def test_the_split_hash_knows_no_order_and_no_place_and_changes_with_who_is_where():
    films = tuple(Film(Path(f"{n}"), LABELS[n % 2], f"p{n}", "train", "", f"{n}.png") for n in range(5))
    known = "6488baca381cc3f9"  # the same on every machine
    dataset = Dataset(films, LABELS)
    assert dataset.split_hash.startswith(known)
    assert Dataset(films[::-1], LABELS).split_hash == dataset.split_hash
    moved = tuple(Film(Path("elsewhere") / f.path, f.label, f.patient, f.split, "", f.name) for f in films)
    assert Dataset(moved, LABELS).split_hash == dataset.split_hash
    for change in ({"split": "val"}, {"label": "pneumonia"}, {"patient": "x"}, {"name": "x"}):
        other = Film(**{**vars(films[0]), **change})
        assert Dataset((other, *films[1:]), LABELS).split_hash != dataset.split_hash


def test_pictures_are_those_of_an_upload_prepared(tmp_path):
    paths = [sample_path("chest-cr"), picture(tmp_path / "a.png", 3), sample_path("tibia-cr")]
    films = [Film(path, "normal", path.name, name=path.name) for path in paths]
    told = []
    values, photometrics = pictures(films, SPEC, lambda done, all_of_them: told.append((done, all_of_them)))
    assert (values.shape, values.dtype, told[-1]) == ((3, 32, 24), np.float32, (3, 3))
    assert sorted(told) == told
    assert photometrics == ["MONOCHROME1", "MONOCHROME2", "MONOCHROME1"]
    for film, resized, photometric in zip(films, values, photometrics, strict=True):
        volume = reading.read([film.path]).series[0].volume
        assert np.array_equal(preprocessing.scale(resized, photometric, SPEC), preprocessing.prepare(volume, 0, SPEC))


def test_pictures_are_written_into_a_memory_map_and_in_colour_where_the_spec_says_so(tmp_path):
    colours = np.random.default_rng(0).integers(0, 255, (20, 30, 3)).astype(np.uint8)
    Image.fromarray(colours).save(tmp_path / "c.png")
    films = [Film(tmp_path / "c.png", "a", "c", name="c.png"), Film(picture(tmp_path / "g.png", 1), "a", "g", name="g.png")]
    spec = InputSpec((20, 30), scaling="range", limits=(0, 255), channels=3)
    out = np.memmap(tmp_path / "all.bin", np.float32, "w+", shape=(2, 20, 30, 3))
    values, photometrics = pictures(films, spec, out=out)
    assert values is out
    assert photometrics == ["RGB", "MONOCHROME2"]
    assert np.array_equal(out[0], colours)
    assert np.array_equal(out[1, ..., 0], out[1, ..., 2])
    with pytest.raises(DatasetError, match=r"2 films of this input spec don't fit into an array of \(1, 20, 30, 3\); give"):
        pictures(films, spec, out=out[:1])


def test_films_that_are_slices_of_one_dicom_series_are_each_read(tmp_path):
    paths = write_series(tmp_path, 5)
    films = [Film(path, "a", "p", name=path.name) for path in (*paths, paths[0])]
    values, _ = pictures(films, SPEC)
    for film, one in zip(films, values, strict=True):
        volume = reading.read([film.path]).series[0].volume
        pixels = preprocessing.to_values(volume, 0, SPEC)
        assert np.array_equal(one, preprocessing.resize(pixels, volume.photometric, SPEC))


def test_a_film_that_reading_refuses_is_named(tmp_path):
    films = [Film(picture(tmp_path / "a.png", 1), "normal", "a", name="a.png")]
    (tmp_path / "notes.txt").write_text("no picture")
    films.append(Film(tmp_path / "notes.txt", "normal", "b", name="set/notes.txt"))
    with pytest.raises(DatasetError, match=r"set/notes\.txt can't be used: "):
        pictures(films, SPEC)
