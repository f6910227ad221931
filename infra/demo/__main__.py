"""The command: `python -m infra.demo`."""

from __future__ import annotations

import os
import sys
import sysconfig
import time
from collections.abc import Sequence
from pathlib import Path

from archive.store.bucket import open_bucket
from infra.demo.screen import Screen, SentTask
from infra.demo.story import Story
from infra.demo.studio import Studio
from infra.local.command import fixative_for
from infra.local.ending import Ending
from infra.local.errors import Interrupted, LocalError
from infra.local.launch import Launched, launched
from runtime.environment import said

DATA = Path("var/demo")
# A provider's links live for a day; the demo's for a minute, so that a dead one is seen waiting and then given up.
LINK_LIFE_S = 60
_LOOK_S = 0.2


def main() -> int:
    """Exit code 0: all that was sent is archived or explained. 1: something is missing, and it says what."""
    screen, ending = Screen(), Ending()
    screen.step(f"starting Redis, S3, receiver, worker, console and a simulated provider in {DATA} ...")
    try:
        with (
            ending.on_signals(),
            launched(
                DATA, "--simulator", "--link-life-s", str(LINK_LIFE_S), called_off=ending.asked
            ) as stack,
        ):
            screen.step(f"console: {stack.line['sign_in']}   (open it; it signs in once)", "bold")
            screen.step(
                f"ready: callbacks at {stack.line['callbacks']}, the provider at {stack.line['simulator']}"
            )
            problems = _show(stack, screen, ending)
            if not said(os.environ, "DEMO_EXIT"):
                screen.plain("It keeps running for you to look around; Ctrl-C stops it.")
                while not ending.asked():
                    time.sleep(_LOOK_S)
            screen.step("stopping ...")
    except Interrupted:
        return 0
    except LocalError as error:
        screen.plain(str(error))
        return 1
    return 1 if problems else 0


def _show(stack: Launched, screen: Screen, ending: Ending) -> int:
    """Tell the story and its end; how many problems there are."""
    # The demo speaks to the stack as the `fixative` command does, which it calls too.
    os.environ.update(stack.env)
    place = stack.line["s3"]
    bucket = open_bucket(name=place["bucket"], prefix=place["prefix"], endpoint=place["endpoint"])
    studio = Studio(stack.line["simulator"], stack.line["callbacks"], stack.env["TICKET_KEYS"])
    command = Path(sysconfig.get_path("scripts")) / "fixative"
    shown = fixative_for(DATA.resolve(), Path.cwd(), os.environ)
    all_sent = Story(studio, bucket, screen, command, shown, ending.asked).told()
    screen.table(all_sent)
    missing = [sent for sent in all_sent if sent.problem]
    for sent in missing:
        screen.plain(f"PROBLEM {sent.wish.provider} {sent.task_id}: {sent.problem}. Logs: {DATA / 'log'}")
    screen.plain(
        f"{len(all_sent) - len(missing)} of {len(all_sent)} tasks are as they should be, with "
        f"{sum(sent.wish.images for sent in all_sent if not sent.problem)} images, each byte for byte as it was served."
    )
    screen.plain(_to_try(shown, all_sent))
    return len(missing)


def _to_try(fixative: str, all_sent: Sequence[SentTask]) -> str:
    """Commands that work as they stand here, of the task with the most images."""
    example = max(
        all_sent, key=lambda sent: len(sent.seen.manifest.kept) if sent.seen.manifest else 0
    ).task_id
    return "\n".join(
        [
            "",
            "To look at it, find the image that failed, and bring it back: the console, whose address stands above. Later:",
            "",
            f"  {fixative} open",
            "",
            "Or in a terminal:",
            "",
            f"  {fixative} ls",
            f"  {fixative} show {example}",
            f"  {fixative} open {example}",
            f"  {fixative} get {example} pictures",
            "",
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
