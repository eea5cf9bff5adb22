"""What a model's card should say: items of CLAIM 2024 and TRIPOD+AI, where card.json answers each, and what stays a gap.

CLAIM 2024: Tejani et al., Radiology: Artificial Intelligence 2024;6(4):e240300. TRIPOD+AI: Collins et al., BMJ
2024;385:e078378. The wording is ours. Left out is what only a paper has (its abstract, which is 2 in both), and of TRIPOD+AI
what doesn't fit models of pictures that aren't updated (9a, 9c, 20c, 23b, 24).
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

CLAIM, TRIPOD = "CLAIM 2024", "TRIPOD+AI"
State = Literal["answered", "in part", "gap"]


@dataclass(frozen=True)
class Item:
    """One item of a list; `places` are the paths in card.json that answer it together."""

    source: str
    number: str
    asks: str
    places: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """What a card says to an item: the places that say something, and what is lacking or said to be unknown."""

    item: Item
    answered_by: tuple[str, ...]
    lacking: tuple[str, ...]

    @property
    def state(self) -> State:
        """Whether all, some or nothing of it is known."""
        return "gap" if not self.answered_by else "in part" if self.lacking else "answered"


def answers(card: Mapping[str, Any]) -> list[Answer]:
    """Each item of the two lists, as card.json's fields answer it. What begins with "unknown" is a gap that is told."""
    return [_answer(item, card) for item in ITEMS]


def _answer(item: Item, card: Mapping[str, Any]) -> Answer:
    answered, lacking = [], []
    for place in item.places:
        said = [_words(value) for value in _at(card, place.split("."))]
        known = [words for words in said if words and not words.lower().startswith("unknown")]
        answered += [place] if known else []
        lacking += [words for words in said if words and words not in known]
        lacking += [] if any(said) else [f"{place} isn't there"]
    return Answer(item, tuple(answered), tuple(lacking))


def _at(value: Any, path: list[str]) -> Iterator[Any]:
    """What lies at a path; of a list, what lies there in each of its entries."""
    if not path or value is None:
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from _at(each, path)
    else:
        yield from _at(value.get(path[0]) if isinstance(value, Mapping) else None, path[1:])


def _words(value: Any) -> str:
    """What a value says; "" where it says nothing."""
    return "" if value is None or value in ("", [], {}) else str(value).strip()


def _items(source: str, rows: Iterable[tuple[str, ...]]) -> Iterator[Item]:
    for number, asks, *places in rows:
        yield Item(source, number, asks, tuple(places))


_CLAIM = (
    ("1", "which kind of AI it is", "architecture"),
    ("3", "the background, and what it is meant for", "purpose.context", "intended_use"),
    ("4", "the aims", "purpose.objective"),
    ("5", "whether data were collected before or for it", "purpose.design"),
    ("6", "the goal of the study", "purpose.objective"),
    ("7", "where the data come from", "data", "people.collected"),
    ("8", "who was taken in and who was left out", "people.included", "people.excluded"),
    ("9", "how pictures are prepared", "input_spec", "pictures.preprocessing"),
    ("10", "how a part of the data was chosen", "people.selected"),
    ("11", "how patients were made unknown", "people.identity"),
    ("12", "what was done where data were missing", "pictures.missing"),
    ("13", "how the pictures were taken", "pictures.acquisition"),
    ("14", "what the truth is held to be", "reference_standard.definition"),
    ("15", "why that was chosen", "reference_standard.rationale"),
    ("16", "who gave the labels", "reference_standard.annotators"),
    ("17", "how the test pictures were labelled", "reference_standard.test_set"),
    ("18", "how far those who labelled agree", "reference_standard.agreement"),
    ("19", "how data were divided", "development.partition", "split_sha256"),
    ("20", "what keeps the parts apart (patients, pictures)", "development.disjoint"),
    ("21", "how many were meant to be tested, and why", "development.sample_size"),
    ("22", "the model: what goes in, what is inside, what comes out", "development.model", "architecture", "labels"),
    ("23", "the software", "development.software"),
    ("24", "what the weights were at the start", "development.start"),
    ("25", "how it was trained", "development.training"),
    ("26", "how the final model was chosen", "development.selection"),
    ("27", "whether several models were combined", "development.ensemble"),
    ("28", "what is measured", "evaluation.measures"),
    ("29", "how sure the figures are", "evaluation.uncertainty"),
    ("30", "how it holds out when pictures change", "evaluation.robustness"),
    ("31", "how it explains itself, and whether that was checked", "evaluation.explanation"),
    ("32", "how it did on data of the same sources", "evaluation.internal", "metrics.validation"),
    ("33", "how it did on data of other sources", "evaluation.external"),
    ("34", "where the study was registered", "openness.registration"),
    ("35", "how many were taken in and left out", "people.flow", "films"),
    ("36", "age, sex and illness in each part of the data", "people.demographics"),
    ("37", "the figures, and how sure they are", "metrics.test"),
    ("38", "how often it is right at its operating point", "operating_points", "metrics.test"),
    ("39", "where it goes wrong, and why", "failures"),
    ("40", "the limits", "limits"),
    ("41", "what it means for practice", "intended_use", "purpose.users"),
    ("42", "where the plan or more detail is", "openness.protocol"),
    ("43", "whether software, weights and data can be had", "openness.code", "openness.weights", "openness.data"),
    ("44", "who paid", "openness.funding"),
)

