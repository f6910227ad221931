"""The single facts that a body tells, whichever provider's words they stand in.

Each function is given the objects in which the fact may stand (the innermost first) and the keys under
which it may stand (the likeliest first).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import wraps
from typing import Any, TypeVar

from archive.errors import Unreadable
from archive.reasons import Reason
from archive.records.ids import TASK_URL_MAX_BYTES
from archive.records.notification import MESSAGE_MAX_BYTES, WORD_MAX_BYTES, Status, TaskError
from archive.redaction import redacted, redacted_json
from archive.task_ids import is_task_id
from providers.reading.body import json_kind
from providers.reading.json_text import Doubled
from providers.reading.statuses import evened

Objects = Sequence[Mapping[str, Any]]
Said = TypeVar("Said")

_EARLIEST_S = datetime(2020, 1, 1, tzinfo=UTC).timestamp()
_LATEST_S = datetime(2100, 1, 1, tzinfo=UTC).timestamp()
_RFC3339 = re.compile(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)", re.ASCII)
_MOMENT_CHARACTERS = 64
# As `archive.records.ids.TaskUrl`.
_URL = re.compile(rf"https?://[!-~]{{1,{TASK_URL_MAX_BYTES - 8}}}")
_LONGEST_IN_DETAIL = 100  # characters of a stranger's text in one line of ours
# One character more than is kept (`within_bounds`), so that what is cut there is seen to be cut.
_WORD_CHARACTERS = WORD_MAX_BYTES + 1
_MESSAGE_CHARACTERS = MESSAGE_MAX_BYTES + 1


def first_told(objects: Objects, keys: Sequence[str]) -> Any:  # JSON is of any type
    """The first value under these keys that is neither null nor an empty string, or None."""
    return next(_all_told(objects, keys), None)


def or_none(read: Callable[[bytes], Said]) -> Callable[[bytes], Said | None]:
    """A reader of one fact of a body, which says None where the body cannot be read."""

    @wraps(read)
    def read_or_none(body: bytes) -> Said | None:
        try:
            return read(body)
        except Unreadable:
            return None

    return read_or_none


def task_id_in(objects: Objects, keys: Sequence[str]) -> str:
    """The id of the task.

    Raises:
        Unreadable: `no_task_id`, `bad_task_id` (also where it is no string), `ambiguous` (a key that stands twice).
    """
    refuse_doubled(objects, keys)
    told = first_told(objects, keys)
    if told is None:
        raise Unreadable(Reason.NO_TASK_ID, f"nothing under {' or '.join(keys)}")
    if not isinstance(told, str):
        raise Unreadable(Reason.BAD_TASK_ID, f"the task id is {json_kind(told)}")
    # An id stands in open keys: one that holds the query of a link, or another secret, is none.
    if not is_task_id(told) or redacted(told) != told:
        raise Unreadable(Reason.BAD_TASK_ID, f"the task id is {_quoted(told)}")
    return told


def refuse_other_ids(
    objects: Objects, task_id: str, keys: Sequence[str], form: re.Pattern[str] | None = None
) -> None:
    """Pass a body of which no other of these keys names another task.

    With a `form` two ids are of two tasks only where both have it: beside the task's id others may stand that
    are of something else.

    Raises:
        Unreadable: `ambiguous`.
    """
    for told in _all_told(objects, keys):
        if not isinstance(told, str) or told == task_id:
            continue
        if form is None or (form.fullmatch(told) and form.fullmatch(task_id)):
            raise Unreadable(Reason.AMBIGUOUS, f"the task is {_quoted(task_id)} and {_quoted(told)}")


def status_in(objects: Objects, keys: Sequence[str], words: Mapping[str, Status]) -> Status:
    """The status, by a table of the provider's words (`statuses.evened`).

    What stands around the task may say `success` of the call, whatever became of the task.

    Raises:
        Unreadable: `no_status`, `unknown_status` (also where it is no string), `ambiguous`.
    """
    refuse_doubled(objects, keys)
    told = first_told(objects, keys)
    if told is None:
        raise Unreadable(Reason.NO_STATUS, f"nothing under {' or '.join(keys)}")
    if not isinstance(told, str):
        raise Unreadable(Reason.UNKNOWN_STATUS, f"the status is {json_kind(told)}")
    status = words.get(evened(told))
    if status is None:
        raise Unreadable(Reason.UNKNOWN_STATUS, f"the status is {_quoted(told)}")
    own = next(place for place, each in enumerate(objects) if first_told([each], keys) is not None)
    for place, each in enumerate(objects):
        for other in _all_told([each], keys):
            differs = words.get(evened(other)) if isinstance(other, str) else None
            if differs in {None, status} or (differs == "completed" and place > own):
                continue
            raise Unreadable(Reason.AMBIGUOUS, f"the status is {_quoted(told)} and {_quoted(other)}")
    return status


def refuse_doubled(objects: Objects, keys: Sequence[str]) -> None:
    """Pass objects in which none of these keys stands twice with different values.

    Raises:
        Unreadable: `ambiguous`.
    """
    for told in objects:
        if isinstance(told, Doubled) and (twice := told.differing.intersection(keys)):
            raise Unreadable(Reason.AMBIGUOUS, f"{' and '.join(sorted(twice))} stands twice, and differs")


def text_in(objects: Objects, keys: Sequence[str]) -> str | None:
    """The first value under these keys that is a string and not empty, cut, without what may not be stored."""
    found = (told for told in _all_told(objects, keys) if isinstance(told, str))
    return next((redacted(told, _WORD_CHARACTERS) for told in found), None)


def url_in(objects: Objects, keys: Sequence[str]) -> str | None:
    """The first value under these keys that is an address, as it was told: its query is a part of it."""
    found = (told for told in _all_told(objects, keys) if isinstance(told, str))
    return next((told for told in found if _URL.fullmatch(told)), None)


def moment_in(objects: Objects, keys: Sequence[str]) -> datetime | None:
    """A moment told in unix seconds or milliseconds, as a number or as digits, or by RFC 3339; implausible ones are none.

    Outside 2020 to 2100 no moment is believed, as for the one in a task id (`archive.layout.day_in`).
    """
    for told in _all_told(objects, keys):
        seconds = _rfc3339_s(told) or _number(told)
        if seconds is not None and seconds >= _EARLIEST_S * 1000:
            seconds /= 1000
        if seconds is not None and _EARLIEST_S <= seconds < _LATEST_S:
            return datetime.fromtimestamp(seconds, UTC)
    return None


def error_in(
    objects: Objects, keys: Sequence[str], codes: Sequence[str], messages: Sequence[str]
) -> TaskError | None:
    """Why a task failed: an object with code and message, a sentence, or both in keys of their own.

    `keys` lead to the error, `codes` and `messages` name its parts, within it or beside it. The code is
    an open set, of strings and of numbers; where none is told it is "unknown".
    """
    told = first_told(objects, keys)
    if isinstance(told, dict):
        objects = [told, *objects]
    found = (said for said in _all_told(objects, messages) if isinstance(said, str))
    message = told if isinstance(told, str) else next(found, None)
    code = next(
        (code for code in map(_code, _all_told(objects, codes)) if code is not None), _code_alone(told)
    )
    if told is None and message is None and code is None:
        return None
    return TaskError(
        code=redacted(code or "unknown", _WORD_CHARACTERS),
        message=redacted(message or "", _MESSAGE_CHARACTERS),
    )


def billing_in(objects: Objects, keys: Sequence[str]) -> dict[str, Any] | None:
    """What the provider said it cost, under the provider's own keys, its numbers untouched, or None."""
    told = {key: first_told(objects, [key]) for key in keys}
    return {
        key: redacted_json(value, WORD_MAX_BYTES) for key, value in told.items() if value is not None
    } or None


