"""What all kept words share."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from archive.errors import MalformedRecord
from archive.records.work import Work
from tests.fakes.words import work

ROOT = Path(__file__).parents[4]
# Eight threads meet at the first use of a type, over and over, each time with types that nobody has used.
RACE = """
import sys, threading
from types import ModuleType
sys.setswitchinterval(1e-6)
SOURCE = '''
from __future__ import annotations
from archive.records.record import Record
class Inner(Record, frozen=True):
    a: int = 0
    b: tuple[str, ...] = ()
class Outer(Inner, frozen=True, kw_only=True):
    x: Inner | None = None
    y: tuple[Inner, ...] = ()
'''
for number in range(400):
    module = sys.modules[f"m{number}"] = ModuleType(f"m{number}")
    exec(SOURCE, module.__dict__)
    together = threading.Barrier(8)
    def read():
        together.wait()
        module.Outer.from_json(b'{"a":1,"x":{"a":2},"y":[{"a":3}]}')
    threads = [threading.Thread(target=read) for _ in range(8)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
"""


def test_the_first_use_of_a_word_by_many_threads_at_once_is_safe() -> None:
    """Without the lock this ends by SIGSEGV within a few rounds."""
    done = subprocess.run(
        [sys.executable, "-c", RACE], cwd=ROOT, timeout=120, check=False, capture_output=True
    )

    assert (0, b"") == (done.returncode, done.stderr)


def test_what_is_written_is_what_is_read() -> None:
    assert work() == Work.from_json(work().to_json()) == Work.from_json(work().to_pretty_json())


@pytest.mark.parametrize(
    "data", [b"", b"null", b"[]", b"{}", b"\xff", b"[" * 100_000, b'{"provider": 1}'], ids=range(7)
)
def test_what_is_no_record_is_told_as_that(data: bytes) -> None:
    with pytest.raises(MalformedRecord):
        Work.from_json(data)
