"""AWS, played by moto's server: an account of its own, which holds every request against the policies if it is told to.

It does not look at conditions but StringEquals', so whether a write is conditional is looked at elsewhere
(tests/integration/store/watched.py): https://docs.getmoto.org/en/latest/docs/iam.html
"""

from __future__ import annotations

import contextlib
import http.client
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import boto3

from infra.local.parts.process import Process
from infra.local.ports import free_block, is_free
from tests.integration.deploy.test_procfile import bare
from tests.pace import until

REGION = "eu-central-1"
OWNER = "owner"
START_S = 60.0


class Keys(NamedTuple):
    """Who asks."""

    access_key: str
    secret_key: str
    token: str = ""

    @property
    def variables(self) -> dict[str, str]:
        """The same as a process is told it."""
        told = {"AWS_ACCESS_KEY_ID": self.access_key, "AWS_SECRET_ACCESS_KEY": self.secret_key}
        return {**told, "AWS_SESSION_TOKEN": self.token} if self.token else told


class Moto:
    """The server. Nothing is refused until `enforced`."""

    def __init__(self, port: int) -> None:
        self.endpoint = f"http://127.0.0.1:{port}"
        self._port = port
        self.nobody = Keys("nobody", "in-particular")

    def client(self, service: Any, keys: Keys) -> Any:
        """A client of one service, as whoever has these keys."""
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id=keys.access_key,
            aws_secret_access_key=keys.secret_key,
            aws_session_token=keys.token or None,
        )

    def certificate(self, domain: str) -> str:
        """A certificate for a domain, as one asks for it by hand."""
        return str(self.client("acm", self.nobody).request_certificate(DomainName=domain)["CertificateArn"])

    def owner(self) -> Keys:
        """Somebody who may do everything."""
        iam = self.client("iam", self.nobody)
        iam.create_user(UserName=OWNER)
        everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [everything]})
        iam.put_user_policy(UserName=OWNER, PolicyName="everything", PolicyDocument=document)
        key = iam.create_access_key(UserName=OWNER)["AccessKey"]
        return Keys(key["AccessKeyId"], key["SecretAccessKey"])

    def role(self, name: str) -> Keys:
        """The keys of whoever was given a role."""
        arn = self.client("iam", self.nobody).get_role(RoleName=name)["Role"]["Arn"]
        told = self.client("sts", self.nobody).assume_role(RoleArn=arn, RoleSessionName=name)["Credentials"]
        return Keys(told["AccessKeyId"], told["SecretAccessKey"], told["SessionToken"])

    @contextlib.contextmanager
    def enforced(self) -> Iterator[None]:
        """Each request is held against the policies of who asks."""
        self._let_pass("0")
        try:
            yield
        finally:
            self._let_pass("inf")

    def _let_pass(self, requests: str) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)
        with contextlib.closing(connection):
            connection.request("POST", "/moto-api/reset-auth", requests)
            assert connection.getresponse().status == http.HTTPStatus.OK


@contextlib.contextmanager
def playing(server: Path, folder: Path) -> Iterator[Moto]:
    """A server by this Python, until the end."""
    port = free_block(1)
    process = Process(
        "moto",
        [str(server), str(Path(__file__).with_name("moto_program.py")), "-H", "127.0.0.1", "-p", str(port)],
        folder=folder,
        log=folder / "moto.log",
        environment=bare(),
    )
    process.start()
    try:
        assert until(lambda: not is_free(port), START_S), process.log.read_text()
        yield Moto(port)
    finally:
        process.stop()
