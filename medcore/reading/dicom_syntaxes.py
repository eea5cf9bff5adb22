"""Which transfer syntaxes can be decoded: by pydicom's plugins, or by SimpleITK as the second try."""

from pydicom import uid
from pydicom.pixels import get_decoder

from medcore.errors import UnreadableFile

SECOND_TRY = {uid.UID(f"1.2.840.10008.1.2.4.{number}") for number in (50, 51, 53, 55, 57, 70, 90, 91)}


def check_syntax(name: str, syntax: uid.UID) -> None:
    """Raise UnreadableFile where nothing here decodes the transfer syntax (a video, a private one)."""
    if syntax in SECOND_TRY:
        return
    if not syntax.is_valid:
        raise UnreadableFile(
            f"{name} doesn't say how its pixels are stored (its transfer syntax is none that there is); export it again."
        )
    try:
        get_decoder(syntax)
    except NotImplementedError as error:
        raise UnreadableFile(
            f"{name} is compressed in a way that Lightbox can't read (transfer syntax {syntax}); export it uncompressed."
        ) from error
