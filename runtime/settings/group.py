"""A group of settings: frozen, from the environment, each field with its sentence.

The name of a variable is the name of the field in capitals: `s3_bucket` is `S3_BUCKET`. Only composition roots
read them; everybody else gets arguments.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Self

import msgspec
from msgspec import Meta

from archive.errors import SettingsRefused
from runtime.environment import broken, said
from runtime.settings.kinds import Secret, read_own_type
from runtime.settings.mistakes import shape


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Settings that are read together, since who needs one of them needs the others."""

    @classmethod
    def groups(cls) -> tuple[type[Group], ...]:
        """The groups that this one is made of: itself."""
        return (cls,)

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> Self:
        """Read the group; white space around a value is no part of it.

        Raises:
            SettingsRefused: with every problem: the name, the value's shape and what was expected, and no value.
        """
        values: dict[str, Any] = {}
        problems: list[str] = []
        for field in msgspec.structs.fields(cls):
            try:
                values[field.name] = _read(field, environment)
            except SettingsRefused as refusal:
                problems += refusal.problems
                if not field.required:
                    values[field.name] = field.default
        problems += cls.contradictions(values, environment)
        if problems:
            raise SettingsRefused(problems)
        return cls(**values)

    @classmethod
    def contradictions(cls, values: Mapping[str, Any], environment: Mapping[str, str]) -> Iterator[str]:
        """Mistakes that only show between settings of the group, or in what one is for: sentences without a value.

        Of what is refused by itself already, `values` holds the default, or nothing where there is none.
        """
        del values, environment
        yield from ()


def variable(field: msgspec.structs.FieldInfo) -> str:
    """The variable of a setting."""
    return field.name.upper()


def description(field: msgspec.structs.FieldInfo) -> str:
    """The sentence of a setting."""
    metas = getattr(field.type, "__metadata__", ())
    return next((meta.description for meta in metas if isinstance(meta, Meta) and meta.description), "")


def sentence(group: type[Group], name: str) -> str:
    """The sentence of a group's setting."""
    return next(description(field) for field in msgspec.structs.fields(group) if field.name == name)


def is_secret(field: msgspec.structs.FieldInfo) -> bool:
    """Whether a setting is a secret: by its type."""
    return getattr(field.type, "__origin__", field.type) is Secret


def _read(field: msgspec.structs.FieldInfo, environment: Mapping[str, str]) -> Any:
    """The value of one setting. Raises SettingsRefused."""
    name = variable(field)
    value, expected = said(environment, name), f"Expected: {description(field)}"
    if field.required and not value:
        raise SettingsRefused([f"{name} is not set. {expected}"])
    if why := broken(value):
        raise SettingsRefused([f"{name} ({shape(value)}): {why}. {expected}"])
    if name not in environment:
        return field.default
    try:
        return msgspec.convert(value, field.type, strict=False, dec_hook=read_own_type)
    except msgspec.ValidationError as error:
        raise SettingsRefused([f"{name} ({shape(value)}): {_why(error, field)}. {expected}"]) from error


def _why(error: msgspec.ValidationError, field: msgspec.structs.FieldInfo) -> str:
    """What msgspec says; of a pattern, which people do not read, the form in words: the setting's `extra`, else its sentence."""
    if "matching regex" not in str(error):
        return str(error)
    metas = (meta for meta in getattr(field.type, "__metadata__", ()) if isinstance(meta, Meta))
    form = next((meta.extra["form"] for meta in metas if meta.extra), None)
    return f"it is not {form}" if form else "it has another form"
