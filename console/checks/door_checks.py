"""Would a provider's callback arrive? Asked through the public address, as a provider would.

the receiver    /readyz: whether it would keep a callback
the way         a probe with a callback's body, signed with a ticket key: through every proxy, past the same checks
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from http import HTTPStatus
from typing import NamedTuple

import msgspec

from archive import probe
from archive.errors import MalformedRecord
from archive.probe import PROBE, Probed
from archive.tickets import TicketKeys
from console.checks.check import Check
from console.submitting.callback_body import body_of, new_task_id
from egress import own_call
from providers.registry import FIRST

RECEIVER, WAY = "receiver", "way of a callback"
# The receiver's own probe of S3 is bounded by 1.5 s.
RECEIVER_S = 5.0

NO_ANSWER_MEND = (
    "Start it: `python -m receiver`; see that PUBLIC_URL leads to it, and that no firewall stands between."
)
DISTRUST_MEND = (
    "A provider refuses it as well, unless its authority is this machine's own: let a public authority sign for the very "
    "host of PUBLIC_URL, renew what has expired, and serve the whole chain, the receiver's own certificate first."
)
READY_MEND = "503: neither S3 nor the spool takes callbacks, see its log. Else PUBLIC_URL leads elsewhere."
SWALLOWED = "something else answers as if it had taken the callback: what providers send there is lost"


class DoorFault(NamedTuple):
    """What is wrong, and how it is mended."""

    problem: str
    mend: str


# What a status says that no receiver of ours gave, or only where something is wrong on the way.
_OF_STATUS = {
    400: DoorFault(
        "what arrives there is no HTTP request any more",
        "See that the proxy speaks HTTP/1.1 to the receiver, to its port, and HTTPS only where TLS_CERT is set.",
    ),
    401: DoorFault("a proxy asks for a password, and providers have none", "Let POST /callbacks/ pass without one."),
    403: DoorFault(
        "a proxy or a firewall refuses it", "Let POST /callbacks/ pass from any address: providers tell none of theirs."
    ),
    404: DoorFault(
        "no receiver of ours is there", "Let PUBLIC_URL, or the rules of the proxy, lead POST /callbacks/ to a receiver."
    ),
    405: DoorFault("POST is not let through", "Let the proxy pass POST /callbacks/ on, and not as GET."),
    413: DoorFault("the body is too large for a proxy", "Let the proxy take bodies of 1 MiB; a probe has about 1 KB."),
    429: DoorFault("it is limited", "TICKET_KEYS may differ (see the receiver's log), or a proxy limits requests."),
    502: DoorFault("the proxy gets no answer from a receiver", "See that a receiver runs and where the proxy looks for it."),
    503: DoorFault("the proxy has no receiver", "See the proxy's health checks, and that they ask for /readyz."),
    504: DoorFault("the proxy waited in vain for a receiver", "See that a receiver runs and where the proxy looks for it."),
}  # fmt: skip
# What our own receiver says.
_OURS = {
    (403, b"callbacks are taken over HTTPS only\n"): DoorFault(
        "the receiver does not believe that it came over HTTPS",
        "Its log says what to set: TRUSTED_PROXIES to the proxy's address, and X-Forwarded-Proto at the proxy.",
    ),
    (404, b"not found\n"): DoorFault(
        "the receiver there does not know the ticket",
        "Give it the TICKET_KEYS of this command, and the version; or PUBLIC_URL leads to another receiver, or a proxy changes the path.",
    ),
}


def door_checks(public_url: str, keys: TicketKeys | None, deployment: str) -> Iterator[Check]:
    """The receiver, and if anybody answers, the way of a callback; without `keys` that is not tried.

    `deployment` is where this command reads; empty: not known.
    """
    receiver, answers = _receiver(public_url)
    yield receiver
    if answers and keys:
        yield way_check(public_url, keys, deployment)


def _receiver(public_url: str) -> tuple[Check, bool]:
    try:
        answer = own_call.ask("GET", f"{public_url.rstrip('/')}/readyz", timeout_s=RECEIVER_S)
    except own_call.NoAnswer as error:
        return Check(
            RECEIVER, problem=str(error), mend=DISTRUST_MEND if error.distrust else NO_ANSWER_MEND
        ), False
    if answer.status == HTTPStatus.OK:
        return Check(RECEIVER, f"ready, in {answer.took_ms} ms"), True
    problem = f"{own_call.place(public_url)}/readyz answered {answer.status}"
    return Check(RECEIVER, problem=problem, mend=READY_MEND), True


def way_check(public_url: str, keys: TicketKeys, deployment: str) -> Check:
    """A signed probe through the public address and back; `deployment` empty: any."""
    now = datetime.now(UTC)
    body = _body(now)
    url = f"{public_url.rstrip('/')}/callbacks/{PROBE}/{probe.mint(keys, now)}"
    try:
        answer = own_call.ask("POST", url, body=body, headers={"Content-Type": "application/json"})
    except own_call.NoAnswer as error:
        return Check(WAY, problem=str(error), mend=NO_ANSWER_MEND)
    wrong = finding_of(answer, body, deployment)
    if wrong is None:
        version = Probed.from_json(answer.body).version
        receiver = f", at a receiver of version {version}" if version else ""
        return Check(
            WAY, f"open, in {answer.took_ms} ms: {len(body):,} bytes arrived as they were sent{receiver}"
        )
    return Check(
        WAY,
        problem=f"{own_call.place(public_url)} answered {answer.status}: {wrong.problem}",
        mend=wrong.mend,
    )


def finding_of(answer: own_call.Reply, sent: bytes, deployment: str) -> DoorFault | None:
    """What an answer to a probe says is wrong; None: nothing."""
    if answer.status == HTTPStatus.OK:
        return _echo(answer.body, sent, deployment)
    if HTTPStatus.MULTIPLE_CHOICES <= answer.status < HTTPStatus.BAD_REQUEST:
        where = f" to {own_call.place(answer.location)}" if "://" in answer.location else ""
        return DoorFault(
            f"a redirect{where}, and providers follow none",
            "Set PUBLIC_URL to the address that it ends at, or take the redirect away for /callbacks/.",
        )
    if (answer.status, answer.body) in _OURS:
        return _OURS[answer.status, answer.body]
    if answer.status < HTTPStatus.MULTIPLE_CHOICES:
        return DoorFault(SWALLOWED, "See where PUBLIC_URL leads: a proxy's own answer, or another program's.")
    return _OF_STATUS.get(
        answer.status,
        DoorFault("that is no answer of a receiver", "See the proxy's log, and the receiver's."),
    )


def _echo(answered: bytes, sent: bytes, deployment: str) -> DoorFault | None:
    try:
        told = Probed.from_json(answered)
    except MalformedRecord:
        return DoorFault(SWALLOWED, "See where PUBLIC_URL leads: a proxy's own answer, or another program's.")
    if (told.bytes, told.sha256) != (len(sent), hashlib.sha256(sent).hexdigest()):
        return DoorFault(
            f"a proxy alters the body: {len(sent):,} bytes were sent, {told.bytes:,} came, and not the same",
            "Let it hand bodies on as they are: no filter, no rewriting, no other encoding on /callbacks/.",
        )
    if deployment and told.deployment != deployment:
        return DoorFault(
            f"the receiver there keeps callbacks in {told.deployment}, and this command reads {deployment}",
            "Set S3_BUCKET and S3_PREFIX alike, or let PUBLIC_URL lead to the receiver of this deployment.",
        )
    return None


def _body(now: datetime) -> bytes:
    """A callback's body, with what a proxy may find worth changing: spaces, a link with a query, words of any script."""
    link = f"https://{FIRST.media_host}/probe/{secrets.token_hex(8)}.png?sig=a%2Fb+c&x=1"
    body = body_of(FIRST.name, new_task_id(FIRST.name, now), "completed", (link,), now)
    told = msgspec.json.decode(body) | {"model": "probe of fixative doctor: Prüfung, 試験"}
    return msgspec.json.format(msgspec.json.encode(told), indent=2) + b"\r\n"
