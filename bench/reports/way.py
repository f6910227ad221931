"""The section of the way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bench.reports.words import milliseconds, rate, table, verdict
from bench.way.stages import STAGES

_P50_GOAL_MS, _P99_GOAL_MS = 150, 500


def section(way: Mapping[str, Any]) -> list[str]:
    """Its lines."""
    loaded = way["loaded"]
    return [
        "## The way",
        "",
        (
            "From the first byte of a callback (that of its TLS handshake: each has a connection of its own) to the "
            "manifest in the bucket, which is when the image is there, verified and named."
        ),
        (
            f"One PNG of 1024 x 1024 with {rate(way['image_bytes'])} bytes, from an origin on the same machine; one "
            "receiver, one worker process, all settings at their defaults."
        ),
        (
            "A proxy before the worker's S3 writes down the moment of the answer to the manifest's PUT; what it "
            f"costs is in the figures{_toll(way)}."
        ),
        "",
        *table(
            ("", "tasks/s", "p50 ms", "p99 ms", "202 p50 ms", "202 p99 ms"),
            [
                ("idle, one at a time", "", *_times(way)),
                ("at half of the full rate", rate(loaded["per_s"]), *_times(loaded)),
                ("full rate", rate(way["full_per_s"]), "", "", "", ""),
            ],
        ),
        "",
        *_stages(way.get("stages", {})),
        f"- Idle, p50 under {_P50_GOAL_MS} ms: {verdict(way['p50_ms'] < _P50_GOAL_MS)}",
        f"- Idle, p99 under {_P99_GOAL_MS} ms: {verdict(way['p99_ms'] < _P99_GOAL_MS)}",
        f"- Loaded, p50 under {_P50_GOAL_MS} ms: {verdict(loaded['p50_ms'] < _P50_GOAL_MS)}",
        f"- Loaded, p99 under {_P99_GOAL_MS} ms: {verdict(loaded['p99_ms'] < _P99_GOAL_MS)}",
        "",
        "![From callback to manifest](../docs/bench/way.svg)",
    ]


def _times(figures: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(
        milliseconds(figures[name]) for name in ("p50_ms", "p99_ms", "answer_p50_ms", "answer_p99_ms")
    )


def _toll(way: Mapping[str, Any]) -> str:
    return (
        f": the image's PUT takes {milliseconds(way['witness_ms'])} ms longer by it"
        if "witness_ms" in way
        else ""
    )


def _stages(stages: Mapping[str, float]) -> list[str]:
    """Where an idle task's time goes."""
    if not stages:
        return []
    rows = [(words, milliseconds(stages[name])) for name, words in STAGES.items()]
    return ["Where the time goes when idle, medians:", "", *table(("", "ms"), rows), ""]
