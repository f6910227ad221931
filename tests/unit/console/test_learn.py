"""`fixative learn`: what it prints, and what it refuses."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from console.cli.verbs import cli
from tests.unit.providers.generic.gateways import KILN

LINK = "https://cdn.pixelmill.example/out/1.png?sig=secret"
BODY = json.dumps({"task_id": "mill-1", "status": "baked", "images": [{"url": LINK}]})


@pytest.fixture
def body(tmp_path: Path) -> str:
    (tmp_path / "body.json").write_text(BODY)
    return str(tmp_path / "body.json")


def test_a_proposal_is_toml_and_what_it_reads_stands_beside_it(body: str) -> None:
    told = CliRunner().invoke(cli, ["learn", body])

    assert 0 == told.exit_code
    assert {"id": "/task_id", "links": "/images/*/url"}.items() <= tomllib.loads(told.stdout)["gateways"][
        "pixelmill"
    ].items()
    assert all(words in told.stderr for words in ("mill-1", "completed", "cdn.pixelmill.example/out/1.png"))
    assert "secret" not in told.output


def test_a_proposal_as_json_has_its_candidates(body: str) -> None:
    told = json.loads(CliRunner().invoke(cli, ["learn", body, "--name", "mill", "--json"]).stdout)
    assert ("mill", "mill-1", "/images/*/url") == (
        told["gateway"]["name"],
        told["reads"]["id"],
        told["candidates"]["links"][0]["pointer"],
    )


def test_a_failed_body_beside_it_gives_one_mapping_and_each_is_read(body: str, tmp_path: Path) -> None:
    failed = tmp_path / "failed.json"
    failed.write_text(json.dumps({"task_id": "mill-2", "status": "burnt", "error": "too hot"}))
    told = CliRunner().invoke(cli, ["learn", body, str(failed)])
    words = tomllib.loads(told.stdout)["gateways"]["pixelmill"]["words"]
    assert {"completed": ["baked"], "failed": ["burnt"]} == words
    assert "What it reads in body 2:\n  id          mill-2\n  status      failed\n" in told.stderr
    said = json.loads(CliRunner().invoke(cli, ["learn", body, str(failed), "--json"]).stdout)
    assert ["mill-2"] == [each["id"] for each in said["others"]]


def test_a_mapping_shows_what_it_reads(body: str, tmp_path: Path) -> None:
    proposed = CliRunner().invoke(cli, ["learn", "-"], input=BODY).stdout
    (tmp_path / "gateways.toml").write_text(proposed + KILN)
    told = CliRunner().invoke(cli, ["learn", body, "--mapping", str(tmp_path / "gateways.toml"), "--json"])
    mill, kiln = json.loads(told.stdout)
    assert (0, "mill-1", "no_task_id") == (
        told.exit_code,
        mill["id"],
        kiln["cannot be read"].partition(":")[0],
    )
    told = CliRunner().invoke(
        cli, ["learn", body, "--mapping", str(tmp_path / "gateways.toml"), "--name", "kiln"]
    )
    assert (1, True) == (told.exit_code, "nothing at /job/ref" in told.stdout)


@pytest.mark.parametrize(
    ("body", "words", "why"),
    [
        ("x", (), "no JSON object"),
        ("{}", (), "no link"),
        (" " * 1_048_577, (), "1,048,577 bytes"),
        (BODY, ("--name", "My Mill"), "can be no name"),
        (BODY, ("--mapping", "absent.toml"), "absent.toml"),
        (BODY, ("--mapping", "bad.toml"), "line 2, gateways.x: `id` is missing"),
        (BODY, ("--mapping", "good.toml", "--name", "x"), "declares no x; there are kiln"),
    ],
    ids=range(7),
)  # fmt: skip
def test_what_cannot_be_used_is_refused_with_why(
    body: str, words: tuple[str, ...], why: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.toml").write_text('\n[gateways.x]\nlinks = "/a"\n')
    (tmp_path / "good.toml").write_text(KILN)
    told = CliRunner().invoke(cli, ["learn", "-", *words], input=body)
    assert (True, "") == (told.exit_code in {1, 2}, told.stdout)
    assert why in told.stderr
