"""wrk's output is read as the script writes it."""

from __future__ import annotations

import pytest

from bench import wrk
from bench.errors import BenchError

OUTPUT = """Running 2s test @ http://127.0.0.1:20000/callbacks/evolink/ticket
  1 threads and 64 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency    35.28ms   20.11ms 153.48ms   71.03%
Requests/sec:   1624.97
heard: {"requests": 4000, "duration_us": 2000000, "status_errors": 40, "socket_errors": 2, \
"p50_us": 35280, "p99_us": 114483, "p999_us": 153476}
"""


def test_the_rate_is_of_what_was_acknowledged() -> None:
    heard = wrk.heard(OUTPUT)

    assert (1980.0, 3960) == (heard.per_s, heard.acknowledged)


def test_what_was_refused_and_what_broke_off_has_failed() -> None:
    assert 42 == wrk.heard(OUTPUT).failed


def test_waits_are_in_milliseconds() -> None:
    heard = wrk.heard(OUTPUT)

    assert (35.28, 114.483, 153.476) == (heard.p50_ms, heard.p99_ms, heard.p999_ms)


def test_output_without_figures_is_an_error_with_its_end() -> None:
    with pytest.raises(BenchError, match="unable to connect"):
        wrk.heard("unable to connect to 127.0.0.1")
