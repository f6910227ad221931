"""`fixative trigger`: send a true callback to a receiver, and follow it."""

from __future__ import annotations

import re
import secrets
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

import click
import msgspec

from archive.reasons import SENTENCES, Reason
from archive.records.order import LABEL, Claims
from archive.store.bucket import Bucket
from console.cli.desk import Desk
from console.cli.options import Sentence, known_provider, with_desk
from console.cli.output import Output
from console.cli.verbs import Trouble
from console.cli.waiting import until
from console.submitting import callback_url
from console.submitting.callback_body import body_of, new_task_id
from console.submitting.minting import Minting
from console.submitting.road import Sight, listed, see
from console.submitting.simulator import SIMULATOR, SimulatorFailed, find_simulator, order_link
from egress import own_call
from egress.task_api import TaskApi
from providers.provider import Provider
from providers.registry import FIRST, PROVIDERS
from runtime.settings.egress import EgressSettings
from runtime.settings.settings import Settings
from runtime.settings.signatures import SignatureGroups
from runtime.settings.store import StoreSettings
from runtime.settings.task_apis import TaskApis

WAIT_S = 60.0
# By which people and filters know what was only tried out.
LABEL_OF_TRIALS = "trigger"
_CALLBACK_PATH = re.compile(r"\A.*/callbacks/([a-z][a-z0-9-]{1,31})/[^/]+")
# How a link that cannot be had is given up: with its life, or when its provider does not know the task any more.
_DEAD_LINK = {Reason.LINK_EXPIRED, Reason.SOURCE_GONE}
REFUSALS = {
    404: "The ticket is wrong, expired or altered, or of another provider or key.",
    403: "It came over plain HTTP, or the proxy is not believed: the receiver's log says what to set. Try `fixative doctor`.",
    413: "The body is larger than the receiver takes.",
    503: "Nothing could be made durable: neither S3 nor the spool. Try `fixative doctor`.",
}


class Following(Settings, frozen=True):
    """What is needed where the URL is given."""

    store: StoreSettings
    task_apis: TaskApis
    signatures: SignatureGroups
    egress: EgressSettings


class Triggering(Following, frozen=True):
    """What is needed where one is minted."""

    minting: Minting


@click.command()
@click.argument("what", type=click.Choice(["completed", "failed", "cancelled", "dead-link"]))
@click.option("--to", metavar="URL", help="A whole callback URL; else one is minted for PUBLIC_URL.")
@click.option("--provider", type=known_provider(), help=f"In whose words. [{FIRST.name}]")
@click.option(
    "--source", "sources", multiple=True, metavar="URL", help="Link of an image; several are several images."
)
@click.option("--label", help=f"The label of the task. [{LABEL_OF_TRIALS}]")
@click.option("--timeout", type=click.FloatRange(0, 86_400), default=WAIT_S, show_default=True, metavar="S",
              help="How long to follow it.")  # fmt: skip
@with_desk
def command(
    desk: Desk,
    /,
    *,
    what: str,
    to: str | None,
    provider: str | None,
    sources: tuple[str, ...],
    label: str | None,
    timeout: float,
) -> None:
    """Send a callback as a provider would, of a task with a fresh id, and follow it until it has ended.

    `dead-link` is a completed task whose link cannot be had. Images come from --source, else from the local
    stack's simulator. Exit code 0: it ended as it should.
    """
    provider = _provider(to, provider)
    if label is not None and (to or not LABEL.fullmatch(label)):
        raise Sentence("--label is signed into a URL that is minted here; it goes with no --to, and has "
                       "letters, digits and . _ / - , a letter or digit first")  # fmt: skip
    if sources and what in {"failed", "cancelled"}:
        raise Sentence(f"--source: a {what} task has no images")
    if to:
        settings, url = desk.settings(Following), to
    else:
        triggering = desk.settings(Triggering)
        settings, url = triggering, _minted(triggering.minting, provider, label or LABEL_OF_TRIALS)
    bucket = desk.open_bucket(settings.store)
    links = sources or _links(what, PROVIDERS[provider], settings, desk.environment)
    task_id = new_task_id(provider, bucket.now())
    trip = Trip(desk.output, bucket, provider, task_id, what)
    trip.send(url, links, settings.signatures)
    trip.follow(timeout)
    trip.tell()


