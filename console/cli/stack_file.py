"""A file of variables, such as the local stack leaves in `var/stack.env` (`runtime.env_file` has the rules)."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from pathlib import Path

from click import UsageError

from runtime import env_file
from runtime.environment import tidy

STACK_FILE = Path("var/stack.env")


def read(path: Path) -> dict[str, str]:
    """The variables of a file; a UsageError names the line that is none."""
    try:
        text = path.read_bytes().decode()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no UTF-8"
        raise UsageError(f"{path} cannot be read: {why}. Expected: a file of NAME=value lines.") from error
    try:
        return env_file.read(text)
    except env_file.NoVariables as error:
        raise UsageError(f"{path}, {error}.") from error


def adopt(environment: MutableMapping[str, str], told: Mapping[str, str]) -> None:
    """Let a file's variables stand in the environment, over what stands there.

    With its credentials come its alone: a session token or profile of the shell's would be sent along.
    """
    if "AWS_ACCESS_KEY_ID" in told:
        for name in [name for name in environment if name.startswith("AWS_")]:
            del environment[name]
    environment.update(told)
    tidy(environment, told)
