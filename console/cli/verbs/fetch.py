"""`fixative fetch`: archive tasks by their ids, without any callback."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from archive.errors import ApiTrouble, FixativeError, Unreadable
from archive.library import naming
from archive.store.bucket import Bucket
from archive.store.inbox import enter
from console.cli import words
from console.cli.desk import Desk
from console.cli.options import FILLED, Sentence, known_provider, read_span, with_desk
from console.cli.table import Column
from console.cli.verbs import Trouble
from console.submitting.asking import Asked, ask_for, batches_of, ended_since
from console.submitting.task_apis import open_task_api
from egress.aside import Aside
from egress.task_api import TaskApi
from providers.registry import FIRST, PROVIDERS
from runtime.settings.egress import EgressSettings
from runtime.settings.queue import QueueSettings
from runtime.settings.settings import Settings
from runtime.settings.store import StoreSettings
from runtime.settings.task_apis import TaskApis


class Fetching(Settings, frozen=True):
    """What the verb needs."""

    store: StoreSettings
    queue: QueueSettings
    task_apis: TaskApis
    egress: EgressSettings


# More names than people type come from a list, and are whole.
TYPED_MOST = 5
COLUMNS = (Column("task", lead=True), Column("outcome", lead=True), Column("detail"))


@click.command()
@click.argument("tasks", nargs=-1, metavar="TASK...")
@click.option("--provider", type=known_provider(), help=f"Whose tasks. [{FIRST.name}]")
@click.option(
    "--since", type=FILLED, metavar="WHEN", help="All of the account's tasks since then: 24h, 2026-11-21."
)
@with_desk
def command(desk: Desk, /, *, tasks: tuple[str, ...], provider: str | None, since: str | None) -> None:
    """Ask the provider for tasks (ids, or provider/id), and keep what they made.

    Of up to five that are known here (ordered, waiting, given up), a unique beginning is enough, or `last`.
    --since walks the provider's own list of tasks, and passes over those that are here. The answers enter the
    inbox; workers do the rest. Exit code 1: a task is unknown, or its answer unreadable.
    """
    if bool(tasks) == (since is not None):
        raise Sentence("fetch: either TASK..., or --since WHEN")
    for text in tasks:
        _read(text, provider)
    settings = desk.settings(Fetching)
    bucket = desk.open_bucket(settings.store)
    named = _named(_whole(bucket, tasks), provider)
    asked: list[Asked] = []
    problem: FixativeError | None = None
    try:
        if since is not None:
            named = _listed(settings, provider or FIRST.name, since, bucket.now())
        with TemporaryDirectory(prefix="fixative-") as folder:
            aside = Aside(bucket, Path(folder))
            for name, task_ids in named.items():
                asked.extend(ask_for(bucket, _api(settings, name, aside), PROVIDERS[name], task_ids))
    except (ApiTrouble, Unreadable) as error:
        problem = error
    _enter(desk, settings, bucket, asked)
    _tell(desk, asked)
    if problem is not None:
        raise Trouble(f"{problem}. What was asked for before that is on its way.") from problem
    if not all(each.good for each in asked):
        raise Trouble("not all could be had: see above")


def _whole(bucket: Bucket, tasks: tuple[str, ...]) -> list[str]:
    """The tasks by their whole ids, as far as they are known here."""
    if len(tasks) > TYPED_MOST:
        return list(tasks)
    return [str(naming.meant(bucket, text, PROVIDERS) or text) for text in tasks]


def _listed(settings: Fetching, name: str, since: str, now: datetime) -> dict[str, list[str]]:
    """The ids of the provider's list. Raises ApiTrouble, Unreadable."""
    provider = PROVIDERS[name]
    if provider.wire.tasks is None:
        raise Sentence(f"--since: {provider.title} has no list of tasks; name them")
    start = read_span(since, None, None, now).since
    assert start is not None
    return {name: list(ended_since(_api(settings, name), provider, start))}


def _api(settings: Fetching, provider: str, aside: Aside | None = None) -> TaskApi:
    return open_task_api(settings.task_apis, settings.egress, provider, aside)


def _enter(desk: Desk, settings: Fetching, bucket: Bucket, asked: list[Asked]) -> None:
    """Put what was told into the inbox."""
    deliveries = [each.delivery for each in asked if each.delivery is not None]
    if deliveries:
        doorbell = desk.open_doorbell(settings.store, settings.queue)
        for short in (True, False):
            some = [each for each in deliveries if PROVIDERS[each.provider].lives_short is short]
            for batch in batches_of(some):
                enter(bucket, doorbell, batch, short=short)


def _named(tasks: list[str], provider: str | None) -> dict[str, list[str]]:
    """The ids by provider, each once, in their order."""
    named: dict[str, list[str]] = {}
    for text in dict.fromkeys(tasks):
        name, task_id = _read(text, provider)
        named.setdefault(name, []).append(task_id)
    return named


def _read(text: str, provider: str | None) -> tuple[str, str]:
    """The provider and the id that a name says. Ids may hold slashes: then the provider is said too, or `--provider`."""
    said, task_id = naming.readings_of(text, PROVIDERS)[0]
    if (said and provider not in {None, said}) or (not said and "/" in task_id and provider is None):
        raise Sentence(f"{text}: its provider is not {provider or ' or '.join(PROVIDERS)}")
    return said or provider or FIRST.name, task_id


def _tell(desk: Desk, asked: list[Asked]) -> None:
    if desk.output.json:
        desk.output.array(
            {
                "provider": each.provider,
                "task_id": each.task_id,
                "outcome": each.outcome,
                "detail": each.detail,
            }
            for each in asked
        )
        return
    rows = [[f"{each.provider}/{each.task_id}", each.outcome, words.short(each.detail)] for each in asked]
    desk.output.table(COLUMNS, rows)
    entered = sum(each.outcome == "entered" for each in asked)
    desk.output.say(f"{words.counted(entered, 'task')} on the way, of {len(asked):,} asked for")
