"""results.json into RESULTS.md."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bench.reports import (
    backlog,
    console,
    door,
    goals,
    growth,
    hands,
    hurry,
    listing,
    memory,
    performance,
    requests,
    since,
    start,
    steps,
    thumbs,
    way,
)
from bench.reports.words import counted
from bench.results import MEASURED, SINCE

NAME = "RESULTS.md"
Section = Callable[[Mapping[str, Any]], list[str]]
SECTIONS: dict[str, Section] = {
    "door": door.section,
    "hands": hands.section,
    "steps": steps.section,
    "way": way.section,
    "s3": requests.section,
    "backlog": backlog.section,
    "short": hurry.section,
    "growth": growth.section,
    "start": start.section,
    "memory": memory.section,
    "list": listing.section,
    "thumbs": thumbs.section,
    "console": console.section,
}
# What docs/performance.md says of them.
BLOCKS: dict[str, Section] = {
    "enough": performance.enough,
    "thumbs": thumbs.summary,
    "lists": listing.summary,
    "requests": performance.requests,
    "task": performance.task,
    "door": performance.door,
}


def text_of(results: Mapping[str, Any]) -> str:
    """The page, of the parts that were measured."""
    parts = [part for part in SECTIONS if part in results]
    lines = [
        "# Results",
        "",
        "Written by `make bench` from `bench/results.json`; do not edit.",
        (
            "Ours and theirs run in turn on the same work, the same servers and the same machine; a figure is the "
            "median of the rounds, where it is not said that there was one."
        ),
        (
            "Load, servers and what is measured share its cores, so the figures compare, and tell little of other "
            "machines."
        ),
        "S3 is SeaweedFS on loopback, which does not wait for the disk before it answers.",
    ]
    lines += ["", *goals.section(results)]
    if SINCE in results:
        lines += ["", *since.section(results[SINCE])]
    for part in parts:
        lines += ["", *SECTIONS[part](results[part])]
    return "\n".join([*lines, "", *_measured(results.get(MEASURED, {}), parts), ""])


def figures_in(page: str, results: Mapping[str, Any]) -> str:
    """docs/performance.md with what was measured between its marks (`<!-- lists: begin -->`). Raises ValueError if one is not there."""
    for name, told in BLOCKS.items():
        begin, end = f"<!-- {name}: begin -->\n", f"<!-- {name}: end -->"
        before, found, rest = page.partition(begin)
        _, ended, after = rest.partition(end)
        if not (found and ended):
            raise ValueError(f"The page has no marks for {name}.")
        page = "\n".join([before + begin, *told(results), "", end + after])
    return page


def _measured(measured: Mapping[str, Any], parts: list[str]) -> list[str]:
    """On what, with what and when."""
    lines = ["## Machine and versions"]
    for part in parts:
        told = measured[part]
        machine, versions = told["machine"], told["versions"]
        lines += [
            "",
            (
                f"**{part}**: {told['on']}{_of_commit(told)}, {counted(told['rounds'])} in {told['took_s']} s, on {machine['processor']}, "
                f"{machine['cores']} cores, {machine['memory_gib']} GiB, {machine['kernel']}."
            ),
            *[
                f"{kind.capitalize()}: {', '.join(f'{name} {version}' for name, version in sorted(each.items()))}."
                for kind, each in sorted(versions.items())
            ],
        ]
    return lines


def _of_commit(told: Mapping[str, Any]) -> str:
    return f", commit {told['commit']}" if "commit" in told else ""
