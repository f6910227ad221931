"""`fixative learn`: how a gateway's callbacks may be read, proposed from one of them or several."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import click
import msgspec

from archive.errors import Unreadable
from archive.records.notification import Notification, without_query
from console.cli.desk import Desk
from console.cli.options import Sentence, with_desk
from console.cli.output import Output
from console.cli.verbs import PROBLEMS
from providers.generic.declared import FILE_MAX_BYTES, NotDeclared, gateways_in
from providers.generic.learning import BODY_MAX_BYTES, Learnt
from providers.generic.learning_more import learn_all
from providers.generic.making import provider_of
from providers.generic.toml_text import toml_of
from providers.provider import Provider

UNREAD = "cannot be read"


@click.command()
@click.argument("bodies", type=click.File("rb"), metavar="BODY.json...", nargs=-1, required=True)
@click.option("--name", default="", metavar="NAME", help="The gateway's name in callback URLs. [by its host]")
@click.option(
    "--mapping",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Show what the gateways of this file read in the body, and propose nothing.",
)
@with_desk
def command(desk: Desk, /, *, bodies: tuple[BinaryIO, ...], name: str, mapping: Path | None) -> None:
    """Propose how to read a gateway's callbacks: TOML for GATEWAYS_FILE, from the body of a completed task.

    More bodies make one mapping with it: that of a failed task tells its word and where the error stands. Above the TOML stands
    what is uncertain, and where the bodies contradict each other; what it would read in each is told beside it. BODY.json may be
    `-` for standard input. Nothing is sent, and no setting is needed. Exit code 1: with --mapping, no gateway reads one of them.
    """
    told = [body.read(BODY_MAX_BYTES + 1) for body in bodies]
    if mapping is not None:
        _show_readings(desk.output, _providers_in(mapping, name), told)
        return
    learnt = learn_all(told, name)
    reads = [_reading(provider_of(learnt.gateway), body) for body in told]
    if len(told) == 1 and UNREAD in reads[0]:
        raise Sentence(f"a mapping was found, and does not read the body: {reads[0][UNREAD]}")
    if desk.output.json:
        desk.output.object(_as_json(learnt, reads))
        return
    click.echo(toml_of(learnt.gateway, learnt.uncertain), nl=False)
    for place, facts in enumerate(reads, 1):
        desk.output.say(f"\nWhat it reads in {'this body' if len(told) == 1 else f'body {place}'}:")
        for fact, value in facts.items():
            desk.output.say(f"  {fact:<11} {value}")


def _providers_in(path: Path, name: str) -> list[Provider]:
    """The gateways of a file, or the one that is named."""
    try:
        with path.open("rb") as file:
            text = file.read(FILE_MAX_BYTES).decode()
        made = {name: provider for name, (_, provider) in gateways_in(text).items()}
    except UnicodeDecodeError as error:
        raise Sentence(f"{path} is no UTF-8") from error
    except NotDeclared as error:
        raise Sentence("\n".join(f"{path}: {problem}" for problem in error.problems)) from error
    if name and name not in made:
        raise Sentence(f"{path} declares no {name}; there are {', '.join(made)}")
    return [made[name]] if name else list(made.values())


def _show_readings(output: Output, providers: list[Provider], bodies: list[bytes]) -> None:
    """What each of them reads in each body."""
    read = [
        [{"gateway": provider.name, **_reading(provider, body)} for provider in providers] for body in bodies
    ]
    if output.json:
        output.array(each for of_body in read for each in of_body)
    else:
        for each in (each for of_body in read for each in of_body):
            output.pairs(each.items())
    if any(all(UNREAD in each for each in of_body) for of_body in read):
        raise click.exceptions.Exit(PROBLEMS)


def _reading(provider: Provider, body: bytes) -> dict[str, str]:
    """What a provider's reader says of a body, in words, or why it does not; links without their query."""
    try:
        return dict(_told(provider.read(body)))
    except Unreadable as error:
        return {UNREAD: f"{error.reason}: {error.detail}"}


def _told(told: Notification) -> Iterator[tuple[str, str]]:
    yield "id", told.task_id
    yield "status", told.status
    for place, source in enumerate(told.sources):
        yield f"link {place}", without_query(source)
    if told.error is not None:
        yield "error", f"{told.error.code}: {told.error.message}"
    if told.model is not None:
        yield "model", told.model
    for name, moment in (("created", told.created_at), ("ended", told.ended_at)):
        if moment is not None:
            yield name, moment.isoformat()
    if told.forgave:
        yield "forgiven", ", ".join(told.forgave)


def _as_json(learnt: Learnt, reads: list[dict[str, str]]) -> dict[str, Any]:
    return {
        "toml": toml_of(learnt.gateway),
        "gateway": msgspec.to_builtins(learnt.gateway),
        "reads": reads[0],
        "others": reads[1:],
        "uncertain": learnt.uncertain,
        "candidates": {
            fact: [each._asdict() for each in candidates] for fact, candidates in learnt.candidates.items()
        },
    }
