"""What contributors find: the licence, the hooks, the workflows, the forms, and what CONTRIBUTING says of them."""

from __future__ import annotations

import hashlib
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tests.unit.docs.documents import ROOT, fenced, name_of, rows_under, text_of
from tests.unit.docs.workflows import FORMS, PYTHONS, WORKFLOW, checks, read_yaml

CONTRIBUTING = ROOT / "CONTRIBUTING.md"
# https://www.apache.org/licenses/LICENSE-2.0.txt, all of it.
APACHE_2_SHA256 = "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"
PROJECT = tomllib.loads(text_of(ROOT / "pyproject.toml"))["project"]
CHANGES = rows_under(CONTRIBUTING, "Ten changes, and where each goes")


def test_the_licence_is_the_one_that_is_named_whole() -> None:
    assert APACHE_2_SHA256 == hashlib.sha256((ROOT / "LICENSE").read_bytes()).hexdigest()
    assert ("Apache-2.0", ["LICENSE"]) == (PROJECT["license"], PROJECT["license-files"])


def test_the_hooks_are_those_of_make_check_and_local() -> None:
    told = read_yaml(ROOT / ".pre-commit-config.yaml")["repos"]

    assert ["local"] == [repo["repo"] for repo in told]
    assert checks() == [hook["entry"] for repo in told for hook in repo["hooks"]]
    assert all(
        (hook["language"], hook["pass_filenames"], hook["always_run"]) == ("system", False, True)
        for repo in told
        for hook in repo["hooks"]
    )


def test_every_python_that_is_promised_is_run() -> None:
    prefix = "Programming Language :: Python :: "

    assert [
        name.removeprefix(prefix) for name in PROJECT["classifiers"] if name.startswith(prefix)
    ] == PYTHONS
    assert PROJECT["requires-python"] == f">={PYTHONS[0]}"
    for page in ("README.md", "CONTRIBUTING.md"):
        assert f"Python {PYTHONS[0]} to {PYTHONS[-1]}" in text_of(ROOT / page)


def test_the_workflow_runs_what_decides_here_and_may_write_nothing() -> None:
    told = read_yaml(WORKFLOW)
    steps = [step for job in told["jobs"].values() for step in job["steps"]]

    assert (ROOT / ".ci" / "run").exists()
    assert ".ci/run" in [step.get("run") for step in told["jobs"]["all"]["steps"]]
    assert {"contents": "read"} == told["permissions"]
    assert all("timeout-minutes" in job for job in told["jobs"].values())
    # What is used of others is named by its commit: a tag can be moved.
    assert [] == [
        step["uses"] for step in steps if "uses" in step and not re.search(r"@[0-9a-f]{40}$", step["uses"])
    ]


@pytest.mark.parametrize("path", FORMS, ids=name_of)
def test_a_form_is_one_and_asks_for_a_dead_letters_key(path: Path) -> None:
    form = read_yaml(path)
    asked = {part["id"]: part["attributes"] for part in form["body"] if part["type"] != "markdown"}

    assert {"name", "description", "body"} <= set(form)
    assert len(asked) == len([part for part in form["body"] if part["type"] != "markdown"])
    assert "dead letter" in asked["key"]["label"]
    assert asked["key"]["placeholder"].startswith("dead/")
    assert all(part["type"] in {"markdown", "input", "textarea"} for part in form["body"])
    assert all(attributes["label"] for attributes in asked.values())


def test_ten_changes_go_to_files_that_are_there() -> None:
    files = [re.findall(r"`([\w/]+\.py)`", row[1]) for row in CHANGES]

    assert 10 == len(CHANGES)
    assert all(files)
    assert [] == [file for some in files for file in some if not (ROOT / file).exists()]


def test_the_commands_that_it_shows_would_run() -> None:
    shown = [shlex.split(line) for block in fenced(CONTRIBUTING, "sh") for line in block.splitlines()]
    tests = [words[1:] for words in shown if words[0] == ".venv/bin/pytest"]
    modules = [words[2] for words in shown if words[0] == ".venv/bin/python" and words[1] == "-m"]

    assert {"make", "fixative", ".venv/bin/pytest", ".venv/bin/python"} == {words[0] for words in shown}
    assert tests
    for words in tests:
        collected = [
            sys.executable,
            "-m",
            "pytest",
            "-qq",
            "--collect-only",
            "-p",
            "no:cacheprovider",
            *words,
        ]
        assert 0 == subprocess.run(collected, cwd=ROOT, capture_output=True, check=False).returncode, words
    for module in modules:
        assert (ROOT / module.replace(".", "/")).with_suffix(".py").exists()


def test_files_are_as_an_editor_is_told_to_leave_them() -> None:
    said = text_of(ROOT / ".editorconfig")
    folders = ("archive", "console", "docs", "egress", "infra", "providers", "receiver", "runtime", "workers")
    paths = [
        path
        for folder in (*folders, ".github", ".ci")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in {".py", ".md", ".yml", ".json", ".mjs", ""} and path.is_file()
    ]

    assert "insert_final_newline = true" in said
    assert [] == [
        name_of(path)
        for path in paths
        if not re.fullmatch(rb"(?:(?:[^\r\n]*[^ \t\r\n])?\n)*", path.read_bytes())
    ]
