"""infra/deploy/aws gives each process what it reads, and what is promised of the bucket; the rest is `terraform test`."""

from __future__ import annotations

import json
import re

from archive.rights import RIGHTS
from runtime.settings.every import names
from tests.unit.deploy.named import DEPLOY, named_in
from tests.unit.docs.documents import DOCS, ROOT, fenced, rows_under, text_of

AWS = DEPLOY / "aws"
SHARED = {"REDIS_URL", "REDIS_SENTINEL_PASSWORD", "TICKET_KEYS"}


def test_a_process_is_given_no_secret_of_another() -> None:
    told = {process: set(names) for process, names in json.loads(text_of(AWS / "secrets.json")).items()}

    assert told["receiver"] & told["worker"] == told["receiver"] & told["console"] == SHARED
    assert {"API_TOKEN"} == told["receiver"] - SHARED
    assert {"CONSOLE_USERS"} == told["console"] - SHARED
    assert {"EVOLINK_API_KEY", "EGRESS_PROXY"} <= told["worker"] - SHARED


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


def test_the_page_fills_in_variables_that_there_are_and_shows_outputs_that_there_are() -> None:
    variables = dict(
        re.findall(r'^variable "(\w+)" \{\n(.*?)^\}', text_of(AWS / "variables.tf"), re.MULTILINE | re.DOTALL)
    )
    outputs = set(re.findall(r'^output "(\w+)"', text_of(AWS / "outputs.tf"), re.MULTILINE))
    [filled_in] = fenced(AWS / "README.md", "hcl")
    told = set(re.findall(r"^(\w+) +=", filled_in, re.MULTILINE))
    shown = re.findall(
        r"terraform output -raw (\w+)", text_of(AWS / "README.md") + text_of(DOCS / "hearing.md")
    )

    assert told <= set(variables)
    assert {name for name, block in variables.items() if " default " not in block} <= told
    assert {"command", "archived"} <= set(shown) <= outputs
    assert set(re.findall(r"`(\w+_(?:days|email|most|names|version|networks|domain|cpu|settings))`", text_of(AWS / "README.md"))) <= set(variables)  # fmt: skip


def test_the_reader_of_news_is_a_program_of_ten_lines() -> None:
    """`make terraform-moto` runs it."""
    [program] = fenced(DOCS / "hearing.md", "python")
    compile(program, "hearing.md", "exec")

    assert len([line for line in program.splitlines() if line]) <= 10
