"""A line of the log as JSON: one object, in ASCII, bounded, without a secret."""

from __future__ import annotations

import json
import logging
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive import tickets
from archive.records.order import Claims
from runtime.logs.json_lines import LINE_MAX_BYTES, JsonLines
from runtime.logs.lines import LogLines
from runtime.logs.step import facts, tell
from runtime.logs.subject import about

TICKET = tickets.mint(Claims(label="shop"), "evolink", tickets.read_keys(tickets.new_key("k1")))
# With what JSON escapes: it must be found before it is.
SECRET = 'a "secret" \\ é'


def line(message: str, *arguments: object, **extra: Any) -> str:
    record = logging.LogRecord("receiver.x", logging.INFO, "file", 1, message, arguments, None)
    record.__dict__.update(extra)
    return JsonLines((SECRET,), process="receiver").format(record)


def told(written: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(written)
    return value


@given(st.text(), st.text())
def test_whatever_is_logged_is_one_line_that_parses(message: str, fact: str) -> None:
    with about(task=fact):
        written = line("got %s", message, **facts("kept", detail=fact))

    assert written.isascii()
    assert written.isprintable()
    assert f"got {message}".isprintable() <= (told(written)["message"] == f"got {message}")


@given(st.sampled_from('a\u4e2d\U0001f600\n"\\?'), st.integers(0, 40_000), st.integers(0, 40_000))
def test_no_line_is_longer_than_collectors_read(character: str, of_message: int, of_fact: int) -> None:
    with about(task="task-unified-1795000004-ab12cd34"):
        written = line("%s", character * of_message, **facts("lost", detail=character * of_fact))

    assert len(written.encode()) < LINE_MAX_BYTES
    assert "task-unified-1795000004-ab12cd34" == told(written)["task"]


def test_of_a_long_traceback_its_end_is_kept_without_a_secret() -> None:
    def odd(times: int) -> None:
        even(times - 1)

    def even(times: int) -> None:
        if times > 0:
            odd(times - 1)
        raise ValueError(f"the last words, {SECRET} {TICKET}\nINFO forged")

    try:
        odd(400)
    except ValueError:
        written = line("failed", exc_info=sys.exc_info())
    below = told(written)["traceback"]

    assert "INFO forged" == below.splitlines()[-1]
    assert len(written) < LINE_MAX_BYTES
    assert [] == [mark for mark in (SECRET, TICKET, "é") if mark in below]


@pytest.mark.parametrize(
    "secret", [SECRET, TICKET, "https://h/a.png?Signature=MARK"], ids=["known", "ticket", "query"]
)
def test_no_secret_stands_in_any_field(secret: str) -> None:
    with about(delivery=secret):
        written = line("of %s", secret, **facts("lost", detail=f"x {secret} y"))

    assert [] == [
        field for field, value in told(written).items() if secret in str(value) or "MARK" in str(value)
    ]


def test_a_step_has_its_facts_as_fields_and_none_takes_the_place_of_another() -> None:
    with about(provider="evolink", task="t", run="1f2e3d4c", logger="forged"):
        value = told(line("x", **facts("kept", index=0, bytes=12, level="forged", task="another")))

    assert ("kept", 0, 12) == (value["step"], value["index"], value["bytes"])
    assert ("receiver.x", "info", "t", "receiver") == (
        value["logger"],
        value["level"],
        value["task"],
        value["process"],
    )
    assert value["time"].endswith("Z")


def test_a_step_is_a_line_in_words_too(caplog: pytest.LogCaptureFixture) -> None:
    log = logging.getLogger("workers.x")
    caplog.set_level(logging.INFO, "workers.x")
    with about(provider="evolink", task="t"):
        tell(log, "dead_letter", index=0, reason="source_gone", key=None)
        [record] = caplog.records
        text = LogLines().format(record)

    assert text.endswith(" INFO workers.x dead letter: index=0 reason=source_gone [provider=evolink task=t]")
    assert record.getMessage() == told(JsonLines().format(record))["message"]


def test_what_a_line_names_itself_is_not_said_twice() -> None:
    record = logging.LogRecord("workers.x", logging.INFO, "file", 1, "task=%s archived", ("t",), None)
    with about(provider="evolink", task="t"):
        assert LogLines().format(record).endswith(" task=t archived [provider=evolink]")
    assert LogLines().format(record).endswith(" task=t archived")
