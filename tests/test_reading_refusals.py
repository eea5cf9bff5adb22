"""What isn't read, and the sentence that says so; hostile files end the child at most, and never the one who asked."""

import struct
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pydicom
import pytest
from PIL import Image
from pydicom.data import get_testdata_file
from reading_inputs import slice_dataset, write, write_series

from medcore import reading
from medcore.reading import upload
from medcore.settings import Settings

PLACE = {"ImagePositionPatient": [0, 0, 0]}
COPY_AGAIN = "export or copy it again"


def bundled(name: str) -> Path:
    return Path(get_testdata_file(name, download=False))


def refusal(*paths: Path) -> str:
    result = reading.read(paths)
    assert result.series == ()
    (refused,) = result.refusals
    return refused.error


def file(tmp_path: Path, name: str, content: bytes) -> Path:
    (tmp_path / name).write_bytes(content)
    return tmp_path / name


def limits(monkeypatch: pytest.MonkeyPatch, **values: int) -> None:
    monkeypatch.setattr(upload, "settings", lambda: Settings(**values))


def test_text_named_dcm(tmp_path):
    path = file(tmp_path, "notes.dcm", b"Patient was seen on Monday.\n" * 20)
    assert refusal(path) == "notes.dcm is no scan or picture that Lightbox reads; open a DICOM, NIfTI, PNG, JPEG or TIFF file."


def test_an_empty_file(tmp_path):
    path = file(tmp_path, "scan.dcm", b"")
    assert refusal(path) == f"scan.dcm is empty (0 bytes); {COPY_AGAIN} from where it came from."


def test_a_file_that_isnt_there(tmp_path):
    assert refusal(tmp_path / "gone.dcm") == "gone.dcm isn't there any more; choose it again."


@pytest.mark.parametrize("kept", [0.99, 0.6, 0.1])
def test_a_cut_off_dicom_is_never_padded(tmp_path, kept):
    whole = write(slice_dataset(np.ones((64, 64), np.int16), **PLACE), tmp_path / "whole").read_bytes()
    path = file(tmp_path, "cut.dcm", whole[: int(len(whole) * kept)])
    assert refusal(path) == f"cut.dcm is cut off: it ends before all of its pixels; {COPY_AGAIN}."


def test_a_cut_off_compressed_dicom(tmp_path):
    path = file(tmp_path, "film.dcm", bundled("RG1_J2KR.dcm").read_bytes()[:400_000])
    assert refusal(path) == f"film.dcm is cut off: it ends before all of its pixels; {COPY_AGAIN}."


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("rtplan.dcm", "rtplan.dcm is an RTPLAN object and holds no image; open the CT it belongs to."),
        ("rtstruct.dcm", "rtstruct.dcm is an RTSTRUCT object and holds no image; open the CT it belongs to."),
        ("test-SR.dcm", "test-SR.dcm is an SR object and holds no image; open the images it belongs to."),
    ],
)
def test_an_object_without_pixels(name, sentence):
    assert refusal(bundled(name)) == sentence


def test_an_encapsulated_pdf(tmp_path):
    dataset = slice_dataset(np.ones((2, 2), np.int16))
    for keyword in ("PixelData", "Rows", "Columns"):
        delattr(dataset, keyword)
    dataset.SOPClassUID, dataset.Modality = pydicom.uid.EncapsulatedPDFStorage, "DOC"
    path = write(dataset, tmp_path / "report.dcm")
    assert refusal(path) == "report.dcm is an encapsulated PDF document and holds no image; open the images it belongs to."


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2.4.102", "1.2.3.4.5"])
def test_an_unknown_transfer_syntax(tmp_path, syntax):
    dataset = slice_dataset(np.ones((2, 2), np.int16), **PLACE)
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.PixelData = pydicom.encaps.encapsulate([b"\0" * 8])
    dataset["PixelData"].is_undefined_length = True
    dataset.save_as(tmp_path / "x.dcm", implicit_vr=False, little_endian=True, enforce_file_format=True)
    assert refusal(tmp_path / "x.dcm") == (
        f"x.dcm is compressed in a way that Lightbox can't read (transfer syntax {syntax}); export it uncompressed."
    )


def test_compressed_pixels_that_nothing_decodes(tmp_path):
    dataset = slice_dataset(np.ones((2, 2), np.int16), **PLACE)
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.JPEG2000Lossless
    dataset.PixelData = pydicom.encaps.encapsulate([b"not a codestream"])
    dataset["PixelData"].is_undefined_length = True
    path = write(dataset, tmp_path / "x.dcm")
    assert refusal(path) == "x.dcm holds pixels that can't be decoded; export it again uncompressed."


