"""A run's state as words and as an icon, the same on every page."""

from medcore.jobs import LIVE, Status
from ui.pace import in_words
from ui.texts import say, translated

ICONS = {
    "queued": ":material/hourglass_empty:",
    "done": ":material/check_circle:",
    "failed": ":material/error:",
    "cancelled": ":material/cancel:",
    "interrupted": ":material/power_off:",
}
_LIVE_ICON = ":material/play_circle:"


def is_live(status: Status) -> bool:
    """Whether something will still change by itself."""
    return status.state in LIVE or status.state == "queued"


def icon(status: Status) -> str:
    """The state's icon."""
    return ICONS.get(status.state, _LIVE_ICON)


def state_words(status: Status) -> str:
    """The state in a few words, with the time left where it is known."""
    words = translated(status.words) if status.words else _of_state(status.state)
    if status.state in ("failed", "interrupted") and status.reason:
        words = say("{state}: {reason}", state=_of_state(status.state), reason=translated(status.reason))
    left = f" · {in_words(status.seconds_left)}" if status.state == "running" and status.seconds_left else ""
    return f"{words}{left}"


def _of_state(state: str) -> str:
    return {
        "queued": say("waiting for its turn"),
        "starting": say("starting"),
        "reading": say("reading the pictures"),
        "running": say("training"),
        "testing": say("testing"),
        "done": say("done"),
        "failed": say("failed"),
        "cancelled": say("cancelled"),
        "interrupted": say("interrupted"),
    }[state]


def start_words(start: str) -> str:
    """What a run's net started from: a model's id or a data set's name, which stay as they are, or nothing."""
    return say("random") if start == "random" else start


def share_done(status: Status) -> float:
    """0..1, by epochs and steps."""
    if status.state == "done":
        return 1.0
    if not status.epochs:
        return 0.0
    within = status.step / status.steps if status.steps else 0.0
    return min(1.0, max(0.0, (max(status.epoch - 1, 0) + within) / status.epochs))
