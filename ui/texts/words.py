"""Words that medcore puts into its sentences and that stand in no template of their own."""

from ui.texts.sentences import JOINTS

WORDS: tuple[str, ...] = (*JOINTS, "age", "view", "modality", "body part")