def test_a_corrupt_png(tmp_path):
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (64, 64), dtype=np.uint8)).save(tmp_path / "whole.png")
    path = file(tmp_path, "film.png", (tmp_path / "whole.png").read_bytes()[:1500])
    assert refusal(path) == f"film.png is damaged and can't be read; {COPY_AGAIN} from where it came from."


def test_a_picture_of_too_many_pixels(tmp_path):
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 40_000, 40_000, 8, 0, 0, 0, 0))
    path = file(
        tmp_path, "film.png", b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zlib.compress(b"\0" * 99)) + chunk(b"IEND", b"")
    )
    assert refusal(path) == "film.png is 40000 × 40000 pixels, more than 100 million; shrink it."


@pytest.mark.parametrize("name", ["scan.nii", "scan.nii.gz"])
def test_a_cut_off_nifti_is_no_volume_of_zeros(tmp_path, name):
    import nibabel

    noise = np.random.default_rng(0).integers(0, 1000, (20, 20, 20)).astype(np.int16)
    nibabel.save(nibabel.Nifti1Image(noise, np.eye(4)), tmp_path / name)
    path = tmp_path / name
    path.write_bytes(path.read_bytes()[:9000])
    assert refusal(path) == f"{name} is damaged or cut off; {COPY_AGAIN} from where it came from."


def test_a_nifti_that_claims_more_voxels_than_can_be_held(tmp_path):
    import nibabel

    header = nibabel.Nifti1Header()
    header.set_data_shape((30000, 30000, 30000))
    header["magic"] = b"n+1"
    path = file(tmp_path, "scan.nii", header.binaryblock + b"\0" * 64)
    assert refusal(path).startswith("scan.nii claims 100,583 GB of voxels, more than the 2048 MB that can be held;")


def test_in_a_folder_the_rest_is_read(tmp_path):
    write_series(tmp_path)
    file(tmp_path, "README.txt", b"about this disc")
    file(tmp_path, ".DS_Store", b"junk")
    result = reading.read([tmp_path])
    assert [series.volume.shape for series in result.series] == [(5, 16, 16)]
    assert [refused.name for refused in result.refusals] == ["README.txt"]


def test_a_slice_that_cant_be_decoded_leaves_no_false_slice(tmp_path):
    paths = write_series(tmp_path, size=64)
    for path in paths:
        dataset = pydicom.dcmread(path)
        dataset.compress(pydicom.uid.RLELossless, generate_instance_uid=False)
        if path == paths[2]:
            dataset.PixelData = pydicom.encaps.encapsulate([b"\x02" + b"\0" * 99])
        dataset.save_as(path)
    result = reading.read([tmp_path])
    (series,) = result.series
    assert series.volume.voxels[:, 0, 0].tolist() == [0, 1000, 3000, 4000]
    assert series.volume.warnings == ("1 slice seems to be missing: distances are averages.",)
    assert [refused.name for refused in result.refusals] == [paths[2].name]


def test_a_multi_frame_file_that_fails_half_way_leaves_none_of_its_frames(tmp_path):
    dataset = pydicom.dcmread(bundled("emri_small_RLE.dcm"))
    frames = list(pydicom.encaps.generate_frames(dataset.PixelData, number_of_frames=10))
    dataset.PixelData = pydicom.encaps.encapsulate([*frames[:5], *[b"\x02" + b"\0" * 99] * 5])
    assert "can't be" in refusal(write(dataset, tmp_path / "x.dcm"))


def zipped(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_a_zip_inside_a_zip_isnt_followed(tmp_path):
    inner = zipped(tmp_path / "inner.zip", {"a": b"b"}).read_bytes()
    outer = zipped(tmp_path / "outer.zip", {"inner.zip": inner})
    assert refusal(outer) == "outer.zip/inner.zip is a zip inside a zip; unpack it and open the folder itself."


def test_a_locked_zip(tmp_path):
    path = zipped(tmp_path / "scan.zip", {"a": b"b" * 99})
    content = bytearray(path.read_bytes())
    for mark, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(mark) + offset] |= 1
    path.write_bytes(content)
    assert refusal(path) == "scan.zip is locked with a password; unpack it and open the folder itself."


def test_a_damaged_zip(tmp_path):
    path = file(tmp_path, "scan.zip", zipped(tmp_path / "whole.zip", {"a": b"b" * 99}).read_bytes()[:60])
    assert refusal(path) == "scan.zip is a damaged zip; pack it again or open the folder itself."


