"""`doctor --url`: a deployment as it looks from outside, behind a real Caddy with certificates of each kind."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
import trustme

from archive import tickets
from console.checks.check import Check
from console.checks.outside_checks import Outside, outside_checks, reached_check
from egress.outside import Tried
from infra.local.ports import free_block
from runtime.heartbeat import our_build
from tests.integration.console.harness.command import Command
from tests.integration.console.harness.front import Manner, Reply, front
from tests.integration.door.front import program, running
from tests.integration.door.lone_receiver import LoneReceiver, receiving

NAME = "localhost"
KEYS = tickets.new_key("k1")
DEPLOYMENT = "s3://nowhere/"
# A machine that runs other tests is no slow door.
NEVER_SLOW_MS = 60_000
SITES = ("good", "expired", "soon", "other", "part", "redirected", "plain", "swallowed")
CADDYFILE = """
{{
    admin off
    persist_config off
    auto_https off
}}
https://{name}:{good} {{
    tls {folder}/good.pem {folder}/good.key
    reverse_proxy 127.0.0.1:{receiver}
}}
https://{name}:{expired} {{
    tls {folder}/expired.pem {folder}/expired.key
    respond 404
}}
https://{name}:{soon} {{
    tls {folder}/soon.pem {folder}/soon.key
    respond 404
}}
https://{name}:{other} {{
    tls {folder}/other.pem {folder}/other.key
    respond 404
}}
https://{name}:{part} {{
    tls {folder}/part.pem {folder}/part.key
    respond 404
}}
https://{name}:{redirected} {{
    tls {folder}/good.pem {folder}/good.key
    redir https://www.example.com{{uri}} 301
}}
http://{name}:{plain} {{
    redir https://{name}:{good}{{uri}} 308
}}
http://{name}:{swallowed} {{
    respond 200
}}
"""


class Door(NamedTuple):
    """The ports of a Caddy's sites by their names, and the receiver behind the good one."""

    ports: dict[str, int]
    receiver: LoneReceiver

    def url(self, site: str) -> str:
        return f"https://{NAME}:{self.ports[site]}"


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Door]:
    """A receiver behind a Caddy that serves each kind of certificate, all of one authority that is believed here."""
    folder = tmp_path_factory.mktemp("outside")
    write_certificates(folder)
    first = free_block(len(SITES))
    ports = {site: first + place for place, site in enumerate(SITES)}
    no_tls = {"TLS_CERT": "", "TLS_KEY": "", "TICKET_KEYS": KEYS, "TRUSTED_PROXIES": "127.0.0.1,::1"}
    config = folder / "Caddyfile"
    with receiving(tmp_path_factory.mktemp("door"), no_tls) as receiver:
        config.write_text(CADDYFILE.format(name=NAME, folder=folder, receiver=receiver.port, **ports))
        words = [program("caddy"), "run", "--config", str(config), "--adapter", "caddyfile"]
        with running(words, folder, ports["swallowed"]), pytest.MonkeyPatch.context() as patch:
            patch.setenv("SSL_CERT_FILE", str(folder / "authority.pem"))
            yield Door(ports, receiver)


def write_certificates(folder: Path) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "authority.pem")
    between, now = authority.create_child_ca(), datetime.now(UTC)
    for site, name, not_after in (
        ("good", NAME, now + timedelta(days=90)),
        ("expired", NAME, now - timedelta(days=1)),
        ("soon", NAME, now + timedelta(days=5)),
        ("other", "www.example.com", now + timedelta(days=90)),
        ("part", NAME, now + timedelta(days=90)),
    ):
        made = between.issue_cert(name, not_before=now - timedelta(days=100), not_after=not_after)
        chain = made.cert_chain_pems[:1] if site == "part" else made.cert_chain_pems
        (folder / f"{site}.pem").write_bytes(b"".join(pem.bytes() for pem in chain))
        made.private_key_pem.write_to_path(folder / f"{site}.key")


def looked_at(
    door: Door, site: str, *, plain: str = "plain", keys: str = KEYS, deployment: str = DEPLOYMENT
) -> dict[str, Check]:
    there = Outside.of(door.url(site), door.ports[plain])
    return {
        check.name: check
        for check in outside_checks(there, tickets.read_keys(keys), deployment, NEVER_SLOW_MS)
    }


