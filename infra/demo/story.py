"""The steps of the demo, in the order in which they are told."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from archive.store.bucket import Bucket
from infra.demo.follow import TaskSeen, look, waiting
from infra.demo.screen import Screen, SentTask
from infra.demo.studio import Studio
from infra.demo.wish import WISHES
from infra.local.errors import Interrupted

# On two cores the slowest, ten JPEGs and a 4K PNG among others, have ended after 15 s; the dead link after a minute.
_ALL_ENDED_S = 150.0
_REPLAYED_S = 60.0
_REPLAY_COMMAND_S = 60.0
_LOOK_S = 0.25

Called = Callable[[], bool]


class Story:
    """Orders, follows, mends, tells."""

    def __init__(
        self, studio: Studio, bucket: Bucket, screen: Screen, command: Path, shown: str, called_off: Called
    ) -> None:
        """`shown` is how the command is written for people."""
        self._studio = studio
        self._bucket = bucket
        self._screen = screen
        self._command, self._shown = command, shown
        self._called_off = called_off

    def told(self) -> Sequence[SentTask]:
        """Go through all of it; each task with what became of it, and its problem, if it has one."""
        all_sent = self._order()
        self._follow(all_sent, _ALL_ENDED_S)
        for sent in all_sent:
            if not (sent.seen.letter and str(sent.seen.letter.reason) == sent.wish.ending == "link_expired"):
                continue
            if sent.wish.left_for_you:
                self._leave(sent)
            else:
                self._mend(sent)
        for sent in all_sent:
            sent.problem = sent.problem or self._problem(sent)
        return all_sent

    def _order(self) -> list[SentTask]:
        """Order everything at the provider."""
        all_sent = []
        for wish in WISHES:
            sent = SentTask(wish, self._studio.order(wish), time.monotonic())
            all_sent.append(sent)
            trick = f"  (simulated: {', '.join(map(str, wish.simulate.values()))})" if wish.simulate else ""
            self._screen.step(f"ordered     {sent.task_id}  {wish.model} {wish.in_words()}{trick}")
        return all_sent

    def _follow(self, all_sent: Sequence[SentTask], within_s: float) -> None:
        """Look into the bucket until each has ended, and tell each once."""
        end_s = time.monotonic() + within_s
        open_tasks = {sent.task_id: sent for sent in all_sent}
        while open_tasks and time.monotonic() < end_s:
            if self._called_off():
                raise Interrupted("The demo was stopped.")
            for task_id, seen in look(self._bucket, set(open_tasks)).items():
                if seen.ending:
                    sent = open_tasks.pop(task_id)
                    sent.seen, sent.took_s = seen, time.monotonic() - sent.at_s
                    self._screen.ended(sent)
            for sent in open_tasks.values():
                self._tell_of_waiting(sent)
            time.sleep(_LOOK_S)

    def _tell_of_waiting(self, sent: SentTask) -> None:
        """Say it, once for each try: what waits is not lost."""
        waits = waiting(self._bucket, sent.task_id)
        if waits is not None and waits != sent.waits:
            sent.waits = waits
            self._screen.waits(sent, self._bucket.now())

    def _leave(self, sent: SentTask) -> None:
        """A dead letter that is left: its links answer again, and a person brings it in."""
        self._studio.heal(sent.task_id)
        self._screen.step(
            f"left        {sent.task_id}  its links answer again: bring it back in the console", "yellow"
        )

    def _mend(self, sent: SentTask) -> None:
        """A dead letter: its links answer again, and a replay brings it in."""
        self._studio.heal(sent.task_id)
        self._screen.step(f"healed      {sent.task_id}  its links answer again, at the provider")
        self._screen.step(f"$ {self._shown} replay {sent.task_id} --yes", "bold")
        try:
            run = subprocess.run(
                [self._command, "replay", sent.task_id, "--yes"],
                check=False,
                capture_output=True,
                text=True,
                timeout=_REPLAY_COMMAND_S,
                stdin=subprocess.DEVNULL,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            sent.problem = f"fixative replay: {error}"
            return
        for line in (run.stdout + run.stderr).splitlines():
            self._screen.step(f"  {line}")
        if run.returncode:
            sent.problem = f"fixative replay ended with exit code {run.returncode}"
            return
        self._await_replay(sent)

    def _await_replay(self, sent: SentTask) -> None:
        """Wait until the task is in and its dead letter gone."""
        end_s, asked_s = time.monotonic() + _REPLAYED_S, time.monotonic()
        while time.monotonic() < end_s and not self._called_off():
            seen = look(self._bucket, {sent.task_id})[sent.task_id]
            if seen.ending == "completed":
                # The seconds count from the replay: until then it was the provider's fault.
                sent.seen, sent.took_s = seen, time.monotonic() - asked_s
                self._screen.ended(sent)
                return
            time.sleep(_LOOK_S)

    def _problem(self, sent: SentTask) -> str:
        """What is not as it was to be; an empty text if all is well."""
        wish, seen = sent.wish, sent.seen
        wanted = "completed" if wish.ending == "link_expired" and not wish.left_for_you else wish.ending
        if seen.ending != wanted:
            return f"{seen.ending or 'nothing in the bucket'}, not {wanted}"
        kept = _digests(seen)
        if len(kept) != wish.images:
            return f"{len(kept)} images kept of {wish.images}"
        if wish.images and kept != self._studio.digests(sent.task_id):
            return "other bytes than the provider served"
        return ""


def _digests(seen: TaskSeen) -> list[str]:
    return [asset.sha256 for asset in seen.manifest.kept] if seen.manifest else []
