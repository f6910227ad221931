"""The file of gateways: declared by each process, for everything that asks for providers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

import console.__main__ as console
import receiver.__main__ as receiver
import workers.__main__ as workers
from archive.errors import SettingsRefused
from console.cli.verbs import cli
from console.submitting.claims_said import claims_said
from providers.registry import PROVIDERS, provider_named
from runtime.fingerprint import Fingerprint, differences
from runtime.gateways import declare
from runtime.kept_headers import signature_headers
from runtime.metrics.labels import PROVIDER
from runtime.settings.every import EverySetting, names, secret_names
from runtime.settings.signatures import SignatureGroups
from runtime.settings.task_apis import TaskApis
from tests.unit.providers.generic.gateways import KILN, LEAST

SETTINGS = {"TICKET_KEYS": "k1:" + "A" * 43, "PUBLIC_URL": "https://hooks.example.com"}


@pytest.fixture
def file(tmp_path: Path) -> Iterator[Path]:
    """A file of two gateways; nothing is declared any more afterwards."""
    path = tmp_path / "gateways.toml"
    path.write_text(KILN + LEAST, encoding="utf-8")
    yield path
    declare({})


def place(gateways: str = "") -> Fingerprint:
    return Fingerprint(bucket="b", prefix="", store="", redis="r", ticket_keys={}, gateways=gateways)


def test_what_is_declared_is_known_everywhere(file: Path) -> None:
    declare({"GATEWAYS_FILE": f" {file}\n"})

    assert ("Kiln", True, True) == (
        provider_named("kiln").title,
        "kiln" in list(PROVIDERS),
        "evolink" in PROVIDERS,
    )
    assert ("x-kiln-signature",) == signature_headers()["kiln"]
    assert ("kiln", "other") == (PROVIDER.closed("kiln"), PROVIDER.closed("nobody"))
    assert {"KILN_API", "KILN_API_KEY", "KILN_SIGNATURES", "KILN_SIGNING_KEYS"} <= set(names())
    assert {"KILN_API_KEY", "KILN_SIGNING_KEYS"} <= set(secret_names())
    assert "https://api.kiln.example" == TaskApis.read({})["kiln"].base
    assert (b"secret",) == SignatureGroups.read({"KILN_SIGNING_KEYS": "secret"})["kiln"].keys
    assert (
        claims_said(
            "kiln", 4, None, None, dict.fromkeys(("model", "size", "resolution", "quality", "label"))
        ).n
        == 4
    )


def test_a_command_knows_them_by_the_variables_and_by_a_file_of_these(file: Path, tmp_path: Path) -> None:
    words = ["url", "--provider", "kiln"]
    told = CliRunner().invoke(cli, words, env={**SETTINGS, "GATEWAYS_FILE": str(file)})
    assert (0, True) == (told.exit_code, "/callbacks/kiln/" in told.output)
    (tmp_path / "my.env").write_text(f"GATEWAYS_FILE={file}\n")
    told = CliRunner().invoke(cli, ["--env", str(tmp_path / "my.env"), *words], env=SETTINGS)
    assert (0, True) == (told.exit_code, "/callbacks/kiln/" in told.output)
    told = CliRunner().invoke(cli, words, env={**SETTINGS, "GATEWAYS_FILE": ""})
    assert (2, True) == (told.exit_code, "'kiln' is not one of" in told.output)


def test_what_is_wrong_with_the_file_is_told_before_anything_is_done(file: Path) -> None:
    file.write_text(KILN.replace('"6h"', '"6 hours"').replace("status =", "statsu ="), encoding="utf-8")
    with pytest.raises(SettingsRefused) as refused:
        declare({"GATEWAYS_FILE": str(file)})
    problems = refused.value.problems

    assert [True, True] == ["GATEWAYS_FILE" in each and "line " in each for each in problems]
    told = CliRunner().invoke(
        cli, ["url", "--provider", "kiln"], env={**SETTINGS, "GATEWAYS_FILE": str(file)}
    )
    assert (2, True) == (told.exit_code, "gateways.kiln.link_life: '6 hours'" in told.output)
    with pytest.raises(SettingsRefused) as by_doctor:
        EverySetting.read({**SETTINGS, "GATEWAYS_FILE": str(file)})
    assert set(problems) <= set(by_doctor.value.problems)


@pytest.mark.parametrize("content", [None, b"\xff", b"x" * 262_145])
def test_a_file_that_cannot_be_read_is_told(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "gateways.toml"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(SettingsRefused, match="GATEWAYS_FILE"):
        declare({"GATEWAYS_FILE": str(path)})


def test_a_key_for_a_gateway_without_a_query_is_a_contradiction(file: Path) -> None:
    declare({"GATEWAYS_FILE": str(file)})
    with pytest.raises(SettingsRefused, match=r"LEAST_API_KEY is set, and GATEWAYS_FILE declares no"):
        TaskApis.read({"LEAST_API_KEY": "key"})


def test_processes_that_declare_others_are_told_apart(file: Path) -> None:
    """By what is declared, not by how it is written."""
    declare({"GATEWAYS_FILE": str(file)})
    one = PROVIDERS.digest
    file.write_text("# the same\n" + KILN + LEAST, encoding="utf-8")
    declare({"GATEWAYS_FILE": str(file)})
    assert one == PROVIDERS.digest
    file.write_text(KILN, encoding="utf-8")
    declare({"GATEWAYS_FILE": str(file)})
    assert one != PROVIDERS.digest

    assert () == differences(place(one), place(one))
    [told] = differences(place(one), place())
    assert told.startswith("GATEWAYS_FILE: ")


@pytest.mark.parametrize(
    "start", [receiver.main, workers.main, console.main], ids=["receiver", "worker", "console"]
)
def test_no_process_starts_with_a_file_that_is_wrong(
    file: Path, start: Callable[[], int], monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    file.write_text(KILN.replace('"6h"', '"6 hours"'), encoding="utf-8")
    monkeypatch.setenv("GATEWAYS_FILE", str(file))
    assert 2 == start()
    assert "line 13, gateways.kiln.link_life" in "".join(capfd.readouterr())
