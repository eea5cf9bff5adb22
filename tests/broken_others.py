"""Broken pictures and NIfTI files, things that are no scans under a scan's name, and file names that can't be shown."""

import gzip
import io
import struct
import zlib
from collections.abc import Iterator

import numpy as np
from broken_archives import nifti_header, zipped
from broken_pieces import Draft, Expected, chunk, dicom, png, zeros_deflated
from PIL import Image

_GREY = np.random.default_rng(1).integers(0, 255, (64, 64), dtype=np.uint8)


def picture(format_: str, mode: str = "L", **options: object) -> bytes:
    """A sound picture of 64 × 64."""
    packed = io.BytesIO()
    image = Image.fromarray(_GREY.astype(np.uint16) * 200) if mode == "I;16" else Image.fromarray(_GREY).convert(mode)
    image.save(packed, format_, **options)
    return packed.getvalue()


def pictures() -> Iterator[Draft]:
    """PNG, JPEG and TIFF bombs and lies."""
    rows = zlib.compress((b"\0" + b"\7" * 64) * 64)
    for name, content, expected in (
        ("30000x30000", png(30000, 30000, _zlib(64)), "refused"),
        ("2-billion-wide", png(2**31 - 1, 1, _zlib(4)), "refused"),
        ("4-billion-wide", png(2**32 - 1, 2**32 - 1, rows), "refused"),
        ("0x0", png(0, 0, rows), "refused"),
        ("blank-of-10000x10000", png(10000, 10000, _zlib(112)), "either"),
        ("blank-of-100-megapixels-rgba-16", png(12500, 8000, _zlib(900), depth=16, colour=6), "either"),
        ("blank-of-100-megapixels-grey-alpha-16", png(12500, 8000, _zlib(500), depth=16, colour=4), "either"),
        ("blank-of-100-megapixels-rgb-16", png(10000, 10000, _zlib(700), depth=16, colour=2), "either"),
        ("interlaced-100-megapixels", png(10000, 10000, _zlib(112), interlace=1), "either"),
        ("data-without-end", png(64, 64, _zlib(512)), "either"),
        ("depth-3", png(64, 64, rows, depth=3), "refused"),
        ("colour-9", png(64, 64, rows, colour=9), "refused"),
        ("palette-missing", png(64, 64, rows, colour=3), "either"),
        ("chunk-length-huge", png(64, 64, rows)[:33] + chunk(b"IDAT", rows, 2**31 - 1), "refused"),
        ("chunk-length-ffffffff", png(64, 64, rows)[:33] + chunk(b"tEXt", b"a\0b", 2**32 - 1), "refused"),
        ("text-bomb", png(64, 64, rows, extra=chunk(b"zTXt", b"a\0\0" + _zlib(512))), "either"),
        ("profile-bomb", png(64, 64, rows, extra=chunk(b"iCCP", b"a\0\0" + _zlib(256))), "either"),
        ("many-text-bombs", png(64, 64, rows, extra=chunk(b"zTXt", b"a\0\0" + _zlib(1)) * 200), "either"),
        ("50000-chunks", png(64, 64, rows, extra=chunk(b"teXt", b"") * 50_000), "either"),
        ("exif-garbage", png(64, 64, rows, extra=chunk(b"eXIf", b"MM\0*\0\0\0\x08" + b"\xff" * 500)), "either"),
        ("animation", png(64, 64, rows, extra=chunk(b"acTL", struct.pack(">II", 2**31 - 1, 0))), "either"),
        ("no-data", png(64, 64, b""), "refused"),
        ("no-header", b"\x89PNG\r\n\x1a\n" + chunk(b"IEND", b""), "refused"),
        ("magic-alone", b"\x89PNG\r\n\x1a\n", "refused"),
    ):
        yield Draft(f"{name}.png", content, expected)
    yield from _jpegs()
    yield from _tiffs()


