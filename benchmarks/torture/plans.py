"""Which run is hurt how and when: drawn from a seed, each case by itself, over a whole life of such a run."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

KINDS = {"kill": 50, "full": 10, "server": 5}
"""How many cases there are of each."""
RECIPES = {
    "embeddings, then all": {"head_epochs": 2, "epochs": 3, "augment": 0.0},
    "all, augmented": {"epochs": 4, "augment": 0.5},
}
_PHASES = {
    "kill": ("checkpoint", "publish", "test", "before epoch 1", "checkpoint", "log", "test", "publish", "status"),
    "full": ("checkpoint", "publish", "log", "before epoch 1", "test"),
}
_MOST_SECONDS_AFTER = 0.01
_SMALL_BYTES = 2048


@dataclass(frozen=True)
class Life:
    """An unbroken run's: its steps on disk by phase, and the bytes that it wrote."""

    steps: Mapping[str, int]
    bytes: int


@dataclass(frozen=True)
class Plan:
    """What is done to a run: `fault` is told to its process; after `part` of a life (0..1) something is killed from here."""

    words: str
    fault: Mapping[str, Any]
    part: float | None = None


def recipe_of(number: int) -> str:
    """The recipes take turns."""
    return list(RECIPES)[number // 2 % len(RECIPES)]


def plans(seed: int, kind: str, number: int, life: Life) -> Iterator[Plan]:
    """The case's plan, and others for as long as a run ends before its moment comes."""
    draw = random.Random(f"{seed} {kind} {number}")
    while True:
        if kind == "server" or (kind == "kill" and number % 2 == 0):
            part = draw.uniform(0, 1)
            yield Plan(f"killed after {100 * part:.0f} % of a life", {"kind": kind}, part)
        elif kind == "kill":
            yield _at_step(
                draw, life, number // 2, {"kind": kind, "after": draw.choice((0, 1)) * draw.uniform(0, _MOST_SECONDS_AFTER)}
            )
        elif number % 2:
            yield _at_step(draw, life, number // 2, {"kind": kind, "small": _SMALL_BYTES * (number // 2 % 2)})
        else:
            yield _at_byte(draw, life, {"kind": kind, "small": _SMALL_BYTES * (number // 2 % 2)})


def _at_step(draw: random.Random, life: Life, number: int, fault: dict[str, Any]) -> Plan:
    """A step of writing, any of those that a phase has; a status is written each second, so its later ones may never come."""
    phases = _PHASES[fault["kind"]]
    phase = phases[number % len(phases)]
    most = max(life.steps[phase] // (2 if phase == "status" else 1), 1)
    fault |= {"phase": phase, "step": draw.randint(1, most)}
    later = f" and {1000 * fault['after']:.1f} ms" if fault.get("after") else ""
    return Plan(f"{fault['kind']} at step {fault['step']} of {phase}{later}{_freed(fault)}", fault)


def _at_byte(draw: random.Random, life: Life, fault: dict[str, Any]) -> Plan:
    fault |= {"bytes": draw.randrange(life.bytes)}
    return Plan(f"full at byte {fault['bytes']}{_freed(fault)}", fault)


def _freed(fault: Mapping[str, Any]) -> str:
    return ", small files still fit" if fault.get("small") else ""
