"""`python -m medcore.training RUN_DIR`: exit 0 trained, 1 the spec or data can't be used, 2 wrong usage."""

import sys
from pathlib import Path

from medcore.errors import LightboxError
from medcore.training.fit import train


def main(arguments: list[str]) -> int:
    """Trains, or goes on, in the run folder named."""
    if len(arguments) != 1 or not Path(arguments[0]).is_dir():
        print("usage: python -m medcore.training RUN_DIR   (a folder that holds spec.json)", file=sys.stderr)
        return 2
    try:
        train(Path(arguments[0]))
    except LightboxError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
