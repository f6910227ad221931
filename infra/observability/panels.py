"""What the dashboard shows, in the order of an operator's questions: pure words, made into Grafana's by `dashboard.py`."""

from __future__ import annotations

from typing import Final, NamedTuple

# By which Grafana knows how long a rate must be, for the scrapes and the width of the picture.
_RATE: Final = "[$__rate_interval]"
# https://aws.amazon.com/s3/pricing/ (us-east-1): a thousand PUT or LIST 0.005 dollars, of GET and HEAD 0.0004; DELETE is free.
_PUT_USD: Final = 0.000005
_GET_USD: Final = 0.0000004


class Query(NamedTuple):
    """One line of a panel; `legend` may name labels in double braces."""

    expr: str
    legend: str = ""


class PanelOf(NamedTuple):
    """One panel: a figure where it has bounds to be coloured by, else lines over time. Units are Grafana's.

    `warns` and `alarms` are the values from which it is orange and red; with `falls` it is below them.
    """

    title: str
    meaning: str
    unit: str
    queries: tuple[Query, ...]
    warns: float | None = None
    alarms: float | None = None
    falls: bool = False


class Question(NamedTuple):
    """A row: what an operator asks, and the panels that answer."""

    title: str
    panels: tuple[PanelOf, ...]


def _quantile(share: float, metric: str, by: str = "") -> str:
    labels = f"le, {by}" if by else "le"
    return f"histogram_quantile({share:g}, sum by ({labels}) (rate({metric}_bucket{_RATE})))"


def _rate(metric: str, by: str = "", where: str = "") -> str:
    summed = f"sum by ({by})" if by else "sum"
    return f"{summed} (rate({metric}{where}{_RATE}))"


_ANSWERS: Final = "fixative_door_answers_total"
_CALLBACKS: Final = '{way=~"callback|order"}'
_FAILED: Final = '{way=~"callback|order", status=~"5.."}'
_TAKEN: Final = '{way=~"callback|order", status="202"}'

_LOST: Final = Question(
    "Is anything being lost?",
    (
        PanelOf("Dead letters in an hour", "What was given up. `fixative failed` lists it.", "short",
            (Query("sum(increase(fixative_dead_letters_written_total[1h]))"),), warns=1, alarms=20),
        PanelOf("Door: share of 5xx", "A provider tries four times in seven seconds, then the callback is lost.", "percentunit",
            (Query(f"{_rate(_ANSWERS, where=_FAILED)} / {_rate(_ANSWERS, where=_CALLBACKS)}"),),
            warns=0.001, alarms=0.02),
        PanelOf("Orders without a callback", "Ordered, due, and nothing was heard.", "short",
            (Query("max(fixative_orders_overdue)"),), warns=1, alarms=20),
        PanelOf("Damaged spool files", "Kept for a person to look at.", "short",
            (Query("sum(fixative_spool_damaged_files)"),), warns=1, alarms=1),
        PanelOf("In and out", "Callbacks and orders that were taken, and runs that ended whole. They should keep pace.", "ops",
            (Query(_rate("fixative_door_answers_total", where=_TAKEN), "taken"),
             Query(_rate("fixative_runs_ended_total", where='{outcome="whole"}'), "whole"),
             Query(_rate("fixative_images_kept_total"), "images kept"))),
        PanelOf("The door's answers", "By status; strangers are mostly 404.", "ops",
            (Query(_rate("fixative_door_answers_total", "status"), "{{status}}"),)),
        PanelOf("Dead letters by reason", "Written, and gone again.", "short",
            (Query("sum by (reason) (increase(fixative_dead_letters_written_total[1h])) > 0", "{{reason}}"),
             Query("-sum(increase(fixative_dead_letters_gone_total[1h]))", "gone"))),
        PanelOf("Runs that did not end whole", "Put off is tried again; given up is a dead letter.", "ops",
            (Query(_rate("fixative_runs_ended_total", "outcome, reason", '{outcome!="whole"}'), "{{outcome}}: {{reason}}"),)),
        PanelOf("Deliveries by what they say", "A provider that changed its words shows as unreadable.", "ops",
            (Query(_rate("fixative_deliveries_settled_total", "provider, said"), "{{provider}}: {{said}}"),)),
        PanelOf("Findings", "Where images differ from their order, or from what is plausible.", "ops",
            (Query(_rate("fixative_findings_total", "kind"), "{{kind}}"),)),
    ),
)  # fmt: skip

