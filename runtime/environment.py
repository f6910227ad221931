"""What the variables of the environment say, without the white space around it.

Secret managers, `kubectl create secret --from-file` and `echo ... | base64` leave a line break at the end of a
value: a token that is never right, a key that no header can hold, a URL with a break inside. Settings are read
through `said`; what others read for themselves (boto3 its AWS variables, OpenSSL its authorities) is made so by
`tidy`, which each composition root calls before anything else.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, MutableMapping

# What libraries read for themselves. The sockets that systemd hands over are no text of anybody's.
READ_BY_LIBRARIES = ("AWS_", "OTEL_", "SSL_CERT_")
_QUOTES = ("'", '"')


def said(environment: Mapping[str, str], name: str) -> str:
    """What a variable says; empty where it is not set, or holds white space alone."""
    return environment.get(name, "").strip()


def tidy(environment: MutableMapping[str, str], names: Collection[str] = ()) -> None:
    """Cut the white space around the values of these variables, and of those that libraries read."""
    for name in [name for name in environment if name in names or name.startswith(READ_BY_LIBRARIES)]:
        if environment[name] != said(environment, name):
            environment[name] = said(environment, name)


def broken(value: str) -> str | None:
    """What no value can be, in a sentence that shows nothing of it; None where nothing is wrong."""
    if not value.isprintable():
        return "a line break or another character that cannot be printed stands within it"
    if len(value) > 1 and value[0] == value[-1] and value[0] in _QUOTES:
        return "it stands in quotes, which would be a part of it: leave them out (`docker --env-file` takes none off)"
    return None
