"""What the benches and the tests in a browser share: Chromium, and one of our apps in a fresh process."""

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 60
ARGUMENTS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass(frozen=True)
class Server:
    """An app that answers at `url`; `started` is `time.perf_counter()` just before its process began."""

    url: str
    pid: int
    started: float


@contextmanager
def chromium() -> Iterator[Browser]:
    """The machine's Chromium, headless."""
    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def served(script: str) -> Iterator[Server]:
    """The app in a process and with a store of its own, once it answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", script, f"--server.port={port}"]
    with tempfile.TemporaryDirectory(prefix="lightbox-bench-") as home:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "LIGHTBOX_HOME": home}
        started = time.perf_counter()
        with _logged(command, environment, Path(home) / "server.log") as process:
            url = f"http://127.0.0.1:{port}"
            _wait(f"{url}/_stcore/health", process, Path(home) / "server.log")
            yield Server(url, process.pid, started)


@contextmanager
def _logged(command: list[str], environment: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process of that command, its words in the file `log`, ended at the end."""
    with log.open("wb") as words, subprocess.Popen(command, cwd=ROOT, env=environment, stdout=words, stderr=words) as process:
        try:
            yield process
        finally:
            process.terminate()


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return once `url` answers; raises RuntimeError with the log where it doesn't."""
    end = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < end:
        try:
            urllib.request.urlopen(url, timeout=2).close()
        except (urllib.error.URLError, TimeoutError):
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"{url} didn't answer within {START_SECONDS} s; the server said:\n{log.read_text()}")
