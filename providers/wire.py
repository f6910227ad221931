"""How a provider's task API is asked: where, under which header, in a path or a query. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

import msgspec

# A model in an address: words and slashes, no step up.
_MODEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]*(?:[./][A-Za-z0-9_-]+)*")
_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wire:
    """The addresses of a task API, and the headers that it wants.

    Addresses begin with a slash, at the host. `{task_id}` in one is where the id goes, in its path or its query; `{model}`
    in that of a submission is where the request's `model` goes, which is left out of its body then.
    """

    base: str  # what <NAME>_API is by default: scheme and host, perhaps the version
    version: str = ""  # what each address begins with, and a base may end with: /v1
    submit: str  # POST a request
    task: str  # GET a task: /v1/tasks/{task_id} or /v1/jobs?id={task_id}; empty: only the address that was given
    # The same of ids that begin so; what stands behind a stop in one names a part of the task.
    others: tuple[tuple[str, str], ...] = ()
    batch: str | None = None  # POST {"task_ids": [...]}, where there is such a thing
    batch_size: int = 1  # the most ids in one such request
    tasks: str | None = None  # GET ?page=1&page_size=100: the account's tasks, the newest first
    page_size: int = 100  # the most lines asked for in one page
    key_header: str = "Authorization"  # the header that carries the API key
    key_scheme: str = "Bearer"  # the word before the key there; empty: none
    # The field of a request that holds the callback URL; None: no request names one, the account has an endpoint.
    callback_key: str | None = "callback_url"
    secret_key: str | None = None  # the field that holds the secret which the callback is to be signed with
    callback_query: str | None = None  # or the parameter of its address
    idempotency_header: str | None = None  # under which a submission that is sent again is not paid again
    # What a request says where its customer says nothing of it, so that it makes a task that calls back.
    besides: tuple[tuple[str, msgspec.Raw], ...] = ()
    base64_keys: tuple[str, ...] = ()  # the fields of an answer that hold images in base64
    # Where else than to the base a task's own address may lead, if one is given: to these hosts, or below them.
    given_hosts: tuple[str, ...] = ()

    def url(self, address: str, base: str = "") -> str:
        """The URL of an address; a base that ends with the API's version is taken as well as one without."""
        return (base or self.base).rstrip("/").removesuffix(self.version) + address

    def submission(
        self, request: Mapping[str, msgspec.Raw], callback_url: str | None, secret: str = ""
    ) -> tuple[str, bytes]:
        """The address and the body of a request, with its callback URL, and the secret of that, where the provider wants them.

        Raises:
            ValueError: if there is no address, or it needs the request's `model`, and it names none.
        """
        if not self.submit:
            raise ValueError("no address is declared to which requests are submitted")
        address, body = self.submit, {**dict(self.besides), **request}
        if "{model}" in address:
            told = body.pop("model", None)
            model = msgspec.json.decode(told) if told is not None else None
            if not isinstance(model, str) or not _MODEL.fullmatch(model):
                raise ValueError("the request names no `model`, and its address is made of that")
            address = address.replace("{model}", model)
        if callback_url is not None and self.callback_query is not None:
            address += f"?{self.callback_query}={quote(callback_url, safe='')}"
        elif callback_url is not None and self.callback_key is not None:
            body[self.callback_key] = msgspec.Raw(msgspec.json.encode(callback_url))
        if callback_url is not None and secret and self.secret_key is not None:
            body[self.secret_key] = msgspec.Raw(msgspec.json.encode(secret))
        return address, msgspec.json.encode(body)

    @property
    def names_callback(self) -> bool:
        """Whether a request names where its task calls back to."""
        return self.callback_key is not None or self.callback_query is not None

    def task_address(self, task_id: str) -> str:
        """The address of a task's query."""
        for beginning, address in self.others:
            if task_id.startswith(beginning):
                return address.replace("{task_id}", quote(task_id.partition(".")[0], safe=":"))
        return self.task.replace("{task_id}", quote(task_id, safe=":"))

    def page_address(self, page: int) -> str:
        """The address of a page of the account's tasks, the first being 1, where there is such a list."""
        return f"{self.tasks or ''}?page={page}&page_size={self.page_size}"

    def key_headers(self, key: str) -> dict[str, str]:
        """The header that shows the API key."""
        return {self.key_header: f"{self.key_scheme} {key}".strip()}

    def is_given(self, url: str, base: str = "") -> bool:
        """Whether a task's own address may be asked with our key: at the base, or over HTTPS at `given_hosts`."""
        place, home = _place(url), _place(base or self.base)
        if place is None or home is None or not url.isprintable():
            return False
        scheme, host, port = place
        below = any(host == name or host.endswith(f".{name}") for name in self.given_hosts)
        return place == home or (below and (scheme, port) == ("https", _PORTS["https"]))


def _place(url: str) -> tuple[str, str, int] | None:
    """Scheme, host and port of a URL; None: it is none, or names a user."""
    try:
        parts = urlsplit(url)
        port = parts.port or _PORTS[parts.scheme]
    except (ValueError, KeyError):
        return None
    if not parts.hostname or parts.username is not None:
        return None
    return parts.scheme, parts.hostname.lower(), port
