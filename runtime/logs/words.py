"""What may stand in a line of the log: nothing that a stranger could forge, no secret, and not too much.

Three guards, since any text may hold a stranger's: what is not printable (archive/printable.py) is escaped, so that a line break in a
header or in a provider's message begins no line of its own; what looks like a ticket or a link's query is cut
out, and so is every secret that the process knows; and each text has a bound.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Iterator, Mapping
from logging import LogRecord
from urllib.parse import unquote, urlsplit

from archive.printable import escaped
from archive.redaction import redacted
from runtime.environment import said
from runtime.settings.every import secret_names

# Below this a secret would be found in innocent words; no key or password of ours is as short.
SECRET_MIN_CHARACTERS = 6
# One record cannot fill a disk: what strangers say is cut at a few hundred characters long before.
RECORD_MAX_CHARACTERS = 16_384
# Of a traceback the last lines count: there stands what was raised, and by whom.
TRACEBACK_MAX_LINES = 200


class Words:
    """Makes texts fit to be written: one printable line without secrets."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets = tuple({word for word in secrets if len(word) >= SECRET_MIN_CHARACTERS})

    def line(self, text: str, most: int = RECORD_MAX_CHARACTERS) -> str:
        """One printable line; what is not printable is escaped."""
        return escaped(redacted(text, most, secrets=self._secrets))

    def below(self, record: LogRecord) -> Iterator[str]:
        """The lines of a record's traceback and stack, the last ones where there are too many."""
        told = "".join(traceback.format_exception(*record.exc_info)) if record.exc_info else record.exc_text
        lines = [line for line in f"{told or ''}\n{record.stack_info or ''}".splitlines() if line.strip()]
        yield from map(self.line, lines[-TRACEBACK_MAX_LINES:])


def secrets_of(environment: Mapping[str, str]) -> Iterator[str]:
    """Every secret that a process was given, needed or not: what may stand in no line of its log."""
    for name in secret_names():
        text = said(environment, name)
        if "://" in text:
            # Of several Sentinels each may have a URL of its own.
            for url in (text, *text.split(";")):
                for password in _passwords_in(url):
                    yield from (password, unquote(password))
        elif text:
            yield text
            yield from (word.partition(":")[2].strip() for word in text.split(","))
    yield from (said(environment, name) for name in ("AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"))
    for name in ("OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS"):
        for header in said(environment, name).split(","):
            value = header.partition("=")[2].strip()
            # With a scheme before it, as in "Basic dXNlcjpwYXNz", the word after it is the secret.
            yield from (value, unquote(value), unquote(value).rpartition(" ")[2])


def _passwords_in(url: str) -> Iterator[str]:
    """The passwords of a URL, before its host and among its parameters, as they are written."""
    try:
        parts = urlsplit(url)
    except ValueError:  # no URL: whoever uses it will say so
        return
    yield parts.password or ""
    for parameter in parts.query.split("&"):
        name, _, value = parameter.partition("=")
        if name.endswith("password"):
            yield value
