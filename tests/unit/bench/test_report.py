"""The page says what the figures say."""

from __future__ import annotations

from typing import Any

from bench import report, results
from tests.unit.docs.documents import ROOT

EACH = {"per_s": 5000.0, "p50_ms": 9.5, "p99_ms": 45.0, "p999_ms": 80.0, "failed": 0.0}
MEASURED = {
    "on": "2026-11-21",
    "rounds": 3,
    "took_s": 200,
    "machine": {"processor": "a processor", "cores": 2, "memory_gib": 24, "kernel": "Linux 6"},
    "versions": {"ours": {"python": "3.11.7"}, "peers": {"scrapy": "2.19.0"}, "programs": {"wrk": "4.1.0"}},
}
LISTS = {
    "tasks": 6_000_000, "tasks_a_day": 200_000, "ls_day_s": 0.6, "ls_today_s": 1.4, "filter_month_ms": 120.0,
    "search_month_ms": 310.0, "ls_day_without_index_s": 2.5, "ls_day_without_index_peak_bytes": 280_000_000,
    "gets_a_day": 5, "ls_today_without_index_s": 2.9, "ls_today_without_index_peak_bytes": 180_000_000,
    "gets_today": 84, "index_bytes_a_task": 364.0, "catalogue_puts_a_task": 0.1, "index_tasks_per_s": 24_000.0,
    "index_prompt_bytes_a_task": 255.0, "filters_ms": {"model": 19.3}, "searches_ms": {"a rare word": 8.2},
}  # fmt: skip


def _door(ours_per_s: float, p99_ms: float) -> dict[str, Any]:
    rates = {"ours": ours_per_s, "noop": 12000.0, "noop_on_ours": 9000.0, "delay": 1000.0, "webhook": 3000.0}
    return {
        **{f"{name}_per_s": rate for name, rate in rates.items()},
        "p50_ms": 9.5,
        "p99_ms": p99_ms,
        "p999_ms": 80.0,
        "connections": 64,
        "books": {"acknowledged": 90000, "kept": 90120, "lost": 0, "audited": 5000},
        "by_connections": {name: {"64": {**EACH, "per_s": rate}} for name, rate in rates.items()},
        "s3_slower_by_ms": {"30": {"64": EACH}, "200": {"64": EACH}},
        "tls": dict.fromkeys(("ours", "noop", "ours_new_each", "noop_new_each"), EACH),
    }


def _page(**parts: Any) -> str:
    return report.text_of({**parts, "measured": dict.fromkeys(parts, MEASURED)})


def test_the_door_tells_how_its_rate_compares() -> None:
    page = _page(door=_door(ours_per_s=6000.0, p99_ms=45.0))

    assert "| no-op Starlette handler on uvicorn | 12,000 | 0.50 |" in page
    assert "| Debian's `webhook`, running /bin/true | 3,000 | 2.00 |" in page


def test_the_door_is_held_against_those_that_keep_what_they_acknowledge() -> None:
    door = _door(ours_per_s=3000.0, p99_ms=45.0)
    for name, per_s in {"postgres": 2500.0, "redis_aof": 3500.0, "put_a_callback": 400.0}.items():
        door[f"{name}_per_s"] = per_s
        door["by_connections"][name] = {"64": {**EACH, "per_s": per_s}}
    page = _page(door=door)

    assert "| Starlette, one INSERT in PostgreSQL, committed to the disk | 2,500 | 1.20 |" in page
    assert "`door.ours_per_s / door.postgres_per_s` | at least 1.00 | 1.20 | met |" in page
    assert "`door.ours_per_s / door.redis_aof_per_s` | at least 1.00 | 0.86 | not met |" in page
    assert "`door.ours_per_s / door.put_a_callback_per_s` | at least 2.00 | 7.50 | met |" in page


def test_what_is_missing_is_told() -> None:
    door = _door(ours_per_s=6000.0, p99_ms=45.0)
    door["books"]["lost"] = 3

    assert "3 are missing" in _page(door=door)


def test_a_peer_that_failed_has_its_trouble_told() -> None:
    case = {
        "rounds": 1,
        "ours_cpu_ms": 60.0,
        "ours_images_per_s": 20.0,
        "ours_peak_mb": 150,
        "floor_cpu_ms": 40.0,
        "floor_images_per_s": 30.0,
        "floor_peak_mb": 90,
        "img2dataset_trouble": "it ended with exit code 1",
    }
    page = _page(hands={"png_1024": case})

    assert "| `png_1024` | ours | 60 | 1.50 | 20 | 150 |" in page
    assert "| `png_1024` | img2dataset | failed |  |  |  |" in page
    assert "`png_1024`, img2dataset: it ended with exit code 1" in page
    assert "One round: `png_1024`." in page


def test_of_the_steps_what_no_clock_saw_is_the_rest() -> None:
    page = _page(
        steps={
            "images": 100,
            "total": 30.0,
            "decoders": 8.0,
            "steps": {"download": 3.0, "settle": 0.5, "close": 1.5, "PUT image": 4.0},
            "threads": {"MainThread": 2.0, "ThreadPoolExecutor": 18.0},
        }
    )

    assert "| checking the image, in the decoders' processes | 8.0 |" in page
    assert "| settling, archiving, closing, files: all else of ours | 2.0 |" in page
    assert "| **all** | 30 |" in page
    (rest,) = [line for line in page.splitlines() if line.startswith("| the rest")]
    assert rest.endswith("| 11 |")


