"""The start of a worker: everything that it works with is opened and tried before its first bell.

A worker that took bells and could do nothing with them would eat them all, and the work of each would wait for its
lease to end. So whoever cannot work says why, in one sentence, and ends; only what passes by itself is waited for.

    S3 away, slow             waited for with growing pauses, and told
    S3 that refuses           the end: nobody but its operator, or ours, mends that
    S3 that does otherwise    the end: work would be lost without an error (`archive.store.store_trial`)
    rights that are missing   the end: what needs them would be put off until its links are dead
    no decoder, no room       the end
"""

from __future__ import annotations

import logging
import shutil
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from archive.errors import BucketAmiss, BucketRefuses, BucketUnavailable, Damaged, Missing, TryLater
from archive.reasons import Reason
from archive.rights import RIGHTS
from archive.store.rights_trial import lacking
from archive.store.store_mends import mend_for
from archive.store.store_trial import try_store
from runtime.guarded import growing_pause_s
from workers.resources import Resources
from workers.settings import WorkerSettings

log = logging.getLogger(__name__)

# Where it tries what it may; nothing is left there.
RIGHTS_PLACE = "trial-rights"
# Pictures for people who look: without them no work is lost.
_DISPENSABLE = "thumbs/"


class CannotWork(Exception):
    """What a worker needs and has not, in one sentence."""


def opened(settings: WorkerSettings, *, pause: Callable[[float], object] = time.sleep) -> Resources:
    """What a worker works with, opened and tried.

    Raises:
        SettingsRefused: if a setting leads nowhere.
        CannotWork: if it can do nothing with a bell; all is closed again.
    """
    folder = _folder()
    with ExitStack() as unless_it_works:
        unless_it_works.callback(shutil.rmtree, folder, ignore_errors=True)
        resources = Resources(settings, folder)
        unless_it_works.callback(resources.close)
        resources.decoders.start()
        _await_trial(lambda: _try_all(resources), resources.bucket.location, pause)
        unless_it_works.pop_all()
    return resources


def _folder() -> Path:
    """A folder for what is downloaded."""
    try:
        return Path(tempfile.mkdtemp(prefix="fixative-"))
    except OSError as error:
        raise CannotWork(
            f"there is no folder to download images to ({error.strerror}): let TMPDIR name one that can be written"
        ) from error


def _try_all(resources: Resources) -> None:
    """Decode, write and read; then whether the store does all that the house relies on.

    Raises:
        CannotWork: if it does not.
    """
    resources.trial()
    for tried in try_store(resources.bucket):
        if tried.ok:
            continue
        told = f"{tried.need.name}: {tried.problem}. {tried.need.without_it} {tried.mend}"
        if tried.passes:
            raise BucketUnavailable(told)
        if tried.need.vital:
            raise CannotWork(f"{resources.bucket.location} does not do what is relied on. {told}")
        log.warning("%s does not do all that is wished. %s", resources.bucket.location, told)
    _try_rights(resources)


def _try_rights(resources: Resources) -> None:
    """Whether a policy denies a part of the work, as one that is older than a folder does. Raises CannotWork."""
    wrong = lacking(resources.bucket, RIGHTS["worker"], RIGHTS_PLACE)
    if not wrong:
        return
    told = (
        f"it may not {', '.join(wrong)}, which a worker must: docs/operations.md has what each process does"
    )
    if all(_DISPENSABLE in each for each in wrong):
        log.warning("%s: %s", resources.bucket.location, told)
        return
    raise CannotWork(f"{resources.bucket.location}: {told}")


def _await_trial(trial: Callable[[], None], location: str, pause: Callable[[float], object]) -> None:
    """Try what a worker must be able to do, until it goes well. Raises CannotWork."""
    failures = 0
    while True:
        try:
            trial()
        except BucketRefuses as error:
            told = f"{location} does not let it write and read: {error.detail}. {mend_for(error.detail)}"
            raise CannotWork(told.rstrip()) from error
        except BucketAmiss as error:
            raise CannotWork(f"{location} answers what cannot be: {error.detail}") from error
        except Missing as error:
            raise CannotWork(f"{location} does not hold what was just written: {error}") from error
        except Damaged as error:
            raise CannotWork(f"its decoders do not work: {error.detail}") from error
        except OSError as error:
            raise CannotWork(f"there is no room for images: {error.strerror}; see TMPDIR") from error
        except TryLater as error:
            if error.reason is Reason.DECODER_TROUBLE:
                raise CannotWork(f"its decoders do not start: {error.detail}") from error
            failures += 1
            pause_s = growing_pause_s(failures)
            log.warning("cannot work yet, trying again in %.0f s: %s", pause_s, error)
            pause(pause_s)
        else:
            return
