"""The variables that a file of `infra/deploy` names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tests.unit.docs.documents import ROOT

DEPLOY = ROOT / "infra" / "deploy"
FILES = sorted(
    path
    for path in DEPLOY.rglob("*")
    if path.is_file() and path.suffix != ".md" and "__pycache__" not in path.parts
)
# Of others: read by boto3, by Python, by OpenSSL, by the platforms.
FOREIGN = frozenset({
    "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "SSL_CERT_FILE", "PATH", "PYTHONUNBUFFERED",
    # Compose's own, for its Caddyfile and its image.
    "FIXATIVE_DOMAIN", "CONSOLE_DOMAIN", "FIXATIVE_IMAGE",
})  # fmt: skip

# A line of an environment file, also where it is only suggested.
_ASSIGNED = re.compile(r"^#?([A-Z][A-Z0-9_]*)=", re.MULTILINE)
_UNIT = re.compile(r"^Environment=([A-Z][A-Z0-9_]*)=", re.MULTILINE)
# A Dockerfile's ENV, continued lines and all.
_ENV = re.compile(r"^ENV ((?:.*\\\n)*.*)$", re.MULTILINE)
# Terraform's: what a map of settings sets, and a setting that is named in quotes.
_IN_TERRAFORM = re.compile(r'\b([A-Z][A-Z0-9_]+)\s+=(?![=>])|"([A-Z][A-Z0-9]*(?:_[A-Z]+)+)"')
_IN_ENV = re.compile(r"(?:^|\s)([A-Z][A-Z0-9_]*)=")


def named_in(path: Path) -> set[str]:
    """The variables that a file sets for our processes; none where a file of its kind sets none."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".service":
        return set(_UNIT.findall(text))
    if path.name == "environment" or path.suffix == ".env":
        return set(_ASSIGNED.findall(text))
    if path.name == "Dockerfile":
        return {name for line in _ENV.findall(text) for name in _IN_ENV.findall(line)}
    if path.suffix == ".tf":
        return {name for found in _IN_TERRAFORM.findall(text) for name in found if name}
    if path.suffix in {".yaml", ".yml"}:
        return {name for document in yaml.safe_load_all(text) for name in _in_yaml(document)}
    return set()


def _in_yaml(told: Any) -> Iterator[str]:
    """The variables of Kubernetes' and of compose's files: below `env`, `environment`, and a ConfigMap's `data`."""
    if isinstance(told, list):
        for part in told:
            yield from _in_yaml(part)
    if not isinstance(told, dict):
        return
    for key, value in told.items():
        if key == "environment" and isinstance(value, dict):
            yield from value
        elif key == "env" and isinstance(value, list):
            yield from (entry["name"] for entry in value)
        elif key in {"data", "stringData"} and told.get("kind") in {"ConfigMap", "Secret"}:
            yield from value
        else:
            yield from _in_yaml(value)
