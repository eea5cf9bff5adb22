"""The tour on one page to print, in the session's language: a file that needs nothing else."""

import html
from pathlib import Path

import numpy as np

from medcore import models
from medcore.models import ModelCard
from medcore.recognition import Posture, corrected
from ui.demo import films, pictures, spots
from ui.demo.drawings import drawing
from ui.demo.limits import three_sentences
from ui.texts import language, say, tag_of, translated

_STYLE = Path(__file__).with_suffix(".css")


def summary(card: ModelCard | None) -> str:
    """The whole file as HTML; with a card, its own figures."""
    title = html.escape(say("How a computer looks at films"))
    ideas = "".join(_idea(number, picture, words) for number, (picture, words) in enumerate(_ideas(), 1))
    honest = "".join(f"<li>{html.escape(sentence)}</li>" for sentence in three_sentences(card))
    purpose = translated(f"{models.PURPOSE[0].upper()}{models.PURPOSE[1:]}.")
    return (
        f'<!doctype html><html lang="{tag_of(language())}"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE.read_text(encoding="utf-8")}</style></head><body>'
        f"<h1>{title}</h1><main>{ideas}</main><h2>{html.escape(say('Three honest sentences'))}</h2><ol>{honest}</ol>"
        f"<footer>{html.escape(purpose)} Lightbox</footer></body></html>"
    )


def _idea(number: int, picture: str, words: str) -> str:
    return f"<section>{picture}<p><b>{number}</b> {html.escape(words)}</p></section>"


def _ideas() -> list[tuple[str, str]]:
    """A picture and a sentence a step."""
    chest = films.drawn(films.small(films.CHEST))
    drawn = spots.spot(1)
    return [
        (_picture(chest), say("A film is a shadow of the body: bone looks white, air looks dark.")),
        (
            spots.marked(spots.plain_image(drawn.series), "", drawn),
            say("A model is a program that looks for signs in a film. This film is drawn."),
        ),
        (drawing("flag"), say("Its score can put up a flag. Some flags are false, and some are missing.")),
        (spots.contact_sheet((11, 12)), say("It learns from many films, here drawn ones, by trying again and again.")),
        (_pair(chest), say("It knows only what it was shown. A good one says no to the rest.")),
        (drawing("people"), say("A doctor and you decide. The score is one hint of many.")),
    ]


def _picture(image: np.ndarray) -> str:
    return pictures.as_html(image[::2, ::2], "")


def _pair(chest: np.ndarray) -> str:
    """The chest film with black and white swapped, and the shin."""
    inverted = films.drawn(corrected(films.small(films.CHEST), Posture(inverted=True)))
    return f'<div class="pair">{_picture(inverted)}{_picture(films.drawn(films.small("tibia-cr")))}</div>'
