"""`doctor` tries the way of a callback, and names what stands in it, with the mend."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from archive import probe, tickets
from archive.records.order import Claims
from console.checks.check import Check
from console.checks.door_checks import door_checks
from tests.integration.console.harness.command import Command
from tests.integration.console.harness.front import Manner, Reply, front
from tests.integration.door.lone_receiver import LoneReceiver, receiving

KEYS = tickets.new_key("k1")
DEPLOYMENT = "s3://nowhere/"
NO_TLS = {"TLS_CERT": "", "TLS_KEY": "", "TICKET_KEYS": KEYS}


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LoneReceiver]:
    """A receiver behind a front on this machine."""
    with receiving(tmp_path_factory.mktemp("door"), {**NO_TLS, "TRUSTED_PROXIES": "127.0.0.1"}) as receiver:
        yield receiver


class Asked:
    """What is found of a front of some manner; each in its own folder."""

    def __init__(self, folder: Path, door: LoneReceiver, monkeypatch: pytest.MonkeyPatch) -> None:
        self._folder, self._door, self._monkeypatch = folder, door, monkeypatch
        self.asked: list[str] = []

    def __call__(
        self,
        manner: Manner,
        *,
        keys: str = KEYS,
        deployment: str = DEPLOYMENT,
        name: str = "127.0.0.1",
        trust: bool = True,
    ) -> list[Check]:
        with front(self._folder, self._door.port, manner, name=name) as there:
            if trust:
                self._monkeypatch.setenv("SSL_CERT_FILE", str(there.authority))
            found = list(door_checks(there.url, tickets.read_keys(keys), deployment))
            self.asked = there.asked
        return found


@pytest.fixture
def ask(tmp_path: Path, door: LoneReceiver, monkeypatch: pytest.MonkeyPatch) -> Asked:
    return Asked(tmp_path, door, monkeypatch)


def answering(status: int, headers: dict[str, str] | None = None, body: bytes = b"") -> Manner:
    """A front that answers callbacks itself."""

    def reply(path: str) -> Reply | None:
        return (status, headers or {}, body) if path.startswith("/callbacks/") else None

    return Manner(reply=reply)


def test_an_open_way_is_found_open_and_nothing_is_kept(ask: Asked, door: LoneReceiver) -> None:
    before = sorted(door.log.parent.rglob("*.spool"))
    receiver, way = ask(Manner())

    assert (receiver.ok, way.ok) == (True, True), way
    assert "arrived as they were sent" in way.found
    assert [line.rpartition("/")[0] for line in ask.asked] == ["GET ", "POST /callbacks/probe"]
    assert before == sorted(door.log.parent.rglob("*.spool"))


@pytest.mark.parametrize(
    ("manner", "problem", "mend"),
    [
        (answering(301, {"Location": "https://www.example.com/callbacks/x"}), "301: a redirect to https://www.example.com, and providers follow none", "Set PUBLIC_URL"),
        (answering(308, {"Location": "/elsewhere"}), "308: a redirect, and", "take the redirect away"),
        (Manner(headers={"X-Forwarded-Proto": "http"}), "403: the receiver does not believe that it came over HTTPS", "TRUSTED_PROXIES"),
        (Manner(headers={}), "403: the receiver does not believe that it came over HTTPS", "X-Forwarded-Proto"),
        (answering(403, {}, b"<html>blocked</html>"), "403: a proxy or a firewall refuses it", "from any address"),
        (answering(401), "401: a proxy asks for a password", "without one"),
        (answering(404, {}, b"<html>nothing here</html>"), "404: no receiver of ours is there", "PUBLIC_URL"),
        (answering(405), "405: POST is not let through", "POST"),
        (answering(200, {}, b"<html>welcome</html>"), "200: something else answers", "PUBLIC_URL"),
        (answering(202, {}, b'{"accepted":"x"}'), "202: something else answers", "PUBLIC_URL"),
        (answering(204), "204: something else answers", "PUBLIC_URL"),
        (answering(502, {}, b"bad gateway"), "502: the proxy gets no answer", "where the proxy looks"),
        (answering(418), "418: that is no answer of a receiver", "log"),
        (Manner(prefix="/api"), "404: the receiver there does not know the ticket", "TICKET_KEYS"),
        (Manner(alter=bytes.strip), "200: a proxy alters the body", "as they are"),
        (Manner(alter=lambda body: body.replace(b"&", b"&amp;")), "200: a proxy alters the body", "as they are"),
        (Manner(alter=lambda body: body.decode().encode("ascii", "replace")), "200: a proxy alters the body", "as they are"),
    ],
)  # fmt: skip
def test_what_stands_in_the_way_is_named_with_its_mend(
    ask: Asked, manner: Manner, problem: str, mend: str
) -> None:
    _, way = ask(manner)

    assert (problem in way.problem, mend in way.mend) == (True, True), way


def test_a_receiver_with_other_keys_is_named(ask: Asked) -> None:
    _, way = ask(Manner(), keys=tickets.new_key("k1"))

    assert "does not know the ticket" in way.problem
    assert "TICKET_KEYS" in way.mend


def test_a_receiver_of_another_deployment_is_named(ask: Asked) -> None:
    _, way = ask(Manner(), deployment="s3://production/")

    assert "keeps callbacks in s3://nowhere/, and this command reads s3://production/" in way.problem


@pytest.mark.parametrize(("name", "trust"), [("hooks.example.com", True), ("127.0.0.1", False)])
def test_a_certificate_that_providers_refuse_is_named(ask: Asked, name: str, *, trust: bool) -> None:
    [receiver] = ask(Manner(), name=name, trust=trust)

    assert "its certificate is not trusted" in receiver.problem
    assert "public authority" in receiver.mend


def test_plain_http_where_https_should_be_is_named(door: LoneReceiver) -> None:
    [receiver] = door_checks(f"https://127.0.0.1:{door.port}", tickets.read_keys(KEYS), DEPLOYMENT)

    assert "no TLS is spoken there" in receiver.problem


def test_where_nobody_listens_nothing_more_is_tried() -> None:
    [receiver] = door_checks("https://127.0.0.1:9", tickets.read_keys(KEYS), DEPLOYMENT)

    assert "nobody listens there" in receiver.problem


def test_a_stranger_cannot_use_it(door: LoneReceiver) -> None:
    """Neither with a provider's ticket, nor with one of a probe at a callback URL."""
    header = "X-Forwarded-Proto: https\r\n"
    keys = tickets.read_keys(KEYS)
    now = datetime.now(UTC)
    good = probe.mint(keys, now)
    assert 200 == door.callback(path=f"/callbacks/probe/{good}", header=header)
    for path in (
        f"/callbacks/probe/{tickets.mint(Claims(), 'evolink', keys)}",
        f"/callbacks/probe/{tickets.mint(Claims(), 'probe', keys)}",
        f"/callbacks/probe/{probe.mint(keys, now - timedelta(hours=2))}",
        f"/callbacks/probe/{good[:-1]}",
        f"/callbacks/evolink/{good}",
        f"/callbacks/a%20probe/{good}",
    ):
        assert 404 == door.callback(path=path, header=header), path