_HOW_LONG: Final = Question(
    "How long until it is?",
    (
        PanelOf("Most urgent link", "Until the first link dies whose image is not kept yet.", "s",
            (Query("min(fixative_most_urgent_link_seconds)"),), warns=21_600, alarms=3_600, falls=True),
        PanelOf("Oldest callback", "Taken, and not looked into yet.", "s",
            (Query("max(fixative_inbox_oldest_age_seconds)"),), warns=60, alarms=300),
        PanelOf("Oldest work", "For how long it has been due.", "s",
            (Query("max(fixative_due_oldest_age_seconds)"),), warns=60, alarms=600),
        PanelOf("Since a worker did anything", "Long where nothing is due, too.", "s",
            (Query("time() - max(fixative_last_success_timestamp_seconds)"),), warns=600, alarms=3_600),
        PanelOf("Since the last sweep", "Everything else rests on it.", "s",
            (Query("time() - max(fixative_last_sweep_timestamp_seconds)"),), warns=60, alarms=300),
        PanelOf("Spool", "How full the fullest is. It fills while S3 is away.", "percentunit",
            (Query("max(fixative_spool_bytes / (fixative_spool_max_bytes > 0))"),), warns=0.01, alarms=0.25),
        PanelOf("What waits", "Work that is due, and work in hand, put off, or awaited.", "short",
            (Query("max(fixative_due_now)", "due"), Query("max(fixative_due_later)", "later"),
             Query("max(fixative_due_unread)", "not read yet"))),
        PanelOf("Batches", "Where they came to stand: nowhere is 503.", "ops",
            (Query(_rate("fixative_batches_total", "place"), "{{place}}"),
             Query(_rate("fixative_relay_carried_batches_total"), "carried over"))),
        PanelOf("Bells", "What is not rung waits for the sweep.", "ops",
            (Query(_rate("fixative_bells_total", "outcome"), "{{outcome}}"),
             Query("sum(fixative_bells_waiting)", "waiting"))),
        PanelOf("Asked for", "Ordered tasks, by what asking came to.", "ops",
            (Query(_rate("fixative_asks_total", "outcome"), "{{outcome}}"),)),
    ),
)  # fmt: skip

