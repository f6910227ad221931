"""What went wrong with a connection, in words: the name of a library's class tells people nothing. Pure."""

from __future__ import annotations

import http.client
import os
import socket
import ssl

from urllib3 import exceptions as errors

LATE = "no answer in time"
# The narrower first: many of these are of each other's kind.
_KINDS: tuple[tuple[tuple[type[BaseException], ...], str], ...] = (
    ((errors.NameResolutionError, socket.gaierror), "no such host"),
    ((errors.NewConnectionError, ConnectionRefusedError), "nobody listens there"),
    ((ssl.SSLError, errors.SSLError), "no TLS is spoken there, or none that we speak"),
    ((errors.TimeoutError, TimeoutError), LATE),
    ((http.client.RemoteDisconnected,), "the connection was closed without an answer"),
    ((ConnectionError,), "the connection was cut off"),
    ((http.client.IncompleteRead, errors.IncompleteRead, errors.InvalidChunkLength), "the answer broke off"),
    ((http.client.HTTPException,), "what answers there speaks no HTTP that we understand"),
)
_ELSE = "the connection failed"


def why(error: BaseException) -> str:
    """A few words for an error, or for the one that a library wrapped; without hosts, which the caller knows."""
    inner = _wrapped(error)
    if isinstance(inner, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({inner.verify_message})"
    for found in (inner, error):
        for kinds, words in _KINDS:
            if isinstance(found, kinds):
                return words
    if isinstance(inner, OSError) and inner.errno:
        return inner.strerror or os.strerror(inner.errno)
    return _ELSE


def _wrapped(error: BaseException) -> BaseException:
    """The error that urllib3 puts behind its own words, or the one that is given."""
    if isinstance(error, errors.HTTPError) and not isinstance(error, errors.NameResolutionError):
        behind = [each for each in (*error.args, error.__cause__) if isinstance(each, BaseException)]
        return behind[0] if behind else error
    return error
