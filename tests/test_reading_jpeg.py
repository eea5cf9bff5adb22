"""JPEG pictures and frames as `read` takes them: whole ones as they are, with or without their end; none that breaks off."""

import io
from itertools import pairwise
from pathlib import Path

import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.data import get_testdata_file
from pydicom.encaps import encapsulate, generate_frames

from medcore import reading
from medcore.errors import UnreadableFile
from medcore.reading import jpeg
from medcore.reading.tiff_pages import COUNTS, OFFSETS, pages

pytestmark = pytest.mark.slow

COLUMNS, ROWS = np.meshgrid(np.arange(200), np.arange(120))
NOISE = np.random.default_rng(3).normal(0, 9, (120, 200))
GREYS = (128 + 60 * np.sin(COLUMNS / 9) + 40 * np.cos(ROWS / 7) + NOISE).clip(0, 255).astype(np.uint8)
END = b"\xff\xd9"
CUT_OFF = "is cut off: its compressed picture ends before all of its pixels; export or copy it again."
KINDS = {
    "baseline": {},
    "restarts": {"restart_marker_rows": 1},
    "a restart a block": {"restart_marker_blocks": 1},
    "progressive": {"progressive": True},
    "progressive with restarts": {"progressive": True, "restart_marker_rows": 2},
}
STRICT = ["MR_small_jpeg_ls_lossless.dcm", "MR_small_jp2klossless.dcm", "693_J2KI.dcm", "MR_small_RLE.dcm"]
# In JPEG baseline, extended (12 bits, once with an odd scan header) and lossless.
FRAMES = ["SC_rgb_jpeg_dcmtk.dcm", "JPGExtended.dcm", "JPEG-lossy.dcm", "JPEG-LL.dcm", "JPGLosslessP14SV1_1s_1f_8b.dcm"]


def saved(mode: str = "L", **how: object) -> bytes:
    content = io.BytesIO()
    Image.fromarray(GREYS).convert(mode).save(content, "JPEG", quality=90, **how)
    return content.getvalue()


def read(folder: Path, content: bytes, name: str = "x.jpg"):
    (folder / name).write_bytes(content)
    return reading.read([folder / name])


def voxels(folder: Path, content: bytes, name: str = "x.jpg") -> np.ndarray:
    result = read(folder, content, name)
    assert result.refusals == ()
    return np.array(result.series[0].volume.voxels)


def refusal(folder: Path, content: bytes, name: str = "x.jpg") -> str:
    result = read(folder, content, name)
    assert result.series == ()
    return result.refusals[0].error


def is_whole(stream: bytes) -> bool:
    try:
        jpeg.check_picture("x", stream)
    except UnreadableFile as error:
        return CUT_OFF not in str(error)
    return True


