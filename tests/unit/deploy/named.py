"""The variables that a file of `infra/deploy` names."""

from __future__ import annotations

import re
from pathlib import Path

from tests.unit.docs.documents import ROOT

DEPLOY = ROOT / "infra" / "deploy"
FILES = sorted(
    path
    for path in DEPLOY.rglob("*")
    if path.is_file() and path.suffix != ".md" and "__pycache__" not in path.parts
)
# Of others: read by boto3, by Python, by OpenSSL, by the platforms.
FOREIGN = frozenset({"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "SSL_CERT_FILE"})

# A line of an environment file, also where it is only suggested.
_ASSIGNED = re.compile(r"^#?([A-Z][A-Z0-9_]*)=", re.MULTILINE)
_UNIT = re.compile(r"^Environment=([A-Z][A-Z0-9_]*)=", re.MULTILINE)


def named_in(path: Path) -> set[str]:
    """The variables that a file sets for our processes; none where a file of its kind sets none."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".service":
        return set(_UNIT.findall(text))
    if path.name == "environment" or path.suffix == ".env":
        return set(_ASSIGNED.findall(text))
    return set()
