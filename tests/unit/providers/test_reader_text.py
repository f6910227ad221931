"""What every reader forgives of a text: encodings, halves of characters, numbers that are none, doubled keys."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest

from archive.reasons import Reason
from archive.records.notification import Notification
from providers.provider import Provider
from tests.unit.providers.readers import IMAGE, body_of, every_reader, reason_of

# What no JSON is, and needs no word: null in its place.
NUMBERS = [b"NaN", b"nan", b"-nan", b"Infinity", b"-Infinity", b"inf", b"undefined", b"1e999", b"9" * 5_000]


@every_reader
@pytest.mark.parametrize("escape", [rb"\ud83d", rb"\udc00", rb"\ud83d\ud83d", rb"\ud800A"])
def test_half_a_surrogate_pair_does_not_cost_the_task(provider: Provider, escape: bytes) -> None:
    """A message that was cut inside an emoji reads with U+FFFD, and can be written again."""
    body = (
        b'{"id": "task-1", "task_id": "task-1", "request_id": "task-1", "status": "failed", "error": {"message": "no '
        + escape
        + b'"}}'
    )
    error = Notification.from_json(provider.read(body).to_json()).error
    assert error is not None
    assert error.message.startswith("no \ufffd")


@every_reader
def test_a_whole_surrogate_pair_and_an_escaped_backslash_are_left_alone(provider: Provider) -> None:
    r"""An emoji is an emoji, and `\\ud83d` is a backslash and letters."""
    body = rb'{"id":"task-1","task_id":"task-1","request_id":"task-1","status":"failed","error":{"message":"\ud83d\ude00 \\ud83d"}}'
    error = provider.read(body).error
    assert error is not None
    assert error.message == "\U0001f600 \\ud83d"


@every_reader
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_other_encodings_of_unicode_are_read(provider: Provider, encoding: str) -> None:
    """With or without a byte order mark."""
    body = body_of(status="completed", results=[IMAGE]).decode().encode(encoding)
    assert provider.read(body).sources == (IMAGE,)


@every_reader
@pytest.mark.parametrize(
    ("wrap", "forgave"),
    [
        (lambda body: b"\0" + body, "trailing_bytes"),
        (lambda body: b"\0\0\0" + body + b"\0", "trailing_bytes"),
        (lambda body: b"[%b, %b, %b]" % (body, body, body), "array_of_one"),
        (lambda body: json.dumps("\ufeff" + body.decode() + "\0").encode(), "encoded_twice"),
        (lambda body: quote(body.decode()).encode(), "form"),
        (lambda body: quote_plus(body.decode()).encode() + b"=", "form"),
        (lambda body: quote(f"[{body.decode()}]").lower().encode() + b"=", "form"),
    ],
)
def test_what_stands_around_the_json_is_passed_over(
    provider: Provider, wrap: Callable[[bytes], bytes], forgave: str
) -> None:
    """NULs before it, the same object several times, a mark within a string, a form that is nothing else."""
    told = provider.read(wrap(body_of(status="completed", results=[IMAGE])))
    assert told.sources == (IMAGE,)
    assert forgave in told.forgave


@every_reader
def test_a_key_that_matters_and_stands_twice_is_ambiguous_where_it_differs(provider: Provider) -> None:
    """One reader of JSON takes the first, another the last: nobody knows which was meant."""
    body = b'{"id": "task-1", "task_id": "task-1", "request_id": "task-1", "status": "failed", "status": "cancelled"}'
    assert reason_of(provider, body) == Reason.AMBIGUOUS
    same = b'{"id": "task-1", "task_id": "task-1", "request_id": "task-1", "status": "failed", "status": "failed"}'
    assert (provider.read(same).status, provider.read(same).forgave) == ("failed", ())


@every_reader
@pytest.mark.parametrize("number", NUMBERS, ids=lambda number: number[:9].decode())
def test_what_is_no_number_of_json_is_null(provider: Provider, number: bytes) -> None:
    """A notification with it can be written again, as JSON that every program reads."""
    body = b'{"id": "task-1", "task_id": "task-1", "request_id": "task-1", "status": "failed", "usage": {"a": %b, "b": "%b"}}'
    told = provider.read(body % (number, number[:9]))
    assert json.loads(told.to_json())["billing"] == {"usage": {"a": None, "b": number.decode()[:9]}}
    assert told.forgave == ("nan",)


@every_reader
def test_a_good_body_has_nothing_to_forgive(provider: Provider) -> None:
    """What was forgiven is said, and nothing else is."""
    assert provider.read(body_of(status="completed", results=[IMAGE])).forgave == ()
