"""The tree of errors. The class decides what happens next; `reason` says why, in one slug.

FixativeError
├── TryLater            put off: the work becomes due again          (until the link expires)
│   ├── BucketUnavailable   S3 is away or slow
│   │   ├── BucketAmiss         S3 answers what cannot be: another thing than was asked, or nothing that can be read
│   │   └── BucketRefuses       S3 answers, and refuses: nobody but its operator mends that
│   │       └── BucketForbids       who asks has no right to it
│   ├── QueueUnavailable    Redis is away; the bell is dropped, nothing is lost
│   │   └── QueueUnusable       this Redis can never be used as it is    (a process does not start)
│   ├── SourceTrouble       the origin of an image is away, slow or busy, or has it not, or not yet
│   │   └── DamagedForNow       what it gives is no sound image, or not yet (archive/records/damage.py)
│   ├── ApiTrouble          a provider's task API is away, slow, busy, or refuses the key
│   ├── ProxyTrouble        the egress proxy is away, or refuses us
│   └── NewerRecord         an object that a newer version wrote     (left alone for a newer worker)
├── GivenUp             given up: a dead letter
│   ├── Unreadable          a delivery that no reader understands    (kept whole and raw)
│   │   └── IdAlone             one that names its task, as it is meant  (the task is asked for)
│   │       └── Several             an answer whose files hold a task a line (they are read)
│   ├── SourceLost          an image that nothing can bring: a forbidden link, too many bytes
│   └── Damaged             bytes that are no sound image            (put off, until the same came often enough)
├── ForeignBell         a message in Redis that is none of ours      (told, and dropped)
├── MalformedRecord     an object of ours that cannot be read        (moved to dead/)
├── Missing             no object under this key                     (the caller's to weigh)
├── Taken               a conditional write found another object     (read again, merge, again)
├── TicketRefused       not a ticket of ours                         (404, one answer for all)
└── SettingsRefused     the process does not start                   (all problems together)
"""

from __future__ import annotations

from datetime import datetime

from archive.reasons import Reason


class FixativeError(Exception):
    """What every error of ours is."""


class TryLater(FixativeError):
    """Trouble that passes: the work becomes due again."""

    def __init__(self, reason: Reason, detail: str = "", *, retry_after_s: float | None = None) -> None:
        super().__init__(f"{reason}: {detail}" if detail else str(reason))
        self.reason = reason
        self.detail = detail
        self.retry_after_s = retry_after_s


class BucketUnavailable(TryLater):
    """S3 is away or slow, or refuses (BucketRefuses)."""

    def __init__(self, detail: str) -> None:
        super().__init__(Reason.BUCKET_UNAVAILABLE, detail)


class BucketAmiss(BucketUnavailable):
    """S3's answer cannot be what was asked for: damaged, cut, of something else, or not to be read at all."""


class BucketRefuses(BucketUnavailable):
    """S3 answers and refuses, or there is nothing to ask it with: who runs it or us has something to mend."""


class BucketForbids(BucketRefuses):
    """S3 says that who asks may not: a policy, or the keys of somebody else."""


class QueueUnavailable(TryLater):
    """Redis is away; the bell is dropped, nothing is lost."""

    def __init__(self, detail: str) -> None:
        super().__init__(Reason.QUEUE_UNAVAILABLE, detail)


class QueueUnusable(QueueUnavailable):
    """This Redis can never be used as it is: cluster mode, an ACL that denies what is needed, a wrong password."""


class SourceTrouble(TryLater):
    """The origin of an image is away, slow or busy, or has it not, which may pass as long as the link lives."""


class ApiTrouble(TryLater):
    """A provider's task API is away, slow or busy (API_TROUBLE), or refuses the key (API_KEY_REFUSED)."""


class ProxyTrouble(TryLater):
    """The egress proxy is away, or refuses: trouble of our own, and no word about any origin."""

    def __init__(self, detail: str) -> None:
        super().__init__(Reason.PROXY_TROUBLE, detail)


class NewerRecord(TryLater):
    """An object of ours that a newer version wrote: it is left as it is, for a worker of that version."""

    def __init__(self, detail: str) -> None:
        super().__init__(Reason.NEWER_RECORD, detail)


class GivenUp(FixativeError):
    """Something that will not become better by itself: a dead letter."""

    def __init__(self, reason: Reason, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else str(reason))
        self.reason = reason
        self.detail = detail


class Unreadable(GivenUp):
    """A delivery that no reader understands; it is kept whole and raw."""


class IdAlone(Unreadable):
    """A delivery that names its task and nothing of it, as its provider means it: the task is to be asked for.

    `ended_at` is when the task ended, where that is told.
    """

    def __init__(self, detail: str, ended_at: datetime | None = None) -> None:
        super().__init__(Reason.NO_SOURCES, detail)
        self.ended_at = ended_at


class Several(IdAlone):
    """An answer that names several tasks, each in a line of the files at these addresses of the task API."""

    def __init__(self, detail: str, addresses: tuple[str, ...]) -> None:
        super().__init__(detail)
        self.addresses = addresses


class SourceLost(GivenUp):
    """An image that cannot be had, whatever may come."""


class Damaged(GivenUp):
    """Bytes that came and are no sound image; whether they are all that comes is judged by who fetches."""


class ForeignBell(FixativeError):
    """A message in Redis that is none of ours; what stands in it is not repeated."""


class MalformedRecord(FixativeError):
    """An object of ours that cannot be read."""

    reason = Reason.MALFORMED_RECORD


class Missing(FixativeError):
    """No object stands under this key."""


class Taken(FixativeError):
    """A conditional write found another object, or another writer, in its place."""


class TicketRefused(FixativeError):
    """Not a ticket of ours, or no longer, or another provider's."""


class NotUnderstood(FixativeError):
    """What a person wrote names nothing, or several things; the text says what was expected."""


class SettingsRefused(FixativeError):
    """The settings hold mistakes; `problems` names each with its mend."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("settings refused:\n" + "\n".join(f"  - {problem}" for problem in problems))
        self.problems = problems


class IndexUnusable(FixativeError):
    """The index on this machine cannot be used; what it would tell is read from the bucket."""
