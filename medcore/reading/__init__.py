"""Files, folders and zips to series, by content and not by suffix; a disposable child process does the decoding.

`read(paths)` is all that a caller needs, `read_each` gives the same one by one as it is read. `read_named` is for uploads that
were spooled under meaningless names, `warm` starts the next child early, and `READERS` is where a new file format is added.
"""

from medcore.reading.formats import READERS, Format
from medcore.reading.process import warm
from medcore.reading.upload import Reading, Refusal, read, read_each, read_named

__all__ = ["READERS", "Format", "Reading", "Refusal", "read", "read_each", "read_named", "warm"]
