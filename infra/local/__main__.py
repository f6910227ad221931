"""The command: `python -m infra.local`."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import sys
from dataclasses import replace
from pathlib import Path

from archive.errors import SettingsRefused
from infra.local import older
from infra.local import options as command_line
from infra.local.command import short
from infra.local.ending import Ending
from infra.local.errors import Interrupted, LocalError
from infra.local.stack import running
from infra.local.welcome import text_of
from runtime.environment import tidy
from runtime.gateways import declare
from runtime.settings.every import names

# What a folder does that cannot be written.
_FOLDER_TROUBLE = (
    errno.EACCES,
    errno.EPERM,
    errno.EROFS,
    errno.ENOSPC,
    errno.EDQUOT,
    errno.ENOTDIR,
    errno.EEXIST,
)


def main() -> int:
    """Run until SIGTERM or SIGINT: exit code 0. 1: it could not start, and says why. 2: the command line."""
    tidy(os.environ, names())
    try:
        declare(os.environ)
    except SettingsRefused as refusal:
        _say(str(refusal))
        return 2
    options = command_line.read(sys.argv[1:], os.environ)
    if found := older.left_over(options.environment, options.data):
        _say(older.told(found))
        shell = {name: value for name, value in options.environment.items() if name not in found}
        options = replace(options, environment=shell)
    ending = Ending()
    try:
        with ending.on_signals():
            if not options.json:
                console = " and console" if options.console else ""
                _say(
                    f"Starting Redis, S3, receiver, worker{console} in {short(options.data, Path.cwd())} ..."
                )
            with running(options, ending, _say) as stack:
                ready = (
                    json.dumps(stack.as_json())
                    if options.json
                    else text_of(stack, Path.cwd(), options.environment)
                )
                sys.stdout.write(f"{ready}\n")
                sys.stdout.flush()
                stack.keeper.keep()
                if not options.json:
                    _say(
                        "\nStopping: console, receiver, worker, S3, Redis. Ctrl-C again does not wait for them."
                    )
    except Interrupted:
        return 0
    except LocalError as error:
        _say(str(error))
        return 1
    except OSError as error:
        if error.errno not in _FOLDER_TROUBLE:
            raise
        _say(
            f"{error.filename or options.data}: {error.strerror}. The stack keeps its data in {options.data}: "
            "let it be written there, and have room; or name another folder with --data."
        )
        return 1
    return 0


def _say(text: str) -> None:
    """Tell it on standard error; nobody may be left to listen."""
    with contextlib.suppress(OSError):
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
