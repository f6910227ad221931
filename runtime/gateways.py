"""The file in which an operator declares gateways, read and checked; each process declares them when it begins.

A change of the file is had by a restart, as a change of any setting.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec

from archive.errors import SettingsRefused
from providers.generic.declared import FILE_MAX_BYTES, NotDeclared, gateways_in
from providers.provider import Provider
from providers.registry import PROVIDERS
from runtime.environment import said

VARIABLE = "GATEWAYS_FILE"


class Declared(NamedTuple):
    """The gateways of a file, and a digest of what they say."""

    providers: tuple[Provider, ...] = ()
    digest: str = ""


def declare(environment: Mapping[str, str]) -> None:
    """Have the gateways of the file that the environment names beside the built-in providers; without one, none.

    Called by each composition root before it reads its settings, as gateways have settings of their own.

    Raises:
        SettingsRefused: with every mistake in the file, by line and field.
    """
    PROVIDERS.declare(*read_gateways(said(environment, VARIABLE)))


def read_gateways(path: str) -> Declared:
    """What a file declares; an empty path declares nothing. Raises SettingsRefused."""
    if not path:
        return Declared()
    try:
        made = gateways_in(_text_of(Path(path)), PROVIDERS.built_in)
    except OSError as error:
        raise SettingsRefused(
            [
                f"{VARIABLE} names {path}, which cannot be read: {error.strerror}. Expected: the path of a TOML file"
            ]
        ) from error
    except UnicodeDecodeError as error:
        raise SettingsRefused(
            [f"{VARIABLE} names {path}, which is no UTF-8. Expected: a TOML file"]
        ) from error
    except NotDeclared as error:
        raise SettingsRefused(
            [f"{VARIABLE} ({path}): {problem}. Expected: see docs/generic.md" for problem in error.problems]
        ) from error
    told = msgspec.json.encode([gateway for gateway, _ in made.values()])
    return Declared(tuple(provider for _, provider in made.values()), hashlib.sha256(told).hexdigest()[:16])


def _text_of(path: Path) -> str:
    """What stands in a file. Raises OSError, UnicodeDecodeError, NotDeclared, where it is too large."""
    with path.open("rb") as file:
        content = file.read(FILE_MAX_BYTES + 1)
    if len(content) > FILE_MAX_BYTES:
        raise NotDeclared([f"it is larger than {FILE_MAX_BYTES:,} bytes"])
    return content.decode()
