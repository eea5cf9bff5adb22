"""What a format reader works with in the child: the files, the limits, and a place to say what is done and what refused."""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from medcore.errors import LightboxError, NoImage

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
HEAD_BYTES = 4096
_UNSHOWN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
_LONGEST_NAME = 260
# The slowest decoder here, JPEG 2000, gives 10 MB of pixels a second; a machine may be five times slower.
_BYTES_A_SECOND = 2 * 2**20


@dataclass(frozen=True)
class Source:
    """One file: the name that the user knows it by, of which an upload has only one, and where its bytes lie."""

    name: str
    path: Path

    @cached_property
    def head(self) -> bytes:
        """The first bytes of the file, by which its format is known."""
        with self.path.open("rb") as file:
            return file.read(HEAD_BYTES)


@dataclass(frozen=True)
class Limits:
    """How much reading may take; from the settings.

    `memory_megabytes` is what the child may hold for itself, beside the voxels, which lie in a file; `seconds` of CPU
    what one file may take, beside what its pixels do.
    """

    memory_megabytes: int
    seconds: int
    archive_megabytes: int
    volume_megabytes: int

    @property
    def voxel_bytes(self) -> int:
        """The largest decoded series."""
        return self.volume_megabytes * 2**20

    @property
    def at_once_bytes(self) -> int:
        """The largest picture that can be decoded in one piece: a decoder holds it up to four times, as 32-bit samples even."""
        return self.memory_megabytes * 2**20 // 6

    def seconds_for(self, pixel_bytes: int) -> float:
        """How long a file may take that promises so many bytes of pixels."""
        return self.seconds + pixel_bytes / _BYTES_A_SECOND


@dataclass
class Desk:
    """One upload's workplace: `folder` is private and goes away with the upload, `send` reaches the parent.

    `allow` ends this process unless it is called again within so many seconds. `skipped` are the names of what an earlier
    child of the same upload has dealt with. `shares_cores` while two processes decode the upload.
    """

    folder: Path
    limits: Limits
    send: Callable[[dict[str, Any]], None]
    allow: Callable[[float], None] = lambda seconds: None
    skipped: frozenset[str] = frozenset()
    steps: float = 1
    done: float = 0
    decoding_step: float = 1
    shares_cores: bool = False
    _numbers: int = 0

    def new_path(self) -> Path:
        """A path in the private folder that says nothing about what lies there."""
        self._numbers += 1
        return self.folder / f"{self._numbers}.bin"

    def advance(self, name: str, pixel_bytes: int = 0, step: float = 1) -> None:
        """Say that work on the file `name` begins; the parent names it if the process dies there.

        It may take as long as `pixel_bytes` of decoded pixels do. `step` is its share of the progress.
        """
        seconds = self.limits.seconds_for(pixel_bytes)
        self._say({"at": name, "seconds": seconds, "progress": [min(self.done, self.steps), self.steps]})
        self.done += step
        self.allow(seconds)

    def weigh(self, decoding_step: float, files: int) -> None:
        """Say that decoding each of so many files takes `decoding_step` times as long as reading its header."""
        self.steps += (decoding_step - self.decoding_step) * files
        self.decoding_step = decoding_step

    def expect(self, pixel_bytes: int) -> None:
        """Once the file at hand is known to promise so many bytes of pixels: it may take as long as those do."""
        seconds = self.limits.seconds_for(pixel_bytes)
        self._say({"seconds": seconds})
        self.allow(seconds)

    def refuse(self, name: str, error: str) -> None:
        """Say that the file `name` isn't read, and why."""
        self._say({"refused": [name, error]})

    def leave_out(self, name: str) -> None:
        """Say that the file `name` is a copy of another one: it is neither read nor refused."""
        self._say({"left_out": name})

    def deliver(self, kind: str, packed: dict[str, Any]) -> None:
        """Give the parent a packed series, as a "series" or a "preview"."""
        self._say({kind: packed})

    def aside(self) -> "Desk":
        """A desk with a folder of its own at which nobody listens, for what may fail without a word."""
        folder = self.new_path()
        folder.mkdir()
        return Desk(folder, self.limits, lambda message: None)

    def _say(self, message: dict[str, Any]) -> None:
        self.allow(0)  # a parent that is slow to listen is no reason to end
        self.send(message)

    def attempt(
        self, name: str, step: Callable[Arguments, Result], *args: Arguments.args, **kwargs: Arguments.kwargs
    ) -> Result | None:
        """What `step(*args)` returns, or None once the file `name` is refused with the reason."""
        try:
            return step(*args, **kwargs)
        except LightboxError as error:
            self.refuse(name, str(error))
        except MemoryError:
            self.refuse(name, too_much_memory(name, self.limits))
        except (KeyboardInterrupt, SystemExit):
            raise
        # The child's edge: decoders raise whatever a hostile file drives them to (struct.error, RecursionError, Rust's
        # PanicException, which is no Exception); each means that this one file is damaged, and the others are still read.
        except BaseException:  # noqa: BLE001
            self.refuse(name, damaged(name))
        return None


def presentable(names: Sequence[str]) -> list[str]:
    """The names without what can't be shown, a long one's middle left out, and numbered where an earlier one is the same."""
    seen: dict[str, int] = {}
    unique = []
    for name in map(_shown, names):
        number, given = seen.get(name, 1), name
        while given in seen:
            number += 1
            given = f"{name} ({number})"
        seen[name] = number
        seen[given] = 1
        unique.append(given)
    return unique


def _shown(name: str) -> str:
    """Without control and formatting characters, which a terminal or a page would obey, and what isn't text."""
    clean = "".join(character if unicodedata.category(character) not in _UNSHOWN else "\ufffd" for character in name)
    return clean if len(clean) <= _LONGEST_NAME else f"{clean[: _LONGEST_NAME // 2]} … {clean[-_LONGEST_NAME // 2 :]}"


def damaged(name: str) -> str:
    """The sentence for a file whose content breaks its own format."""
    return f"{name} is damaged and can't be read; export or copy it again from where it came from."


def too_much_memory(name: str, limits: Limits) -> str:
    """The sentence for a file that is too large to decode."""
    return (
        f"{name} needs more than the {limits.memory_megabytes} MB that reading may take; "
        "open a smaller part or raise LIGHTBOX_READING_MEGABYTES."
    )


def no_scan(name: str) -> NoImage:
    """The error for a file of no known format."""
    return NoImage(f"{name} is no scan or picture that Lightbox reads; open a DICOM, NIfTI, PNG, JPEG or TIFF file.")


def nothing(name: str) -> NoImage:
    """The error for a folder or zip with no file in it, or with none but clutter."""
    return NoImage(
        f"{name} holds no files that Lightbox reads; open a DICOM, NIfTI, PNG, JPEG or TIFF file, or a folder or zip with some."
    )
