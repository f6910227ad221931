"""Every metric that a process of ours tells, with type, labels, unit and meaning. A new one is written here first.

`docs/metrics.md` is made from this file, and alerts and dashboards may name nothing else.
Times are of S3's clock where they are compared with what stands in the bucket.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from runtime.metrics import labels as of
from runtime.metrics.metric import EVERYBODY, Kind, Label, Metric, Teller

# A provider gives an answer 10 s; ours comes within 2.
_ANSWER_S: Final = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0)
_REQUEST_S: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_JOB_S: Final = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 240.0)
_DECODE_S: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0)
# From seconds to the end of a link's life.
_ARCHIVE_S: Final = (1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 21_600.0, 86_400.0)
_BODY_BYTES: Final = (256.0, 1024.0, 4096.0, 16_384.0, 65_536.0, 262_144.0, 1_048_576.0)
_LINES: Final = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0)

_ALL: list[Metric] = []


def _metric(
    kind: Kind,
    name: str,
    unit: str,
    roles: Sequence[Teller],
    labels: Sequence[Label],
    meaning: str,
    bounds: Sequence[float] = (),
    begins: tuple[Label, ...] = (),
) -> Metric:
    metric = Metric(
        f"fixative_{name}", kind, unit, tuple(roles), tuple(labels), meaning, tuple(bounds), begins
    )
    _ALL.append(metric)
    return metric


_DOOR: Final[tuple[Teller, ...]] = ("receiver",)
_WORK: Final[tuple[Teller, ...]] = ("worker",)
_PEOPLE: Final[tuple[Teller, ...]] = ("console",)

# fmt: off
# Every process -------------------------------------------------------------------------------
BUILD = _metric("gauge", "build_info", "1", EVERYBODY, (of.ROLE, of.VERSION, of.PYTHON),
    "Always 1; its labels say which version runs in which role.")
S3_REQUESTS = _metric("counter", "s3_requests_total", "requests", EVERYBODY, (of.VERB, of.S3_OUTCOME),
    "Requests to S3. `missing` and `taken` are answers that are reckoned with; `refused` is for its operator to mend, but for one that a worker's trial of the store asks for at its start.")
S3_SECONDS = _metric("histogram", "s3_request_seconds", "seconds", EVERYBODY, (of.VERB,),
    "From a request to S3 until its answer, the client's own retries with it; of a download its head alone.", _REQUEST_S)
S3_RETRIES = _metric("counter", "s3_retries_total", "requests", EVERYBODY, (of.VERB,),
    "Requests that the client sent again by itself; S3 is paid for these too.")

# The receiver --------------------------------------------------------------------------------
DOOR_ANSWERS = _metric("counter", "door_answers_total", "answers", _DOOR, (of.WAY, of.PROVIDER, of.STATUS),
    "What the door answered, by the way that was asked. 5xx at `callback` buys the provider's next try, of which there are few.",
    begins=(of.WAY_IN, of.PROVIDER, of.STATUS_FIRST))
DOOR_SECONDS = _metric("histogram", "door_accept_seconds", "seconds", _DOOR, (of.PROVIDER,),
    "From a callback's or an order's header until its 202.", _ANSWER_S)
DOOR_BODY = _metric("histogram", "door_body_bytes", "bytes", _DOOR, (),
    "How large the bodies were that were read whole.", _BODY_BYTES)
DOOR_GUESTS = _metric("gauge", "door_connections", "connections", _DOOR, (),
    "Connections that are open.")
DOOR_SUCCESS = _metric("gauge", "door_last_success_timestamp_seconds", "Unix seconds", _DOOR, (),
    "When this receiver last made a batch durable; 0 if it never did.")
BATCHES = _metric("counter", "batches_total", "batches", _DOOR, (of.PLACE,),
    "Batches of deliveries by where they came to stand: in `inbox/`, on the spool while S3 is away, or nowhere, which is 503.")
BATCH_LINES = _metric("histogram", "batch_deliveries", "deliveries", _DOOR, (),
    "How many deliveries shared a batch.", _LINES)
LINES_WAITING = _metric("gauge", "door_deliveries_waiting", "deliveries", _DOOR, (),
    "Deliveries that wait for a batch; they are answered when it is durable.")
SPOOL_BYTES = _metric("gauge", "spool_bytes", "bytes", _DOOR, (),
    "What stands on this host's spool and is not carried over yet: the relay's backlog, of all its receivers.")
SPOOL_ROOM = _metric("gauge", "spool_max_bytes", "bytes", _DOOR, (),
    "How much the spool may hold (SPOOL_MAX_BYTES); 0 where there is none.")
SPOOL_FILES = _metric("gauge", "spool_files", "files", _DOOR, (),
    "Files on the spool that are not carried over yet.")
SPOOL_DAMAGED = _metric("gauge", "spool_damaged_files", "files", _DOOR, (),
    "Files on the spool that cannot be carried over, and are kept for a person to look at.")
CARRIED = _metric("counter", "relay_carried_batches_total", "batches", _DOOR, (),
    "Batches that were carried over from the spool into `inbox/`.")
BELLS = _metric("counter", "bells_total", "bells", _DOOR, (of.BELL,),
    "Bells for batches. One that is not rung costs time and nothing else: the sweep rings as well.")
BELLS_WAITING = _metric("gauge", "bells_waiting", "bells", _DOOR, (),
    "Bells that are still to be rung: more than a few mean that Redis is slow or away.")

# The road of a task --------------------------------------------------------------------------
SETTLED = _metric("counter", "deliveries_settled_total", "deliveries", _WORK, (of.PROVIDER, of.SAID),
    "Deliveries that were read, by what they say. One that is settled twice counts twice.")
JOBS = _metric("counter", "jobs_total", "jobs", _WORK, (of.JOB, of.JOB_OUTCOME),
    "Jobs that bells asked for, by how they ended. A lease or the sweep brings back what was put off or failed.")
JOB_SECONDS = _metric("histogram", "job_seconds", "seconds", _WORK, (of.JOB,),
    "How long a job had a thread.", _JOB_S)
LAST_SUCCESS = _metric("gauge", "last_success_timestamp_seconds", "Unix seconds", _WORK, (),
    "When this worker last did a job; 0 if it never did.")
JOBS_RUNNING = _metric("gauge", "jobs_running", "jobs", _WORK, (),
    "Jobs that are under way.")
THREADS = _metric("gauge", "worker_threads", "threads", _WORK, (),
    "How many jobs there may be at the same time: WORKER_THREADS, and the threads that are kept for links of an hour or less.")
RUNS_STARTED = _metric("counter", "runs_started_total", "runs", _WORK, (of.PROVIDER,),
    "Runs on a task's work that were begun.")
RUNS_ENDED = _metric("counter", "runs_ended_total", "runs", _WORK, (of.PROVIDER, of.RUN_OUTCOME, of.REASON),
    "Runs by what they came to, with the reason of the first image that was put off or given up; `other` where there is none.")
ARCHIVE_SECONDS = _metric("histogram", "archive_seconds", "seconds", _WORK, (of.PROVIDER,),
    "From the first callback of a task until its manifest is whole. What was replayed is not counted.", _ARCHIVE_S)
IMAGES_KEPT = _metric("counter", "images_kept_total", "images", _WORK, (of.FORMAT,),
    "Images that were verified and stored.")
BYTES_KEPT = _metric("counter", "images_kept_bytes_total", "bytes", _WORK, (),
    "How large these were together.")
FINDINGS = _metric("counter", "findings_total", "findings", _WORK, (of.FINDING,),
    "Where an image that was kept differs from its order, or from what is plausible.")
DEAD_WRITTEN = _metric("counter", "dead_letters_written_total", "letters", _WORK, (of.REASON,),
    "Dead letters that were written, or changed by something new that was given up.")
DEAD_GONE = _metric("counter", "dead_letters_gone_total", "letters", _WORK, (of.REASON,),
    "Dead letters that were removed, since what they told of is kept by now.")
DOWNLOADS = _metric("counter", "downloads_total", "downloads", _WORK, (of.HOST, of.DOWNLOAD_OUTCOME),
    "Downloads by the allowed name that their link leads to, and by what came of them.")
DOWNLOAD_SECONDS = _metric("histogram", "download_seconds", "seconds", _WORK, (of.HOST,),
    "How long downloads took that came whole.", _JOB_S)
DOWNLOAD_BYTES = _metric("counter", "download_bytes_total", "bytes", _WORK, (of.HOST,),
    "What came by downloads that came whole.")
RESTING = _metric("gauge", "hosts_resting", "hosts", _WORK, (),
    "Hosts that this worker leaves alone for a while, since they fail for everybody.")
DECODES = _metric("counter", "decodes_total", "images", _WORK, (of.DECODE_OUTCOME,),
    "Images that were looked at, by the verdict; three small ones of a worker's own trial every five minutes with them.")
DECODE_SECONDS = _metric("histogram", "decode_seconds", "seconds", _WORK, (),
    "From an image's place in the queue of decoders until its verdict.", _DECODE_S)
DECODER_DEATHS = _metric("counter", "decoder_deaths_total", "children", _WORK, (),
    "Decoders that died with an image in hand. A few are an image's fault; many are the machine's (memory, mostly).")
DECODERS = _metric("gauge", "decoders", "children", _WORK, (),
    "How many images may be decoded at the same time (DECODERS).")
DECODERS_BUSY = _metric("gauge", "decoders_busy", "children", _WORK, (),
    "Decoders with an image in hand.")
DECODES_WAITING = _metric("gauge", "decodes_waiting", "images", _WORK, (),
    "Images that wait for a decoder.")
ASKS = _metric("counter", "asks_total", "asks", _WORK, (of.PROVIDER, of.ASK_OUTCOME),
    "Ordered tasks of which nothing was heard, by what asking came to.")

# What waits, as the sweep and the look see it --------------------------------------------------
LAST_SWEEP = _metric("gauge", "last_sweep_timestamp_seconds", "Unix seconds", _WORK, (),
    "When this worker's sweep last went through; 0 before the first one.")
INBOX_OLDEST = _metric("gauge", "inbox_oldest_age_seconds", "seconds", _WORK, (),
    "Age of the oldest batch in `inbox/` at the last sweep; 0 where it is empty.")
DUE_OLDEST = _metric("gauge", "due_oldest_age_seconds", "seconds", _WORK, (),
    "For how long the oldest entry of `due/` has been due at the last sweep; 0 where nothing is.")
DUE_SEEN = _metric("gauge", "due_seen_by_sweep", "entries", _WORK, (),
    "Due batches and entries that the last sweep came across: all of them, or as many as there is room to ring for.")
LAST_LOOK = _metric("gauge", "last_look_timestamp_seconds", "Unix seconds", _WORK, (),
    "When this worker last looked at all that waits. One worker does, about once a minute; what follows is of that look, and told by that worker until another looks, for three minutes at most.")
DUE_NOW = _metric("gauge", "due_now", "entries", _WORK, (),
    "Entries of `due/` whose time has come, up to 10,000.")
DUE_LATER = _metric("gauge", "due_later", "entries", _WORK, (),
    "Entries of `due/` that are in a worker's hands, put off, or orders of which nothing is awaited yet, up to 10,000.")
MOST_URGENT = _metric("gauge", "most_urgent_link_seconds", "seconds", _WORK, (),
    "Until the first link dies whose image is not kept yet; below 0 where one is dead. A day where nothing waits.")
UNREAD = _metric("gauge", "due_unread", "entries", _WORK, (),
    "Entries that the look has not read yet (500 a minute are), or cannot read: of these no link is known.")
OVERDUE = _metric("gauge", "orders_overdue", "orders", _WORK, (),
    "Ordered tasks of which nothing was heard although their time has come.")

# The console ---------------------------------------------------------------------------------
PAGES = _metric("counter", "console_answers_total", "answers", _PEOPLE, (of.STATUS_CLASS,),
    "What the console answered.")
PAGE_SECONDS = _metric("histogram", "console_answer_seconds", "seconds", _PEOPLE, (),
    "From a request to the console until its answer begins.", _REQUEST_S)
# fmt: on

METRICS: Final[tuple[Metric, ...]] = tuple(_ALL)