def test_a_zip_bomb(tmp_path, monkeypatch):
    limits(monkeypatch, upload_megabytes=20)
    path = zipped(tmp_path / "scan.zip", {"film.png": b"\x89PNG\r\n\x1a\n" + b"\0" * 30_000_000})
    assert refusal(path) == ("scan.zip unpacks to more than 20 MB; open a part of it or raise LIGHTBOX_UPLOAD_MEGABYTES.")


def test_a_member_that_would_climb_out_of_the_folder_is_only_a_name(tmp_path):
    path = zipped(
        tmp_path / "scan.zip",
        {"../../evil": write(slice_dataset(np.ones((4, 4), np.int16), **PLACE), tmp_path / "x").read_bytes()},
    )
    (series,) = reading.read([path]).series
    assert series.files == ("scan.zip/../../evil",)
    assert not (tmp_path.parent.parent / "evil").exists()


def test_50000_nested_sequences(tmp_path):
    opened = struct.pack("<HH2sHI", 0x0040, 0xA730, b"SQ", 0, 0xFFFFFFFF) + struct.pack("<HHI", 0xFFFE, 0xE000, 0xFFFFFFFF)
    whole = write(slice_dataset(np.ones((4, 4), np.int16), **PLACE), tmp_path / "x").read_bytes()
    path = file(tmp_path, "deep.dcm", whole + opened * 50_000)
    assert refusal(path) == "deep.dcm nests its elements hundreds of levels deep, as no scanner does; export it again."


def test_a_deflate_bomb(tmp_path, monkeypatch):
    write(slice_dataset(np.ones((4, 4), np.int16), **PLACE), tmp_path / "x")
    dataset = pydicom.dcmread(tmp_path / "x")
    dataset.file_meta.TransferSyntaxUID = pydicom.uid.DeflatedExplicitVRLittleEndian
    dataset.save_as(tmp_path / "deflated")
    meta = (tmp_path / "deflated").read_bytes()
    start = 144 + int.from_bytes(meta[140:144], "little")
    packer = zlib.compressobj(9, wbits=-zlib.MAX_WBITS)
    body = b"".join(packer.compress(b"\0" * 2**22) for _ in range(150)) + packer.flush()
    path = file(tmp_path, "bomb.dcm", meta[:start] + body)
    assert path.stat().st_size < 2**20
    limits(monkeypatch, volume_megabytes=100)
    assert refusal(path) == "bomb.dcm inflates to more than 100 MB; export it again uncompressed."


def compressed(tmp_path: Path, syntax: str, fragment: bytes, **elements: object) -> Path:
    dataset = slice_dataset(np.ones((4, 4), np.int16), **PLACE, **elements)
    dataset.file_meta.TransferSyntaxUID = syntax
    dataset.PixelData = pydicom.encaps.encapsulate([fragment] * int(elements.get("NumberOfFrames", 1)))
    dataset["PixelData"].is_undefined_length = True
    return write(dataset, tmp_path / "x.dcm")


def test_a_header_that_claims_more_pixels_than_can_be_held(tmp_path):
    path = compressed(tmp_path, pydicom.uid.RLELossless, b"\0" * 64, Rows=65535, Columns=65535, NumberOfFrames=9)
    assert refusal(path) == (
        "x.dcm claims 9 frames of 65535 × 65535 pixels, more than the 2048 MB that can be held; check the file, "
        "or raise LIGHTBOX_VOLUME_MEGABYTES."
    )


def test_a_compressed_picture_that_is_too_large_to_decode_in_one_piece(tmp_path):
    path = compressed(tmp_path, pydicom.uid.JPEG2000Lossless, b"\0" * 64, Rows=20000, Columns=20000)
    assert refusal(path) == (
        "x.dcm claims 20000 × 20000 pixels in one compressed piece, more than can be decoded at once; "
        "export it uncompressed, or raise LIGHTBOX_READING_MEGABYTES."
    )


@pytest.mark.parametrize("syntax", [pydicom.uid.RLELossless, pydicom.uid.JPEGLosslessSV1, pydicom.uid.JPEGBaseline8Bit])
def test_fewer_compressed_bytes_than_the_pixels_could_shrink_to(tmp_path, syntax):
    path = compressed(tmp_path, syntax, b"\0" * 1900, Rows=4000, Columns=4000)
    assert refusal(path) == f"x.dcm is cut off: it ends before all of its pixels; {COPY_AGAIN}."


