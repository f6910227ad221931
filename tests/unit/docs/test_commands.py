"""Every command that the documents show exists."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click

from console.cli.verbs import cli
from tests.unit.docs.documents import DOCUMENTS, ROOT, fenced, inline_code, name_of, text_of

# `fixative` where a shell would run it: at the start of a line or of $(...), behind variables or a `;`.
_FIXATIVE = re.compile(r"(?:^|[(;|&])[ ]*(?:\$ )?(?:[A-Z_]+=\S+ )*(fixative\b[^|;&)>\n]*)", re.MULTILINE)
_MAKE = re.compile(r"^(?:[A-Z_]+=\S+ )*make ([a-z-]+)", re.MULTILINE)
_TARGET = re.compile(r"^([a-z-]+):.*?##", re.MULTILINE)


def _shown(path: Path) -> Iterator[str]:
    """The `fixative` commands of a document, in its blocks and in its text."""
    for block in fenced(path, "sh", "console"):
        yield from (found.strip() for found in _FIXATIVE.findall(block))
    yield from (code for code in inline_code(path) if code.startswith("fixative "))


def _problem(command: str) -> str:
    """What is wrong with a command line, or an empty text; nothing is run."""
    words = shlex.split(command)[1:]
    try:
        outer = click.Context(cli)
        verb, left = _verb(outer, words)
        if verb is not None:
            # Options and the number of arguments; values and prompts are not looked at.
            verb.make_parser(click.Context(verb, parent=outer)).parse_args(left)
    except click.ClickException as error:
        return f"{command}: {error.format_message()}"
    return ""


def _verb(outer: click.Context, words: list[str]) -> tuple[click.Command | None, list[str]]:
    """The verb of a command line, and what stands behind it; None where only options of the whole stand."""
    _, left, _ = cli.make_parser(outer).parse_args(list(words))
    if not left:
        return None, []
    _, verb, rest = cli.resolve_command(outer, left)
    return verb, rest


SHOWN = [(path, command) for path in DOCUMENTS for command in _shown(path)]


def test_a_command_that_is_shown_exists_with_its_options() -> None:
    assert len(SHOWN) > 100
    assert [] == [(name_of(path), problem) for path, command in SHOWN if (problem := _problem(command))]


def test_the_readme_tells_of_every_verb() -> None:
    told = {command.split()[1] for command in _shown(ROOT / "README.md")}

    assert set(cli.list_commands(click.Context(cli))) == told


def test_options_that_do_not_exist_would_be_noticed() -> None:
    assert _problem("fixative url --colour red")
    assert _problem("fixative paint")


def _targets(path: Path) -> set[str]:
    """The targets of make that a document shows, in its blocks and in its text."""
    return {
        target
        for code in (*fenced(path, "sh", "console"), *inline_code(path))
        for target in _MAKE.findall(code)
    }


def test_make_targets_exist() -> None:
    targets = set(_TARGET.findall(text_of(ROOT / "Makefile")))

    assert {} == {name_of(path): wrong for path in DOCUMENTS if (wrong := _targets(path) - targets)}
    assert len(set().union(*map(_targets, DOCUMENTS))) > 10


def test_every_option_named_beside_a_verb_in_the_readme_is_one_of_that_verb() -> None:
    wrong = []
    for line in text_of(ROOT / "README.md").splitlines():
        found = re.match(r"\| `fixative (\w+)", line)
        if found:
            verb = cli.get_command(click.Context(cli), found[1])
            assert verb is not None
            known = {name for option in verb.params for name in option.opts}
            wrong += [f"{found[1]} {name}" for name in re.findall(r"--[a-z-]+", line) if name not in known]

    assert [] == wrong


def test_a_venv_whose_folder_was_moved_is_made_anew_and_not_one_that_is_a_link(tmp_path: Path) -> None:
    """Made anew, what a link leads to would be cleared."""
    said, linked = [], tmp_path / "linked"
    linked.mkdir()
    (linked / ".venv").symlink_to(tmp_path / ".venv")
    for place, folder in ((tmp_path, tmp_path), (tmp_path, linked), (Path("/elsewhere"), tmp_path)):
        pip = tmp_path / ".venv" / "bin" / "pip"
        pip.parent.mkdir(parents=True, exist_ok=True)
        pip.write_text(f"#!{place.resolve()}/.venv/bin/python3\n", encoding="utf-8")
        make = ["make", "--dry-run", "--file", str(ROOT / "Makefile"), ".venv/bin/pip"]
        ran = subprocess.run(make, cwd=folder, capture_output=True, check=True, text=True)
        said.append("was moved or copied" in ran.stdout)
    assert [False, False, True] == said


def test_a_venv_of_another_python_than_the_one_that_is_named_is_made_anew(tmp_path: Path) -> None:
    """It was taken without a word, so that a run with another Python was none."""
    programs, said = tmp_path / ".venv" / "bin", []
    programs.mkdir(parents=True)
    (programs / "pip").write_text(f"#!{programs.resolve()}/python3\n", encoding="utf-8")
    for version, named in (("3.11.7", "3.11.7"), ("3.11.7", "3.12.1"), ("3.11.7", "")):
        other = tmp_path / "python"
        for program, told in ((programs / "python", version), (other, named)):
            program.write_text(f"#!/bin/sh\necho Python {told}\n", encoding="utf-8")
            program.chmod(0o755)
        make = ["make", "--dry-run", "--file", str(ROOT / "Makefile"), ".venv/bin/pip"]
        make += [f"PYTHON={other}"] if named else []
        ran = subprocess.run(make, cwd=tmp_path, capture_output=True, check=True, text=True)
        said.append("and PYTHON is" in ran.stdout)
    assert [False, True, False] == said