def test_the_way_tells_both_loads() -> None:
    times = {"p50_ms": 90.0, "p99_ms": 210.0, "answer_p50_ms": 8.0, "answer_p99_ms": 20.0, "tasks": 50}
    page = _page(
        way={**times, "full_per_s": 30.0, "loaded": {**times, "per_s": 15.0}, "image_bytes": 1_800_000}
    )

    assert "| idle, one at a time |  | 90 | 210 | 8.0 | 20 |" in page
    assert "| at half of the full rate | 15 | 90 | 210 | 8.0 | 20 |" in page


def _growth(later_cpu_ms: float) -> dict[str, Any]:
    state = {"cpu_ms": 30.0, "images_per_s": 25.0, "s3_requests": 7.0, "idle_p50_ms": 80.0}
    load = {"per_s": 3000.0, "p99_ms": 40.0, "failed": 0.0}
    return {
        "tasks": {"0": state, "10000": {**state, "cpu_ms": 31.5}},
        "waiting_later": {**state, "cpu_ms": later_cpu_ms},
        "workers": {"1": state, "2": {**state, "images_per_s": 30.0}},
        "receivers": {"1": load, "2": {**load, "per_s": 3300.0}},
    }


def test_the_growth_tells_what_is_flat_and_what_is_not() -> None:
    page = _page(growth=_growth(later_cpu_ms=36.0))

    assert "| 10,000 tasks | 32 | 1.05 | 25 | 7.0 | 80 |" in page
    assert "- Flat within 10%, 10,000 tasks: +5%, met" in page
    assert "- Flat within 10%, 10,000 entries that wait for later: +20%, not met" in page
    assert "200,000 tasks are measured only where `--full` has written them." in page


def test_the_growth_holds_two_processes_against_one() -> None:
    page = _page(growth=_growth(later_cpu_ms=30.0))

    assert "| workers: tasks/s | 25 | 30 | 1.20 |" in page
    assert "| receivers: callbacks/s at 64 connections | 3,000 | 3,300 | 1.10 |" in page


def test_each_part_says_on_what_it_was_measured() -> None:
    page = _page(door=_door(1.0, 1.0))

    assert "**door**: 2026-11-21, 3 rounds in 200 s, on a processor, 2 cores, 24 GiB, Linux 6." in page
    assert "Programs: wrk 4.1.0." in page


def test_the_page_is_what_the_figures_render_to() -> None:
    folder = ROOT / "bench"
    kept = results.read(folder / results.NAME)

    assert not kept or report.text_of(kept) == (folder / report.NAME).read_text(encoding="utf-8")


def test_what_the_docs_say_is_what_the_figures_render_to() -> None:
    page = (ROOT / "docs" / "performance.md").read_text(encoding="utf-8")
    kept = results.read(ROOT / "bench" / results.NAME)

    assert page == report.figures_in(page, kept)
    told = report.figures_in(page, {"list": LISTS, "measured": {"list": {**MEASURED, "took_s": 1_230}}})
    assert "6,000,000 tasks, 200,000 a day, in 20 minutes" in told
    assert "| `ls` of a day, from the index | 0.60 s | 1.00 s | met |" in told
    assert page == report.figures_in(told, kept)


def test_the_lists_tell_which_goals_are_met() -> None:
    page = _page(list=LISTS)

    assert "| `ls` of a day, from the index | 0.60 s | 1.00 s | met |" in page
    assert "| `ls` of today, from the index | 1.40 s | 1.00 s | not met |" in page
    assert "| the slowest search over the month | 310 ms | 300 ms | not met |" in page
    assert "| tasks a second into the index | 24,000 | 20,000 | met |" in page
    assert "| a rare word | 8.2 |" in page


def test_the_console_tells_which_goals_are_met() -> None:
    pages = {name: {"p50_ms": 48.0, "p99_ms": 120.0} for name in ("gallery", "filter", "search")}
    told = {
        "tasks": 15_000, "tasks_a_day": 10_000, "requests": 250, "process_peak_bytes": 99_000_000,
        "pages": {**pages, "task": {"p50_ms": 12.3, "p99_ms": 410.0}},
        "sent_bytes": {"gallery": 11_200, "script": 3_100, "stylesheet": 5_000},
    }  # fmt: skip
    page = _page(console=told)

    assert "10,000 tasks a day, the whole of yesterday and today so far; 250 requests of each page" in page
    assert "| task | 12 | 410 |" in page
    assert "- Each page under 150 ms at the median: met" in page
    assert "- Each page under 400 ms at p99: not met" in page
    assert "- The gallery's page under 60 kB as sent: 11.2 kB, met" in page
    assert "- The process under 150 MB: 99 MB at the most, met" in page


def test_the_requests_of_a_task_are_held_against_their_goals() -> None:
    lone = {"put": 3.1, "get": 1.0, "delete": 0.2, "list": 0.2, "dollars_a_million": 16.9}
    page = _page(s3={"lone": lone, "ten": {**lone, "put": 3.4, "dollars_a_million": 18.4}})

    assert "| lone callbacks, five a second | 3.10 | 1.00 | 0.20 | 0.20 | 16.90 |" in page
    assert "| `s3.lone.put` | at most 3.30 | 3.10 | met |" in page
    assert "| `s3.lone.dollars_a_million` | at most 17.00 | 16.90 | met |" in page
