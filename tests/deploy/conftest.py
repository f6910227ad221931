"""An account of moto's with infra/deploy/aws in it, applied once for all tests that want it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.deploy.account import NAME, ROLES, Account, server
from tests.deploy.cloud import Keys, Moto, playing


@pytest.fixture(scope="session")
def moto(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moto]:
    with playing(server(), tmp_path_factory.mktemp("moto")) as started:
        yield started


@pytest.fixture(scope="session")
def account(moto: Moto, tmp_path_factory: pytest.TempPathFactory) -> Account:
    made = Account(moto, tmp_path_factory.mktemp("account"))
    made.apply()
    return made


@pytest.fixture(scope="session")
def bucket(account: Account, moto: Moto) -> str:
    """The bucket, over plain HTTP, which its policy refuses to everybody: moto speaks nothing else."""
    name = account.output("bucket")
    moto.client("s3", moto.nobody).delete_bucket_policy(Bucket=name)
    return name


@pytest.fixture(scope="session")
def roles(bucket: str, moto: Moto) -> dict[str, Keys]:
    """The keys of whoever has each role."""
    del bucket
    return {process: moto.role(f"{NAME}-{process}") for process in (*ROLES, "starter")}
