"""What a declared gateway's body says, found by its pointers. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archive.errors import Unreadable
from archive.reasons import Reason
from archive.records.notification import Notification, Status, TaskError
from archive.records.order import Order
from providers.generic.gateway import FACTS, Gateway, Words
from providers.generic.pointer import Looking, Pointer
from providers.reading.body import read_body, read_object
from providers.reading.links import Links, image_sources, links_in
from providers.reading.orders import order_in
from providers.reading.remarks import remarks_in
from providers.reading.statuses import evened, status_with_error, words_of
from providers.reading.told import Objects, error_in, moment_in, status_in, task_id_in, text_in

# Under which keys an object that an error's pointer leads to holds its parts.
CODES = ("code", "error_code", "type", "name", "status", "reason")
MESSAGES = ("message", "msg", "detail", "error_message", "description", "reason", "error", "title")
# What requests of most gateways call it.
_ORDER = {
    "model": "model", "prompt": "prompt", "size": "size", "resolution": "resolution", "quality": "quality",
    "output_format": "output_format", "n": "n",
}  # fmt: skip

Places = Mapping[str, tuple[Pointer, ...]]


class GatewayReader:
    """Reads the bodies of one gateway, and its requests."""

    def __init__(self, gateway: Gateway) -> None:
        self._name = gateway.name
        self._places: Places = {fact: gateway.at(fact) for fact in FACTS}
        self.statuses = statuses_of(gateway.words)

    def read(self, body: bytes) -> Notification:
        """What a callback, or an answer to a task query, says. Raises Unreadable."""
        told, forgave = read_body(body)
        look = Looking(told)
        task_id = self._task_id(look)
        error = self._error(look)
        status = status_with_error(self._status(look, error), error.code if error else None)
        return Notification(
            provider=self._name,
            task_id=task_id,
            status=status,
            model=text_in(self._alone(look, "model"), ["model"]),
            created_at=moment_in(self._alone(look, "created_at"), ["created_at"]),
            ended_at=moment_in(self._alone(look, "ended_at"), ["ended_at"])
            if status == "completed"
            else None,
            sources=self._sources(look) if status == "completed" else (),
            error=error if status == "failed" else None,
            remarks=remarks_in([told]),
            forgave=forgave,
        )

    def read_task_id(self, body: bytes) -> str | None:
        """The id of the task that a body names, whatever else is wrong with it."""
        try:
            return self._task_id(Looking(read_object(body)))
        except Unreadable:
            return None

    def _task_id(self, look: Looking) -> str:
        """The id; a whole number is one as it is written. Raises Unreadable."""
        found = [_text(each) for each in look.at(self._places["id"])]
        if not found:
            raise Unreadable(Reason.NO_TASK_ID, f"nothing at {self._where('id')}")
        if len(self._places["id"]) == 1 and any(each != found[0] for each in found):
            raise Unreadable(Reason.AMBIGUOUS, f"several ids at {self._where('id')}")
        return task_id_in([{"id": found[0]}], ["id"])

    def _status(self, look: Looking, error: TaskError | None) -> Status:
        """The status; where none is declared, that which has an error failed, and that which has a link is completed."""
        if self._places["status"]:
            told = look.first(self._places["status"])
            if told is None:
                raise Unreadable(Reason.NO_STATUS, f"nothing at {self._where('status')}")
            return status_in([{"status": _text(told)}], ["status"], self.statuses)
        if error is not None:
            return "failed"
        links = self._links(look)
        if not links.images and not links.others:
            raise Unreadable(Reason.NO_STATUS, f"no link at {self._where('links')}, and no error")
        return "completed"

    def _sources(self, look: Looking) -> tuple[str, ...]:
        links = self._links(look)
        if not links.images and not links.others:
            raise Unreadable(Reason.NO_SOURCES, f"no link at {self._where('links')}")
        return image_sources(links, [])

    def _links(self, look: Looking) -> Links:
        """What stands at its pointers, and within arrays and objects that stand there."""
        return links_in([{"urls": list(look.at(self._places["links"]))}], ["urls"])

    def _error(self, look: Looking) -> TaskError | None:
        told, code = look.first(self._places["error"]), look.first(self._places["error_code"])
        if isinstance(told, list):
            told = next((each for each in told if each), None)
        if told is False or told == 0:
            told = None
        beside = [{"code": code}] if code is not None else []
        if isinstance(told, dict):
            return error_in([*beside, told], [], CODES, MESSAGES)
        return error_in([{"error": told}, *beside], ["error"], ["code"], [])

    def _alone(self, look: Looking, fact: str) -> Objects:
        told = look.first(self._places[fact])
        return [] if told is None else [{fact: told}]

    def _where(self, fact: str) -> str:
        return " or ".join(pointer.text for pointer in self._places[fact])


def statuses_of(words: Words) -> Mapping[str, Status]:
    """The table of a gateway's words."""
    own: dict[Status, tuple[str, ...]] = {
        "completed": _evened(words.completed),
        "failed": _evened(words.failed),
        "cancelled": _evened(words.cancelled),
        "unfinished": _evened(words.unfinished),
    }
    return words_of(own)


def read_order(request: bytes) -> Order:
    """What a request asks for, as far as it says so under the usual names. Raises Unreadable, where it is no JSON object."""
    told = read_object(request)
    known = {
        key: value
        for key, value in told.items()
        if key in _ORDER and isinstance(value, int if key == "n" else str) and not isinstance(value, bool)
    }
    try:
        return order_in(known, _ORDER, references="references", mask=None)
    except Unreadable:  # a word that means something else here
        return order_in(
            {"prompt": known.get("prompt")}, {"prompt": "prompt"}, references="references", mask=None
        )


def _evened(words: list[str | int | bool]) -> tuple[str, ...]:
    return tuple(evened(str(_text(word))) for word in words)


def _text(told: Any) -> Any:  # JSON is of any type
    """A truth value or a whole number as it is written; else what it is."""
    if isinstance(told, bool):
        return "true" if told else "false"
    return str(told) if isinstance(told, int) else told