@pytest.mark.parametrize(
    ("syntax", "fragment"),
    [
        (pydicom.uid.JPEG2000Lossless, b"\xff\x4f\xff\x51\0\x29\0\0" + struct.pack(">4I", 60000, 50000, 0, 0)),
        (pydicom.uid.JPEGLSLossless, b"\xff\xd8\xff\xe0\0\4ab\xff\xf7\0\x0b\x08" + struct.pack(">HH", 50000, 60000)),
    ],
)
def test_a_compressed_image_of_another_size_than_the_header_says(tmp_path, syntax, fragment):
    assert refusal(compressed(tmp_path, syntax, fragment + bytes(40))) == (
        "x.dcm says 4 × 4 pixels in its header and 60000 × 50000 in its compressed image; export it again."
    )


@pytest.mark.parametrize(
    ("elements", "words"),
    [
        ({"BitsAllocated": 5}, "claims 1 sample a pixel of 5 bits, which no image has"),
        ({"SamplesPerPixel": 7}, "claims 7 samples a pixel of 16 bits, which no image has"),
        ({"BitsStored": 40}, "claims 40 bits stored of 16 allocated"),
    ],
)
def test_a_header_that_makes_no_sense(tmp_path, elements, words):
    assert words in refusal(write(slice_dataset(np.ones((4, 4), np.int16), **PLACE, **elements), tmp_path / "x.dcm"))


def test_a_reading_that_needs_more_memory_than_it_may_says_so(tmp_path, monkeypatch):
    limits(monkeypatch, reading_megabytes=200)
    Image.new("RGB", (9000, 9000), (1, 2, 3)).save(tmp_path / "film.png")
    assert refusal(tmp_path / "film.png") == (
        "film.png needs more than the 200 MB that reading may take; open a smaller part or raise LIGHTBOX_READING_MEGABYTES."
    )


def test_broken_elements_of_one_file_dont_cost_the_others(tmp_path):
    write_series(tmp_path)
    whole = write(slice_dataset(np.ones((4, 4), np.int16), InstanceNumber=77, **PLACE), tmp_path / "odd").read_bytes()
    file(tmp_path, "odd", whole.replace(b"IS\x02\x0077", b"IS\x02\x00\x80!").replace(b"1.2.3.4\x00", b"1.2\xff3.4\x00"))
    assert sorted(series.volume.shape[0] for series in reading.read([tmp_path]).series) == [1, 5]


def test_a_zip_that_says_itself_that_it_unpacks_to_too_much_isnt_unpacked(tmp_path, monkeypatch):
    limits(monkeypatch, upload_megabytes=20)
    path = zipped(tmp_path / "scan.zip", {f"{number}.png": b"\x89PNG\r\n\x1a\n" + bytes(3_000_000) for number in range(8)})
    assert refusal(path) == "scan.zip unpacks to more than 20 MB; open a part of it or raise LIGHTBOX_UPLOAD_MEGABYTES."


def test_members_that_lie_in_each_other_are_no_zip(tmp_path):
    path = zipped(tmp_path / "scan.zip", {"a": b"b" * 99, "c": b"d" * 99})
    content = bytearray(path.read_bytes())
    second = content.rindex(b"PK\x01\x02")
    content[second + 42 : second + 46] = struct.pack("<I", 0)  # the second member's place is the first one's
    path.write_bytes(content)
    assert refusal(path) == "scan.zip is a damaged zip; pack it again or open the folder itself."


def test_a_damaged_member_of_a_zip_doesnt_cost_the_others(tmp_path):
    good = write(slice_dataset(np.ones((4, 4), np.int16), **PLACE), tmp_path / "x").read_bytes()
    path = zipped(tmp_path / "scan.zip", {"bad.dcm": good + bytes(9999), "good.dcm": good})
    content = bytearray(path.read_bytes())
    content[60:70] = b"\xff" * 10
    path.write_bytes(content)
    result = reading.read([path])
    assert [one.files for one in result.series] == [("scan.zip/good.dcm",)]
    assert [one.error for one in result.refusals] == [
        "scan.zip/bad.dcm is damaged inside its zip; pack it again or open the folder itself."
    ]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("a\x1b[31mb\n.txt", "a\ufffd[31mb\ufffd.txt"),
        ("\u202egpj.exe", "\ufffdgpj.exe"),
        ("x" * 4000, f"{'x' * 130} … {'x' * 130}"),
    ],
)
def test_a_name_is_said_without_what_a_terminal_would_obey_and_not_at_any_length(tmp_path, name, said):
    (refused,) = reading.read_named([(name, file(tmp_path, "x", b"no scan"))]).refusals
    assert refused.error.startswith(f"{said} is no scan")


def test_two_files_of_one_name_are_told_apart(tmp_path):
    for folder in "ab":
        (tmp_path / folder).mkdir()
    paths = [file(tmp_path / folder, "IM1", b"no scan") for folder in "ab"]
    assert [refused.name for refused in reading.read(paths).refusals] == ["IM1", "IM1 (2)"]
