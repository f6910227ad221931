"""User metadata of an object: ASCII in S3, whatever a model or a label is called."""

from __future__ import annotations

from collections.abc import Mapping


def ascii_only(metadata: Mapping[str, str]) -> dict[str, str]:
    """User metadata is ASCII in S3; what is not is percent-encoded by its UTF-8."""
    return {
        name: value if value.isascii() and value.isprintable() else _percent(value)
        for name, value in metadata.items()
    }


def _percent(value: str) -> str:
    return "".join(
        f"%{byte:02X}" if not 32 <= byte < 127 else chr(byte)  # noqa: PLR2004 - printable ASCII
        for byte in value.encode("utf-8", "replace")
    )
