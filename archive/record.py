"""What all kept words share: frozen, JSON in and out, open to fields of the future."""

from __future__ import annotations

import threading
from typing import Any, Self

import msgspec

from archive.errors import MalformedRecord

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


class Record(msgspec.Struct, frozen=True, omit_defaults=True):
    """A frozen word of the archive that is stored as JSON.

    Unknown fields are passed over, so that an older worker reads what a newer one wrote. What only our own
    processes read leaves out what is as usual; what people and their programs read says everything.
    """

    def to_json(self) -> bytes:
        """One line of UTF-8 JSON without a line break."""
        return msgspec.json.encode(self)

    def to_pretty_json(self) -> bytes:
        """The same, indented, for objects that people open by hand."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2) + b"\n"

    @classmethod
    def from_json(cls, data: bytes | str) -> Self:
        """Read a record back.

        Raises:
            MalformedRecord: if the bytes are not JSON of this shape.
        """
        try:
            record: Self = decoder_of(cls).decode(data)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            raise MalformedRecord(f"no {cls.__name__}: {error}") from error
        return record
