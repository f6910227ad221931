"""What a process logs: one line a record, without what a stranger could forge and without secrets.

2026-11-21 07:41:30,120 WARNING workers.keep dead letter: provider=evolink task=... reason=...
    | a traceback's lines stand below it, each behind a bar

Three guards, since any text may hold a stranger's: what is not printable (archive/printable.py) is escaped, so that a line break in a
header or in a provider's message begins no line of its own; what looks like a ticket or a link's query is cut
out, and so is every secret that the process knows; other people's loggers say no less than warnings, since at
`debug` botocore logs whole bodies and urllib3 whole paths, and they cannot fill a disk (`SeldomFilter`).
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import unquote, urlsplit

from archive.printable import escaped
from archive.redaction import redacted
from runtime.environment import said
from runtime.seldom import SeldomFilter
from runtime.settings.every import secret_names

# Below this a secret would be found in innocent words; no key or password of ours is as short.
SECRET_MIN_CHARACTERS = 6
# One record cannot fill a disk: what strangers say is cut at a few hundred characters long before.
RECORD_MAX_CHARACTERS = 16_384

# Their own words are wanted at every level; all others speak from WARNING on.
OURS = ("archive", "console", "egress", "infra", "providers", "receiver", "runtime", "workers")
# uvicorn and Celery tell when they start and stop, and nothing of requests.
_KNOWN_QUIET = ("uvicorn.error", "celery.worker", "celery.apps", "celery.bootsteps")


class LogLines(logging.Formatter):
    """The one format of ours, for every handler."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s")
        self._secrets = tuple({word for word in secrets if len(word) >= SECRET_MIN_CHARACTERS})

    def format(self, record: logging.LogRecord) -> str:
        """A record as it is written."""
        head, *below = self._parts(record)
        return "\n".join([head, *(f"    | {line}" for line in below)])

    def _parts(self, record: logging.LogRecord) -> Iterable[str]:
        record.message = record.getMessage()
        record.asctime = self.formatTime(record, self.datefmt)
        yield self._line(self.formatMessage(record))
        told = self.formatException(record.exc_info) if record.exc_info else record.exc_text or ""
        for line in f"{told}\n{self.formatStack(record.stack_info or '')}".splitlines():
            if line.strip():
                yield self._line(line)

    def _line(self, text: str) -> str:
        """One printable line; what is not printable is escaped."""
        text = redacted(text, RECORD_MAX_CHARACTERS, secrets=self._secrets)
        return escaped(text)


def begin_logging(level: str, secrets: Iterable[str] = ()) -> None:
    """Log to standard error. Called once, by what starts a process."""
    stream = logging.StreamHandler()
    stream.setFormatter(LogLines(secrets))
    stream.addFilter(SeldomFilter(OURS))
    logging.basicConfig(level=logging.WARNING, handlers=[stream])
    for name in OURS:
        logging.getLogger(name).setLevel(level.upper())
    for name in _KNOWN_QUIET:
        logging.getLogger(name).setLevel(max(logging.INFO, logging.getLevelName(level.upper())))


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
