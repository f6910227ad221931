"""infra/deploy/aws, applied in an account of moto's."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any, Final

from archive.rights import RIGHTS
from tests.deploy.cloud import REGION, Moto
from tests.integration.deploy.terraform import Terraform
from tests.unit.deploy.named import DEPLOY

NAME = "fixative"
TOKEN = "a-token-of-sixteen-and-more"
# What is played besides: an address by path, as this machine has no name for a bucket.
BY_PATH = 'provider "aws" {\n  s3_use_path_style = true\n}\n'
SECRETS: Final = {
    "TICKET_KEYS": "k1:a-key-of-which-nothing-may-be-in-the-state1",
    "REDIS_URL": "rediss://redis.example.com",
    "API_TOKEN": TOKEN,
    "CONSOLE_USERS": "vera:viewer:argon2id.v=19.m=65536,t=3,p=4.c29tZXNhbHRzb21l.c29tZSBoYXNoIG9mIG5vYm9keSBhdCBhbGw",
    "EVOLINK_API_KEY": "another-key",
}
# What moto tells otherwise than AWS does.
PLAYED_OTHERWISE = {"availability_zone_rebalancing", "health_check_grace_period_seconds"}
# By what the receiver of this deployment may do, which has API_TOKEN.
ROLES: Final = {
    "receiver": RIGHTS["receiver"].and_(RIGHTS["programs"]),
    "worker": RIGHTS["worker"],
    "console": RIGHTS["console"],
}


class Account:
    """The module with all that moto can play of it: a Redis of one's own, in place of ElastiCache."""

    def __init__(self, moto: Moto, folder: Path) -> None:
        self.moto = moto
        self._terraform = Terraform(folder)
        (self._terraform.folder / "moto_override.tf").write_text(BY_PATH)
        told = {
            "region": REGION,
            "image": f"123456789012.dkr.ecr.{REGION}.amazonaws.com/fixative:1",
            "domain": "cb.example.com",
            "certificate_arn": moto.certificate("cb.example.com"),
            "secret_names": list(SECRETS),
            "console_domain": "console.example.com",
            "console_networks": ["192.0.2.0/24"],
            "alarm_email": "operator@example.com",
        }
        (self._terraform.folder / "deployment.auto.tfvars.json").write_text(json.dumps(told))
        missing = self._terraform.prepare()
        assert not missing, missing

    def apply(self) -> None:
        """Make all of it."""
        self._run("apply", "-auto-approve", "-parallelism=20")

    def destroy(self) -> None:
        """Take all of it away."""
        self._run("destroy", "-auto-approve", "-parallelism=20")

    @property
    def state(self) -> str:
        """What Terraform wrote down."""
        return (self._terraform.folder / "terraform.tfstate").read_text()

    def still_to_do(self) -> set[str]:
        """The arguments that a second plan would change, and resources that it would make or take away."""
        self._run("plan", "-out=again")
        told = json.loads(self._run("show", "-json", "again"))
        found: set[str] = set()
        for each in told["resource_changes"]:
            before, after = each["change"]["before"] or {}, each["change"]["after"] or {}
            if each["change"]["actions"] in (["no-op"], ["read"]):
                continue
            if each["change"]["actions"] != ["update"]:
                found.add(f"{each['address']}: {each['change']['actions']}")
            unknown = each["change"]["after_unknown"]
            found |= {name for name in after if after[name] != before.get(name) and name not in unknown}
        return found - PLAYED_OTHERWISE

    def output(self, name: str) -> str:
        """One output."""
        return self._run("output", "-raw", name)

    def console_words(self, verb: str) -> list[str]:
        """What the output `command` has the container run, with another verb in place of the doctor."""
        told = re.search(r"--overrides '(.*)'", self.output("command"))
        assert told
        [container] = json.loads(told[1])["containerOverrides"]
        return [verb if word == "doctor" else word for word in container["command"]]

    def definition(self, process: str) -> dict[str, Any]:
        """The container of a process, as ECS was told of it."""
        ecs = self.moto.client("ecs", self.moto.nobody)
        told = ecs.describe_task_definition(taskDefinition=f"{NAME}-{process}")["taskDefinition"]
        [container] = [each for each in told["containerDefinitions"] if each["name"] == process]
        return dict(container)

    def environment(self, process: str) -> dict[str, str]:
        """What a process finds in its environment: the image's, its definition's, and its secrets."""
        image = (DEPLOY / "image" / "Dockerfile").read_text()
        told = dict(re.findall(r"^\s+(HOST)=(\S+)", image, re.MULTILINE))
        container = self.definition(process)
        told |= {each["name"]: each["value"] for each in container["environment"]}
        return told | {each["name"]: SECRETS[each["name"]] for each in container["secrets"]}

    def _run(self, *words: str) -> str:
        secrets = ", ".join(f"{name} = {json.dumps(value)}" for name, value in SECRETS.items())
        return self._terraform.run(
            *words,
            AWS_ENDPOINT_URL=self.moto.endpoint,
            AWS_ACCESS_KEY_ID=self.moto.nobody.access_key,
            AWS_SECRET_ACCESS_KEY=self.moto.nobody.secret_key,
            TF_VAR_secrets=f"{{{secrets}}}",
        ).stdout


def server() -> Path:
    """The Python that has moto."""
    found = shutil.which("moto_server")
    assert found, "moto_server is not on the PATH: `make terraform-moto` brings it"
    return Path(found).with_name("python")
