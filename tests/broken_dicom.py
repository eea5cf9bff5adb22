"""Broken DICOM headers: sizes, lengths, nesting, geometry and words that lie, and objects that hold no image."""

import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from broken_pieces import (
    BIG_ENDIAN,
    EXPLICIT,
    IMPLICIT,
    ITEM,
    ITEM_END,
    RAMP,
    SEQUENCE_END,
    UNDEFINED,
    Draft,
    Expected,
    Value,
    body,
    dicom,
    explicit,
    implicit,
    meta,
    sequence,
)
from pydicom.data import get_palette_files, get_testdata_file

_PRIVATE, _CONTENT, _PER_FRAME, _SHARED = 0x00091010, 0x0040A730, 0x52009230, 0x52009229
_LIES: list[tuple[str, Expected, dict[str, Value]]] = [
    ("rows-0", "refused", {"Rows": 0}),
    ("columns-0", "refused", {"Columns": 0}),
    ("rows-65535", "refused", {"Rows": 65535}),
    ("both-65535", "refused", {"Rows": 65535, "Columns": 65535}),
    ("rows-missing", "refused", {"Rows": None}),
    ("rows-empty", "refused", {"Rows": b""}),
    ("rows-one-byte", "refused", {"Rows": b"\x40"}),
    ("rows-two-values", "either", {"Rows": struct.pack("<HH", 64, 64)}),
    ("rows-half", "either", {"Rows": 32}),
    ("frames-huge", "refused", {"NumberOfFrames": "2147483647"}),
    ("frames-digits", "refused", {"NumberOfFrames": "9" * 4000}),
    ("frames-negative", "either", {"NumberOfFrames": "-5"}),
    ("frames-0", "either", {"NumberOfFrames": "0"}),
    ("frames-text", "warned", {"NumberOfFrames": "many"}),
    ("frames-nan", "either", {"NumberOfFrames": "nan"}),
    ("frames-fraction", "either", {"NumberOfFrames": "1.5"}),
    ("frames-two-values", "either", {"NumberOfFrames": "1\\2"}),
    ("frames-100000", "refused", {"NumberOfFrames": "100000"}),
    ("samples-0", "either", {"SamplesPerPixel": 0}),
    ("samples-3-for-grey", "refused", {"SamplesPerPixel": 3}),
    ("samples-4", "refused", {"SamplesPerPixel": 4, "PhotometricInterpretation": "ARGB"}),
    ("samples-65535", "refused", {"SamplesPerPixel": 65535}),
    ("allocated-0", "refused", {"BitsAllocated": 0}),
    ("allocated-1", "either", {"BitsAllocated": 1, "BitsStored": 1, "HighBit": 0}),
    ("allocated-12", "refused", {"BitsAllocated": 12, "BitsStored": 12, "HighBit": 11}),
    ("allocated-7", "refused", {"BitsAllocated": 7}),
    ("allocated-64", "refused", {"BitsAllocated": 64, "BitsStored": 64, "HighBit": 63}),
    ("allocated-65535", "refused", {"BitsAllocated": 65535}),
    ("stored-above-allocated", "either", {"BitsStored": 40}),
    ("stored-0", "either", {"BitsStored": 0}),
    ("stored-65535", "either", {"BitsStored": 65535}),
    ("high-bit-200", "either", {"HighBit": 200}),
    ("high-bit-below-stored", "either", {"HighBit": 3}),
    ("representation-7", "either", {"PixelRepresentation": 7}),
    ("photometric-unknown", "either", {"PhotometricInterpretation": "BLUE PRINT"}),
    ("photometric-missing", "either", {"PhotometricInterpretation": None}),
    ("rgb-of-one-sample", "either", {"PhotometricInterpretation": "RGB"}),
    ("palette-without-palette", "refused", {"PhotometricInterpretation": "PALETTE COLOR"}),
    ("planar-9", "either", {"PlanarConfiguration": 9}),
    ("slope-nan", "refused", {"RescaleSlope": "nan"}),
    ("slope-inf", "refused", {"RescaleSlope": "inf"}),
    ("slope-1e308", "warned", {"RescaleSlope": "1e308"}),
    ("slope-0", "warned", {"RescaleSlope": "0"}),
    ("slope-text", "either", {"RescaleSlope": "steep"}),
    ("slope-two-values", "either", {"RescaleSlope": "1\\2"}),
    ("intercept-1e300", "warned", {"RescaleIntercept": "1e300"}),
    ("spacing-negative", "warned", {"PixelSpacing": "-1\\-1"}),
    ("spacing-nan", "warned", {"PixelSpacing": "nan\\nan"}),
    ("spacing-0", "warned", {"PixelSpacing": "0\\0"}),
    ("spacing-text", "read", {"PixelSpacing": "a\\b"}),
    ("spacing-one-value", "read", {"PixelSpacing": "0.5"}),
    ("spacing-1e300", "warned", {"PixelSpacing": "1e300\\1e300"}),
    ("spacing-1e-320", "warned", {"PixelSpacing": "1e-320\\1e-320"}),
    ("detector-spacing-text", "read", {"PixelSpacing": None, "ImagerPixelSpacing": "x\\y"}),
    ("detector-spacing-nan", "read", {"PixelSpacing": None, "ImagerPixelSpacing": "nan\\1"}),
    ("orientation-zero", "warned", {"ImageOrientationPatient": "0\\0\\0\\0\\0\\0"}),
    ("orientation-parallel", "warned", {"ImageOrientationPatient": "1\\0\\0\\1\\0\\0"}),
    ("orientation-nan", "warned", {"ImageOrientationPatient": "nan\\0\\0\\0\\nan\\0"}),
    ("orientation-five", "warned", {"ImageOrientationPatient": "1\\0\\0\\0\\1"}),
    ("position-1e300", "warned", {"ImagePositionPatient": "1e300\\0\\-1e300"}),
    ("position-inf", "warned", {"ImagePositionPatient": "inf\\0\\0"}),
    ("position-text", "warned", {"ImagePositionPatient": "here\\0\\0"}),
    ("thickness-inf", "read", {"SliceThickness": "inf"}),
    ("thickness-text", "read", {"SliceThickness": "thick"}),
    ("thickness-two-values", "read", {"SliceThickness": "1\\2"}),
    ("thickness-1e308", "read", {"SliceThickness": "1e308"}),
    ("window-0", "warned", {"WindowCenter": "40", "WindowWidth": "0"}),
    ("window-nan", "warned", {"WindowCenter": "nan", "WindowWidth": "nan"}),
    ("window-text", "read", {"WindowCenter": "a", "WindowWidth": "b"}),
    ("window-1e308", "read", {"WindowCenter": "1e308", "WindowWidth": "1e308"}),
    ("window-many", "read", {"WindowCenter": "\\".join(["1"] * 9000), "WindowWidth": "\\".join(["0"] * 9000)}),
    ("function-unknown", "read", {"WindowCenter": "1", "WindowWidth": "9", "VOILUTFunction": "CUBIC"}),
    ("charset-garbage", "read", {"SpecificCharacterSet": "ISO_IR 999\\\xff\xfe"}),
    ("charset-many", "read", {"SpecificCharacterSet": "\\".join(["ISO 2022 IR 87"] * 900)}),
    ("name-escapes", "read", {"PatientName": b"\x1b[31m\x1b]0;owned\x07\x1b$B\x1b(J^^=\x00\x08\r\n"}),
    ("name-html", "read", {"PatientName": "<script>alert(1)</script>^**bold**[x](javascript:1)"}),
    ("modality-html", "read", {"Modality": "<b>CT</b>\n$x$", "BodyPartExamined": "![x](http://h)"}),
    ("number-huge", "read", {"InstanceNumber": "9" * 5000}),
    ("number-digits-of-another-script", "read", {"SpecificCharacterSet": "ISO_IR 192", "InstanceNumber": "\xb2".encode()}),
    ("dates-garbage", "read", {"PatientBirthDate": "99999999", "StudyDate": "00000000", "PatientAge": "999Y"}),
    ("image-type-huge", "read", {"ImageType": "\\".join(["DERIVED"] * 6000)}),
    ("uid-text", "read", {"SeriesInstanceUID": "../../etc/passwd", "StudyInstanceUID": "<i>", "SOPInstanceUID": "'; --"}),
    ("uid-missing", "read", {"SeriesInstanceUID": None, "StudyInstanceUID": None, "SOPInstanceUID": None, "SOPClassUID": None}),
]


