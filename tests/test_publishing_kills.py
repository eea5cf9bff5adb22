"""A publishing that is killed at any moment leaves the old or the new version, whole, and the next one leaves no litter."""

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from finished_runs import found, litter, weights_of, write_run

from medcore import models, publishing
from medcore.settings import ROOT

pytestmark = pytest.mark.slow


@pytest.fixture
def run(tmp_path) -> Path:
    return write_run(tmp_path / "first", 1)


@pytest.fixture
def other(tmp_path) -> Path:
    return write_run(tmp_path / "second", 2)


@pytest.fixture
def killing(home, other) -> Iterator[subprocess.Popen]:
    """A process that publishes the second run as "blobs" and dies as a line of its input says."""
    command = [sys.executable, str(ROOT / "tests" / "publishing_child.py"), str(other), "blobs"]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, env=environment, **pipes) as process:  # type: ignore[call-overload]
        yield process


def ask(killing: subprocess.Popen, line: str) -> str:
    """How the publishing ended that is killed as `line` says: "killed" or "published"."""
    print(line, file=killing.stdin, flush=True)
    answer = killing.stdout.readline().strip()
    assert answer in ("killed", "published")
    return answer


def check_kill(home: Path, run: Path, other: Path, killing: subprocess.Popen, line: str) -> tuple[str, bool]:
    """Kills a publishing as `line` says: the old or the new version is there, whole, and the next publishing leaves no litter.

    Gives how it ended and whether the new version had come into use.
    """
    old = int(publishing.publish(run, "blobs").version)
    answer = ask(killing, line)
    version, sha256 = found()
    assert (int(version), sha256) in ((old, weights_of(run)), (old + 1, weights_of(other)))
    assert ([card.id for card in models.list_cards()], models.list_unusable()) == (["blobs"], {})
    assert [int(card.version) for card in publishing.versions("blobs")] == list(range(1, int(version) + 1))
    assert int(publishing.publish(run, "blobs").version) == int(version) + 1
    assert not litter(home, range(1, int(version) + 2))
    return answer, int(version) == old + 1


def test_a_publishing_killed_before_any_of_its_steps_leaves_the_old_or_the_new_version(home, run, other, killing):
    ends = []
    while not ends or ends[-1][0] == "killed":
        ends.append(check_kill(home, run, other, killing, f"step {len(ends) + 1}"))
    came_into_use = [new for _, new in ends]
    assert len(ends) > 20
    assert came_into_use == sorted(came_into_use)
    assert came_into_use[0] is False
    assert models.load("blobs").card.weights_sha256 == weights_of(run)


def test_a_publishing_killed_at_random_moments_leaves_the_old_or_the_new_version(home, run, other, killing):
    draw = random.Random(20170806)
    ends = [check_kill(home, run, other, killing, f"after {draw.uniform(0, 0.2):.4f}") for _ in range(25)]
    assert {new for _, new in ends} == {False, True}


def test_the_first_publishing_of_all_killed_before_any_of_its_steps_leaves_no_model_or_a_whole_one(home, other, run, killing):
    answer, step = "killed", 0
    while answer == "killed":
        step += 1
        shutil.rmtree(home / "models", ignore_errors=True)
        answer = ask(killing, f"step {step}")
        listed = [card.id for card in models.list_cards()]
        assert (listed, models.list_unusable()) in (([], {}), (["blobs"], {}))
        if listed:
            assert found() == ("1", weights_of(other))
        publishing.publish(run, "blobs")
        assert not litter(home, range(1, len(listed) + 2))
    assert step > 20


def test_a_publishing_killed_while_it_removes_what_a_killed_one_left_never_takes_that_for_a_version(home, run, other, killing):
    def begun_anew(line: str) -> str:
        shutil.rmtree(home / "models", ignore_errors=True)
        publishing.publish(run, "blobs")
        ask(killing, line)
        return found()[0]

    just_before = next(step for step in range(1, 100) if begun_anew(f"step {step + 1}") == "2")
    for step in range(1, just_before + 1):
        assert begun_anew(f"step {just_before}") == "1"
        assert (home / "models" / ".versions" / "blobs" / "2" / "card.json").is_file()
        ask(killing, f"step {step}")
        assert found() == ("1", weights_of(run))
        assert [card.version for card in publishing.versions("blobs")] == ["1"]
        publishing.publish(run, "blobs")
        assert not litter(home, range(1, 3))
