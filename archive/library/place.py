"""Where a page of a list begins: behind a moment and a name, so that what is written meanwhile moves nothing. Pure."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import NamedTuple

from archive import layout
from archive.errors import NotUnderstood
from archive.task_ids import is_task_id

_MOST_CHARACTERS = 400
_MICROSECOND = timedelta(microseconds=1)
_MICROSECONDS = re.compile(r"[0-9]{1,16}")


class Place(NamedTuple):
    """After what a page begins: a moment, and the name of a task, or of a letter its key."""

    moment: datetime
    name: str

    def __str__(self) -> str:
        return f"{microseconds(self.moment)}~{self.name}"

    @classmethod
    def read(cls, text: str) -> Place:
        """A place as it was printed. Raises NotUnderstood."""
        told, _, name = text.partition("~")
        if len(text) > _MOST_CHARACTERS or not _MICROSECONDS.fullmatch(told) or not _is_name(name):
            raise NotUnderstood(
                f"{text!r} is no place in a list: take the one that the page before it ends with"
            )
        moment = (
            layout.EARLIEST + int(told) * _MICROSECOND if int(told) < MOST_MICROSECONDS else layout.LATEST
        )
        return cls(moment, name)

    def is_before(self, moment: datetime, name: str) -> bool:
        """Whether what has this moment and this name comes later in the list, which begins with the newest."""
        return name > self.name if moment == self.moment else moment < self.moment


def microseconds(moment: datetime) -> int:
    """A moment as a whole number, by which places are told: microseconds since 2020. It must say its zone."""
    return (moment - layout.EARLIEST) // _MICROSECOND


MOST_MICROSECONDS = microseconds(layout.LATEST)


def _is_name(text: str) -> bool:
    """A task as provider/task_id, or the key of a dead letter."""
    provider, _, task_id = text.partition("/")
    is_task = layout.PROVIDER.fullmatch(provider) is not None and is_task_id(task_id)
    return is_task or layout.DEAD_KEY.fullmatch(text) is not None