def headers() -> Iterator[Draft]:
    """One element that lies, of a slice that is read without it."""
    for name, expected, values in _LIES:
        yield Draft(f"{name}.dcm", dicom(**values), expected)
    for bits in (0, 8, 16, 255, 65535):
        three = {
            f"{colour}PaletteColorLookupTable{part}": value
            for colour in ("Red", "Green", "Blue")
            for part, value in (("Descriptor", struct.pack("<HHH", 65535, 0, bits)), ("Data", b"\x01" * 20))
        }
        yield Draft(f"palette-of-{bits}-bits.dcm", dicom(PhotometricInterpretation="PALETTE COLOR", **three))
        lut = sequence(0x00283010, [_lut(0, 60000, bits)]) + sequence(0x00283000, [_lut(65535, 1, bits)])
        yield Draft(f"lut-of-{bits}-bits.dcm", dicom(extra=lut))
    for count in (0, 1, 3, 5000):
        offsets = "\\".join(str(5 * number) for number in range(count))
        values = {"GridFrameOffsetVector": offsets, "NumberOfFrames": "2", "Modality": "RTDOSE"}
        yield Draft(f"dose-with-{count}-offsets.dcm", dicom(pixels=RAMP * 2, **values), "read")
    size = explicit(0x60000010, "US", b"\xff\xff") + explicit(0x60000011, "US", b"\xff\xff")
    overlay = size + explicit(0x60003000, "OW", b"\xff\0")
    yield Draft("overlay-huge.dcm", dicom(extra=overlay), "read")


