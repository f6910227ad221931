"""What every reader does: recorded and documented bodies read right, rubbish is refused by name.

A provider takes part by being in the registry and having a folder in `tests/payloads`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from archive.errors import Unreadable
from archive.notification import REMARKS_MAX_BYTES, Notification, within_bounds
from archive.reasons import Reason
from providers.provider import Provider
from providers.registry import PROVIDERS, provider_named

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

every_reader = pytest.mark.parametrize("provider", PROVIDERS.values(), ids=PROVIDERS.keys())


def outcome(provider: Provider, body: bytes) -> dict[str, Any]:
    """What a reader makes of a body, in the form of the `.expected.json` files."""
    try:
        notification = provider.read(body)
    except Unreadable as refusal:
        return {"unreadable": str(refusal.reason)}
    told: dict[str, Any] = msgspec.json.decode(notification.to_json())
    return told


def reason_of(provider: Provider, body: bytes) -> str | None:
    """Why a reader refuses a body, or None where it reads it."""
    reason: str | None = outcome(provider, body).get("unreadable")
    return reason


@pytest.mark.parametrize("path", BODIES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_recorded_body_reads_as_expected(path: Path) -> None:
    """The expectation stands beside the body."""
    expected = json.loads(path.with_name(f"{path.stem}.expected.json").read_bytes())
    assert outcome(PROVIDERS[path.parent.name], path.read_bytes()) == expected


@pytest.mark.parametrize("path", sorted(PAYLOADS.glob("*/*.expected.json")), ids=lambda path: path.name)
def test_an_expectation_has_its_body(path: Path) -> None:
    """No expectation is left behind by a body that was renamed."""
    case = path.name.removesuffix(".expected.json")
    assert path.with_name(f"{case}.json").exists() != path.with_name(f"{case}.bin").exists()


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
# What no JSON is, and needs no word: null in its place.
NUMBERS = [b"NaN", b"nan", b"-nan", b"Infinity", b"-Infinity", b"inf", b"undefined", b"1e999", b"9" * 5_000]


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
    body = b'{"id": "task-1", "task_id": "task-1", "status": "pending", "usage": ' + nested + b"}"
    assert provider.read(body).status == "unfinished"


def _body(**told: object) -> bytes:
    """A body whose id stands under both providers' keys."""
    task_id = told.pop("task_id", "task-1")
    return msgspec.json.encode({"id": task_id, "task_id": task_id, **told})


IMAGE = "https://files.evolink.ai/a_0.png"


@every_reader
@pytest.mark.parametrize("wrong", [7, 7.5, True, [], ["task-1"], {}, {"id": "task-1"}, 10**30])
def test_an_id_that_is_no_string_is_a_bad_task_id(provider: Provider, wrong: object) -> None:
    """A number is not read as an id: nobody knows its spelling in the key."""
    assert (
        reason_of(provider, _body(task_id=wrong, status="completed", results=[IMAGE])) == Reason.BAD_TASK_ID
    )


@every_reader
@pytest.mark.parametrize(
    "wrong", ["../../x", "a", "a/b/c", "-abc", "a b c", "a~b~c", "é123", "abcd\n", "x" * 129]
)
def test_an_id_that_cannot_be_part_of_a_key_is_a_bad_task_id(provider: Provider, wrong: str) -> None:
    """The rule is that of `archive.layout`."""
    assert (
        reason_of(provider, _body(task_id=wrong, status="completed", results=[IMAGE])) == Reason.BAD_TASK_ID
    )


@every_reader
@pytest.mark.parametrize("missing", [None, ""])
def test_an_id_that_says_nothing_is_no_task_id(provider: Provider, missing: object) -> None:
    """Null and the empty string are as good as absent."""
    assert (
        reason_of(provider, _body(task_id=missing, status="completed", results=[IMAGE])) == Reason.NO_TASK_ID
    )


