"""One upload to its series: what the rest of Lightbox calls."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from medcore.reading import passing, process
from medcore.reading.desk import Limits, nothing
from medcore.reading.private_folder import private_folder
from medcore.settings import settings
from medcore.volume import Series

Progress = Callable[[int, int], None]
_UNNAMED = "The upload"


@dataclass(frozen=True)
class Refusal:
    """A file of an upload that isn't read: its name inside the upload, and a sentence that says why and what to do."""

    name: str
    error: str


@dataclass(frozen=True)
class Reading:
    """What one upload holds: its series, and the files that were refused."""

    series: tuple[Series, ...]
    refusals: tuple[Refusal, ...]


def read(files: Sequence[Path], progress: Progress | None = None) -> Reading:
    """The series in `files`, which are one upload: files, folders (with all that is below them), zips, or a DICOMDIR.

    `progress` is called with (steps done, steps in all). Raises ReadingLimit or UnreadableFile if decoding ended the child
    process; a file that can't be read is a refusal, and the others are still read.
    """
    named = [pair for path in files for pair in _named(Path(path))]
    alone = named[0][1].parent if len(named) == 1 else None
    return _read(named, alone, progress, Path(files[0]).resolve().name if len(files) == 1 else _UNNAMED)


def read_named(files: Sequence[tuple[str, Path]], progress: Progress | None = None) -> Reading:
    """Like `read`, for single files that lie under other names than the user knows: pairs of (name, path)."""
    return _read(list(files), None, progress, files[0][0] if len(files) == 1 else _UNNAMED)


def _named(path: Path) -> list[tuple[str, Path]]:
    if not path.is_dir():
        return [(path.name, path)]
    return [(str(below.relative_to(path)), below) for below in sorted(path.rglob("*")) if below.is_file()]


def _read(named: list[tuple[str, Path]], disc: Path | None, progress: Progress | None, name: str) -> Reading:
    if not named:
        return Reading((), (Refusal(name, str(nothing(name))),))
    wanted = settings()
    limits = Limits(wanted.reading_megabytes, wanted.reading_seconds, wanted.upload_megabytes)
    with private_folder() as folder:
        result = process.run(named, disc, folder, limits, progress)
        series = tuple(passing.unpacked(packed, folder) for packed in result["series"])
    refusals = tuple(Refusal(*refused) for refused in result["refusals"])
    return Reading(series, refusals if series or refusals else (Refusal(name, str(nothing(name))),))
