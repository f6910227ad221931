"""What verbs that change many things at a time share: which are meant, when people are asked first, what is left out."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click

from console.cli.options import Sentence, dead_options
from console.cli.output import Output
from console.cli.table import Column

F = TypeVar("F", bound=Callable[..., Any])

# More than this is asked about first, and is not waited for unless that is said.
MOST_UNASKED = 10
WHY_MAX_CHARACTERS = 500
LEFT_OUT = (Column("left out", lead=True), Column("reason"), Column("why"))


def letters_options(verb: F) -> F:
    """TASK, or all dead letters that pass a filter."""
    verb = dead_options(verb)
    verb = click.option(
        "--all", "everything", is_flag=True, help="Everything that matches the filter; without one, all."
    )(verb)
    return click.argument("tasks", nargs=-1, metavar="[TASK]...")(verb)


def ask_before_many(output: Output, count: int, verb: str, done: str, *, yes: bool) -> None:
    """Ask before many are changed; where nobody can answer, refuse. `done` is the verb as it was done: replayed."""
    if yes or count <= MOST_UNASKED:
        return
    if output.json or not sys.stdin.isatty():
        raise Sentence(f"{count:,} would be {done}: say --yes (or --dry-run to see them)")
    click.confirm(f"{verb} {count:,}?", abort=True, err=True)
