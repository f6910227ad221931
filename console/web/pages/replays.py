"""Replays: looked at before they begin, followed, cancelled, and those of the last weeks."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta
from http import HTTPStatus
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from archive import layout
from archive.errors import MalformedRecord, Missing, NewerRecord, NotUnderstood, Taken
from archive.library.dead_letters import reasons_counted
from archive.library.reading import read_all
from archive.records.dismissal import Dismissal
from archive.records.replay_plan import ReplayPlan
from archive.store.bucket import Bucket
from archive.store.record_at import record_of
from console.cli.many import WHY_MAX_CHARACTERS
from console.replays.beginning import begun, gone_on
from console.replays.cancelling import cancel
from console.replays.choosing import Choice
from console.replays.pulling import pull_forward
from console.replays.replaying import in_order, new_replay
from console.replays.resuming import left_of, read_plan
from console.web.chosen import Chosen, choice_of, read_chosen
from console.web.failed_groups import row_of
from console.web.forms import Form
from console.web.frame import Frame
from console.web.replay_progress import ReplayProgress
from console.web.replay_runs import ReplayRuns
from console.web.routes import posted
from console.web.shown import path_of
from console.web.signing_in.visitor import Visitor, visitor_of

SHOWN_MOST = 200
LISTED_DAYS, LISTED_MOST = 60, 50
log = logging.getLogger("console.replays")


class ListedReplay(NamedTuple):
    """A replay of the list."""

    plan: ReplayPlan
    running: bool


class ReplayPages:
    """GET /replays and /replays/{id}, POST /replays/look, /replays, /replays/{id}/cancel and /replays/{id}/resume."""

    def __init__(self, frame: Frame, bucket: Bucket, runs: ReplayRuns) -> None:
        self._frame, self._bucket, self._runs = frame, bucket, runs
        self._progress = ReplayProgress(bucket)

    def routes(self) -> list[Route]:
        """Where they stand."""
        return [
            Route("/replays", self.list, methods=["GET"]),
            Route("/replays", posted(self.begin), methods=["POST"]),
            Route("/replays/look", posted(self.look), methods=["POST"]),
            Route("/replays/{id}", self.one, methods=["GET"]),
            Route("/replays/{id}/cancel", posted(self.cancel), methods=["POST"]),
            Route("/replays/{id}/resume", posted(self.resume), methods=["POST"]),
        ]

    def look(self, request: Request, form: Form) -> Response:
        """What would be replayed."""
        return self._show_look(request, read_chosen(form))

    def look_at(self, request: Request, names: Sequence[str]) -> Response:
        """The same of what was selected elsewhere."""
        return self._show_look(request, Chosen(names=tuple(names)))

    def begin(self, request: Request, form: Form) -> Response:
        """Begin it; a form that is sent twice begins it once."""
        chosen, why, replay_id = read_chosen(form), form.get("why", "").strip(), form.get("id", "")
        if len(why) > WHY_MAX_CHARACTERS:
            raise NotUnderstood(f"the reason has over {WHY_MAX_CHARACTERS} characters")
        address = f"/replays/{self._id(replay_id)}"
        choice = choice_of(self._bucket, chosen)
        self._pull(choice, _who(request))
        if not choice.items:
            return RedirectResponse(path_of(next(iter(choice.waiting.values())).provider + "/" + next(iter(choice.waiting.values())).task_id)
                                    if choice.waiting else "/failures", HTTPStatus.SEE_OTHER)  # fmt: skip
        replay = new_replay(self._bucket.now(), why, by=_who(request).name, replay_id=replay_id)
        try:
            beginning = begun(self._bucket, in_order(choice.items, self._bucket.now()), replay)
        except Taken:
            return RedirectResponse(address, HTTPStatus.SEE_OTHER)
        log.info("replay begun: who=%s id=%s items=%d why=%s", replay.who, replay.id, len(choice.items), why)
        self._runs.start(beginning)
        return RedirectResponse(address, HTTPStatus.SEE_OTHER)

    def one(self, request: Request) -> Response:
        """How far it is."""
        plan = self._plan(request)
        progress, running = self._progress.of(plan), self._runs.runs(plan.replay.id)
        # The first second of a large one: nothing of it is due yet, and this process is at it.
        broken_off = not running and not plan.cancelled and progress.number("not begun") > 0
        return self._frame.page(
            request, "replay.html", plan=plan, progress=progress, running=running, broken_off=broken_off,
            items=progress.items[:SHOWN_MOST], total=len(progress.items),
        )  # fmt: skip

    def list(self, request: Request) -> Response:
        """Those of the last weeks, the newest first."""
        first = self._bucket.now() - timedelta(days=LISTED_DAYS)
        keys = [each.key for each in self._bucket.list("replays/", after=f"replays/{first:%Y/%m/%d}")]
        found = []
        for key, body in read_all(self._bucket, reversed(keys[-LISTED_MOST:])):
            try:
                plan = record_of(key, body, ReplayPlan)
            except (MalformedRecord, NewerRecord):
                continue
            found.append(ListedReplay(plan, self._runs.runs(plan.replay.id)))
        return self._frame.page(
            request, "replays.html", replays=found, more=len(keys) > LISTED_MOST, days=LISTED_DAYS
        )

    def cancel(self, request: Request, form: Form) -> Response:
        """Take back what nobody has begun."""
        plan, who = self._plan(request), _who(request).name
        why = form.get("why", "").strip()[:WHY_MAX_CHARACTERS] or "cancelled in the console"
        taken = cancel(self._bucket, plan.replay.id, Dismissal(at=self._bucket.now(), who=who, why=why))
        log.info("replay cancelled: who=%s id=%s taken_back=%s", who, plan.replay.id, taken)
        return RedirectResponse(f"/replays/{plan.replay.id}", HTTPStatus.SEE_OTHER)

    def resume(self, request: Request, _form: Form) -> Response:
        """Go on with one that was broken off."""
        plan, who = self._plan(request), _who(request).name
        address = f"/replays/{plan.replay.id}"
        if plan.cancelled or self._runs.runs(plan.replay.id):
            return RedirectResponse(address, HTTPStatus.SEE_OTHER)
        choice = left_of(self._bucket, plan)
        if choice.items:
            log.info("replay gone on with: who=%s id=%s items=%d", who, plan.replay.id, len(choice.items))
            self._runs.start(gone_on(self._bucket, choice.items, plan))
        return RedirectResponse(address, HTTPStatus.SEE_OTHER)

    def _show_look(self, request: Request, chosen: Chosen) -> Response:
        now = self._bucket.now()
        choice = choice_of(self._bucket, chosen)
        reasons = reasons_counted([dead.letter for dead in choice.items])
        return self._frame.page(
            request, "replay_look.html", choice=choice, rows=[row_of(dead) for dead in choice.items[:SHOWN_MOST]],
            reasons=reasons, id=layout.replay_id(now), fields=chosen.fields(now), why_most=WHY_MAX_CHARACTERS,
        )  # fmt: skip

    def _pull(self, choice: Choice, who: Visitor) -> None:
        """Try now what waits for a later try; the sweep rings for it within seconds."""
        for key, work in choice.waiting.items():
            pulled = pull_forward(self._bucket, key, work)
            log.info("tried now: who=%s task=%s", who.name, pulled.name)

    def _plan(self, request: Request) -> ReplayPlan:
        plan = read_plan(self._bucket, self._id(request.path_params["id"]))
        if plan is None:
            raise Missing("There is no replay of this id.")
        return plan

    @staticmethod
    def _id(text: str) -> str:
        try:
            layout.replay_key(text)
        except ValueError as error:
            raise NotUnderstood("This is no replay's id.") from error
        return text


def _who(request: Request) -> Visitor:
    visitor = visitor_of(request)
    assert visitor is not None
    return visitor
