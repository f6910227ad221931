"""Is the index of this machine of use: can it be opened, and is it far behind?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from archive.errors import IndexUnusable
from archive.library.index.index_file import IndexFile
from archive.library.index.state import state_of
from console.checks.check import Check
from console.cli.words import bytes_in_words, span_in_words

NAME = "index"
# Whoever asks brings it up to date, within seconds of reading; that is enough for a day of a busy deployment.
BEHIND_MOST = timedelta(days=2)


def index_checks(file: IndexFile, now: datetime) -> Iterator[Check]:
    """How the index is; nothing is said where nobody made one."""
    if not file.is_there:
        return
    try:
        with file.reading() as connection:
            state = state_of(connection)
    except IndexUnusable as error:
        yield Check(NAME, problem=str(error), mend="Make it anew: `fixative index --rebuild`.")
        return
    if not state.whole or state.as_of is None:
        mend = "Go on: `fixative index`. Until then lists are read from the bucket."
        yield Check(NAME, problem="its first reading was broken off", mend=mend)
    elif now - state.as_of > BEHIND_MOST:
        behind = f"it is {span_in_words(now - state.as_of)} behind, and lists may be read from the bucket"
        yield Check(NAME, problem=behind, mend="Bring it up to date: `fixative index`.")
    else:
        yield Check(NAME, f"{state.tasks:,} tasks in {bytes_in_words(file.size)}")
