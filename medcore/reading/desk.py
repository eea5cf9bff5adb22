"""What a format reader works with in the child: the files, the limits, progress, and a place to say what was refused."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import ParamSpec, TypeVar

from medcore.errors import LightboxError, NoImage

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
HEAD_BYTES = 4096
Report = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Source:
    """One file: the name that the user knows it by, and where its bytes lie."""

    name: str
    path: Path

    @cached_property
    def head(self) -> bytes:
        """The first bytes of the file, by which its format is known."""
        with self.path.open("rb") as file:
            return file.read(HEAD_BYTES)


@dataclass(frozen=True)
class Limits:
    """How much one upload may take; from the settings."""

    memory_megabytes: int
    seconds: int
    archive_megabytes: int

    @property
    def voxel_bytes(self) -> int:
        """The largest decoded series: half of the memory, as a slice or a whole picture is held beside its result."""
        return self.memory_megabytes * 2**20 // 2


@dataclass
class Desk:
    """One upload's workplace: `folder` is private and goes away with the upload."""

    folder: Path
    limits: Limits
    report: Report
    refusals: list[tuple[str, str]] = field(default_factory=list)
    steps: int = 1
    done: int = 0
    _numbers: int = 0

    def new_path(self) -> Path:
        """A path in the private folder that says nothing about what lies there."""
        self._numbers += 1
        return self.folder / f"{self._numbers}.bin"

    def advance(self, name: str) -> None:
        """Report that work on the file `name` begins; the parent names it if the process dies there."""
        self.report(name, min(self.done, self.steps), self.steps)
        self.done += 1

    def refuse(self, name: str, error: str) -> None:
        """Note that the file `name` isn't read, and why."""
        self.refusals.append((name, error))

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
    return NoImage(f"{name} is no scan or picture that Lightbox reads; open a DICOM, NIfTI, PNG or JPEG file.")


def nothing(name: str) -> NoImage:
    """The error for a folder or zip with no file in it, or with none but clutter."""
    return NoImage(
        f"{name} holds no files that Lightbox reads; open a DICOM, NIfTI, PNG or JPEG file, or a folder or zip with some."
    )
