"""How long something will still take, judged by how it went so far."""

from dataclasses import dataclass, field

from ui.texts import number, say

SILENT_SECONDS = 2.0
# The pace of the last half may differ from that of the whole by so much and still count as steady.
_STEADY = 1.5


@dataclass
class Pace:
    """Watches the share that is done (0..1) against a clock in seconds."""

    started: float
    _seen: list[tuple[float, float]] = field(default_factory=list)

    def seconds_left(self, share: float, now: float) -> float | None:
        """About how long it will still take; None in the first seconds, and while the pace isn't steady."""
        self._seen.append((now, share))
        elapsed = now - self.started
        if elapsed < SILENT_SECONDS or not 0 < share < 1:
            return None
        then, half = next(mark for mark in self._seen if mark[0] >= self.started + elapsed / 2)
        if now <= then or share <= half:
            return None
        recent = (share - half) / (now - then)
        steady = 1 / _STEADY < recent / (share / elapsed) < _STEADY
        return (1 - share) / recent if steady else None


def in_words(seconds: float) -> str:
    """The time left, with no more digits than such a guess deserves."""
    return say("{time} left", time=about(seconds))


def about(seconds: float) -> str:
    """A length of time, as roughly as it can be guessed."""
    if seconds > 90:
        return say("about {minutes} min", minutes=number(seconds / 60))
    rounded = round(seconds) if seconds < 10 else 5 * round(seconds / 5)
    return say("about {seconds} s", seconds=max(1, rounded))
