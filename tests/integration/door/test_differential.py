"""Whatever is sent, straight over TLS or through a proxy: one answer each, and what was answered 202 is what is kept.

The kept ones are read from the bucket itself, all of them, so that nothing can be kept that nobody was told of.
"""

from __future__ import annotations

import contextlib
import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archive.store.bucket import Bucket, open_bucket
from infra.local.parts import s3 as local_s3
from tests.integration.door.front import PLAIN, WEBSOCKETS, caddy, nginx
from tests.integration.door.lone_receiver import LoneReceiver, receiving
from tests.integration.door.scripts import Script, scripts
from tests.integration.door.sent import OFFERS, body, counted
from tests.integration.door.wire import Answer, answers_in, bodies_in

FEW = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))
ANSWER_S = 15.0
ONE_MIB = 1_048_576
# After this long without a word, a proxy waits for more of what it takes for a body.
QUIET_S = 1.0


@dataclass
class Way:
    """A way to a receiver, and the bucket behind it."""

    port: int
    door: LoneReceiver
    bucket: Bucket
    seen: set[str] = field(default_factory=set)

    def told(self, *pieces: bytes, quiet_s: float = ANSWER_S) -> list[Answer]:
        """The answers to some bytes, until the other side closes or has said nothing for so long."""
        heard = b""
        with self._connected() as connection, contextlib.suppress(ConnectionError, ssl.SSLError):
            with contextlib.suppress(ConnectionError, ssl.SSLError):
                for piece in pieces:
                    connection.sendall(piece)
            connection.settimeout(quiet_s)
            with contextlib.suppress(TimeoutError):
                while piece := connection.recv(65_536):
                    heard += piece
        return answers_in(heard)

    def _connected(self) -> ssl.SSLSocket:
        plain = socket.create_connection(("127.0.0.1", self.port), ANSWER_S)
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return self.door.trust.wrap_socket(plain, server_hostname="127.0.0.1")

    def forget(self) -> None:
        """What an example that failed has left in the bucket is not the next one's."""
        self.newly_kept()

    def newly_kept(self) -> dict[str, bytes]:
        """The bodies that came into the bucket since the last look, by the ids of their deliveries."""
        keys = [entry.key for entry in self.bucket.list("inbox/") if entry.key not in self.seen]
        self.seen.update(keys)
        return bodies_in(self.bucket.get(key).body for key in keys)


@pytest.fixture(scope="module")
def environment(s3: local_s3.S3) -> dict[str, str]:
    return {
        "S3_BUCKET": s3.bucket, "S3_ENDPOINT": s3.endpoint, "AWS_ACCESS_KEY_ID": s3.access_key,
        "AWS_SECRET_ACCESS_KEY": s3.secret_key, "SPOOL_DIR": "",
    }  # fmt: skip


@pytest.fixture(scope="module")
def straight(
    tmp_path_factory: pytest.TempPathFactory, s3: local_s3.S3, environment: dict[str, str]
) -> Iterator[Way]:
    folder = tmp_path_factory.mktemp("straight")
    with receiving(folder, {**environment, "S3_PREFIX": f"{folder.name}/"}) as door:
        yield Way(door.port, door, _bucket(s3, folder.name))


@pytest.fixture(scope="module")
def behind(
    tmp_path_factory: pytest.TempPathFactory, s3: local_s3.S3, environment: dict[str, str]
) -> Iterator[Way]:
    """A receiver without TLS, which believes the proxies of this machine."""
    folder = tmp_path_factory.mktemp("behind")
    plain = {"TLS_CERT": "", "TLS_KEY": "", "TRUSTED_PROXIES": "127.0.0.1", "S3_PREFIX": f"{folder.name}/"}
    with receiving(folder, {**environment, **plain}) as door:
        yield Way(door.port, door, _bucket(s3, folder.name))


@pytest.fixture(scope="module", params=["caddy", "nginx", "nginx with websockets"])
def proxied(request: pytest.FixtureRequest, behind: Way) -> Iterator[Way]:
    fronts = {
        "caddy": lambda: caddy(behind.door),
        "nginx": lambda: nginx(behind.door, PLAIN),
        "nginx with websockets": lambda: nginx(behind.door, WEBSOCKETS),
    }
    with fronts[request.param]() as port:
        yield Way(port, behind.door, behind.bucket, behind.seen)