_SLOW: Final = Question(
    "What is slow?",
    (
        PanelOf("Until the 202", "A provider waits 10 s.", "s",
            (Query(_quantile(0.5, "fixative_door_accept_seconds"), "half"),
             Query(_quantile(0.99, "fixative_door_accept_seconds"), "99 %"))),
        PanelOf("From callback to manifest", "How long a task takes.", "s",
            (Query(_quantile(0.5, "fixative_archive_seconds"), "half"),
             Query(_quantile(0.95, "fixative_archive_seconds"), "95 %"))),
        PanelOf("Jobs", "How long they have a thread, 95 %.", "s",
            (Query(_quantile(0.95, "fixative_job_seconds", "kind"), "{{kind}}"),)),
        PanelOf("S3", "How long it takes to answer, 95 %.", "s",
            (Query(_quantile(0.95, "fixative_s3_request_seconds", "verb"), "{{verb}}"),)),
        PanelOf("Downloads", "How long they take that come whole, 95 %.", "s",
            (Query(_quantile(0.95, "fixative_download_seconds", "host"), "{{host}}"),)),
        PanelOf("Downloads that failed", "By host and reason.", "ops",
            (Query(_rate("fixative_downloads_total", "host, outcome", '{outcome!="ok"}'), "{{host}}: {{outcome}}"),
             Query("sum(fixative_hosts_resting)", "hosts left alone"))),
        PanelOf("Decoding", "From the queue to the verdict.", "s",
            (Query(_quantile(0.5, "fixative_decode_seconds"), "half"),
             Query(_quantile(0.95, "fixative_decode_seconds"), "95 %"))),
        PanelOf("How busy", "1 is all of them: more workers are needed.", "percentunit",
            (Query("sum(fixative_jobs_running) / sum(fixative_worker_threads)", "threads"),
             Query("sum(fixative_decoders_busy) / sum(fixative_decoders)", "decoders"))),
        PanelOf("Who waits", "Images for a decoder, deliveries for their batch.", "short",
            (Query("sum(fixative_decodes_waiting)", "images"),
             Query("sum(fixative_door_deliveries_waiting)", "deliveries"))),
        PanelOf("S3's troubles", "What did not go well, and what was sent again.", "ops",
            (Query(_rate("fixative_s3_requests_total", "outcome", '{outcome=~"refused|trouble|unreached"}'), "{{outcome}}"),
             Query(_rate("fixative_s3_retries_total"), "sent again"))),
        PanelOf("Jobs by outcome", "Failed is a fault of ours: see the log.", "ops",
            (Query(_rate("fixative_jobs_total", "kind, outcome"), "{{kind}}: {{outcome}}"),
             Query(_rate("fixative_decoder_deaths_total"), "decoders that died"))),
    ),
)  # fmt: skip

_PUTS: Final = _rate("fixative_s3_requests_total", where='{verb=~"put|list"}')
_GETS: Final = _rate("fixative_s3_requests_total", where='{verb=~"get|head"}')
_DOLLARS: Final = f"86400 * ({_PUTS} * {_PUT_USD:.7f} + {_GETS} * {_GET_USD:.7f})"

_COST: Final = Question(
    "What does it cost?",
    (
        PanelOf("S3's requests, dollars a day", "At AWS's list price, if it goes on so.", "currencyUSD",
            (Query(_DOLLARS),), warns=10, alarms=100),
        PanelOf("Requests for an image", "A single image costs about eight.", "short",
            (Query(f"{_rate('fixative_s3_requests_total')} / {_rate('fixative_images_kept_total')}"),), warns=30, alarms=100),
        PanelOf("S3's requests", "By verb.", "ops",
            (Query(_rate("fixative_s3_requests_total", "verb"), "{{verb}}"),)),
        PanelOf("Bytes", "Kept, and downloaded for it.", "Bps",
            (Query(_rate("fixative_images_kept_bytes_total"), "kept"),
             Query(_rate("fixative_download_bytes_total"), "downloaded"))),
        PanelOf("Memory", "Of each process, without its children.", "bytes",
            (Query("process_resident_memory_bytes * on (instance) group_left (role) fixative_build_info", "{{role}} {{instance}}"),)),
        PanelOf("Cores", "Of each process, without its children.", "short",
            (Query(f"rate(process_cpu_seconds_total{_RATE}) * on (instance) group_left (role) fixative_build_info", "{{role}} {{instance}}"),)),
        PanelOf("Files and connections", "Open in each process.", "short",
            (Query("process_open_fds * on (instance) group_left (role) fixative_build_info", "{{role}} {{instance}}"),
             Query("sum(fixative_door_connections)", "clients at the door"))),
        PanelOf("The console", "Answers, and how long 95 % take.", "short",
            (Query(_rate("fixative_console_answers_total", "status"), "{{status}} a second"),
             Query(_quantile(0.95, "fixative_console_answer_seconds"), "seconds"))),
        PanelOf("Versions", "How many processes run which.", "short",
            (Query("count by (role, version) (fixative_build_info)", "{{role}} {{version}}"),)),
    ),
)  # fmt: skip

QUESTIONS: Final = (_LOST, _HOW_LONG, _SLOW, _COST)
