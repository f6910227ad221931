"""The `fixative` command. The composition root: the only place of the console that reads the environment.

Exit codes: 0 done, 1 found problems, 2 usage (also refused settings), 130 interrupted.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

import click

from archive.errors import (
    BucketUnavailable,
    FixativeError,
    IndexUnusable,
    MalformedRecord,
    NewerRecord,
    NotUnderstood,
    QueueUnavailable,
    SettingsRefused,
)
from archive.library.survey.notes import NotesUnusable
from archive.printable import one_line
from archive.rolled.tables import TableTrouble
from console.cli.gateways import declare_gateways
from console.cli.interrupts import INTERRUPTS
from console.cli.local_stack import StackStopped
from console.cli.output import open_closed
from runtime.environment import tidy
from runtime.heartbeat import our_build
from runtime.settings.every import names

Result = TypeVar("Result")

PROBLEMS, USAGE, INTERRUPTED = 1, 2, 130

# These look at the file of gateways themselves, whatever is wrong with it.
_WITHOUT_GATEWAYS = {"doctor", "learn"}

# What `fixative --help` says of each verb, so that it need not import them all.
VERBS = {
    "url": "Mint a callback URL to give to a provider.",
    "submit": "Submit a request to a provider, and tell what was ordered.",
    "fetch": "Archive tasks by their ids, without any callback.",
    "ls": "List tasks, the newest first.",
    "search": "Find tasks by the words of their prompts.",
    "waiting": "List what is not kept yet: why, next try, when its link dies.",
    "show": "Show all that is known of one task.",
    "open": "Open the console, or an image of a task in this machine's viewer.",
    "link": "Print links to a task's images, for others to open.",
    "whence": "Name the task that a file is an image of.",
    "get": "Copy images to a folder, checksums checked.",
    "export": "Write tasks as a table for other programs: CSV, JSON or Parquet.",
    "failed": "List what was given up, what is incomplete, and findings.",
    "replay": "Make due again what was given up.",
    "dismiss": "Close what nobody will replay, and say why.",
    "trigger": "Send a true callback to a receiver, and follow it.",
    "user": "Make an entry of CONSOLE_USERS for who signs in at the console.",
    "learn": "Propose how to read a gateway's callbacks, from one of them.",
    "index": "Make, or bring up to date, the index on this machine.",
    "doctor": "Check settings, Redis, S3, worker, receiver and clock.",
    "fsck": "Hold every manifest against the objects that it names, and the catalogue against the manifests.",
}


class Trouble(click.ClickException):
    """Expected trouble: one sentence, no traceback."""

    exit_code = PROBLEMS

    def __init__(self, message: str) -> None:
        super().__init__(one_line(message))


class VerbRefused(click.ClickException):
    """What was asked for, or the settings, make no sense."""

    exit_code = USAGE


class Verbs(click.Group):
    """The verbs, each imported when it is run; our own errors become sentences and exit codes."""

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """Read the words before the verb."""
        with _safe_sentences():
            return super().make_context(*args, **kwargs)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The verbs in the order in which people meet them."""
        del ctx
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The verb of this name."""
        del ctx
        if cmd_name not in VERBS:
            return None
        command: click.Command = importlib.import_module(f"console.cli.verbs.{cmd_name}").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of verbs in the help."""
        del ctx
        with formatter.section("Verbs"):
            formatter.write_dl(list(VERBS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        """Run a verb."""
        with _safe_sentences():
            return _with_sentences(lambda: super(Verbs, self).invoke(ctx), ctx)


@contextlib.contextmanager
def _safe_sentences() -> Iterator[None]:
    """What a verb ends with may hold a stranger's text, or words that somebody was given to paste."""
    try:
        yield
    except click.ClickException as error:
        said = io.StringIO()
        error.show(said)
        if isinstance(error, click.NoSuchOption):
            said.write("A task id that begins with a dash: say provider/id, or -- before it.\n")
        _say(said.getvalue())
        raise click.exceptions.Exit(error.exit_code) from error


def _with_sentences(run: Callable[[], Result], ctx: click.Context) -> Result:
    """Run; turn expected trouble into a sentence with its exit code."""
    try:
        return run()
    except FixativeError as error:
        sentence = _in_a_sentence(error)
        if sentence is None:
            raise
        raise sentence from error
    except OSError as error:
        if isinstance(error, BrokenPipeError):
            raise
        raise Trouble(f"{error.filename or 'This machine'}: {error.strerror or error}") from error
    except (KeyboardInterrupt, click.Abort):
        click.echo("\nInterrupted. What was written so far holds, and nothing is half done.", err=True)
        ctx.exit(INTERRUPTED)


# The narrower first; `{0}` is what the error says, `{1}` its detail alone.
_SENTENCES: tuple[tuple[type[FixativeError], type[click.ClickException], str], ...] = (
    (NotUnderstood, click.UsageError, "{0}"),
    (SettingsRefused, VerbRefused, "{0}"),
    (StackStopped, Trouble, "{0}"),
    (BucketUnavailable, Trouble, "S3 did not take or give an object: {1}. Try `fixative doctor`."),
    (QueueUnavailable, Trouble, "Redis did not answer: {1}. Try `fixative doctor`."),
    (
        NewerRecord,
        Trouble,
        "A newer version of Fixative wrote what is asked for, and this one leaves it alone: {1}. Ask with that version.",
    ),
    (IndexUnusable, Trouble, "{0}"),
    (NotesUnusable, Trouble, "{0}"),
    (TableTrouble, Trouble, "A table of Parquet could not be read or written on this machine: {0}"),
    (MalformedRecord, Trouble, "An object of ours cannot be read: {0}"),
)


def _in_a_sentence(error: FixativeError) -> click.ClickException | None:
    """Expected trouble as a verb ends with it; None for what is not expected."""
    for kind, ending, sentence in _SENTENCES:
        if isinstance(error, kind):
            return ending(sentence.format(error, getattr(error, "detail", "")))
    return None


@click.command(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--env",
    "env_file",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Read the settings from this file of NAME=value lines.",
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=lambda ctx, _, asked: _tell_version(ctx) if asked else None,
    help="Show the version and exit.",
)
@click.pass_context
def cli(ctx: click.Context, env_file: Path | None) -> None:
    """Keep what image providers generate: look at it, fetch it, replay what failed.

    Settings come from the environment (S3_BUCKET, S3_ENDPOINT, S3_PREFIX, REDIS_URL, TICKET_KEYS, PUBLIC_URL
    and the usual AWS variables); when S3_BUCKET is not set, from the local stack's ./var/stack.env.

    Exit codes: 0 done, 1 found problems, 2 usage.
    """
    tidy(os.environ, names())
    ctx.obj = (os.environ, env_file)
    declare_gateways(os.environ, env_file, refuse=ctx.invoked_subcommand not in _WITHOUT_GATEWAYS)


def _tell_version(ctx: click.Context) -> None:
    click.echo(f"fixative, version {our_build()}")
    ctx.exit()


def main() -> None:
    """Run the command."""
    sys.excepthook = _tell_fault
    open_closed()
    INTERRUPTS.listen()
    cli(prog_name="fixative")


def _tell_fault(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """A fault of ours, with its traceback; its message may hold anything."""
    _say("".join(traceback.format_exception(kind, error, trace)))


def _say(text: str) -> None:
    """Lines on standard error, each made safe."""
    for line in text.rstrip("\n").split("\n"):
        click.echo(one_line(line), err=True)
