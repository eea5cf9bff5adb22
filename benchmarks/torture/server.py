"""Stands for the web server, which is killed: puts a run into the queue, and looks at it for ever: `… .server RUN`."""

import sys
import time
from pathlib import Path

from medcore import jobs

if __name__ == "__main__":
    jobs.submit(Path(sys.argv[1]))
    while True:
        jobs.advance()
        jobs.runs()
        time.sleep(0.5)
