"""What each process tells of itself: by its heartbeat, to `doctor`, and by its metrics, to a real Prometheus.

Every query of the dashboard gives a number over a stack under a little load.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from runtime.metrics.metric import EVERYBODY
from runtime.metrics.registry import METRICS
from tests.pace import Patience
from tests.system.programs import REQUEST
from tests.system.prometheus import Prometheus, pause, scraping
from tests.system.stack import Stack, until

DASHBOARD: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "infra" / "observability" / "dashboard.json").read_text(encoding="utf-8")
)
QUERIES = {
    target["expr"]: panel["title"] for panel in DASHBOARD["panels"] for target in panel.get("targets") or ()
}
# Put off once, then well: the stack is left as it was found.
BUSY = {"link": 429, "retry_after_s": 15, "heal_after": 1}
LOAD_S = 30.0
# What the load must have counted, each by a part of its own: a part that was put together without meters shows here.
COUNTED = (
    'fixative_batches_total{place="inbox"}',
    'fixative_bells_total{outcome="rung"}',
    "fixative_door_body_bytes_count",
    "fixative_batch_deliveries_count",
    'fixative_deliveries_settled_total{said="completed"}',
    'fixative_deliveries_settled_total{said="unreadable"}',
    "fixative_dead_letters_written_total",
    'fixative_downloads_total{outcome="source_busy"}',
    'fixative_decodes_total{outcome="ok"}',
    "fixative_findings_total",
    "fixative_images_kept_bytes_total",
    'fixative_jobs_total{kind="archive", outcome="done"}',
    'fixative_console_answers_total{status="2xx"}',
)


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


def a_little_load(stack: Stack, turn: int) -> None:
    """A good task, and now and then a body that nobody can read, a host that is busy, a look at the console."""
    stack.order(REQUEST)
    stack.http.request("GET", f"{stack.line['console']}/livez")
    if turn % 5 == 0:
        stack.post(b"{this is no JSON")
        stack.order({**REQUEST, "simulate": {"image": "wrong_size"}})
    if turn == 1:
        stack.order({**REQUEST, "simulate": BUSY})


@pytest.mark.parametrize("place", range(3), ids=["receiver", "worker", "console"])
def test_a_process_tells_all_metrics_of_its_role_and_no_other(stack: Stack, place: int) -> None:
    """Each gauge has a part that it is read from; of labels that only traffic has, the family is told."""
    role = EVERYBODY[place]
    port = int(stack.line["env"]["METRICS_PORT"]) + place

    def told() -> set[str]:
        text = stack.http.request("GET", f"http://127.0.0.1:{port}/metrics").data.decode()
        return set(re.findall(r"^# TYPE (fixative_\w+)", text, re.MULTILINE))

    # What the first look at all that waits tells comes seconds after the start.
    until(
        f"all metrics of the {role}", lambda: told() == {each.name for each in METRICS if role in each.roles}
    )


def without_a_number(prometheus: Prometheus, expressions: set[str]) -> set[str]:
    return {expr for expr in expressions if not prometheus.numbers(expr.replace("$__rate_interval", "30s"))}


def test_every_query_of_the_dashboard_gives_a_number(stack: Stack, tmp_path: Path) -> None:
    first = int(stack.line["env"]["METRICS_PORT"])
    with scraping(tmp_path, [first, first + 1, first + 2]) as prometheus:
        wanted = QUERIES | {f"sum({name}) > 0": "counted" for name in COUNTED}
        missing, patience, turn = set(wanted), Patience(LOAD_S), 0
        while missing and not patience.over:
            a_little_load(stack, turn)
            turn += 1
            pause()
            missing = without_a_number(prometheus, missing)

        assert [] == sorted(f"{wanted[expr]}: {expr}" for expr in missing)
        assert {"up"} == set(prometheus.targets().values())
        assert 3 == len(prometheus.targets())
        assert {"ok"} == set(prometheus.rules().values())
