"""A receiver that is told to stop, and who is inside."""

from __future__ import annotations

import os
import signal
from contextlib import ExitStack
from pathlib import Path

from tests.integration.door.lone_receiver import receiving, status_of, until_closed

# DRAIN_S for who is inside, two seconds for committing and ringing, and what a busy machine adds.
ENDS_WITHIN_S = 10.0


def test_who_is_within_a_body_is_told_to_try_again(tmp_path: Path) -> None:
    """A 500 would be a fault of ours, and each had its traceback in the log. So had Ctrl-C."""
    slow = {"BODY_S": "60", "HEADER_S": "60"}
    with receiving(tmp_path, slow) as door, ExitStack() as stack:
        head = f"POST {door.path} HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\n{{".encode()
        inside = [stack.enter_context(door.connect()) for _ in range(3)]
        for connection in inside:
            connection.sendall(head)
        assert 202 == door.callback()  # the halves of bodies came before it
        os.kill(door.pid, signal.SIGINT)
        answers = [until_closed(connection, ENDS_WITHIN_S) for connection in inside]
        ended = os.waitid(os.P_PID, door.pid, os.WEXITED | os.WNOWAIT)

    assert [503] * 3 == [status_of(answer) for answer in answers]
    assert all(b"retry-after: 1\r\n" in answer for answer in answers)
    assert ended is not None
    assert 0 == ended.si_status
    assert "Traceback" not in door.log.read_text()
