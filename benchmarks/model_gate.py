"""Gives a bundled model a gate, or a new one, without training it again; the test films stay closed.

    python -m benchmarks.model_gate MODEL_ID DATA_FOLDER

For a model that the train page made from a folder: its split is made again, and must be the one that its card names.
A model that is trained from now on has its gate from its training.
"""

import json
import sys
from pathlib import Path

from medcore import datasets, models
from medcore.errors import DatasetError
from medcore.jobs import write_json
from medcore.settings import settings
from medcore.training.gating import fit_gate

SEED = 0
"""Of the split and of the gate, as the recipes have it."""


def main(model_id: str, data: Path) -> None:
    """Writes the model's gate.npz and what its card says of it; raises LightboxError."""
    folder = settings().models / model_id
    card = models.read_card(folder)
    dataset = datasets.split(datasets.survey(data), SEED)
    if dataset.split_hash != card.details["split_sha256"]:
        raise DatasetError(f"{data} isn't split as the card of {model_id} names it; give the folder that it was trained on.")
    gate = fit_gate(folder / "gate.npz", dataset, {}, card.input_spec.channels, SEED, print)
    fields = json.loads((folder / "card.json").read_text(encoding="utf-8"))
    write_json(folder / "card.json", fields | {"gate": gate})


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
