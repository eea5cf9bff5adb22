"""Broken zips and gzips: bombs, members that overlap, names that climb, locks, and directories that lie."""

import gzip
import io
import struct
import zipfile
import zlib
from collections.abc import Iterator

import numpy as np
from broken_pieces import Draft, dicom, zeros_deflated

_MEMBER = b"PK\x03\x04"
_ENTRY = b"PK\x01\x02"
_LINK = 0o120777 << 16


def archives() -> Iterator[Draft]:
    """Zips that are cut, locked, lying, or larger inside than anything can hold."""
    whole = zipped({f"{number}.dcm": dicom(InstanceNumber=str(number)) for number in range(3)})
    yield Draft("locked.zip", _patched(whole, 6, 8, lambda flags: flags | 1), "refused", "password")
    yield Draft("method-99.zip", _patched(whole, 8, 10, lambda _: 99), "refused")
    lzma = zipped({"a.dcm": dicom(InstanceNumber="911")}, zipfile.ZIP_LZMA)
    yield Draft("method-lzma-as-deflate.zip", lzma.replace(b"\x0e\0", b"\x08\0"), "refused")
    yield Draft("methods.zip", zipped({"a.dcm": dicom(InstanceNumber="912")}, zipfile.ZIP_BZIP2), "read")
    at = whole.index(_ENTRY)
    end = whole.index(b"PK\x05\x06")
    for name, content in {
        "no-directory": whole[:at],
        "directory-alone": _MEMBER + whole[at:],
        "directory-of-zeros": whole[:at] + b"\0" * (end - at) + whole[end:],
        "directory-elsewhere": whole[: end + 16] + struct.pack("<I", 5) + whole[end + 20 :],
        "65535-entries": whole[: end + 8] + b"\xff\xff\xff\xff" + whole[end + 12 :],
        "zip64-lie": whole[: end + 8] + b"\xff" * 12 + whole[end + 20 :],
        "size-4g": whole[: at + 20] + b"\xfe\xff\xff\xff\xfe\xff\xff\xff" + whole[at + 28 :],
        "size-0": whole[: at + 20] + b"\0" * 8 + whole[at + 28 :],
        "wrong-sum": whole[: at + 16] + b"\1\2\3\4" + whole[at + 20 :],
        "local-name-differs": whole.replace(b"0.dcm", b"9.dcm", 1),
        "data-noise": whole[:60] + np.random.default_rng(7).bytes(400) + whole[460:],
        "end-alone": whole[end:],
        "twice": whole + whole,
        "long-comment": whole[:-2] + b"\xff\xff" + b"PK\x05\x06" * 10_000,
    }.items():
        yield Draft(f"{name}.zip", content)
    yield Draft("empty.zip", b"PK\x05\x06" + b"\0" * 18, "refused")
    yield Draft("folders-alone.zip", zipped({"a/": b"", "a/b/": b""}), "refused")
    yield Draft("clutter-alone.zip", zipped({"__MACOSX/._a": b"x", ".DS_Store": b"x"}), "refused")
    inner = zipped({"a.dcm": dicom(InstanceNumber="913")})
    for _ in range(50):
        inner = zipped({"inner.zip": inner})
    yield Draft("50-zips-in-zips.zip", inner, "refused")
    yield Draft("70000-members.zip", _many(70_000), "refused")
    yield Draft("9000-empty-members.zip", _many(9_000), "refused")
    yield Draft("overlapping.zip", _overlapping(), "refused")


