"""Task ids: as providers tell them, and as they are filed, which is how they stand in keys and addresses. Pure.

    task-unified-1757156493-imcg5zqt     filed as it is, like every id of letters, digits and . _ : -
    models/flux/-7b                      models=2Fflux=2F-7b
    -9bX                                 =2D9bX: no key's part begins with a dot, a dash or the like
    été                                  =C3=A9t=C3=A9

What is not plain becomes `=` and two hexadecimal digits for each byte of its UTF-8. So an id has one filed form and no
other id has that; and what an id begins with is filed as the beginning of what the id is filed as.
"""

from __future__ import annotations

import re

# The file name of a due entry has at most 255 bytes then, more than which file systems and stores on them do not take:
# with the longest provider (32), a replay's origin (33), a moment, and what stands between (31).
FILED_MOST = 159
# No white space, no control characters, and none that have no width or turn the text around them.
TASK_ID = re.compile(
    r"[^\x00-\x20\x7f-\xa0\xad\u061c\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff\ufff0-\uffff]"
    rf"{{1,{FILED_MOST}}}"
)
# A filed id, as a part of the patterns of keys.
FILED = rf"(?:[A-Za-z0-9]|=[0-9A-F]{{2}})(?:[A-Za-z0-9._:-]|=[0-9A-F]{{2}}){{0,{FILED_MOST - 1}}}"
_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]*")
_NOT_PLAIN = re.compile(r"\A[._:-]|[^A-Za-z0-9._:-]")
_FILED_BYTES = re.compile(r"(?:=[0-9A-F]{2})+")
# A step up or aside, as the addresses of task APIs might take it.
_STEP = re.compile(r"(?:\A|[/\\])\.{1,2}(?:[/\\]|\Z)")


def is_task_id(text: str) -> bool:
    """Whether a text from outside may be the id of a task."""
    if _PLAIN.fullmatch(text):
        return len(text) <= FILED_MOST
    if not TASK_ID.fullmatch(text) or _STEP.search(text):
        return False
    try:
        return len(filed_id(text)) <= FILED_MOST
    except UnicodeEncodeError:  # half of a surrogate pair
        return False


def filed_id(task_id: str) -> str:
    """A task id, or the beginning of one, as it stands in keys: ASCII, without a slash or a tilde.

    Raises:
        UnicodeEncodeError: if the text is none that UTF-8 has.
    """
    if _PLAIN.fullmatch(task_id):
        return task_id
    return _NOT_PLAIN.sub(lambda found: "".join(f"={byte:02X}" for byte in found[0].encode()), task_id)


def told_id(filed: str) -> str:
    """The task id that is filed so.

    Raises:
        ValueError: if none is.
    """
    if _PLAIN.fullmatch(filed):
        told = filed
    else:
        told = _FILED_BYTES.sub(lambda found: bytes.fromhex(found[0].replace("=", "")).decode(), filed)
    if not is_task_id(told) or filed_id(told) != filed:
        raise ValueError(f"no task id is filed as {filed[:FILED_MOST]!r}")
    return told


def told_or_as_it_is(text: str) -> str:
    """The task id in an address: of its filed form, else the text as it is."""
    try:
        return told_id(text)
    except ValueError:
        return text
