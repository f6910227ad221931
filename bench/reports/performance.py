"""What docs/performance.md says of the figures: sentences that are made of them, between marks of the page."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bench.reports.steps import beyond_the_floor, shared_with_the_floor
from bench.reports.words import milliseconds, rate, ratio, table

Results = Mapping[str, Any]
_DAY_S = 86_400
_A_DAY = 200_000
_TABLE = ("", "one worker process", "which is, a day")


def enough(results: Results) -> list[str]:
    """How much is enough."""
    hands, way, door, growth = (results.get(part) for part in ("hands", "way", "door", "growth"))
    if not (hands and way and door and growth):
        return ["Not all of it was measured yet."]
    png = hands["png_1024"]
    cpu_ms, per_s = png["ours_cpu_ms"], png["ours_images_per_s"]
    needed = _A_DAY / _DAY_S
    two = growth["workers"]
    rows = [
        (
            "CPU a task, everything included",
            f"{milliseconds(cpu_ms)} ms",
            f"{_millions(1000 / cpu_ms)} tasks for each core that is fully used",
        ),
        ("images, as measured on the shared cores", f"{rate(per_s)}/s", _millions(per_s)),
        ("memory at the most, decoders included", f"{png['ours_peak_mb']} MB", ""),
    ]
    return [
        f"A task of one PNG of 1024 x 1024 ({png['image_bytes'] / 1e6:.1f} MB):",
        "",
        *table(_TABLE, rows),
        "",
        (
            f"- **{_A_DAY:,} images a day are {needed:.1f} a second**: {needed * cpu_ms / 10:.0f} % of one core. Start with one worker "
            "process a core; on the cores of the measurement, which S3 and the load used as well, two did "
            f"{ratio(two['2']['images_per_s'], two['1']['images_per_s'])} times as many tasks as one."
        ),
        *_images(hands),
        *_door(results, needed),
        (
            f"- **From callback to manifest**: p50 {milliseconds(way['p50_ms'])} ms and p99 {milliseconds(way['p99_ms'])} ms when idle, "
            f"{milliseconds(way['loaded']['p50_ms'])} and {milliseconds(way['loaded']['p99_ms'])} ms at half of the full rate, from an "
            "origin on the same machine. Add the origin's own time."
        ),
        *_growth(growth["tasks"]),
        *_backlog(results),
    ]


def task(results: Results) -> list[str]:
    """What a task's CPU goes into."""
    if "steps" not in results or "hands" not in results:
        return ["Not measured yet."]
    steps, hands = results["steps"], results["hands"]
    shared, beyond = shared_with_the_floor(steps), beyond_the_floor(steps)
    png = hands["png_1024"]
    return [
        f"### A task: {milliseconds(steps['total'])} ms of CPU",
        "",
        (
            "One image of 1024 x 1024 as a PNG, by a clock at each step (which is in it). The table is "
            "[The steps](../bench/RESULTS.md#the-steps) of the results (`make bench BENCH_ARGS='steps'`). In short:"
        ),
        "",
        *table(
            ("", "CPU ms"),
            [
                (
                    "downloading the image, checking it, and its PUT, which the floor does too",
                    milliseconds(_sum(shared)),
                ),
                ("all else", milliseconds(_sum(beyond))),
                *(
                    (f"of it: {words}", milliseconds(ms))
                    for words, ms in sorted(beyond, key=lambda each: -each[1])[:3]
                ),
            ],
        ),
        "",
        (
            "The floor, a bare loop that downloads, hashes, checks and PUTs the same images with the same libraries, needs "
            f"{milliseconds(png['floor_cpu_ms'])} ms. So the ratio is {_to_floor(hands, 'png_1024')} for one small PNG a task, "
            f"{_to_floor(hands, 'jpeg_1024')} for a JPEG, {_to_floor(hands, 'webp_1024')} for a WebP, "
            f"{_to_floor(hands, 'png_1024_n10')} for ten PNGs, and {_to_floor(hands, 'png_2880')} for one of 2880 x 2880. "
            "[The goals](../bench/RESULTS.md#the-goals) say what is missed and what it would take."
        ),
        *_beside_scrapy(png),
    ]


def door(results: Results) -> list[str]:
    """What a callback's CPU goes into, and how the door stands beside others."""
    if "door" not in results:
        return ["Not measured yet."]
    told = results["door"]
    return [
        *_by_thread(told),
        (
            f"Ours does {rate(told['ours_per_s'])} callbacks a second at {told['connections']} connections. A no-op handler on uvicorn, which "
            f"keeps nothing, does {rate(told['noop_per_s'])}, so ours has {told['ours_per_s'] / told['noop_per_s']:.0%} of it; Debian's "
            f"`webhook`, which keeps nothing either and answers before its command ends, {rate(told['webhook_per_s'])}; a handler that "
            f"calls `.delay()` {rate(told['delay_per_s'])}."
        ),
        *_beside_keepers(told),
        *_slower_s3(told),
    ]


def requests(results: Results) -> list[str]:
    """What was counted of the requests."""
    if "s3" not in results:
        return ["`make bench BENCH_ARGS='s3'` counts them, receiver and worker, one process each."]
    lone, ten = results["s3"]["lone"], results["s3"]["ten"]
    return [
        (
            f"`make bench BENCH_ARGS='s3'` counts receiver and worker, one process each: {_counts(lone)} a lone task at five a second, "
            f"${lone['dollars_a_million']:.2f} a million; {_counts(ten)} where ten come at the same time, ${ten['dollars_a_million']:.2f}."
        )
    ]