def bombs() -> Iterator[Draft]:
    """Zips and gzips of high ratio."""
    preamble = b"\0" * 128 + b"DICM"
    yield Draft("dicom-bomb.zip", _bomb("a.dcm", preamble, 2100), "refused", "unpacks to more than")
    yield Draft("picture-bomb.zip", _bomb("a.png", b"\x89PNG\r\n\x1a\n", 2100), "refused", "unpacks to more than")
    yield Draft("no-scan-bomb.zip", _bomb("a.bin", b"nothing", 1024), "refused")
    header = nifti_header((64, 64, 64))
    yield Draft("tail-of-half-a-gb.nii.gz", gzipped(header, 512))
    yield Draft("claims-1000-cubed.nii.gz", gzipped(nifti_header((1000, 1000, 1000)), 256), "refused")
    yield Draft("claims-800-cubed.nii.gz", gzipped(nifti_header((800, 800, 800)), 1024))
    yield Draft("claims-30000-cubed.nii.gz", gzipped(nifti_header((30000, 30000, 30000)), 64), "refused")
    far = header[:108] + struct.pack("<f", 2.0**30) + header[112:]
    yield Draft("voxels-behind-1-gb.nii.gz", gzipped(far, 1028))
    yield Draft("extension-of-2-gb.nii.gz", gzipped(header[:348] + b"\1\0\0\0" + struct.pack("<II", 2**31 - 16, 6), 512))
    yield Draft("gzip-of-gzip.nii.gz", gzip.compress(gzip.compress(header + b"\0" * 2**19, mtime=0), mtime=0))
    yield Draft("dicom.dcm.gz", gzip.compress(dicom(InstanceNumber="914"), mtime=0))
    yield Draft("no-sum.nii.gz", gzip.compress(header + bytes(2**19), mtime=0)[:-8])
    wrong = gzip.compress(header + bytes(2**19), mtime=0)[:-8] + b"\1\2\3\4" + struct.pack("<I", len(header) + 2**19)
    yield Draft("wrong-sum.nii.gz", wrong, "warned")
    yield Draft("20000-members.nii.gz", gzip.compress(header, mtime=0) + gzip.compress(b"", mtime=0) * 20_000)
    yield Draft("name-without-end.nii.gz", b"\x1f\x8b\x08\x08" + b"\0" * 6 + b"a" * 10_000, "refused")
    yield Draft("noise.nii.gz", b"\x1f\x8b\x08\x00" + np.random.default_rng(8).bytes(5000), "refused")


def names() -> Iterator[Draft]:
    """Zip members whose names lead elsewhere or can't be shown; what is inside is sound."""
    for number, name in enumerate(
        (
            *("../../evil.dcm", "/etc/cron.d/evil.dcm", "C:\\Windows\\evil.dcm", "..\\..\\evil.dcm", "a/../../../b.dcm"),
            *("nul\0byte.dcm", "line\nbreak.dcm", "\x1b[31mred.dcm", "<img src=x onerror=alert(1)>.dcm", "\u202egnp.dcm"),
            *(" a", ".", "..", "//", "CON", "-rf", "~", "$(id).dcm", "%00.dcm", "a" * 300 + ".dcm", "d/" * 2000 + "a.dcm"),
        )
    ):
        yield Draft(f"sound-member-{number}.zip", zipped({name: dicom(InstanceNumber=str(number))}))
        yield Draft(f"text-member-{number}.zip", zipped({name: b"no scan"}), "refused")
    latin = (
        zipped({"aaaa.dcm": dicom(InstanceNumber="915"), "bbbb.dcm": b"no scan"})
        .replace(b"aaaa", b"\xe1\xfe\x80a")
        .replace(b"bbbb", b"\xe9\x82\x9b.")
    )
    yield Draft("latin-names.zip", latin, "read")
    flagged = _patched(latin, 6, 8, lambda flags: flags | 0x800)
    yield Draft("latin-names-flagged-utf-8.zip", flagged)
    yield Draft("one-name-twice.zip", _twice(), "read")
    link = zipfile.ZipInfo("link.dcm")
    link.external_attr = _LINK
    yield Draft("link.zip", zipped({link: b"/etc/passwd"}), "refused")
    yield Draft("file-and-folder.zip", zipped({"a": dicom(InstanceNumber="916"), "a/b": dicom(InstanceNumber="917")}), "read")


