"""Runs are made, listed, wait for their turn, start and end; what they say is read, and what can't be is told in words."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from job_runs import empty_home, new, started, stub, until

from medcore import jobs
from medcore.errors import RunError
from medcore.jobs import LocalLauncher, Status, launching, looking, read_spec, write_status
from medcore.settings import settings


@pytest.fixture(autouse=True)
def home(tmp_path, monkeypatch) -> Iterator[Path]:
    yield from empty_home(tmp_path, monkeypatch)


def test_a_run_is_made_with_its_spec_under_a_free_name(home, tmp_path):
    first, second = new(tmp_path), new(tmp_path)
    assert [first, second] == [home / "runs" / "m", home / "runs" / "m-2"]
    assert read_spec(first) == read_spec(second)
    assert new(tmp_path, "../away/..") == home / "runs" / "away"


def test_a_run_elsewhere_is_listed_and_can_be_waited_for_as_any_other(home, tmp_path):
    spec = read_spec(new(tmp_path))
    run = jobs.create(spec, tmp_path / "elsewhere" / "mine")
    assert (home / "runs" / "mine").resolve() == run == tmp_path / "elsewhere" / "mine"
    with pytest.raises(RunError, match="holds something already; choose a new folder"):
        jobs.create(spec, run)
    jobs.submit(run, stub("done"))
    until(lambda: jobs.look(home / "runs" / "mine").state == "done")
    assert len(jobs.runs()) == 2


def test_runs_are_listed_the_newest_first_with_their_titles(tmp_path):
    made = [new(tmp_path, name, card={"version": "1", "title": f"T {name}", "contract": {}}) for name in ("a", "b", "c")]
    for age, run in enumerate(reversed(made)):
        os.utime(run / "spec.json", (1e9 - age, 1e9 - age))
    assert [(each.title, each.created) for each in jobs.runs()] == [("T c", 1e9), ("T b", 1e9 - 1), ("T a", 1e9 - 2)]
    assert jobs.find("b") == made[1]
    with pytest.raises(RunError, match=r"no run '\.\./home'"):
        jobs.find("../home")


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ("", "doesn't say where the run is"),
        ('{"schema": 1, "state": "runn', "doesn't say where the run is"),
        ("[]", "doesn't say where the run is"),
        ('{"state": "running"}', "it lacks 'epoch'"),
        (json.dumps(vars(Status("done")) | {"state": "finished"}), "state: Input should be"),
        (json.dumps(vars(Status("running")) | {"process": "me"}), "process: Input should be a valid integer"),
    ],
)
def test_a_run_whose_status_is_torn_or_foreign_is_listed_in_words_and_can_be_resumed(tmp_path, said, reason):
    run, other = new(tmp_path), new(tmp_path)
    (run / "status.json").write_text(said)
    (other / "spec.json").write_text("{")
    by_name = {each.folder.name: each for each in jobs.runs()}
    assert by_name["m"].status.state == "failed"
    assert reason in by_name["m"].status.reason
    assert (by_name["m-2"].title, by_name["m-2"].status.state) == ("m-2", "interrupted")
    jobs.resume(run, stub("done"))
    until(lambda: jobs.look(run).state == "done")


def test_what_is_no_run_is_not_listed_and_cannot_be_started(home, tmp_path):
    new(tmp_path)
    (home / "runs" / "notes").mkdir()
    (home / "runs" / "gone").symlink_to(tmp_path / "nowhere")
    (home / "runs" / "file").write_text("x")
    assert [each.folder.name for each in jobs.runs()] == ["m"]
    for change in (jobs.submit, jobs.resume, jobs.cancel):
        with pytest.raises(RunError, match="isn't a run's folder"):
            change(home / "runs" / "notes")


def test_one_run_at_a_time_starts_and_the_next_one_when_it_ends(tmp_path):
    runs = [new(tmp_path) for _ in range(3)]
    states = [jobs.submit(run, stub("alone")).state for run in runs]
    assert states[0] in jobs.LIVE
    assert states[1:] == ["queued", "queued"]
    until(lambda: [jobs.look(run).state for run in runs] == ["done"] * 3)
    starts = [jobs.look(run).started or 0 for run in runs]
    assert starts == sorted(starts)
    assert jobs.tail(runs[0], 9) == ["begun", "m is done"]


def test_as_many_go_on_at_once_as_the_setting_says(tmp_path, monkeypatch):
    monkeypatch.setenv("LIGHTBOX_RUNS_AT_ONCE", "2")
    settings.cache_clear()
    runs = [new(tmp_path) for _ in range(3)]
    states = [jobs.submit(run, stub("wait")).state for run in runs]
    assert [state in jobs.LIVE for state in states] == [True, True, False]


def test_a_run_is_put_into_the_queue_once(tmp_path):
    run = new(tmp_path)
    assert jobs.look(run).state == "interrupted"
    started(run)
    with pytest.raises(RunError, match="m was put into the queue before; it is running"):
        jobs.submit(run)
    with pytest.raises(RunError, match="m is running; one that failed, was cancelled or interrupted can be resumed"):
        jobs.resume(run)


def test_a_run_that_waits_is_cancelled_without_a_process(tmp_path):
    first, second = new(tmp_path), new(tmp_path)
    started(first)
    jobs.submit(second)
    assert jobs.cancel(second).state == "cancelled"
    assert not (second / "words.log").exists()
    with pytest.raises(RunError, match="m-2 is cancelled already; there is nothing to cancel"):
        jobs.cancel(second)


def test_a_cancelled_run_is_resumed_and_not_cancelled_again(tmp_path):
    run = new(tmp_path)
    started(run)
    jobs.cancel(run)
    jobs.resume(run, stub("wait"))
    until(lambda: jobs.look(run).state == "running")
    jobs.advance()
    assert (jobs.look(run).state, jobs.look(run).words) == ("running", "")
    os.kill(jobs.look(run).process, signal.SIGKILL)
    until(lambda: jobs.look(run).state == "interrupted")


@pytest.mark.parametrize(
    ("way", "state", "reason"),
    [
        ("error", "failed", "nobody foresaw (TypeError: nobody thought of this)"),
        ("full", "failed", "The disk is full"),
        ("early", "interrupted", "Its process ended before"),
    ],
)
def test_a_run_that_ends_with_an_error_says_why(tmp_path, way, state, reason):
    run = new(tmp_path)
    jobs.submit(run, stub(way))
    until(lambda: jobs.look(run).state in jobs.ENDED)
    assert jobs.look(run).state == state
    assert reason in jobs.look(run).reason
    assert jobs.tail(run, 1)
    assert (jobs.look(run).epoch == 3) == (way == "error")


def test_a_program_that_cannot_be_started_is_a_failed_run(tmp_path, monkeypatch):
    run = new(tmp_path)
    monkeypatch.setattr(launching, "_LIMITED", ("/nowhere/sh",))
    assert jobs.submit(run).state == "failed"
    assert "/nowhere/sh" in jobs.look(run).reason
    assert not launching.is_held(run)


def test_a_full_disk_leaves_a_run_in_the_queue_until_there_is_room(tmp_path, monkeypatch):
    run, other = new(tmp_path), new(tmp_path)
    write_status(run, Status("queued"))
    original = Path.replace

    def no_room(path: Path, target: Path) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", no_room)
    jobs.advance(stub("done"))
    with pytest.raises(RunError, match=r"can't be put into the queue .*No space left"):
        jobs.submit(other)
    with pytest.raises(RunError, match=r"No folder can be made for the run \(.*No space left"):
        jobs.create(read_spec(other))
    with pytest.raises(RunError, match="can't be taken out of the queue"):
        jobs.cancel(run)
    monkeypatch.setattr(Path, "replace", original)
    assert jobs.look(run).state == "queued"
    assert not list(run.glob("*.part"))
    jobs.advance(stub("done"))
    until(lambda: jobs.look(run).state == "done")


def test_the_last_words_are_cut_out_of_a_long_log(tmp_path):
    assert jobs.tail(tmp_path, 3) == []
    (tmp_path / "words.log").write_bytes(b"x" * 200_000 + "\nstep 1\rstep 2\n\xff\xfe größe".encode("utf-8", "surrogateescape"))
    assert jobs.tail(tmp_path, 2)[0] == "step 2"
    assert jobs.tail(tmp_path, 0) == []


def test_the_history_is_the_log_by_its_header_without_a_row_that_is_not_whole(tmp_path):
    assert jobs.history(tmp_path) == []
    (tmp_path / "log.csv").write_text("epoch,loss,validation_score\n1,0.5,0.75\n2,0.25,nan\n3,0.2\n4,,1\n5,0.1,1.0")
    rows = jobs.history(tmp_path)
    assert rows[0] == {"epoch": 1, "loss": 0.5, "validation_score": 0.75}
    assert [row["epoch"] for row in rows] == [1, 2, 5]


def test_the_state_of_a_run_that_ends_just_now_is_what_it_says_at_last(tmp_path):
    run = new(tmp_path)

    class Ending(LocalLauncher):
        def is_alive(self, run: Path) -> bool:
            write_status(run, Status("done"))
            return False

    write_status(run, Status("running"))
    assert looking.look(run, Ending()).state == "done"