def test_a_probe_is_bounded_as_a_callback_is(door: LoneReceiver) -> None:
    path = f"/callbacks/probe/{probe.mint(tickets.read_keys(KEYS), datetime.now(UTC))}"
    head = f"POST {path} HTTP/1.1\r\nHost: h\r\nX-Forwarded-Proto: https\r\nContent-Length: 1048577\r\n\r\n"

    assert door.ask(head.encode()).startswith(b"HTTP/1.1 413")


def test_the_command_tells_it_and_shows_no_ticket(
    command: Command, variables: dict[str, str], tmp_path: Path
) -> None:

    def folder(name: str) -> Path:
        (tmp_path / name).mkdir()
        return tmp_path / name

    same = {name: variables[name] for name in ("S3_BUCKET", "S3_PREFIX", "TICKET_KEYS")}
    with (
        receiving(tmp_path, {**NO_TLS, **same, "TRUSTED_PROXIES": "127.0.0.1"}) as door,
        front(folder("well"), door.port, Manner()) as well,
        front(folder("silent"), door.port, Manner(headers={})) as silent,
    ):
        ran = command("doctor", PUBLIC_URL=well.url, SSL_CERT_FILE=str(well.authority))
        wrong = command("doctor", PUBLIC_URL=silent.url, SSL_CERT_FILE=str(silent.authority))

    assert "OK       way of a callback" in ran.out
    assert "PROBLEM  way of a callback" in wrong.out
    assert not [
        line
        for line in (*well.asked, *silent.asked)
        if "/probe/" in line and line.rpartition("/")[2] in ran.out + wrong.out
    ]