@every_reader
@pytest.mark.parametrize("wrong", [7, True, ["completed"], {"status": "completed"}, "compleated", "complète"])
def test_a_status_of_no_known_word_is_an_unknown_status(provider: Provider, wrong: object) -> None:
    """Also one of another type."""
    assert reason_of(provider, _body(status=wrong, results=[IMAGE])) == Reason.UNKNOWN_STATUS


@every_reader
def test_the_id_is_judged_before_the_status(provider: Provider) -> None:
    """So that a refusal for any later reason has an id to be filed under."""
    assert reason_of(provider, _body(task_id="a b", status="compleated")) == Reason.BAD_TASK_ID


@every_reader
@pytest.mark.parametrize(
    "told",
    [{"status": "compleated"}, {}, {"status": "completed"}, {"status": "completed", "type": "video"}],
)
def test_a_refused_body_still_tells_its_task_id(provider: Provider, told: dict[str, object]) -> None:
    """Its dead letter is filed by the task."""
    body = _body(**told)
    assert reason_of(provider, body) is not None
    assert provider.read_task_id(body) == "task-1"


@every_reader
@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"id": 7, "task_id": 7}', b'{"id": "../x", "task_id": "../x"}']
)
def test_a_body_without_a_usable_id_tells_none(provider: Provider, body: bytes) -> None:
    """Never an exception, and never an id that cannot be part of a key."""
    assert provider.read_task_id(body) is None


@every_reader
@pytest.mark.parametrize("escape", [rb"\ud83d", rb"\udc00", rb"\ud83d\ud83d", rb"\ud800A"])
def test_half_a_surrogate_pair_does_not_cost_the_task(provider: Provider, escape: bytes) -> None:
    """A message that was cut inside an emoji reads with U+FFFD, and can be written again."""
    body = (
        b'{"id": "task-1", "task_id": "task-1", "status": "failed", "error": {"message": "no '
        + escape
        + b'"}}'
    )
    error = Notification.from_json(provider.read(body).to_json()).error
    assert error is not None
    assert error.message.startswith("no \ufffd")


@every_reader
def test_a_whole_surrogate_pair_and_an_escaped_backslash_are_left_alone(provider: Provider) -> None:
    r"""An emoji is an emoji, and `\\ud83d` is a backslash and letters."""
    body = rb'{"id":"task-1","task_id":"task-1","status":"failed","error":{"message":"\ud83d\ude00 \\ud83d"}}'
    error = provider.read(body).error
    assert error is not None
    assert error.message == "\U0001f600 \\ud83d"


@every_reader
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_other_encodings_of_unicode_are_read(provider: Provider, encoding: str) -> None:
    """With or without a byte order mark."""
    body = _body(status="completed", results=[IMAGE]).decode().encode(encoding)
    assert provider.read(body).sources == (IMAGE,)


@every_reader
def test_a_key_that_matters_and_stands_twice_is_ambiguous_where_it_differs(provider: Provider) -> None:
    """One reader of JSON takes the first, another the last: nobody knows which was meant."""
    body = b'{"id": "task-1", "task_id": "task-1", "status": "failed", "status": "cancelled"}'
    assert reason_of(provider, body) == Reason.AMBIGUOUS
    same = b'{"id": "task-1", "task_id": "task-1", "status": "failed", "status": "failed"}'
    assert (provider.read(same).status, provider.read(same).forgave) == ("failed", ())


@every_reader
@pytest.mark.parametrize("number", NUMBERS, ids=lambda number: number[:9].decode())
def test_what_is_no_number_of_json_is_null(provider: Provider, number: bytes) -> None:
    """A notification with it can be written again, as JSON that every program reads."""
    body = b'{"id": "task-1", "task_id": "task-1", "status": "failed", "usage": {"a": %b, "b": "%b"}}'
    told = provider.read(body % (number, number[:9]))
    assert json.loads(told.to_json())["billing"] == {"usage": {"a": None, "b": number.decode()[:9]}}
    assert told.forgave == ("nan",)


