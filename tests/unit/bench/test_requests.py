"""Requests to S3 are counted by what they are."""

from __future__ import annotations

import pytest

from bench.requests.measure import dollars_a_million
from bench.requests.tally import kind_of


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("PUT /archive/inbox/2026/11/26/07/01J.ndjson HTTP/1.1", "PUT inbox"),
        ("GET /archive/dead/2026/11/26/evolink/task.json HTTP/1.1", "GET dead"),
        ("GET /archive?list-type=2&prefix=due%2F HTTP/1.1", "LIST"),
        ("POST /archive?delete HTTP/1.1", "DELETE"),
        ("HEAD /archive/tasks/2026/00.png HTTP/1.1", "HEAD tasks"),
    ],
)
def test_a_request_is_told_by_its_method_and_the_top_of_its_key(line: str, kind: str) -> None:
    assert kind == kind_of(line)


def test_a_million_tasks_cost_what_their_puts_gets_and_lists_do() -> None:
    assert 20.40 == pytest.approx(dollars_a_million({"put": 4, "get": 1, "delete": 1, "list": 0}))
