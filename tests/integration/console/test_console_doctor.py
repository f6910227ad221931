"""`doctor`: each check by name, each problem with its mend, no secret shown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import redis

from archive import catalog_keys, layout
from archive.store.bucket import Bucket
from console.checks.egress_checks import NOBODY
from tests.integration.console.harness.command import Command
from tests.integration.console.harness.seeds import Seeds, task_of
from tests.integration.egress.connect_proxy import says
from tests.integration.egress.origin import Origin


def checks(command: Command, **changed: str) -> dict[str, dict[str, str]]:
    """The checks by name."""
    return {check["name"]: check for check in command("doctor", "--json", **changed).told["checks"]}


def problems(command: Command, **changed: str) -> set[str]:
    """The names of the checks that found a problem."""
    return {name for name, check in checks(command, **changed).items() if not check["ok"]}


def test_what_is_well_is_found_well_and_what_is_missing_has_its_mend(
    command: Command, bucket: Bucket
) -> None:
    ran = command("doctor")
    assert ran.code == 1
    assert [line.split()[1] for line in ran.out.splitlines() if line.startswith("PROBLEM")] == [
        "worker",
        "receiver",
    ]
    assert "python -m workers" in ran.out
    assert list(bucket.list("")) == []


def test_no_secret_is_shown(command: Command, variables: dict[str, str]) -> None:
    ran = command("doctor", TICKET_KEYS="k1:hunter2", REDIS_URL="redis://:hunter2@127.0.0.1:1/0")
    secrets = ["hunter2", variables["AWS_SECRET_ACCESS_KEY"]]
    assert [secret for secret in secrets if secret in ran.out + ran.err] == []


def test_every_setting_that_is_wrong_is_told(command: Command) -> None:
    wrong = {
        "PORT": "x",
        "LEASE_S": "-1",
        "TICKET_KEYS": "k1:short",
        "REDIS_URL": "http://x",
        "PUBLIC_URL": "",
    }
    found = problems(command, **wrong)
    assert {"setting PORT", "setting LEASE_S", "setting REDIS_URL", "ticket keys", "public URL"} <= found


def test_an_s3_that_is_away_is_told_once(command: Command) -> None:
    found = problems(command, S3_ENDPOINT="http://127.0.0.1:1")
    assert found == {"S3 write, read, delete", "worker", "receiver"}


def test_a_bucket_that_is_not_there_is_a_problem(command: Command) -> None:
    assert "S3 write, read, delete" in problems(command, S3_BUCKET="no-such-bucket")


def test_a_redis_that_is_away_is_a_problem(command: Command) -> None:
    assert problems(command, REDIS_URL="redis://127.0.0.1:1/0") == {"Redis", "worker", "receiver"}


def test_a_redis_that_evicts_is_a_problem(command: Command, redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
        try:
            found = problems(command)
        finally:
            client.config_set("maxmemory-policy", "noeviction")
    assert "Redis memory" in found


def test_work_that_waits_too_long_is_a_problem(command: Command, bucket: Bucket, seeds: Seeds) -> None:
    now = datetime.now(UTC)
    bucket.put(layout.inbox_key(layout.batch_id(now - timedelta(minutes=6))), b"{}\n")
    key = layout.due_key(now - timedelta(minutes=11), "evolink", task_of(1), "abc")
    bucket.put(key, seeds.work(task_of(1)).to_json())
    assert {"work in inbox/", "work in due/"} <= problems(command)


def test_work_that_waits_a_little_is_none(command: Command, bucket: Bucket, seeds: Seeds) -> None:
    now = datetime.now(UTC)
    bucket.put(layout.inbox_key(layout.batch_id(now - timedelta(minutes=4))), b"{}\n")
    key = layout.due_key(now - timedelta(minutes=9), "evolink", task_of(1), "abc")
    bucket.put(key, seeds.work(task_of(1)).to_json())
    assert problems(command) == {"worker", "receiver"}


def test_line_breaks_around_all_variables_change_nothing(command: Command, variables: dict[str, str]) -> None:
    """As secret managers leave them: S3 is spoken to with AWS's, and a URL is minted in one line."""
    around = {name: f"{value}\n" for name, value in variables.items()}
    assert problems(command, **around) == {"worker", "receiver"}
    minted = command("url", "--provider", "evolink", **around).out
    assert minted.startswith("https://hooks.example.com/callbacks/evolink/k1.")
    assert minted.count("\n") == 1


def test_an_aws_variable_that_is_broken_within_is_named(command: Command) -> None:
    found = checks(command, AWS_SECRET_ACCESS_KEY="hunter2\nhunter3")
    assert not found["setting AWS_SECRET_ACCESS_KEY"]["ok"]


def test_without_any_settings_it_says_what_is_missing(command: Command, variables: dict[str, str]) -> None:
    ran = command("doctor", "--json", **dict.fromkeys(variables, ""))
    assert ran.code == 1
    assert "make up" in ran.err
    assert not ran.told["ok"]


def test_a_catalogue_that_nobody_rolls_up_is_a_problem(command: Command, bucket: Bucket) -> None:
    now = datetime.now(UTC)
    bucket.put(
        catalog_keys.rolled_key((now - timedelta(days=9)).date(), None, layout.batch_id(now), 0), b"a day"
    )
    bucket.put(catalog_keys.catalog_key(layout.batch_id(now - timedelta(days=2))), b"\n")
    assert "catalogue" not in problems(command)
    bucket.put(catalog_keys.catalog_key(layout.batch_id(now - timedelta(days=5))), b"\n")
    assert "catalogue" in problems(command)


def test_an_egress_proxy_that_is_away_or_refuses_is_a_problem(command: Command) -> None:
    away = checks(command, EGRESS_PROXY="http://127.0.0.1:1")["egress proxy"]
    assert away["problem"] == "the egress proxy cannot be reached"
    with Origin() as proxy:
        proxy.answers[f"{NOBODY}:443"] = says(b"HTTP/1.1 407 Who?\r\n\r\n")
        told = checks(command, EGRESS_PROXY=f"http://u:hunter2@127.0.0.1:{proxy.port}")
        assert "user and password" in told["egress proxy"]["problem"]
        assert "hunter2" not in str(told)

        proxy.answers[f"{NOBODY}:443"] = says(b"HTTP/1.1 403 No\r\n\r\n")
        proxy.answers["api.evolink.ai:443"] = says(b"HTTP/1.1 403 No\r\n\r\n")
        told = checks(command, EGRESS_PROXY=f"http://127.0.0.1:{proxy.port}", EVOLINK_API_KEY="k")
        assert told["egress proxy"]["ok"]
        assert "rules" in told["egress to api.evolink.ai"]["problem"]
