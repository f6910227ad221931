"""Each process of a running stack is known by its heartbeat, and `doctor` tells what it can do."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.system.stack import Stack, until


@pytest.fixture(scope="module")
def with_console() -> bool:
    return True


def processes(stack: Stack) -> dict[str, dict[str, Any]]:
    """The checks of `doctor` by name, once all live, and worker and receiver have proved what they can do."""
    done = stack.fixative("doctor", "--json", check=False)
    checks = {check["name"]: check for check in json.loads(done.stdout)["checks"]}
    living = [check for name, check in checks.items() if name.endswith(")")]
    proved = len(living) == 3 and not any("proved never" in check["found"] for check in living)
    return checks if proved else {}


def test_doctor_finds_every_process_well_and_set_up_alike(stack: Stack) -> None:
    found = until("both processes to prove themselves", lambda: processes(stack))

    assert [] == [check for check in found.values() if not check["ok"]]
    assert f"(process {stack.pid('worker')})" in found["worker"]["found"]
    assert {f"(process {stack.pid(name)})" for name in ("worker", "receiver", "console")} == {
        f"({name.partition('(')[2]}" for name in found if name.endswith(")")
    }
    assert "alike in 3 processes and here" == found["shared settings"]["found"]
    # What a proof wrote stands in the bucket, without a secret.
    proofs = [key for key in stack.keys("probe/") if key.startswith(("probe/worker-", "probe/receiver-"))]
    assert 2 == len(proofs)
    secrets = [secret.partition(":")[2] for secret in stack.line["env"]["TICKET_KEYS"].split(",")]
    assert [] == [key for key in proofs for secret in secrets if secret.encode() in stack.read(key)]
