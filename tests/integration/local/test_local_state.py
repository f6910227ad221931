"""What the stack keeps between starts: ports that others took are chosen anew, all else stays."""

from __future__ import annotations

import socket
from dataclasses import replace
from pathlib import Path

from infra.local.parts import s3 as local_s3
from infra.local.parts.bucket import client
from infra.local.ports import free_block
from infra.local.state import kept

ALL = ("receiver", "console", "redis", "s3", "simulator")


def test_ports_and_keys_are_chosen_once(tmp_path: Path) -> None:
    """A second look finds the first one's choice."""
    first = kept(tmp_path / "state.json", ALL)

    assert kept(tmp_path / "state.json", ALL) == first


def test_only_a_port_that_somebody_took_is_chosen_anew(tmp_path: Path) -> None:
    """One taken port of S3's ten moves all ten, and nothing else."""
    first = kept(tmp_path / "state.json", ALL)
    with socket.create_server(("127.0.0.1", first.s3_port + 4)):
        second = kept(tmp_path / "state.json", ALL)

    assert second.s3_port != first.s3_port
    assert replace(second, s3_port=first.s3_port) == first


def test_a_port_that_is_not_wanted_may_be_taken(tmp_path: Path) -> None:
    """A stack without the simulator leaves its port alone."""
    first = kept(tmp_path / "state.json", ALL)
    with socket.create_server(("127.0.0.1", first.simulator_port)):
        assert kept(tmp_path / "state.json", ("receiver", "redis", "s3")) == first


def test_objects_survive_a_move_to_other_ports(tmp_path: Path) -> None:
    """S3 keeps what it had under ports that were taken since."""
    credentials = local_s3.new_credentials()
    with local_s3.start(tmp_path, credentials=credentials) as first:
        client(first.address).put_object(Bucket=first.bucket, Key="kept", Body=b"bytes")
    with local_s3.start(tmp_path, port=free_block(local_s3.PORTS), credentials=credentials) as second:
        body = client(second.address).get_object(Bucket=second.bucket, Key="kept")["Body"].read()

    assert body == b"bytes"