def _lut(count: int, first: int, bits: int) -> bytes:
    data = explicit(0x00283006, "US", b"\x05\x00" * 10)
    return explicit(0x00283002, "US", struct.pack("<HHH", count, first, bits & 0xFFFF)) + data


def lengths() -> Iterator[Draft]:
    """Element lengths and VRs that lie."""
    head, tail = meta(EXPLICIT), body()
    for name, element in {
        "length-fffffffe": explicit(0x00091010, "OB", b"abcd", 0xFFFFFFFE),
        "length-80000000": explicit(0x00091010, "UN", b"abcd", 0x80000000),
        "undefined-length-text": explicit(0x00091010, "UT", b"abcd", UNDEFINED),
        "undefined-length-unknown": explicit(0x00091010, "UN", b"abcd", UNDEFINED),
        "undefined-length-bytes": explicit(0x00091010, "OB", b"abcd", UNDEFINED),
        "short-length-ffff": explicit(0x00091010, "LO", b"abcd", 0xFFFF),
        "vr-zeros": explicit(0x00091010, "\0\0", b"abcd"),
        "vr-lower-case": explicit(0x00091010, "ob", b"abcd"),
        "vr-latin": explicit(0x00091010, "\xff\xfe", b"abcd"),
        "item-outside": implicit(ITEM, b"abcd") * 50,
        "delimiters-outside": implicit(SEQUENCE_END) * 1000,
        "sequence-fffffffe": sequence(_PRIVATE, [b""], 0xFFFFFFFE),
        "item-fffffffe": explicit(_PRIVATE, "SQ", implicit(ITEM, b"abcd", 0xFFFFFFFE), 12),
        "item-past-sequence": explicit(_PRIVATE, "SQ", implicit(ITEM, b"abcd", 5000), 12),
        "meta-again": meta(IMPLICIT)[132:] * 3,
    }.items():
        yield Draft(f"{name}-first.dcm", head + element + tail)
        yield Draft(f"{name}-before-pixels.dcm", dicom(extra=element))
    for name, length in (("huge", 0xFFFFFFFE), ("2g", 0x7FFFFFFF), ("odd", 8191), ("0", 0), ("undefined", UNDEFINED)):
        pixels = explicit(0x7FE00010, "OW", RAMP, length)
        yield Draft(f"pixels-length-{name}.dcm", dicom(pixels=None, extra=pixels), "refused")
    for length in (0, 1, 8, 0x7FFFFFFF, 0xFFFFFFFE):
        whole = dicom()
        yield Draft(f"meta-length-{length}.dcm", whole[:140] + struct.pack("<I", length) + whole[144:])
    yield Draft("400000-elements.dcm", head + explicit(0x00091011, "LO") * 400_000 + tail, "either")
    yield Draft("200000-items.dcm", dicom(extra=sequence(_PRIVATE, [b""] * 200_000)), "either")
    yield Draft("500000-backslashes.dcm", dicom(extra=explicit(0x00081030, "UT", b"\\" * 500_000)), "either")
    yield Draft("position-of-200000-values.dcm", dicom(extra=explicit(0x00200032, "UN", b"1\\" * 200_000)), "either")