_TRIPOD = (
    ("1", "what it predicts, and for whom", "title"),
    ("3a", "the medical setting, and models before it", "purpose.context"),
    ("3b", "for which patients, for what and for which users", "intended_use", "contract", "purpose.users"),
    ("3c", "health inequalities that are known", "purpose.inequalities"),
    ("4", "the aims", "purpose.objective"),
    ("5a", "where the data come from, and for whom they stand", "data", "people.collected"),
    ("5b", "from when to when they were collected", "people.collected.when"),
    ("6a", "how many hospitals, of which kind, and where", "people.setting"),
    ("6b", "who was taken in", "people.included", "people.excluded"),
    ("6c", "what patients had been given", "people.treatments"),
    ("7", "how data were prepared and checked", "pictures.preprocessing", "pictures.quality"),
    ("8a", "what the truth is, and why", "reference_standard.definition", "reference_standard.rationale"),
    ("8b", "who judged it", "reference_standard.annotators"),
    ("8c", "what those who judged didn't know", "reference_standard.blinding"),
    ("9b", "what goes into the model", "input_spec", "pictures.preprocessing"),
    ("10", "how many, and whether that is enough", "development.sample_size"),
    ("11", "what was done where data were missing", "pictures.missing"),
    ("12a", "what which data were used for", "development.partition", "films"),
    ("12c", "the kind of model, and every step to it", "development.model", "development.training", "development.selection"),
    ("12d", "how hospitals or countries differ", "evaluation.clusters"),
    ("12e", "what is measured and drawn", "evaluation.measures"),
    ("12f", "whether it was changed after it was tested", "evaluation.updating"),
    ("12g", "how scores are computed", "weights_sha256", "input_spec", "temperature"),
    ("13", "what was done because some labels are rare", "development.imbalance"),
    ("14", "what was done to be fair to groups", "development.fairness"),
    ("15", "what comes out, and why the operating point is where it is", "development.output", "operating_points"),
    ("16", "how test data differ from training data", "evaluation.differences"),
    ("17", "who approved it", "people.ethics"),
    ("18a", "who paid", "openness.funding"),
    ("18b", "conflicts of interest", "openness.conflicts"),
    ("18c", "where the plan is", "openness.protocol"),
    ("18d", "where it was registered", "openness.registration"),
    ("18e", "whether the data can be had", "openness.data"),
    ("18f", "whether the code can be had", "openness.code"),
    ("19", "how patients and the public took part", "openness.public"),
    ("20a", "how many were taken in, and what became of them", "people.flow"),
    ("20b", "who they are", "people.demographics"),
    ("21", "how many each figure rests on", "films", "metrics.test"),
    ("22", "the whole model, so that others can use it", "weights_sha256", "architecture", "openness.weights"),
    ("23a", "the figures with their intervals, by group", "metrics.test"),
    ("25", "what the figures mean, fairness included", "evaluation.interpretation"),
    ("26", "the limits", "limits"),
    ("27a", "what to do with a poor picture", "pictures.poor_input"),
    ("27b", "what its users must do and know", "purpose.expertise"),
    ("27c", "what should come next", "evaluation.next_steps"),
)

ITEMS = (*_items(CLAIM, _CLAIM), *_items(TRIPOD, _TRIPOD))
_NEEDED = {
    CLAIM: "3 7 8 9 14 19 20 22 24 28 29 35 37 38 39 40 41 43",
    TRIPOD: "3b 5a 6b 8a 11 12a 12c 14 15 16 21 22 23a 25 26 27a",
}
NEEDED = frozenset((source, number) for source, numbers in _NEEDED.items() for number in numbers.split())
"""What the card of a model that comes with Lightbox must answer, at least in part."""
