"""The short form of the chaos suite ends with balanced books; and the balance fails on a difference of one.

They share a file: a process of the tests that has one test left takes the next file, which would wait behind a run of
minutes. The run is its own process, as by hand, so that a hang or a crash of it is seen as one.
"""

from __future__ import annotations

import copy
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from infra.local.parts.process import PROJECT
from tests.chaos.books import balance
from tests.chaos.facts import Facts, digest_of
from tests.chaos.ledger import Accepted

SEED = 7
# What hangs is ended by this. A run takes three minutes, and six times that where ten other things run.
HANGS_S = 1500
MANIFEST = "tasks/2026/11/21/evolink/task-1/manifest.json"
ASSET = "tasks/2026/11/21/evolink/task-1/00.png"
LETTER = "dead/2026/11/21/evolink/task-1.json"
CHANGED_AT = "2026-11-21T12:00:00Z"
STRAY = "dead/2026/11/21/evolink/delivery-02.json"
SIMULATED: dict[str, Any] = {"task-1": {"switches": {}, "links": [{"sha256": "aa"}]}}
ACCEPTED = [Accepted("01", "task-1", "completed"), Accepted("02", "rubbish", "unreadable")]


def balanced() -> Facts:
    kept = {"asset": "kept", "index": 0, "key": ASSET, "sha256": "aa"}
    manifest = {
        "task_id": "task-1",
        "status": "completed",
        "changed_at": CHANGED_AT,
        "assets": [kept],
        "notifications": [{"delivery_id": "01"}],
    }
    return Facts(
        manifests={MANIFEST: manifest},
        letters={STRAY: {"task_id": None, "lost": [], "notifications": [], "delivery": {"id": "02"}}},
        listed={MANIFEST: datetime.fromisoformat(CHANGED_AT)},
        exported=Counter([MANIFEST]),
        letter_lines={STRAY: line_of_letter(STRAY)},
        digests={ASSET: "aa"},
        keys=[MANIFEST, ASSET, STRAY],
    )


def line_of_letter(
    key: str, state: str = "stands", letter_at: str = "2026-11-21T12:00:00Z"
) -> dict[str, str]:
    return {"key": key, "state": state, "letter_at": letter_at}


def lost(facts: Facts) -> None:
    facts.manifests[MANIFEST]["assets"] = [{"asset": "lost", "index": 0, "reason": "cut_off"}]


def second_manifest(facts: Facts) -> None:
    second = copy.deepcopy(facts.manifests[MANIFEST]) | {"notifications": []}
    facts.manifests[MANIFEST.replace("21", "22")] = second


def letter_beside(facts: Facts) -> None:
    facts.letters[LETTER] = {"task_id": "task-1", "lost": [], "notifications": []}


@pytest.mark.timeout(HANGS_S + 30)
def test_a_short_run_of_faults_ends_with_balanced_books(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.chaos", "--short", "--seed", str(SEED), "--folder", str(tmp_path)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=HANGS_S,
        check=False,
    )
    sys.stdout.write(done.stdout)

    assert done.returncode == 0, f"seed {SEED}\n{done.stdout}\n{done.stderr[-4000:]}"


def test_books_without_a_difference_balance() -> None:
    books = balance(balanced(), ACCEPTED, SIMULATED)

    assert [] == books.differences
    assert (2, 1, 0) == (books.once, books.kept, books.explained)


def counted(facts: Facts, *ids: str, more: int = 0) -> None:
    """The manifest counts these deliveries, and says that it counts some more."""
    digests = "".join(map(digest_of, ids))
    facts.manifests[MANIFEST]["counted"] = {"count": len(ids) + more, "digests": digests}


def test_a_delivery_that_is_counted_is_as_good_as_one_that_is_named() -> None:
    facts = balanced()
    facts.manifests[MANIFEST]["notifications"] = []
    counted(facts, "01")

    assert [] == balance(facts, ACCEPTED, SIMULATED).differences


def test_a_short_link_that_died_unfetched_is_a_difference() -> None:
    facts, simulated = balanced(), copy.deepcopy(SIMULATED)
    simulated["task-1"]["switches"] = {"link_life_s": 60.0}
    assert 1 == balance(facts, ACCEPTED, simulated).hurried
    lost(facts)
    told = balance(facts, ACCEPTED, simulated)

    assert (0, True) == (told.hurried, any("short link died unfetched" in each for each in told.differences))


def test_of_two_lines_of_a_letter_the_later_letter_holds_and_of_one_letter_gone() -> None:
    facts = balanced()
    for state, letter_at in (
        ("gone", "2026-11-21T13:00:00Z"),
        ("stands", "2026-11-21T14:00:00Z"),
        ("gone", "2026-11-21T14:00:00Z"),
        ("stands", "2026-11-21T14:00:00Z"),
    ):
        facts.tell_of_letter(line_of_letter(STRAY, state, letter_at))
        told = [facts.letter_lines[STRAY]["state"]]

    assert ["gone"] == told
    assert balance(facts, ACCEPTED, SIMULATED).differences


BREAKS: dict[str, Callable[[Facts], Any]] = {
    "named nowhere": lambda facts: facts.letters.clear(),
    "named in [": lambda facts: facts.manifests[MANIFEST]["notifications"].append({"delivery_id": "02"}),
    "02 (unreadable) of rubbish: named in [": lambda facts: counted(facts, "02"),
    "01 (completed) of task-1: named in [": lambda facts: counted(facts, "01"),
    "counts 3, and knows 1 again": lambda facts: counted(facts, "03", more=2),
    "neither kept nor lost": lambda facts: facts.manifests[MANIFEST]["assets"].clear(),
    "its link was good": lost,
    "is not what the origin served": lambda facts: facts.digests.update({ASSET: "bb"}),
    "not there": lambda facts: facts.digests.clear(),
    "in no line of the catalogue": lambda facts: facts.listed.clear(),
    "and the catalogue tells of": lambda facts: facts.listed.update(
        {MANIFEST: facts.listed[MANIFEST] - timedelta(seconds=1)}
    ),
    "exported 0 times": lambda facts: facts.exported.clear(),
    "exported 2 times": lambda facts: facts.exported.update([MANIFEST]),
    "is told as untold": lambda facts: facts.letter_lines.clear(),
    "is told as gone": lambda facts: facts.tell_of_letter(line_of_letter(STRAY, "gone")),
    "is told as stands": lambda facts: facts.tell_of_letter(line_of_letter(LETTER)),
    "has 2 manifests": second_manifest,
    "a dead letter stands beside it": letter_beside,
    "not at rest": lambda facts: facts.keys.append("due/20261121T000000.000Z~evolink~task-1~aa.json"),
}


@pytest.mark.parametrize("told", BREAKS)
def test_one_difference_is_told(told: str) -> None:
    facts = balanced()
    BREAKS[told](facts)

    assert any(told in difference for difference in balance(facts, ACCEPTED, SIMULATED).differences)
