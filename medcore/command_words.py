"""What a command answers, in words for a person: the same fields as with --json, a line each."""

from typing import Any

_CARD_IN_WORDS = ("id", "version", "title", "intended_use", "labels", "operating_points", "limits")


def models_in_words(cards: list[dict[str, Any]]) -> str:
    """The cards for a person: what each model is for, its labels and its limits."""
    return in_words([{name: card[name] for name in _CARD_IN_WORDS if name in card} for card in cards])


def in_words(answer: Any) -> str:
    """An answer for a person: a line a field, by name; what holds fields itself has a line for each of them."""
    rows = answer if isinstance(answer, list) else [answer]
    return "\n\n".join("\n".join(line for name, value in row.items() for line in _lines(name, value)) for row in rows)


def _lines(name: str, value: Any) -> list[str]:
    if isinstance(value, dict) and any(isinstance(each, dict) for each in value.values()):
        return [f"{name}:", *(f"  {key}: {_short(each)}" for key, each in value.items())]
    return [f"{name}: {_short(value)}"]


def _short(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4g}" if abs(value) < 1000 else f"{value:.0f}"
    if isinstance(value, dict) and {"value", "low", "high"} <= value.keys():
        figures = [_short(value[name]) for name in ("value", "low", "high")]
        return "not measured: " + value["reason"] if value["value"] is None else "{} ({} to {})".format(*figures)
    if isinstance(value, dict):
        return ", ".join(f"{name} {_short(each)}" for name, each in value.items()) or "none"
    if isinstance(value, list):
        return ("; " if any(" " in str(each) for each in value) else ", ").join(_short(each) for each in value) or "none"
    return "unknown" if value is None else str(value)