def _jpegs() -> Iterator[Draft]:
    whole = picture("JPEG")
    frame, scan = whole.index(b"\xff\xc0"), whole.index(b"\xff\xda")

    def of_size(rows: int, columns: int, content: bytes = whole) -> bytes:
        at = content.index(b"\xff\xc0") + 5 if b"\xff\xc0" in content else content.index(b"\xff\xc2") + 5
        return content[:at] + struct.pack(">HH", rows, columns) + content[at + 4 :]

    progressive = picture("JPEG", progressive=True)
    first = progressive.index(b"\xff\xda")
    again = progressive[first : progressive.index(b"\xff", first + 20)]
    pages = b"MPF\0MM\0*\0\0\0\x08\0\x01\xb0\x01\0\4\xff\xff\xff\xff"
    for name, content, expected in (
        ("65535x65535", of_size(65535, 65535), "refused"),
        ("0x64", of_size(0, 64), "refused"),
        ("10000x10000-of-64x64", of_size(10000, 10000), "warned"),
        ("half-of-the-data", whole[: len(whole) * 6 // 10] + b"\xff\xd9", "warned"),
        ("3000-progressive-scans", of_size(9000, 9000, progressive[:first] + again * 3000 + b"\xff\xd9"), "warned"),
        ("components-255", whole[: frame + 9] + b"\xff" + whole[frame + 10 :], "refused"),
        ("no-tables", whole.replace(b"\xff\xc4", b"\xff\xfe"), "either"),
        ("no-scan", whole[:scan] + b"\xff\xd9", "refused"),
        ("magic-alone", b"\xff\xd8\xff", "refused"),
        ("segment-of-0", whole[:2] + b"\xff\xe1\0\0" + whole[2:], "either"),
        ("exif-loop", whole[:2] + _segment(0xE1, b"Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\x08") + whole[2:], "either"),
        ("exif-garbage", whole[:2] + _segment(0xE1, b"Exif\0\0II*\0" + b"\xff" * 999) + whole[2:], "either"),
        ("10000-comments", whole[:2] + _segment(0xFE, b"x" * 20) * 10_000 + whole[2:], "either"),
        ("multi-picture-lie", whole[:2] + _segment(0xE2, pages) + whole[2:], "either"),
    ):
        yield Draft(f"{name}.jpg", content, expected)


def _segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def _tiffs() -> Iterator[Draft]:
    def tiff(*entries: tuple[int, int, int, int], following: int = 0) -> bytes:
        fields = b"".join(struct.pack("<HHII", *entry) for entry in entries)
        return b"II*\0\x08\0\0\0" + struct.pack("<H", len(entries)) + fields + struct.pack("<I", following)

    size = [(256, 4, 1, 64), (257, 4, 1, 64), (258, 3, 1, 8), (262, 3, 1, 1)]
    huge = [(256, 4, 1, 2**32 - 1), (257, 4, 1, 2**32 - 1), (258, 3, 1, 8), (262, 3, 1, 1)]
    yield Draft("chain-that-loops.tif", tiff(*size, (273, 4, 1, 8), (279, 4, 1, 4096), following=8))
    yield Draft("4-billion-strips.tif", tiff(*size, (273, 4, 2**32 - 1, 8), (279, 4, 2**32 - 1, 8)))
    yield Draft("4-billion-wide.tif", tiff(*huge, (273, 4, 1, 8), (279, 4, 1, 4096)), "refused")
    yield Draft("no-entries.tif", tiff(), "refused")
    yield Draft("big.tif", b"II+\0\x08\0\0\0" + struct.pack("<QQ", 16, 2**63) + b"\xff" * 200, "refused")
    yield Draft("strips-in-the-header.tif", tiff(*size, (259, 3, 1, 5), (273, 4, 1, 0), (279, 4, 1, 2**31)))


def _zlib(megabytes: int) -> bytes:
    return b"\x78\xda" + zeros_deflated(megabytes) + b"\0\0\0\0"


def mislabelled() -> Iterator[Draft]:
    """What is no scan under a scan's name, and scans under another's."""
    noise = np.random.default_rng(2).bytes(20_000)
    page = b"<!doctype html><html><body>Sign in to see this study</body></html>"
    objects: list[tuple[str, bytes]] = [
        ("text.dcm", b"Patient was seen on Monday.\n" * 50),
        ("page.dcm", page),
        ("report.dcm", b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\n%%EOF"),
        ("program.dcm", b"MZ\x90\0" + noise[:3000]),
        ("program.nii", b"\x7fELF\x02\x01\x01" + noise[:3000]),
        ("video.dcm", b"\0\0\0\x18ftypmp42" + noise[:3000]),
        ("scan.nrrd", b"NRRD0005\ntype: short\ndimension: 3\nsizes: 4 4 4\nencoding: raw\n\n" + b"\0" * 128),
        ("scan.mha", b"ObjectType = Image\nNDims = 3\nDimSize = 4 4 4\nElementDataFile = LOCAL\n" + b"\0" * 128),
        ("scan.mhd", b"ObjectType = Image\nNDims = 3\nElementDataFile = /etc/passwd\n"),
        ("scan.h5", b"\x89HDF\r\n\x1a\n" + noise[:3000]),
        ("scan.mnc", b"CDF\x01" + noise[:3000]),
        ("model.pkl", b"\x80\x04cos\nsystem\n(S'touch /tmp/owned'\ntR."),
        ("array.npy", b"\x93NUMPY\x01\0\x76\0{'descr': '|O', 'fortran_order': False, 'shape': (9,)}" + b" " * 50 + b"\n"),
        ("letter.docx", zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": page})),
        ("picture.gif", b"GIF89a\xff\xff\xff\xff\0\0\0;"),
        ("picture.bmp", b"BM" + struct.pack("<IIIIii", 99, 0, 54, 40, 2**31 - 1, 2**31 - 1) + b"\0" * 40),
        ("picture.webp", b"RIFF\xff\xff\xff\xffWEBPVP8 " + noise[:100]),
        ("picture.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>"),
        ("scan.7z", b"7z\xbc\xaf\x27\x1c" + noise[:100]),
        ("scan.tar", b"scan.dcm" + b"\0" * 249 + b"ustar" + b"\0" * 900),
        ("empty.dcm", b""),
        ("one-byte.dcm", b"\0"),
        ("zeros.dcm", b"\0" * 10_000),
        ("ones.dcm", b"\xff" * 10_000),
        ("noise.dcm", noise),
        ("preamble.dcm", b"\0" * 128),
        ("preamble-and-magic.dcm", b"\0" * 128 + b"DICM"),
        ("noise-behind-magic.dcm", noise[:128] + b"DICM" + noise[:5000]),
        ("zeros-behind-magic.dcm", b"\0" * 128 + b"DICM" + b"\0" * 5000),
        ("ones-behind-magic.dcm", b"\0" * 128 + b"DICM" + b"\xff" * 5000),
        ("group-2-noise.dcm", b"\x02\0\0\0UL\4\0" + noise[:5000]),
        ("group-8-noise.dcm", b"\x08\0\x05\0CS\4\0" + noise[:5000]),
        ("nifti-magic.nii", nifti_header((64, 64, 64))[:348]),
        ("dicom-and-nifti.nii", b"\0" * 128 + b"DICM" + b"\0" * 212 + b"n+1\0" + b"\0" * 500),
        ("link.lnk", b"[InternetShortcut]\nURL=file:///etc/passwd\n"),
    ]
    yield from (Draft(f"no-{name}", content, "refused") for name, content in objects)
    for name, content in {
        "dicom.png": dicom(InstanceNumber="901"),
        "dicom.nii.gz": dicom(InstanceNumber="902"),
        "nifti.dcm": nifti_header((8, 8, 8)) + b"\1\0" * 512,
        "nifti-gz.nii": gzip.compress(nifti_header((8, 8, 8)) + b"\1\0" * 512, mtime=0),
        "png.dcm": picture("PNG"),
        "jpeg.png": picture("JPEG"),
        "zip.dcm": zipped({"a.dcm": dicom(InstanceNumber="903")}),
    }.items():
        yield Draft(f"in-truth-{name}", content, "read")


_TYPES = ((32, 64), (1536, 128), (1792, 128), (2048, 256), (128, 24), (2304, 32))
_WINDOWS = ((float("nan"), 1), (float("inf"), 1), (5, 1), (-3e38, 3e38))


def nifti() -> Iterator[Draft]:
    """NIfTI headers that lie about sizes, types and geometry."""
    whole = nifti_header((8, 8, 8)) + np.arange(512, dtype=np.int16).tobytes()

    def with_(at: int, format_: str, *numbers: float) -> bytes:
        return whole[:at] + struct.pack("<" + format_, *numbers) + whole[at + struct.calcsize("<" + format_) :]

    inf, nan = float("inf"), float("nan")
    lies: list[tuple[str, bytes, Expected]] = [
        *((f"dim-0-{count}", with_(40, "h", count), "either") for count in (-1, 0, 1, 2, 7, 8, 30000)),
        *((f"dim-1-{count}", with_(42, "h", count), "refused") for count in (-8, 0, 32767)),
        ("all-dims-32767", with_(40, "8h", 7, *[32767] * 7), "refused"),
        ("fourth-dim-0", with_(40, "8h", 4, 8, 8, 8, 0, 1, 1, 1), "either"),
        ("5-dims", with_(40, "8h", 5, 8, 8, 2, 2, 2, 1, 1), "read"),
        *((f"type-{code}", with_(70, "h", code), "refused") for code in (0, 1, 255, 9999, -1)),
        *((f"type-{code}-{bits}", with_(70, "hh", code, bits), "either") for code, bits in _TYPES),
        *((f"bits-{bits}", with_(72, "h", bits), "either") for bits in (0, 1, 8, -16, 32767)),
        *((f"spacing-{size}", with_(80, "3f", size, size, size), "either") for size in (0.0, -1.0, nan, inf, 1e38)),
        *((f"offset-{offset}", with_(108, "f", offset), "either") for offset in (0.0, 1.0, 348.0, 353.0, 357.5)),
        *((f"offset-{offset}", with_(108, "f", offset), "refused") for offset in (-400.0, 1e9, 3e38, nan, inf)),
        *((f"slope-{slope}", with_(112, "ff", slope, 0), "either") for slope in (0.0, nan, inf, 1e38, -1e-38)),
        *((f"inter-{inter}", with_(116, "f", inter), "either") for inter in (nan, inf, 3e38)),
        *((f"window-{low}-{high}", with_(124, "ff", high, low), "read") for low, high in _WINDOWS),
        *((f"affine-{part}", with_(280, "12f", *[part] * 12), "either") for part in (0.0, 1.0, nan, inf, 1e38)),
        ("affine-singular", with_(280, "12f", 1, 0, 0, 0, 2, 0, 0, 0, 0, 0, 1, 0), "either"),
        ("affine-sheared", with_(280, "12f", 1, 50, 0, 0, 0, 1, 50, 0, 0, 0, 1, 0), "either"),
        ("quaternion-nan", with_(252, "hh6f", 1, 0, *[nan] * 6), "either"),
        ("quaternion-long", with_(252, "hh6f", 1, 0, 5, 5, 5, 0, 0, 0), "either"),
        ("codes-negative", with_(252, "hh", -5, -5), "read"),
        ("codes-unknown", with_(252, "hh", 99, 99), "either"),
        *((f"header-size-{size}", with_(0, "i", size), "either") for size in (0, 347, 540, 2**31 - 1)),
        ("intent-label", with_(68, "h", 1002), "read"),
        ("intent-unknown", with_(68, "h", -77), "read"),
        ("half-of-a-pair", with_(344, "4s", b"ni1\0"), "refused"),
        ("extension-endless", whole[:348] + b"\1\0\0\0" + struct.pack("<II", 16, 6) * 300, "either"),
        ("extension-of-0", whole[:348] + b"\1\0\0\0" + struct.pack("<II", 0, 6) + whole[352:], "either"),
        ("extension-of-4-gb", whole[:348] + b"\1\0\0\0" + struct.pack("<II", 2**32 - 16, 6) + whole[352:], "either"),
        ("big-endian-size-alone", struct.pack(">i", 348) + whole[4:], "either"),
    ]
    yield from (Draft(f"{name}.nii", content, expected) for name, content, expected in lies)
    shapes = {"2-to-62": (2**62, 2, 2), "negative": (-1, 2, 2), "2-to-31": (2**31, 2**31, 2**31), "zero": (0, 0, 0)}
    for name, shape in shapes.items():
        yield Draft(f"nifti-2-{name}.nii", _nifti_2(shape), "refused")
    floats = np.full(512, nan, "<f4")
    floats[::2] = inf
    yield Draft("voxels-nan.nii", with_(70, "hh", 16, 32)[:352] + floats.tobytes(), "read", "NaN")
    colour = with_(70, "hh", 128, 24)[:352]
    yield Draft("colour-half.nii", colour + b"\x7f" * 700, "refused")


def _nifti_2(shape: tuple[int, int, int]) -> bytes:
    header = bytearray(544)
    struct.pack_into("<i8s", header, 0, 540, b"n+2\0\r\n\x1a\n")
    struct.pack_into("<hh", header, 12, 4, 16)
    struct.pack_into("<8q", header, 16, 3, *shape, 1, 1, 1, 1)
    struct.pack_into("<8d", header, 104, *[1.0] * 8)
    struct.pack_into("<q", header, 168, 544)
    return bytes(header) + b"\1\0" * 64


def file_names() -> Iterator[Draft]:
    """Files whose own name can't be shown as it is: half of them sound, half of them not."""
    for number, name in enumerate(
        (
            *("line\nbreak", "\x1b[31mred\x1b[0m", "<script>alert(1)<script>", "**bold** [x](y) $x$ `z`", "\u202egnp"),
            *(
                "caf\u00e9 \u533b\u751f",
                "broken-\udcff\udc80",
                "-rf",
                "%s{0}",
                "a" * 240,
                "tab\tand\rreturn",
                "\\\\server\\share",
                "'; --",
            ),
        )
    ):
        yield Draft(f"{name}.dcm", dicom(InstanceNumber=str(number)), "read")
        yield Draft(f"{name}.txt", b"no scan", "refused")
