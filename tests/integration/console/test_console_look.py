"""`open` and `link`: the picture in a viewer, its copy where there is none, and links for others."""

from __future__ import annotations

import urllib.error
import urllib.request
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from archive import layout
from archive.store.bucket import Bucket
from console.cli.verbs.open import TASKS_MOST
from tests.integration.console.harness.command import Command
from tests.integration.console.harness.seeds import PIXELS, Seeds, lost, task_of

NO_SCREEN = {"DISPLAY": "", "WAYLAND_DISPLAY": ""}


@pytest.fixture
def look(command: Command, tmp_path: Path) -> Command:
    """The command with a cache of its own and no screen."""
    return Command(
        command.environment | NO_SCREEN | {"XDG_CACHE_HOME": str(tmp_path / "cache")},
        tmp_path,
        command.forker,
    )


def viewer(folder: Path, ends: str) -> dict[str, str]:
    """A screen, and an opener of the system that writes down what it is given and ends so."""
    folder.mkdir()
    opener = folder / "xdg-open"
    opener.write_text(f'#!/bin/sh\necho "$@" > {folder}/told\n{ends}\n')
    opener.chmod(0o755)
    return {"DISPLAY": ":7", "PATH": f"{folder}:/usr/bin:/bin"}


def test_the_picture_is_opened_in_the_viewer_of_the_machine(
    look: Command, seeds: Seeds, tmp_path: Path
) -> None:
    seeds.whole(task_of(1))
    ran = look("open", task_of(1), **viewer(tmp_path / "bin", "exit 0"))
    told = (tmp_path / "bin" / "told").read_text().strip()
    assert (0, ran.out.strip()) == (ran.code, told)
    assert Path(told).read_bytes() == PIXELS
    assert "No viewer" not in ran.err


def test_a_user_without_a_home_is_told_where_else_the_picture_goes(
    look: Command, seeds: Seeds, tmp_path: Path
) -> None:
    seeds.whole(task_of(1))
    (tmp_path / "file").touch()
    ran = look("open", task_of(1), XDG_CACHE_HOME=str(tmp_path / "file"))
    assert (1, "") == (ran.code, ran.out)
    assert f"Not a directory. `fixative get evolink/{task_of(1)} DEST` copies it" in ran.err


def test_a_viewer_that_stays_is_not_waited_for(look: Command, seeds: Seeds, tmp_path: Path) -> None:
    seeds.whole(task_of(1))
    ran = look("open", task_of(1), "--json", **viewer(tmp_path / "bin", "exec sleep 60"))
    assert (0, True) == (ran.code, ran.told["opened"])


@pytest.mark.parametrize("screen", [False, True])
def test_where_nothing_can_show_it_the_copy_is_named(
    look: Command, seeds: Seeds, tmp_path: Path, *, screen: bool
) -> None:
    seeds.manifest(task_of(1), seeds.kept(task_of(1)), seeds.kept(task_of(1), 1, b"other"))
    ran = look("open", task_of(1), **(viewer(tmp_path / "bin", "exit 3") if screen else {}))
    assert (0, PIXELS) == (ran.code, Path(ran.out.strip()).read_bytes())
    assert Path(ran.out.strip()).is_relative_to(tmp_path / "cache" / "fixative")
    assert "it was saved" in ran.err
    assert f"fixative link evolink/{task_of(1)}" in ran.err
    assert "the first of 2" in ran.err
    again = look("open", task_of(1), "--image", "1")
    assert Path(again.out.strip()).read_bytes() == b"other"


def test_what_differs_from_its_manifest_is_not_shown(look: Command, seeds: Seeds, tmp_path: Path) -> None:
    asset = seeds.kept(task_of(1))
    seeds.manifest(task_of(1), asset)
    seeds.bucket.put(asset.key, b"something else")
    ran = look("open", task_of(1), **viewer(tmp_path / "bin", "exit 0"))
    assert (1, "") == (ran.code, ran.out)
    assert "SHA-256 differs" in ran.err
    assert not (tmp_path / "bin" / "told").exists()


def test_the_cache_holds_the_tasks_that_were_looked_at_last(
    look: Command, seeds: Seeds, tmp_path: Path
) -> None:
    for number in range(TASKS_MOST + 3):
        (tmp_path / "cache" / "fixative" / "evolink" / f"old-{number}").mkdir(parents=True)
    seeds.whole(task_of(1))
    look("open", task_of(1))
    left = {path.name for path in (tmp_path / "cache" / "fixative" / "evolink").iterdir()}
    assert (TASKS_MOST, True) == (len(left), task_of(1) in left)


def test_a_link_gives_the_image_to_anybody_until_it_expires(look: Command, seeds: Seeds) -> None:
    seeds.manifest(task_of(1), seeds.kept(task_of(1)), seeds.kept(task_of(1), 1, b"other"))
    first, second = look("link", task_of(1), "--for", "30m").out.splitlines()
    assert ["1800"] == parse_qs(urlsplit(first).query)["X-Amz-Expires"]
    assert [PIXELS, b"other"] == [urllib.request.urlopen(url).read() for url in (first, second)]  # noqa: S310 - of our own S3
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(first.replace("X-Amz-Expires=1800", "X-Amz-Expires=3600"))  # noqa: S310 - the same
    assert refused.value.code == 403
    refused.value.close()


def test_a_link_tells_when_it_dies(look: Command, seeds: Seeds, bucket: Bucket) -> None:
    seeds.whole(task_of(1))
    [told] = look("link", task_of(1), "--json").told
    dies = datetime.fromisoformat(told["expires_at"])
    bucket.get(told["key"])
    assert abs(dies - bucket.now() - timedelta(days=1)) < timedelta(minutes=5)


@pytest.mark.parametrize("life", ["8d", "0s", "soon", "1 day"])
def test_a_life_that_s3_does_not_allow_is_refused(look: Command, life: str) -> None:
    ran = look("link", "last", "--for", life)
    assert (2, "", True) == (ran.code, ran.out, "--for" in ran.err)


@pytest.mark.parametrize("verb", ["open", "link"])
def test_why_there_is_no_picture_is_said(look: Command, seeds: Seeds, verb: str) -> None:
    seeds.manifest(task_of(1), status="failed")
    seeds.manifest(task_of(2), lost())
    seeds.letter(task_of(3))
    seeds.bucket.put(
        layout.due_key(datetime.now().astimezone() + timedelta(hours=1), "evolink", task_of(4), "abc"),
        seeds.work(task_of(4)).to_json(),
    )
    for number, why in (
        (1, "said that it failed (content_policy_violation)"),
        (2, "it was given up"),
        (3, "it was given up (source_gone)"),
        (4, "it is waited for after slow"),
        (5, "is not here"),
    ):
        ran = look(verb, task_of(number))
        assert (1, "") == (ran.code, ran.out)
        assert why in ran.err
    seeds.whole(task_of(6))
    assert "there are: 0" in look(verb, task_of(6), "--image", "4").err
