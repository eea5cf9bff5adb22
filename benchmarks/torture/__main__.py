"""`python -m benchmarks.torture [--seed N] [KIND[:NUMBER] …]`: one line a case, and exit 1 where something is missed."""

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from benchmarks.torture.cases import Case, Torture
from benchmarks.torture.plans import KINDS
from medcore import jobs
from medcore.settings import settings

ROW = "{:<9} {:<58} {:<18} {:<12} {:>5.2f} s {:>6.1f} s  {}"


def main(arguments: list[str]) -> int:
    wanted = parsed(arguments)
    home = Path(tempfile.mkdtemp(prefix="torture-"))
    os.environ["LIGHTBOX_HOME"] = str(home)
    settings.cache_clear()
    start, cases = time.monotonic(), []
    print(
        f"seed {wanted.seed}, {len(wanted.cases)} cases: what is done, where the run was, what is told how soon, the whole case"
    )
    try:
        torture = Torture(wanted.seed)
        for kind, number in wanted.cases:
            cases.append(torture.case(kind, number))
            print(row(cases[-1]), flush=True)
    finally:
        for run in jobs.runs():
            if run.status.state in jobs.LIVE:
                jobs.cancel(run.folder)
    return summed(cases, home, time.monotonic() - start)


def parsed(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.torture", description="Hurt trainings; none may lose anything.")
    parser.add_argument("--seed", type=int, default=0, help="of what is done when")
    names = parser.add_argument("cases", nargs="*", metavar="KIND[:NUMBER]", help=f"one case, or all of {', '.join(KINDS)}")
    wanted = parser.parse_args(arguments)
    try:
        wanted.cases = [case for name in wanted.cases or KINDS for case in named(name)]
    except (KeyError, ValueError):
        parser.error(f"{names.metavar}: give {', '.join(KINDS)}, or one of them by number, as in kill:7")
    return wanted


def named(name: str) -> list[tuple[str, int]]:
    """The cases of a kind, or a single one, which counts from 1."""
    kind, _, number = name.partition(":")
    return [(kind, int(number) - 1)] if number else [(kind, each) for each in range(KINDS[kind])]


def row(case: Case) -> str:
    end = "MISSED: " + "; ".join(case.misses) if case.misses else "as unbroken, published"
    return ROW.format(case.name, case.plan, case.was_at, case.told, case.told_after, case.seconds, end)


def summed(cases: list[Case], home: Path, seconds: float) -> int:
    """The exit status; what missed stays on disk."""
    missed = [case.name for case in cases if case.misses]
    kinds = Counter(case.name.split()[0] for case in cases)
    told = Counter(case.told for case in cases)
    slowest = max(case.told_after for case in cases)
    print(f"{len(cases)} cases in {seconds / 60:.1f} min: " + ", ".join(f"{count} {kind}" for kind, count in kinds.items()))
    print("told " + ", ".join(f"{count} {state}" for state, count in told.items()) + f"; the slowest after {slowest:.2f} s")
    if missed:
        print(f"MISSED {len(missed)}: {', '.join(missed)}; their runs lie in {home}")
        return 1
    shutil.rmtree(home)
    print("Nothing was lost: each ended to the bit as a run that nothing happened to.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
