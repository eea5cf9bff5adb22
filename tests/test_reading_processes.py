"""The children of reading: how many there are, and what is left on disk when a server is killed."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pydicom
import pytest
from reading_inputs import write, write_compressed, write_series

from medcore import reading
from medcore.errors import ReadingLimit, UnreadableFile
from medcore.reading import private_folder, process, upload
from medcore.reading.desk import Limits
from medcore.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
# A server whose child has a request and reads on for a minute.
SERVER = """
import json, subprocess, sys
child = '''
import time
from medcore.reading import child
child.answer = lambda *_: (print("reading", flush=True), time.sleep(60))
child._sender = lambda: None
child.main()
'''
started = subprocess.Popen([sys.executable, "-c", child], stdin=subprocess.PIPE, start_new_session=True)
started.stdin.write(json.dumps({"folder": sys.argv[1]}).encode() + b"\\n")
started.stdin.flush()
started.wait()
"""
# A child whose decoder ends or hangs at files of certain names.
HOSTILE_CHILD = """
import os, signal, time
from medcore.reading import child, dicom_pixels
decode = dicom_pixels.stored_frames
def stored_frames(file, frames, desk):
    if "crash" in file.name:
        os.kill(os.getpid(), signal.SIGSEGV)
    while "hang" in file.name:
        pass
    while "sleep" in file.name:
        time.sleep(1)
    return decode(file, frames, desk)
dicom_pixels.stored_frames = stored_frames
child.main()
"""


@pytest.fixture(autouse=True)
def children_end_with_their_test(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No child is started after what a test has patched is put back: it takes `monkeypatch`, so it ends before that does."""
    join_endings()
    yield
    join_endings()
    process._end_spare()


def join_endings() -> None:
    for thread in threading.enumerate():
        if thread.name == process.ENDING:
            thread.join()


