"""How large the words of others may become in what is kept."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive.errors import Unreadable
from archive.reasons import Reason
from archive.records.bounds import DEEPEST, ELLIPSIS, cut, free, in_json
from archive.records.notification import (
    BILLING_MAX_BYTES,
    MESSAGE_MAX_BYTES,
    SOURCE_MAX_BYTES,
    SOURCES_MOST,
    WORD_MAX_BYTES,
    Notification,
    TaskError,
    within_bounds,
)
from tests.fakes.words import TASK

IMPERSONAL = ("Order.prompt", "Order.references", "Order.mask")
AFRESH = (*IMPERSONAL, "Work.kept", "Work.damages", "Work.lost", "DeadLetter.delivery", "Work.sources")
# Strangers' words at their worst: each character takes six bytes as JSON, or four.
HUGE = ("y" * 1_000_000, "\x01" * 300_000, "\U0001f600" * 200_000, '"\\' * 300_000, "é" * 500_000)
REPEATED = st.builds(lambda text, times: text * times, st.text(min_size=1, max_size=3), st.integers(1, 9_000))
BILLING: dict[str, object] = {str(place): [[[1, 1, 1]]] for place in range(500)}
DEEP = {"a": {"b": {"c": {"d": {"e": {"f": 1}}}}}}


@settings(deadline=None)  # a busy machine is slow
@given(st.text(max_size=3000) | REPEATED, st.integers(10, 2_000))
def test_a_text_has_at_most_its_bytes_and_says_where_it_was_cut(text: str, most: int) -> None:
    short = cut(text, most)

    assert in_json(short) <= most
    if in_json(text) <= most:
        assert text == short
    else:
        assert short.endswith(ELLIPSIS)
        assert text.startswith(short.removesuffix(ELLIPSIS))
        # No more was cut than had to be.
        assert in_json(short) > most - 6 - in_json(ELLIPSIS)


@pytest.mark.thorough
@settings(deadline=None)  # a busy machine is slow
@given(
    st.dictionaries(
        st.text(max_size=40),
        st.recursive(
            st.none() | st.integers(-(2**63), 2**63 - 1) | st.text(max_size=300),
            lambda inner: (
                st.lists(inner, max_size=9) | st.dictionaries(st.text(max_size=9), inner, max_size=9)
            ),
            max_leaves=30,
        ),
        max_size=30,
    )
)
def test_a_free_value_has_room_or_says_what_has_none(told: dict[str, Any]) -> None:
    short = free(told, 1_000)

    assert len(msgspec.json.encode(short)) <= 1_000
    if short != told:
        assert ELLIPSIS in short
        kept_ = {name: value for name, value in short.items() if name != ELLIPSIS}
        assert (
            kept_.items() <= told.items() if not kept_ else all(told[name] == kept_[name] for name in kept_)
        )
        assert f"{len(told) - len(kept_)} of {len(told)}" in str(short[ELLIPSIS])


def test_a_free_value_that_is_too_deep_is_left_out() -> None:
    assert {"cost": 2.5, ELLIPSIS: "1 of 2 left out for their size"} == free(
        {"cost": 2.5, "deep": DEEP}, 1_000
    )
    level: Any = 1
    for _ in range(DEEPEST - 1):
        level = {"a": level}
    assert {"deep": level} == free({"deep": level}, 1_000)


@pytest.mark.parametrize("text", HUGE, ids=lambda text: repr(text[:2]))
def test_a_notification_is_cut_where_it_enters(text: str) -> None:
    told = within_bounds(
        Notification(
            provider="evolink",
            task_id=TASK,
            status="failed",
            model=text,
            error=TaskError(code=text, message=text),
            billing={"deep": DEEP, "list": [1] * 10_000, "credits": 12.5},
        )
    )

    assert told.model is not None
    assert told.error is not None
    assert in_json(told.model) <= WORD_MAX_BYTES >= in_json(told.error.code)
    assert in_json(told.error.message) <= MESSAGE_MAX_BYTES
    assert {"credits": 12.5, ELLIPSIS: "2 of 3 left out for their size"} == told.billing
    assert len(msgspec.json.encode(told.billing)) <= BILLING_MAX_BYTES


@pytest.mark.parametrize(
    ("link", "fits"),
    [
        ("https://files.evolink.ai/" + "a" * (SOURCE_MAX_BYTES - 25), True),
        ("https://files.evolink.ai/" + "a" * (SOURCE_MAX_BYTES - 24), False),
        ("https://files.evolink.ai/" + "é" * (SOURCE_MAX_BYTES // 2 - 13), True),
        ("https://files.evolink.ai/" + "é" * (SOURCE_MAX_BYTES // 2), False),
        ("https://files.evolink.ai/" + "\x01" * (SOURCE_MAX_BYTES // 5), False),
    ],
)
def test_a_link_is_never_cut(link: str, *, fits: bool) -> None:
    told = Notification(provider="evolink", task_id=TASK, status="completed", sources=("https://a/b", link))
    if fits:
        assert told.sources == within_bounds(told).sources
        return
    with pytest.raises(Unreadable, match="link 2 has") as raised:
        within_bounds(told)
    assert Reason.SOURCE_TOO_LONG is raised.value.reason


def test_more_links_than_a_task_may_have_are_refused_whichever_reader_let_them_through() -> None:
    told = Notification(
        provider="evolink", task_id=TASK, status="completed", sources=tuple(map(str, range(SOURCES_MOST + 1)))
    )
    with pytest.raises(Unreadable) as raised:
        within_bounds(told)
    assert Reason.TOO_MANY_SOURCES is raised.value.reason
