"""What a launcher starts in tests in the place of a training: `python tests/stub_run.py WAY RUN`."""

import errno
import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

from medcore import jobs
from medcore.jobs import Status


def wait(run: Path) -> None:
    jobs.write_status(run, Status("running", epoch=3, epochs=9, seconds_left=60.0))
    signal.pause()


def stubborn(run: Path) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    wait(run)


def with_child(run: Path) -> None:
    """A child in a session of its own, as reading's are."""
    child = subprocess.Popen(["sleep", "1000"], start_new_session=True)
    (run / "child").write_text(str(child.pid))
    wait(run)


def reading(run: Path) -> None:
    from medcore import reading

    reading.warm()
    wait(run)


def done(run: Path) -> None:
    print(f"begun\n{run.name} is done", flush=True)
    jobs.write_status(run, Status("done", epoch=9, epochs=9))


def alone(run: Path) -> None:
    """Fails where another one is at it at the same time."""
    slot = run.parent / "slot"
    with slot.open("x"):
        time.sleep(0.05)
    slot.unlink()
    done(run)


def error(run: Path) -> None:
    jobs.write_status(run, Status("running", epoch=3, epochs=9))
    raise TypeError("nobody thought of this\nand a second line")


def full(run: Path) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")


def surroundings(run: Path) -> None:
    limits = [resource.getrlimit(each)[0] for each in (resource.RLIMIT_DATA, resource.RLIMIT_CORE)]
    threads = [os.environ.get(name) for name in ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS")]
    found = {
        "nice": os.nice(0),
        "limits": limits,
        "threads": threads,
        "leader": os.getsid(0) == os.getpid(),
        "folder": str(Path.cwd()),
    }
    (run / "found.json").write_text(json.dumps(found | {"home": os.environ["LIGHTBOX_HOME"]}))
    done(run)


if __name__ == "__main__":
    way, folder = sys.argv[1], Path(sys.argv[2])
    if way == "early":
        sys.exit("no such module")
    with jobs.hold(folder):
        globals()[way](folder)
