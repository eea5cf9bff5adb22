"""Three trainings are tortured as `make torture` does with 65; its plans are seeded and reach every part of a run's life."""

import errno
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks.torture.cases import Torture
from benchmarks.torture.faults import PHASES, Faults
from benchmarks.torture.plans import KINDS, Life, Plan, plans
from medcore.settings import settings

LIFE = Life({phase: 20 for phase in {*PHASES.values(), "publish"}}, 8_000_000)
SEED = 0


@pytest.fixture(scope="module")
def torture(tmp_path_factory) -> Iterator[Torture]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIGHTBOX_HOME", str(tmp_path_factory.mktemp("torture")))
        settings.cache_clear()
        yield Torture(SEED)
    settings.cache_clear()


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_a_run_that_is_killed_has_no_disk_left_or_loses_its_server_ends_as_one_that_nothing_happened_to(torture, kind):
    case = torture.case(kind, 1)
    assert not case.misses
    assert case.told_after < 5


def first(kind: str, number: int, seed: int = SEED) -> Plan:
    return next(plans(seed, kind, number, LIFE))


def test_a_seed_always_draws_the_same_and_another_one_draws_otherwise():
    for kind in KINDS:
        assert [first(kind, number) for number in range(5)] == [first(kind, number) for number in range(5)]
        assert first(kind, 0) != first(kind, 0, seed=1)


def test_runs_are_killed_at_any_time_and_at_the_steps_of_every_part_of_their_lives():
    drawn = [first("kill", number) for number in range(KINDS["kill"])]
    parts = [plan.part for plan in drawn if plan.part is not None]
    assert len(parts) == KINDS["kill"] // 2
    assert min(parts) < 0.2
    assert max(parts) > 0.8
    assert {plan.fault.get("phase") for plan in drawn} - {None} == set(LIFE.steps)


def test_a_disk_takes_what_there_is_room_for_and_then_nothing():
    faults = Faults({"kind": "full", "bytes": 100}, Path("/home/runs/run"), Path("/home"))
    assert [faults.take(60), faults.take(60)] == [60, 40]
    with pytest.raises(OSError, match="No space left") as full:
        faults.take(1)
    assert full.value.errno == errno.ENOSPC


def test_a_full_disk_on_which_something_was_freed_takes_small_files():
    faults = Faults({"kind": "full", "bytes": 0, "small": 10}, Path("/home/runs/run"), Path("/home"))
    assert faults.take(10) == 10
    with pytest.raises(OSError, match="No space left"):
        faults.take(11)
