"""What the sentences about wrong settings share: none shows a value, which may be a secret."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from runtime.environment import broken
from runtime.settings.kinds import Secret


def shape(value: str) -> str:
    """What a value looks like, without showing it."""
    kind = "digits" if value.isdigit() else "blank" if not value.strip() else "text"
    return f"{len(value)} character{'' if len(value) == 1 else 's'} of {kind}"


def broken_names(environment: Mapping[str, str]) -> Iterator[str]:
    """The AWS variables, which boto3 reads itself, that hold what no secret, name or file holds."""
    for name in sorted(environment):
        value = environment[name].strip()
        if name.startswith("AWS_") and (why := broken(value)):
            yield f"{name} ({shape(value)}): {why}. Expected: one line of plain text."


def no_header(name: str, secret: Secret) -> Iterator[str]:
    """A secret that travels in an HTTP header and cannot stand there.

    It holds printable ASCII (RFC 9110 5.5), and a token no spaces (RFC 6750 2.1).
    """
    text = secret.reveal()
    if not (text.isascii() and text.isprintable() and " " not in text):
        yield f"{name} cannot stand in a header. Expected: ASCII without spaces."
