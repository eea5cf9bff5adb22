"""How benchmarks take turns, judge their figures, and end; on a clock that the test moves, nothing is timed."""

import json
import weakref

import numpy as np
import pytest

from benchmarks import __main__ as bench
from benchmarks import bench_request
from benchmarks.timing import Figure, medians


class Clock:
    """A clock that moves only when told."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now

    def spend(self, seconds):
        self.now += seconds


class Result:
    """Something that can be seen to have been let go."""


def test_calls_take_turns_and_the_first_round_does_not_count():
    clock, done = Clock(), []
    seconds = {"a": iter([50.0, 1, 9, 2]), "b": iter([70.0, 6, 4, 5])}

    def call(name):
        done.append(name)
        clock.spend(next(seconds[name]))

    found = medians({"a": lambda: call("a"), "b": lambda: call("b")}, 3, clock=clock)
    assert done == ["a", "b"] * 4
    assert found == {"a": 2, "b": 5}


def test_what_happens_before_a_call_is_not_timed():
    clock = Clock()
    found = medians({"a": lambda: clock.spend(1)}, 3, before=lambda: clock.spend(100), clock=clock)
    assert found == {"a": 1}


def test_a_result_is_let_go_before_the_next_call():
    alive = []

    def call():
        result = Result()
        alive.append(weakref.ref(result))
        return result

    held = []
    medians({"a": call, "b": call}, 2, before=lambda: held.extend(each() for each in alive))
    assert len(alive) == 6
    assert set(held) == {None}


@pytest.mark.parametrize(
    ("figure", "ratio", "met"),
    [
        (Figure("b", "w", 15.0, "ms", peer=10.0, at_most=1.5), 1.5, True),
        (Figure("b", "w", 15.1, "ms", peer=10.0, at_most=1.5), 1.51, False),
        (Figure("b", "w", 10.0, "ms", peer=100.0, at_least=10), 10, True),
        (Figure("b", "w", 10.0, "ms", peer=99.0, at_least=10), 9.9, False),
        (Figure("b", "w", 50.0, "ms", at_most=50), None, True),
        (Figure("b", "w", 51.0, "ms", at_most=50), None, False),
        (Figure("b", "w", 51.0, "ms"), None, None),
    ],
)
def test_a_figure_is_judged_by_its_ratio_or_by_itself(figure, ratio, met):
    assert figure.ratio == (ratio and pytest.approx(ratio))
    assert figure.met is met


def test_a_missed_target_is_printed_written_and_ends_well(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(bench, "BENCHES", {"slow": lambda: [Figure("slow", "a thing", 30.0, "ms", 10.0, at_most=1.5)]})
    bench.main(["--json", str(tmp_path / "figures.json")])
    line = capsys.readouterr().out.splitlines()[-1]
    assert line.split() == ["slow:", "a", "thing", "30.0", "ms", "10.0", "ms", "3.00", "×", "≤", "1.5", "×", "MISSED"]
    (figure,) = json.loads((tmp_path / "figures.json").read_text())["figures"]
    assert (figure["ours"], figure["ratio"], figure["met"]) == (30, 3, False)


def test_only_what_is_named_is_measured(monkeypatch, capsys):
    monkeypatch.setattr(
        bench, "BENCHES", {"one": lambda: [Figure("one", "x", 1.0, "s")], "two": lambda: pytest.fail("measured")}
    )
    bench.main(["one"])
    assert "one: x" in capsys.readouterr().out


def test_an_unknown_name_is_told_the_choices(capsys):
    with pytest.raises(SystemExit) as end:
        bench.main(["walking"])
    assert end.value.code == 2
    known = "reading, viewer, first_page, demo, explain, request, training"
    assert f"there is no walking; choose from {known}" in capsys.readouterr().err


def test_outputs_that_differ_are_an_error(monkeypatch):
    def differ():
        raise AssertionError("not the same voxels")

    monkeypatch.setattr(bench, "BENCHES", {"wrong": differ})
    with pytest.raises(AssertionError, match="not the same voxels"):
        bench.main([])


def test_memory_that_calls_leave_behind_is_told_and_none_is_none(monkeypatch):
    monkeypatch.setattr(bench_request, "REQUESTS", 100)
    monkeypatch.setattr(bench_request, "SETTLING", 20)
    kept = []
    leaking = bench_request.growth_per_thousand(lambda: kept.append(np.ones(2**17)))
    assert leaking == pytest.approx(1000 * 2**20 / 1e6, rel=0.2)
    assert abs(bench_request.growth_per_thousand(lambda: np.ones(2**17))) < 50
