"""What may be read of a model's folder: plain files in it, never through a link, bounded, and without waiting for anyone."""

import errno
import os
import stat
import time
from pathlib import Path

Stamp = tuple[int, ...]
"""What tells one state of a file from another: device, inode, size, and the times of its last change, in nanoseconds."""
_SETTLED_NANOSECONDS = 10**8  # clocks of file systems tick in milliseconds: a file that changed just now may change unseen


def read_plain(folder: Path, name: str, most_bytes: int) -> bytes:
    """The content of a plain file in the folder; raises OSError, its `strerror` in words, for anything else or larger."""
    _check(os.lstat(folder / name), most_bytes)
    handle = os.open(folder / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        _check(os.fstat(handle), most_bytes)
        with os.fdopen(handle, "rb", closefd=False) as file:
            return file.read(most_bytes)
    finally:
        os.close(handle)


def _check(found: os.stat_result, most_bytes: int) -> None:
    if stat.S_ISLNK(found.st_mode):
        raise OSError(errno.ELOOP, "it is a link, and nothing outside of the folder is read")
    if not stat.S_ISREG(found.st_mode):
        raise OSError(errno.EINVAL, "it isn't a plain file")
    if found.st_size > most_bytes:
        raise OSError(errno.EFBIG, f"it has {found.st_size} bytes, and {most_bytes} are the most it may have")


def stamp(folder: Path, name: str) -> Stamp | None:
    """The file's state; None where there is no such file or it can't be looked at."""
    try:
        found = os.lstat(folder / name)
    except OSError:
        return None
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns


def is_settled(state: Stamp | None) -> bool:
    """Whether a file in this state would be seen to change: its last change wasn't this very moment."""
    return state is None or abs(time.time_ns() - max(state[3:])) > _SETTLED_NANOSECONDS


def in_words(error: Exception) -> str:
    """What went wrong, without the server's path and without what would spoil a page or a terminal."""
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return "it is missing"
    return printable(str(error.strerror if isinstance(error, OSError) and error.strerror else error))


def printable(text: str) -> str:
    """At most 300 characters, with those that steer a terminal, or can't be written, escaped."""
    shown = "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text[:301])
    return shown if len(shown) <= 300 else f"{shown[:299]}…"
