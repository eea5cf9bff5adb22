"""What a bundled card says in words and the pages show: no hashes, commands, ids, citations or names of licences."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

SECTIONS = ("purpose", "people", "pictures", "reference_standard", "development", "evaluation", "openness")
_WORD = re.compile(r"[a-z]{2}")
_TWO_WORDS = re.compile(r"[a-z0-9],? [a-z]{2}")


def words_of(card: Mapping[str, Any]) -> Iterator[str]:
    """The card's texts and the names that it gives, as they stand there."""
    for said in (*_about(card), *_of_sections(card), *_of_measurements(card)):
        if _WORD.search(said):
            yield said
    for source in card.get("data", ()):
        if _TWO_WORDS.search(source["licence"]):
            yield source["licence"]


def _about(card: Mapping[str, Any]) -> Iterator[str]:
    yield from (card["title"], card["intended_use"], *card["limits"], *card["labels"], *card["films"])
    for failure in card.get("failures", ()):
        yield from (failure["what"], failure["why"])
    yield from (group["name"] for group in card.get("groups", ()))
    yield from (part.lower() for part in card["contract"].get("body_part", ()))
    yield from (source["name"] for source in card.get("data", ()))


def _of_sections(card: Mapping[str, Any]) -> Iterator[str]:
    """Each section's words, with what stands before them."""
    for section in SECTIONS:
        for key, value in card.get(section, {}).items():
            if isinstance(value, list):
                yield from (str(words) for each in value for words in each.values())
            else:
                yield key.replace("_", " ")
                if key != "rebuild" or value[:1].isupper():  # a sentence, not a command alone
                    yield value


def _of_measurements(card: Mapping[str, Any]) -> Iterator[str]:
    metrics = card.get("metrics", {})
    for part, about in metrics.get("parts", {}).items():
        yield from (part, about)
    yield from (figure for part in metrics.get("shortcuts", {}).values() for figure in part)
    yield from metrics.get("gate", {}).get("strangers", {})
    yield from card.get("gate", {}).get("measured", {}).get("postures", {})
