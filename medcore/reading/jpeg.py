"""JPEG streams that end early: libjpeg fills in what is missing without a word, so it is found out here (ITU-T T.81)."""

import hashlib
import io
import math
import re
import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image, UnidentifiedImageError

from medcore.errors import UnreadableFile

MOST_SCANS = 100
"""A progressive picture has about ten; each costs as much time as a picture."""
_SOI, _EOI, _SOS, _DRI = 0xD8, 0xD9, 0xDA, 0xDD
_BASELINE, _PROGRESSIVE, _LOSSLESS = (0xC0, 0xC1), 0xC2, 0xC3
_FRAMES = {*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC}
_JPEG_LS = 0xF7
_END = bytes((0xFF, _EOI))
# Any marker but those inside of a scan's data: a stuffed 0, a restart, a fill byte.
_MARKER = re.compile(rb"\xff[\x01-\xcf\xd8-\xfe]")
_RESTART = re.compile(rb"\xff+[\xd0-\xd7]")
_NOISE = np.random.default_rng(4096).integers(0, 255, 4096, np.uint8).tobytes()
_NOISE_BEFORE_RESTART = _NOISE[:16]
_STRIP_PIXELS = 2**22
_UNDECODED = (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError)


@dataclass(frozen=True)
class Scan:
    """One scan: its components' numbers, its spectral band, what precision is left for later, and where its data lie."""

    components: tuple[int, ...]
    first: int
    last: int
    left: int
    restart_interval: int
    start: int
    stop: int


@dataclass(frozen=True)
class Jpeg:
    """The first picture of a stream: `frame` is its frame marker, `sampling` (horizontal, vertical) by component's number,
    `stop` where its data end, be it with an end marker or not.
    """

    frame: int
    bits: int
    rows: int
    columns: int
    sampling: dict[int, tuple[int, int]]
    scans: tuple[Scan, ...]
    stop: int

    @property
    def can_be_known(self) -> bool:
        """Whether missing data show: an arithmetic coder may leave out zeros, the hierarchical frames nobody decodes."""
        return self.frame in (*_BASELINE, _PROGRESSIVE, _LOSSLESS) and bool(self.scans)

    @property
    def is_pillows(self) -> bool:
        """Whether Pillow decodes it."""
        return self.frame in (*_BASELINE, _PROGRESSIVE) and self.bits == 8


def cut_off(name: str) -> UnreadableFile:
    """The error for a picture of which data are missing."""
    return UnreadableFile(f"{name} is cut off: its compressed picture ends before all of its pixels; export or copy it again.")


def parsed(name: str, stream: bytes) -> Jpeg | None:
    """The first picture of the stream by its markers; None where it has no frame.

    Raises UnreadableFile for more scans than a picture has.
    """
    frame, interval, stop = None, 0, len(stream)
    scans: list[Scan] = []
    for marker, start, end in _segments(stream):
        if marker == _EOI:
            stop = start - 2
        elif marker in _FRAMES and frame is None:
            frame = marker, stream[start:end]
        elif marker == _DRI:
            interval = int.from_bytes(stream[start : start + 2], "big")
        elif marker == _SOS:
            scans += _scan(stream, start, end, interval)
        if len(scans) > MOST_SCANS:
            raise UnreadableFile(f"{name} is a JPEG of more than {MOST_SCANS} scans, as no program writes them; save it again.")
    return None if frame is None else _jpeg(*frame, tuple(scans), stop)


def size_of(head: bytes) -> tuple[int, int] | None:
    """(rows, columns) by the first frame header in the bytes, of JPEG or JPEG-LS; None where there is none, or no rows yet."""
    for marker, start, end in _segments(head):
        if marker in _FRAMES | {_JPEG_LS} and end <= len(head) and end - start >= 5:
            rows, columns = struct.unpack(">HH", head[start + 1 : start + 5])
            return (rows, columns) if rows else None
    return None


