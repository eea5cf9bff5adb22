"""A run's true state is known whatever is killed when, it is ended with all that it started, and no other process is."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from job_runs import STUB, empty_home, lives, members, new, started, stub, until

from medcore import jobs
from medcore.errors import RunError
from medcore.jobs import Status, launching, queue, write_json, write_status
from medcore.settings import ROOT, settings

pytestmark = pytest.mark.slow

IN_ROOT = os.environ | {"PYTHONPATH": str(ROOT)}


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch) -> Iterator[Path]:
    yield from empty_home(tmp_path, monkeypatch)


SERVER = """
import sys
from pathlib import Path
from medcore import jobs
print("ready", flush=True)
sys.stdin.readline()
launcher = jobs.LocalLauncher(tuple(sys.argv[2:]))
for name in sys.argv[1].split(":"):
    if not (Path(name) / "status.json").exists():
        jobs.submit(Path(name), launcher)
while True:
    jobs.advance(launcher)
"""


def server(way: str, *runs: Path) -> subprocess.Popen[str]:
    """A process that submits the runs and then advances the queue for ever, as soon as it is told a line."""
    names = ":".join(map(str, runs))
    arguments = [sys.executable, "-c", SERVER, names, sys.executable, str(STUB), way]
    process = subprocess.Popen(arguments, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def go(process: subprocess.Popen[str]) -> None:
    assert process.stdin is not None
    process.stdin.write("go\n")
    process.stdin.flush()


def kill(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


@pytest.mark.parametrize("way", ["wait", "stubborn", "with_child", "reading"])
def test_a_run_that_is_cancelled_is_gone_within_two_seconds_with_all_its_children(tmp_path, way):
    run = new(tmp_path)
    status = started(run, way)
    there = members(run)
    begun = time.monotonic()
    cancelled = jobs.cancel(run)
    assert time.monotonic() - begun < 2
    assert (cancelled.state, cancelled.epoch, cancelled.seconds_left) == ("cancelled", 3, None)
    assert status.process in {each.pid for each in there}
    assert len(there) == (2 if way in ("with_child", "reading") else 1)
    assert not members(run)
    assert not any(lives(each.pid) for each in there)


def test_a_stopped_process_is_ended_too(tmp_path):
    run = new(tmp_path)
    os.kill(started(run).process, signal.SIGSTOP)
    assert jobs.look(run).state == "running"
    assert jobs.cancel(run).state == "cancelled"
    assert not members(run)


def test_a_run_whose_process_is_killed_is_interrupted_at_once_and_leaves_no_orphan(tmp_path):
    run = new(tmp_path)
    status = started(run, "with_child")
    child = int((run / "child").read_text())
    os.kill(status.process, signal.SIGKILL)
    until(lambda: jobs.look(run).state == "interrupted", 1)
    assert "resume it" in jobs.look(run).reason
    assert (jobs.look(run).epoch, jobs.look(run).ended) == (3, status.heartbeat)
    until(lambda: not lives(child), 2)


def test_a_status_of_another_process_with_the_same_number_is_not_believed(tmp_path):
    run = new(tmp_path)
    with subprocess.Popen(["sleep", "1000"]) as bystander:
        began = launching.seconds_of_start(psutil.Process(bystander.pid))
        write_status(run, Status("running", process=bystander.pid, process_started=began - 5))
        assert jobs.look(run).state == "interrupted"
        started_again = jobs.resume(run, stub("wait"))
        assert started_again.state in jobs.LIVE
        until(lambda: jobs.look(run).state == "running")
        write_status(run, Status("running", process=bystander.pid, process_started=began - 5))
        assert jobs.cancel(run).state == "cancelled"
        assert bystander.poll() is None
        bystander.kill()


def test_a_run_that_was_live_before_a_reboot_is_interrupted_or_cancelled(tmp_path):
    run = new(tmp_path)
    write_status(run, Status("testing", process=1, process_started=launching.seconds_of_start(psutil.Process(1))))
    assert jobs.look(run).state == "interrupted"
    write_json(run / "cancel.json", {"at": 0.0})
    assert jobs.look(run).state == "cancelled"


def test_a_run_that_was_started_by_hand_is_listed_takes_its_place_and_is_cancelled_with_its_child(tmp_path):
    run, second = new(tmp_path), new(tmp_path)
    write_json(run / "cancel.json", {"at": 0.0})
    with subprocess.Popen([sys.executable, str(STUB), "with_child", str(run)], env=IN_ROOT, stderr=subprocess.DEVNULL) as hand:
        until(lambda: jobs.look(run).state == "running")
        assert jobs.look(run).process == hand.pid
        assert jobs.look(run).words == ""
        assert jobs.submit(second).state == "queued"
        with pytest.raises(RunError, match="being trained by another process"), jobs.hold(run):
            pass
        jobs.cancel(second)
        assert jobs.cancel(run).state == "cancelled"
        assert hand.wait(5) == -signal.SIGTERM
        assert not lives(int((run / "child").read_text()))


def test_a_run_that_is_held_without_its_process_being_known_cannot_be_stopped_from_here(tmp_path):
    run = new(tmp_path)
    write_status(run, Status("running", process=0, process_started=0.0))
    with launching.take(run):
        with pytest.raises(RunError, match="m can't be stopped from this machine"):
            jobs.cancel(run)
        jobs.advance()
        assert (jobs.look(run).state, jobs.look(run).words) == ("running", "being cancelled")


def test_reading_children_end_with_their_run_also_where_nobody_else_ends_them(tmp_path):
    run = new(tmp_path)
    variables = IN_ROOT | {launching.RUN_VARIABLE: str(run)}
    with subprocess.Popen([sys.executable, str(STUB), "reading", str(run)], env=variables) as hand:
        until(lambda: len(members(run)) == 2)
        hand.kill()
        hand.wait()
        assert jobs.look(run).state == "interrupted"
        until(lambda: not members(run), 5)


def test_the_process_is_nice_limited_in_a_session_of_its_own_and_in_the_folder_of_the_program(home, tmp_path, monkeypatch):
    monkeypatch.setenv("LIGHTBOX_RUN_THREADS", "3")
    monkeypatch.setenv("LIGHTBOX_RUN_MEGABYTES", "3000")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LIGHTBOX_HOME", "home")
    settings.cache_clear()
    run = new(tmp_path)
    jobs.submit(run, stub("surroundings"))
    until(lambda: jobs.look(run).state == "done")
    found = json.loads((run / "found.json").read_text())
    assert found["nice"] == min(os.nice(0) + 10, 19)
    assert (found["limits"], found["threads"]) == ([3000 * 2**20, 0], ["3", "3", "3"])
    assert (found["leader"], found["folder"], found["home"]) == (True, str(ROOT), str(home))


def test_a_run_outlives_the_server_that_started_it(tmp_path):
    run = new(tmp_path)
    process = server("wait", run)
    go(process)
    until(lambda: jobs.look(run).state == "running")
    kill(process)
    assert jobs.look(run).state == "running"
    assert jobs.cancel(run).state == "cancelled"


@pytest.mark.parametrize("seed", range(4))
def test_whenever_the_server_is_killed_the_run_is_whole_or_not_there(tmp_path, seed):
    run = new(tmp_path)
    process = server("wait", run)
    go(process)
    time.sleep(random.Random(seed).uniform(0, 0.03))
    kill(process)
    state = jobs.look(run).state
    assert (state in jobs.LIVE) == launching.is_held(run)
    if state in jobs.LIVE:
        until(lambda: jobs.look(run).state == "running")
        assert len(members(run)) == 1
        jobs.cancel(run)
    elif state == "queued":
        jobs.advance(stub("wait"))
        assert jobs.cancel(run).state == "cancelled"
    else:
        assert state == "interrupted"
    assert not members(run)
    jobs.resume(run, stub("done"))
    until(lambda: jobs.look(run).state == "done")


def test_when_run_and_server_are_killed_the_next_look_says_so_and_the_queue_goes_on(tmp_path):
    run, waiting = new(tmp_path), new(tmp_path)
    process = server("wait", run, waiting)
    go(process)
    until(lambda: jobs.look(run).state == "running" and jobs.look(waiting).state == "queued")
    process.kill()
    os.kill(jobs.look(run).process, signal.SIGKILL)
    process.communicate()
    until(lambda: jobs.look(run).state == "interrupted", 1)
    jobs.advance(stub("done"))
    until(lambda: jobs.look(waiting).state == "done")


def test_a_cancelling_whose_server_was_killed_is_carried_out_by_the_next_one(tmp_path):
    run = new(tmp_path)
    started(run)
    write_json(run / "cancel.json", {"at": time.time()})
    assert jobs.look(run).words == "being cancelled"
    jobs.advance()
    assert jobs.look(run).state == "cancelled"


def test_two_servers_that_advance_one_queue_start_each_run_once_and_one_at_a_time(tmp_path):
    runs = [new(tmp_path) for _ in range(5)]
    for number, run in enumerate(runs):
        write_status(run, Status("queued", heartbeat=1e9 + number))
    processes = [server("alone", *runs) for _ in range(2)]
    for process in processes:
        go(process)
    until(lambda: all(jobs.look(run).state in jobs.ENDED for run in runs), 60)
    for process in processes:
        kill(process)
    assert [(jobs.look(run).state, jobs.look(run).reason) for run in runs] == [("done", "")] * 5
    assert all(jobs.tail(run, 9) == ["begun", f"{run.name} is done"] for run in runs)


def test_a_run_is_cancelled_on_a_full_disk_too(tmp_path, monkeypatch):
    run = new(tmp_path)
    started(run)

    def no_room(path: Path, fields: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(queue, "write_json", no_room)
    assert jobs.cancel(run).state == "interrupted"
    assert not members(run)
