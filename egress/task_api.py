"""A provider's task API: submit, ask for a task, for many, for the list. Shared by workers and command.

    401, 403            ApiTrouble API_KEY_REFUSED: a mistake of the operator, told as one
    404 with JSON       the task is not known; with a page it is the word of who stands before the API
    408, 429, 5xx       ApiTrouble API_TROUBLE, with the Retry-After
    any other, 3xx too  to a question about a task ApiTrouble API_TROUBLE as well; to a submission, its answer
    404, 405 to a batch there is none: single questions for an hour

The status is that of HTTP, or the one in the body where a provider tells it there (`read_status`).
What is a provider's own stands in its file: addresses and headers in its `Wire`, shapes in its readers.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus

import msgspec

from archive.errors import ApiTrouble, Unreadable
from archive.reasons import Reason
from egress.api_call import ANSWER_MAX_BYTES, PIECE_BYTES, TOTAL_S, ApiAnswer, answered, call
from egress.aside import Aside
from egress.line_answers import lines_in
from egress.long_texts import LongTexts
from egress.proxy import EgressProxy
from providers.provider import Provider

# An answer that holds its images: 256 MiB take as long at 36 Mbit/s. With a run, and what closes it, less than a lease.
WHOLE_S = 60.0
# A file whose lines are tasks: less than a run, and what comes in it at 280 Mbit/s. Read anew where it did not end.
LINES_S = 120.0
LINES_MAX_BYTES = 4_294_967_296
# A provider that has no batch today may have one tomorrow.
WITHOUT_BATCH_S = 3600.0
_KEY_REFUSED = {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}
_NO_SUCH_PLACE = {HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED}
_PASSES = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}
# Links live for a day: whoever asks for more patience says nothing.
_RETRY_AFTER_MAX_S = 86_400


class TaskApi:
    """One provider's task API at one base with one key. Safe to use from many threads."""

    def __init__(
        self,
        provider: Provider,
        base: str,
        key: str,
        *,
        user_agent: str = "Fixative",
        total_s: float = TOTAL_S,
        proxy: EgressProxy | None = None,
        aside: Aside | None = None,
    ) -> None:
        self._provider, self._wire, self._aside = provider, provider.wire, aside
        self._base, self._total_s, self._proxy = base, total_s, proxy
        self._headers = {
            **self._wire.key_headers(key),
            "User-Agent": user_agent,
            "Accept": "application/json",
        }
        self._without_batch_until = 0.0

    @property
    def gathers(self) -> int:
        """How many tasks may be asked for in one question now; 1: there is no batch."""
        if self._wire.batch is None or time.monotonic() < self._without_batch_until:
            return 1
        return self._wire.batch_size

    def task(self, task_id: str, task_url: str | None = None) -> bytes | None:
        """The body of a task, or None where the provider knows none of that id.

        `task_url` is the task's own address, where the provider gave one. Images that the answer holds are set aside
        where there is a place for them; else it has 1 MiB at most.

        Raises:
            ApiTrouble: also where that leads to a host that our key is not for, or is needed and not known.
        """
        texts = LongTexts(self._aside.folder, self._wire.base64_keys) if self._aside else None
        try:
            body = self._task(task_id, task_url, texts)
            if body is not None and self._aside is not None and texts is not None:
                self._aside.keep(self._provider, task_id, body, texts.files)
        finally:
            if texts is not None:
                texts.close()
        return body

    def _task(self, task_id: str, task_url: str | None, texts: LongTexts | None) -> bytes | None:
        answer = self._call("GET", self._url_of(task_id, task_url), texts=texts)
        if self._provider.read_answer is not None:
            try:
                return self._provider.read_answer(task_id, answer.status, answer.body)
            except Unreadable as error:
                raise ApiTrouble(Reason.API_TROUBLE, f"{self.told(answer)} ({error})") from error
        if answer.status == HTTPStatus.OK:
            return answer.body
        if answer.status == HTTPStatus.NOT_FOUND and _is_json(answer.body):
            return None
        if answer.status == HTTPStatus.NOT_FOUND:
            raise ApiTrouble(Reason.API_TROUBLE, f"{self.told(answer)}, and that is no JSON")
        # Any other answer may be a mistake of theirs or of ours; it is tried later.
        raise self._trouble(Reason.API_TROUBLE, answer)

    def lines(self, task_id: str, address: str) -> Iterator[bytes]:
        """The tasks in a file of an answer that names several, each as the body of one; their images are set aside.

        Raises:
            ApiTrouble: perhaps after some lines.
        """
        line_body, aside = self._provider.line_body, self._aside
        if line_body is None or aside is None:
            raise ApiTrouble(Reason.API_TROUBLE, f"files of {self._provider.title} are not read here")
        with answered(
            "GET",
            self._wire.url(address, self._base),
            headers=self._headers,
            total_s=LINES_S,
            wire_bytes=LINES_MAX_BYTES,
            proxy=self._proxy,
        ) as answer:
            if answer.status != HTTPStatus.OK:
                refused = answer.status in _KEY_REFUSED
                reason = Reason.API_KEY_REFUSED if refused else Reason.API_TROUBLE
                raise ApiTrouble(
                    reason, f"{self._provider.title} answered {answer.status} for a file of the task"
                )
            pieces = answer.stream(PIECE_BYTES, decode_content=False)
            keys = self._wire.base64_keys
            for line in lines_in(pieces, lambda: LongTexts(aside.folder, keys), ANSWER_MAX_BYTES):
                body = line_body(task_id, line.text)
                named = self._provider.read_task_id(body)
                if named is not None:
                    aside.keep(self._provider, named, body, line.files)
                yield body

    def tasks(self, task_ids: Sequence[str]) -> Mapping[str, bytes] | None:
        """The bodies of the tasks that the provider knows, by id, in one question; None: ask one by one.

        At most `gathers` of them. Raises ApiTrouble.
        """
        address = self._wire.batch
        if address is None or self.gathers == 1:
            return None
        answer = self.ask("POST", address, msgspec.json.encode({"task_ids": list(task_ids)}))
        if answer.status == HTTPStatus.OK:
            try:
                return self._provider.tasks_in(answer.body)
            except Unreadable:
                pass
        if answer.status == HTTPStatus.OK or answer.status in _NO_SUCH_PLACE:
            self._without_batch_until = time.monotonic() + WITHOUT_BATCH_S
        return None  # refused for one of its ids, perhaps: each alone shows which

    def submit(self, request: bytes, headers: Mapping[str, str], address: str = "") -> ApiAnswer:
        """Submit a request, as `Wire.submission` makes it; its answer, unless it is trouble that passes. Raises ApiTrouble."""
        return self.ask("POST", address or self._wire.submit, request, headers)

    def ask(
        self, method: str, address: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> ApiAnswer:
        """One question to the API.

        Raises:
            ApiTrouble: API_KEY_REFUSED, PROXY_TROUBLE, or API_TROUBLE for all that passes.
        """
        return self._call(method, self._wire.url(address, self._base), body, headers)

    def _url_of(self, task_id: str, task_url: str | None) -> str:
        """Where a task is asked for. Raises ApiTrouble."""
        if task_url is None and self._wire.task:
            return self._wire.url(self._wire.task_address(task_id), self._base)
        title = self._provider.title
        if task_url is None:
            raise ApiTrouble(
                Reason.API_TROUBLE, f"{title} gives each task its own address, and none was told"
            )
        if not self._wire.is_given(task_url, self._base):
            raise ApiTrouble(Reason.API_TROUBLE, f"the address that was told of the task is not {title}'s")
        return task_url

    def _call(
        self,
        method: str,
        url: str,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        texts: LongTexts | None = None,
    ) -> ApiAnswer:
        sent = {**self._headers, **(headers or {})}
        if body is not None:
            sent["Content-Type"] = "application/json"
        answer = call(
            method,
            url,
            headers=sent,
            body=body,
            total_s=self._total_s if texts is None else max(self._total_s, WHOLE_S),
            proxy=self._proxy,
            texts=texts,
        )
        if self._provider.read_status is not None:
            answer = answer._replace(status=self._provider.read_status(answer.status, answer.body))
        if answer.status in _KEY_REFUSED:
            raise self._trouble(Reason.API_KEY_REFUSED, answer)
        server_error = answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR
        if answer.status in _PASSES or server_error:
            raise self._trouble(Reason.API_TROUBLE, answer)
        return answer

    def told(self, answer: ApiAnswer) -> str:
        """An answer in a few words: the status, and what the provider says of it."""
        why = self._provider.refusal_in(answer.body)
        return f"{self._provider.title} answered {answer.status}" + (f": {why}" if why else "")

    def _trouble(self, reason: Reason, answer: ApiAnswer) -> ApiTrouble:
        return ApiTrouble(reason, self.told(answer), retry_after_s=_retry_after_s(answer))


def _is_json(body: bytes) -> bool:
    try:
        msgspec.json.decode(body, type=msgspec.Raw)
    except msgspec.DecodeError:
        return False
    return True


def _retry_after_s(answer: ApiAnswer) -> float | None:
    """The seconds that the API asks to wait, where it says them as a number."""
    told = answer.headers.get("retry-after", "").strip()
    if told.isascii() and told.isdigit() and int(told[:9]) <= _RETRY_AFTER_MAX_S:
        return float(told[:9])
    return None