def test_a_door_in_order_is_well_but_for_its_private_address(door: Door) -> None:
    found = looked_at(door, "good")

    assert ["DNS"] == [name for name, check in found.items() if not check.ok], found
    assert "no provider can reach that" in found["DNS"].problem
    assert "good for 89 d" in found["certificate"].found
    assert "redirected to HTTPS (308)" == found["plain HTTP"].found
    assert "a receiver answers" in found["door"].found
    assert our_build() in found["way of a callback"].found
    assert {
        "DNS",
        "addresses",
        "certificate",
        "plain HTTP",
        "door",
        "answer time",
        "way of a callback",
    } == set(found)


@pytest.mark.parametrize(
    ("site", "problem", "mend"),
    [
        ("expired", "it has expired", "Renew it"),
        ("soon", "good for 4 d", "Renew it"),
        ("other", "it is for another name", "the very host of this URL"),
        ("part", "the chain is not whole", "fullchain.pem"),
    ],
)
def test_a_certificate_that_providers_refuse_is_named_with_its_mend(
    door: Door, site: str, problem: str, mend: str
) -> None:
    certificate = looked_at(door, site)["certificate"]

    assert (problem in certificate.problem, mend in certificate.mend) == (True, True), certificate


def test_an_authority_that_nobody_knows_is_named(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(ssl.get_default_verify_paths().openssl_cafile))

    assert "known to nobody" in looked_at(door, "good")["certificate"].problem


def test_a_callback_that_is_redirected_is_a_problem_and_plain_http_that_is_answered(door: Door) -> None:
    found = looked_at(door, "redirected", plain="swallowed")

    assert "301: a redirect to https://www.example.com, and providers follow none" in found["door"].problem
    assert "it is answered with 200, in the clear" in found["plain HTTP"].problem
    assert "way of a callback" not in found


def test_a_door_of_another_deployment_and_one_with_other_keys_are_named(door: Door) -> None:
    other = looked_at(door, "good", deployment="s3://production/")["way of a callback"]
    assert "keeps callbacks in s3://nowhere/, and this command reads s3://production/" in other.problem

    stranger = looked_at(door, "good", keys=tickets.new_key("k1"))["way of a callback"]
    assert "does not know the ticket" in stranger.problem


def test_a_slow_door_is_named(door: Door, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def slowly(_path: str) -> Reply | None:
        time.sleep(0.1)
        return None

    with front(tmp_path, door.receiver.port, Manner(reply=slowly)) as there:
        monkeypatch.setenv("SSL_CERT_FILE", str(there.authority))
        checks = outside_checks(Outside.of(there.url, door.ports["plain"]), None, "", slow_ms=100)
        found = {check.name: check for check in checks}

    assert "Providers wait for ten seconds" in found["answer time"].mend
    assert "not tried: TICKET_KEYS is not set" in found["way of a callback"].found


def test_a_name_without_an_address_and_a_port_where_nobody_listens_end_it_there() -> None:
    [dns] = outside_checks(Outside.of("https://nowhere.invalid"), None, "")
    assert "nowhere.invalid has no address" in dns.problem

    found = {check.name: check for check in outside_checks(Outside.of(f"https://{NAME}:9", 9), None, "")}
    assert "nobody listens there" in found["addresses"].problem
    assert "door" not in found


def test_the_command_needs_no_other_setting(door: Door, command: Command) -> None:
    bare = dict.fromkeys(("S3_BUCKET", "REDIS_URL", "TICKET_KEYS", "PUBLIC_URL"), "")
    ran = command("doctor", "--url", door.url("good"), "--http-port", str(door.ports["plain"]), **bare)
    assert "a receiver answers" in ran.out
    assert ran.code == 1

    assert "--url: no public address" in command("doctor", "--url", "http://cb.example.com", **bare).err


def test_a_machine_without_ipv6_blames_no_door_for_it() -> None:
    there = Outside.of("https://cb.example.com")
    skipped = Tried("2001:db8::1", "Network is unreachable", ours=True)

    both = reached_check(there, [Tried("192.0.2.1"), skipped])
    assert "1 of 2 answer on port 443; no IPv6 here to try 2001:db8::1" == both.found
    assert "2001:db8::1: no IPv6 here" == reached_check(there, [skipped]).problem
    silent = reached_check(there, [Tried("192.0.2.1"), Tried("192.0.2.2", "no answer in time")])
    assert "192.0.2.2: no answer in time" == silent.problem