def _counts(each: Results) -> str:
    return f"{each['put']:.1f} PUT, {each['get']:.1f} GET and {each['delete']:.1f} DELETE"


def _images(hands: Results) -> list[str]:
    names = {"png_2880": "a PNG", "jpeg_2880": "a JPEG", "webp_2880": "a WebP"}
    large = [
        f"{milliseconds(hands[name]['ours_cpu_ms'])} ms as {words}"
        for name, words in names.items()
        if name in hands
    ]
    most = max(case["ours_peak_mb"] for case in hands.values())
    told = []
    if large:
        told.append(
            f"- **Larger images cost what their bytes cost.** 2880 x 2880: {', '.join(large)}, nearly all of it checking the image. "
            f"Memory goes up to {most} MB."
        )
    if "png_1024_n10" in hands:
        alone, ten = (hands[name]["ours_cpu_ms"] for name in ("png_1024", "png_1024_n10"))
        told.append(
            f"- **Several images a task**: of ten, each costs {milliseconds(ten)} ms, and one alone {milliseconds(alone)}."
        )
    return told


def _door(results: Results, needed: float) -> list[str]:
    per_s, memory = results["door"]["ours_per_s"], results.get("memory")
    held = f" It held {rate(memory['memory_mb']['receiver']['full'])} MiB at the most." if memory else ""
    return [
        (
            f"- **The door** takes {rate(per_s)} callbacks a second at {results['door']['connections']} connections, each durable in the "
            f"bucket before its answer: {per_s / needed:,.0f} times the {needed:.1f}. A second process is there so that a restart or a "
            f"crash is not noticed ([operations](operations.md#restart-the-receiver)).{held}"
        )
    ]


def _growth(tasks: Results) -> list[str]:
    empty = tasks["0"]["cpu_ms"]
    told = [
        f"{each['cpu_ms'] / empty - 1:+.0%} with {int(many):,}" for many, each in tasks.items() if many != "0"
    ]
    return (
        [
            f"- **As the bucket fills**, the CPU of a task to that in an empty one: {', '.join(told)} tasks in it."
        ]
        if told
        else []
    )


def _backlog(results: Results) -> list[str]:
    if "backlog" not in results:
        return []
    backlog = results["backlog"]
    minutes = backlog["waiting"] / backlog["per_s"] / 60
    return [
        (
            f"- **A backlog** of work that is due is served by the sweep, at {rate(backlog['per_s'])} tasks a second for each worker "
            f"process here, {ratio(backlog['per_s'], backlog['live_per_s'])} of the rate of live callbacks: {backlog['waiting']:,} tasks "
            f"take {minutes:.0f} minutes. Most links live for a day."
        )
    ]


def _by_thread(told: Results) -> list[str]:
    if "profile" not in told:
        return []
    profile = told["profile"]
    rows = sorted(profile["threads_us"].items(), key=lambda each: -each[1])
    named = {"MainThread": "the event loop: uvicorn, Starlette, ticket, body, delivery, answer",
             "journal": f"the committers: one PUT for each batch, of some {profile['callbacks_a_batch']:.0f} callbacks",
             "ringer": "the ringer: one message for each batch"}  # fmt: skip
    return [
        f"### The door: {profile['cpu_us']:.0f} µs of CPU a callback",
        "",
        f"At {told['connections']} connections, by the CPU of the receiver's threads:",
        "",
        *table(("", "µs"), [(named[name], f"{us:.0f}") for name, us in rows if name in named]),
        "",
        "All of it is Python under one lock, so the receiver is at its limit when one core is.",
    ]


def _beside_keepers(told: Results) -> list[str]:
    if "postgres_per_s" not in told:
        return []
    return [
        (
            "Of those that keep what they acknowledge, one INSERT committed in PostgreSQL does "
            f"{rate(told['postgres_per_s'])}, one synced XADD {rate(told['redis_aof_per_s'])}, and one PUT for each callback "
            f"{rate(told['put_a_callback_per_s'])}."
        )
    ]


def _slower_s3(told: Results) -> list[str]:
    slower, usual = (
        told["s3_slower_by_ms"].get("30", {}).get("256"),
        told["by_connections"]["ours"].get("256"),
    )
    if not (slower and usual):
        return []
    return [
        f"With 30 ms added to each answer of S3, 256 connections get {rate(slower['per_s'])} a second through, and {rate(usual['per_s'])} without (one round)."
    ]


def _beside_scrapy(png: Results) -> list[str]:
    if "imagespipeline_cpu_ms" not in png or "filespipeline_cpu_ms" not in png:
        return []
    return [
        (
            f"Ours takes {ratio(png['ours_cpu_ms'], png['imagespipeline_cpu_ms'])} of the CPU of Scrapy's ImagesPipeline, and "
            f"{ratio(png['ours_cpu_ms'], png['filespipeline_cpu_ms'])} of that of FilesPipeline, which checks nothing, not even that the "
            "bytes are an image."
        )
    ]


def _to_floor(hands: Results, case: str) -> str:
    return ratio(hands[case]["ours_cpu_ms"], hands[case]["floor_cpu_ms"]) if case in hands else "-"


def _sum(costs: list[tuple[str, float]]) -> float:
    return sum(ms for _, ms in costs)


def _millions(per_s: float) -> str:
    return f"{per_s * _DAY_S / 1e6:.1f} million"