def _segments(stream: bytes) -> Iterator[tuple[int, int, int]]:
    """Marker, start and end of each segment up to the end of the picture (T.81, B.1.1)."""
    place = 2
    while found := _MARKER.search(stream, place):
        marker, at = stream[found.end() - 1], found.end()
        length = 0 if marker in (0x01, _SOI, _EOI) else max(2, int.from_bytes(stream[at : at + 2], "big"))
        yield marker, at + min(length, 2), at + length
        if marker == _EOI:
            return
        place = at + length


def _scan(stream: bytes, start: int, end: int, interval: int) -> Iterator[Scan]:
    """From the scan header (T.81, B.2.3); none where that breaks off."""
    count = stream[start] if start < len(stream) else 0
    rest = stream[start + 1 + 2 * count : start + 4 + 2 * count]
    if count and len(rest) == 3:
        following = _MARKER.search(stream, end)
        components = tuple(stream[start + 1 : start + 1 + 2 * count : 2])
        data = stream[end : following.start() if following else len(stream)].rstrip(b"\xff")  # fill bytes, or half a marker
        yield Scan(components, rest[0], rest[1], rest[2] & 15, interval, end, end + len(data))


def _jpeg(marker: int, header: bytes, scans: tuple[Scan, ...], stop: int) -> Jpeg | None:
    """From the frame header (T.81, B.2.2)."""
    if len(header) < 6 or len(header) < 6 + 3 * header[5]:
        return None
    bits, rows, columns, count = struct.unpack(">BHHB", header[:6])
    components = struct.iter_unpack("BBx", header[6 : 6 + 3 * count])
    sampling = {number: (max(1, factors >> 4), max(1, factors & 15)) for number, factors in components}
    return Jpeg(marker, bits, rows, columns, sampling, scans, stop)


def _lacks_scans(jpeg: Jpeg) -> bool:
    """Whether a component, or some of its coefficients or of their bits, are in none of the scans."""
    found: dict[int, set[int]] = {number: set() for number in jpeg.sampling}
    for scan in jpeg.scans:
        band = range(scan.first, scan.last + 1) if jpeg.frame == _PROGRESSIVE else range(64)
        if scan.left == 0 or jpeg.frame != _PROGRESSIVE:
            for number in scan.components:
                found.setdefault(number, set()).update(band)
    return any(not coefficients.issuperset(range(64)) for coefficients in found.values())


def _lacks_restarts(stream: bytes, jpeg: Jpeg) -> bool:
    """Whether a scan has fewer restart markers than its intervals need (T.81, E.1.4)."""
    for scan in jpeg.scans:
        if scan.restart_interval and jpeg.rows and all(number in jpeg.sampling for number in scan.components):
            intervals = math.ceil(_units(jpeg, scan) / scan.restart_interval)
            if sum(1 for _ in _RESTART.finditer(stream, scan.start, scan.stop)) < intervals - 1:
                return True
    return False


def _units(jpeg: Jpeg, scan: Scan) -> int:
    """The scan's minimum coded units (T.81, A.2)."""
    side = 1 if jpeg.frame == _LOSSLESS else 8
    most = [max(factors[axis] for factors in jpeg.sampling.values()) for axis in (0, 1)]
    own = jpeg.sampling[scan.components[0]] if len(scan.components) == 1 else (1, 1)
    sizes = (jpeg.columns, jpeg.rows)
    if len(scan.components) == 1:
        return math.prod(math.ceil(math.ceil(sizes[axis] * own[axis] / most[axis]) / side) for axis in (0, 1))
    return math.prod(math.ceil(sizes[axis] / (side * most[axis])) for axis in (0, 1))


def ended(stream: bytes) -> bytes:
    """The first picture with an end marker, which some programs leave out."""
    stops = (start - 2 for marker, start, _ in _segments(stream) if marker == _EOI)
    return stream[: next(stops, len(stream))] + _END


