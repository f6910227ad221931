"""The section of the door."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bench.reports.words import milliseconds, rate, ratio, table

_NAMES = {
    "ours": "ours, each 202 durable in the bucket",
    "postgres": "Starlette, one INSERT in PostgreSQL, committed to the disk",
    "redis_aof": "Starlette, one XADD in Redis, synced to the disk",
    "put_a_callback": "Starlette, one PUT in the bucket, by boto3",
    "noop": "no-op Starlette handler on uvicorn",
    "noop_on_ours": "the same in our own server, with its limits",
    "delay": "Starlette, Celery's `.delay()` in the handler",
    "webhook": "Debian's `webhook`, running /bin/true",
}
_SHORT = {
    "ours": "ours",
    "postgres": "PostgreSQL's",
    "redis_aof": "the XADD's",
    "put_a_callback": "the PUT's",
    "noop": "the no-op",
    "noop_on_ours": "the same in our server",
    "delay": "`.delay()`",
    "webhook": "`webhook`",
}

Figures = Mapping[str, Any]


def section(door: Figures) -> list[str]:
    """Its lines."""
    at = str(door["connections"])
    return [
        "## The door",
        "",
        (
            "Callbacks of EvoLink (some 700 bytes, a good ticket), posted by `wrk` over connections that stay open, from "
            "the same two cores."
        ),
        "Ours runs with S3, Redis and a spool, and without workers: its bells wait in Redis.",
        "",
        *_books(door["books"]),
        "",
        f"At {at} connections:",
        "",
        *table(
            ("", "callbacks/s", "ours to it", "p50 ms", "p99 ms", "p99.9 ms"),
            [
                (_NAMES[name], rate(each[at]["per_s"]), _times(name, door, each[at]), *_latency(each[at]))
                for name, each in _in_order(door["by_connections"])
            ],
        ),
        "",
        "The no-op, `.delay()` and `webhook` keep nothing of what they acknowledge.",
        *_keepers(door),
        "",
        (
            f"Ours does {ratio(door['ours_per_s'], door['webhook_per_s'])} times as many as `webhook`. What was set as a goal "
            "stands with [the goals](#the-goals)."
        ),
        "",
        *_profile(door),
        "What follows is one round.",
        "At other numbers of connections, callbacks/s and p99 ms:",
        "",
        *_by_connections(door["by_connections"]),
        "",
        "![Callbacks a second by connections](../docs/bench/door.svg)",
        "",
        "Ours, with so much added to each answer of S3:",
        "",
        *table(
            ("", "connections", "callbacks/s", "p50 ms", "p99 ms", "p99.9 ms"),
            [
                (f"{slower} ms", many, rate(each["per_s"]), *_latency(each))
                for slower, by_connections in _by_number(door["s3_slower_by_ms"])
                for many, each in _by_number(by_connections)
            ],
        ),
        "",
        f"Over TLS, at {at} connections:",
        "",
        *table(
            ("", "callbacks/s", "p50 ms", "p99 ms", "p99.9 ms"),
            [
                (words, rate(door["tls"][name]["per_s"]), *_latency(door["tls"][name]))
                for name, words in (
                    ("ours", "ours"),
                    ("noop", "no-op"),
                    ("ours_new_each", "ours, a new connection for each callback"),
                    ("noop_new_each", "no-op, a new connection for each callback"),
                )
            ],
        ),
    ]


def _books(books: Figures) -> list[str]:
    """What was counted afterwards."""
    return [
        (
            f"Counted afterwards, over all rounds: {rate(books['acknowledged'])} callbacks were answered 202, and "
            f"{rate(books['kept'])} are found in `inbox/` or on the spool; {books['lost']:.0f} are missing."
        ),
        "More are found than were answered, since `wrk` hangs up on what is on its way when its time is over.",
        f"Apart from that, {rate(books['audited'])} were looked for by their ids, one by one.",
    ]


def _keepers(door: Figures) -> list[str]:
    """What those that keep what they acknowledge say of themselves, and how many of each are there."""
    if "keeps" not in door:
        return []
    said = {
        who: ", ".join(f"`{name}` {value}" for name, value in each.items())
        for who, each in door["keeps"].items()
    }
    crowd = "; ".join(
        f"{_SHORT[name]} {each['processes']:.0f} and {each['threads']:.0f}"
        for name, each in _in_order(door["crowd"])
    )
    return [
        (
            f"The servers were asked: PostgreSQL has {said['postgres']}, Redis {said['redis_aof']}. They wait for this machine's "
            f"disk, where a synced write of 1 kB takes {door['sync_ms']['postgres']:.2f} and {door['sync_ms']['redis_aof']:.2f} ms; "
            "the S3 of ours and of the PUT does not."
        ),
        f"Processes and threads of each, without its server of data: {crowd}.",
    ]


def _profile(door: Figures) -> list[str]:
    """Where our CPU goes."""
    if "profile" not in door:
        return []
    profile = door["profile"]
    threads = ", ".join(
        f"{name} {us:.0f}" for name, us in sorted(profile["threads_us"].items(), key=lambda each: -each[1])
    )
    return [
        (
            f"Ours takes {profile['cpu_us']:.0f} µs of CPU a callback, in batches of {profile['callbacks_a_batch']:.0f}; by thread, in "
            f"µs: {threads}."
        ),
        "",
    ]


def _by_connections(figures: Figures) -> list[str]:
    columns = [many for many, _ in _by_number(figures["ours"])]
    rows = [
        (
            _NAMES[name],
            *(f"{rate(each[many]['per_s'])} ({milliseconds(each[many]['p99_ms'])})" for many in columns),
        )
        for name, each in _in_order(figures)
        if len(each) == len(columns)
    ]
    return table(("", *columns), rows)


def _in_order(figures: Figures) -> list[tuple[str, Figures]]:
    return [(name, figures[name]) for name in _NAMES if name in figures]


def _by_number(figures: Figures) -> list[tuple[str, Figures]]:
    return sorted(figures.items(), key=lambda item: int(item[0]))


def _times(name: str, door: Figures, each: Figures) -> str:
    return "" if name == "ours" else ratio(door["ours_per_s"], each["per_s"])


def _latency(each: Figures) -> tuple[str, str, str]:
    return milliseconds(each["p50_ms"]), milliseconds(each["p99_ms"]), milliseconds(each["p999_ms"])
