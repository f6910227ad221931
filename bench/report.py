"""results.json into RESULTS.md."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from bench.reports import console, door, growth, hands, listing, requests, steps, thumbs, way
from bench.results import MEASURED

NAME = "RESULTS.md"
LISTS_BEGIN, LISTS_END = "<!-- lists: begin -->", "<!-- lists: end -->"
Section = Callable[[Mapping[str, Any]], list[str]]
SECTIONS: dict[str, Section] = {
    "door": door.section,
    "hands": hands.section,
    "steps": steps.section,
    "way": way.section,
    "s3": requests.section,
    "growth": growth.section,
    "list": listing.section,
    "thumbs": thumbs.section,
    "console": console.section,
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
    for part in parts:
        lines += ["", *SECTIONS[part](results[part])]
    return "\n".join([*lines, "", *_measured(results.get(MEASURED, {}), parts), ""])


def lists_in(page: str, results: Mapping[str, Any]) -> str:
    """docs/performance.md with what was measured of lists between its marks."""
    before, begin, rest = page.partition(LISTS_BEGIN)
    _, end, after = rest.partition(LISTS_END)
    return "\n".join([before + begin, "", *listing.summary(results), "", end + after])


def _measured(measured: Mapping[str, Any], parts: list[str]) -> list[str]:
    """On what, with what and when."""
    lines = ["## Machine and versions"]
    for part in parts:
        told = measured[part]
        machine, versions = told["machine"], told["versions"]
        lines += [
            "",
            (
                f"**{part}**: {told['on']}, {told['rounds']} rounds in {told['took_s']} s, on {machine['processor']}, "
                f"{machine['cores']} cores, {machine['memory_gib']} GiB, {machine['kernel']}."
            ),
            *[
                f"{kind.capitalize()}: {', '.join(f'{name} {version}' for name, version in sorted(each.items()))}."
                for kind, each in sorted(versions.items())
            ],
        ]
    return lines
