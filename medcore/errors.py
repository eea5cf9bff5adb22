"""Every failure that a user can act on.

LightboxError
├── InputError            what was opened can't be used
│   ├── UnreadableFile        not a scan or picture, or damaged
│   ├── NoImage               a valid file that holds no pixels (RTSTRUCT, report, …)
│   └── ReadingLimit          decoding it took more memory or time than it may
├── UnknownName           a model, label, method, sample or series that isn't there
├── InvalidValue          a value outside of what it may be (a window width of 0, a slice past the end)
├── ModelError            a model that can't be used
│   ├── InvalidCard           its card.json is missing or doesn't hold what it must
│   └── WeightsMismatch       its weights are missing or aren't the ones that the card names
├── DatasetError          labelled pictures that can't be trained or measured on
├── SpecError             a training spec that can't be followed
├── RunError              a run that can't be started, stopped, resumed or shown as asked
└── PublishingError       a run that can't become a model, or a published model that can't be changed as asked

Each message is one sentence: what was wrong with which input, and what to do.
"""


class LightboxError(Exception):
    """The root: anything that Lightbox tells a user in a sentence."""


class InputError(LightboxError):
    """What was opened can't be used."""


class UnreadableFile(InputError):
    """The file is no scan or picture that Lightbox reads, or is damaged."""


class NoImage(InputError):
    """The file is valid but holds no pixels."""


class ReadingLimit(InputError):
    """Decoding took more memory or time than one upload may."""


class UnknownName(LightboxError):
    """A model, label, method, sample or series of that name isn't there."""


class InvalidValue(LightboxError):
    """A value lies outside of what it may be."""


class ModelError(LightboxError):
    """A model can't be used."""


class InvalidCard(ModelError):
    """A card.json is missing or doesn't hold what it must."""


class WeightsMismatch(ModelError):
    """The weights are missing or aren't the ones that the card names."""


class DatasetError(LightboxError):
    """Labelled pictures can't be trained or measured on as they are."""


class SpecError(LightboxError):
    """A training spec can't be followed."""


class RunError(LightboxError):
    """A run can't be started, stopped, resumed or shown as asked."""


class PublishingError(LightboxError):
    """A run can't become a model, or a published model can't be changed as asked."""
