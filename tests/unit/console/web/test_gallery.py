"""What the gallery is asked for by its address, and how a task becomes a tile."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from archive.errors import NotUnderstood
from archive.library.query import TaskRow
from archive.records.catalogue import CatalogueLine, ImageLine, LetterLine
from console.web.charts import HEIGHT, chart
from console.web.pages.gallery_query import day_title, read_gallery_query
from console.web.shown import ago, moment, path_of
from console.web.tiles import sentence_of, shape_of, tile_of

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
NAME = "task-unified-1795696285-r41nh68l"


def line(**more: object) -> CatalogueLine:
    told = {
        "changed_at": NOW,
        "provider": "evolink",
        "task_id": NAME,
        "status": "completed",
        "key": "tasks/x",
        "kept": 1,
    }
    return CatalogueLine(**{**told, **more})  # type: ignore[arg-type]  # a test's words


def image(width: int, height: int) -> ImageLine:
    return ImageLine(
        index=0, name="00.png", sha256="a" * 64, width=width, height=height, bytes=1, format="PNG"
    )


def test_an_address_asks_for_the_last_days_and_says_what_it_was_told() -> None:
    asked = read_gallery_query({"label": " shop/* ", "status": "lost", "model": "", "unsafe": "no"}, NOW)

    assert ("shop/*", "lost", None, False) == (
        asked.query.label,
        asked.query.status,
        asked.query.model,
        asked.query.unsafe,
    )
    assert NOW - timedelta(days=7) == asked.query.span.since
    assert "/?status=failed&unsafe=no&label=shop%2F%2A" == asked.address(status="failed")
    assert read_gallery_query({"when": "all"}, NOW).query.span.since is None


@pytest.mark.parametrize("told", [{"when": "never"}, {"status": "odd"}, {"unsafe": "maybe"}, {"after": "x"}, {"since": "x"},
                                  {"label": "x" * 300}, {"q": "!!"}])  # fmt: skip
def test_an_address_that_makes_no_sense_is_said(told: dict[str, str]) -> None:
    with pytest.raises(NotUnderstood):
        read_gallery_query(told, NOW)


@pytest.mark.parametrize(("width", "height", "shape"), [(1024, 1024, "r100"), (1024, 1536, "r65"), (3840, 2160, "r180"),
                                                        (100, 1000, "r50"), (5000, 10, "r240"), (10, 0, "r100")])  # fmt: skip
def test_a_tile_has_its_shape_before_anything_loads(width: int, height: int, shape: str) -> None:
    assert shape == shape_of(width, height)


def test_a_tile_says_what_became_of_its_task() -> None:
    letter = LetterLine(
        changed_at=NOW, provider="evolink", key=f"dead/2026/11/26/evolink/{NAME}.json", state="stands", letter_at=NOW,
        given_up_at=NOW, reason="link_expired", task_id=NAME,
    )  # fmt: skip
    words = {
        "kept": tile_of(TaskRow(line(images=(image(1, 1),)))).word,
        "incomplete": tile_of(TaskRow(line(kept=1, lost=9))).word,
        "failed": tile_of(TaskRow(line(status="failed", error="nsfw"))).why,
        "lost": tile_of(TaskRow(None, letter)).why,
    }

    assert {"kept": "kept", "incomplete": "9 of 10 lost", "failed": "nsfw", "lost": "link_expired"} == words
    assert "newer version" in sentence_of("a_reason_of_tomorrow")


def test_days_have_names_and_moments_are_told_in_utc() -> None:
    assert "Today, Thursday, 26 November 2026" == day_title(NOW, NOW)
    assert "Yesterday, Wednesday, 25 November 2026" == day_title(NOW - timedelta(days=1), NOW)
    assert (
        '<time datetime="2026-11-26T12:00:00.000Z" title="2026-11-26 12:00:00 UTC">2026-11-26 12:00 UTC</time>'
        == moment(NOW)
    )
    assert ">2 h ago<" in ago(NOW - timedelta(hours=2, minutes=5), NOW)
    assert ">in 3 d<" in ago(NOW + timedelta(days=3), NOW)


def test_a_name_becomes_a_path_whatever_is_in_it() -> None:
    assert "/tasks/evolink/a%3Ab" == path_of("evolink/a:b")
    assert "/tasks/x/=2E.=2F..=2Fetc" == path_of("x/../../etc")


def test_bars_stand_on_the_line_and_none_is_higher_than_the_chart() -> None:
    drawn = chart([("a", 0, 0), ("b", 5, 5), ("c", 10, 0)], "a summary")

    assert 10 == drawn.highest
    assert all(bar.y_upper >= 0 and bar.y_lower + bar.lower <= HEIGHT for bar in drawn.bars)
    assert all(0 <= bar.x and bar.x + bar.wide <= 100 for bar in drawn.bars)
    assert "b: 5 and 5" == drawn.bars[1].said
    assert [0.0] == [bar.lower for bar in chart([("a", 0, 0)], "nothing").bars]
