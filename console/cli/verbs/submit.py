"""`fixative submit`: submit a request to a provider, and tell Fixative what was ordered, in one go."""

from __future__ import annotations

import re
import shlex
from typing import BinaryIO
from urllib.parse import urlsplit

import click
from ulid import ULID

from archive.errors import FixativeError, Unreadable
from archive.records.order import LABEL, Order
from archive.records.told_order import ToldOrder, delivery_of
from archive.store.bucket import Bucket
from archive.store.inbox import enter
from console.cli.desk import Desk
from console.cli.options import Sentence, known_provider, with_desk
from console.cli.verbs import PROBLEMS, Trouble
from console.replays.replaying import who
from console.submitting import callback_url, submission
from console.submitting.awaiting import Ended, awaited
from console.submitting.minting import Minting
from console.submitting.submission import NotSubmitted, Request
from console.submitting.task_apis import open_task_api
from providers.registry import PROVIDERS
from runtime.settings.egress import EgressSettings
from runtime.settings.queue import QueueSettings
from runtime.settings.signatures import SignatureGroups
from runtime.settings.store import StoreSettings
from runtime.settings.task_apis import TaskApis

# Providers take a minute or two; a queue at theirs, longer.
WAIT_S = 600.0
# A prompt of 60,000 bytes and sixteen links are far less.
REQUEST_MAX_BYTES = 1_048_576
_IDEMPOTENCY_KEY = re.compile(r"[A-Za-z0-9._-]{16,96}")


class Submitting(Minting, frozen=True):
    """What the verb needs."""

    store: StoreSettings
    queue: QueueSettings
    task_apis: TaskApis
    signatures: SignatureGroups
    egress: EgressSettings


@click.command()
@click.argument("file", type=click.File("rb"))
@click.option("--provider", type=known_provider(), required=True, help="Whom to submit it to.")
@click.option("--label", help="A name to find the task by: campaign/spring.")
@click.option(
    "--idempotency-key", metavar="KEY", help="That of an earlier try, so that nothing is paid twice."
)
@click.option("--wait", is_flag=True, help="Wait until the task has ended; exit code 1 if not all is kept.")
@click.option("--timeout", type=click.FloatRange(0, 86_400), default=WAIT_S, show_default=True, metavar="S",
              help="How long --wait waits.")  # fmt: skip
@with_desk
def command(
    desk: Desk,
    /,
    *,
    file: BinaryIO,
    provider: str,
    label: str | None,
    idempotency_key: str | None,
    wait: bool,
    timeout: float,
) -> None:
    """Submit the request in FILE (JSON; - reads standard input) with a callback URL of this receiver.

    Fixative is told of the order as well, so that the images are kept even if the callback is lost.
    """
    request, order = _request(file, provider, label)
    if idempotency_key is not None and not _IDEMPOTENCY_KEY.fullmatch(idempotency_key):
        raise Sentence("--idempotency-key has 16 to 96 letters, digits and . _ -")
    settings = desk.settings(Submitting)
    api = open_task_api(settings.task_apis, settings.egress, provider)
    bucket = desk.open_bucket(settings.store)
    url = _callback_url(desk, settings, provider, order, label)
    try:
        task_id, task_url = submission.submit(
            api,
            PROVIDERS[provider],
            request,
            callback_url=url,
            idempotency_key=idempotency_key or submission.new_idempotency_key(),
            secret=settings.signatures.secret(provider),
        )
    except NotSubmitted as error:
        raise Trouble(f"not submitted: {error}") from error
    told = ToldOrder(
        task_id=task_id, request=request, label=label, who=f"fixative submit, {who()}", task_url=task_url
    )
    problem = _tell(desk, settings, bucket, provider, told)
    if problem is None and wait:
        desk.output.say(f"{provider}/{task_id} is submitted. Ctrl-C ends the waiting, and nothing else.")
        ended = awaited(desk.output, bucket, provider, task_id, timeout)
        _say(desk, provider, task_id, url, problem, ended)
        return
    _say(desk, provider, task_id, url, problem)


def _request(file: BinaryIO, provider: str, label: str | None) -> tuple[Request, Order]:
    """The request, and what it orders in our words."""
    if label is not None and not LABEL.fullmatch(label):
        raise Sentence(f"--label {label!r}: letters, digits and . _ / - , a letter or digit first")
    body = file.read(REQUEST_MAX_BYTES + 1)
    if len(body) > REQUEST_MAX_BYTES:
        raise Sentence(f"the request has more than {REQUEST_MAX_BYTES} bytes")
    try:
        return submission.read_request(body), PROVIDERS[provider].read_order(body)
    except (ValueError, Unreadable) as error:
        raise Sentence(f"that is no request: {error}") from error


def _callback_url(desk: Desk, settings: Submitting, provider: str, order: Order, label: str | None) -> str:
    public_url, claims = settings.address.public_url, submission.claims_of(order, label)
    url = callback_url.mint_url(public_url, provider, claims, settings.keys.keys)
    why = callback_url.refusal(url)
    local = callback_url.is_local_stack(public_url, settings.listening)
    if why and local and len(url) <= callback_url.URL_MAX_CHARACTERS:
        desk.output.say("note: this is the local stack's address; only a simulator can reach it")
    elif why:
        raise Sentence(f"PUBLIC_URL would be refused by the provider: {why}")
    return url


def _tell(
    desk: Desk, settings: Submitting, bucket: Bucket, provider: str, told: ToldOrder
) -> FixativeError | None:
    """Put the order into the inbox; the trouble, if that fails."""
    now = bucket.now()
    delivery = delivery_of(told, provider, delivery_id=str(ULID.from_datetime(now)), now=now)
    try:
        short = PROVIDERS[provider].lives_short
        enter(bucket, desk.open_doorbell(settings.store, settings.queue), [delivery], short=short)
    except FixativeError as error:
        return error
    return None


def _say(
    desk: Desk,
    provider: str,
    task_id: str,
    url: str,
    problem: FixativeError | None,
    ended: Ended | None = None,
) -> None:
    parts = urlsplit(url)
    shown: str | None = f"{parts.scheme}://{parts.netloc}{parts.path.rpartition('/')[0]}/***"
    if not PROVIDERS[provider].wire.names_callback:
        shown = None
    if desk.output.json:
        desk.output.object(
            {
                "provider": provider,
                "task_id": task_id,
                "callback_url": shown,
                "order_told": problem is None,
                **(ended._asdict() if ended else {}),
            }
        )
    else:
        desk.output.line(task_id)
        desk.output.say(
            f"{ended.outcome}: {ended.detail}"
            if ended
            else f"it calls back to {shown or 'the endpoint that your account names'}"
        )
    if ended is not None and not ended.good:
        raise click.exceptions.Exit(PROBLEMS)
    if problem is not None:
        raise Trouble(
            f"SUBMITTED AND PAID FOR as {provider}/{task_id}, but the order could not be told: {problem}.\n"
            "If its callback arrives, its images are kept all the same. To be sure, say in a while: "
            f"fixative fetch {shlex.quote(f'{provider}/{task_id}')}"
        )
