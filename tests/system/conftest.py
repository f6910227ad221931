"""One stack a file, for the tests that leave it as they found it.

One for the whole run would stand idle in every process until its end, which costs more than it saves.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.local.ports import free_block
from tests.system.stack import Stack, running


@pytest.fixture(scope="module")
def with_console() -> bool:
    """Whether the stack has a console; a file that looks at it says so."""
    return False


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory, *, with_console: bool) -> Iterator[Stack]:
    """A stack whose waits are short, so that what is tried later is tried soon."""
    with running(
        tmp_path_factory.mktemp("system"),
        environment={
            "RETRY_FIRST_S": "2",
            "INBOX_GRACE_S": "5",
            "SWEEP_IDLE_S": "2",
            "SWEEP_BUSY_S": "1",
            # The receiver's, the worker's and the console's.
            "METRICS_PORT": str(free_block(3)),
        },
        console=with_console,
    ) as stack:
        yield stack
