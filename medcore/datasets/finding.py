"""Which files of a folder or a manifest are labelled what, before any is read; nothing outside of the set's own folder."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from medcore.datasets.films import Film
from medcore.datasets.findings import LeftOut
from medcore.datasets.opening import manifest_rows
from medcore.errors import DatasetError

SPLIT_NAMES = {
    "train": "train",
    "training": "train",
    "val": "val",
    "valid": "val",
    "validation": "val",
    "test": "test",
    "testing": "test",
}


@dataclass(frozen=True)
class Listing:
    """The labelled files of a set (`patient` is "" where no manifest says it), those that aren't, and classes without any."""

    root: Path
    films: tuple[Film, ...]
    left_out: tuple[LeftOut, ...]
    empty: tuple[str, ...]


def find(source: Path) -> Listing:
    """What lies in a folder with one folder a class, in train, val and test or not, or in a manifest's rows.

    Raises DatasetError where there is no such folder or the manifest can't be read.
    """
    try:
        if source.is_dir():
            return _in_folder(source)
        if source.is_file():
            return _in_manifest(source)
    except OSError as error:
        raise DatasetError(
            f"The folder {source} can't be listed ({error.strerror}); mend that or copy it elsewhere."
        ) from error
    raise DatasetError(f"There is no folder or manifest {source}; check the path.")


def _in_folder(root: Path) -> Listing:
    films: list[Film] = []
    left_out: list[LeftOut] = []
    empty: list[str] = []
    for folder, split in _class_folders(root, left_out):
        found = list(_files(root, folder, left_out))
        films += [Film(path, folder.name, "", split, name=str(path.relative_to(root))) for path in found]
        empty += [] if found else [str(folder.relative_to(root))]
    return Listing(root, tuple(films), tuple(left_out), tuple(empty))


def _class_folders(root: Path, left_out: list[LeftOut]) -> Iterator[tuple[Path, str]]:
    """Each class folder and its split; what lies beside them is left out."""
    tops = _folders(root, root, left_out)
    if not any(SPLIT_NAMES.get(top.name.casefold()) == "train" and _holds_folders(top) for top in tops):
        yield from ((top, "") for top in tops)
        return
    for top in tops:
        split = SPLIT_NAMES.get(top.name.casefold())
        if split is None:
            left_out.append(
                LeftOut(str(top.relative_to(root)), "The folder lies beside train, val and test and isn't one of them.")
            )
        else:
            yield from ((folder, split) for folder in _folders(root, top, left_out))


def _holds_folders(folder: Path) -> bool:
    return any(below.is_dir() for below in folder.iterdir())


def _folders(root: Path, parent: Path, left_out: list[LeftOut]) -> list[Path]:
    """The folders in `parent`; files and links there are left out."""
    folders = []
    for path in sorted(parent.iterdir()):
        if path.is_dir() and not path.is_symlink() and not path.name.startswith("."):
            folders.append(path)
        else:
            why = "A hidden file." if path.name.startswith(".") else "It lies in no class folder, so that it has no label."
            left_out.append(LeftOut(_said(path.relative_to(root)), _link_to_folder(path) or why))
    return folders


def _link_to_folder(path: Path) -> str:
    return "A link to a folder isn't followed; put the folder itself there." if path.is_symlink() and path.is_dir() else ""


def _files(root: Path, folder: Path, left_out: list[LeftOut]) -> Iterator[Path]:
    """All files below a class folder that may be read."""

    def closed(error: OSError) -> None:
        left_out.append(LeftOut(os.path.relpath(error.filename, root), f"The folder can't be listed ({error.strerror})."))

    for parent, folders, names in os.walk(folder, onerror=closed):
        folders.sort()
        for name in sorted(names + [name for name in folders if (Path(parent) / name).is_symlink()]):
            path = Path(parent) / name
            why = _link_to_folder(path) or _unusable(path, root)
            if why:
                left_out.append(LeftOut(_said(path.relative_to(root)), why))
            else:
                yield path


def _unusable(path: Path, root: Path) -> str:
    """Why a file may not be read, or ""."""
    if path.name.startswith("."):
        return "A hidden file."
    if _said(path) != str(path):
        return "Its name isn't UTF-8; rename it."
    try:
        if not path.exists():
            return "It isn't there; mend the path or the link."
        if not path.resolve().is_relative_to(root.resolve()):
            return "It leads out of the set's own folder and isn't followed; copy the file into it."
        return "" if path.is_file() else "It is no file."
    except OSError as error:
        return f"It can't be looked at ({error.strerror})."


def _said(path: Path) -> str:
    """The path as text that can be written: what isn't UTF-8 in it is replaced."""
    return os.fsencode(path).decode("utf-8", "replace")


def _in_manifest(manifest: Path) -> Listing:
    root = manifest.parent
    films: list[Film] = []
    left_out: list[LeftOut] = []
    for number, row in manifest_rows(manifest):
        found = _of_row(row, root)
        if isinstance(found, Film):
            films.append(found)
        else:
            left_out.append(LeftOut(row.get("image_path") or f"line {number}", f"Line {number}: {found}"))
    return Listing(root, tuple(films), tuple(left_out), ())


def _of_row(row: dict[str, str], root: Path) -> Film | str:
    """The row's film, or why it has none."""
    name, label, split = row.get("image_path") or "", (row.get("label") or "").strip(), (row.get("split") or "").strip()
    if not name or not label or split.casefold() not in ("", *SPLIT_NAMES):
        return "It needs image_path, label, and a split of train, val or test, or none."
    path = root / name
    why = _unusable(path, root)
    if why:
        return why
    name = os.path.relpath(path, root)
    return Film(
        path,
        label,
        (row.get("patient_id") or "").strip(),
        SPLIT_NAMES.get(split.casefold(), ""),
        row.get("stratum") or "",
        name,
    )
