"""Ask a provider for a task's links: true ones in place of told ones, fresh ones in place of dead ones.

a replay              asks first; where there is no answer to use, the old links are tried
a link that is dead   is asked for anew, once a run; where there is no fresh one it is tried again later
                      so is one that gives only trouble, from its second run on
with CONFIRM_TASKS    a task is asked for before its links are trusted: the provider's own take their place,
                      and what the provider does not know as completed is lost as UNCONFIRMED, not downloaded
a required signature  that leaves the body uncovered: the same
a word against a task is believed once the task is ten minutes old, or a tenth of its links' life
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime

from msgspec import structs

from archive.errors import ApiTrouble, SourceTrouble, TryLater, Unreadable
from archive.reasons import Reason
from archive.records.damage import DamagedForNow, patience
from archive.records.notification import Notification, without_query
from archive.records.work import Work
from providers.registry import provider_named
from workers.asking.ask_task import WAIT_S, AskTask
from workers.outcome import Outcome, Result, lost
from workers.turn import Turn

log = logging.getLogger(__name__)

# With less than this left of a run there is no use in asking and downloading.
LEAST_S = 5.0
# Answers that a link whose signature has run out, or whose file has moved, may give.
_DEAD = {
    Reason.SOURCE_GONE,
    Reason.SOURCE_REFUSED,
    Reason.TOO_MANY_REDIRECTS,
    Reason.FORBIDDEN_SOURCE,
    Reason.NOT_AN_IMAGE,
}


# A task's own address, by provider and task, where one was told with its order.
TaskUrlOf = Callable[[str, str], str | None]


def _no_url(_provider: str, _task_id: str) -> None:
    """Where nobody looks for one."""


class _NoUse(Exception):
    """The provider does not give what it was asked for; the text continues "the provider"."""


class _Gone(_NoUse):
    """The provider does not know the task, or not any more."""


def _believed(turn: Turn, now: datetime) -> bool:
    """Whether a provider's word against a task is final: right after a callback its own list may be behind."""
    heard_at = turn.work.heard_at
    return heard_at is None or now - heard_at >= patience(turn.link_life)


def _still_dead(work: Work, index: int, error: TryLater, problem: _NoUse, *, gone: bool) -> Result:
    """What comes of an image whose link is dead and for which the provider has no other."""
    detail = f"{error.detail}; the provider {problem}"
    if gone:
        return lost(work, index, error.reason, detail, work.tries + 1)
    if isinstance(error, DamagedForNow):
        return error
    return SourceTrouble(error.reason, detail, retry_after_s=error.retry_after_s)


def _unasked(error: TryLater, problem: ApiTrouble) -> TryLater:
    """The trouble of a link for which the provider could not be asked; a refused key is its operator's to mend."""
    if isinstance(error, DamagedForNow):
        return error
    detail = f"{error.detail}; {problem.detail}"
    if problem.reason is Reason.API_KEY_REFUSED:
        return SourceTrouble(error.reason, detail, retry_after_s=error.retry_after_s)
    return ApiTrouble(problem.reason, detail, retry_after_s=problem.retry_after_s)


def _may_be_dead(work: Work, error: TryLater) -> bool:
    """Whether a fresh link may do better: after any trouble of the source, where the first run brought nothing."""
    return (
        error.reason in _DEAD
        or isinstance(error, DamagedForNow)
        or (work.tries > 0 and isinstance(error, SourceTrouble))
    )


