"""What an answer's status means, and where redirects may lead."""

from __future__ import annotations

import pytest

from archive.errors import SourceTrouble
from archive.reasons import Reason
from tests.integration.egress.fetching import Fetch, leads
from tests.integration.egress.origin import Origin


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ("404 Not Found", Reason.SOURCE_GONE),
        ("403 Forbidden", Reason.SOURCE_GONE),
        ("410 Gone", Reason.SOURCE_GONE),
        ("451 Unavailable", Reason.SOURCE_REFUSED),
        ("204 No Content", Reason.SOURCE_REFUSED),
        ("304 Not Modified", Reason.SOURCE_REFUSED),
        ("302 Found", Reason.SOURCE_REFUSED),
        ("500 Oops", Reason.SOURCE_TROUBLE),
        ("408 Request Timeout", Reason.SOURCE_TROUBLE),
    ],
)
def test_a_status_has_its_reason(fetch: Fetch, origin: Origin, status: str, reason: Reason) -> None:
    origin.answers["/a.png"] = lambda asked: asked.answer(b"", status=status)
    assert fetch.reason("/a.png?sig=secret") is reason


@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable"])
def test_an_origin_that_is_busy_says_how_long(fetch: Fetch, origin: Origin, status: str) -> None:
    origin.answers["/a.png"] = lambda asked: asked.answer(b"", status=status, Retry_After="7")
    error = fetch.refused()
    assert isinstance(error, SourceTrouble)
    assert (error.reason, error.retry_after_s) == (Reason.SOURCE_BUSY, 7.0)


def test_three_redirects_are_followed_and_a_fourth_is_not(fetch: Fetch, origin: Origin) -> None:
    leads(origin, "/3", "2?x=secret")
    leads(origin, "/2", f"http://127.0.0.1:{origin.port}/1")
    leads(origin, "/1", "//127.0.0.1:" + str(origin.port) + "/a.png?sig=secret")
    leads(origin, "/4", "/3")
    assert fetch("/3").final_url_without_query.endswith("/a.png")
    assert fetch.reason("/4") is Reason.TOO_MANY_REDIRECTS


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1:{canary}/",
        "https://127.0.0.1:{canary}/",
        "http://localhost:{canary}/",
        "//127.0.0.1:{canary}/",
        "http://user@127.0.0.1:{origin}/a.png",
        "https://files.evolink.ai:{canary}/",
        "http://files.evolink.ai/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:{canary}/_x",
        "http://[::ffff:127.0.0.1]:{canary}/",
        "http://[::1",
        "//[x]/a.png",
    ],
)
def test_a_redirect_to_a_forbidden_place_is_not_followed(fetch: Fetch, origin: Origin, location: str) -> None:
    with Origin() as canary:
        leads(origin, "/r", location.format(canary=canary.port, origin=origin.port))
        error = fetch.refused("/r")
        # The origin's present word: the link may lead elsewhere later.
        assert isinstance(error, SourceTrouble)
        assert error.reason is Reason.FORBIDDEN_SOURCE
        assert canary.connections == 0


def test_nothing_is_carried_over_a_redirect(fetch: Fetch, origin: Origin) -> None:
    origin.answers["/r"] = lambda asked: asked.answer(
        b"", status="302 Found", Location="/a.png?other=1", Set_Cookie="session=secret; Path=/"
    )
    fetch("/r?X-Signature=secret")
    first, second = origin.asked
    assert second.path == "/a.png?other=1"
    assert set(second.headers) == set(first.headers) == {"host", "user-agent", "accept", "accept-encoding"}
