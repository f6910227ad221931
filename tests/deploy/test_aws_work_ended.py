"""infra/deploy/aws is taken away whole: the last test of the account, after those of test_aws_work.py."""

from __future__ import annotations

import json

from tests.deploy.account import Account
from tests.deploy.cloud import Moto


def test_it_is_taken_away_whole(account: Account, bucket: str, moto: Moto) -> None:
    s3 = moto.client("s3", moto.nobody)
    versions = s3.list_object_versions(Bucket=bucket)
    for each in (*versions.get("Versions", ()), *versions.get("DeleteMarkers", ())):
        s3.delete_object(Bucket=bucket, Key=each["Key"], VersionId=each["VersionId"])
    account.destroy()

    assert [] == s3.list_buckets()["Buckets"]
    assert [] == moto.client("iam", moto.nobody).list_roles()["Roles"]
    assert [] == json.loads(account.state)["resources"]