def nesting() -> Iterator[Draft]:
    """Sequences in sequences in sequences."""
    for depth in (500, 10_600, 50_000):
        private, per_frame, shared = (
            explicit(tag, "SQ", implicit(ITEM, length=UNDEFINED), UNDEFINED) * depth for tag in (_PRIVATE, _PER_FRAME, _SHARED)
        )
        closed = (implicit(ITEM_END) + implicit(SEQUENCE_END)) * depth
        yield Draft(f"{depth}-closed-private.dcm", dicom(extra=private + closed))
        yield Draft(f"{depth}-open-per-frame.dcm", dicom(extra=per_frame))
        yield Draft(f"{depth}-open-shared.dcm", dicom(extra=shared))
        opened = implicit(_CONTENT, implicit(ITEM, length=UNDEFINED), UNDEFINED) * depth
        yield Draft(f"{depth}-implicit.dcm", dicom(IMPLICIT, extra=opened + closed))
        yield Draft(f"{depth}-stated-lengths.dcm", dicom(extra=_nested_lengths(depth)))
        yield Draft(f"{depth}-behind-the-pixels.dcm", dicom() + opened, "either")
        unknown = explicit(_PRIVATE, "UN", implicit(ITEM, length=UNDEFINED), UNDEFINED) * depth
        yield Draft(f"{depth}-of-unknown-vr.dcm", dicom(extra=unknown), "either")
    siblings = sequence(_CONTENT, [explicit(_CONTENT, "SQ", implicit(SEQUENCE_END), UNDEFINED)] * 10_600)
    yield Draft("10600-siblings.dcm", dicom(extra=siblings), "either")


def _nested_lengths(depth: int) -> bytes:
    around = [explicit(_CONTENT, "SQ", implicit(ITEM, length=20 * left), 20 * left + 8) for left in reversed(range(depth))]
    return b"".join(around)


def functional_groups() -> Iterator[Draft]:
    """Enhanced objects whose frames and groups don't fit each other."""
    place = sequence(0x00209113, [explicit(0x00200032, "DS", b"0\\0\\5 ")])
    nan = sequence(0x00289145, [explicit(0x00281053, "DS", b"nan ") + explicit(0x00281052, "DS", b"inf ")])
    text = sequence(0x00289110, [explicit(0x00280030, "DS", b"x\\y ")])
    for name, groups, frames, expected in (
        ("claims-100000-frames", sequence(_PER_FRAME, [place] * 3), "100000", "refused"),
        ("100000-empty-groups", sequence(_PER_FRAME, [b""] * 100_000), "1", "either"),
        ("fewer-groups-than-frames", sequence(_PER_FRAME, [place]), "2", "either"),
        ("more-groups-than-frames", sequence(_PER_FRAME, [place] * 50), "2", "either"),
        ("groups-are-no-sequence", explicit(_PER_FRAME, "LO", b"none"), "2", "either"),
        ("empty-groups", sequence(_PER_FRAME, []) + sequence(_SHARED, []), "2", "either"),
        ("rescale-nan", sequence(_SHARED, [nan]) + sequence(_PER_FRAME, [place] * 2), "2", "refused"),
        ("spacing-text", sequence(_SHARED, [text]) + sequence(_PER_FRAME, [place] * 2), "2", "either"),
    ):
        yield Draft(f"{name}.dcm", dicom(pixels=RAMP * 2, extra=groups, NumberOfFrames=frames), expected)
    many = sequence(_PER_FRAME, [place] * 20_000)
    small: dict[str, Value] = {"Rows": 1, "Columns": 1, "NumberOfFrames": "20000"}
    yield Draft("20000-frames-of-one-pixel.dcm", dicom(pixels=b"\1\0" * 20_000, extra=many, **small), "either")


