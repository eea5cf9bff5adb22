"""Cross-validates the bundled chest model's recipe over every adult film that radiologists read: one training a fold.

    python -m benchmarks.chest_folds DATA_FOLDER [FOLD …]

Trains LIGHTBOX_HOME/runs/chest-fold-K on no film of fold K's patients; the next fold is its validation. A run that was stopped
goes on, one that is done is left alone. `benchmarks.chest_test` measures them.
"""

import sys
from pathlib import Path

from benchmarks.chest_manifest import FOLDS, Row
from benchmarks.chest_rebuild import listed, run_of, train


def fold_run(fold: int) -> Path:
    """The run of a fold."""
    return run_of(f"chest-fold-{fold}")


def rows_without(rows: list[Row], fold: int) -> list[Row]:
    """The films that the fold's model may see: none of the fold's patients, none of the children's test."""
    validation = str((fold + 1) % FOLDS)
    kept = [row for row in rows if row["fold"] != str(fold) and row["split"] != "test"]
    return [{**row, "split": "val" if row["fold"] == validation else "train"} if row["fold"] else row for row in kept]


def main(data: Path, folds: list[int]) -> None:
    for fold in folds:
        train(fold_run(fold), rows_without(listed(), fold), data)


if __name__ == "__main__":
    main(Path(sys.argv[1]), [int(each) for each in sys.argv[2:]] or list(range(FOLDS)))
