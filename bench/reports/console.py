"""The section of the console."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bench.reports.words import milliseconds, table, verdict

MEDIAN_MS, P99_MS = 150, 400
PAGE_KB, SCRIPT_KB, PROCESS_MB = 60, 25, 150
_TITLES = {"gallery": "gallery", "filter": "gallery, filtered", "search": "gallery, searched", "task": "task"}


def section(console: Mapping[str, Any]) -> list[str]:
    """Its lines."""
    pages, sent = console["pages"], console["sent_bytes"]
    p50, p99 = (max(page[name] for page in pages.values()) for name in ("p50_ms", "p99_ms"))
    page_kb, script_kb, style_kb = (sent[name] / 1000 for name in ("gallery", "script", "stylesheet"))
    process_mb = console["process_peak_bytes"] / 1_000_000
    return [
        "## The console",
        "",
        (
            f"{console['tasks_a_day']:,} tasks a day, the whole of yesterday and today so far; {console['requests']:,.0f} "
            "requests of each page one after the other, the four in turn, from the first byte sent to the last one read."
        ),
        "",
        *table(
            ("page", "p50 ms", "p99 ms"),
            [
                (_TITLES[name], milliseconds(page["p50_ms"]), milliseconds(page["p99_ms"]))
                for name, page in pages.items()
            ],
        ),
        "",
        f"- Each page under {MEDIAN_MS} ms at the median: {verdict(p50 < MEDIAN_MS)}",
        f"- Each page under {P99_MS} ms at p99: {verdict(p99 < P99_MS)}",
        f"- The gallery's page under {PAGE_KB} kB as sent: {page_kb:.1f} kB, {verdict(page_kb < PAGE_KB)}",
        f"- The script under {SCRIPT_KB} kB as sent: {script_kb:.1f} kB, {verdict(script_kb < SCRIPT_KB)}",
        f"- The stylesheet as sent: {style_kb:.1f} kB",
        (
            f"- The process under {PROCESS_MB} MB: {process_mb:.0f} MB at the most, {verdict(process_mb < PROCESS_MB)}"
        ),
    ]
