"""Broken compressed pixels: streams that claim another size than their file, bombs, fragments, and wrong transfer syntaxes."""

import io
import struct
from collections.abc import Iterator
from functools import cache

import numpy as np
import pydicom
from broken_pieces import (
    BIG_ENDIAN,
    DEFLATED,
    EXPLICIT,
    HTJ2K,
    IMPLICIT,
    ITEM,
    J2K,
    J2K_LOSSLESS,
    JPEG,
    JPEG_EXTENDED,
    JPEG_LOSSLESS,
    JPEG_LS,
    RAMP,
    RLE,
    SEQUENCE_END,
    UNDEFINED,
    Draft,
    Expected,
    Value,
    body,
    dicom,
    encapsulated,
    explicit,
    implicit,
    meta,
    zeros_deflated,
)
from PIL import Image
from pydicom.data import get_testdata_file

_EIGHT: dict[str, Value] = {"BitsAllocated": 8, "BitsStored": 8, "HighBit": 7, "PixelRepresentation": 0}
_SOF = {JPEG: b"\xff\xc0", JPEG_LOSSLESS: b"\xff\xc3", JPEG_LS: b"\xff\xf7"}
_HUGE: dict[str, Value] = {"Rows": 20000, "Columns": 20000}
_ALL_SYNTAXES = (
    *(IMPLICIT, EXPLICIT, BIG_ENDIAN, DEFLATED, RLE, JPEG, JPEG_EXTENDED, JPEG_LOSSLESS, JPEG_LS, J2K_LOSSLESS, J2K, HTJ2K),
    *(f"1.2.840.10008.1.2.4.{number}" for number in (57, 81, 92, 94, 100, 102, 107, 110, 202, 203)),
    *("1.2.840.10008.1.2.6.1", "1.2.840.10008.1.2.7.1", "1.2.840.10008.1.2.8.1", "1.2.840.10008.1.2.1.98", "1.2.3.4"),
)


@cache
def streams() -> dict[str, tuple[bytes, dict[str, Value]]]:
    """A sound 64 × 64 stream of each coding, by its transfer syntax, and the elements that go with it."""
    from jpeg_ls import encode_array
    from openjpeg.utils import encode_array as encode_jpeg_2000

    values = np.frombuffer(RAMP, np.int16).astype(np.uint16).reshape(64, 64)
    eight = (values % 256).astype(np.uint8)
    jpeg = io.BytesIO()
    Image.fromarray(eight).save(jpeg, "JPEG", quality=90)
    unsigned: dict[str, Value] = {"PixelRepresentation": 0}
    codestream = bytes(encode_jpeg_2000(values, photometric_interpretation=2, use_mct=False))
    return {
        RLE: (_rle(eight), _EIGHT),
        JPEG: (jpeg.getvalue(), _EIGHT),
        JPEG_LOSSLESS: (_lossless_jpeg(), _EIGHT | {"Rows": 768, "Columns": 1024}),
        JPEG_LS: (bytes(encode_array(values)), unsigned),
        J2K_LOSSLESS: (codestream, unsigned),
        HTJ2K: (codestream, unsigned),
    }


def _lossless_jpeg() -> bytes:
    found = pydicom.dcmread(get_testdata_file("JPGLosslessP14SV1_1s_1f_8b.dcm", download=False))
    return next(pydicom.encaps.generate_frames(found.PixelData, number_of_frames=1))


def _rle(values: np.ndarray) -> bytes:
    rows = b"".join(bytes([63]) + row.tobytes() for row in values)
    return struct.pack("<16I", 1, 64, *[0] * 14) + rows


def sized(stream: bytes, syntax: str, rows: int, columns: int) -> bytes:
    """The stream with another size in its own header."""
    if syntax in _SOF:
        at = stream.index(_SOF[syntax]) + 5
        return stream[:at] + struct.pack(">HH", rows, columns) + stream[at + 4 :]
    return siz(stream, Xsiz=columns, Ysiz=rows, XTsiz=columns, YTsiz=rows)


def siz(stream: bytes, **values: int) -> bytes:
    """A JPEG 2000 codestream with other numbers in its SIZ segment (ISO 15444-1 A.5.1)."""
    names = ("Xsiz", "Ysiz", "XOsiz", "YOsiz", "XTsiz", "YTsiz", "XTOsiz", "YTOsiz")
    at = stream.index(b"\xff\x51") + 6
    found = dict(zip(names, struct.unpack(">8I", stream[at : at + 32]), strict=True))
    components = stream[at + 32 : at + 34] if "Csiz" not in values else struct.pack(">H", values.pop("Csiz"))
    return stream[:at] + struct.pack(">8I", *(found | values).values()) + components + stream[at + 34 :]