def _quoted(told: str) -> str:
    return repr(redacted(told, _LONGEST_IN_DETAIL))


def _all_told(objects: Objects, keys: Sequence[str]) -> Iterator[Any]:
    values = (told[key] for told in objects for key in keys if key in told)
    return (value for value in values if value is not None and value != "")


def _rfc3339_s(told: object) -> float | None:
    """The unix seconds of a text such as 2025-06-08T12:06:20.383588891Z; what is finer than a microsecond is dropped.

    https://www.rfc-editor.org/rfc/rfc3339: a zone is a part of it.
    """
    found = (
        _RFC3339.fullmatch(told.strip().upper())
        if isinstance(told, str) and len(told) <= _MOMENT_CHARACTERS
        else None
    )
    if found is None:
        return None
    try:
        return datetime.fromisoformat(
            f"{found[1]}T{found[2]}.{(found[3] or '0')[:6]:0<6}{found[4]}"
        ).timestamp()
    except ValueError:  # the thirtieth of February
        return None


def _number(told: object) -> float | None:
    if isinstance(told, bool) or not isinstance(told, int | float | str):
        return None
    try:
        return float(told)
    except (ValueError, OverflowError):
        return None


def _code_alone(told: object) -> str | None:
    """The code where the whole error is a number; where it is a string, that is the message."""
    return None if isinstance(told, str) else _code(told)


def _code(told: object) -> str | None:
    return str(told) if isinstance(told, str | int) and not isinstance(told, bool) else None