class FreshLinks:
    """Asks for the links of tasks, of providers whose API key is set.

    The links of those in `confirm` are trusted only once the provider has named them itself.
    """

    def __init__(
        self,
        askers: Mapping[str, AskTask],
        *,
        confirm: Collection[str] = (),
        task_url_of: TaskUrlOf = _no_url,
    ) -> None:
        self._askers, self._confirm, self._task_url_of = askers, confirm, task_url_of

    def must_confirm(self, work: Work) -> bool:
        """Whether this work's sources are still to be named by the provider itself before they are trusted."""
        from_api = bool(work.heard) and all(told.via == "ask" for told in work.heard)
        wished = work.provider in self._confirm and work.provider in self._askers
        return wished and not work.confirmed and not from_api

    def must_ask_first(self, work: Work) -> bool:
        """Whether the provider is asked before anything is downloaded."""
        return self.must_confirm(work) or (work.replay is not None and work.provider in self._askers)

    def confirmed(self, turn: Turn, outcome: Outcome, now: datetime) -> tuple[Work, Outcome]:
        """The work with the provider's own links, and what holds of them. Without its word nothing is left missing."""
        work = turn.work
        try:
            told = self._told(work, turn.deadline)
        except ApiTrouble as error:
            return work, outcome.with_results(dict.fromkeys(outcome.missing(work), error))
        except _NoUse as problem:
            detail = f"the provider {problem}"
            if not _believed(turn, now):
                trouble = ApiTrouble(Reason.API_TROUBLE, detail)
                return work, outcome.with_results(dict.fromkeys(outcome.missing(work), trouble))
            everything = range(len(work.sources))
            return work, outcome.with_results(
                {index: lost(work, index, Reason.UNCONFIRMED, detail) for index in everything}
            )
        # What was kept or lost of links that the provider does not name says nothing.
        true = dict(enumerate(without_query(source) for source in told.sources))
        kept = {index: asset for index, asset in outcome.kept.items() if asset.source == true.get(index)}
        return structs.replace(work, sources=told.sources, confirmed=True), replace(
            outcome, kept=kept, lost={}
        )

    def for_replay(self, work: Work, outcome: Outcome, deadline: float) -> Mapping[int, str]:
        """Fresh links for what is missing; none where they cannot be had, for the old ones may live."""
        try:
            return self._fresh(work, outcome.missing(work), deadline)
        except (ApiTrouble, _NoUse) as problem:
            log.info("task=%s replayed with its old links: the provider %s", work.task_id, problem)
            return {}

    def in_place_of_dead(
        self, turn: Turn, outcome: Outcome, now: datetime
    ) -> tuple[Mapping[int, str], Outcome]:
        """Fresh links for those whose own gave no image in this run; these are missing again.

        Where there are none, they stay put off, with the provider's word in their trouble. A provider that does not
        know the task any more ends them, once its word is believed.
        """
        work = turn.work
        dead = {index: error for index, error in outcome.put_off.items() if _may_be_dead(work, error)}
        if not dead or not self._may_ask(work):
            return {}, outcome
        try:
            links = self._fresh(work, dead, turn.deadline)
        except ApiTrouble as problem:
            return {}, outcome.with_results(
                {index: _unasked(error, problem) for index, error in dead.items()}
            )
        except _NoUse as problem:
            gone = isinstance(problem, _Gone) and _believed(turn, now)
            return {}, outcome.with_results(
                {index: _still_dead(work, index, error, problem, gone=gone) for index, error in dead.items()}
            )
        return links, outcome.without(dead)

    def _may_ask(self, work: Work) -> bool:
        """Whether there is a key, and an address to ask for the task at; else what the host said of its links stands."""
        provider = provider_named(work.provider)
        asked = work.provider in self._askers
        return asked and bool(provider.wire.task or self._task_url_of(provider.name, work.task_id))

    def _fresh(self, work: Work, places: Collection[int], deadline: float) -> Mapping[int, str]:
        """The provider's present links of the images in these places.

        An answer with fewer links than the work has is of no use: whose is whose would be a guess.
        """
        sources = self._told(work, deadline).sources
        if len(sources) < len(work.sources):
            raise _NoUse(f"names {len(sources)} links by now, not {len(work.sources)}")
        links = {index: sources[index] for index in places}
        if all(link == work.sources[index] for index, link in links.items()):
            raise _NoUse("names the same link")
        log.info("task=%s: fresh links for %d images", work.task_id, len(links))
        return links

    def _told(self, work: Work, deadline: float) -> Notification:
        """What the provider says of a task that it calls completed."""
        left_s = deadline - time.monotonic()
        if left_s < LEAST_S:
            raise ApiTrouble(Reason.API_TROUBLE, "no time is left in this run to ask")
        provider, asker = provider_named(work.provider), self._askers[work.provider]
        task_url = self._task_url_of(provider.name, work.task_id) if provider.gives_addresses else None
        body = asker.task(work.task_id, min(left_s, WAIT_S), task_url)
        if body is None:
            raise _Gone("does not know the task")
        try:
            told = provider.read(body)
        except Unreadable as error:
            raise _NoUse(f"gives an answer that cannot be read: {error}") from error
        if told.task_id != work.task_id:
            raise _NoUse("answers with another task")
        if told.status != "completed":
            raise _NoUse(f"says that the task is {told.status}")
        return told
