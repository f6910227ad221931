"""`rediss://`: the certificate and the host's name are verified before the password is said."""

from __future__ import annotations

import contextlib
import os
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest

from archive import tickets
from archive.errors import QueueUnavailable, SettingsRefused
from archive.queue.doorbell import Doorbell
from archive.queue.redis_tls import refuse_unreadable, warn_of
from runtime.fingerprint import Fingerprint
from runtime.heartbeat import first_beat
from runtime.heartbeats import Heartbeats
from tests.fakes.words import HERE
from tests.integration.queue.redis_servers import Authority, Server, authority_in, serving

PASSWORD = "s3cret-passw0rd"
FINGERPRINT = Fingerprint(bucket="images", prefix="", store="", redis="cache:6379/0", ticket_keys={})
BEAT = first_beat("worker", FINGERPRINT, datetime(2026, 11, 21, 12, tzinfo=UTC))


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return authority_in(tmp_path / "tls")


@pytest.fixture
def server(tmp_path: Path, authority: Authority) -> Iterator[Server]:
    with serving(
        tmp_path / "redis", "--requirepass", PASSWORD, tls=authority, login={"password": PASSWORD}
    ) as running:
        yield running


@dataclass
class Impostor:
    """Another server in Redis's place, with a certificate of its own; what it was sent, decrypted."""

    port: int
    heard: list[bytes] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)


@contextlib.contextmanager
def impostor(made: Authority) -> Iterator[Impostor]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.chain, made.key)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        one = Impostor(listener.getsockname()[1])

        def serve() -> None:
            while True:
                try:
                    raw, _ = listener.accept()
                except OSError:
                    return
                raw.settimeout(2)
                try:
                    with context.wrap_socket(raw, server_side=True) as caught:
                        if said := caught.recv(500):
                            one.heard.append(said)
                except OSError as error:
                    one.refused.append(str(error))

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield one
        listener.shutdown(socket.SHUT_RDWR)
        thread.join(10)


def ways(url: str) -> list[Callable[[], object]]:
    """All that speaks with Redis: a bell, a question, a heartbeat."""
    doorbell, heartbeats = Doorbell(url, HERE), Heartbeats(url)
    return [
        lambda: doorbell.ring_settle("inbox/x", None),
        doorbell.waiting,
        lambda: heartbeats.put(BEAT),
        heartbeats.living,
    ]


def all_go(url: str) -> None:
    """Each way works."""
    for way in ways(url):
        way()


def none_goes(url: str) -> str:
    """No way works; what the first said."""
    told = []
    for way in ways(url):
        with pytest.raises(QueueUnavailable) as trouble:
            way()
        told.append(trouble.value.detail)
    return told[0]


def test_an_authority_of_ones_own_is_named_in_the_url(server: Server, authority: Authority) -> None:
    all_go(server.url(f":{PASSWORD}@", "rediss", f"?ssl_ca_certs={quote(str(authority.file), safe='')}"))

    none_goes(server.url(f":{PASSWORD}@", "rediss"))


def test_the_systems_authorities_are_trusted_by_default(
    server: Server, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))

    all_go(server.url(f":{PASSWORD}@", "rediss"))


@pytest.mark.parametrize("query", ["", "?ssl_cert_reqs=required", "?ssl_cert_reqs=optional"])
def test_an_impostor_with_a_certificate_of_its_own_is_told_nothing(
    tmp_path: Path, authority: Authority, query: str
) -> None:
    more = f"{'&' if query else '?'}ssl_ca_certs={quote(str(authority.file), safe='')}"
    with impostor(authority_in(tmp_path / "impostor")) as one:
        none_goes(f"rediss://:{PASSWORD}@127.0.0.1:{one.port}/0{query}")
        none_goes(f"rediss://:{PASSWORD}@127.0.0.1:{one.port}/0{query}{more}")

    assert [] == one.heard
    assert one.refused


