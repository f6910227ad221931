"""The failures page: what waits is where it says, and a host takes what its links lost."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from msgspec import structs
from starlette.requests import Request

from archive import layout
from archive.errors import NotUnderstood
from archive.library.catalogue_library import CatalogueLibrary
from archive.library.dead_letters import Dead, DeadFilter
from archive.store.bucket import Bucket
from console.web.assets import Assets
from console.web.failed_groups import groups_of
from console.web.frame import Frame
from console.web.pages.failures import FailuresPage, read_failure_filter
from console.web.signing_in.visitor import Visitor
from console.web.standing import StandingLetters
from tests.fakes.bucket import MemoryBucket
from tests.fakes.foreign import LETTER, LETTER_OF_TASK, STRAY
from tests.fakes.words import lost, work

ELSEWHERE = "cdn.example.com"
BOTH = structs.replace(
    LETTER_OF_TASK, lost=(lost(), lost(1, "files.evolink.ai/b"), lost(2, f"{ELSEWHERE}/c.png"))
)


def page_of(bucket: Bucket, told: Mapping[str, str] | None = None) -> str:
    """The page as an operator sees it."""
    frame = Frame(Assets(), bucket.now, bucket.location)
    shown = FailuresPage(frame, CatalogueLibrary(bucket), bucket, StandingLetters(bucket))
    scope = {
        "type": "http", "method": "GET", "path": "/failures", "headers": [],
        "query_string": urlencode(told or {}).encode(), "visitor": Visitor("anna", "operator", "link"),
    }  # fmt: skip
    return bytes(shown.page(Request(scope)).body).decode()


def test_what_waits_and_stands_among_the_links_that_die_soon_is_said_to() -> None:
    bucket = MemoryBucket()
    now = bucket.now()
    assert "Nothing waits." in page_of(bucket)
    waits = work(trouble="source_gone: 404", expires_at=now + timedelta(hours=1))
    bucket.put(layout.due_key(now, waits.provider, waits.task_id, waits.origin), waits.to_json())
    page = page_of(bucket)

    assert 'id="soon"' in page
    assert (
        'What waits <span class="quiet small">1</span></h2>\n<p class="quiet">All of it stands above' in page
    )


def test_letters_of_one_host_are_shown_and_what_is_done_to_all_is_done_to_these() -> None:
    bucket = MemoryBucket()
    bucket.put(LETTER, BOTH.to_json())
    there, none = page_of(bucket, {"host": ELSEWHERE}), page_of(bucket, {"host": "other.example.com"})

    assert f'<option value="{ELSEWHERE}" selected>' in there
    assert there.count(f'<input type="hidden" name="host" value="{ELSEWHERE}">') == 2
    assert f'href="/failures?reason=source_gone&amp;host={ELSEWHERE}">{ELSEWHERE} 1</a>' in page_of(bucket)
    assert "Nothing matches these filters." in none


def test_a_letter_counts_once_for_each_host_of_what_it_lost() -> None:
    both, one, stray = Dead(LETTER, BOTH), Dead(LETTER, LETTER_OF_TASK), Dead("dead/x/delivery-x.json", STRAY)

    assert [("files.evolink.ai", 2), (ELSEWHERE, 1)] == groups_of([both, one])[0].hosts
    assert () == stray.hosts
    for host, wanted in ((ELSEWHERE, [both]), ("files.evolink.ai", [both, one]), ("evolink.ai", [])):
        assert wanted == [dead for dead in (both, one, stray) if DeadFilter(host=host).wants(dead)]
        assert wanted == [
            dead for dead in (both, one, stray) if read_failure_filter({"host": host.upper()}).wants(dead)
        ]


def test_before_anything_was_lost_the_hosts_are_those_of_its_links() -> None:
    links = ("https://a.example.com/1?sig=x", "https://[bad", "https://A.example.com/2")
    letter = structs.replace(LETTER_OF_TASK, lost=(), work=work(sources=links))

    assert ("a.example.com",) == Dead(LETTER, letter).hosts


def test_a_host_that_is_none_is_refused() -> None:
    with pytest.raises(NotUnderstood, match="host is too long"):
        read_failure_filter({"host": "h" * 256})
