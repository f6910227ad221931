"""infra/deploy/aws gives each process what it reads, and what is promised of the bucket; the rest is `terraform test`."""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec
import pytest

from archive.rights import RIGHTS
from console.web.settings import ConsoleSettings
from receiver.settings import ReceiverSettings
from runtime.settings.every import names
from runtime.settings.kinds import Secret
from runtime.settings.settings import Settings, fields_of
from tests.unit.deploy.named import DEPLOY, named_in
from tests.unit.docs.documents import ROOT, rows_under, text_of
from workers.settings import WorkerSettings

AWS = DEPLOY / "aws"
# A Redis of AWS's is reached without Sentinels.
ELSEWHERE = {"REDIS_SENTINEL_PASSWORD"}


def _types(field: msgspec.structs.FieldInfo) -> set[Any]:
    return {field.type, getattr(field.type, "__origin__", None)}


@pytest.mark.parametrize(
    ("process", "kind"),
    [("receiver", ReceiverSettings), ("worker", WorkerSettings), ("console", ConsoleSettings)],
)
def test_a_process_is_given_the_secrets_that_it_reads_and_no_others(
    process: str, kind: type[Settings]
) -> None:
    told = re.search(rf"^    {process} +=\s+\[(.*)\]$", text_of(AWS / "secrets.tf"), re.MULTILINE)
    assert told
    read = {field.name.upper() for field in fields_of(kind) if Secret in _types(field)}

    assert read - ELSEWHERE == set(re.findall(r'"(\w+)"', told[1]))


def test_settings_are_named_where_terraform_sets_them() -> None:
    assert {"S3_BUCKET", "PUBLIC_URL", "DECODERS"} <= named_in(AWS / "processes.tf") <= set(names())


def test_terraform_has_the_rights_of_the_processes() -> None:
    told = json.loads(text_of(AWS / "rights.json"))

    assert {who: {verb: list(v) if isinstance(v, tuple) else v for verb, v in rights._asdict().items()} for who, rights in RIGHTS.items()} == told  # fmt: skip


def test_what_alarms_look_for_in_the_logs_is_said_there() -> None:
    text = text_of(AWS / "doctor.tf")
    patterns = [*re.findall(r'pattern += "\\"(.*)\\""', text), *re.findall(r'well = "(.*)"', text)]
    sources = [text_of(ROOT / name) for name in ("workers/keep.py", "console/cli/verbs/doctor.py")]

    assert {"dead letter:", "${local.well}", "all is well"} == set(patterns)
    assert [] == [
        said
        for said in patterns
        if not said.startswith("$") and not any(said in source for source in sources)
    ]


def test_every_alarm_stands_on_the_page() -> None:
    block = text_of(AWS / "alarms.tf").partition("alarms = merge(")[2].partition("\nresource")[0]
    named = set(re.findall(r"^      ([a-z-]+) = \{$", block, re.MULTILINE)) | set(
        re.findall(r' : "([a-z-]+)" =>', block)
    )

    assert named == {row[0].strip("`") for row in rows_under(AWS / "README.md", "How one hears of trouble")}
