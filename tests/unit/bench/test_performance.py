"""What docs/performance.md says is made of the figures, whatever they are, and of the parts that are there."""

from __future__ import annotations

from typing import Any

import pytest

from bench import report
from bench.reports import performance
from bench.way.stages import STAGES
from tests.unit.docs.documents import ROOT

CASE = {"ours_cpu_ms": 20.0, "ours_images_per_s": 40.0, "ours_peak_mb": 150, "floor_cpu_ms": 10.0,
        "floor_images_per_s": 60.0, "floor_peak_mb": 50, "image_bytes": 1_800_000, "rounds": 3}  # fmt: skip
STEPS = {"images": 100, "total": 18.0, "decoders": 5.0, "threads": {"MainThread": 0.5},
         "steps": {"download": 2.5, "PUT image": 2.0, "ring": 1.0, "GET dead": 1.5}}  # fmt: skip
LOAD = {"per_s": 3000.0, "p50_ms": 20.0, "p99_ms": 60.0, "p999_ms": 80.0, "failed": 0.0}
STATE = {"cpu_ms": 20.0, "images_per_s": 40.0, "s3_requests": 4.1, "idle_p50_ms": 40.0}
DOORS = ("ours", "noop", "noop_on_ours", "delay", "webhook", "postgres", "redis_aof", "put_a_callback")
ASKED = {
    "put": 3.1,
    "get": 1.0,
    "delete": 0.1,
    "list": 0.2,
    "dollars_a_million": 15.9,
    "kinds": {"PUT image": 1.0},
}
WAY = {"p50_ms": 40.0, "p99_ms": 70.0, "answer_p50_ms": 9.0, "answer_p99_ms": 14.0, "tasks": 40}
ALL: dict[str, Any] = {
    "hands": {
        **dict.fromkeys(("jpeg_1024", "webp_1024", "jpeg_2880", "webp_2880", "png_2880"), CASE),
        "png_1024": {**CASE, "imagespipeline_cpu_ms": 40.0, "imagespipeline_images_per_s": 30.0,
                     "imagespipeline_peak_mb": 800, "filespipeline_cpu_ms": 16.0,
                     "filespipeline_images_per_s": 50.0, "filespipeline_peak_mb": 200},
        "png_1024_n10": {**CASE, "ours_cpu_ms": 12.0},
    },
    "steps": {**STEPS, "formats": {"jpeg_1024": STEPS, "webp_1024": STEPS}},
    "way": {**WAY, "full_per_s": 40.0, "image_bytes": 1_800_000, "witness_ms": 2.4, "stages": dict.fromkeys(STAGES, 8.0),
            "loaded": {**WAY, "per_s": 20.0}},
    "door": {
        **{f"{name}_per_s": 3000.0 for name in DOORS}, "p50_ms": 20.0, "p99_ms": 60.0, "p999_ms": 80.0,
        "connections": 64, "books": {"acknowledged": 9, "kept": 9, "lost": 0, "audited": 9},
        "by_connections": {name: {"64": LOAD, "256": LOAD} for name in DOORS},
        "s3_slower_by_ms": {"30": {"256": {**LOAD, "per_s": 2500.0}}},
        "tls": dict.fromkeys(("ours", "noop", "ours_new_each", "noop_new_each"), LOAD),
        "crowd": {name: {"processes": 1, "threads": 5} for name in DOORS},
        "keeps": {"postgres": {"synchronous_commit": "on"}, "redis_aof": {"appendfsync": "always"}},
        "sync_ms": {"postgres": 1.1, "redis_aof": 1.2},
        "profile": {"cpu_us": 200.0, "callbacks_a_batch": 24.0,
                    "threads_us": {"MainThread": 110.0, "journal": 70.0, "ringer": 20.0}},
    },
    "s3": {"lone": ASKED, "ten": {**ASKED, "put": 3.4}},
    "backlog": {"waiting": 10_000, "per_s": 30.0, "live_per_s": 40.0, "cpu_ms": 25.0, "live_cpu_ms": 20.0,
                "s3_requests": 6.0, "out_of_order": 2.0, "steps": STEPS, "live_steps": STEPS},
    "growth": {"tasks": {"0": STATE, "10000": {**STATE, "cpu_ms": 21.0}}, "waiting_later": STATE,
               "workers": {"1": STATE, "2": {**STATE, "images_per_s": 52.0}}, "receivers": {"1": LOAD, "2": LOAD}},
    "start": {"start_s": 2.8, "again_s": 2.2},
    "memory": {"memory_mb": {"receiver": {"idle": 70.0, "full": 81.0}}, "counted_as": "PSS",
               "processes": {"receiver": 1}, "full_per_s": 40.0},
}  # fmt: skip
MACHINE = {"processor": "one", "cores": 2, "memory_gib": 24, "kernel": "Linux 6"}
MEASURED = {"on": "2026-11-26", "rounds": 3, "took_s": 60, "machine": MACHINE, "versions": {}}
RESULTS = {**ALL, "since": [], "measured": dict.fromkeys(ALL, MEASURED)}


@pytest.mark.parametrize(
    ("block", "told"),
    [
        (performance.enough, "two did 1.30 times as many tasks as one"),
        (performance.enough, "5 % of one core"),
        (performance.enough, "at 30 tasks a second for each worker process here, 0.75 of the rate of live"),
        (performance.enough, "10,000 tasks take 6 minutes"),
        (performance.enough, "+5% with 10,000 tasks in it"),
        (performance.enough, "It held 81 MiB at the most."),
        (
            performance.requests,
            "3.1 PUT, 1.0 GET and 0.1 DELETE a lone task at five a second, $15.90 a million",
        ),
        (performance.task, "### A task: 18 ms of CPU"),
        (performance.task, "the ratio is 2.00 for one small PNG a task"),
        (
            performance.task,
            "Ours takes 0.50 of the CPU of Scrapy's ImagesPipeline, and 1.25 of that of FilesPipeline",
        ),
        (performance.door, "### The door: 200 µs of CPU a callback"),
        (performance.door, "ours has 100% of it"),
        (performance.door, "256 connections get 2,500 a second through, and 3,000 without"),
        (performance.door, "one INSERT committed in PostgreSQL does 3,000"),
    ],
)
def test_a_sentence_is_made_of_its_figures(block: report.Section, told: str) -> None:
    assert told in "\n".join(block(RESULTS))


def test_all_parts_together_make_the_page_and_the_goals() -> None:
    page = report.text_of(RESULTS)

    assert "9 of 14 are met." in page
    assert "Not measured yet" not in page
    assert all(f"\n**{part}**: 2026-11-26" in page for part in ALL)
    assert "PostgreSQL has `synchronous_commit` on, Redis `appendfsync` always" in page
    assert "the image's PUT takes 2.4 ms longer by it" in page
    assert "2.8 s with a new data folder" in page
    assert "| receiver | 1 | 70 | 81 |" in page


@pytest.mark.parametrize("part", [None, *ALL])
def test_a_page_can_be_made_of_each_part_alone(part: str | None) -> None:
    some = {name: figures for name, figures in ALL.items() if part in (None, name)}
    document = (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")

    report.text_of({**some, "measured": dict.fromkeys(some, MEASURED)})
    told = report.figures_in(document, {**some, "measured": dict.fromkeys(some, MEASURED)})
    assert told == report.figures_in(told, {**some, "measured": dict.fromkeys(some, MEASURED)})


def test_a_document_without_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="no marks for enough"):
        report.figures_in("# Performance\n", RESULTS)
