"""Step 6, who decides: a doctor with many hints, of which the score is one; what the model can't do; a page to take home."""

import html

import streamlit as st

from ui.demo import asking
from ui.demo.drawings import drawing
from ui.demo.layout import heading, lines, picture_and_words
from ui.demo.limits import sources, three_sentences
from ui.demo.summary import summary
from ui.texts import language, say


def title() -> str:
    """What the step is about."""
    return say("Who decides?")


def show() -> None:
    """Draws the step."""
    picture, words = picture_and_words()
    with picture:
        st.html(who_decides())
    with words:
        heading(title())
        lines(say("A score is one hint of many. A doctor hears you, looks at you and at the film, and weighs it all with you."))
        st.subheader(say("Three honest sentences"), anchor=False)
        card = asking.card_of(asking.CHEST)
        sentences = three_sentences(card)
        lines("\n".join(f"{number}. {sentence}" for number, sentence in enumerate(sentences, 1)))
        name = f"lightbox-{language()}.html"
        page = summary(card)
        st.download_button(say("One page to print"), page, name, "text/html", icon=":material/print:", on_click="ignore")
    sources(card)


def who_decides() -> str:
    """HTML: four hints, and two people who talk."""
    hints = (
        ("talk", say("What you tell")),
        ("look", say("What the doctor finds")),
        ("test", say("Other tests")),
        ("film", say("The film and its score")),
    )
    cards = "".join(f"<li>{drawing(name)}<span>{html.escape(words)}</span></li>" for name, words in hints)
    spoken = html.escape(say("The doctor and you decide"))
    return (
        f'<div class="lb-decide"><ul>{cards}</ul><b class="lb-arrow" aria-hidden="true">→</b>'
        f"<figure>{drawing('people')}<figcaption>{spoken}</figcaption></figure></div>"
    )
