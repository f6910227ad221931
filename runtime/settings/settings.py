"""What one process, or one verb of the command, reads: its own groups, and no other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Self

import msgspec

from archive.errors import SettingsRefused
from runtime.settings.group import Group, variable


class Settings(msgspec.Struct, frozen=True):
    """Groups, a field each. A process says which by a class of its own; what it does not name is not looked at."""

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Self:
        """Read every group.

        Raises:
            SettingsRefused: with every problem of every group, each once, and no value.
        """
        read: dict[str, Any] = {}
        problems: list[str] = []
        for field in msgspec.structs.fields(cls):
            try:
                read[field.name] = field.type.read(environment)
            except SettingsRefused as refusal:
                problems += refusal.problems
        told = cls(**read) if not problems else None
        problems += told.contradictions() if told is not None else ()
        if told is None or problems:
            raise SettingsRefused(list(dict.fromkeys(problems)))
        return told

    def contradictions(self) -> Iterator[str]:
        """Mistakes that only show between groups: sentences without a value."""
        yield from ()

    @classmethod
    def groups(cls) -> tuple[type[Group], ...]:
        """The groups that are read."""
        return tuple(group for field in msgspec.structs.fields(cls) for group in field.type.groups())

    @classmethod
    def demanded(cls) -> tuple[str, ...]:
        """The variables that must be set."""
        return tuple(variable(field) for field in fields_of(cls) if field.required)


def fields_of(settings: type[Settings]) -> Iterator[msgspec.structs.FieldInfo]:
    """Every setting that is read."""
    for group in settings.groups():
        yield from msgspec.structs.fields(group)