def zipped(members: dict[str | zipfile.ZipInfo, bytes] | dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A zip of the members, the same each time."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in members.items():
            info = name if isinstance(name, zipfile.ZipInfo) else zipfile.ZipInfo(name)
            info.compress_type = method
            archive.writestr(info, content)
    return packed.getvalue()


def nifti_header(shape: tuple[int, ...]) -> bytes:
    """A NIfTI-1 header of int16 voxels, placed by its sform."""
    header = bytearray(352)
    struct.pack_into("<i", header, 0, 348)
    struct.pack_into("<8h", header, 40, len(shape), *shape, *[1] * (7 - len(shape)))
    struct.pack_into("<hh", header, 70, 4, 16)
    struct.pack_into("<8f", header, 76, *[1.0] * 8)
    struct.pack_into("<f", header, 108, 352.0)
    struct.pack_into("<f", header, 112, 1.0)
    struct.pack_into("<hh", header, 252, 0, 1)
    struct.pack_into("<12f", header, 280, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0)
    header[344:348] = b"n+1\0"
    return bytes(header)


def gzipped(prefix: bytes, megabytes: int) -> bytes:
    """A gzip of `prefix` and zeros; its sum is wrong, which only who reads all of it finds out."""
    return b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + zeros_deflated(megabytes, prefix) + struct.pack("<II", 0, megabytes << 20)


def _entry(name: bytes, packed: int, size: int, sum_: int, offset: int, method: int = 8) -> bytes:
    fields = struct.pack("<HHHHHHIIIHHHHHII", 20, 20, 0, method, 0, 33, sum_, packed, size, len(name), 0, 0, 0, 0, 0, offset)
    return _ENTRY + fields + name


def _local(name: bytes, packed: bytes, size: int, sum_: int, method: int = 8) -> bytes:
    return _MEMBER + struct.pack("<HHHHHIIIHH", 20, 0, method, 0, 33, sum_, len(packed), size, len(name), 0) + name + packed


def _closed(content: bytes, entries: list[bytes]) -> bytes:
    directory = b"".join(entries)
    count = min(len(entries), 0xFFFF)
    zip64 = b""
    if len(entries) > 0xFFFF:
        at = len(content) + len(directory)
        fields = struct.pack("<QHHIIQQQQ", 44, 45, 45, 0, 0, len(entries), len(entries), len(directory), len(content))
        zip64 = b"PK\x06\x06" + fields + b"PK\x06\x07" + struct.pack("<IQI", 0, at, 1)
    end = struct.pack("<HHHHIIH", 0, 0, count, count, len(directory), len(content), 0)
    return content + directory + zip64 + b"PK\x05\x06" + end


def _many(count: int) -> bytes:
    names = [b"%d" % (number + 100_000) for number in range(count)]
    local = [_local(name, b"", 0, 0, 0) for name in names]
    return _closed(b"".join(local), [_entry(name, 0, 0, 0, number * len(local[0]), 0) for number, name in enumerate(names)])


def _overlapping() -> bytes:
    packed = zeros_deflated(64, b"\0" * 128 + b"DICM")
    local = _local(b"a", packed, (64 << 20) + 132, 0)
    return _closed(local, [_entry(b"a", len(packed), (64 << 20) + 132, 0, 0)] * 5000)


def _bomb(name: str, prefix: bytes, megabytes: int) -> bytes:
    packed, size = zeros_deflated(megabytes, prefix), (megabytes << 20) + len(prefix)
    return _closed(_local(name.encode(), packed, size, 0), [_entry(name.encode(), len(packed), size, 0, 0)])


def _twice() -> bytes:
    local = [
        _local(b"a.dcm", content, len(content), zlib.crc32(content), 0)
        for content in (dicom(InstanceNumber="918"), dicom(Modality="MR"))
    ]
    starts = (0, len(local[0]))
    sizes = [len(one) - 35 for one in local]
    entries = [
        _entry(b"a.dcm", size, size, zlib.crc32(one[35:]), at, 0) for one, size, at in zip(local, sizes, starts, strict=True)
    ]
    return _closed(b"".join(local), entries)


def _patched(content: bytes, in_member: int, in_entry: int, change) -> bytes:
    """The zip with a 16-bit field changed in each local header and each directory entry."""
    found = bytearray(content)
    for mark, offset in ((_MEMBER, in_member), (_ENTRY, in_entry)):
        at = content.find(mark)
        while at >= 0:
            (value,) = struct.unpack_from("<H", found, at + offset)
            struct.pack_into("<H", found, at + offset, change(value))
            at = content.find(mark, at + 4)
    return bytes(found)
