"""Uploaded bytes as files that the reading child can open, in memory only: no patient data on disk, no names in a path."""

import os
import resource
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol


class Uploaded(Protocol):
    """What Streamlit gives for an uploaded file."""

    name: str

    def getbuffer(self) -> memoryview:
        """The file's bytes."""


@contextmanager
def spooled(uploads: Sequence[Uploaded]) -> Iterator[list[tuple[str, Path]]]:
    """(name, path) of each upload while the block runs; the files are Linux memory files (memfd_create)."""
    _allow_files(len(uploads))
    descriptors: list[int] = []
    try:
        for upload in uploads:
            descriptors.append(os.memfd_create("upload"))
            with os.fdopen(os.dup(descriptors[-1]), "wb") as file:
                file.write(upload.getbuffer())
        folder = Path(f"/proc/{os.getpid()}/fd")
        yield [(upload.name, folder / str(each)) for upload, each in zip(uploads, descriptors, strict=True)]
    finally:
        for each in descriptors:
            os.close(each)


def _allow_files(count: int) -> None:
    """Raises this process's soft limit of open files where a big folder needs it."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < count + 1024:
        wanted = count + 1024 if hard == resource.RLIM_INFINITY else min(hard, count + 1024)
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