def wrong_sizes() -> Iterator[Draft]:
    """Streams whose own size differs wildly from Rows × Columns, and files that claim far more than is there."""
    for syntax in (JPEG, JPEG_LOSSLESS, JPEG_LS, J2K_LOSSLESS, HTJ2K):
        stream, values = streams()[syntax]
        name = syntax.rpartition(".")[2]
        for rows, columns in ((60000, 60000), (20000, 20000), (65535, 1), (0, 64), (32, 64)):
            content = encapsulated(syntax, sized(stream, syntax, rows, columns), **values)
            yield Draft(f"4.{name}-stream-of-{rows}x{columns}.dcm", content, "either" if rows == 32 else "refused")
        yield Draft(f"4.{name}-file-of-20000x20000.dcm", encapsulated(syntax, stream, **values | _HUGE), "refused")
        both = encapsulated(syntax, sized(stream, syntax, 20000, 20000), **values | _HUGE)
        yield Draft(f"4.{name}-both-20000x20000.dcm", both, "warned")
        giant = encapsulated(syntax, sized(stream, syntax, 32000, 32000), **values | {"Rows": 32000, "Columns": 32000})
        yield Draft(f"4.{name}-both-32000x32000.dcm", giant, "warned")
        for count in (2, 1000, 100_000):
            yield Draft(
                f"4.{name}-one-of-{count}-frames.dcm", encapsulated(syntax, stream, **values, NumberOfFrames=str(count))
            )


def jpeg_2000() -> Iterator[Draft]:
    """JPEG 2000 codestreams with absurd tiles, components and resolutions."""
    stream, values = streams()[J2K_LOSSLESS]
    cod = stream.index(b"\xff\x52")
    for name, content in {
        "tiles-of-one-pixel": siz(stream, XTsiz=1, YTsiz=1),
        "65535-tiles": siz(stream, Xsiz=65535, Ysiz=64, XTsiz=1, YTsiz=64),
        "tiles-of-0": siz(stream, XTsiz=0, YTsiz=0),
        "offset-beyond": siz(stream, XOsiz=2**31, YOsiz=2**31),
        "size-ffffffff": siz(stream, Xsiz=2**32 - 1, Ysiz=2**32 - 1, XTsiz=2**32 - 1, YTsiz=2**32 - 1),
        "16384-components": siz(stream, Csiz=16384),
        "0-components": siz(stream, Csiz=0),
        "32-resolutions": stream[: cod + 9] + b"\x20" + stream[cod + 10 :],
        "255-resolutions": stream[: cod + 9] + b"\xff" + stream[cod + 10 :],
        "65535-layers": stream[: cod + 6] + b"\xff\xff" + stream[cod + 8 :],
        "code-blocks-of-2-to-255": stream[: cod + 10] + b"\xff\xff" + stream[cod + 12 :],
        "38-bits": stream.replace(b"\x0f\x01\x01", b"\x25\x01\x01", 1),
        "header-alone": stream[: stream.index(b"\xff\x90")],
        "no-data": stream[: stream.index(b"\xff\x93") + 2] + b"\xff\xd9",
    }.items():
        for syntax in (J2K_LOSSLESS, HTJ2K) if "tiles" in name else (J2K_LOSSLESS,):
            yield Draft(f"j2k-{name}-{syntax[-3:].strip('.')}.dcm", encapsulated(syntax, content, **values))
    blank = siz(stream, Xsiz=30000, Ysiz=30000, XTsiz=30000, YTsiz=30000)
    blank = blank[: blank.index(b"\xff\x93") + 2] + b"\0" * 200 + b"\xff\xd9"
    yield Draft("j2k-blank-30000.dcm", encapsulated(J2K_LOSSLESS, blank, **values | {"Rows": 30000, "Columns": 30000}))


