"""The command: `python -m bench.soak [--minutes 20]`; `make soak` runs it."""

from __future__ import annotations

import argparse
import shutil
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from bench import machine
from bench.errors import BenchError
from bench.ground import stood
from bench.reports.words import table
from bench.soak.measure import Allowed, Soaked, answer_ms, soak
from infra.local.errors import LocalError
from infra.local.parts.process import PROJECT

MINUTES = 20.0
PAGE = PROJECT / "docs" / "reliability.md"
FOLDER = PROJECT / ".cache" / "soak"
_BEGIN, _END = "<!-- soak: begin -->\n", "<!-- soak: end -->"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run it, and write the page. Exit code 1: something grew, or was not acknowledged or archived."""
    parser = argparse.ArgumentParser(prog="python -m bench.soak", description=__doc__)
    parser.add_argument(
        "--minutes", type=float, default=MINUTES, metavar="N", help="for so long (%(default)g)"
    )
    parser.add_argument("--dry-run", action="store_true", help="leave docs/reliability.md as it is")
    told = parser.parse_args(arguments)
    shutil.rmtree(FOLDER, ignore_errors=True)
    try:
        with stood(FOLDER, Path()) as ground:
            soaked = soak(ground, told.minutes * 60)
    except (BenchError, LocalError) as error:
        sys.stderr.write(f"{error}\nThe logs stand in {FOLDER}.\n")
        return 1
    section = section_of(soaked)
    sys.stdout.write(section)
    if not told.dry_run:
        PAGE.write_text(with_section(PAGE.read_text(encoding="utf-8"), section), encoding="utf-8")
    problems = soaked.not_flat(Allowed())
    sys.stderr.write("".join(f"not flat: {problem}\n" for problem in problems))
    shutil.rmtree(FOLDER, ignore_errors=True)
    return 1 if problems else 0


def section_of(soaked: Soaked) -> str:
    """What the page says of it."""
    first, last = answer_ms(soaked)
    where = machine.description()
    rows = [
        (
            name,
            kind.removesuffix("_mb"),
            *(f"{value:,.1f}" for value in (trend.first, trend.last, trend.most, trend.growth)),
        )
        for name, kinds in soaked.trends.items()
        for kind, trend in kinds.items()
    ]
    problems = soaked.not_flat(Allowed())
    lines = [
        (
            f"Measured on {datetime.now(UTC):%Y-%m-%d}, {where['cores']} cores, {where['memory_gib']} GiB: "
            f"{soaked.lasted_s / 60:.0f} minutes at {soaked.per_s:.1f} tasks a second, half of the {soaked.full_per_s:.1f} that "
            f"a burst came to; {soaked.tasks:,} tasks, each acknowledged and archived."
        ),
        (
            f"The p99 of the answers was {first:g} ms in the first quarter and {last:g} ms in the last. "
            f"{'All is flat.' if not problems else 'Not flat: ' + '; '.join(problems) + '.'}"
        ),
        "",
        *table(
            ("process", "what", "after the warm-up", "at the end", "at the most", "growth by its slope"), rows
        ),
    ]
    return "\n".join(lines) + "\n"


def with_section(page: str, section: str) -> str:
    """The page with this between its marks."""
    head, begin, rest = page.partition(_BEGIN)
    _, end, tail = rest.partition(_END)
    assert begin, "the page has no mark where it begins"
    assert end, "the page has no mark where it ends"
    return f"{head}{begin}\n{section}\n{end}{tail}"


if __name__ == "__main__":
    sys.exit(main())
