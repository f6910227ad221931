"""A plugin of pytest: waits that only a stretched patience bore are told at the end of the run.

Each may be a fault that a busy machine hides.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable

import pytest

_LATE = "late wait"
_heard: list[str] = []


def note(sentence: str) -> None:
    """Tell of a wait of the test that runs now; an empty sentence tells nothing."""
    if sentence:
        _heard.append(sentence)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Give the report what was noted: a report comes from any process."""
    item.user_properties += [(_LATE, sentence) for sentence in _heard]
    _heard.clear()
    return (yield)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Tell them, if there are any."""
    reports = (each for some in terminalreporter.stats.values() for each in some)
    if late := late_waits(each for each in reports if isinstance(each, pytest.TestReport)):
        terminalreporter.section("waits that were too long for a quiet machine")
        for line in late:
            terminalreporter.line(line)


def late_waits(reports: Iterable[pytest.TestReport]) -> list[str]:
    """The lines that are told: test and wait, each once, whichever phases of the test report it."""
    return list(
        dict.fromkeys(
            f"{report.nodeid}: {told}"
            for report in reports
            for name, told in report.user_properties
            if name == _LATE
        )
    )
