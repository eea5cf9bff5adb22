"""What `read` makes of several volumes in one DICOM series: parts of a whole, over time, echo, b-value or direction."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.dataset import Dataset
from reading_inputs import AXIAL, slice_dataset, write

from medcore import reading
from medcore.volume import Series

pytestmark = pytest.mark.slow

UID = "1.2.3.4"


def write_volumes(folder: Path, volumes: Sequence[dict[str, object]], slices: int = 3) -> None:
    """A volume for each of these elements, its slices 1 mm apart and holding 100 × volume + slice, under shuffled names."""
    names = iter(np.random.default_rng(1).permutation(len(volumes) * slices))
    for number, elements in enumerate(volumes):
        for index in range(slices):
            pixels = np.full((4, 4), 100 * number + index, np.int16)
            own = {"ImagePositionPatient": [0, 0, index], "InstanceNumber": number * slices + index + 1, "RescaleIntercept": 0}
            write(slice_dataset(pixels, **own | {"Modality": "MR"} | elements), folder / f"{next(names):03}")


def told(series: Sequence[Series]) -> list[tuple[str, int, int, str]]:
    return [(one.part.whole, one.part.index, one.part.count, one.part.word) if one.part else None for one in series]


def firsts(series: Sequence[Series]) -> list[int]:
    """Which volume each series is, by the order that they were written in."""
    return [int(one.volume.voxels[0, 0, 0]) // 100 for one in series]


def gradient(*direction: float) -> dict[str, object]:
    return {"DiffusionBValue": 1000, "DiffusionGradientOrientation": list(direction)}


@pytest.mark.parametrize(
    ("volumes", "word", "order"),
    [
        ([{"TemporalPositionIdentifier": number} for number in (10, 9, 100)], "time", [1, 0, 2]),
        ([{"AcquisitionNumber": number} for number in (2, 10, 1)], "acquisition", [2, 0, 1]),
        ([{"EchoTime": time, "AcquisitionNumber": 1} for time in ("12.5", "4.6", "100")], "echo", [1, 0, 2]),
        ([{"DiffusionBValue": value} for value in (1000, 0, 500)], "b-value", [1, 2, 0]),
        ([{"DiffusionBValue": 0}, gradient(0, 0, 1), gradient(0, 1, 0)], "direction", [0, 1, 2]),
        ([{"FrameReferenceTime": time} for time in (90000, 5000)], "time", [1, 0]),
        ([{"TriggerTime": time} for time in ("500", "33.5", "100")], "time", [1, 2, 0]),
        ([{"AcquisitionTime": time} for time in ("100500", "095900", "100000")], "time", [1, 2, 0]),
        (
            [
                {"AcquisitionDate": day, "AcquisitionTime": time}
                for day, time in (("20240302", "000500"), ("20240301", "235500"))
            ],
            "time",
            [1, 0],
        ),
    ],
)
def test_volumes_at_one_place_are_parts_in_the_order_of_what_they_differ_in(tmp_path, volumes, word, order):
    write_volumes(tmp_path, volumes)
    series = reading.read([tmp_path]).series
    assert told(series) == [(UID, index, len(volumes), word) for index in range(len(volumes))]
    assert firsts(series) == order
    assert [one.uid for one in series] == [f"{UID}.{index + 1}" for index in range(len(volumes))]
    assert all(one.volume.warnings == () and one.volume.affine is not None for one in series)


@pytest.mark.parametrize(
    ("creator", "group", "element", "representation", "values"),
    [
        ("SIEMENS MR HEADER", 0x0019, 0x0C, "IS", ("1000", "0")),
        ("Philips Imaging DD 001", 0x2001, 0x03, "FL", (1000.0, 0.0)),
        ("GEMS_PARM_01", 0x0043, 0x39, "IS", ([1000001000, 8, 0, 0], [0, 8, 0, 0])),
    ],
)
def test_a_vendors_own_b_value_tells_volumes_apart(tmp_path, creator, group, element, representation, values):
    for number, value in enumerate(values):
        for index in range(2):
            pixels = np.full((4, 4), 100 * number, np.int16)
            dataset = slice_dataset(pixels, ImagePositionPatient=[0, 0, index], Modality="MR", RescaleIntercept=0)
            dataset.private_block(group, creator, create=True).add_new(element, representation, value)
            write(dataset, tmp_path / f"{number}{index}")
    series = reading.read([tmp_path]).series
    assert (told(series), firsts(series)) == ([(UID, 0, 2, "b-value"), (UID, 1, 2, "b-value")], [1, 0])


@pytest.mark.parametrize("keyword", ["TriggerTime", "AcquisitionTime"])
def test_a_cine_whose_every_image_has_a_moment_of_its_own_is_parts_by_their_order(tmp_path, keyword):
    for index in range(3):
        for number, place in enumerate((2, 0, 1)):
            pixels = np.full((4, 4), 100 * number + index, np.int16)
            own = {"ImagePositionPatient": [0, 0, index], keyword: f"{100000 + 100 * place + 7 * index}", "RescaleIntercept": 0}
            write(slice_dataset(pixels, Modality="MR", **own), tmp_path / f"{index}{number}")
    series = reading.read([tmp_path]).series
    assert (told(series), firsts(series)) == ([(UID, index, 3, "time") for index in range(3)], [1, 2, 0])


def test_magnitude_and_phase_over_time_are_two_wholes(tmp_path):
    kinds = [["ORIGINAL", "PRIMARY", "OTHER", kind] for kind in "MP"]
    write_volumes(tmp_path, [{"ImageType": kind, "TemporalPositionIdentifier": time} for kind in kinds for time in (1, 2)])
    series = reading.read([tmp_path]).series
    assert told(series) == [(UID, 0, 2, "time"), (UID, 1, 2, "time"), (f"{UID}-2", 0, 2, "time"), (f"{UID}-2", 1, 2, "time")]
    assert firsts(series) == [0, 1, 2, 3]
    assert len({one.uid for one in series}) == 4


def test_echoes_over_time_are_a_whole_for_each_time(tmp_path):
    write_volumes(tmp_path, [{"TemporalPositionIdentifier": time, "EchoTime": echo} for time in (1, 2) for echo in (9, 5)])
    series = reading.read([tmp_path]).series
    assert [part[3] for part in told(series)] == ["echo"] * 4
    assert firsts(series) == [1, 0, 3, 2]


def test_volumes_of_unequal_size_are_series_of_their_own(tmp_path):
    write_volumes(tmp_path, [{"TemporalPositionIdentifier": time} for time in (1, 2)])
    extra = {"ImagePositionPatient": [0, 0, 3], "TemporalPositionIdentifier": 2, "Modality": "MR"}
    write(slice_dataset(np.zeros((4, 4), np.int16), **extra), tmp_path / "extra")
    series = reading.read([tmp_path]).series
    assert told(series) == [None, None]
    assert [(one.uid, one.volume.shape[0]) for one in series] == [(f"{UID}.1", 3), (f"{UID}.2", 4)]


def test_a_volume_that_lost_a_slice_in_decoding_is_no_part_and_the_others_are(tmp_path):
    write_volumes(tmp_path, [{"TemporalPositionIdentifier": time} for time in (1, 2, 3)])
    for path in tmp_path.iterdir():
        dataset = pydicom.dcmread(path)
        if int(dataset.pixel_array[0, 0]) == 101:
            dataset.compress(pydicom.uid.RLELossless, generate_instance_uid=False)
            dataset.PixelData = pydicom.encaps.encapsulate([b"\xff" * 64 + b"\0" * 64])
            dataset.save_as(path)
    result = reading.read([tmp_path])
    assert len(result.refusals) == 1
    assert told(result.series) == [(UID, 0, 3, "time"), None, (UID, 2, 3, "time")]


def grouped(sequence: str, **elements: object) -> Dataset:
    """A functional group with one item of these elements."""
    item, group = Dataset(), Dataset()
    for keyword, value in elements.items():
        setattr(item, keyword, value)
    setattr(group, sequence, [item])
    return group


def enhanced(values: Sequence[object], group_of: Callable[[object], Dataset], slices: int = 2) -> Dataset:
    """A multi-frame MR with a volume for each of the values, interleaved: slice by slice, all values."""
    frames = [(index, number) for index in range(slices) for number in range(len(values))]
    pixels = np.array([np.full((4, 4), 100 * number + index, np.int16) for index, number in frames])
    shared = grouped("PlaneOrientationSequence", ImageOrientationPatient=list(AXIAL))
    shared.update(grouped("PixelMeasuresSequence", PixelSpacing=[1, 1]))
    own = []
    for index, number in frames:
        group = grouped("PlanePositionSequence", ImagePositionPatient=[0, 0, index])
        group.update(group_of(values[number]))
        own.append(group)
    return slice_dataset(
        pixels[0],
        SOPClassUID=pydicom.uid.EnhancedMRImageStorage,
        Modality="MR",
        NumberOfFrames=len(frames),
        PixelData=pixels.tobytes(),
        RescaleIntercept=0,
        SharedFunctionalGroupsSequence=[shared],
        PerFrameFunctionalGroupsSequence=own,
    )


@pytest.mark.parametrize(
    ("values", "group_of", "word"),
    [
        ((10, 9), lambda value: grouped("FrameContentSequence", TemporalPositionIndex=value), "time"),
        ((12.5, 4.6), lambda value: grouped("MREchoSequence", EffectiveEchoTime=value), "echo"),
        ((1000.0, 50.0), lambda value: grouped("MRDiffusionSequence", DiffusionBValue=value), "b-value"),
        ((500.0, 33.0), lambda value: grouped("CardiacSynchronizationSequence", NominalCardiacTriggerDelayTime=value), "time"),
        ((2, 1), lambda value: grouped("SegmentIdentificationSequence", ReferencedSegmentNumber=value), "segment"),
        (
            ("20240301100500", "20240301095900"),
            lambda value: grouped("FrameContentSequence", FrameAcquisitionDateTime=value),
            "time",
        ),
    ],
)
def test_a_multi_frame_object_is_parts_by_what_its_functional_groups_say(tmp_path, values, group_of, word):
    write(enhanced(values, group_of), tmp_path / "x")
    series = reading.read([tmp_path]).series
    assert told(series) == [(UID, 0, 2, word), (UID, 1, 2, word)]
    assert [one.volume.voxels[:, 0, 0].tolist() for one in series] == [[100, 101], [0, 1]]


def test_magnitude_and_phase_in_one_multi_frame_object_are_two_series(tmp_path):
    kinds = ("MAGNITUDE", "PHASE")
    dataset = enhanced(kinds, lambda kind: grouped("MRImageFrameTypeSequence", ComplexImageComponent=kind))
    write(dataset, tmp_path / "x")
    series = reading.read([tmp_path]).series
    assert told(series) == [None, None]
    assert [one.uid for one in series] == [UID, f"{UID}-2"]


def test_the_same_files_under_other_names_give_the_same_uids(tmp_path):
    volumes = [{"TemporalPositionIdentifier": time} for time in (2, 1)]
    write_volumes(tmp_path / "a", volumes)
    (tmp_path / "b").mkdir()
    for number, path in enumerate(sorted((tmp_path / "a").iterdir(), reverse=True)):
        (tmp_path / "b" / f"{number}").write_bytes(path.read_bytes())
    first, second = (reading.read([tmp_path / name]).series for name in "ab")
    assert [one.uid for one in first] == [one.uid for one in second]
    assert firsts(first) == firsts(second) == [1, 0]
