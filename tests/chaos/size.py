"""How much of everything: the load, and how often each thing goes wrong."""

from __future__ import annotations

from dataclasses import dataclass, replace

# Short leases, so that what a killed worker held is taken up soon; everything else in proportion.
LEASES = {
    "LEASE_S": "25",
    "RUN_S": "20",
    # A quarter of it is the time in which a batch may be worked in place.
    "INBOX_GRACE_S": "15",
    "RETRY_FIRST_S": "1",
    "RETRY_MOST_S": "8",
    "SWEEP_IDLE_S": "2",
    "SWEEP_BUSY_S": "1",
    "S3_READ_S": "5",
    "WORKER_THREADS": "8",
    "DECODERS": "1",
}
# Ten minutes have as many of these leases as of those of four minutes. A worker is killed so often here that more than one
# of those that have a task in hand may die in this time; so the links die then only where nobody is killed any more.
SHORT_LIFE_S = 60.0


@dataclass(frozen=True)
class Size:
    """Numbers of a run; `kills` is of each of receiver, worker, Redis and S3."""

    tasks: int
    tasks_a_second: float
    calm_tasks: int
    kills: int
    redis_restarts: int
    flushes: int
    freezes: int
    outages: int
    outage_s: float
    squalls: int  # of each kind: S3 slow, busy, forgetful; both away; the spool's disk full
    squall_s: float
    clock_steps: int
    rolling_s: float  # how long each of hours that last, hours that are over, days that are over
    rolling_kills: int  # of the places there, in each of these
    all_killed: int  # the supervisor with everything that it started
    link_life_s: (
        float  # what cannot be had is given up with it; longer than all that goes wrong takes together
    )
    slow: int  # images that hold a thread each, at the same time, when the faults are over
    hurried: int  # links among these that die soon
    pause_s: float  # the mean pause between two faults of a lane


FULL = Size(
    tasks=2000,
    tasks_a_second=10.0,
    calm_tasks=30,
    kills=20,
    redis_restarts=10,
    flushes=3,
    freezes=3,
    outages=3,
    outage_s=20.0,
    squalls=2,
    squall_s=6.0,
    clock_steps=2,
    rolling_s=25.0,
    rolling_kills=3,
    all_killed=2,
    link_life_s=300.0,
    slow=40,
    hurried=20,
    pause_s=3.0,
)
SHORT = Size(
    tasks=120,
    tasks_a_second=6.0,
    calm_tasks=10,
    kills=3,
    redis_restarts=1,
    flushes=1,
    freezes=1,
    outages=1,
    outage_s=4.0,
    squalls=1,
    squall_s=2.5,
    clock_steps=1,
    rolling_s=5.0,
    rolling_kills=1,
    all_killed=0,
    link_life_s=75.0,
    # It would take as long again; a system test has it without the faults (tests/system/test_signed_callbacks.py).
    slow=0,
    hurried=0,
    pause_s=0.5,
)
# A short run in which a mistake is planted has it.
FLAWED = replace(SHORT, slow=18, hurried=4)
