"""`doctor` does with Redis what the processes do, and names each cause for which they could not."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import redis

from archive.deployment import Deployment
from archive.queue.queue_trouble import ACL
from tests.integration.console.harness.command import Command
from tests.integration.queue.redis_servers import Server, authority_in, serving
from tests.integration.queue.sentinels import MASTER, OF_MASTER, OF_SENTINEL, watched
from tests.integration.queue.servers import in_cluster_mode


def found(command: Command, url: str) -> dict[str, dict[str, Any]]:
    """The checks of Redis by name; none of the others looks at its URL."""
    ran = command("doctor", "--json", REDIS_URL=url)
    assert "hunter2" not in ran.out + ran.err
    return {check["name"]: check for check in ran.told["checks"] if check["name"].startswith("Redis")}


def problem(command: Command, url: str) -> str:
    """The one problem that is told of Redis."""
    wrong = [check["problem"] for check in found(command, url).values() if not check["ok"]]
    assert 1 == len(wrong), wrong
    return str(wrong[0])


def well(command: Command, url: str) -> dict[str, str]:
    """What is told of a Redis without a problem."""
    checks = found(command, url)
    assert [] == [check for check in checks.values() if not check["ok"]]
    return {name: check["found"] for name, check in checks.items()}


@pytest.fixture
def queue(variables: dict[str, str]) -> str:
    """One of our queues in Redis."""
    return Deployment(variables["S3_BUCKET"], variables["S3_PREFIX"]).queues.due


def test_a_redis_that_can_be_used_is_well(command: Command, tmp_path: Path) -> None:
    with serving(tmp_path / "redis") as server:
        told = well(command, server.url())
        assert {"Redis", "Redis heartbeats", "Redis memory", "Redis connections"} == set(told)
        assert "noeviction" == told["Redis memory"]
        # Nothing is left behind.
        assert [] == server.admin.keys("*")


@pytest.mark.parametrize(
    "rights",
    ["~* +@all -@dangerous", "~* resetchannels +@all", f"resetchannels {ACL}"],
    ids=["no-dangerous", "no-channels", "documented"],
)
def test_what_a_user_need_not_do_is_no_problem(command: Command, tmp_path: Path, rights: str) -> None:
    with serving(tmp_path / "redis") as server:
        server.admin.execute_command("ACL", "SETUSER", "ours", "on", ">hunter2", *rights.split())
        told = well(command, server.url("ours:hunter2@"))
        assert ("cannot be asked" in told["Redis memory"]) == ("-@dangerous" in rights)
        denied = [entry for entry in server.admin.acl_log() if entry["object"] != "info"]
        assert [] == denied


@pytest.mark.parametrize("denied", ["-lpush", "-brpop", "-set", "-lrem", "-pttl", "resetkeys ~other*"])
def test_what_a_user_must_do_and_may_not_is_named(command: Command, tmp_path: Path, denied: str) -> None:
    with serving(tmp_path / "redis") as server:
        rights = ["~*", "+@all", *denied.split()]
        server.admin.execute_command("ACL", "SETUSER", "ours", "on", ">hunter2", *rights)
        told = found(command, server.url("ours:hunter2@")).values()

    wrong = [check["problem"] for check in told if not check["ok"]]
    assert [True] == ["ACL denies" in each for each in wrong]


@pytest.mark.parametrize("login", ["", ":hunter2@", "nobody:hunter2@"], ids=["none", "wrong", "unknown-user"])
def test_a_wrong_password_is_named(command: Command, tmp_path: Path, login: str) -> None:
    with serving(tmp_path / "redis", "--requirepass", "another", login={"password": "another"}) as server:
        assert "refuses the user or the password" in problem(command, server.url(login))


def test_cluster_mode_is_named(command: Command, tmp_path: Path) -> None:
    with in_cluster_mode(tmp_path / "redis") as server:
        assert "cluster mode" in problem(command, server.url())


def test_a_replica_is_named(command: Command, tmp_path: Path) -> None:
    with serving(tmp_path / "redis") as server:
        server.admin.replicaof("127.0.0.1", "1")
        assert "is a replica" in problem(command, server.url())


def test_no_connections_left_is_named(command: Command, tmp_path: Path) -> None:
    with serving(tmp_path / "redis") as server:
        server.admin.config_set("maxclients", 1)
        assert "no connection left" in problem(command, server.url())
        server.admin.config_set("maxclients", 50)
        held = [redis.Redis(port=server.port) for _ in range(45)]
        for one in held:
            one.ping()
        assert "of 50 are taken" in found(command, server.url())["Redis connections"]["problem"]
        for one in held:
            one.close()


def test_a_foreign_key_under_a_name_of_ours_is_named(command: Command, tmp_path: Path, queue: str) -> None:
    with serving(tmp_path / "redis") as server:
        server.admin.set(queue, "another program's")
        assert "holds something else" in problem(command, server.url())
        server.admin.delete(queue)
        server.admin.set("fixative.heartbeats", "another program's")
        told = command("doctor", "--json", REDIS_URL=server.url()).told["checks"]
        assert any("holds something else" in check["problem"] for check in told if check["name"] == "worker")


def test_full_memory_is_named(command: Command, tmp_path: Path) -> None:
    with serving(tmp_path / "redis") as server:
        server.admin.set("big", "x" * 50_000_000)
        server.admin.config_set("maxmemory", "1mb")
        assert "no memory left" in problem(command, server.url())
        used: Any = server.admin.info("memory")["used_memory"]
        server.admin.config_set("maxmemory", int(used * 1.05))
        assert "are taken, and nothing is thrown away" in problem(command, server.url())


def test_an_eviction_policy_is_named(command: Command, tmp_path: Path) -> None:
    with serving(tmp_path / "redis", "--maxmemory-policy", "allkeys-lru") as server:
        assert "allkeys-lru" in problem(command, server.url())


def test_a_database_that_is_not_there_is_named(command: Command, tmp_path: Path) -> None:
    with serving(tmp_path / "redis") as server:
        assert "no database of that number" in problem(command, f"redis://127.0.0.1:{server.port}/99")


def test_wrong_tls_is_named(command: Command, tmp_path: Path) -> None:
    here, other = authority_in(tmp_path / "here"), authority_in(tmp_path / "other", "redis.example.com")

    def trusting(server: Server, file: Path, more: str = "") -> str:
        return server.url(":hunter2@", "rediss", f"?ssl_ca_certs={quote(str(file), safe='')}{more}")

    with serving(
        tmp_path / "redis", "--requirepass", "hunter2", tls=here, login={"password": "hunter2"}
    ) as server:
        assert "verified" in well(command, trusting(server, here.file))["Redis TLS"]
        assert (
            "not verified"
            in well(command, server.url(":hunter2@", "rediss", "?ssl_cert_reqs=none"))["Redis TLS"]
        )
        assert "no authority that is trusted" in problem(command, server.url(":hunter2@", "rediss"))
        assert "no authority that is trusted" in problem(command, trusting(server, other.file))
        assert "speaks TLS" in problem(command, server.url(":hunter2@"))
        assert "ssl_ca_certs" in problem(command, trusting(server, tmp_path / "nowhere.pem"))
    with serving(tmp_path / "elsewhere", tls=other) as server:
        assert "for another name" in problem(command, trusting(server, other.file))
    with serving(tmp_path / "plain") as server:
        assert "speaks no TLS" in problem(command, server.url(":hunter2@", "rediss"))
    with serving(tmp_path / "mutual", "--tls-auth-clients", "yes", tls=here) as server:
        assert "asks for a certificate" in problem(command, trusting(server, here.file))


def test_a_wrong_master_and_wrong_passwords_behind_sentinels_are_named(
    command: Command, tmp_path: Path
) -> None:
    with watched(tmp_path / "watched") as house:
        assert {"Redis", "Redis heartbeats", "Redis memory", "Redis connections"} == set(
            well(command, house.url())
        )
        for right, sentence in (
            (f"master_name={MASTER}", "no Sentinel names a master"),
            (OF_SENTINEL, "the Sentinels refuse"),
            (OF_MASTER, "Redis refuses the user or the password"),
        ):
            url = house.url().replace(right, f"{right.partition('=')[0]}=other" if "=" in right else "other")
            assert sentence in problem(command, url)
