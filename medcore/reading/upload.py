"""One upload to its series: what the rest of Lightbox calls."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from medcore.reading import passing, process
from medcore.reading.desk import Limits, nothing, presentable
from medcore.reading.private_folder import private_folder
from medcore.settings import settings
from medcore.volume import Series

Progress = Callable[[float, float], None]
Preview = Callable[[Series], None]
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


@dataclass(frozen=True)
class _Named:
    """The files of an upload under the names that the user knows; `alone` is the folder of a file that was given by itself."""

    files: list[tuple[str, Path]]
    alone: Path | None
    name: str


def read(files: Sequence[Path], progress: Progress | None = None, preview: Preview | None = None) -> Reading:
    """The series in `files`, which are one upload: files, folders (with all that is below them), zips, or a DICOMDIR.

    `progress` is called with (steps done, steps in all), twice a second at least; what it raises ends the reading. `preview` is
    called at most once, early, with one slice of what is still being read. A file that can't be read is a refusal, and the
    others are still read. Raises UnreadableFile where no reading process can be started.
    """
    return _together(read_each(files, progress, preview))


def read_named(files: Sequence[tuple[str, Path]], progress: Progress | None = None, preview: Preview | None = None) -> Reading:
    """Like `read`, for single files that lie under other names than the user knows: pairs of (name, path)."""
    named = _Named(_unique(files), None, files[0][0] if len(files) == 1 else _UNNAMED)
    return _together(_each(named, progress, preview))


def read_each(
    files: Sequence[Path], progress: Progress | None = None, preview: Preview | None = None
) -> Iterator[Series | Refusal]:
    """Like `read`, one at a time as they are ready; a caller that stops early ends the reading."""
    named = _unique([pair for path in files for pair in _named(Path(path))])
    alone = named[0][1].parent if len(named) == 1 else None
    name = Path(files[0]).resolve().name if len(files) == 1 else _UNNAMED
    return _each(_Named(named, alone, name), progress, preview)


def _named(path: Path) -> list[tuple[str, Path]]:
    if not path.is_dir():
        return [(path.name, path)]
    return [(str(below.relative_to(path)), below) for below in sorted(path.rglob("*")) if below.is_file()]


def _unique(files: Sequence[tuple[str, Path]]) -> list[tuple[str, Path]]:
    """The files under names that can be said and are all different: two discs both hold an IM0001."""
    given = presentable([name for name, _ in files])
    return [(name, path) for name, (_, path) in zip(given, files, strict=True)]


def _together(each: Iterator[Series | Refusal]) -> Reading:
    found = list(each)
    series = tuple(one for one in found if isinstance(one, Series))
    return Reading(series, tuple(one for one in found if isinstance(one, Refusal)))


def _each(named: _Named, progress: Progress | None, preview: Preview | None) -> Iterator[Series | Refusal]:
    uids: dict[str, int] = {}
    found = None
    for found in _found(named, progress, preview):
        yield _with_unique_uid(found, uids) if isinstance(found, Series) else found
    if found is None:
        yield Refusal(named.name, str(nothing(named.name)))


def _found(named: _Named, progress: Progress | None, preview: Preview | None) -> Iterator[Series | Refusal]:
    if not named.files:
        return
    wanted = settings()
    limits = Limits(wanted.reading_megabytes, wanted.reading_seconds, wanted.upload_megabytes, wanted.volume_megabytes)
    so_far: tuple[float, float] = (0, 1)
    with private_folder() as folder:
        for workplace, message in process.run(named.files, named.alone, folder, limits):
            so_far = message.get("progress", so_far)
            if progress is not None and ("at" in message or "beat" in message):
                progress(*so_far)
            if "preview" in message and preview is not None:
                preview(passing.unpacked(message["preview"], workplace))
            if "series" in message:
                yield passing.unpacked(message["series"], workplace)
            elif "refused" in message:
                yield Refusal(*message["refused"])


def _with_unique_uid(series: Series, seen: dict[str, int]) -> Series:
    seen[series.uid] = seen.get(series.uid, 0) + 1
    if seen[series.uid] == 1:
        return series
    again = f"-{seen[series.uid]}"
    part = series.part and replace(series.part, whole=series.part.whole + again)
    return replace(series, uid=series.uid + again, part=part)
