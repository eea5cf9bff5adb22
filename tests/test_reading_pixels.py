"""Stored pixels to values: which bits count, palettes of either byte order, colours that share samples, frames of parts."""

from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.data import get_testdata_file
from pydicom.uid import ExplicitVRBigEndian, ExplicitVRLittleEndian, UltrasoundImageStorage
from reading_inputs import slice_dataset, write

from medcore import reading
from medcore.reading import desk, dicom_decoding, dicom_parsing
from medcore.volume import Volume

PLACE = {"ImagePositionPatient": [0, 0, 0], "RescaleIntercept": 0}


def volume_of(path: Path) -> Volume:
    (series,) = reading.read([path]).series
    return series.volume


@pytest.mark.parametrize(
    ("representation", "values"),
    [(0, [[1, 2], [0x803, 0xFFF]]), (1, [[1, 2], [0x803 - 0x1000, -1]])],
)
@pytest.mark.parametrize("high_bit", [11, 13, 15])
def test_the_stored_bits_end_at_high_bit_and_the_others_are_left_out(tmp_path, representation, values, high_bit):
    stored = np.array([[1, 2], [0x803, 0xFFF]], np.uint32)
    below = high_bit - 11
    other_bits = 0xFFFF & ~(0xFFF << below)
    pixels = (stored << below | other_bits).astype(np.uint16)
    described = {"BitsStored": 12, "HighBit": high_bit, "PixelRepresentation": representation, **PLACE}
    volume = volume_of(write(slice_dataset(pixels, **described), tmp_path / "x"))
    assert volume.voxels[0].tolist() == values


@pytest.mark.parametrize("syntax", [ExplicitVRLittleEndian, ExplicitVRBigEndian])
def test_a_deep_palette_gives_its_high_bytes_in_either_byte_order(tmp_path, syntax):
    order = "<" if syntax == ExplicitVRLittleEndian else ">"
    entries = (np.arange(256) * 256 + 255 - np.arange(256)).astype(f"{order}u2").tobytes()
    pixels = np.arange(256, dtype=np.uint8).reshape(16, 16)
    dataset = slice_dataset(pixels, PhotometricInterpretation="PALETTE COLOR", SOPClassUID=UltrasoundImageStorage)
    for colour in ("Red", "Green", "Blue"):
        setattr(dataset, f"{colour}PaletteColorLookupTableDescriptor", [256, 0, 16])
        setattr(dataset, f"{colour}PaletteColorLookupTableData", entries)
        dataset[f"{colour}PaletteColorLookupTableData"].VR = "OW"
    dataset["PixelData"].VR = "OB"
    dataset.file_meta.TransferSyntaxUID = syntax
    voxels = volume_of(write(dataset, tmp_path / "x")).voxels
    assert np.array_equal(voxels[0], np.repeat(pixels[..., None], 3, axis=-1))


def test_frames_are_decoded_only_where_they_are_wanted(monkeypatch, tmp_path):
    path = Path(get_testdata_file("emri_small_RLE.dcm", download=False))
    file = dicom_parsing.parse(desk.Source("x", path), desk.Desk(tmp_path, desk.Limits(900, 9, 9, 2048), lambda message: None))
    every = list(dicom_decoding.stored_frames(file, range(10), desk.Desk(tmp_path, None, None)))
    calls = []
    decode = pydicom.pixels.decoders.base.DecodeRunner._decode_frame
    monkeypatch.setattr(
        pydicom.pixels.decoders.base.DecodeRunner, "_decode_frame", lambda *given: calls.append(1) or decode(*given)
    )
    two = list(dicom_decoding.stored_frames(file, [3, 7], desk.Desk(tmp_path, None, None)))
    assert np.array_equal(two, [every[3], every[7]])
    assert len(calls) == 2