# A line waits two seconds for company, and is written.
LISTED_S = 5.0


class Trip:
    """One callback on its way: sent, followed, told."""

    def __init__(self, output: Output, bucket: Bucket, provider: str, task_id: str, what: str) -> None:
        self._output, self._bucket = output, bucket
        self._provider, self._task_id, self._what = provider, task_id, what
        self._delivery_id, self._began, self._since = "", 0.0, bucket.now()
        self._told: dict[str, Any] = {"provider": provider, "task_id": task_id}
        self._sight = Sight()

    def send(self, url: str, links: tuple[str, ...], signatures: SignatureGroups) -> None:
        """Send the callback, signed where we have its secret; a Trouble for any answer but 202."""
        ending = {"failed": "failed", "cancelled": "cancelled"}.get(self._what, "completed")
        body = body_of(self._provider, self._task_id, ending, links, self._bucket.now())  # type: ignore[arg-type]
        self._output.say(f"{self._provider}/{self._task_id}, {self._what}, to {own_call.place(url)}")
        self._began = time.monotonic()
        try:
            headers = {
                "Content-Type": "application/json",
                **signatures.signed(self._provider, body, self._bucket.now()),
            }
            answer = own_call.ask("POST", url, body=body, headers=headers)
        except own_call.NoAnswer as error:
            raise Trouble(f"not delivered: {error}") from error
        self._step("answered", f"{answer.status} in {answer.took_ms} ms")
        if answer.status != 202:  # noqa: PLR2004 - accepted
            mend = REFUSALS.get(answer.status, "A receiver answers 202; is this one?")
            raise Trouble(f"not delivered: {own_call.place(url)} answered {answer.status}. {mend}")
        self._delivery_id = _accepted(answer.body)
        self._told |= {"delivery_id": self._delivery_id, "answered_ms": answer.took_ms}

    def follow(self, timeout_s: float) -> None:
        """Look into the bucket until it has ended, or was put off."""
        settled = False

        def look() -> Sight | None:
            nonlocal settled
            sight = see(self._bucket, self._provider, self._task_id, self._delivery_id)
            if sight.settled and not settled:
                settled = True
                self._told["settled_ms"] = self._step("settled", sight.due[0].key if sight.due else "")
            self._sight = sight
            return sight if sight.ended or (sight.trouble and self._what == "dead-link") else None

        until(look, timeout_s)

    def tell(self) -> None:
        """Say how it ended; a Trouble if not as it should."""
        ended, good = _ending(self._sight, self._what)
        took_ms = self._step(ended, self._sight.key)
        self._wait_for_its_line()
        letter, manifest = self._sight.letter, self._sight.manifest
        reason = letter.reason if letter else None
        images = (
            [f"{asset.width}x{asset.height} {asset.format}" for asset in manifest.kept] if manifest else []
        )
        if images:
            self._output.say(f"            {', '.join(images)}")
        if reason is not None:
            self._output.say(f"            {reason}: {SENTENCES[reason]}")
        if self._sight.trouble:
            self._output.say(
                f"          last trouble: {self._sight.trouble}; it is tried until the link expires"
            )
        if self._output.json:
            self._output.object(self._told | {
                "ended": ended, "ended_ms": took_ms, "key": self._sight.key or None, "reason": reason,
                "trouble": self._sight.trouble, "images": images, "as_expected": good,
            })  # fmt: skip
        elif good:
            self._output.line(f"as it should: {self._provider}/{self._task_id} {ended}")
        if not good:
            raise Trouble(self._why_not(ended))

    def _wait_for_its_line(self) -> None:
        """Wait until lists show it, so that who looks next sees it; not for long, and it matters to nothing else."""
        if not self._sight.ended:
            return
        key = until(lambda: listed(self._bucket, self._since, self._task_id, self._delivery_id), LISTED_S)
        if key is not None:
            self._told["listed_ms"] = self._step("listed", "")

    def _why_not(self, ended: str) -> str:
        if ended == "not seen":
            return f"nothing of it in {self._bucket.location} in time: is a worker alive, and is this the receiver's bucket?"
        return f"not as it should: a {self._what} callback ended as {ended}"

    def _step(self, name: str, detail: str) -> int:
        """Say a step with the time since the callback was sent; that time in milliseconds."""
        took_s = time.monotonic() - self._began
        self._output.say(f"  {took_s:6.2f} s  {name:<11} {detail}".rstrip())
        return round(took_s * 1000)