def jpeg() -> Iterator[Draft]:
    """JPEG streams without data, without tables, with thousands of scans."""
    stream, values = streams()[JPEG]
    lossless, own = streams()[JPEG_LOSSLESS]
    scan = stream.index(b"\xff\xda")
    for name, content in {
        "no-data": stream[: scan + 10] + b"\xff\xd9",
        "half-of-the-data": stream[: len(stream) * 6 // 10] + b"\xff\xd9",
        "no-tables": stream.replace(b"\xff\xc4", b"\xff\xfe"),
        "header-alone": stream[:scan],
        "200-images": stream * 200,
        "255-components": stream.replace(b"\x40\x01\x01\x11", b"\x40\xff\x01\x11", 1),
        "of-12-bits": stream.replace(b"\xff\xc0\x00\x0b\x08", b"\xff\xc1\x00\x0b\x0c", 1),
        "restart-every-pixel": stream[:scan] + b"\xff\xdd\x00\x04\x00\x01" + stream[scan:],
    }.items():
        for syntax in (JPEG, JPEG_EXTENDED):
            expected: Expected = "warned" if name in ("no-data", "half-of-the-data") else "either"
            yield Draft(f"jpeg-{name}-{syntax[-2:]}.dcm", encapsulated(syntax, content, **values), expected)
    nothing = lossless[: lossless.index(b"\xff\xda") + 10] + b"\xff\xd9"
    yield Draft("lossless-jpeg-without-data.dcm", encapsulated(JPEG_LOSSLESS, nothing, **own), "warned")
    yield Draft("lossless-jpeg-half.dcm", encapsulated(JPEG_LOSSLESS, lossless[: len(lossless) // 2], **own), "warned")


def run_lengths() -> Iterator[Draft]:
    """RLE frames that claim gigabytes, and segments that lie elsewhere."""
    sound, values = streams()[RLE]

    def head(*numbers: int) -> bytes:
        return struct.pack("<16I", *numbers, *[0] * (16 - len(numbers)))

    data = sound[64:]
    for name, content in {
        "no-segments": head(0, 64) + data,
        "2-of-1-segments": head(2, 64, 80) + data,
        "15-segments": head(15, *range(64, 79)) + data,
        "4-billion-segments": head(2**32 - 1, 64) + data,
        "offset-0": head(1, 0) + data,
        "offset-beyond": head(1, 2**32 - 1) + data,
        "offsets-backwards": head(2, 4000, 64) + data,
        "header-alone": head(1, 64),
        "half-a-header": head(1, 64)[:30],
        "no-ops": head(1, 64) + b"\x80" * 100_000,
        "too-much": head(1, 64) + b"\x81\x07" * 100_000,
        "too-little": head(1, 64) + b"\x81\x07" * 3,
        "literal-past-the-end": head(1, 64) + b"\x7f",
    }.items():
        yield Draft(f"rle-{name}.dcm", encapsulated(RLE, content, **values))
    bomb: dict[str, Value] = _EIGHT | {"Rows": 30000, "Columns": 30000}
    yield Draft("rle-bomb-of-30000x30000.dcm", encapsulated(RLE, head(1, 64) + b"\x81\x07" * 600, **bomb))
    yield Draft("rle-bomb-of-65535x65535.dcm", encapsulated(RLE, head(1, 64) + b"\x81\x07" * 600, **bomb | {"Rows": 65535}))
    frames: dict[str, Value] = _EIGHT | {"Rows": 5000, "Columns": 5000, "NumberOfFrames": "60"}
    yield Draft("rle-bomb-of-60-frames.dcm", encapsulated(RLE, *[head(1, 64) + b"\x81\x07" * 10] * 60, **frames))
    deep: dict[str, Value] = {"Rows": 20000, "Columns": 20000, "BitsAllocated": 32, "BitsStored": 32, "HighBit": 31}
    four = head(4, 64, 64, 64, 64) + b"\x81\x07" * 600
    yield Draft("rle-bomb-of-32-bits.dcm", encapsulated(RLE, four, **deep))
    full = head(1, 64) + b"\x81\x00" * (6000 * 6000 // 128 + 99)
    sound_bomb = encapsulated(RLE, full, **_EIGHT | {"Rows": 6000, "Columns": 6000})
    yield Draft("rle-blank-of-6000x6000.dcm", sound_bomb)


def fragments() -> Iterator[Draft]:
    """Offset tables and fragments that lie, and pixels flagged as what they aren't."""
    stream, values = streams()[J2K_LOSSLESS]
    item, end = implicit(ITEM, stream + b"\0" * (len(stream) % 2)), implicit(SEQUENCE_END)

    def pixels(content: bytes, length: int = UNDEFINED, vr: str = "OB") -> bytes:
        return dicom(J2K_LOSSLESS, pixels=None, extra=explicit(0x7FE00010, vr, content, length), **values)

    tables: list[tuple[str, bytes, Expected]] = [
        ("beyond-the-end", struct.pack("<I", 2**31), "either"),
        ("odd", b"\1\2\3\4\5\6", "either"),
        ("of-200000", struct.pack("<I", 0) * 200_000, "either"),
        ("backwards", struct.pack("<4I", 4000, 3000, 2000, 0), "either"),
    ]
    for name, table, expected in tables:
        yield Draft(f"table-{name}.dcm", encapsulated(J2K_LOSSLESS, stream, table=table, **values), expected)
        two = encapsulated(J2K_LOSSLESS, stream, stream, table=table, **values, NumberOfFrames="2")
        yield Draft(f"table-{name}-of-2-frames.dcm", two, expected)
    for count in (1, 4, 20_000):
        extended: dict[str, Value] = {
            "ExtendedOffsetTable": struct.pack("<Q", 2**63 - 8) * count,
            "ExtendedOffsetTableLengths": struct.pack("<Q", 2**64 - 1) * count,
        }
        yield Draft(f"extended-table-of-{count}.dcm", encapsulated(J2K_LOSSLESS, stream, **values | extended))
    for name, content, expected in (
        ("table-of-4-billion", pixels(implicit(ITEM, b"", 0xFFFFFFFE) + item + end), "refused"),
        ("no-table", pixels(item + end), "either"),
        ("no-fragment", pixels(implicit(ITEM) + end), "refused"),
        ("no-end", pixels(implicit(ITEM) + item), "either"),
        ("empty-fragments", pixels(implicit(ITEM) * 100_000 + end), "refused"),
        ("fragments-of-2-bytes", pixels(implicit(ITEM) + _in_pieces(stream) + end), "either"),
        ("fragment-past-the-end", pixels(implicit(ITEM) + implicit(ITEM, stream, 10**6) + end), "either"),
        ("fragment-of-undefined-length", pixels(implicit(ITEM) + implicit(ITEM, stream, UNDEFINED) + end), "refused"),
        ("other-tags", pixels(implicit(0x00280010, b"abcd") * 9 + end), "refused"),
        ("encapsulated-with-a-length", pixels(implicit(ITEM) + item + end, len(item) + 16), "either"),
        ("encapsulated-flagged-native", dicom(pixels=None, extra=pixels(implicit(ITEM) + item + end)[-5000:]), "refused"),
        ("native-flagged-encapsulated", dicom(J2K_LOSSLESS), "refused"),
        ("zeros-as-a-stream", encapsulated(J2K_LOSSLESS, b"\0" * 5000, **values), "refused"),
    ):
        yield Draft(f"{name}.dcm", content, expected)


def _in_pieces(stream: bytes) -> bytes:
    return b"".join(implicit(ITEM, stream[at : at + 2].ljust(2, b"\0")) for at in range(0, len(stream), 2))


def wrong_syntaxes() -> Iterator[Draft]:
    """Every transfer syntax on native pixels, and each stream under two syntaxes of other codings."""
    for syntax in _ALL_SYNTAXES[4:]:
        yield Draft(f"native-as-{syntax}.dcm", dicom(syntax), "refused")
    for number, (own, (stream, values)) in enumerate(streams().items()):
        for other in (*_ALL_SYNTAXES[:4], *_ALL_SYNTAXES[4 + number :: 6]):
            if other != own:
                yield Draft(f"{own.rpartition('.')[2]}-as-{other}.dcm", encapsulated(other, stream, **values))


def deflated() -> Iterator[Draft]:
    """Deflated DICOM files that inflate without end."""
    start = body(pixels=None)
    for name, content, expected in (
        ("to-1-gb-of-zeros", zeros_deflated(1024, start), "refused"),
        ("to-200-mb-of-zeros", zeros_deflated(200, start), "either"),
        ("private-element-of-1-gb", zeros_deflated(1024, start + explicit(0x00291010, "OB", b"", 2**30)), "refused"),
        ("pixels-of-800-mb", zeros_deflated(800, body(pixels=None, Rows=20000, Columns=20000) + _pixels(800)), "refused"),
        ("noise", np.random.default_rng(5).bytes(5000), "refused"),
        ("nothing", b"", "refused"),
        ("no-end", zeros_deflated(0, body())[:-100], "refused"),
        ("zlib-header", b"\x78\xda" + zeros_deflated(4, body()), "refused"),
    ):
        yield Draft(f"deflated-{name}.dcm", meta(DEFLATED) + content, expected)


def _pixels(megabytes: int) -> bytes:
    return explicit(0x7FE00010, "OW", b"", megabytes * 10**6)
