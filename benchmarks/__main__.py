"""`make bench`: measures what docs/benchmarks.md lists, in this one run, and prints it.

    python -m benchmarks [reading] [viewer] [first_page] [demo] [explain] [request] [training] [--json FILE]

A missed target is reported and ends well; only outputs that differ, or something that breaks, ends with an error.
"""

import argparse
import os
import platform
import sys
from collections.abc import Callable, Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks import bench_demo, bench_explain, bench_first_page, bench_reading, bench_request, bench_training, bench_viewer
from benchmarks.timing import Figure
from medcore.jobs import write_json

BENCHES: dict[str, Callable[[], Iterable[Figure]]] = {
    "reading": bench_reading.figures,
    "viewer": bench_viewer.figures,
    "first_page": bench_first_page.figures,
    "demo": bench_demo.figures,
    "explain": bench_explain.figures,
    "request": bench_request.figures,
    "training": bench_training.figures,
}
ROW = "{:<72} {:>9} {:>9} {:>8}  {:<8} {}"


def main(arguments: list[str]) -> None:
    wanted = parsed(arguments)
    about = machine()
    print(", ".join(f"{name} {value}" for name, value in about.items()))
    print(ROW.format("what", "ours", "peer", "ratio", "target", ""), flush=True)
    figures: list[Figure] = []
    for name in wanted.names or BENCHES:
        for figure in BENCHES[name]():
            figures.append(figure)
            print(row(figure), flush=True)
    if wanted.json:
        write_json(wanted.json, {"machine": about, "figures": [fields(figure) for figure in figures]})


def parsed(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Measure what docs/benchmarks.md lists.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"what to measure, all without: {', '.join(BENCHES)}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    wanted = parser.parse_args(arguments)
    unknown = set(wanted.names) - set(BENCHES)
    if unknown:
        parser.error(f"there is no {', '.join(sorted(unknown))}; choose from {', '.join(BENCHES)}")
    return wanted


def machine() -> dict[str, Any]:
    """When and where: a load above 0 says that others were at work."""
    names = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    return {
        "date": datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "cpu": names[0].partition(": ")[2] if names else platform.machine(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
    }


def row(figure: Figure) -> str:
    return ROW.format(
        f"{figure.bench}: {figure.what}",
        amount(figure.ours, figure.unit),
        "" if figure.peer is None else amount(figure.peer, figure.unit),
        "" if figure.ratio is None else f"{figure.ratio:.2f} ×",
        target(figure),
        {True: "met", False: "MISSED", None: ""}[figure.met],
    ).rstrip()


def amount(value: float, unit: str) -> str:
    digits = 0 if not unit or value >= 100 else 1
    return f"{value:.{digits}f} {unit}".rstrip()


def target(figure: Figure) -> str:
    unit = "×" if figure.peer is not None else figure.unit
    if figure.at_most is not None:
        return f"≤ {figure.at_most:g} {unit}".rstrip()
    return "" if figure.at_least is None else f"≥ {figure.at_least:g} {unit}"


def fields(figure: Figure) -> dict[str, Any]:
    return {**asdict(figure), "ratio": figure.ratio, "met": figure.met}


if __name__ == "__main__":
    main(sys.argv[1:])