@pytest.mark.parametrize("mode", ["L", "RGB", "CMYK"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_whole_picture_lacks_nothing_and_a_shortened_one_does(mode, kind):
    whole = saved(mode, **KINDS[kind])
    assert is_whole(whole)
    start = whole.index(b"\xff\xda") + 20
    for kept in (0, 0.01, 0.3, 0.6, 0.9, 0.98):
        assert not is_whole(whole[: start + int((len(whole) - start) * kept)] + END), kept


@pytest.mark.parametrize("kind", ["baseline", "progressive"])
def test_bytes_that_lack_just_before_the_end_are_missed(kind):
    whole = saved(**KINDS[kind])
    assert not any(is_whole(whole[: -2 - lost] + END) for lost in (1, 2, 3))


def test_data_that_lack_between_two_restart_markers_are_missed():
    whole = saved(restart_marker_rows=1)
    marks = [at for at, (one, two) in enumerate(pairwise(whole)) if one == 0xFF and 0xD0 <= two <= 0xD7]
    assert not is_whole(whole[: marks[3] - 5] + whole[marks[3] :])
    assert not is_whole(whole[: marks[3]] + whole[marks[4] :])


@pytest.mark.parametrize("kept", [1, 3, 9])
def test_a_progressive_picture_without_its_last_scans_is_cut_off(kept):
    whole = saved("RGB", progressive=True)
    scans = [at for at in range(len(whole)) if whole[at : at + 2] == b"\xff\xda"]
    assert len(scans) > 9
    assert not is_whole(whole[: scans[kept]] + END)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "tail", [b"", b"\xff", b"\xff\xff" + END, b"\0" * 9, END + b"\0" * 5000, END + b"more" * 99, END + saved("RGB")]
)
def test_a_whole_picture_is_read_whatever_stands_at_its_end(tmp_path, kind, tail):
    whole = saved("RGB", **KINDS[kind])
    expected = np.asarray(Image.open(io.BytesIO(whole)))[..., 0]
    assert np.array_equal(voxels(tmp_path, whole[:-2] + tail)[0], expected)


def test_a_preview_inside_of_a_picture_is_none_of_its_data(tmp_path):
    whole, preview = saved(), saved(progressive=True)
    content = whole[:2] + b"\xff\xe1" + (len(preview) + 2).to_bytes(2, "big") + preview + whole[2:]
    assert np.array_equal(voxels(tmp_path, content), voxels(tmp_path, whole))
    assert refusal(tmp_path, content[: len(content) * 9 // 10] + END) == f"x.jpg {CUT_OFF}"


def test_a_small_picture_that_claims_to_be_large_is_cut_off(tmp_path):
    whole = saved()
    at = whole.index(b"\xff\xc0") + 5
    claim = whole[:at] + (9000).to_bytes(2, "big") * 2 + whole[at + 4 :]
    assert refusal(tmp_path, claim) == f"x.jpg {CUT_OFF}"


@pytest.mark.parametrize("mode", ["L", "RGB"])
def test_a_tiff_of_jpegs_is_read_whole_and_cut_off_where_one_of_them_is(tmp_path, mode):
    path = tmp_path / "x.tif"
    Image.fromarray(GREYS).convert(mode).save(path, compression="jpeg")
    whole = path.read_bytes()
    assert voxels(tmp_path, whole, "x.tif").shape[1:3] == GREYS.shape
    (page,) = pages(path, "x.tif")
    start, stop = page.tags[OFFSETS][0], page.tags[OFFSETS][0] + page.tags[COUNTS][0]
    for lost in (40, 900):
        broken = whole[: stop - lost] + END + b"\0" * (lost - 2) + whole[stop:]
        assert start < stop - lost
        assert refusal(tmp_path, broken, "x.tif") == f"x.tif {CUT_OFF}"


def test_a_picture_of_thousands_of_scans_is_refused_before_it_is_decoded(tmp_path):
    whole = saved(progressive=True)
    first = whole.index(b"\xff\xda")
    scan = whole[first : whole.index(b"\xff", first + 20)]
    words = "is a JPEG of more than 100 scans, as no program writes them; save it again."
    assert refusal(tmp_path, whole[:first] + scan * 101 + END) == f"x.jpg {words}"
    frame = encoded("SC_rgb_jpeg_dcmtk.dcm", lambda frame: whole[:first] + scan * 101 + END, Rows=120, Columns=200)
    assert refusal(tmp_path, frame, "x.dcm") == f"x.dcm {words}"


@pytest.mark.parametrize(
    "content", [b"\xff\xd8\xff", b"\xff\xd8" + b"\xff\xda\0\x08\x01", saved()[:300], b"\xff\xd8\xff\xc0\0\2"]
)
def test_a_stream_that_no_decoder_takes_is_left_to_it(content):
    assert is_whole(content)


def test_bytes_changed_at_random_never_end_the_check():
    generator = np.random.default_rng(5)
    for kind in KINDS.values():
        for _ in range(40):
            content = bytearray(saved(**kind))
            for at in generator.integers(2, len(content), 3):
                content[at] = generator.integers(256)
            is_whole(bytes(content))


def encoded(name: str, change, **values: object) -> bytes:
    """One of pydicom's files with a change to the stream of its last frame."""
    dataset = pydicom.dcmread(get_testdata_file(name, download=False))
    frames = list(generate_frames(dataset.PixelData, number_of_frames=int(dataset.get("NumberOfFrames", 1))))
    frames[-1] = change(frames[-1])
    if values:
        dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
        dataset.update({keyword: value for keyword, value in values.items()})
    dataset.PixelData = encapsulate([frame for frame in frames if frame])
    dataset["PixelData"].is_undefined_length = True
    content = io.BytesIO()
    dataset.save_as(content)
    return content.getvalue()


def data_of(frame: bytes) -> bytes:
    return frame[: frame.rindex(END)]


@pytest.mark.parametrize("name", FRAMES)
def test_a_frame_of_which_data_lack_is_refused(tmp_path, name):
    for kept in (0.999, 0.9, 0.5):
        broken = encoded(name, lambda frame, kept=kept: data_of(frame)[: int(len(data_of(frame)) * kept)] + END)
        assert refusal(tmp_path, broken, "x.dcm").startswith(
            ("x.dcm is cut off: ", "x.dcm holds pixels that can't be decoded;")
        )


@pytest.mark.parametrize("name", FRAMES)
def test_a_whole_frame_is_read_with_or_without_its_end(tmp_path, name):
    whole = voxels(tmp_path, encoded(name, bytes), "x.dcm")
    assert np.array_equal(voxels(tmp_path, encoded(name, data_of), "x.dcm"), whole)


@pytest.mark.parametrize("name", ["color3d_jpeg_baseline.dcm", "emri_small_RLE.dcm", "emri_small_jpeg_2k_lossless.dcm"])
def test_fewer_frames_than_the_header_says_are_cut_off(tmp_path, name):
    assert refusal(tmp_path, encoded(name, lambda frame: b""), "x.dcm") == f"x.dcm {CUT_OFF}"


@pytest.mark.parametrize("name", STRICT)
def test_a_decoder_that_fills_nothing_in_says_so_itself(tmp_path, name):
    end = b"" if "RLE" in name else END
    for kept in (0.99, 0.9, 0.5):
        broken = encoded(name, lambda frame, kept=kept: frame[: int(len(frame.rstrip(b"\0")[:-2]) * kept)] + end)
        assert "can't be decoded" in refusal(tmp_path, broken, "x.dcm")