@every_reader
def test_a_good_body_has_nothing_to_forgive(provider: Provider) -> None:
    """What was forgiven is said, and nothing else is."""
    assert provider.read(_body(status="completed", results=[IMAGE])).forgave == ()


@every_reader
@pytest.mark.parametrize(
    ("said", "remarks"),
    [
        ({}, None),
        ({"seed": 17454220438242315174}, {"seed": 17454220438242315174}),
        (
            {"result_data": [{"url": IMAGE, "seed": 7}, {"seed": 8}]},
            {"result_data.0.seed": 7, "result_data.1.seed": 8},
        ),
        ({"has_nsfw_concepts": [False, True]}, {"has_nsfw_concepts": [False, True]}),
        ({"output": {"NSFWContent": True}}, {"output.NSFWContent": True}),
        ({"is_nsfw": "maybe", "flagged": False}, {"is_nsfw": "maybe", "flagged": False}),
        ({"input": {"seed": 1}, "param": {"seed": 1}, "seed": None}, None),
        ({"seed": {"a": 1}, "unsafe": []}, None),
        ({"seed": "x" * 5_000}, {"seed": "x" * 255 + "\N{HORIZONTAL ELLIPSIS}"}),
    ],
)
def test_seeds_and_flags_of_unsafe_images_are_kept_as_they_were_told(
    provider: Provider, said: dict[str, Any], remarks: dict[str, Any] | None
) -> None:
    """By the path at which they stood; what echoes the request is not read."""
    told = provider.read(_body(status="completed", results=[IMAGE], **said)).remarks
    if remarks is None or len(str(remarks)) < 200:
        assert told == remarks
    else:
        assert len(json.dumps(told)) < 400


@every_reader
def test_remarks_have_a_bound(provider: Provider) -> None:
    """However many images a stranger tells of."""
    data = [{"seed": "\u0000" * 100, "nsfw": True} for _ in range(1_000)]
    told = within_bounds(provider.read(_body(status="completed", results=[IMAGE], result_data=data)))
    assert len(json.dumps(told.remarks).encode()) <= REMARKS_MAX_BYTES


@every_reader
def test_what_a_task_cost_in_each_currency_is_kept(provider: Provider) -> None:
    """As EvoLink tells it beside `credits_used`."""
    usage = {"cost": {"credits": 13.5, "usd": 0.199, "cny": 1.35}, "credits_used": 13.5}
    assert provider.read(_body(status="completed", results=[IMAGE], usage=usage)).billing == {"usage": usage}


@every_reader
def test_billing_survives_untouched(provider: Provider) -> None:
    """Numbers beyond 64 bits and words that nobody knows included."""
    usage = {"credits_used": 1.783, "huge": 10**30, "rule": ["per_call", None]}
    notification = provider.read(_body(status="failed", usage=usage))
    assert Notification.from_json(notification.to_json()).billing == {"usage": usage}


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
    notification = provider.read(_body(status="completed", results=[link]))
    assert notification.sources == (link,)
    assert len(notification.origin) == 16


@every_reader
@pytest.mark.parametrize("status", ["failed", "cancelled", "pending"])
def test_only_a_completed_task_has_sources(provider: Provider, status: str) -> None:
    """Links in another body are not downloaded."""
    assert provider.read(_body(status=status, results=[IMAGE])).sources == ()


def test_an_unknown_provider_is_refused_by_name() -> None:
    """A delivery to a provider without reader is kept until there is one."""
    with pytest.raises(Unreadable) as refusal:
        provider_named("midjourney")
    assert refusal.value.reason == Reason.UNKNOWN_PROVIDER


@pytest.mark.parametrize("name", ["evolink", "apiinone"])
def test_a_known_provider_is_found_by_its_name(name: str) -> None:
    """The names are those in callback URLs and keys."""
    assert provider_named(name).name == name
