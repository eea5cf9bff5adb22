"""A run's state as words and as an icon, the same on every page."""

from medcore.jobs import LIVE, Status
from ui.pace import in_words

ICONS = {
    "queued": ":material/hourglass_empty:",
    "done": ":material/check_circle:",
    "failed": ":material/error:",
    "cancelled": ":material/cancel:",
    "interrupted": ":material/power_off:",
}
_LIVE_ICON = ":material/play_circle:"
_WORDS = {
    "queued": "waiting for its turn",
    "starting": "starting",
    "reading": "reading the pictures",
    "running": "training",
    "testing": "testing",
}


def is_live(status: Status) -> bool:
    """Whether something will still change by itself."""
    return status.state in LIVE or status.state == "queued"


def icon(status: Status) -> str:
    """The state's icon."""
    return ICONS.get(status.state, _LIVE_ICON)


def state_words(status: Status) -> str:
    """The state in a few words, with the time left where it is known."""
    words = status.words or _WORDS.get(status.state, status.state)
    if status.state in ("failed", "interrupted") and status.reason:
        words = f"{status.state}: {status.reason}"
    left = f" · {in_words(status.seconds_left)}" if status.state == "running" and status.seconds_left else ""
    return f"{words}{left}"


def share_done(status: Status) -> float:
    """0..1, by epochs and steps."""
    if status.state == "done":
        return 1.0
    if not status.epochs:
        return 0.0
    within = status.step / status.steps if status.steps else 0.0
    return min(1.0, max(0.0, (max(status.epoch - 1, 0) + within) / status.epochs))