def _bucket(s3: local_s3.S3, prefix: str) -> Bucket:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", s3.access_key)
        patch.setenv("AWS_SECRET_ACCESS_KEY", s3.secret_key)
        return open_bucket(name=s3.bucket, prefix=f"{prefix}/", endpoint=s3.endpoint)


def accepted(answers: list[Answer]) -> list[str]:
    return [answer.accepted for answer in answers if answer.accepted is not None]


@settings(FEW, max_examples=60)
@given(st.data())
def test_straight_over_tls_each_request_has_its_answer_and_202_is_what_is_kept(
    straight: Way, data: st.DataObject
) -> None:
    straight.forget()
    script: Script = data.draw(scripts(straight.door.path, doubt=True))
    answers = straight.told(*script.pieces)
    kept = straight.newly_kept()

    served = next(place for place, asked in enumerate(script.asked) if asked.last) + 1
    assert served == len(answers)
    for asked, answer in zip(script.asked, answers, strict=False):
        assert answer.status in asked.statuses
        assert asked.last == answer.last
    sent = [asked.body for asked, answer in zip(script.asked, answers, strict=False) if answer.status == 202]
    assert dict(zip(accepted(answers), sent, strict=True)) == kept


@FEW
@given(st.data())
def test_through_a_proxy_each_request_has_its_answer_and_202_is_what_is_kept(
    proxied: Way, data: st.DataObject
) -> None:
    proxied.forget()
    script: Script = data.draw(scripts(proxied.door.path, doubt=False))
    answers = proxied.told(*script.pieces)
    kept = proxied.newly_kept()

    # A proxy may close where the client said so, and after a refusal of which it had not read the whole body.
    served = next((place for place, asked in enumerate(script.asked) if asked.last), 0) + 1
    assert served <= len(answers) <= len(script.asked)
    for asked, answer in zip(script.asked, answers, strict=False):
        assert answer.status in asked.statuses
    sent = [asked.body for asked, answer in zip(script.asked, answers, strict=False) if answer.status == 202]
    assert dict(zip(accepted(answers), sent, strict=True)) == kept


@FEW
@given(st.data())
def test_whatever_a_stranger_sends_through_a_proxy_others_have_their_own_answers(
    proxied: Way, data: st.DataObject
) -> None:
    """What a proxy makes of a doubtful request is its affair; all that is kept was answered 202, and the other way."""
    proxied.forget()
    script: Script = data.draw(scripts(proxied.door.path, doubt=True))
    answers = proxied.told(*script.pieces, quiet_s=QUIET_S)
    honest = body()
    [own] = proxied.told(counted(proxied.door.path, honest, b"Connection: close\r\n"))
    kept = proxied.newly_kept()

    assert honest == kept.pop(own.accepted or "")
    assert sorted(accepted(answers)) == sorted(kept)
    sent = {asked.body for asked in script.asked}
    assert all(each in sent or each in b"".join(script.pieces) for each in kept.values())


@pytest.mark.parametrize("offer", OFFERS)
def test_a_stranger_behind_a_proxy_cannot_have_others_callbacks_answered(proxied: Way, offer: bytes) -> None:
    """The rest of a body, sent later, was parsed as a request on a connection that others use too."""
    for _ in range(3):
        honest = body()
        hidden = (
            b"\r\n" * 2_000 + b"GET /livez HTTP/1.1\r\nX: "
        )  # the next request line would be the value of X
        with proxied._connected() as stranger:
            stranger.sendall(counted("/callbacks/evolink/none", hidden, offer))
            time.sleep(0.05)
            [own] = proxied.told(counted(proxied.door.path, honest, b"Connection: close\r\n"))

        assert {own.accepted: honest} == proxied.newly_kept()


def test_a_body_that_is_too_large_is_told_so_through_a_proxy(proxied: Way) -> None:
    """A proxy that is cut off while it sends says 502, which a provider takes for trouble that passes."""
    too_large = b"x" * (ONE_MIB + 16)
    for _ in range(10):
        [answer] = proxied.told(counted(proxied.door.path, too_large, b"Connection: close\r\n"))

        assert 413 == answer.status