def series() -> Iterator[Draft]:
    """Folders of slices that contradict each other under one series number."""
    same: dict[str, Value] = {"SeriesInstanceUID": "1.2.3.9", "StudyInstanceUID": "1.2.3"}
    odd: dict[str, list[dict[str, Value]]] = {
        "sizes": [{"Rows": 32}, {"Columns": 32}, {}],
        "positions": [{"ImagePositionPatient": "1e300\\0\\1e300"}, {"ImagePositionPatient": "0\\0\\-1e300"}, {}],
        "positions-at-one-place": [{"ImagePositionPatient": "0\\0\\0"}] * 3,
        "orientations": [
            {"ImageOrientationPatient": "0\\1\\0\\0\\0\\1"},
            {"ImageOrientationPatient": "nan\\1\\0\\0\\0\\1"},
            {},
        ],
        "slopes": [{"RescaleSlope": "1e38"}, {"RescaleSlope": "0.001"}, {"RescaleIntercept": "-2147483648"}],
        "bits": [{"BitsStored": 1}, {"PixelRepresentation": 0}, {"BitsStored": 12}],
        "numbers": [{"InstanceNumber": "9" * 300}, {"InstanceNumber": "-1"}, {"InstanceNumber": "one"}],
        "patients": [{"PatientID": "P2"}, {"PatientName": b"\xff\x1b\x00"}, {"PatientID": None}],
        "windows": [{"WindowCenter": "nan", "WindowWidth": "1"}, {"WindowCenter": "1", "WindowWidth": "-1"}, {}],
    }
    for name, slices in odd.items():
        files = {}
        for number, one in enumerate([*slices, {}, {}]):
            own: dict[str, Value] = {"ImagePositionPatient": f"0\\0\\{5 * number}", "SOPInstanceUID": f"1.2.{number}"}
            files[f"{number}.dcm"] = dicom(**same | own | one)
        yield Draft(f"series-of-odd-{name}", files, "read")


def no_images() -> Iterator[Draft]:
    """Objects without pixels, and discs whose index leads elsewhere."""
    names = ("rtplan.dcm", "rtstruct.dcm", "test-SR.dcm", "reportsi.dcm", "waveform_ecg.dcm", "rtplan_truncated.dcm")
    found = [get_testdata_file(name, download=False) for name in (*names, "UN_sequence.dcm", "nested_priv_SQ.dcm")]
    for path in map(Path, (*found, *get_palette_files("pet.dcm"))):
        yield Draft(f"object-{path.name}", path.read_bytes(), "refused")
    disc = Path(str(get_testdata_file("DICOMDIR", download=False))).read_bytes()
    yield Draft("disc-without-its-files", {"DICOMDIR": disc}, "refused")
    kinds = (("104.1", "DOC"), ("11.1", "PR"), ("66.4", "SEG"), ("88.11", "SR"), ("9.1.1", "ECG"), ("481.3", "\x1b[2J"))
    for uid, modality in kinds:
        none: dict[str, Value] = dict.fromkeys(("Rows", "Columns", "BitsAllocated", "BitsStored"))
        values = none | {"SOPClassUID": f"1.2.840.10008.5.1.4.1.1.{uid}", "Modality": modality}
        yield Draft(f"object-{uid}.dcm", dicom(pixels=None, **values), "refused")
    for name, parts in (
        ("climbing", b"..\\..\\..\\ETC\\PASSWD"),
        ("absolute", b"/etc/passwd "),
        ("itself", b"DICOMDIR"),
        ("missing", b"IM1\\IM2\\IM3 "),
        ("escapes", b"\x1b[31m\\\n\n"),
        ("long", b"A\\" * 5000),
    ):
        record = explicit(0x00041400, "UL", b"\0" * 4) + explicit(0x00041500, "CS", parts)
        listed = explicit(0x00041200, "UL", b"\xff" * 4) + sequence(0x00041220, [record] * (1000 if name == "itself" else 1))
        yield Draft(f"disc-{name}", {"DICOMDIR": meta(EXPLICIT, "1.2.840.10008.1.3.10") + listed}, "refused")


def big_endian() -> Iterator[Draft]:
    """Big-endian files and files without meta information that aren't what they say."""
    yield Draft("little-said-big.dcm", dicom(BIG_ENDIAN))
    yield Draft("implicit-said-explicit.dcm", meta(EXPLICIT) + body(is_implicit=True))
    yield Draft("explicit-said-implicit.dcm", meta(IMPLICIT) + body())
    yield Draft("no-meta.dcm", body())
    yield Draft("no-syntax.dcm", dicom(None))
    yield Draft("syntax-text.dcm", dicom("not a uid"), "refused")
    yield Draft("syntax-empty.dcm", dicom(""))
    yield Draft("preamble-twice.dcm", b"\0" * 128 + b"DICM" + dicom())
    yield Draft("two-files-in-one.dcm", dicom() * 2)
    yield Draft("trailing-noise.dcm", dicom() + np.random.default_rng(3).bytes(5000))
