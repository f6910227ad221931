"""Whether what a task API answers is its word on a task that has ended. Pure.

unfinished, another task's           it passes
no JSON: a page, nothing at all      it passes: who stands before the API said that
JSON that says nothing of use        the provider knows no better, by now
"""

from __future__ import annotations

from archive.errors import ApiTrouble, Several, Unreadable
from archive.reasons import Reason
from archive.records.work import Work
from providers.registry import provider_named

# The answers that no later one will better, although no reader makes work of them: settle buries them.
_FINAL = {Reason.NOT_AN_IMAGE_TASK, Reason.TOO_MANY_SOURCES}
_NO_WORD = {Reason.NOT_JSON, Reason.NOT_AN_OBJECT, Reason.BAD_ENCODING}


class NoBetter(ApiTrouble):
    """The provider answers, and says nothing that is of use."""

    def __init__(self, detail: str) -> None:
        super().__init__(Reason.API_TROUBLE, detail)


def ending_in(work: Work, body: bytes | None) -> bytes:
    """The answer, where it tells of an ending of this work's task; None is a task that is not known.

    Raises:
        ApiTrouble: for every other; NoBetter, which is one, where the provider itself says nothing of use.
    """
    if body is None:
        raise NoBetter("the provider does not know the task")
    try:
        told = provider_named(work.provider).read(body)
    except Several:
        return body
    except Unreadable as error:
        if error.reason in _FINAL:
            return body
        detail = f"the provider's answer cannot be read: {error}"
        raise (
            ApiTrouble(Reason.API_TROUBLE, detail) if error.reason in _NO_WORD else NoBetter(detail)
        ) from error
    if told.task_id != work.task_id:
        raise ApiTrouble(Reason.API_TROUBLE, "the provider answers with another task")
    if told.status == "unfinished":
        raise ApiTrouble(Reason.API_TROUBLE, "the provider has not finished the task")
    return body
