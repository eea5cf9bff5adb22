"""The children of reading: how many there are, and what is left on disk when a server is killed."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

from reading_inputs import write_series

from medcore import reading
from medcore.reading import private_folder, process

ROOT = Path(__file__).resolve().parents[1]
# A server whose child has a request and reads on for a minute.
SERVER = """
import json, subprocess, sys
child = '''
import time
from medcore.reading import child
child.answer = lambda *_: (print("reading", flush=True), time.sleep(60))
child._own_standard_output = lambda: None
child.main()
'''
started = subprocess.Popen([sys.executable, "-c", child], stdin=subprocess.PIPE)
started.stdin.write(json.dumps({"folder": sys.argv[1]}).encode() + b"\\n")
started.stdin.flush()
started.wait()
"""


def test_a_reading_starts_a_spare_child_only_in_a_server(tmp_path, monkeypatch):
    write_series(tmp_path, 1)
    monkeypatch.setattr(process, "_spare", None)
    monkeypatch.setattr(process, "_keeps_spare", False)
    assert len(reading.read([tmp_path]).series) == 1
    assert process._spare is None
    reading.warm()
    first = process._spare
    assert len(reading.read([tmp_path]).series) == 1
    assert process._spare is not None
    assert process._spare.pid != first.pid
    process._end_spare()


def test_no_more_than_two_children_read_at_once(monkeypatch, tmp_path):
    now, most, lock = 0, 0, threading.Lock()

    def conversation(*_: object) -> dict[str, list]:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.2)
        with lock:
            now -= 1
        return {"series": [], "refusals": []}

    monkeypatch.setattr(process, "_conversation", conversation)
    monkeypatch.setattr(process, "_keeps_spare", False)
    write_series(tmp_path, 1)
    readers = [threading.Thread(target=reading.read, args=([tmp_path],)) for _ in range(5)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert most == 2


def test_a_child_whose_server_is_killed_takes_the_unpacked_files_with_it(tmp_path):
    folder = tmp_path / "private"
    folder.mkdir()
    (folder / "1.bin").write_bytes(b"a patient's scan")
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    server = subprocess.Popen([sys.executable, "-c", SERVER, str(folder)], cwd=ROOT, env=environment, stdout=subprocess.PIPE)
    assert server.stdout.readline() == b"reading\n"
    server.send_signal(signal.SIGKILL)
    server.communicate()
    deadline = time.monotonic() + 20
    while folder.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not folder.exists()


def test_folders_of_dead_processes_are_swept_and_those_in_use_are_not(tmp_path, monkeypatch):
    monkeypatch.setattr(private_folder.tempfile, "tempdir", str(tmp_path))
    dead, other = tmp_path / "lightbox-reading-dead", tmp_path / "lightbox-bench-1"
    for folder in (dead, other):
        folder.mkdir()
        (folder / "1.bin").write_bytes(b"a patient's scan")
    with private_folder.private_folder() as used:
        private_folder.sweep()
        assert used.is_dir()
        assert not dead.exists()
        assert other.is_dir()
    assert not used.exists()
