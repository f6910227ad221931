"""A file of variables, such as the local stack leaves in `var/stack.env`: lines of NAME=value."""

from __future__ import annotations

import re
from collections.abc import Mapping, MutableMapping
from pathlib import Path

from click import UsageError

from archive.environment import tidy

STACK_FILE = Path("var/stack.env")

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def read(path: Path) -> dict[str, str]:
    """The variables of a file; a UsageError names the line that is none."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no UTF-8"
        raise UsageError(f"{path} cannot be read: {why}. Expected: a file of NAME=value lines.") from error
    told = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, equals, value = line.strip().partition("=")
        if not equals or not _NAME.fullmatch(name):
            # The line itself is not shown: it may hold a secret.
            raise UsageError(f"{path}, line {number} is not NAME=value.")
        told[name] = value
    return told


def adopt(environment: MutableMapping[str, str], told: Mapping[str, str]) -> None:
    """Let a file's variables stand in the environment, over what stands there.

    With its credentials come its alone: a session token or profile of the shell's would be sent along.
    """
    if "AWS_ACCESS_KEY_ID" in told:
        for name in [name for name in environment if name.startswith("AWS_")]:
            del environment[name]
    environment.update(told)
    tidy(environment, told)
