"""What documents and Terraform take from the rights and the secrets of the processes."""

from __future__ import annotations

import json
from collections.abc import Mapping

from archive.rights import RIGHTS, Rights
from runtime.settings.group import variable
from runtime.settings.kinds import Secret
from runtime.settings.settings import Settings, fields_of
from tests.unit.docs.tables import table

VERBS_OF_S3 = Rights._fields


def rights_table() -> str:
    """What each process does with the bucket."""
    names = {"programs": "receiver with `API_TOKEN`, besides"}
    rows = [
        (names.get(who, who), *(_patterns(getattr(rights, verb)) for verb in VERBS_OF_S3))
        for who, rights in RIGHTS.items()
    ]
    return table(("process", *VERBS_OF_S3), rows)


def _patterns(told: tuple[str, ...] | bool) -> str:  # noqa: FBT001 - a right that has no patterns
    if isinstance(told, bool):
        return "yes" if told else ""
    return ", ".join(f"`{pattern}`" for pattern in told)


def rights_json() -> str:
    """The same for Terraform."""
    return json.dumps({who: rights._asdict() for who, rights in RIGHTS.items()}, indent=2) + "\n"


def secrets_json(processes: Mapping[str, type[Settings]]) -> str:
    """Which secret settings each process reads, for Terraform."""
    told = {
        name.removeprefix("the "): [
            variable(field)
            for field in fields_of(kind)
            if getattr(field.type, "__origin__", field.type) is Secret
        ]
        for name, kind in processes.items()
    }
    return json.dumps(told, indent=2) + "\n"
