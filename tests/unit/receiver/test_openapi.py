"""docs/openapi.json tells of the routes that are there, and of no other."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from starlette.routing import Route

from receiver.app import create_app
from receiver.settings import ReceiverSettings
from runtime.metrics.meters import Meters

DOCUMENT: dict[str, Any] = json.loads((Path(__file__).parents[3] / "docs" / "openapi.json").read_text())
ENVIRONMENT = {
    "S3_BUCKET": "bucket", "S3_ENDPOINT": "http://127.0.0.1:9", "REDIS_URL": "redis://127.0.0.1:9/0",
    "TICKET_KEYS": f"k1:{'A' * 43}", "AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret",
}  # fmt: skip


def routes(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> dict[str, set[str]]:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    app = create_app(ReceiverSettings.read(environment), Meters("receiver"))
    return {
        route.path.replace(":path}", "}"): {
            method.lower() for method in route.methods or () if method != "HEAD"
        }
        for route in app.routes
        if isinstance(route, Route)
    }


def test_the_document_and_the_routes_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    told = {path: set(operations) for path, operations in DOCUMENT["paths"].items()}

    assert told == routes({**ENVIRONMENT, "API_TOKEN": "a-token-of-the-tests"}, monkeypatch)


def test_without_a_token_there_are_no_addresses_that_need_one(monkeypatch: pytest.MonkeyPatch) -> None:
    open_ones = {
        path
        for path, operations in DOCUMENT["paths"].items()
        if not any("security" in operation for operation in operations.values())
    }

    assert open_ones == set(routes(ENVIRONMENT, monkeypatch))


def test_every_reference_leads_to_a_schema() -> None:
    text = json.dumps(DOCUMENT)
    named = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}

    assert named == set(DOCUMENT["components"]["schemas"])
