"""What every reader does: recorded and documented bodies read right, rubbish is refused by name.

A provider takes part by being in the registry and having a folder in `tests/payloads`.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from archive.errors import Unreadable
from archive.reasons import Reason
from providers.provider import Provider
from providers.registry import PROVIDERS, provider_named
from tests.unit.providers.readers import IMAGE, body_of, every_reader, outcome, reason_of

PAYLOADS = Path(__file__).parents[2] / "payloads"
BODIES = sorted(
    path
    for path in PAYLOADS.glob("*/*")
    if path.suffix in {".json", ".bin"}
    and not path.name.endswith(".expected.json")
    and path.parent.name in PROVIDERS
)
# The fewest cases that say something: every shape, spelling and refusal that the facts name.
FEWEST = {"evolink": 35, "apiinone": 20}


def _expected(path: Path) -> object:
    return json.loads(path.with_name(f"{path.stem}.expected.json").read_bytes())


def _read(path: Path) -> object:
    try:
        return outcome(PROVIDERS[path.parent.name], path.read_bytes())
    except Exception as error:
        error.add_note(f"while {path} was read")
        raise


@every_reader
def test_each_recorded_body_reads_as_expected(provider: Provider) -> None:
    """The expectation stands beside the body."""
    bodies = [path for path in BODIES if path.parent.name == provider.name]
    wrong = {path.name: read for path in bodies if (read := _read(path)) != _expected(path)}

    assert {name: _expected(PAYLOADS / provider.name / name) for name in wrong} == wrong


def test_an_expectation_has_a_body() -> None:
    """No expectation is left behind by a body that was renamed."""
    cases = [
        path.with_name(path.name.removesuffix(".expected.json"))
        for path in PAYLOADS.glob("*/*.expected.json")
    ]
    left = [
        case
        for case in cases
        if case.with_name(f"{case.name}.json").exists() == case.with_name(f"{case.name}.bin").exists()
    ]

    assert len(cases) > 400
    assert [] == left


@every_reader
def test_every_provider_has_recorded_bodies(provider: Provider) -> None:
    """A provider without payloads would pass the suite by having no tests."""
    assert sum(path.parent.name == provider.name for path in BODIES) >= FEWEST.get(provider.name, 10)


NOT_JSON = {
    "nothing": b"",
    "a page of html": b"<!doctype html><title>502</title>",
    "a form": b"id=task-unified-1757156493-imcg5zqt&status=completed",
    "nul bytes": b"\x00" * 64,
    "half of utf-16": "{}".encode("utf-16")[:-1],
    "a word of Python": b'{"created": None}',
    "a comma too many": b'{"created": 1,}',
    "two values": b"{}{}",
    "a comment": b"{} // done",
    "arrays 100,000 deep": b"[" * 100_000 + b"]" * 100_000,
    "objects 100,000 deep": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "empty arrays 65 deep": b'{"a":' + b"[" * 64 + b"]" * 64 + b"}",
    "an object 65 deep": b'{"a":' * 65 + b"1" + b"}" * 65,
}
NOT_AN_OBJECT = [
    b"[]",
    b"null",
    b"true",
    b"7",
    b'"completed"',
    b"[7]",
    b'"[7]"',
    b'"{"',
    b"[[[[[{}]]]]]",
    b'[{"id": "task-1", "status": "failed"}, {"id": "task-2", "status": "failed"}]',
]


@every_reader
@pytest.mark.parametrize("body", NOT_JSON.values(), ids=NOT_JSON.keys())
def test_rubbish_is_refused_as_not_json(provider: Provider, body: bytes) -> None:
    """Whatever is wrong with the text, it ends in this one reason."""
    assert reason_of(provider, body) == Reason.NOT_JSON


@every_reader
@pytest.mark.parametrize("body", NOT_AN_OBJECT)
def test_json_of_another_type_is_refused_as_not_an_object(provider: Provider, body: bytes) -> None:
    """A body is one object."""
    assert reason_of(provider, body) == Reason.NOT_AN_OBJECT


@every_reader
@pytest.mark.parametrize("nested", [b"[" * 63 + b"]" * 63, b"[" * 63 + b"1" + b"]" * 63])
def test_a_body_within_the_depth_is_read(provider: Provider, nested: bytes) -> None:
    """Depth alone is no reason to refuse: what the task says still counts."""
    body = (
        b'{"id": "task-1", "task_id": "task-1", "request_id": "task-1", "status": "pending", "usage": '
        + nested
        + b"}"
    )
    assert provider.read(body).status == "unfinished"


@every_reader
@pytest.mark.parametrize("wrong", [7, 7.5, True, [], ["task-1"], {}, {"id": "task-1"}, 10**30])
def test_an_id_that_is_no_string_is_a_bad_task_id(provider: Provider, wrong: object) -> None:
    """A number is not read as an id: nobody knows its spelling in the key."""
    assert (
        reason_of(provider, body_of(task_id=wrong, status="completed", results=[IMAGE])) == Reason.BAD_TASK_ID
    )


@every_reader
@pytest.mark.parametrize(
    "wrong", ["../../x", "..", "a/./b", "a\\..", "a b c", "abcd\n", "a\u202eb", "x" * 160, "é" * 54]
)
def test_what_is_no_id_is_a_bad_task_id(provider: Provider, wrong: str) -> None:
    """The rule is that of `archive.task_ids`."""
    assert (
        reason_of(provider, body_of(task_id=wrong, status="completed", results=[IMAGE])) == Reason.BAD_TASK_ID
    )


@every_reader
@pytest.mark.parametrize(
    "secret",
    [
        "https://h.example/a.png?sig=SECRET",
        "/callbacks/x/SECRET",
        f"k1.e30.{'S' * 43}",
        "https://user:SECRET@h.example/a",
    ],
)
def test_an_id_that_holds_a_secret_is_a_bad_task_id(provider: Provider, secret: str) -> None:
    """It would stand in keys and manifests, which are open: the refusal names it without its secret."""
    with pytest.raises(Unreadable) as refusal:
        provider.read(body_of(task_id=secret, status="completed", results=[IMAGE]))
    assert refusal.value.reason == Reason.BAD_TASK_ID
    assert "SECRET" not in refusal.value.detail
    assert provider.read_task_id(body_of(task_id=secret)) is None


@every_reader
@pytest.mark.parametrize("missing", [None, ""])
def test_an_id_that_says_nothing_is_no_task_id(provider: Provider, missing: object) -> None:
    """Null and the empty string are as good as absent."""
    assert (
        reason_of(provider, body_of(task_id=missing, status="completed", results=[IMAGE]))
        == Reason.NO_TASK_ID
    )


@every_reader
@pytest.mark.parametrize("wrong", [7, True, ["completed"], {"status": "completed"}, "compleated", "complète"])
def test_a_status_of_no_known_word_is_an_unknown_status(provider: Provider, wrong: object) -> None:
    """Also one of another type."""
    assert reason_of(provider, body_of(status=wrong, results=[IMAGE])) == Reason.UNKNOWN_STATUS


@every_reader
def test_the_id_is_judged_before_the_status(provider: Provider) -> None:
    """So that a refusal for any later reason has an id to be filed under."""
    assert reason_of(provider, body_of(task_id="a b", status="compleated")) == Reason.BAD_TASK_ID


@every_reader
@pytest.mark.parametrize(
    "told",
    [{"status": "compleated"}, {}, {"status": "completed"}, {"status": "completed", "type": "video"}],
)
def test_a_refused_body_still_tells_its_task_id(provider: Provider, told: dict[str, object]) -> None:
    """Its dead letter is filed by the task."""
    body = body_of(**told)
    assert reason_of(provider, body) is not None
    assert provider.read_task_id(body) == "task-1"


@every_reader
@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b'{"id": 7, "task_id": 7, "request_id": 7}',
        b'{"id": "../x", "task_id": "../x", "request_id": "../x"}',
    ],
)
def test_a_body_without_a_usable_id_tells_none(provider: Provider, body: bytes) -> None:
    """Never an exception, and never an id that cannot be part of a key."""
    assert provider.read_task_id(body) is None


@every_reader
@pytest.mark.parametrize(
    "link",
    [
        "files.evolink.ai/a.png",
        "ftp://x/a.png",
        "javascript:alert(1)",
        "http://[::1",
        " ",
        "\u0000",
        "[",
        "{x}",
    ],
)
def test_a_link_of_any_kind_is_passed_on_for_the_gate_to_refuse(provider: Provider, link: str) -> None:
    """A reader that dropped it would hide a forgery, or an image."""
    notification = provider.read(body_of(status="completed", results=[link]))
    assert notification.sources == (link,)
    assert len(notification.origin) == 16


@every_reader
@pytest.mark.parametrize("status", ["failed", "cancelled", "pending"])
def test_only_a_completed_task_has_sources(provider: Provider, status: str) -> None:
    """Links in another body are not downloaded."""
    assert provider.read(body_of(status=status, results=[IMAGE])).sources == ()


def test_an_unknown_provider_is_refused_by_name() -> None:
    """A delivery to a provider without reader is kept until there is one."""
    with pytest.raises(Unreadable) as refusal:
        provider_named("midjourney")
    assert refusal.value.reason == Reason.UNKNOWN_PROVIDER


@pytest.mark.parametrize("name", ["evolink", "apiinone"])
def test_a_known_provider_is_found_by_its_name(name: str) -> None:
    """The names are those in callback URLs and keys."""
    assert provider_named(name).name == name
