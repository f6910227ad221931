"""Every alert fires and stays silent in a test, has its runbook, and names metrics of the registry alone."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from runtime.metrics.registry import METRICS

ROOT = Path(__file__).parents[3]
ROOM = ROOT / "infra" / "observability"
RUNBOOKS = (ROOT / "docs" / "alerts.md").read_text(encoding="utf-8")
PARTS = ("Means", "Look at", "Do", "Worry when")


def read(name: str) -> Any:
    return yaml.safe_load((ROOM / name).read_text(encoding="utf-8"))


RULES: list[dict[str, Any]] = read("rules.yaml")["groups"][0]["rules"]
NAMES = [str(rule["alert"]) for rule in RULES]


def told_by(tool: str, *words: str) -> str:
    found = shutil.which(tool)
    assert found, f"{tool} is missing: TEST_PACKAGES in the Makefile"
    done = subprocess.run([found, *words], capture_output=True, text=True, timeout=60, check=False, cwd=ROOM)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    return said


@pytest.mark.parametrize(
    "words",
    [
        ("promtool", "check", "rules", "--lint-fatal", "rules.yaml"),
        ("promtool", "check", "config", "prometheus.yaml"),
        ("promtool", "test", "rules", "rules_test.yaml"),
        ("amtool", "check-config", "alertmanager.yaml"),
    ],
    ids=["rules", "prometheus", "alerts", "alertmanager"],
)
def test_prometheus_and_alertmanager_take_the_files(words: tuple[str, ...]) -> None:
    assert "SUCCESS" in told_by(*words)


@pytest.mark.parametrize("name", NAMES)
def test_an_alert_fires_in_a_test_and_is_silent_in_another(name: str) -> None:
    tried = [each for test in read("rules_test.yaml")["tests"] for each in test["alert_rule_test"]]
    expected = [bool(each["exp_alerts"]) for each in tried if each["alertname"] == name]

    assert {True, False} <= set(expected)


@pytest.mark.parametrize("rule", RULES, ids=NAMES)
def test_an_alert_has_a_runbook_with_all_its_parts(rule: dict[str, Any]) -> None:
    name = str(rule["alert"])
    section = re.search(rf"^## {name}\n(.*?)(?=^## |\Z)", RUNBOOKS, re.MULTILINE | re.DOTALL)

    assert section, f"docs/alerts.md has nothing about {name}"
    assert list(PARTS) == re.findall(r"^- \*\*([^.*]+)\.\*\* \S", section.group(1), re.MULTILINE)
    assert rule["annotations"]["runbook"] == f"docs/alerts.md#{name.lower()}"
    assert rule["labels"]["severity"] in {"critical", "warning"}


def test_there_is_no_runbook_without_an_alert() -> None:
    assert set(NAMES) == set(re.findall(r"^## (\w+)", RUNBOOKS, re.MULTILINE))


@pytest.mark.parametrize("rule", RULES, ids=NAMES)
def test_an_alert_names_metrics_and_labels_of_the_registry(rule: dict[str, Any]) -> None:
    labels = {metric.name: {label.name for label in metric.labels} for metric in METRICS}
    named = re.findall(r"(fixative_\w+)(?:\{([^}]*)\})?", rule["expr"])

    assert named
    for metric, selected in named:
        assert metric in labels
        assert set(re.findall(r"(\w+)\s*(?:=~|!=|=)", selected)) <= labels[metric]


def test_the_inhibitions_name_alerts_that_are_there() -> None:
    named = re.findall(r"Fixative\w+", (ROOM / "alertmanager.yaml").read_text(encoding="utf-8"))

    assert named
    assert set(named) <= set(NAMES)


@pytest.mark.parametrize(("severity", "receiver"), [("critical", "wakes"), ("warning", "by-day")])
def test_an_alert_goes_to_whom_it_should(severity: str, receiver: str) -> None:
    words = ("config", "routes", "test", "--config.file=alertmanager.yaml")

    assert receiver == told_by("amtool", *words, f"severity={severity}").split()[0]
