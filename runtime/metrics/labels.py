"""The labels, and the closed sets that their values come from."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import get_args

from archive.reasons import Reason
from archive.records.asset import FindingKind
from archive.store.requests import OUTCOMES, VERBS
from providers.registry import PROVIDERS
from runtime.metrics.metric import EVERYBODY, OTHER, Label


class KnownAndOther(Collection[str]):
    """The providers' names, gateways among them as soon as they are declared, and `other`."""

    def __contains__(self, name: object) -> bool:
        return name in PROVIDERS or name == OTHER

    def __iter__(self) -> Iterator[str]:
        return iter((*PROVIDERS, OTHER))

    def __len__(self) -> int:
        return len(PROVIDERS) + 1


PROVIDER = Label("provider", KnownAndOther())
REASON = Label("reason", (*(str(reason) for reason in Reason), OTHER))
# The door's ways in, and all that it answers.
WAY = Label("way", ("callback", "probe", "order", "task", "health", OTHER))
STATUS = Label(
    "status",
    ("200", "202", "400", "401", "403", "404", "405", "408", "413", "429", "431", "500", "501", "503", "505", OTHER),
)  # fmt: skip
# Of these an alert must see the first one too.
WAY_IN = Label("way", ("callback", "order"))
STATUS_FIRST = Label("status", ("202", "403", "404", "429", "500", "503"))
# Hundreds of a console's statuses tell no more than their class.
STATUS_CLASS = Label("status", ("2xx", "3xx", "4xx", "5xx", OTHER))
# Where a batch of deliveries came to stand.
PLACE = Label("place", ("inbox", "spool", "nowhere"))
BELL = Label("outcome", ("rung", "dropped", "too_old"))
VERB = Label("verb", VERBS)
S3_OUTCOME = Label("outcome", OUTCOMES)
SAID = Label("said", ("completed", "failed", "cancelled", "unfinished", "order", "unreadable"))
JOB = Label("kind", ("settle", "archive"))
JOB_OUTCOME = Label("outcome", ("done", "put_off", "failed", "not_ours", "too_late"))
RUN_OUTCOME = Label("outcome", ("whole", "given_up", "put_off", "apart", "ended_by_another"))
FORMAT = Label("format", ("PNG", "JPEG", "WEBP", "MPO", OTHER))
FINDING = Label("kind", get_args(FindingKind))
# The names that images may come from: a provider's hosts, and those of SOURCE_HOSTS and ALLOW_SOURCES.
HOST = Label("host", told_at_start=True)
DOWNLOAD_OUTCOME = Label("outcome", ("ok", *(str(reason) for reason in Reason), OTHER))
DECODE_OUTCOME = Label("outcome", ("ok", *(str(reason) for reason in Reason), OTHER))
ASK_OUTCOME = Label("outcome", ("ended", "later", "never_heard_of", "known_meanwhile"))
ROLE = Label("role", EVERYBODY)
VERSION = Label("version", told_at_start=True)
PYTHON = Label("python", told_at_start=True)
