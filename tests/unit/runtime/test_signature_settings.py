"""The settings of signatures: one group for each provider that signs, refused where nothing could ever be good."""

from __future__ import annotations

import msgspec
import pytest

from archive.errors import SettingsRefused
from providers.registry import PROVIDERS
from providers.verifying.hmac_sha256 import standard_key
from runtime.settings.every import EverySetting
from runtime.settings.group import variable
from runtime.settings.signatures import (
    SignatureGroups,
    demand_variable,
    keys_variable,
    signature_group_of,
    unconfirmed,
)
from runtime.settings.task_apis import TaskApis
from workers.settings import WorkerSettings

NEEDED = {
    "S3_BUCKET": "bucket", "AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "s", "REDIS_URL": "redis://127.0.0.1",
    "TICKET_KEYS": "k1:" + "A" * 43, "PUBLIC_URL": "https://fixative.example",
}  # fmt: skip
OLD, NEW = "whsec_b2xkIHNlY3JldA==", "whsec_bmV3IHNlY3JldA=="
signing = pytest.mark.parametrize(
    "name", [name for name, provider in PROVIDERS.items() if provider.verifier is not None]
)


@signing
def test_every_provider_that_signs_has_its_settings_and_records_by_default(name: str) -> None:
    provider, group = PROVIDERS[name], signature_group_of(PROVIDERS[name])
    names = {variable(field) for field in msgspec.structs.fields(group)}
    assert names == {demand_variable(provider), keys_variable(provider)}
    assert group in EverySetting.groups()
    assert SignatureGroups.read({})[name].demand == "record"


def test_a_provider_that_signs_nothing_has_none() -> None:
    assert "evolink" not in SignatureGroups.read({})


def test_two_secrets_are_read_while_they_are_exchanged() -> None:
    told = SignatureGroups.read(
        {"REPLICATE_SIGNATURES": "require", "REPLICATE_SIGNING_KEYS": f"{NEW}, {OLD}"}
    )
    assert told["replicate"] == ("require", (standard_key(NEW), standard_key(OLD)), "")


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"REPLICATE_SIGNATURES": "require"}, "REPLICATE_SIGNING_KEYS is not set"),
        ({"REPLICATE_SIGNATURES": "maybe"}, "REPLICATE_SIGNATURES"),
        ({"REPLICATE_SIGNING_KEYS": "whsec_!!"}, "REPLICATE_SIGNING_KEYS: a signature or a key is no base64"),
        ({"REPLICATE_SIGNING_KEYS": ",".join([OLD] * 9)}, "9 secrets, at most 8"),
    ],
)
def test_what_could_never_be_good_is_refused_without_the_secret(said: dict[str, str], why: str) -> None:
    with pytest.raises(SettingsRefused) as refusal:
        SignatureGroups.read(said)
    assert why in str(refusal.value)
    assert OLD not in str(refusal.value)


@pytest.mark.parametrize(
    ("said", "refused"),
    [
        ({"KIE_SIGNATURES": "require"}, True),
        ({"KIE_SIGNATURES": "require", "KIE_API_KEY": "k-1"}, False),
        ({"KIE_SIGNATURES": "record"}, False),
        ({"BFL_SIGNATURES": "require", "BFL_SIGNING_KEYS": "s"}, False),
    ],
)
def test_a_required_signature_that_covers_no_link_needs_somebody_to_ask(
    said: dict[str, str], *, refused: bool
) -> None:
    """The worker refuses to start, and `doctor` says it: else links would be trusted that nothing vouches for."""
    told = {"KIE_SIGNING_KEYS": "a-secret", **said}
    problems = list(unconfirmed(SignatureGroups.read(told), TaskApis.read(told)))
    assert bool(problems) == refused
    if refused:
        assert "KIE_API_KEY is not set" in problems[0]
        for settings in (WorkerSettings, EverySetting):
            with pytest.raises(SettingsRefused) as refusal:
                settings.read({**NEEDED, **told})
            assert refusal.value.problems == problems