def test_a_sound_certificate_of_another_name_is_no_proof(tmp_path: Path) -> None:
    other = authority_in(tmp_path / "other", "redis.example.com")
    trusted = f"ssl_ca_certs={quote(str(other.file), safe='')}"
    with impostor(other) as one:
        none_goes(f"rediss://:{PASSWORD}@127.0.0.1:{one.port}/0?{trusted}")
        assert [] == one.heard

        none_goes(f"rediss://:{PASSWORD}@127.0.0.1:{one.port}/0?{trusted}&ssl_check_hostname=false")
    assert one.heard


def test_verification_is_left_out_where_the_url_says_so(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    url = server.url(f":{PASSWORD}@", "rediss", "?ssl_cert_reqs=none")

    all_go(url)
    warn_of(url)
    warn_of(server.url(scheme="rediss", more="?ssl_check_hostname=false"))
    warn_of(server.url(scheme="rediss"))

    assert [True, True] == ["REDIS_URL says ssl_" in record.message for record in caplog.records]


def test_a_client_shows_its_certificate(tmp_path: Path, authority: Authority) -> None:
    mine = authority.ca.issue_cert("fixative.example.com")
    chain, key = tmp_path / "mine.pem", tmp_path / "mine.key"
    chain.write_bytes(b"".join(pem.bytes() for pem in mine.cert_chain_pems))
    mine.private_key_pem.write_to_path(key)
    with serving(tmp_path / "mutual", "--tls-auth-clients", "yes", tls=authority) as server:
        trusted = f"?ssl_ca_certs={quote(str(authority.file), safe='')}"
        none_goes(server.url(scheme="rediss", more=trusted))
        all_go(server.url(scheme="rediss", more=f"{trusted}&ssl_certfile={chain}&ssl_keyfile={key}"))


def test_a_server_that_speaks_no_tls_is_told_nothing(tmp_path: Path) -> None:
    with serving(tmp_path / "plain") as server:
        none_goes(server.url(f":{PASSWORD}@", "rediss"))


@pytest.mark.parametrize(
    ("more", "named"),
    [
        ("ssl_ca_certs=/nowhere/hunter2.pem", "ssl_ca_certs"),
        ("ssl_ca_certs={key}", "ssl_ca_certs"),
        ("ssl_certfile=/nowhere/hunter2.pem", "ssl_certfile"),
        ("ssl_certfile={chain}", "ssl_certfile"),
        ("ssl_certfile={key}&ssl_keyfile={chain}", "ssl_certfile"),
    ],
)
def test_a_file_that_is_not_there_is_refused_at_the_start(
    authority: Authority, more: str, named: str
) -> None:
    url = "rediss://cache/0?" + more.format(key=authority.key, chain=authority.chain)

    with pytest.raises(SettingsRefused) as refused:
        refuse_unreadable(url)

    assert named in str(refused.value)
    assert "hunter2" not in str(refused.value)
    refuse_unreadable(
        f"rediss://cache?ssl_ca_certs={authority.file}&ssl_certfile={authority.chain}&ssl_keyfile={authority.key}"
    )


@pytest.mark.parametrize("part", ["receiver", "workers"])
def test_a_process_does_not_start_with_a_redis_that_can_never_work(authority: Authority, part: str) -> None:
    def ended_with(redis_url: str) -> tuple[int, str]:
        environment = {
            **os.environ,
            "S3_BUCKET": "images",
            "TICKET_KEYS": tickets.new_key("k1"),
            "REDIS_URL": redis_url,
        }
        done = subprocess.run(
            [sys.executable, "-m", part],
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return done.returncode, done.stderr

    for url, told in (
        ("sentinel://127.0.0.1:26379/0", "REDIS_SENTINEL_MASTER"),
        ("redis://127.0.0.1:6379/hunter2", "database is no number"),
        (f"rediss://:hunter2@127.0.0.1:6379/0?ssl_ca_certs={authority.key}", "ssl_ca_certs"),
    ):
        code, said = ended_with(url)
        assert (2, True, False) == (code, told in said, "hunter2" in said or "Traceback" in said), said
