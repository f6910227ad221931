"""What is wrong with a connection is said in words, and no class of Python's or a library's stands in them."""

from __future__ import annotations

import http.client
import re
import socket
import ssl

import pytest
from urllib3 import exceptions as errors

from archive.connection_words import why
from tests.unit.docs.documents import ROOT

_A_CLASS = re.compile(r"type\(\w+(?:\[-1\])?\)\.__name__|__class__\.__name__")
_PACKAGES = ("archive", "console", "infra", "providers", "receiver", "workers")
# By which lines of a log are told apart, and not shown.
_NOT_SHOWN = {"runtime/guarded.py", "workers/listening/listener.py"}
# What the simulator met, for the tests that ask it.
_SIMULATED = {"infra/simulator/callbacks.py"}


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (ConnectionRefusedError(111, "Connection refused"), "nobody listens there"),
        (socket.gaierror(-2, "Name or service not known"), "no such host"),
        (http.client.RemoteDisconnected("Remote end closed"), "the connection was closed without an answer"),
        (
            errors.ProtocolError("Connection aborted.", http.client.RemoteDisconnected("Remote end closed")),
            "the connection was closed without an answer",
        ),
        (errors.ProtocolError("Connection aborted.", ConnectionResetError(104, "reset")), "was cut off"),
        (errors.ProtocolError("Connection broken: ...", http.client.IncompleteRead(b"")), "broke off"),
        (http.client.BadStatusLine("SSH-2.0-OpenSSH"), "speaks no HTTP"),
        (http.client.LineTooLong("header line"), "speaks no HTTP"),
        (errors.ReadTimeoutError(None, "/", "Read timed out."), "no answer in time"),  # type: ignore[arg-type]
        (TimeoutError(), "no answer in time"),
        (ssl.SSLError(1, "WRONG_VERSION_NUMBER"), "no TLS is spoken there"),
        (OSError(113, "No route to host"), "No route to host"),
        (errors.ProtocolError("something new"), "the connection failed"),
        (AttributeError("'NoneType' object has no attribute 'recv'"), "the connection failed"),
    ],
)
def test_an_error_is_said_in_words(error: BaseException, words: str) -> None:
    assert words in why(error)
    assert not re.search(r"[a-z](?:Error|Exception|Disconnected|Read|Line)\b", why(error))


def test_no_text_of_ours_is_made_of_the_name_of_a_class() -> None:
    """But for a fault of ours, which says that it is one, and names the class for who mends it."""
    bare = [
        f"{path.relative_to(ROOT)}:{number}"
        for package in _PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        if str(path.relative_to(ROOT)) not in _NOT_SHOWN | _SIMULATED
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if _A_CLASS.search(line) and "a fault of ours" not in line
    ]

    assert bare == []