def _ending(sight: Sight, what: str) -> tuple[str, bool]:
    """How it ended in a word, and whether that is as it should be."""
    if sight.manifest is not None and sight.manifest.status != "completed":
        return sight.manifest.status, what == sight.manifest.status
    if sight.manifest is not None:
        return ("archived", what == "completed") if sight.manifest.whole else ("incomplete", False)
    if sight.letter is not None:
        return "dead letter", what == "dead-link" and sight.letter.reason in _DEAD_LINK
    if sight.due:
        return "still due", what == "dead-link" and bool(sight.trouble)
    return "not seen", False


def _provider(to: str | None, said: str | None) -> str:
    """The provider that the URL names, else the one that is said."""
    if to is None:
        return said or FIRST.name
    parts = urlsplit(to)
    found = _CALLBACK_PATH.fullmatch(parts.path)
    if parts.scheme not in {"https", "http"} or not parts.netloc or not found:
        raise Sentence("--to is no callback URL. Expected: https://host/callbacks/<provider>/<ticket>")
    if found[1] not in PROVIDERS:
        raise Sentence(f"--to names the provider {found[1]!r}. Known: {', '.join(PROVIDERS)}")
    if said not in {None, found[1]}:
        raise Sentence(f"--provider {said} and --to (of {found[1]}) contradict one another")
    return found[1]


def _minted(minting: Minting, provider: str, label: str) -> str:
    keys = minting.keys.keys
    return callback_url.mint_url(minting.address.public_url, provider, Claims(label=label), keys)


def _links(
    what: str, provider: Provider, settings: Following, environment: Mapping[str, str]
) -> tuple[str, ...]:
    """Links for what is triggered: the simulator's, else one on the provider's host that cannot be had."""
    if what in {"failed", "cancelled"}:
        return ()
    if what == "dead-link" and not provider.media_hosts:
        raise Sentence(f"dead-link: images of {provider.title} have no links")
    base, key = settings.task_apis[provider.name]
    api = TaskApi(provider, base, key.reveal() or "simulator", proxy=settings.egress.proxy)
    simulator = find_simulator(base)
    if simulator is None and (simulator := find_simulator(environment.get(SIMULATOR, ""))):
        # The key is for the true provider.
        api = TaskApi(provider, simulator + urlsplit(provider.wire.base).path, "simulator")
    try:
        if simulator:
            return (order_link(api, provider, {"link": 404} if what == "dead-link" else {}),)
    except SimulatorFailed as error:
        raise Trouble(str(error)) from error
    if what == "dead-link":
        return (f"https://{provider.media_host}/fixative-trigger/{secrets.token_hex(16)}.png",)
    raise Sentence(
        "a completed task needs an image: --source URL (on the provider's hosts, or in ALLOW_SOURCES of the "
        "worker), or a local stack with its simulator: `make up`"
    )


def _accepted(body: bytes) -> str:
    """The id that the receiver gave the delivery, if it says so."""
    try:
        return str(msgspec.json.decode(body, type=dict[str, str]).get("accepted", ""))
    except (msgspec.MsgspecError, ValueError):
        return ""
