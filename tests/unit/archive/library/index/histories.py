"""Histories of tasks, drawn: what a catalogue says of a few tasks in the course of some days."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from archive.library.query import LetterQuery, Query
from archive.library.span import Span
from archive.records.catalogue import LISTED_WITHIN, Line
from tests.fakes.catalogue import image_line, letter_line, line
from tests.fakes.words import NOW

TASKS = ("task-unified-1795239000-aaaa", "task-0001", "task-0002", "task-0003")
PROVIDERS = ("evolink", "apiinone")
MODELS = ("gpt-image-2", "GPT-image-1.5", None)
LABELS = ("shop/summer", "shop/winter", "*", None)
SIZES = ("1024x1024", "1536x1024")
PROMPTS = ("a misty harbour", "una café au lait", "一只小猫在城市", None)
COSTS = (None, 0, 2.5, 2.55, 13.5, 0.04)
# Around midnight, so that days are told apart; the last of them within one millisecond.
MOMENTS = tuple(NOW + timedelta(hours=hours) for hours in (-60, -13, -12, -11, 0)) + tuple(
    NOW + timedelta(microseconds=each) for each in (1, 2, 999, 1000)
)
moments = st.sampled_from(MOMENTS)


@st.composite
def task_lines(draw: st.DrawFn, at: datetime) -> Line:
    status = draw(st.sampled_from(["completed", "completed", "failed", "cancelled"]))
    task = draw(st.sampled_from(TASKS))
    cost = draw(st.sampled_from(COSTS))
    told: dict[str, Any] = {
        "status": status,
        "model": draw(st.sampled_from(MODELS)),
        "label": draw(st.sampled_from(LABELS)),
        "prompt": draw(st.sampled_from(PROMPTS)),
        "unsafe": draw(st.sampled_from([None, True, False])),
        "findings": draw(st.sampled_from([(), ("dimensions",), ("format", "model")])),
        "billing": None if cost is None else {"usage": {"credits_used": cost}},
        "ordered_size": draw(st.sampled_from([None, "1:1"])),
    }
    if status == "completed":
        size = draw(st.sampled_from(SIZES))
        told |= {"sizes": (size,), "images": (image_line(task, size=size),), "lost": draw(st.integers(0, 1))}
    return line(task, draw(st.sampled_from(PROVIDERS)), at, **told)


@st.composite
def letter_lines(draw: st.DrawFn, at: datetime) -> Line:
    given_up = draw(st.sampled_from([when for when in MOMENTS if when <= at]))
    return letter_line(
        draw(st.sampled_from(TASKS)),
        draw(st.sampled_from(PROVIDERS)),
        at,
        given_up_at=given_up,
        letter_at=draw(st.sampled_from([at, given_up])),
        state=draw(st.sampled_from(["stands", "dismissed", "gone"])),
        label=draw(st.sampled_from(LABELS)),
    )


@st.composite
def histories(draw: st.DrawFn) -> list[list[Line]]:
    """Objects of the catalogue, a list of lines each; some lines come twice."""
    batches: list[list[Line]] = []
    for at in sorted(draw(st.lists(moments, max_size=12))):
        drawn: Line = draw(st.one_of(task_lines(at), task_lines(at), letter_lines(at)))
        together: bool = draw(st.booleans())
        if batches and together and at - batches[-1][0].moment < LISTED_WITHIN:
            batches[-1].append(drawn)
        else:
            batches.append([drawn])
    return without_ties(batches)


def without_ties(batches: Iterable[Iterable[Line]]) -> list[list[Line]]:
    """Two lines that tell different things of one state do not happen: a manifest's moment only grows."""
    told: dict[object, Line] = {}
    kept = [
        [each for each in batch if told.setdefault((each.subject, each.precedence), each) == each]
        for batch in batches
    ]
    return [batch for batch in kept if batch]


spans = st.one_of(
    st.just(Span()),
    st.builds(lambda since: Span(since, None), moments),
    st.builds(lambda until: Span(until=until), moments),
    st.builds(lambda one, other: Span(min(one, other), max(one, other)), moments, moments).filter(
        lambda span: span.since != span.until
    ),
)
queries = st.builds(
    Query,
    span=spans,
    provider=st.sampled_from([None, None, *PROVIDERS]),
    model=st.sampled_from([None, None, "gpt-image-2", "gpt-*", "nothing"]),
    status=st.sampled_from([None, None, "completed", "failed", "incomplete", "lost"]),
    label=st.sampled_from([None, None, "shop/*", "shop/summer", "*", "none", "[*]"]),
    size=st.sampled_from([None, None, "1024X1024", "1:1", "9x9"]),
    finding=st.sampled_from([None, None, "any", "format"]),
    unsafe=st.sampled_from([None, None, True, False]),
    cost_from=st.sampled_from([None, None, None, 0, 2.5, 2.51, 3.0]),
    cost_to=st.sampled_from([None, None, None, 0, 2.5, 2.52, 14.0]),
    text=st.sampled_from([None, None, "harbour", "CAFE lait", "小猫", "市", "harbour lait"]),
)
letter_queries = st.builds(
    LetterQuery,
    span=spans,
    reason=st.sampled_from([None, "source_gone", "damaged"]),
    label=st.sampled_from([None, "shop/*"]),
    dismissed=st.sampled_from([None, True, False]),
)
