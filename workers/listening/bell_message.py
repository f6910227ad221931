"""What stands in a queue's list: a Celery message in kombu's envelope; pure.

Anybody who reaches Redis can put anything there: another program's items, other people's tasks, a pickle, a
message that expands to a gigabyte, one that asks Celery for another time, for callbacks or for its own built-in
tasks. So an item is read strictly, and what Celery is given is written anew (`archive/queue/bell_message.py`) from
what was read.

https://docs.celeryq.dev/en/stable/internals/protocol.html#version-2
"""

from __future__ import annotations

import base64
import binascii
from typing import Any, Literal

import msgspec

from archive import bell
from archive.bell import Bell
from archive.errors import ForeignBell
from archive.records.record import decoder_of

# What rides has 64 KiB at most; in JSON each of its bytes may take six, and base64 takes a third more.
ITEM_MAX_BYTES = 1_048_576


class _Headers(msgspec.Struct, frozen=True):
    task: str


class _Properties(msgspec.Struct, frozen=True):
    body_encoding: Literal["base64"]


class _Envelope(
    msgspec.Struct, frozen=True, rename={"type_": "content-type", "encoding": "content-encoding"}
):
    type_: Literal["application/json"]
    encoding: Literal["utf-8"]
    headers: _Headers
    properties: _Properties
    body: str


_Body = tuple[list[Any], dict[str, Any], Any]


def read(item: bytes) -> Bell:
    """The bell that an item of a queue is.

    Raises:
        ForeignBell: if it is none of ours; no word of what stands in it is repeated.
    """
    if len(item) > ITEM_MAX_BYTES:
        raise ForeignBell("it is larger than any of ours")
    try:
        envelope: _Envelope = decoder_of(_Envelope).decode(item)
        body: _Body = decoder_of(_Body).decode(base64.b64decode(envelope.body, validate=True))
    except (msgspec.MsgspecError, UnicodeError, binascii.Error, RecursionError) as error:
        raise ForeignBell("it is no Celery message in JSON") from error
    arguments, named, _ = body
    return bell.read(envelope.headers.task, arguments, named)
