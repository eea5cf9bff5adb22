"""People as a picture: who has it is round, who hasn't is square; who is called is full, who isn't is hollow."""

import html

from medcore.evaluation import Count, Frequencies
from ui.texts import say

_STYLE = """<style>
.lb-crowd{display:grid;grid-template-columns:repeat(20,1fr);gap:2px;max-width:26rem}
.lb-crowd.lb-many{grid-template-columns:repeat(50,1fr);gap:1px}
.lb-people i{display:block;aspect-ratio:1;box-sizing:border-box;border:0 solid currentColor}
.lb-people .f,.lb-people .m{border-radius:50%;border-color:var(--st-primary-color,#0f766e)}
.lb-people .f{background:var(--st-primary-color,#0f766e)}
.lb-people .m{border-width:max(1px,.14em)}
.lb-people .a{background:color-mix(in srgb,currentColor 62%,transparent)}
.lb-people .p{border-color:color-mix(in srgb,currentColor 45%,transparent);border-width:1px}
.lb-people ul{list-style:none;margin:.75rem 0 0;padding:0;font-size:.95rem}
.lb-people li{display:flex;gap:.5rem;align-items:baseline;margin:0 0 .25rem;padding:0}
.lb-people li i{flex:none;width:.75rem}
.lb-people b{font-variant-numeric:tabular-nums}
</style>"""


def people_picture(of: Frequencies, called: str, not_called: str) -> str:
    """HTML: a mark a person, in rows, and the key to the four kinds of marks; `called` says what makes one full."""
    kinds = [
        ("f", of.found.value, of.found, say("have it and {called}", called=called)),
        ("m", of.missed, None, say("have it and {called}", called=not_called)),
        ("a", of.false_alarms.value, of.false_alarms, say("don't have it and {called}", called=called)),
        ("p", of.passed, None, say("don't have it and {called}", called=not_called)),
    ]
    spoken = say(
        "{people} people: {found} have it and {called}, {missed} have it and {not_called}, "
        "{alarms} don't have it and {called}, {passed} don't have it and {not_called}",
        people=of.people,
        found=of.found.value,
        missed=of.missed,
        alarms=of.false_alarms.value,
        passed=of.passed,
        called=called,
        not_called=not_called,
    )
    marks = "".join(f'<i class="{kind}"></i>' * value for kind, value, _, _ in kinds)
    many = " lb-many" if of.people > 100 else ""
    crowd = f'<div class="lb-crowd{many}" role="img" aria-label="{html.escape(spoken)}">{marks}</div>'
    key = "".join(_line(kind, value, count, words) for kind, value, count, words in kinds)
    return f'{_STYLE}<div class="lb-people">{crowd}<ul>{key}</ul></div>'


def _line(kind: str, value: int, count: Count | None, words: str) -> str:
    """A mark, how many there are, and the range where the figures leave one open."""
    span = " " + say("({low} to {high})", low=count.low, high=count.high) if count else ""
    return f'<li><i class="{kind}" aria-hidden="true"></i><span><b>{value}</b>{span} {html.escape(words)}</span></li>'
