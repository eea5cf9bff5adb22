"""Which folders the web pages may open: those below the allowed roots, and no link that leads out of them."""

from pathlib import Path

from medcore.errors import DatasetError
from medcore.settings import settings

_HEADER_BYTES = 4096


def allowed(path: Path) -> Path:
    """The path with its links followed, if that lies in one of the settings' `data_roots`; else raises DatasetError."""
    try:
        real = path.resolve()
    except (OSError, RuntimeError, ValueError) as error:  # a loop of links, a name too long, a zero byte
        raise DatasetError(f"The path {str(path)!r} can't be followed; check it.") from error
    if not any(real.is_relative_to(root.resolve()) for root in settings().data_roots):
        roots = ", ".join(str(root) for root in settings().data_roots)
        raise DatasetError(
            f"{path} isn't in a folder that may be opened here ({roots}); move it there or set LIGHTBOX_DATA_ROOTS."
        )
    if not real.exists():
        raise DatasetError(f"There is no folder or manifest {path}; check the path.")
    return real


def folders() -> list[Path]:
    """The folders in each of the data roots, and the manifests in a root or in one of its folders, by name.

    What can't be listed or read isn't offered.
    """
    found: list[Path] = []
    for root in settings().data_roots:
        inside = _listed(root)
        below = [path for path in inside if path.is_dir() and not path.is_symlink() and not path.name.startswith(".")]
        manifests = [path for folder in (root.resolve(), *below) for path in sorted(folder.glob("*.csv")) if _is_manifest(path)]
        found += [*below, *manifests]
    return found


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(folder.resolve().iterdir())
    except OSError:
        return []


def _is_manifest(path: Path) -> bool:
    """Whether the file's first line names the two columns that every manifest has."""
    try:
        if path.is_symlink() or not path.is_file():
            return False
        with path.open("rb") as file:
            header = file.readline(_HEADER_BYTES).decode("utf-8-sig", "replace").strip().split(",")
    except OSError:
        return False
    return {"image_path", "label"} <= {name.strip('" ') for name in header}
