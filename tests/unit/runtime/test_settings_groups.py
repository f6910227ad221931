"""Settings stand in groups: each process reads its own, all problems are told together, secrets are known by type."""

from __future__ import annotations

import dataclasses

import msgspec
import pytest

from archive import tickets
from archive.errors import SettingsRefused
from providers.provider import Provider
from providers.registry import PROVIDERS
from receiver.settings import ReceiverSettings
from runtime.settings.every import EverySetting, names, secret_names
from runtime.settings.group import Group
from runtime.settings.kinds import Secret
from runtime.settings.settings import Settings
from runtime.settings.task_apis import TaskApis, base_variable, key_variable
from workers.app import without_secrets
from workers.settings import WorkerSettings

LEAST = {"S3_BUCKET": "images", "REDIS_URL": "redis://host/0", "TICKET_KEYS": tickets.new_key("k1")}


@pytest.mark.parametrize(
    ("process", "wrong"),
    [
        (ReceiverSettings, {"DECODERS": "many", "EVOLINK_API": "?", "EGRESS_PROXY": "socks5://x"}),
        (WorkerSettings, {"BODY_S": "-1", "TLS_CERT": "c", "API_TOKEN": "short", "PUBLIC_URL": "http://x"}),
    ],
)
def test_a_process_looks_at_its_own_groups_alone(process: type[Settings], wrong: dict[str, str]) -> None:
    assert process.read({**LEAST, **wrong}) == process.read(LEAST)


def test_what_a_process_needs_is_refused_with_all_that_is_wrong_over_all_groups() -> None:
    wrong = {"REDIS_URL": "http://hunter2", "TICKET_KEYS": "hunter2", "RUN_S": "300", "DECODERS": "hunter2",
             "EVOLINK_API": "hunter2", "APIINONE_API_KEY": "hunter 2", "S3_KMS_KEY": "alias/kept"}  # fmt: skip
    with pytest.raises(SettingsRefused) as refused:
        WorkerSettings.read(wrong)

    told = refused.value.problems
    for name in [*wrong, "S3_BUCKET"]:
        assert 1 == sum(problem.startswith(name) for problem in told), name
    assert not any(word in str(refused.value) for word in ("hunter", "alias/"))


def test_a_group_stands_in_one_place_and_no_variable_in_two() -> None:
    assert len(set(names())) == len(names())


def test_every_process_reads_groups_that_all_know() -> None:
    known = set(EverySetting.groups())
    for process in (ReceiverSettings, WorkerSettings):
        assert set(process.groups()) <= known


def test_secrets_are_found_by_their_type() -> None:
    def secrets_in(group: type[Group]) -> set[str]:
        return {
            field.name.upper()
            for field in msgspec.structs.fields(group)
            if isinstance(field.default, Secret) or "Secret" in str(field.type)
        }

    found = set().union(*(secrets_in(group) for group in EverySetting.groups()))
    assert found == set(secret_names())
    assert {"REDIS_URL", "TICKET_KEYS", "API_TOKEN", "EGRESS_PROXY", "EVOLINK_API_KEY"} <= found


def test_no_secret_is_left_to_the_children_of_a_worker() -> None:
    environment = dict.fromkeys([*names(), "PATH"], "x")
    without_secrets(environment)

    assert environment.keys() == {*names(), "PATH"} - set(secret_names())


@pytest.mark.parametrize("known", PROVIDERS.values(), ids=PROVIDERS.keys())
def test_every_provider_of_the_registry_has_its_base_and_its_key(known: Provider) -> None:
    told = TaskApis.read({base_variable(known): "http://127.0.0.1:9/x", key_variable(known): "key\n"})

    assert ("http://127.0.0.1:9/x", "key") == (told[known.name].base, told[known.name].key.reveal())
    assert {known.wire.base} == {TaskApis.read({})[known.name].base}
    assert {base_variable(known), key_variable(known)} <= set(names())


def test_a_dash_in_a_providers_name_is_an_underscore_in_its_variables() -> None:
    dashed = dataclasses.replace(PROVIDERS["evolink"], name="pixel-mill")

    assert ("PIXEL_MILL_API", "PIXEL_MILL_API_KEY") == (base_variable(dashed), key_variable(dashed))
