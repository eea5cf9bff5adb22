"""The command line: its forms, its exit codes, JSON on standard output and words on standard error."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from reading_inputs import write_series

from medcore import evaluation, phantoms, preprocessing, reading
from medcore.__main__ import main
from medcore.datasets import patient_of
from medcore.rendering import to_grey
from medcore.samples import sample_path
from medcore.settings import ROOT
from medcore.volume import Window

CHEST, TIBIA = str(sample_path("chest-cr")), str(sample_path("tibia-cr"))
FILMS = ROOT.parent / "shared" / "data" / "chest_xray_children_224" / "test"
ABDOMEN = ROOT.parent / "shared" / "data" / "scans" / "abdomen_ct_3mm.nii.gz"
SERIES_KEYS = ["series", "path", "modality", "shape", "unit", "spacing_mm", "window", "minimum", "maximum", "mean", "warnings"]
PREDICTION_KEYS = [
    "series",
    "path",
    "model",
    "slice_index",
    "scores",
    "operating_point",
    "above_point",
    "group",
    "group_by",
    "gate",
    "milliseconds",
]


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, list, str]:
    """(exit code, the JSON answer, standard error)."""
    code = main([*arguments, "--json"])
    out, err = capsys.readouterr()
    return code, json.loads(out) if out else [], err


def test_read_says_each_series_and_repeats_the_path(capsys):
    code, rows, _ = run(capsys, "read", CHEST)
    assert code == 0
    assert list(rows[0]) == SERIES_KEYS
    assert rows[0]["path"] == CHEST
    assert rows[0]["shape"] == [1, 1955, 1841]
    assert rows[0]["window"] == {"center": 15000, "width": 30000}
    assert rows[0]["spacing_mm"] == [None, None, None]
    assert (rows[0]["minimum"], rows[0]["maximum"]) == (874, 26479)


def test_read_groups_a_folder_and_refuses_what_is_no_scan(capsys, tmp_path):
    (tmp_path / "mixed").mkdir()
    for source in (CHEST, TIBIA):
        (tmp_path / "mixed" / Path(source).stem).write_bytes(Path(source).read_bytes())
    (tmp_path / "notes.dcm").write_text("patient came at noon")
    code, rows, err = run(capsys, "read", str(tmp_path / "mixed"), str(tmp_path / "notes.dcm"), str(tmp_path / "gone"))
    assert code == 1
    assert sorted(row.get("files") for row in rows[:2]) == [["RG1_J2KR"], ["RG3_J2KR"]]
    assert [list(row) for row in rows[2:]] == [["path", "error"], ["path", "error"]]
    assert rows[2]["path"] == str(tmp_path / "notes.dcm")
    assert "notes.dcm is no scan or picture" in err


def test_rows_of_a_folder_are_printed_as_they_are_read_and_are_one_array_in_the_end(tmp_path):
    for number in range(3):
        write_series(tmp_path / str(number), SeriesInstanceUID=f"1.2.{number}")
    command = [sys.executable, "-m", "medcore", "read", str(tmp_path), "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as reading:
        lines = list(reading.stdout)
    assert [json.loads(line.rstrip(",\n"))["series"] for line in lines[1:-1]] == ["1.2.0", "1.2.1", "1.2.2"]
    assert len(json.loads("".join(lines))) == 3


def test_an_empty_folder_a_missing_path_and_a_name_too_long_are_each_refused_in_a_sentence(capsys, tmp_path):
    (tmp_path / "empty").mkdir()
    paths = [str(tmp_path / "empty"), str(tmp_path / "gone.dcm"), "a" * 300]
    code, rows, _ = run(capsys, "read", *paths, CHEST)
    assert code == 1
    assert [row["path"] for row in rows] == [*paths, CHEST]
    assert all(list(row) == ["path", "error"] and row["error"].endswith(".") for row in rows[:3])


def test_statistics_of_a_colour_series_span_all_its_pictures(capsys):
    heart = sample_path("heart-us")
    code, rows, _ = run(capsys, "read", str(heart))
    assert code == 0
    assert len(rows[0]["shape"]) == 3
    assert 0 <= rows[0]["minimum"] < rows[0]["mean"] < rows[0]["maximum"] <= 255


@pytest.mark.skipif(not ABDOMEN.is_file(), reason="the scans of ../shared/data aren't here")
def test_the_numbers_of_a_nifti_volume_are_those_of_nibabel(capsys):
    import nibabel

    stored = nibabel.load(ABDOMEN)
    values = np.asarray(stored.dataobj, np.float64)
    _, rows, _ = run(capsys, "read", str(ABDOMEN))
    assert sorted(rows[0]["shape"]) == sorted(values.shape)
    assert sorted(rows[0]["spacing_mm"]) == pytest.approx(
        sorted(float(step) for step in stored.header.get_zooms()[:3]), rel=1e-4
    )
    found = [rows[0][name] for name in ("minimum", "maximum", "mean")]
    assert found == pytest.approx([values.min(), values.max(), values.mean()], rel=1e-5)


def test_the_started_command_gives_json_on_stdout_and_sentences_only_on_stderr(tmp_path):
    (tmp_path / "notes.dcm").write_text("patient came at noon")
    command = [sys.executable, "-m", "medcore", "predict", CHEST, str(tmp_path / "notes.dcm"), "--json"]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 1
    assert [row["path"] for row in json.loads(ended.stdout)] == [CHEST, str(tmp_path / "notes.dcm")]
    loading, refused = [line for line in ended.stderr.splitlines() if not line.startswith("Reading ")]  # where it takes long
    assert loading == "Loading the model …"
    assert refused.startswith("notes.dcm is no scan or picture")


def test_a_file_name_that_is_no_text_is_said_and_printed_as_json(tmp_path):
    name = os.fsencode(tmp_path) + b"/broken-\xff.txt"
    Path(os.fsdecode(name)).write_bytes(b"no scan")
    answer = subprocess.run([sys.executable, "-m", "medcore", "read", "--json", name], capture_output=True, check=False)
    (row,) = json.loads(answer.stdout)
    assert row["path"] == os.fsdecode(name)
    assert row["error"].startswith("broken-\ufffd.txt is no scan")
    assert b"Traceback" not in answer.stderr


def test_read_and_models_load_no_tensorflow():
    code = (
        "import sys\nfrom medcore.__main__ import main\n"
        f"main(['read', {CHEST!r}, '--json']); main(['models', '--json'])\n"
        "sys.exit('tensorflow' in sys.modules or 'keras' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, timeout=60, check=False).returncode == 0


def test_predict_scores_a_chest_film_and_declines_a_tibia(capsys):
    code, rows, err = run(capsys, "predict", CHEST, TIBIA)
    assert code == 1
    assert [list(row) for row in rows] == [PREDICTION_KEYS, PREDICTION_KEYS]
    chest, tibia = rows
    assert sum(chest["scores"].values()) == pytest.approx(1)
    assert chest["gate"]["accepted"] is True
    assert chest["above_point"] == [
        label for label, score in chest["scores"].items() if score >= chest["operating_point"][label]
    ]
    assert tibia["scores"] is None
    assert tibia["gate"]["accepted"] is False
    assert "EXTREMITY" in err


def test_override_scores_a_declined_image_and_keeps_the_verdict(capsys):
    code, rows, _ = run(capsys, "predict", TIBIA, "--override")
    assert code == 1
    assert rows[0]["gate"]["accepted"] is False
    assert set(rows[0]["scores"]) == {"normal", "pneumonia"}


def test_a_chest_film_without_tags_is_scored_at_its_groups_point_and_what_it_doesnt_say_is_said(capsys, tmp_path):
    film = reading.read([Path(CHEST)]).series[0].volume
    levels = preprocessing.prepare(film, 0, preprocessing.InputSpec((512, 512), "percentile"))[..., 0]
    Image.fromarray((levels * 255).astype(np.uint8)).save(tmp_path / "grey.png")
    code, rows, _ = run(capsys, "predict", str(tmp_path / "grey.png"))
    assert code == 0
    assert rows[0]["gate"]["accepted"] is True
    assert "The file doesn't say its modality, body part, view and age" in rows[0]["gate"]["reason"]
    assert (rows[0]["group"], rows[0]["group_by"]) == ("adults", "picture")
    assert rows[0]["scores"] is not None


def test_a_picture_without_tags_that_is_no_chest_film_is_declined(capsys, tmp_path):
    Image.fromarray(np.tile(np.arange(256, dtype=np.uint8), (256, 1))).save(tmp_path / "grey.png")
    code, rows, _ = run(capsys, "predict", str(tmp_path / "grey.png"))
    assert code == 1
    assert (rows[0]["gate"]["accepted"], rows[0]["gate"]["declined_by"]) == (False, "distance")
    assert rows[0]["scores"] is None


@pytest.mark.parametrize("arguments", [["--model", "nobody"], ["--slice", "7"], ["--series", "1.2.3"]])
def test_what_isnt_there_is_wrong_usage_in_a_sentence(capsys, arguments):
    code, rows, err = run(capsys, "predict", CHEST, *arguments)
    assert (code, rows) == (2, [])
    assert err.strip().endswith(".")


def test_series_picks_one_of_a_folder_and_slice_counts_from_0(capsys, tmp_path):
    for source in (CHEST, TIBIA):
        (tmp_path / Path(source).name).write_bytes(Path(source).read_bytes())
    _, rows, _ = run(capsys, "read", str(tmp_path))
    chest = next(row["series"] for row in rows if row["files"] == [Path(CHEST).name])
    code, rows, _ = run(capsys, "predict", str(tmp_path), "--series", chest, "--slice", "0")
    assert code == 0
    assert [(row["series"], row["slice_index"]) for row in rows] == [(chest, 0)]


def test_no_command_is_wrong_usage():
    with pytest.raises(SystemExit) as ended:
        main([])
    assert ended.value.code == 2


def test_explain_writes_a_picture_of_the_label_and_none_for_a_declined_image(capsys, tmp_path):
    out = tmp_path / "map.png"
    code, rows, _ = run(capsys, "explain", CHEST, str(out), "--label", "normal")
    assert (code, rows[0]["label"], rows[0]["method"]) == (0, "normal", "gradcam")
    with Image.open(out) as picture:
        assert picture.width >= 640
    code, _, err = run(capsys, "explain", TIBIA, str(tmp_path / "none.png"))
    assert code == 1
    assert "Declined" in err
    assert not (tmp_path / "none.png").exists()


def test_an_unknown_label_is_wrong_usage_and_writes_nothing(capsys, tmp_path):
    code, _, err = run(capsys, "explain", CHEST, str(tmp_path / "map.png"), "--label", "fracture")
    assert code == 2
    assert "normal, pneumonia" in err
    assert not (tmp_path / "map.png").exists()


def test_an_unknown_label_is_wrong_usage_on_a_declined_image_too(capsys, tmp_path):
    assert run(capsys, "explain", TIBIA, str(tmp_path / "map.png"), "--label", "fracture")[0] == 2


def test_a_picture_for_a_folder_that_isnt_there_is_wrong_usage(capsys, tmp_path):
    code, _, err = run(capsys, "explain", CHEST, str(tmp_path / "gone" / "map.png"))
    assert code == 2
    assert "make it first" in err


def test_explaining_an_empty_folder_is_refused(capsys, tmp_path):
    (tmp_path / "empty").mkdir()
    code, _, err = run(capsys, "explain", str(tmp_path / "empty"), str(tmp_path / "map.png"))
    assert code == 1
    assert "holds no files" in err


@pytest.mark.skipif(not FILMS.is_dir(), reason="the children's films of ../shared/data aren't here")
def test_evaluate_measures_a_class_folder_as_predict_scores_it(capsys, tmp_path):
    for written, folder in (("No_findings", "NORMAL"), ("Pneumonia", "PNEUMONIA")):
        (tmp_path / written).mkdir()
        for film in sorted((FILMS / folder).iterdir())[:6]:
            (tmp_path / written / film.name).write_bytes(film.read_bytes())
    code, report, _ = run(capsys, "evaluate", "chest-xray-pneumonia", str(tmp_path))
    assert code == 0
    assert report["labels"] == {"normal": 6, "pneumonia": 6}
    assert {"value", "low", "high"} == set(report["roc_auc"])
    paths = sorted(str(path) for path in tmp_path.glob("*/*"))
    _, rows, _ = run(capsys, "predict", *paths)
    scores = np.array([row["scores"]["pneumonia"] for row in rows])
    truth = np.array(["Pneumonia" in row["path"].split("/")[-2] for row in rows])
    points = np.array([row["operating_point"]["pneumonia"] for row in rows])
    patients, names = [patient_of(path) for path in paths], [row.get("group") or "no group" for row in rows]
    by_predict = evaluation.report(scores, truth, points, patients, names)
    assert report["above"] == sum("pneumonia" in row["above_point"] for row in rows)
    assert report["roc_auc"] == by_predict["roc_auc"]
    assert report["sensitivity"] == by_predict["sensitivity"]


def test_evaluate_measures_the_test_alone_where_a_manifest_says_which_films_are_it(capsys, tmp_path):
    rows = ["image_path,label,patient_id,split,view"]
    for number in range(12):
        label, split = ("normal", "pneumonia")[number % 2], "train" if number < 4 else "test"
        film = phantoms.chest_film(number) if label == "normal" else phantoms.chest_film_with_pneumonia(number)[0]
        Image.fromarray(film.voxels[0].astype(np.uint8)).save(tmp_path / f"{number}.png")
        rows.append(f"{number}.png,{label},p{number},{split},{'AP' if number < 4 else 'PA'}")
    (tmp_path / "set.csv").write_text("\n".join(rows))
    code, report, _ = run(capsys, "evaluate", "chest-xray-pneumonia", str(tmp_path / "set.csv"))
    assert (code, report["part"], report["labels"]) == (0, "test", {"normal": 4, "pneumonia": 4})
    assert [name for name in report["subgroups"] if name.startswith("view")] == ["view PA"]


def test_a_set_that_isnt_there_is_refused_in_a_sentence(capsys, tmp_path):
    code, _, err = run(capsys, "evaluate", "chest-xray-pneumonia", str(tmp_path / "gone"))
    assert code == 1
    assert "There is no folder" in err


def test_evaluate_refuses_a_folder_with_an_unknown_class_in_a_sentence(capsys, tmp_path):
    (tmp_path / "fracture").mkdir()
    Image.fromarray(np.zeros((64, 64), np.uint8)).save(tmp_path / "fracture" / "a.png")
    code, _, err = run(capsys, "evaluate", "chest-xray-pneumonia", str(tmp_path))
    assert code == 1
    assert "'fracture'" in err


def test_without_json_the_same_is_said_in_words(capsys):
    assert main(["read", CHEST]) == 0
    out = capsys.readouterr().out
    assert "unit: stored value" in out
    assert "window: center 15000, width 30000" in out
    assert main(["models"]) == 0
    assert "labels: normal, pneumonia" in capsys.readouterr().out


def test_refused_inputs_stay_in_the_answer_and_the_exit_code(capsys, tmp_path):
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / "film").write_bytes(Path(CHEST).read_bytes())
    (tmp_path / "two" / "notes.dcm").write_text("patient came at noon")
    code, rows, err = run(capsys, "explain", str(tmp_path / "two"), str(tmp_path / "map.png"))
    assert code == 1
    assert "error" in rows[1]
    assert "notes.dcm is no scan" in err
    assert (tmp_path / "map.png").exists()
    code, rows, _ = run(capsys, "predict", CHEST, str(tmp_path / "two" / "notes.dcm"), "--series", rows[0]["series"])
    assert code == 1
    assert ["error" in row for row in rows] == [False, True]


def test_a_colour_series_window_leaves_it_as_it_is(capsys):
    _, rows, _ = run(capsys, "read", str(sample_path("heart-us")))
    assert rows[0]["window"] == {"center": 128, "width": 256}
    values = np.arange(256, dtype=np.int16)[None]
    assert np.array_equal(to_grey(values, Window(128, 256), "MONOCHROME2"), values.astype(np.uint8))
