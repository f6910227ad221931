"""What is known of a provider: its reader and the few facts that others need."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from archive.records.notification import Notification, Status, within_bounds
from archive.records.order import Order
from providers.reading.statuses import words_of
from providers.reading.task_answers import ListedTask, listed_in, refusal_in, tasks_in


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A provider: its readers, its hosts, its task API.

    `reader` and `read_order` raise `archive.errors.Unreadable` and nothing else; `read_task_id` raises nothing.
    """

    name: str  # as in keys and callback URLs
    title: str  # as people write it
    reader: Callable[[bytes], Notification]  # what is asked by others is `read`
    read_task_id: Callable[[bytes], str | None]  # where the dead letter of a refused body is filed
    read_order: Callable[[bytes], Order]
    media_hosts: tuple[
        str, ...
    ]  # result links lead to these names or to names below them; `=name`: to it alone
    link_life_s: int  # how long a result link lives
    api_base: str  # scheme and host, without the version
    submit_path: str
    tasks_path: str
    batch_path: str | None = None  # POST {"task_ids": [...]}, where there is such a thing
    batch_size: int = 1  # the most ids in one such request
    lists_tasks: bool = False  # whether GET `tasks_path` lists the account's tasks, the newest first
    page_size: int = 100  # the most lines asked for in one page
    idempotency_header: str | None = None  # under which a submission that is sent again is not paid again
    statuses: Mapping[str, Status] = field(
        default_factory=lambda: words_of({})
    )  # its words for a task's state
    defaults: Order = field(
        default_factory=Order
    )  # what the provider takes for ordered in place of the model's own default
    experimental: bool = False  # read from guesses, not from documents

    def read(self, body: bytes) -> Notification:
        """What a body says about a task, each word of it within its bound. Raises Unreadable."""
        return within_bounds(self.reader(body))

    def task_path(self, task_id: str) -> str:
        """The path of a task's query, below `api_base`."""
        return f"{self.tasks_path}/{quote(task_id, safe=':')}"

    def url(self, path: str, api_base: str | None = None) -> str:
        """The URL of a path; a base that ends with the API's version is taken as well as one without."""
        version = self.tasks_path.rpartition("/")[0]
        base = (api_base or self.api_base).rstrip("/").removesuffix(version)
        return base + path

    def task_url(self, task_id: str, api_base: str | None = None) -> str:
        """The URL of a task's query."""
        return self.url(self.task_path(task_id), api_base)

    def list_path(self, page: int) -> str:
        """The path of a page of the list, the first being 1."""
        return f"{self.tasks_path}?page={page}&page_size={self.page_size}"

    def tasks_in(self, body: bytes) -> Mapping[str, bytes]:
        """The tasks in the answer to a batch, by id. Raises Unreadable."""
        return tasks_in(body, self.read_task_id)

    def listed_in(self, body: bytes) -> list[ListedTask]:
        """The tasks on a page of the list. Raises Unreadable."""
        return listed_in(body, self.statuses)

    def refusal_in(self, body: bytes) -> str:
        """Why a request was refused, or nothing."""
        return refusal_in(body)
