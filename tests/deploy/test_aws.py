"""infra/deploy/aws in an account of moto's: applied, heard, held to its roles, and taken away."""

from __future__ import annotations

import json
import subprocess
import sys
from http import HTTPStatus
from itertools import product
from pathlib import Path
from typing import Any, Final

import pytest
from botocore.exceptions import ClientError

from archive.rights import Verb
from console.checks.settings_checks import settings_checks
from console.web.settings import ConsoleSettings
from receiver.settings import ReceiverSettings
from runtime.settings.settings import Settings
from tests.deploy.account import NAME, ROLES, SECRETS, Account
from tests.deploy.cloud import REGION, Keys, Moto
from tests.integration.deploy.test_procfile import bare
from tests.pace import until
from tests.unit.docs.documents import DOCS, fenced
from workers.settings import WorkerSettings

# One key of each folder, and of each kind of object in it.
KEYS = (
    "inbox/2026/11/26/07/x.ndjson",
    "due/x.json",
    "tasks/2026/11/26/evolink/task-1/00.png",
    "tasks/2026/11/26/evolink/task-1/manifest.json",
    "catalog/2026/11/26/07/x.ndjson",
    "dead/2026/11/26/evolink/task-1.json",
    "dead/2026/11/26/evolink/task-1.00.bin",
    "orders/evolink/task-1.json",
    "index/evolink/task-1",
    "replays/2026/11/26/replay-x.json",
    "thumbs/ab/x.webp",
    "probe/receiver",
    "probe/worker-01",
    "probe/trial-x",
    "elsewhere/x",
)
HEARD_S = 60.0
# Moto does not look whether a write is conditional.
MEANT: Final[dict[str, tuple[Verb, ...]]] = {
    "read": ("read",),
    "write": ("create", "change", "write"),
    "delete": ("delete",),
    "list": ("list",),
}


def test_a_second_plan_finds_nothing_to_do(account: Account) -> None:
    assert set() == account.still_to_do()


def test_no_secret_is_in_the_state_and_each_is_where_the_processes_find_it(
    account: Account, moto: Moto
) -> None:
    manager = moto.client("secretsmanager", moto.nobody)
    for name, value in SECRETS.items():
        assert value not in account.state
        assert value == manager.get_secret_value(SecretId=f"{NAME}/{name}")["SecretString"]
    told = {each["name"]: each["valueFrom"] for each in account.definition("worker")["secrets"]}
    assert set(told) == {"TICKET_KEYS", "REDIS_URL", "EVOLINK_API_KEY"}
    assert manager.get_secret_value(SecretId=told["EVOLINK_API_KEY"])["SecretString"] == "another-key"


@pytest.mark.parametrize(
    ("process", "kind"),
    [("receiver", ReceiverSettings), ("worker", WorkerSettings), ("console", ConsoleSettings)],
)
def test_a_process_can_read_what_it_is_given(account: Account, process: str, kind: type[Settings]) -> None:
    environment = account.environment(process)

    name = "CONSOLE_HOST" if process == "console" else "HOST"
    assert environment[name] == "0.0.0.0"  # noqa: S104 - in a container
    kind.read(environment)


def test_the_doctor_finds_no_fault_in_its_settings(account: Account) -> None:
    environment = account.environment("doctor")

    assert [] == [check for check in settings_checks(environment) if not check.ok]


def test_the_bucket_is_refused_over_plain_http_and_to_the_public(account: Account, moto: Moto) -> None:
    s3 = moto.client("s3", moto.nobody)
    name = account.output("bucket")
    policy = json.loads(s3.get_bucket_policy(Bucket=name)["Policy"])

    assert {"Deny"} == {told["Effect"] for told in policy["Statement"]}
    assert all(s3.get_public_access_block(Bucket=name)["PublicAccessBlockConfiguration"].values())
    assert "Enabled" == s3.get_bucket_versioning(Bucket=name)["Status"]


