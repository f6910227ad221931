"""What each process does with the bucket: the folders that it reads and writes, and nothing else of it.

Policies are made of this table, and the doctor holds a deployment against it. Pure. In AWS's words:

read      s3:GetObject
create    s3:PutObject with If-None-Match: where nothing stands
change    s3:PutObject with If-Match: over the version that was read
write     s3:PutObject, whatever stands there
delete    s3:DeleteObject
list      s3:ListBucket. Without it S3 says of what is not there that it is forbidden, and so it has no condition:
          https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html

Whether a write is conditional is told by s3:if-none-match and s3:if-match:
https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
"""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Literal, NamedTuple

Verb = Literal["read", "create", "change", "write", "delete", "list"]


class Rights(NamedTuple):
    """Patterns of keys, under the prefix, by what may be done to them; `*` stands for any characters."""

    read: tuple[str, ...] = ()
    create: tuple[str, ...] = ()
    change: tuple[str, ...] = ()
    write: tuple[str, ...] = ()
    delete: tuple[str, ...] = ()
    list: bool = False

    def and_(self, more: Rights) -> Rights:
        """These and others besides."""
        told = {verb: getattr(self, verb) + getattr(more, verb) for verb in self._fields if verb != "list"}
        return Rights(**told, list=self.list or more.list)

    def allow(self, verb: Verb, key: str) -> bool:
        """Whether this may be done to an object; who may write whatever stands there may write under a condition."""
        if verb == "list":
            return self.list
        patterns: tuple[str, ...] = getattr(self, verb)
        if verb in {"create", "change"}:
            patterns += self.write
        # As a policy does: `*` stands for slashes, too.
        return any(fnmatchcase(key, pattern) for pattern in patterns)


def kind_of(sample: str) -> str:
    """A kind of object as people know it: its folder, and its ending where that tells more; empty: the bucket."""
    folder, _, rest = sample.partition("/")
    if not folder:
        return "the bucket"
    if rest.endswith("/manifest.json"):
        return f"{folder}/*/manifest.json"
    return f"{folder}/*{rest[rest.rindex('.') :]}" if folder in {"tasks", "dead"} else f"{folder}/"


RIGHTS: Mapping[str, Rights] = {
    # It reads a batch of its own only where the answer to its write was lost.
    "receiver": Rights(read=("inbox/*",), create=("inbox/*",), write=("probe/receiver*",)),
    # What a receiver needs besides where API_TOKEN is set: GET /tasks.
    "programs": Rights(read=("tasks/*/manifest.json", "dead/*.json", "orders/*", "index/*"), list=True),
    # No image is ever written over, and nothing in `tasks/` removed. At its start it tries the store, under `probe/trial-`.
    "worker": Rights(
        read=(
            "inbox/*",
            "due/*",
            "tasks/*",
            "catalog/*",
            "dead/*",
            "orders/*",
            "index/*",
            "thumbs/*",
            "inline/*",
            "probe/worker-*",
            "probe/trial-*",
        ),
        create=("inbox/*", "due/*", "tasks/*", "catalog/*", "dead/*.json", "orders/*", "index/*", "inline/*"),
        change=("tasks/*/manifest.json", "dead/*.json"),
        write=("dead/*.bin", "thumbs/*", "probe/worker-*", "probe/trial-*"),
        delete=("inbox/*", "due/*", "catalog/*", "dead/*", "inline/*", "probe/trial-*"),
        list=True,
    ),
    # The command as well: replays, dismissals, orders, callbacks of its own, and the doctor's trials.
    "console": Rights(
        read=("*",),
        create=("inbox/*", "due/*", "catalog/*", "replays/*", "inline/*"),
        change=("tasks/*/manifest.json", "dead/*.json", "replays/*"),
        write=("probe/*",),
        delete=("due/*", "probe/*"),
        list=True,
    ),
}

# Each has a role of its own.
PROCESSES = ("receiver", "worker", "console")
