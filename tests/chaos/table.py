"""The balance as people read it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tests.chaos.run import Result

MOST_DIFFERENCES = 25


def table(result: Result) -> str:
    """One run in one table."""
    books, calm = result.books, result.calm
    rows: list[tuple[str, object]] = [
        ("seed", result.seed),
        ("tasks", len(result.load.tasks)),
        ("callbacks sent", result.sent),
        ("answered 202", books.once + books.dropped + len(books.missing) + len(books.doubled)),
        ("refused at all four tries", result.refused),
        ("tries by answer", _counts(result.answers)),
        ("named or counted in exactly one place", books.once),
        ("of unfinished tasks, dropped", books.dropped),
        ("named nowhere (missing)", len(books.missing)),
        ("doubled", len(books.doubled)),
        ("durable though never answered", books.unasked),
        ("images kept, byte for byte", books.kept),
        ("images explained", books.explained),
        ("of short links, kept", books.hurried),
        ("images unexplained", len(books.unexplained)),
        (
            "other differences",
            len(result.differences) - len(books.missing) - len(books.doubled) - len(books.unexplained),
        ),
        ("objects that no manifest names", books.spare_objects),
        *((name, count) for name, count in sorted(result.lanes.counts.items())),
        ("killed at", _counts(result.lanes.places)),
        ("S3 requests of either host", " / ".join(str(count) for count in result.hosts)),
        ("S3's own 403 and 5xx", _counts(result.s3_refused)),
        ("longest silence with bells waiting", " / ".join(f"{s:.0f} s" for s in result.deafness.longest_s)),
        ("S3 requests a calm task", f"{calm.requests_a_task:.1f}"),
        ("load and faults", f"{result.load_s:.0f} s"),
        ("the catalogue, rolled up", result.rolled),
        ("to rest", f"{result.rest_s:.0f} s, bound {result.bound_s:.0f} s"),
    ]
    width = max(len(name) for name, _ in rows)
    lines = [f"  {name:<{width}}  {value}" for name, value in rows]
    return "\n".join([*lines, "", *_differences(result.differences)])


def _differences(found: Sequence[str]) -> Iterable[str]:
    if not found:
        return ["BALANCED: not one difference"]
    more = len(found) - MOST_DIFFERENCES
    return [
        f"{len(found)} DIFFERENCES",
        *(f"  - {one}" for one in found[:MOST_DIFFERENCES]),
        *([f"  - and {more} more"] if more > 0 else []),
    ]


def _counts(counts: dict[int, int] | dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items(), key=str)) or "none"