def test_the_reader_on_the_page_hears_of_a_manifest_and_of_nothing_else(
    account: Account, bucket: str, moto: Moto, tmp_path: Path
) -> None:
    [program] = fenced(DOCS / "hearing.md", "python")
    (tmp_path / "reader.py").write_text(program)
    environment = {
        **bare(),
        **moto.nobody.variables,
        "AWS_ENDPOINT_URL": moto.endpoint,
        "AWS_DEFAULT_REGION": REGION,
        "QUEUE": account.output("archived"),
    }
    manifest = {
        "task_id": "task-1",
        "status": "completed",
        "assets": [{"key": "00.png"}, {"reason": "too_large"}],
    }
    s3 = moto.client("s3", moto.nobody)
    for key in KEYS:
        s3.put_object(Bucket=bucket, Key=key, Body=json.dumps(manifest))
    heard = tmp_path / "heard"
    with heard.open("wb") as output:
        reader = subprocess.Popen(
            [sys.executable, str(tmp_path / "reader.py")], env=environment, stdout=output, stderr=output
        )
        try:
            assert until(lambda: reader.poll() is not None or bool(heard.read_text()), HEARD_S)
            waiting = moto.client("sqs", moto.nobody)
            assert until(lambda: _left(waiting, account.output("archived")) == 0, HEARD_S)
        finally:
            reader.kill()
            reader.wait()
    for key in KEYS:
        s3.delete_object(Bucket=bucket, Key=key)

    assert "task-1 completed ['00.png']\n" == heard.read_text()


def _left(sqs: Any, queue: str) -> int:
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    told = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=names)["Attributes"]
    return sum(int(told[name]) for name in names)


@pytest.mark.parametrize("process", ROLES)
def test_a_role_may_do_with_the_bucket_what_its_rights_say_and_nothing_else(
    process: str, bucket: str, moto: Moto, roles: dict[str, Keys]
) -> None:
    s3 = moto.client("s3", roles[process])
    rights = ROLES[process]
    asked: Final[dict[str, Any]] = {
        "read": lambda key: s3.get_object(Bucket=bucket, Key=key),
        "write": lambda key: s3.put_object(Bucket=bucket, Key=key, Body=b"x"),
        "delete": lambda key: s3.delete_object(Bucket=bucket, Key=key),
        "list": lambda key: s3.list_objects_v2(Bucket=bucket, Prefix=key),
    }
    wrong = []
    with moto.enforced():
        for verb, key in product(asked, KEYS):
            may = any(rights.allow(each, key) for each in MEANT[verb])
            if may == _denied(lambda verb=verb, key=key: asked[verb](key)):
                wrong.append(f"{verb} {key}: {'refused' if may else 'let in'}")

    assert [] == wrong


def test_a_process_may_nothing_besides_and_who_starts_it_nothing_in_the_bucket(
    bucket: str, moto: Moto, roles: dict[str, Keys], account: Account
) -> None:
    queue = account.output("archived")
    with moto.enforced():
        for process in ROLES:
            sqs, iam = moto.client("sqs", roles[process]), moto.client("iam", roles[process])
            secrets = moto.client("secretsmanager", roles[process])
            assert _denied(lambda sqs=sqs: sqs.receive_message(QueueUrl=queue))
            assert _denied(lambda iam=iam: iam.list_roles())
            assert _denied(lambda secrets=secrets: secrets.get_secret_value(SecretId=f"{NAME}/TICKET_KEYS"))
        starter = roles["starter"]
        assert _denied(lambda: moto.client("s3", starter).get_object(Bucket=bucket, Key=KEYS[0]))
        assert _denied(lambda: moto.client("s3", starter).list_objects_v2(Bucket=bucket))


def _denied(ask: Any) -> bool:
    """Whether it is refused, and not for another reason than who asks."""
    try:
        ask()
    except ClientError as error:
        # Moto tells the code itself for some services alone.
        return bool(error.response["ResponseMetadata"]["HTTPStatusCode"] == HTTPStatus.FORBIDDEN)
    return False
