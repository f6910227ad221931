"""The options that verbs share, and the desk that a verb opens with them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, get_args

import click

from archive.library.place import Place
from archive.library.query import TaskStatus
from archive.library.span import Span, span_of
from archive.reasons import Reason
from archive.records.asset import FindingKind
from console.cli.desk import Desk
from console.cli.output import Output
from providers.registry import PROVIDERS

P = ParamSpec("P")
R = TypeVar("R")
F = TypeVar("F", bound=Callable[..., Any])

Decorator = Callable[[F], F]

_BETWEEN_WORDS = re.compile("[_-]")


class Sentence(click.UsageError):
    """A usage error that needs no usage line above it."""

    def show(self, file: Any = None) -> None:
        """Print the sentence alone."""
        click.echo(f"Error: {self.format_message()}", file=file, err=True)


def with_desk(verb: Callable[Concatenate[Desk, P], R]) -> Callable[P, R]:
    """Give a verb its desk, and the option `--json`."""

    @click.option("--json", "as_json", is_flag=True, help="JSON on standard output, and nothing else.")
    @click.pass_context
    @wraps(verb)
    def run(ctx: click.Context, /, *args: P.args, **kwargs: P.kwargs) -> R:
        environment, env_file = ctx.obj
        as_json = bool(kwargs.pop("as_json"))
        return verb(Desk(environment, env_file, Output(json=as_json)), *args, **kwargs)

    return run


class _Filled(click.ParamType[str]):
    """Words of a filter. What is empty, as an unset variable of a shell, would choose all or nothing."""

    name = "text"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The words, if there are any."""
        if not value.strip():
            self.fail("it is empty; leave it out, or say what is meant", param, ctx)
        return value


FILLED = _Filled()


class _Provider(click.Choice[str]):
    """A provider's name, as they are when somebody says it: gateways are declared after the verbs are made."""

    def __init__(self, more: tuple[str, ...]) -> None:
        super().__init__([*PROVIDERS, *more])
        self._more = more

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The name, if there is such a provider."""
        self.choices = (*PROVIDERS, *self._more)
        return super().convert(value, param, ctx)

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str | None:
        """The names, for the help."""
        self.choices = (*PROVIDERS, *self._more)
        return super().get_metavar(param, ctx)


def known_provider(*more: str) -> click.Choice[str]:
    """A provider's name."""
    return _Provider(more)


def span_options(verb: F) -> F:
    """--since, --until: a stretch of time."""
    verb = click.option(
        "--until", type=FILLED, metavar="WHEN", help="Up to: the same; a date is meant with its whole day."
    )(verb)
    return click.option(
        "--since",
        type=FILLED,
        metavar="WHEN",
        help="From: 2026-11-21, 2026-11-21T07:41, 2h or 3d ago, today. UTC.",
    )(verb)


def catalogue_options(verb: F, more: tuple[str, ...] = ()) -> F:
    """The filters of tasks."""
    for option in reversed(
        (
            click.option(
                "--day", type=FILLED, metavar="DATE", help="One day: 2026-11-21, today, yesterday. UTC."
            ),
            span_options,
            click.option("--provider", type=known_provider(), help="This provider's tasks."),
            click.option(
                "--model", type=FILLED, metavar="NAME", help="This model's tasks; * stands for anything."
            ),
            click.option("--status", type=click.Choice([*get_args(TaskStatus), *more])),
            click.option("--label", type=FILLED, help="Tasks with this label; * stands for anything."),
            click.option("--finding", type=click.Choice([*get_args(FindingKind), "any"])),
            click.option(
                "--size", type=FILLED, metavar="SIZE", help="An image of this size, or ordered so: 1024x1024."
            ),
            click.option("--unsafe/--safe", default=None, help="What the provider flagged, or cleared."),
            click.option(
                "--cost-from",
                type=float,
                metavar="N",
                help="It cost so much or more, as its provider counts.",
            ),
            click.option("--cost-to", type=float, metavar="N", help="Or less."),
        )
    ):
        verb = option(verb)
    return verb


def dead_options(verb: F) -> F:
    """The filters of the dead letters."""
    for option in reversed(
        (
            span_options,
            click.option(
                "--reason", metavar="SLUG", callback=reason_of, help="Given up for this reason: source_gone."
            ),
            click.option("--provider", type=known_provider("unknown"), help="This provider's tasks."),
            click.option("--label", type=FILLED, help="Tasks with this label; * stands for anything."),
        )
    ):
        verb = option(verb)
    return verb


def paging_options(verb: F) -> F:
    """--limit, --after: a page of a list."""
    verb = click.option(
        "--after",
        metavar="PLACE",
        callback=_place,
        help="What comes after this place, as the page before it says.",
    )(verb)
    return click.option(
        "--limit", type=click.IntRange(1, 100_000), metavar="N", help="The newest N of them."
    )(verb)


def _place(_ctx: click.Context, _option: click.Parameter, value: str | None) -> Place | None:
    return Place.read(value) if value is not None else None


def read_span(since: str | None, until: str | None, day: str | None, now: datetime) -> Span:
    """The span that the options say; a usage error for what is none."""
    try:
        return span_of(since, until, day, now)
    except ValueError as error:
        raise Sentence(str(error)) from error
    except OverflowError as error:
        raise Sentence("--since or --until is further away than there are dates") from error


def reason_of(_ctx: click.Context, _option: click.Parameter, value: str | None) -> str | None:
    """A reason's slug; a usage error for what is none, with those that are like it."""
    if value is not None and value not in set(Reason):
        near = [reason for reason in Reason if set(_BETWEEN_WORDS.split(value)) & set(reason.split("_"))]
        raise click.BadParameter(f"{value!r} is none of: {', '.join(near or Reason)}")
    return value
