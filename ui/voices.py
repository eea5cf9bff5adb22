"""One answer in words for three readers: a prediction, with its card, told to a radiologist, a researcher or a patient."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from medcore.models import ModelCard, Prediction
from medcore.recognition import Posture
from ui.models.reading import mapping, number, span, text
from ui.scores import told_apart
from ui.texts import listed, say, translated
from ui.texts import number as written

Sentences = Iterator[str]


@dataclass(frozen=True)
class Answer:
    """A prediction and the card of the model that gave it; all that is told comes from these two."""

    prediction: Prediction
    card: ModelCard

    @property
    def is_overridden(self) -> bool:
        """Whether the model had declined and a reader asked all the same."""
        return self.prediction.gate.accepted is False and self.prediction.scores is not None

    @property
    def model(self) -> str:
        """The model's title."""
        return translated(self.card.title)

    @property
    def operating_label(self) -> str:
        """The label that the card's operating point is about."""
        return text(self.card.details.get("operating_label")) or self.card.labels[-1]

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels worth a sentence: of two the card's own, of several those at or above their points, else the highest."""
        scores = self.prediction.scores or {}
        if len(self.card.labels) == 2 or not scores:
            return (self.operating_label,)
        return self.prediction.above_point or (max(scores, key=scores.__getitem__),)

    @property
    def group(self) -> str:
        """Whose operating points were used, in words; of all pictures together where there are no groups or nothing tells."""
        return translated(self.prediction.group) if self.prediction.group else say("all its pictures")

    def point(self, digits: int = 2) -> str:
        """The operating point of the operating label by itself."""
        return written(round(self.prediction.operating_points[self.operating_label], digits), digits)

    def score_and_point(self, label: str, digits: int = 2) -> dict[str, str]:
        """A label with its score and operating point, for a sentence."""
        scores = self.prediction.scores or {}
        score, point = told_apart(scores[label], self.prediction.operating_points[label], digits)
        return {"label": translated(label), "score": score, "point": point, "group": self.group}


def told(prediction: Prediction, card: ModelCard, voice: str) -> list[str]:
    """Whole sentences for `voice`, a key of VOICES, in the session's language; plain text, which a page has to escape."""
    return list(VOICES[voice](Answer(prediction, card)))


def voice_name(voice: str) -> str:
    """Whom a voice is for."""
    return {"radiologist": say("radiologist"), "researcher": say("researcher"), "patient": say("patient")}[voice]


def _radiologist(answer: Answer) -> Sentences:
    """Short: the score against its point, the gate, and what it is not."""
    prediction = answer.prediction
    if prediction.scores is None:
        yield translated(prediction.gate.reason)
        yield say("No score, so nothing was compared with the operating point of {point}.", point=answer.point())
    else:
        yield from (_radiologists_score(answer, label) for label in answer.labels)
        yield _radiologists_gate(answer)
        yield say(
            "The score isn't how likely the finding is in this patient: that depends on how common it is where you work. "
            "The model knows {labels} only.",
            labels=listed([translated(label) for label in answer.card.labels]),
        )
    yield say("{model}, version {version}. Research and education, not for diagnosis.", **_identity(answer))


def _radiologists_score(answer: Answer, label: str) -> str:
    found = answer.score_and_point(label)
    if label in answer.prediction.above_point:
        return say("Score for {label} {score}: at or above the operating point of {point} ({group}).", **found)
    return say("Score for {label} {score}: below the operating point of {point} ({group}).", **found)


def _radiologists_gate(answer: Answer) -> str:
    gate = answer.prediction.gate
    if answer.is_overridden:
        why = translated(gate.reason)
        return say("The model had declined this image, and was overridden; the score may mean nothing. {why}", why=why)
    if gate.accepted is None:
        return say("Whether the image fits the model wasn't checked: nothing could be. The score may mean nothing.")
    if gate.recognition is None:
        return say("By its tags the image fits the model; how it looks wasn't checked.")
    if not gate.fits:
        return say("The image looks like those that the model was trained on; its tags say nothing of that.")
    return say("The image fits the model by its tags, and looks like those that it was trained on.")


def _researcher(answer: Answer) -> Sentences:
    """Everything that is needed to get the same answer again, and where the point comes from."""
    prediction = answer.prediction
    yield say(
        "Model {id}, version {version}, weights {weights}…, input spec {spec}…, slice {slice}.",
        id=prediction.model,
        version=prediction.version,
        weights=prediction.weights_sha256[:12],
        spec=prediction.input_spec_sha256[:12],
        slice=prediction.slice_index + 1,
    )
    yield from _researchers_scores(answer)
    yield _chosen(answer)
    yield _group_told(answer)
    yield from _researchers_gate(answer)
    yield say("Research and education, not for diagnosis.")


def _researchers_scores(answer: Answer) -> Sentences:
    prediction = answer.prediction
    if prediction.scores is None:
        label = translated(answer.operating_label)
        yield say("No score; the operating point for {label} is {point}.", label=label, point=answer.point(4))
    for label in prediction.scores or ():
        values = answer.score_and_point(label, 4)
        if label in prediction.above_point:
            yield say("{label}: score {score}, at or above its operating point of {point}.", **values)
        else:
            yield say("{label}: score {score}, below its operating point of {point}.", **values)


