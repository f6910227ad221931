"""Settings: frozen, from the environment, each field with its sentence.

Only composition roots read them (`*/app.py`, the command); everybody else gets arguments. The name of a
variable is the name of the field in capitals: `s3_bucket` is `S3_BUCKET`. S3's credentials are the usual AWS
variables, files or roles, and boto3 reads those itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from archive.errors import SettingsRefused
from runtime.environment import broken, said
from runtime.setting_checks import broken_names, contradictions, no_proxy, shape, whole_redis_url
from runtime.setting_kinds import Addresses, Count, Names, Networks, Seconds, Secret, read_own_type
from runtime.store_settings import StoreSettings

__all__ = ["Secret", "Settings", "description", "names"]


class Settings(StoreSettings, frozen=True, kw_only=True):
    """All settings of all processes; a process uses those that it needs."""

    redis_url: Annotated[
        Secret,
        Meta(
            description="The queue: redis://, rediss:// (TLS), redis+socket:// or sentinel://, then [user:password@]host:port/database."
        ),
    ]
    ticket_keys: Annotated[
        Secret,
        Meta(
            description="Keys that sign callback URLs, the first one mints: id:secret[,id:secret]; `fixative url --new-key` makes one."
        ),
    ]
    redis_sentinel_master: Annotated[
        str,
        Meta(
            pattern=r"^[!-~]*$",
            description="With sentinel://, the name of the master; or `?master_name=` in the URL.",
        ),
    ] = ""
    redis_sentinel_password: Annotated[
        Secret,
        Meta(
            description="With sentinel://, the Sentinels' own password; or `sentinel_password=` in the URL. That of Redis stands before the host."
        ),
    ] = Secret("")
    public_url: Annotated[
        str,
        Meta(
            pattern=r"^(https://([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?(/[^\s?#]*)?)?$",
            description="The receiver's public address, which `fixative url` mints for: https://host",
        ),
    ] = ""
    host: Annotated[str, Meta(description="The address that the receiver listens on.")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65_535, description="The port that the receiver listens on.")] = 8443
    tls_cert: Annotated[str, Meta(description="File of the receiver's certificate chain (PEM).")] = ""
    tls_key: Annotated[str, Meta(description="File of the certificate's key (PEM).")] = ""
    trusted_proxies: Annotated[
        Networks,
        Meta(
            description="Addresses or networks of proxies whose X-Forwarded-Proto and -For are believed; `*` for all."
        ),
    ] = Networks()
    spool_dir: Annotated[
        str,
        Meta(
            description="Folder on a disk that outlives the host, for deliveries while S3 is away; empty: no spool."
        ),
    ] = ""
    spool_max_bytes: Annotated[
        int, Meta(ge=1_048_576, description="How much the spool may hold before the door answers 503.")
    ] = 1_073_741_824
    # A fast 503 buys the provider's next try: four tries in 7 s, 10 s each (research/webhooks.md section 0).
    accept_s: Annotated[Seconds, Meta(description="Nothing durable within this time: 503.")] = 2.0
    accept_s3_s: Annotated[
        Seconds, Meta(description="How long S3 may take in all before the spool is used.")
    ] = 1.5
    body_s: Annotated[Seconds, Meta(description="How long a body may take to arrive.")] = 5.0
    # Callback bodies are about 1 KB; 1 MiB is room for a thousand links.
    body_max_bytes: Annotated[
        int, Meta(ge=1024, le=16_777_216, description="The largest body taken; more is 413.")
    ] = 1_048_576

    header_s: Annotated[
        Seconds, Meta(description="How long a handshake, and then a request's header, may take to arrive.")
    ] = 5.0
    # Longer than any common balancer keeps an idle connection, so that it is never we who close one that it is about to
    # use: a request that is on its way then is lost. Google's keep theirs for 600 s (docs/operations.md has a table).
    idle_s: Annotated[
        Seconds,
        Meta(
            description="How long a connection is kept without a request: longer than the balancer in front keeps it."
        ),
    ] = 620.0
    connections_max: Annotated[
        int,
        Meta(
            ge=8, le=65_536, description="Connections that a receiver holds; the idlest leaves for one more."
        ),
    ] = 1000
    connections_per_client: Annotated[
        int,
        Meta(
            ge=4,
            le=65_536,
            description="The same of one IPv4 address or IPv6 /64; proxies that are trusted have no such bound.",
        ),
    ] = 250

    worker_threads: Annotated[Count, Meta(description="Tasks that a worker process has in hand at once.")] = (
        16
    )
    decoders: Annotated[int, Meta(ge=0, le=64, description="Child processes that verify; 0: one a core.")] = 0
    decode_s: Annotated[Seconds, Meta(description="How long the decoder may take over one image.")] = 20.0
    animated: Annotated[
        Literal["keep", "refuse"],
        Meta(description="keep or refuse images of more than one frame or picture (APNG, WebP, MPO)."),
    ] = "keep"
    decode_max_bytes: Annotated[int, Meta(ge=134_217_728, description="Address space of a decoder.")] = (
        1_073_741_824
    )
    # A run is shorter than its lease, so that nobody else starts while one is at work.
    run_s: Annotated[Seconds, Meta(description="The deadline of one run over all images of a task.")] = 150.0
    lease_s: Annotated[
        Seconds, Meta(description="How long a worker may be silent before its work is due again.")
    ] = 240.0
    inbox_grace_s: Annotated[
        Seconds, Meta(description="How long a batch waits for its bell before the sweep rings it.")
    ] = 60.0
    sweep_idle_s: Annotated[Seconds, Meta(description="Time between sweeps while nothing is due.")] = 15.0
    sweep_busy_s: Annotated[Seconds, Meta(description="Time between sweeps while there is work.")] = 2.0
    retry_first_s: Annotated[
        Seconds, Meta(description="The first distance to a later try; doubled each time, with jitter.")
    ] = 30.0
    retry_most_s: Annotated[Seconds, Meta(description="The longest distance to a later try.")] = 3600.0
    download_connect_s: Annotated[
        Seconds, Meta(description="How long an origin may take to accept a connection.")
    ] = 5.0
    download_idle_s: Annotated[Seconds, Meta(description="How long an origin may send no byte.")] = 15.0
    download_s: Annotated[Seconds, Meta(description="How long one download may take in all.")] = 120.0
    # 8.29 MP of RGBA are at most 33 MB raw, the largest image that the models make.
    download_max_bytes: Annotated[int, Meta(ge=1024, description="The largest image taken, in bytes.")] = (
        52_428_800
    )
    allow_sources: Annotated[
        Addresses,
        Meta(
            description="HOST:PORT[,HOST:PORT] that images may come from besides the providers' hosts, plain HTTP included. For tests."
        ),
    ] = Addresses()
    source_hosts: Annotated[
        Names,
        Meta(
            description="More host suffixes that images may come from, over HTTPS: example.com[,cdn.example.net]."
        ),
    ] = Names()
    egress_proxy: Annotated[
        Secret,
        Meta(
            description="Proxy for image downloads and task APIs: http://[user:password@]host:port; empty: none. The environment's own proxies are ignored."
        ),
    ] = Secret("")
    link_life_h: Annotated[
        float,
        Meta(
            ge=0, le=8760, description="How long result links live, in hours; 0: as each provider says (24)."
        ),
    ] = 0.0

    evolink_api: Annotated[str, Meta(pattern=r"^https?://.+$", description="Base of EvoLink's task API.")] = (
        "https://api.evolink.ai"
    )
    evolink_api_key: Annotated[
        Secret, Meta(description="EvoLink's API key; empty: tasks are not asked for.")
    ] = Secret("")
    apiinone_api: Annotated[
        str, Meta(pattern=r"^https?://.+$", description="Base of API in One's task API.")
    ] = "https://apiin.one/api/v1"
    apiinone_api_key: Annotated[
        Secret, Meta(description="API in One's API key; empty: tasks are not asked for.")
    ] = Secret("")
    confirm_tasks: Annotated[
        bool,
        Meta(
            description="true: a task is asked for before its links are trusted, where the provider's API key is set."
        ),
    ] = False
    api_token: Annotated[
        Secret,
        Meta(
            description="Bearer token of POST /orders and GET /tasks, 16 characters or more; empty: there are no such addresses."
        ),
    ] = Secret("")
    # Work that is planned further ahead than two hours is taken for that of a stepped clock (workers/leases.py).
    ask_first_s: Annotated[
        float,
        Meta(
            gt=0,
            le=3600,
            description="How long after an order its task is first asked for, if nothing came.",
        ),
    ] = 600.0
    ask_most_s: Annotated[
        float,
        Meta(gt=0, le=3600, description="The longest distance between two times that a task is asked for."),
    ] = 3600.0
    log_level: Annotated[
        str,
        Meta(
            pattern=r"^(debug|info|warning|error)$",
            description="How much is logged: debug, info, warning or error.",
        ),
    ] = "info"

    def task_api(self, provider: str) -> tuple[str, Secret]:
        """Base and key of a provider's task API."""
        return getattr(self, f"{provider}_api"), getattr(self, f"{provider}_api_key")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Settings:
        """Read the settings; white space around a value is no part of it.

        Raises:
            SettingsRefused: with every problem at once: the name, the value's shape and what was expected.
        """
        values: dict[str, Any] = {}
        problems: list[str] = []
        sentences = {field.name: description(field) for field in msgspec.structs.fields(cls)}
        for field in msgspec.structs.fields(cls):
            name = field.name.upper()
            value, expected = said(environment, name), f"Expected: {sentences[field.name]}"
            if field.required and not value:
                problems.append(f"{name} is not set. {expected}")
            elif why := broken(value):
                problems.append(f"{name} ({shape(value)}): {why}. {expected}")
            elif name in environment:
                try:
                    values[field.name] = msgspec.convert(
                        value, field.type, strict=False, dec_hook=read_own_type
                    )
                except msgspec.ValidationError as error:
                    problems.append(f"{name} ({shape(value)}): {error}. {expected}")
        problems += broken_names(environment)
        if values.get("redis_url"):
            try:
                values["redis_url"] = Secret(whole_redis_url(values))
            except ValueError as error:
                told = shape(values["redis_url"].reveal())
                problems.append(f"REDIS_URL ({told}): {error}. Expected: {sentences['redis_url']}")
        problems += no_proxy(values, sentences)
        problems += contradictions(values)
        if problems:
            raise SettingsRefused(problems)
        return cls(**values)


def names() -> list[str]:
    """The variables of all settings."""
    return [field.name.upper() for field in msgspec.structs.fields(Settings)]


def description(field: msgspec.structs.FieldInfo) -> str:
    """The sentence of a setting."""
    found = list(_descriptions(field.type))
    return found[0] if found else ""


def _descriptions(kind: Any) -> Iterator[str]:
    for meta in getattr(kind, "__metadata__", ()):
        if isinstance(meta, Meta) and meta.description:
            yield meta.description
