"""What all kept words share: frozen, JSON in and out, open to fields of the future."""

from __future__ import annotations

import threading
from typing import Any, Self, TypeVar

import msgspec

from archive.errors import MalformedRecord
from archive.records.unknown import Open, may_hold, put_back, set_apart

Kind = TypeVar("Kind", bound=Open)

_BUILDING = threading.Lock()
_DECODERS: dict[Any, msgspec.json.Decoder[Any]] = {}


def decoder_of(kind: Any) -> msgspec.json.Decoder[Any]:
    """The decoder of a type, built once, by one thread at a time.

    msgspec learns the fields of a Struct at its first use, and a second thread that comes meanwhile meets half
    of them: a segmentation fault (msgspec 0.22; a test makes it).
    """
    found = _DECODERS.get(kind)
    if found is None:
        with _BUILDING:
            found = _DECODERS.get(kind) or msgspec.json.Decoder(kind)
            _DECODERS[kind] = found
    return found


class Record(Open, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """A frozen word of the archive that is stored as JSON.

    Fields that it does not know are kept (`archive/records/unknown.py`), so that an older worker does not take away what
    a newer one wrote. What only our own processes read leaves out what is as usual; what people and their
    programs read says everything.

    A word with a `schema` is raised to the next one when a reader of the last one would misunderstand it: a
    field gets another meaning, or one of a closed set of words (a reason, a kind) a new member. None is 1.
    """

    def to_json(self) -> bytes:
        """One line of UTF-8 JSON without a line break."""
        return to_json(self)

    def to_pretty_json(self) -> bytes:
        """The same, indented, for objects that people open by hand."""
        return msgspec.json.format(to_json(self), indent=2) + b"\n"

    @classmethod
    def from_json(cls, data: bytes | str) -> Self:
        """Read a record back.

        Raises:
            NewerRecord: if it, or one within it, is of a newer `schema`.
            MalformedRecord: if the bytes are not JSON of this shape.
        """
        decoder = decoder_of(cls)
        try:
            return _decoded(cls, decoder, data if isinstance(data, bytes) else data.encode())
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            raise MalformedRecord(f"no {_words(cls.__name__)}: {error}") from error


def _words(name: str) -> str:
    """A class's name as people read it: dead letter."""
    return "".join(f" {sign.lower()}" if sign.isupper() else sign for sign in name).strip()


def to_json(value: object) -> bytes:
    """The JSON of words, and of lists and dicts of them, with the fields that this version does not know."""
    data = msgspec.json.encode(value)
    return msgspec.json.encode(put_back(value)) if may_hold(data) else data


def _decoded(kind: type[Kind], decoder: msgspec.json.Decoder[Any], data: bytes) -> Kind:
    if not may_hold(data):
        try:
            record: Kind = decoder.decode(data)
        except msgspec.ValidationError:
            pass  # an unknown field, a newer schema, or no such record
        else:
            return record
    found: Kind = decoder.decode(set_apart(kind, data))
    return found
