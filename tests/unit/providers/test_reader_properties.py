"""What holds of every reader for any bytes and any JSON at all: read, or refused by name."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import Unreadable
from archive.reasons import Reason
from archive.records.notification import Notification
from providers.provider import Provider
from providers.registry import PROVIDERS

every_reader = pytest.mark.parametrize("provider", PROVIDERS.values(), ids=PROVIDERS.keys())

IMAGE = "https://files.evolink.ai/a_0.png"

JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters())
    | st.sampled_from([IMAGE, "[]"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from([*"ab", "url", "images"]), inner, max_size=4)
    ),
    max_leaves=12,
)
KEYS = [
    "id", "task_id", "status", "error", "code", "message", "type", "object", "model", "created", "created_at", "usage",
    "billing", "payload", "detail", "sample", "results", "result_data", "result", "output", "url", "response", "resultJson", "outputs", "data", "audio_url",
]  # fmt: skip
TASKS = st.fixed_dictionaries(
    {
        "id": st.just("task-1") | JSON,
        "task_id": st.just("task-1") | JSON,
        "request_id": st.just("task-1") | JSON,
        "status": st.sampled_from(["completed", "failed", "cancelled", "pending"]) | JSON,
    },
    optional={key: JSON for key in KEYS if key not in {"id", "task_id", "status"}},
)


def assert_reads_or_refuses(provider: Provider, body: bytes) -> None:
    """A body becomes a notification that can be kept, or is refused; nothing else happens."""
    task_id = provider.read_task_id(body)
    try:
        notification = provider.read(body)
    except Unreadable as refusal:
        assert refusal.reason in Reason  # noqa: PT017  # both ends of the property are stated here
    else:
        assert notification.task_id == task_id
        assert notification == Notification.from_json(notification.to_json())
        assert len(notification.origin) == 16
        assert (notification.status == "completed") == bool(notification.sources)


@every_reader
@given(body=st.binary())
def test_any_bytes_are_read_or_refused(provider: Provider, body: bytes) -> None:
    """Never another exception."""
    assert_reads_or_refuses(provider, body)


@every_reader
@given(
    value=JSON | TASKS | st.fixed_dictionaries({"data": TASKS | JSON}, optional={"code": JSON, "error": JSON})
)
def test_any_json_is_read_or_refused(provider: Provider, value: object) -> None:
    """Never another exception; `json` writes NaN and lone surrogates too, which is wanted here."""
    assert_reads_or_refuses(provider, json.dumps(value).encode())


@every_reader
@given(request_body=st.binary() | JSON.map(lambda value: json.dumps(value).encode()))
def test_any_request_is_an_order_or_refused(provider: Provider, request_body: bytes) -> None:
    """Never another exception."""
    try:
        order = provider.read_order(request_body)
    except Unreadable as refusal:
        assert refusal.reason in Reason  # noqa: PT017  # both ends of the property are stated here
    else:
        assert order == type(order).from_json(order.to_json())
