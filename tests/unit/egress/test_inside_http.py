"""What `egress/head.py` and `egress/connection.py` lean on is inside http.client and urllib3: it is there, as it was.

http.client's inside has no bound in `pyproject.toml`: it is that of the Pythons that `.github/workflows/ci.yml` runs.
"""

from __future__ import annotations

import inspect
import socket
from http.client import HTTPConnection as PythonsConnection
from http.client import HTTPResponse as PythonsResponse
from pathlib import Path

import pytest
from urllib3.connection import HTTPConnection, HTTPSConnection

from egress.connection import tls_context


def test_http_client_reads_one_status_line_and_then_fields_from_the_same_stream() -> None:
    begun = inspect.getsource(PythonsResponse.begin)
    order = (
        "version, status, reason = self._read_status()",
        "if status != CONTINUE",
        "parse_headers(self.fp",
    )
    places = [begun.index(what) for what in order]

    assert sorted(places) == places
    # It reads the line from `fp`, which ours puts another stream in place of afterwards.
    assert "self.fp.readline(_MAXLINE + 1)" in inspect.getsource(PythonsResponse._read_status)  # type: ignore[attr-defined]


def test_http_client_makes_its_answer_of_the_class_that_is_named() -> None:
    assert PythonsConnection.response_class is PythonsResponse
    assert "self.response_class(self.sock" in inspect.getsource(PythonsConnection.getresponse)


def test_an_answer_is_read_by_recv_into_of_its_socket() -> None:
    assert "self._sock.recv_into(" in inspect.getsource(socket.SocketIO.readinto)


def test_urllib3_opens_its_socket_in_one_place() -> None:
    for kind in (HTTPConnection, HTTPSConnection):
        assert "self._new_conn()" in inspect.getsource(kind.connect)
        assert isinstance(inspect.getattr_static(kind, "is_closed"), property)
        assert isinstance(inspect.getattr_static(kind, "is_connected"), property)
    # The name that was asked for, also where it ends in a dot.
    assert "self._dns_host" in inspect.getsource(HTTPConnection._new_conn)
    assert "super().getresponse()" in inspect.getsource(HTTPConnection.getresponse)


def test_all_connections_verify_by_one_context_until_openssl_looks_elsewhere(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    known = tls_context()
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "none.pem"))

    assert tls_context() is tls_context()
    assert tls_context() is not known
