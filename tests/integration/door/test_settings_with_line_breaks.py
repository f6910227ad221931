"""A receiver whose settings all end in a line break, as secret managers leave it, is the receiver that was meant."""

from __future__ import annotations

from pathlib import Path

from archive import tickets
from archive.records.order import Claims
from tests.integration.door.lone_receiver import receiving, status_of

TOKEN = "a-token-of-the-tests"
ORDER = b'{"provider":"evolink","task_id":"task-unified-1795000000-abcdefgh","request":{"n":1}}'


def test_its_token_its_keys_and_its_proxies_hold(tmp_path: Path) -> None:
    keys = tickets.new_key("k1")
    said = {
        "API_TOKEN": TOKEN, "TICKET_KEYS": keys, "S3_BUCKET": "nowhere", "S3_PREFIX": "a/", "HOST": "127.0.0.1",
        "S3_ENDPOINT": "http://127.0.0.1:9", "REDIS_URL": "redis://127.0.0.1:9/0", "SPOOL_DIR": str(tmp_path / "spool"),
        "TLS_CERT": str(tmp_path / "cert.pem"), "TLS_KEY": str(tmp_path / "key.pem"), "LOG_LEVEL": "info",
        "AWS_ACCESS_KEY_ID": "id", "AWS_SECRET_ACCESS_KEY": "secret-of-nobody", "TRUSTED_PROXIES": "127.0.0.1",
    }  # fmt: skip
    with receiving(tmp_path, {name: f"{value}\n" for name, value in said.items()}) as door:
        ticket = tickets.mint(Claims(), "evolink", tickets.read_keys(keys))
        head = f"POST /orders HTTP/1.1\r\nHost: h\r\nConnection: close\r\nAuthorization: Bearer {TOKEN}\r\n"

        assert 202 == door.callback(path=f"/callbacks/evolink/{ticket}")
        assert 202 == status_of(door.ask(f"{head}Content-Length: {len(ORDER)}\r\n\r\n".encode() + ORDER))
        assert list((tmp_path / "spool").glob("*.spool"))
