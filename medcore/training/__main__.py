"""`python -m medcore.training [--forecast] RUN_DIR`: exit 0 done, 1 the spec or data can't be used, 2 wrong usage."""

import json
import sys
from contextlib import suppress
from pathlib import Path

from medcore import jobs
from medcore.errors import LightboxError
from medcore.training.fit import train
from medcore.training.forecasting import forecast

USAGE = "usage: python -m medcore.training [--forecast] RUN_DIR   (a folder that holds spec.json)"


def main(arguments: list[str]) -> int:
    """Trains in the run folder named, or goes on; with --forecast prints {"seconds", "megabytes"} and leaves it as it is."""
    wants_forecast, names = arguments[:1] == ["--forecast"], [each for each in arguments if each != "--forecast"]
    if len(names) != 1 or len(arguments) > 1 + wants_forecast or not Path(names[0]).is_dir():
        print(USAGE, file=sys.stderr)
        return 2
    try:
        if wants_forecast:
            print(json.dumps(forecast(Path(names[0]))))
        else:
            _train(Path(names[0]))
    except LightboxError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _train(run: Path) -> None:
    """And then starts the run that waits, if any: the server that put it into the queue may be gone."""
    try:
        train(run)
    finally:
        with suppress(OSError):
            jobs.advance()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
