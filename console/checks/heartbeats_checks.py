"""Which processes live, what they can do, and are they set up alike? From their heartbeats in Redis and the bucket."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from archive import layout
from archive.errors import MalformedRecord, Missing, NewerRecord
from archive.store.bucket import Bucket
from console.checks.check import Check, checked
from console.cli.words import counted, span_in_words
from runtime.fingerprint import Fingerprint, differences
from runtime.heartbeat import HEARTBEAT_MAX_BYTES, Heartbeat, SeenHeartbeat, our_build
from runtime.heartbeats import Heartbeats
from runtime.prover import PLACES, PROVE_EVERY_S

REDIS_MEND = "See that REDIS_URL is right and that Redis runs; see the checks of Redis above."
WORKER_MEND = "Start one: `python -m workers`."
SHARED_MEND = "Set S3_BUCKET, S3_PREFIX, TICKET_KEYS and REDIS_URL alike for receivers, workers and command, and restart."
PROOF_MEND = "See its log; restart it if the trouble is its own."
# Three proofs that did not come, or sweeps: busy hosts are late, but not so late.
PROOF_LATE = timedelta(seconds=PROVE_EVERY_S * 3)
SWEEP_LATE = timedelta(minutes=5)
# Names of processes in one line.
_NAMES_MOST = 10


def heartbeat_checks(
    heartbeats: Heartbeats, ours: Fingerprint
) -> tuple[list[Check], tuple[SeenHeartbeat, ...]]:
    """What the heartbeats in our Redis tell, and those of our deployment."""
    found: list[SeenHeartbeat] = []

    def _look() -> Check:
        found.extend(heartbeats.living())
        return _worker(found, ours)

    first = checked("worker", _look, REDIS_MEND)
    here = tuple(seen for seen in found if seen.heartbeat.fingerprint.deployment == ours.deployment)
    return [first, *(_process(seen) for seen in here), *_alike(here, ours)], here


def bucket_heartbeat_checks(
    bucket: Bucket, here: Sequence[SeenHeartbeat], ours: Fingerprint
) -> Iterator[Check]:
    """Processes that proved themselves in our bucket lately, and beat on another Redis."""
    known = {seen.heartbeat.id for seen in here}
    for heartbeat in _proved(bucket):
        if heartbeat.id not in known and heartbeat.fingerprint.redis != ours.redis:
            yield Check(
                _name(heartbeat),
                problem=f"works on our bucket, but beats on another Redis: {heartbeat.fingerprint.redis}, "
                f"not {ours.redis}",
                mend=SHARED_MEND,
            )


def _worker(found: Sequence[SeenHeartbeat], ours: Fingerprint) -> Check:
    """Whether any worker of this deployment lives."""
    workers = [seen.heartbeat for seen in found if seen.heartbeat.role == "worker"]
    here = [one for one in workers if one.fingerprint.deployment == ours.deployment]
    if here:
        return Check("worker", f"{len(here)} alive: {_names(here)}")
    if workers:
        elsewhere = sorted({one.fingerprint.deployment for one in workers})
        return Check(
            "worker",
            problem=f"none lives for {ours.deployment}; on this Redis others work for {', '.join(elsewhere[:_NAMES_MOST])}",
            mend=f"{WORKER_MEND} If it is one of those: {SHARED_MEND}",
        )
    return Check("worker", problem="none lives: no heartbeat of one on this Redis", mend=WORKER_MEND)


def _process(seen: SeenHeartbeat) -> Check:
    """One process: what it did last, and what it can do."""
    beat, name = seen.heartbeat, _name(seen.heartbeat)
    if beat.role == "console":  # it proves nothing: who looks at it sees whether it works
        return Check(name, f"{beat.version}, up for {span_in_words(beat.at - beat.started_at)}")
    told = ", ".join(
        [
            beat.version,
            *([f"{beat.busy} of {beat.threads} threads busy"] if beat.role == "worker" else []),
            f"last {'job' if beat.role == 'worker' else 'callback'} {_ago(beat, beat.success_at)}",
            *([f"swept {_ago(beat, beat.sweep_at)}"] if beat.role == "worker" else []),
            f"proved {_ago(beat, beat.proof.at if beat.proof else None)}",
        ]
    )
    if beat.proof is not None and beat.proof.trouble:
        problem = f"its last proof failed, {_ago(beat, beat.proof.at)}: {beat.proof.trouble}"
        return Check(name, problem=problem, mend=PROOF_MEND)
    if _late(beat, beat.proof.at if beat.proof else None, PROOF_LATE):
        return Check(name, problem=f"it proves nothing any more: {told}", mend=PROOF_MEND)
    sweep_late = max(SWEEP_LATE, timedelta(seconds=beat.sweep_idle_s * 3))
    if beat.role == "worker" and _late(beat, beat.sweep_at, sweep_late):
        return Check(name, problem=f"it sweeps no more: {told}", mend=PROOF_MEND)
    return Check(name, told)


def _alike(here: Sequence[SeenHeartbeat], ours: Fingerprint) -> Iterator[Check]:
    """Whether all run one version, with settings like ours."""
    if not here:
        return
    yield Check("versions", _versions(here))
    wrong = [
        f"{_name(seen.heartbeat)}: {'; '.join(differs)}"
        for seen in here
        if (differs := differences(ours, seen.heartbeat.fingerprint))
    ]
    if wrong:
        yield Check("shared settings", problem=" | ".join(wrong[:_NAMES_MOST]), mend=SHARED_MEND)
    else:
        yield Check("shared settings", f"alike in {counted(len(here), 'process', 'processes')} and here")


def _versions(here: Sequence[SeenHeartbeat]) -> str:
    """Which versions run side by side, as they do while one updates, with who runs them."""
    of_each: dict[str, list[str]] = {}
    for seen in here:
        of_each.setdefault(seen.heartbeat.version, []).append(_name(seen.heartbeat))
    ours = our_build()
    told = [f"{version} ({len(names)})" for version, names in sorted(of_each.items())]
    if len(of_each) > 1:
        told = [
            f"{version} ({len(names)}: {', '.join(names[:_NAMES_MOST])})"
            for version, names in sorted(of_each.items())
        ]
        return f"{len(of_each)} side by side, as while one updates: {'; '.join(told)}; this command is {ours}"
    return told[0] if ours in of_each else f"{told[0]}; this command is {ours}"


def _proved(bucket: Bucket) -> Iterator[Heartbeat]:
    """The heartbeats that were written to the bucket lately."""
    since = bucket.now() - timedelta(seconds=PROVE_EVERY_S * 2)
    for role in ("receiver", "worker"):
        for listed in bucket.list(layout.probe_key(f"{role}-"), most=PLACES):
            if listed.modified < since or listed.bytes > HEARTBEAT_MAX_BYTES:
                continue
            try:
                yield Heartbeat.from_json(bucket.get(listed.key).body)
            except (MalformedRecord, Missing, NewerRecord):
                continue


def _late(beat: Heartbeat, last: datetime | None, most: timedelta) -> bool:
    return beat.at - (last or beat.started_at) > most


def _ago(beat: Heartbeat, last: datetime | None) -> str:
    return "never" if last is None else f"{span_in_words(beat.at - last)} ago"


def _names(beats: Sequence[Heartbeat]) -> str:
    names = [beat.name for beat in beats[:_NAMES_MOST]]
    return ", ".join(names) + (f" and {len(beats) - _NAMES_MOST} more" if len(beats) > _NAMES_MOST else "")


def _name(beat: Heartbeat) -> str:
    return f"{beat.role} {beat.name}"
