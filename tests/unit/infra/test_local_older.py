"""A shell that still has the variables of a stack that ran before does not lead the next one astray."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from infra.local import environment, older, state
from infra.local.errors import CannotStart
from infra.local.options import Options
from infra.local.parts import s3
from infra.local.parts.bucket import BucketAddress
from infra.local.parts.certificate import Certificate
from infra.local.parts.redis import url_of
from infra.local.state import State


@pytest.fixture
def kept(tmp_path: Path) -> State:
    """A stack that ran in `tmp_path/var`."""
    return state.kept(tmp_path / "var" / "state.json", ("receiver", "redis", "s3", "simulator"))


def variables(data: Path, kept: State, **shell: str) -> dict[str, str]:
    """What stands in its stack.env."""
    tls = Certificate(*(data / "tls" / name for name in ("ca.pem", "cert.pem", "key.pem", "bundle.pem")))
    options = Options(data=data, simulator=True, environment=shell)
    bucket: BucketAddress = s3.address_of(kept.s3_port, kept.credentials)
    decided = environment.ours(options, kept, bucket, url_of(kept.redis_port), tls)
    return environment.of_command(options, decided, tls)


def test_its_own_variables_are_known_and_what_tunes_it_stays(tmp_path: Path, kept: State) -> None:
    data = tmp_path / "var"
    found = older.left_over({**variables(data, kept, LEASE_S="5"), "HOME": "/root"}, data)

    assert set(found) >= {
        *("REDIS_URL", "S3_ENDPOINT", "S3_BUCKET", "S3_PREFIX", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),
        *("EVOLINK_API", "EVOLINK_API_KEY", "APIINONE_API", "ALLOW_SOURCES", "SPOOL_DIR", "SSL_CERT_FILE"),
        *("REPLICATE_SIGNING_KEYS", "FAL_KEY_SET"),
    }
    assert set() == set(found) & {"LEASE_S", "HOME"}
    assert str(data) in older.told(found)


def test_those_of_a_stack_in_another_folder_are_known_by_its_mark(tmp_path: Path, kept: State) -> None:
    shell = variables(tmp_path / "var", kept)

    assert "REDIS_URL" in older.left_over(shell, tmp_path / "another")
    assert {} == older.left_over({**shell, older.MARK: ""}, tmp_path / "another")


def test_servers_that_somebody_else_runs_are_used(tmp_path: Path, kept: State) -> None:
    del kept
    shell = {
        "REDIS_URL": "redis://redis.example:6379/0",
        "S3_ENDPOINT": "https://s3.example",
        "S3_BUCKET": "fixative",
        "AWS_PROFILE": "mine",
        "EVOLINK_API_KEY": "true",
        "REPLICATE_SIGNING_KEYS": "whsec_dHJ1ZQ==",
    }
    assert {} == older.left_over(shell, tmp_path / "var")
    older.refuse_stopped(shell)


@pytest.mark.parametrize("text", ["", "rubbish", json.dumps({"unknown": 1})])
def test_a_state_that_makes_no_sense_is_nobodys(tmp_path: Path, text: str) -> None:
    (tmp_path / "state.json").write_text(text, encoding="utf-8")

    assert {} == older.left_over({"REDIS_URL": "redis://127.0.0.1:1/0"}, tmp_path)


@pytest.mark.parametrize(
    ("name", "url"),
    [
        ("REDIS_URL", "redis://127.0.0.1:{port}/0"),
        ("REDIS_URL", "redis://:password@localhost:{port}"),
        ("S3_ENDPOINT", "http://127.0.0.1:{port}"),
    ],
)
def test_a_server_of_this_machine_that_is_not_there_is_told_immediately(name: str, url: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        older.refuse_stopped({name: url.format(port=port)})
    with pytest.raises(
        CannotStart, match=rf"{name} names .*:{port}, where nobody listens.*unset {name}"
    ) as told:
        older.refuse_stopped({name: url.format(port=port)})
    assert "password" not in str(told.value)


def test_an_address_that_is_none_is_left_to_the_settings() -> None:
    for address in ("http://[", "http://127.0.0.1:99999"):
        older.refuse_stopped({"S3_ENDPOINT": address})


def test_a_port_that_moved_is_told_with_what_it_means(tmp_path: Path, kept: State) -> None:
    path = tmp_path / "var" / "state.json"
    with socket.create_server(("127.0.0.1", kept.receiver_port)):
        now = state.kept(path, ("receiver", "redis", "s3", "simulator"))

    [told] = state.moves(kept, now)
    assert told.startswith(f"Port {kept.receiver_port} is taken by another program: the receiver listens on ")
    assert str(now.receiver_port) in told
    assert "Callback URLs that were minted before" in told
    assert [] == state.moves(State(), now) == state.moves(now, now)
    assert 4 == len(state.moves(State(receiver_port=1, redis_port=1, s3_port=1, simulator_port=1), now))
