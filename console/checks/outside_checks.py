"""How a deployment looks from outside: `fixative doctor --url https://...`, from any machine, as a provider would come.

DNS             the name, and each of its addresses
certificate     who signed it, until when, for which name, and whether the chain is whole
plain HTTP      what answers there, since a callback URL must never cross the network in the clear
the door        whether a receiver of ours answers at all, unredirected, and how fast
the way         a probe, signed with a ticket key (console/checks/door_checks.py)
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import NamedTuple
from urllib.parse import urlsplit

from archive.probe import PROBE
from archive.tickets import TicketKeys
from console.checks.check import Check
from console.checks.door_checks import DoorFault, finding_of, way_check
from console.cli.words import span_in_words
from egress import outside, own_call

DNS, REACHED, CERTIFICATE, PLAIN, DOOR, TIME = (
    "DNS", "addresses", "certificate", "plain HTTP", "door", "answer time",
)  # fmt: skip
HTTP_PORT, HTTPS_PORT = 80, 443
# What renews certificates by itself does so a month before, at the latest a week: https://letsencrypt.org/docs/faq/
RENEWED_BEFORE = timedelta(days=14)
# A provider waits for ten seconds in all; a door that takes a third of that on a quiet day fails on a busy one.
SLOW_MS = 3_000
CALLS = 3

CHAIN = DoorFault(
    "the chain is not whole, or its authority is known to nobody",
    "Serve the certificate with its intermediates behind it (fullchain.pem, not cert.pem), signed by a public authority. "
    "Browsers often fetch what is missing; providers do not. For an authority of your own SSL_CERT_FILE names it here.",
)
# OpenSSL's numbers (X509_V_ERR_...): https://docs.openssl.org/master/man1/openssl-verification-options/
_OF_CODE: Mapping[int, DoorFault] = {
    9: DoorFault("it is not good yet", "Set the clocks of both hosts by NTP, or wait for its first day."),
    10: DoorFault("it has expired", "Renew it, and see why that did not happen by itself: the log of what renews it."),
    18: DoorFault("it is signed by itself", "Let a public authority sign for this name: providers believe no other."),
    19: DoorFault("its authority is a private one", "Let a public authority sign for this name: providers believe no other."),
    20: CHAIN,
    21: CHAIN,
    62: DoorFault("it is for another name", "Let it be issued for the very host of this URL, or use the name that it is for."),
    64: DoorFault("it is for another address", "Give the door a name, and a certificate for that."),
}  # fmt: skip


class Outside(NamedTuple):
    """What is looked at: an address of a door, and where plain HTTP would be."""

    url: str
    host: str
    port: int
    http_port: int = HTTP_PORT

    @classmethod
    def of(cls, url: str, http_port: int = HTTP_PORT) -> Outside:
        """The parts of a public URL. Raises ValueError for what is none."""
        parts = urlsplit(url)
        if parts.scheme != "https" or not parts.hostname or parts.query or parts.fragment or parts.username:
            raise ValueError("no public address: https://host, with a port or a path where the door has one")
        return cls(url.rstrip("/"), parts.hostname, parts.port or HTTPS_PORT, http_port)


def outside_checks(
    there: Outside, keys: TicketKeys | None, deployment: str, slow_ms: int = SLOW_MS
) -> Iterator[Check]:
    """All of them, as far as each lets the next one be tried; without `keys` the way of a callback is not."""
    try:
        addresses = outside.addresses_of(there.host, there.port)
    except outside.NotReached as error:
        yield Check(
            DNS,
            problem=str(error),
            mend="Make an A record (and AAAA, where it has IPv6) that leads to the door.",
        )
        return
    yield _dns(addresses)
    tried = [outside.tried(address, there.port) for address in addresses[: outside.ADDRESSES_MOST]]
    yield reached_check(there, tried)
    yield _certificate(there)
    yield _plain(there)
    if all(each.why for each in tried):
        return
    door, times = _door(there)
    yield door
    if times:
        yield _time(times, slow_ms)
    if not keys:
        yield Check("way of a callback", "not tried: TICKET_KEYS is not set here, and signs a probe")
    elif door.ok:
        yield way_check(there.url, keys, deployment)


def _dns(addresses: tuple[str, ...]) -> Check:
    private = [
        address for address in addresses if not ipaddress.ip_address(address.partition("%")[0]).is_global
    ]
    if private:
        return Check(
            DNS,
            problem=f"{', '.join(private)}: no provider can reach that from outside",
            mend="Let the public name lead to a public address; a name that means another thing inside hides it here.",
        )
    return Check(DNS, ", ".join(addresses))


def reached_check(there: Outside, tried: list[outside.Tried]) -> Check:
    """What was tried of the addresses of a name."""
    answer = [each.address for each in tried if not each.why]
    wrong = [f"{each.address}: {each.why}" for each in tried if each.why and not each.ours]
    skipped = [each.address for each in tried if each.ours]
    if answer and not wrong:
        told = f"{len(answer)} of {len(tried)} answer on port {there.port}"
        return Check(REACHED, told + (f"; no IPv6 here to try {', '.join(skipped)}" if skipped else ""))
    return Check(
        REACHED,
        problem="; ".join(wrong or [f"{each}: no IPv6 here" for each in skipped]),
        mend="Open the port to everybody, or take away the record of an address where nobody listens (often AAAA): "
        "a provider that tries that one first gives up, or is late.",
    )


def _certificate(there: Outside) -> Check:
    try:
        shown = outside.shown_by(there.host, there.port)
    except outside.Distrusted as error:
        fault = _OF_CODE.get(error.code, DoorFault("no client believes it", CHAIN.mend))
        return Check(CERTIFICATE, problem=f"{fault.problem} ({error})", mend=fault.mend)
    except outside.NotReached as error:
        return Check(
            CERTIFICATE, problem=str(error), mend="See that the proxy ends TLS on this port, and runs."
        )
    left = shown.expires_at - datetime.now(UTC)
    told = f"of {shown.issuer}, good for {span_in_words(left)}, {shown.tls}"
    if left < RENEWED_BEFORE:
        return Check(
            CERTIFICATE, problem=told, mend="Renew it, and see why that did not happen by itself by now."
        )
    return Check(CERTIFICATE, told)


def _plain(there: Outside) -> Check:
    """What stands at the port of plain HTTP: nobody, or a redirect to HTTPS."""
    url = f"http://{f'[{there.host}]' if ':' in there.host else there.host}:{there.http_port}/livez"
    try:
        answer = own_call.ask("GET", url, timeout_s=outside.CONNECT_S)
    except own_call.NoAnswer:
        return Check(PLAIN, "nobody answers")
    if 300 <= answer.status < 400 and answer.location.startswith("https://"):  # noqa: PLR2004 - redirects
        return Check(PLAIN, f"redirected to HTTPS ({answer.status})")
    if answer.status in {400, 403, 404, 421, 426}:
        return Check(PLAIN, f"refused ({answer.status})")
    return Check(
        PLAIN,
        problem=f"it is answered with {answer.status}, in the clear",
        mend="Close the port, or redirect all of it to HTTPS: a callback URL that is written with http would tell its "
        "ticket to whoever listens. Never redirect HTTPS itself.",
    )


def _door(there: Outside) -> tuple[Check, list[int]]:
    """Whether a receiver of ours answers, unredirected: one that does refuses a ticket that is none with its own 404."""
    times: list[int] = []
    answer = None
    for _ in range(CALLS):
        try:
            answer = own_call.ask("POST", f"{there.url}/callbacks/{PROBE}/none", body=b"{}")
        except own_call.NoAnswer as error:
            return Check(
                DOOR,
                problem=str(error),
                mend="See the checks above; else the proxy's log, and the receiver's.",
            ), times
        times.append(answer.took_ms)
    assert answer is not None
    if (answer.status, answer.body) == (404, b"not found\n"):
        return Check(DOOR, "a receiver answers, and refuses a ticket that is none"), times
    fault = finding_of(answer, b"{}", "")
    assert fault is not None
    return Check(DOOR, problem=f"it answered {answer.status}: {fault.problem}", mend=fault.mend), times


def _time(times: list[int], slow_ms: int) -> Check:
    told = f"{median(times):.0f} ms, at most {max(times)} ms, with a new connection each time"
    if max(times) < slow_ms:
        return Check(TIME, told)
    return Check(
        TIME,
        problem=told,
        mend="Providers wait for ten seconds, and then try again or do not. See the proxy's log, the load of the receiver's "
        "host, and that S3 is near it.",
    )
