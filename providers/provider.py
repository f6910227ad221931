"""What is known of a provider: its readers, and the facts that others need. All of it stands in its one file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from msgspec import structs

from archive.records.inline import inline_name, is_data_uri
from archive.records.notification import Notification, Status, within_bounds
from archive.records.order import Order
from providers.reading.statuses import words_of
from providers.reading.task_answers import ListedTask, listed_in, refusal_in, tasks_in
from providers.sample import Samples
from providers.verifying.verifier import Verifier
from providers.wire import Wire

# Of a day: after ten minutes a callback is late, and in the last five there may be no other try.
ASKED_AFTER, LAST_CHANCE = 144, 288
# An image takes a minute. Work that is planned further ahead than two hours is taken for that of a stepped clock.
_ASKED_LEAST_S, _ASKED_MOST_S = 60.0, 3600.0
# A host rests for a minute at most (egress/breaker.py), and a try needs a minute of the link's life (workers/later.py).
_LAST_CHANCE_LEAST_S = 120.0
# Links that live so long or less are those of a provider that is in a hurry.
SHORT_LIFE_S = 3600


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Provider:
    """A provider: its readers, its hosts, its task API, its samples.

    `reader` and `read_order` raise `archive.errors.Unreadable` and nothing else; `read_task_id` raises nothing.
    """

    name: str  # as in keys and callback URLs; of <NAME>_API and <NAME>_API_KEY, too
    title: str  # as people write it
    reader: Callable[[bytes], Notification]  # what is asked by others is `read`
    read_task_id: Callable[[bytes], str | None]  # where the dead letter of a refused body is filed
    read_order: Callable[[bytes], Order]
    # Result links lead to these names or to names below them; `=name`: to it alone.
    media_hosts: tuple[str, ...]
    link_life_s: int  # how long a result link lives
    wire: Wire  # how its task API is asked
    samples: Samples  # what is sent in its name to try the way
    images_most: int  # how many images one task may be asked for
    # The address that the answer to a submission gives its task, where it gives one (`Wire.given_hosts`). Raises nothing.
    read_task_url: Callable[[bytes], str | None] | None = None
    # The answer to a task query, by its status and body, as a callback would have it; None: there is no such task. Where
    # there is none of these, 200 is a callback's body and 404 no task. Raises Unreadable for what says nothing.
    read_answer: Callable[[str, int, bytes], bytes | None] | None = None
    # The status of an answer of its task API, by its HTTP status and its body, where the body alone says what went wrong.
    read_status: Callable[[int, bytes], int] | None = None
    # Its words for a task's state.
    statuses: Mapping[str, Status] = field(default_factory=lambda: words_of({}))
    # What it takes for ordered in place of the model's own default.
    defaults: Order = field(default_factory=Order)
    own_sizes: bool = (
        False  # what pixels a ratio comes to is told by nobody: of a size only the ratio is held
    )
    kept_header: str | None = (
        None  # a header of its callbacks that is kept with them, in lower case: its own id of one
    )
    verifier: Verifier | None = None  # how its signature is checked, where it signs its callbacks
    tells_id_alone: bool = False  # whether its callbacks name their task and nothing of it (`IdAlone`)
    # Where an answer names files whose lines are tasks (`Several`): the body of one, by the id of the whole and the line.
    line_body: Callable[[str, bytes], bytes] | None = None
    experimental: bool = False  # read from guesses, not from documents

    @property
    def gives_addresses(self) -> bool:
        """Whether a task may have an address of its own at which it is asked for."""
        return self.read_task_url is not None or bool(self.wire.given_hosts)

    @property
    def needs_confirming(self) -> bool:
        """Whether its signature leaves the body uncovered, and its tasks can be asked for: then they are, where one is required."""
        asked = bool(self.wire.task) or self.gives_addresses
        return self.verifier is not None and not self.verifier.covers_body and asked

    @property
    def lives_short(self) -> bool:
        """Whether its links live so short that its work goes before all other."""
        return self.link_life_s <= SHORT_LIFE_S

    @property
    def ask_first_s(self) -> float:
        """How long after an order its task is first asked for, if nothing came."""
        return min(max(self.link_life_s / ASKED_AFTER, _ASKED_LEAST_S), _ASKED_MOST_S)

    @property
    def last_chance_s(self) -> float:
        """How long before a link's death there may be no other try."""
        return max(self.link_life_s / LAST_CHANCE, _LAST_CHANCE_LEAST_S)

    @property
    def media_host(self) -> str:
        """A host that its links may lead to; of one whose images have no links, a name that nobody has."""
        first = next(iter(self.media_hosts), "=images.invalid")
        return first[1:] if first.startswith("=") else f"files.{first}"

    def read(self, body: bytes) -> Notification:
        """What a body says about a task, each word of it within its bound. Raises Unreadable."""
        return self.read_whole(body)[0]

    def read_whole(self, body: bytes) -> tuple[Notification, Mapping[str, str]]:
        """The same, and by their names (`archive/records/inline.py`) the `data:` URIs that it holds. Raises Unreadable."""
        told = self.reader(body)
        images = {inline_name(link): link for link in told.sources if is_data_uri(link)}
        if images:
            names = {link: name for name, link in images.items()}
            told = structs.replace(told, sources=tuple(names.get(link, link) for link in told.sources))
        return within_bounds(told), images

    def tasks_in(self, body: bytes) -> Mapping[str, bytes]:
        """The tasks in the answer to a batch, by id. Raises Unreadable."""
        return tasks_in(body, self.read_task_id)

    def listed_in(self, body: bytes) -> list[ListedTask]:
        """The tasks on a page of the list. Raises Unreadable."""
        return listed_in(body, self.statuses)

    def refusal_in(self, body: bytes) -> str:
        """Why a request was refused, or nothing."""
        return refusal_in(body)