def _chosen(answer: Answer) -> str:
    """Where the operating point was chosen: the validation report of the card, if it is of this very point."""
    label, report = answer.operating_label, _validation(answer)
    hit, films = span(report.get("sensitivity")), number(report.get("films"))
    if hit is None or films is None or number(report.get("operating_point")) != answer.prediction.operating_points[label]:
        return say("The card doesn't say on which films the operating point for {label} was chosen.", label=translated(label))
    value, low, high = (written(round(each, 3), 3) for each in hit)
    return say(
        "The operating point for {label} was chosen on {films} validation films ({group}): "
        "sensitivity {value} ({low} to {high}) there.",
        label=translated(label),
        films=written(films),
        group=answer.group,
        value=value,
        low=low,
        high=high,
    )


def _validation(answer: Answer) -> Any:
    found = mapping(mapping(answer.card.details.get("metrics")).get("validation"))
    return mapping(found.get(answer.prediction.group)) if answer.prediction.group else found


def _group_told(answer: Answer) -> str:
    if not answer.card.groups:
        return say("The model has no groups: one operating point a label for all its films.")
    if answer.prediction.group is None:
        return say("Its group can't be told, so the operating points are those of all its films together.")
    if answer.prediction.group_by == "age":
        return say("Group: {group}, told by the age tag.", group=answer.group)
    if answer.prediction.group_by == "picture":
        return say("Group: {group}, told by the picture, whose nearest training films are of it.", group=answer.group)
    return say("Group: {group}, as asked.", group=answer.group)


def _researchers_gate(answer: Answer) -> Sentences:
    gate = answer.prediction.gate
    yield say("Gate: {reason}", reason=translated(gate.reason))
    if answer.is_overridden:
        yield say("The gate's verdict was overridden by the reader.")
    if gate.recognition is None:
        yield say("No distance was measured: the gate looked at the tags alone.")
        return
    yield say(
        "Cosine distance to the nearest training film {distance}, limit {limit}.",
        distance=written(round(gate.recognition.distance, 3), 3),
        limit=written(round(gate.recognition.distance_limit, 3), 3),
    )


def _patient(answer: Answer) -> Sentences:
    """Plain words: what the model did, what its number is, that it can be wrong, and who decides."""
    if answer.prediction.scores is None:
        yield say("A computer model (“{model}”, version {version}) was asked about this picture.", **_identity(answer))
        yield _patients_gate(answer)
        yield say("So it gave no score, and there is nothing to compare with its line of {point}.", point=answer.point())
        yield say("That says nothing about the person in the picture.")
    else:
        yield say("A computer model (“{model}”, version {version}) looked at this picture.", **_identity(answer))
        yield _patients_gate(answer)
        yield from (_patients_score(answer, label) for label in answer.labels)
        yield say(
            "The model can be wrong both ways. Some scores are above the line that should be below it. Some are the reverse."
        )
    yield say("The model doesn't know the person. A doctor looks at much more than one picture, and the doctor decides.")
    yield say("This model is for research and for learning, not for diagnosis.")


def _patients_gate(answer: Answer) -> str:
    gate = answer.prediction.gate
    if answer.is_overridden:
        return say(
            "The model had said: this picture is not for me. Somebody asked for a score all the same. It may mean nothing."
        )
    if gate.accepted is None:
        return say("Nobody could check whether it is the kind of picture that the model knows. So the score may mean nothing.")
    if gate.accepted:
        return say("First it was checked whether it is the kind of picture that the model knows. It is.")
    if gate.correction is not None:
        return _patients_posture(gate.correction)
    if gate.declined_by == "distance":
        return say("The model said no to it, because it doesn't look like the pictures that the model learnt from.")
    return say("The model said no to it, because it isn't the kind of picture that the model learnt from.")


def _patients_posture(posture: Posture) -> str:
    if posture.inverted and posture.quarter_turns:
        return say("The model said no to it, because it seems to be turned, and black and white seem to be swapped in it.")
    if posture.inverted:
        return say("The model said no to it, because black and white seem to be swapped in it.")
    return say("The model said no to it, because it seems to be turned.")


def _patients_score(answer: Answer, label: str) -> str:
    found = answer.score_and_point(label)
    if label in answer.prediction.above_point:
        return say(
            "The score for “{label}” is {score}, on a scale from 0 to 1. "
            "That is at or above the line of {point} that was drawn for {group}.",
            **found,
        )
    return say(
        "The score for “{label}” is {score}, on a scale from 0 to 1. "
        "That is below the line of {point} that was drawn for {group}.",
        **found,
    )


def _identity(answer: Answer) -> dict[str, str]:
    return {"model": answer.model, "version": answer.prediction.version}


VOICES: dict[str, Callable[[Answer], Sentences]] = {
    "radiologist": _radiologist,
    "researcher": _researcher,
    "patient": _patient,
}
