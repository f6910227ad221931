"""The gateways that a run of the command knows: of the file that the variables of its deployment name."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from archive.errors import SettingsRefused
from console.cli import stack_file
from runtime.environment import said
from runtime.gateways import VARIABLE, declare


def declare_gateways(environment: Mapping[str, str], env_file: Path | None, *, refuse: bool) -> None:
    """Declare them before a verb looks for providers; where that is not to be refused, none are had of a file that is wrong.

    Raises:
        SettingsRefused: with every mistake in the file.
        UsageError: if a file of variables cannot be read.
    """
    told = dict(environment)
    if env_file is not None:
        told |= stack_file.read(env_file)
    elif not said(told, "S3_BUCKET") and not said(told, VARIABLE) and stack_file.STACK_FILE.is_file():
        told |= stack_file.read(stack_file.STACK_FILE)
    try:
        declare(told)
    except SettingsRefused:
        if refuse:
            raise
        declare({})