def _with_noise(stream: bytes, jpeg: Jpeg) -> bytes:
    """The picture with noise behind the data of each restart interval and scan: decoded only where data are missing."""
    pieces, place = [], 0
    for scan in jpeg.scans:
        data = _RESTART.sub(lambda restart: _NOISE_BEFORE_RESTART + restart[0], stream[scan.start : scan.stop])
        pieces += [stream[place : scan.start], data, _NOISE]
        place = scan.stop
    return b"".join((*pieces, stream[place : jpeg.stop], _END))


def check_picture(name: str, stream: bytes) -> None:
    """Raise UnreadableFile where the JPEG lacks data for some of its pixels; what can't be decoded at all passes."""
    jpeg = _checked_scans(name, stream)
    if jpeg is not None and jpeg.can_be_known and jpeg.is_pillows:
        _check_decoded(name, stream, jpeg)


def checked_frames(
    name: str, streams: Iterable[bytes], frames: Iterator[np.ndarray], decode: Callable[[bytes], np.ndarray]
) -> Iterator[np.ndarray]:
    """The decoded `frames` of the file `name`, once each one's JPEG stream is known to lack nothing.

    `decode` gives the frame of a stream that Pillow can't decode, or raises UnreadableFile.
    """
    for stream in streams:
        jpeg = _checked_scans(name, stream)
        frame = next(frames)
        if jpeg is not None and jpeg.can_be_known and jpeg.is_pillows:
            _check_decoded(name, stream, jpeg, hashlib.sha256(frame.tobytes()).digest())
        elif jpeg is not None and jpeg.can_be_known:
            _check_same(name, frame, decode, _with_noise_at_the_end(stream, jpeg))
        yield frame


def _checked_scans(name: str, stream: bytes) -> Jpeg | None:
    jpeg = parsed(name, stream)
    if jpeg is not None and jpeg.can_be_known and (_lacks_scans(jpeg) or _lacks_restarts(stream, jpeg)):
        raise cut_off(name)
    return jpeg


def _check_decoded(name: str, stream: bytes, jpeg: Jpeg, known: bytes | None = None) -> None:
    """`known` is the digest of the decoded picture; one in colour is decoded in other ways too, so it may differ."""
    with_noise = _digest(_with_noise(stream, jpeg))
    if with_noise is not None and with_noise == known:
        return
    plain = _digest(stream[: jpeg.stop] + _END)
    if plain is not None and plain != with_noise:
        raise cut_off(name)


def _digest(stream: bytes) -> bytes | None:
    """What tells decoded pictures apart, so that no two large ones are held; None for one that can't be decoded."""
    digest = hashlib.sha256()
    try:
        with Image.open(io.BytesIO(stream), formats=("JPEG",)) as opened:
            opened.load()
            step = max(1, _STRIP_PIXELS // opened.width)
            for top in range(0, opened.height, step):
                digest.update(opened.crop((0, top, opened.width, min(top + step, opened.height))).tobytes())
    except _UNDECODED:
        return None
    return digest.digest()


def _with_noise_at_the_end(stream: bytes, jpeg: Jpeg) -> bytes:
    """As GDCM takes it, which fails at the second thing that it warns of: the noise is one, an odd scan header another."""
    scan, place = jpeg.scans[-1], 0
    pieces = []
    if jpeg.frame in _BASELINE:
        for each in jpeg.scans:
            pieces += [stream[place : each.start - 3], b"\0\x3f\0"]
            place = each.start
    return b"".join((*pieces, stream[place : scan.stop], _NOISE, _END))


def _check_same(name: str, frame: np.ndarray, decode: Callable[[bytes], np.ndarray], with_noise: bytes) -> None:
    try:
        again = decode(with_noise)
    except UnreadableFile as error:
        raise cut_off(name) from error
    if not np.array_equal(frame, again):
        raise cut_off(name)
