"""What all kept words share: frozen, JSON in and out, open to fields of the future."""

from __future__ import annotations

from typing import Self

import msgspec

from archive.errors import MalformedRecord


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
            return msgspec.json.decode(data, type=cls)
        except (msgspec.MsgspecError, ValueError, RecursionError) as error:
            raise MalformedRecord(f"no {cls.__name__}: {error}") from error
