"""A few files, one film each, to their slices, read by medcore.reading as an upload is."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from medcore import reading
from medcore.volume import Series

Progress = Callable[[int, int], None]
_MOST_FILES = 500
_MOST_BYTES = 2**26


@dataclass(frozen=True, eq=False)
class Slice:
    """One file's slice of a series; `of_many` where the file holds several and this is the middle one."""

    series: Series
    index: int
    of_many: bool = False


def bytes_of(path: Path) -> int:
    """The file's size; 0 where there is none, which reading says."""
    return path.stat().st_size if path.exists() else 0


def told(progress: Progress | None, chunk: range, total: int) -> Callable[[float, float], None]:
    """What tells a caller how far one chunk of all has come, from what reading tells: (steps done, steps in all)."""

    def tell(done: float, of: float) -> None:
        if progress:
            progress(chunk.start + int(done / max(of, 1) * len(chunk)), total)

    return tell


def chunks(sizes: Sequence[int]) -> Iterator[range]:
    """Which files are read at once: so few that their voxels, which lie on disk meanwhile, don't fill it. Sizes in bytes."""
    start, held = 0, 0
    for stop, size in enumerate(sizes):
        if stop > start and (stop - start >= _MOST_FILES or held + size > _MOST_BYTES):
            yield range(start, stop)
            start, held = stop, 0
        held += size
    if sizes:
        yield range(start, len(sizes))


def read_slices(named: Sequence[tuple[str, Path]], progress: Callable[[float, float], None] | None = None) -> list[Slice | str]:
    """Each file's slice, or why it has none, in the files' order.

    Files of one DICOM series are read as one volume, of which each is a slice; those that this leaves over (the same image
    twice) are read by themselves.
    """
    found = _read(named, range(len(named)), progress)
    for left in [index for index in range(len(named)) if index not in found]:
        found |= _read(named, [left], progress)
    return [found.get(index, "It holds no picture that can be read.") for index in range(len(named))]


def _read(
    named: Sequence[tuple[str, Path]], wanted: Sequence[int], progress: Callable[[float, float], None] | None
) -> dict[int, Slice | str]:
    """What one reading gives of the files wanted; under numbers, since two may have one name."""
    tokens = {_token(index): index for index in wanted}
    result = reading.read_named([(token, named[index][1]) for token, index in tokens.items()], progress)
    found: dict[int, Slice | str] = {}
    for refusal in result.refusals:
        if refusal.name in tokens:
            index = tokens[refusal.name]
            found[index] = refusal.error.replace(refusal.name, named[index][0])
    for series in result.series:
        for file, piece in _pieces(series):
            found.setdefault(tokens[file], piece)
    return found


def _token(index: int) -> str:
    return f"film-{index:06d}"


def _pieces(series: Series) -> Iterator[tuple[str, Slice]]:
    slices = series.volume.shape[0]
    if len(series.files) == 1:
        many = slices > 1 or series.part is not None
        yield series.files[0], Slice(series, slices // 2, many)
    elif len(series.files) == slices:
        yield from ((file, Slice(series, index)) for index, file in enumerate(series.files))