@pytest.fixture
def hostile(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Every child is a hostile one; their process groups."""
    start, groups = subprocess.Popen, []

    def popen(_: list[str], **how: object) -> subprocess.Popen:
        groups.append((child := start([sys.executable, "-c", HOSTILE_CHILD], **how)).pid)
        return child

    monkeypatch.setattr(process, "_spare", None)
    monkeypatch.setattr(process, "_keeps_spare", False)
    monkeypatch.setattr(process.subprocess, "Popen", popen)
    return groups


def test_a_reading_starts_a_spare_child_only_in_a_server(tmp_path, monkeypatch):
    write_series(tmp_path, 1)
    monkeypatch.setattr(process, "_spare", None)
    monkeypatch.setattr(process, "_keeps_spare", False)
    assert len(reading.read([tmp_path]).series) == 1
    assert process._spare is None
    reading.warm()
    first = process._spare
    assert len(reading.read([tmp_path]).series) == 1
    assert next_spare().pid != first.pid
    process._end_spare()


def next_spare() -> subprocess.Popen:
    deadline = time.monotonic() + 20
    while process._spare is None and time.monotonic() < deadline:
        time.sleep(0.01)
    return process._spare


def test_no_more_than_two_children_read_at_once(monkeypatch, tmp_path):
    now, most, lock = 0, 0, threading.Lock()

    def one_child(*_: object) -> Iterator[tuple[Path, dict]]:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        time.sleep(0.2)
        with lock:
            now -= 1
        yield from ()

    monkeypatch.setattr(process, "_one_child", one_child)
    write_series(tmp_path, 1)
    readers = [threading.Thread(target=reading.read, args=([tmp_path],)) for _ in range(5)]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    assert most == 2


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("crash", "is damaged in a way that stops its decoder; export or copy it again from where it came from."),
        ("hang", "takes more than 1 seconds to decode; leave it out or raise LIGHTBOX_READING_SECONDS."),
        ("sleep", "takes more than 1 seconds to decode; leave it out or raise LIGHTBOX_READING_SECONDS."),
    ],
)
def test_a_file_that_ends_its_decoder_is_refused_and_the_others_are_read_by_another_child(
    tmp_path, monkeypatch, hostile, name, sentence
):
    monkeypatch.setattr(upload, "settings", lambda: Settings(reading_seconds=1))
    for paths in (write_series(tmp_path / "a"), write_series(tmp_path / "b", SeriesInstanceUID="9.9")):
        paths[2].rename(paths[2].with_name(name))
    result = reading.read([tmp_path])
    assert [one.volume.voxels[:, 0, 0].tolist() for one in result.series] == [[0, 1000, 3000, 4000]] * 2
    assert sorted((one.name, one.error) for one in result.refusals) == [
        (f"{folder}/{name}", f"{folder}/{name} {sentence}") for folder in "ab"
    ]


def test_a_file_that_ends_the_second_process_is_refused_and_the_others_are_read(tmp_path, hostile):
    paths = write_compressed(tmp_path, 40)
    paths[30].rename(tmp_path / "crash")
    (series,), (refused,) = reading.read([tmp_path]).series, reading.read([tmp_path]).refusals
    assert series.volume.voxels[:, 0, 0].tolist() == [1000 * index % 30000 for index in range(40) if index != 30]
    assert refused.error.startswith("crash is damaged in a way that stops its decoder;")


@pytest.fixture
def enhanced(tmp_path: Path) -> pydicom.Dataset:
    """A file of 40 frames by JPEG-LS, frame n holding 1000 n modulo 30,000 at first."""
    slices = [pydicom.dcmread(path) for path in write_compressed(tmp_path / "slices", 40)]
    frames = [next(pydicom.encaps.generate_frames(one.PixelData, number_of_frames=1)) for one in slices]
    slices[0].NumberOfFrames, slices[0].PixelData = 40, pydicom.encaps.encapsulate(frames)
    return slices[0]


def test_the_frames_of_a_large_file_are_decoded_by_two_processes_and_stay_in_order(tmp_path, enhanced):
    (series,) = reading.read([write(enhanced, tmp_path / "whole.dcm")]).series
    assert series.volume.voxels[:, 0, 0].tolist() == [1000 * index % 30000 for index in range(40)]


@pytest.mark.parametrize("broken", [[5], [35], [5, 35]])
def test_a_large_file_with_a_broken_frame_in_either_half_is_refused_once_and_whole(tmp_path, enhanced, broken):
    frames = list(pydicom.encaps.generate_frames(enhanced.PixelData, number_of_frames=40))
    for index in broken:
        frames[index] = frames[index][:100] + bytes(len(frames[index]) - 100)
    enhanced.PixelData = pydicom.encaps.encapsulate(frames)
    result = reading.read([write(enhanced, tmp_path / "x.dcm")])
    assert result.series == ()
    assert [refused.name for refused in result.refusals] == ["x.dcm"]


def test_a_file_that_ends_its_decoder_in_a_later_part_is_refused_and_the_others_are_read(tmp_path, monkeypatch):
    messages = [{"at": "parts.dcm", "seconds": 1}, {"series": {"files": ["parts.dcm"]}}, {"at": "parts.dcm", "seconds": 1}]
    asked: list[list[str]] = []

    def lines(child: subprocess.Popen, request: dict, step: process._Step) -> Iterator[bytes]:
        asked.append(request["skipped"])
        yield from (json.dumps(message).encode() for message in (messages if len(asked) == 1 else [{"end": True}]))

    monkeypatch.setattr(process, "_lines", lines)
    found = [message for _, message in process.run([], None, tmp_path, Limits(900, 7, 9, 9))]
    assert [message["refused"][0] for message in found if "refused" in message] == ["parts.dcm"]
    assert asked == [[], ["parts.dcm"]]


def test_a_reading_that_its_caller_gives_up_ends_at_once_with_all_its_processes(tmp_path, hostile):
    paths = write_compressed(tmp_path, 40)
    for path in (paths[0], paths[-1]):  # the first of either process
        path.rename(path.with_name(f"{path.name}-hang"))
    seen: list[int] = []

    def interrupt(done: float, _: float) -> None:
        if done >= 40:
            time.sleep(0.3)
            seen.append(running(hostile[0]))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        reading.read([tmp_path], interrupt)
    assert seen == [2]
    deadline = time.monotonic() + 2
    while running(hostile[0]) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert running(hostile[0]) == 0


def running(group: int) -> int:
    """How many processes of the group there are, without those that are dead and not yet put away."""
    stats = [path.read_text().rpartition(")")[2].split() for path in Path("/proc").glob("[0-9]*/stat") if path.exists()]
    return len([fields for fields in stats if int(fields[2]) == group and fields[0] not in "ZX"])


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


@pytest.mark.parametrize(
    ("status", "error", "words"),
    [
        (-signal.SIGSEGV, UnreadableFile, "x.dcm is damaged in a way that stops its decoder;"),
        (-signal.SIGABRT, UnreadableFile, "x.dcm is damaged in a way that stops its decoder;"),
        (-signal.SIGKILL, ReadingLimit, "x.dcm takes more time or memory to decode than this machine has to give;"),
        (-signal.SIGXCPU, ReadingLimit, "x.dcm takes more than 12 seconds to decode;"),
        (-signal.SIGALRM, ReadingLimit, "x.dcm takes more than 12 seconds to decode;"),
    ],
)
def test_a_childs_death_is_put_into_words(status, error, words):
    found = process.death(status, "x.dcm", 12.3)
    assert type(found) is error
    assert str(found).startswith(words)


def test_a_spare_that_died_while_it_waited_is_replaced(tmp_path):
    reading.warm()
    spare = process._spare
    os.kill(spare.pid, signal.SIGKILL)
    spare.wait()
    write_series(tmp_path)
    assert len(reading.read([tmp_path]).series) == 1
    assert next_spare().pid != spare.pid
