"""A run's life in one process, trained and published, with what goes wrong: `python -m benchmarks.torture.life PLAN RUN`."""

import json
import sys
from pathlib import Path

from benchmarks.torture.faults import Faults
from medcore import publishing
from medcore.settings import settings
from medcore.training.__main__ import main as trained

MODEL = "tortured"


def live(plan: dict, run: Path) -> int:
    """The exit status; `plan["note"]` names a file for what was counted."""
    faults = Faults(plan, run, settings().home.absolute())
    faults.arm()
    if trained([str(run)]):
        return 1
    publishing.publish(run, MODEL)
    if "note" in plan:
        faults.note(Path(plan["note"]))
    return 0


if __name__ == "__main__":
    sys.exit(live(json.loads(sys.argv[1]), Path(sys.argv[2])))
