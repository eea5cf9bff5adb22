"""Decoded volumes on disk by content, bounded: written once, mapped read-only, the least recently used go first.

A volume's id is the SHA-256 of its voxels; nothing else of it is kept, so no file here says whose it is. `acquire` says that
a session has a volume open, and such a one is never evicted by this process; whatever an earlier process left may go.
"""

import hashlib
import os
import re
import tempfile
import threading
import time
from pathlib import Path

import numpy as np

from medcore.errors import ReadingLimit, UnknownName
from medcore.settings import settings
from medcore.volume import Volume

STALE_SECONDS = 3600

_lock = threading.Lock()
_sessions: dict[str, set[str]] = {}  # volume id → the sessions that have it open


def put(volume: Volume) -> str:
    """Keep the voxels and give their id, the same for the same type, shape and values; what is already there stays.

    Raises ReadingLimit where they don't fit beside the volumes that are open, or the disk doesn't take them.
    """
    voxels = np.ascontiguousarray(volume.voxels, volume.voxels.dtype.newbyteorder("<"))
    volume_id = _content_hash(voxels)
    with _lock:
        if not _path(volume_id).exists():
            _make_room(voxels.nbytes)
            _write(voxels, _path(volume_id))
        _touch(_path(volume_id))
    return volume_id


def open(volume_id: str) -> np.ndarray:
    """The voxels of `put`, as a read-only memory map that stays whole even if they are evicted; counts as a use.

    Raises UnknownName where they aren't there (any more).
    """
    try:
        path = _path(volume_id)
        voxels = np.load(path, mmap_mode="r", allow_pickle=False)
        _touch(path)
    except FileNotFoundError as gone:
        raise _unknown(volume_id) from gone
    return voxels


def acquire(volume_id: str, session: str) -> None:
    """Say that `session` has the volume open, until `release`; twice is as once. Raises UnknownName where it isn't there."""
    with _lock:
        if not _path(volume_id).exists():
            raise _unknown(volume_id)
        _sessions.setdefault(volume_id, set()).add(session)


def release(session: str, volume_id: str | None = None) -> None:
    """Say that `session` has closed the volume, or all of its volumes; nothing happens where it had none open."""
    with _lock:
        for each in [volume_id] if volume_id is not None else list(_sessions):
            left = _sessions.get(each, set()) - {session}
            if left:
                _sessions[each] = left
            else:
                _sessions.pop(each, None)


def _content_hash(voxels: np.ndarray) -> str:
    """SHA-256 over type, shape and bytes, in hexadecimal."""
    digest = hashlib.sha256(f"{voxels.dtype.str} {voxels.shape} ".encode())
    digest.update(voxels.data)
    return digest.hexdigest()


def _path(volume_id: str) -> Path:
    """Where a volume of this id lies; raises UnknownName where that is no id (it may come out of an address)."""
    if not re.fullmatch(r"[0-9a-f]{64}", volume_id):
        raise _unknown(volume_id)
    return settings().store_folder / f"{volume_id}.npy"


def _unknown(volume_id: str) -> UnknownName:
    """The error for an id that names nothing."""
    return UnknownName(f"No volume {volume_id[:12]!r} is stored (any more); open the scan again.")


def _touch(path: Path) -> None:
    """Mark as used now; the file's own time is the record, so it outlives the process."""
    now = time.time_ns()
    os.utime(path, ns=(now, now))


def _make_room(wanted: int) -> None:
    """Evict, least recently used first, until `wanted` bytes fit; nothing is evicted where that can't be reached."""
    limit = settings().store_megabytes * 2**20
    _sweep_torn()
    sizes = {path: path.stat() for path in settings().store_folder.glob("*.npy")}
    used = sum(stat.st_size for stat in sizes.values()) + wanted
    closed = sorted((path for path in sizes if path.stem not in _sessions), key=lambda path: sizes[path].st_mtime_ns)
    if used - sum(sizes[path].st_size for path in closed) > limit:
        raise ReadingLimit(
            f"This scan takes {wanted / 2**20:.0f} MB, which the store of {limit / 2**20:.0f} MB hasn't left beside "
            "what is open; close other scans, or raise LIGHTBOX_STORE_MEGABYTES."
        )
    for path in closed:
        if used <= limit:
            return
        path.unlink(missing_ok=True)
        used -= sizes[path].st_size


def _sweep_torn() -> None:
    """Remove what a process that died was writing: unfinished files that haven't grown for an hour."""
    for path in settings().store_folder.glob("*.tmp"):
        if path.stat().st_mtime < time.time() - STALE_SECONDS:
            path.unlink(missing_ok=True)


def _write(voxels: np.ndarray, path: Path) -> None:
    """Write beside, sync, and rename: under its name a file is whole or not there, readable to this account alone."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    path.parent.chmod(0o700)
    handle, name = tempfile.mkstemp(suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            np.save(file, voxels, allow_pickle=False)
            file.flush()
            os.fsync(file.fileno())
        Path(name).replace(path)
    except OSError as fault:
        raise ReadingLimit(f"The scan can't be stored in {path.parent} ({fault}); free space there.") from fault
    finally:
        Path(name).unlink(missing_ok=True)
