"""The variables under which the processes, and the `fixative` command, speak to this very stack.

The shell's own environment reaches the processes, so that LEASE_S=5 or LOG_LEVEL=debug can be said in front
of the command; addresses, keys and files are the stack's, whatever the shell says of them.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from infra.local.older import MARK
from infra.local.options import Options
from infra.local.parts.bucket import BucketAddress
from infra.local.parts.certificate import Certificate
from infra.local.ports import LOOPBACK
from infra.local.state import State
from infra.simulator.signing import SECRET
from providers.registry import PROVIDERS
from runtime.settings.every import names
from runtime.settings.signatures import keys_variable
from runtime.settings.task_apis import base_variable, key_variable

# In the file of a stack: where its simulator is, for who wants to try something.
SIMULATOR = "FIXATIVE_SIMULATOR"
# The simulator takes any key.
_SIMULATOR_KEY = "simulator"

Environment = dict[str, str]


def ours(
    options: Options, state: State, bucket: BucketAddress, redis_url: str, tls: Certificate
) -> Environment:
    """What the stack decides."""
    return {
        **_s3(options, bucket),
        "REDIS_URL": redis_url,
        # What the shell says of Sentinels stands in the URL by now, or belongs to another Redis.
        "REDIS_SENTINEL_MASTER": "",
        "REDIS_SENTINEL_PASSWORD": "",
        "TICKET_KEYS": state.ticket_keys,
        "PUBLIC_URL": f"https://{LOOPBACK}:{state.receiver_port}",
        "HOST": LOOPBACK,
        "PORT": str(state.receiver_port),
        "CONSOLE_HOST": LOOPBACK,
        "CONSOLE_PORT": str(state.console_port),
        "CONSOLE_URL": "",
        # Who can read the file of this stack signs in, by links that `fixative open` makes.
        "CONSOLE_LINKS": "true",
        "TLS_CERT": str(tls.chain),
        "TLS_KEY": str(tls.key),
        "INDEX_FOLDER": str(options.data / "index"),
        # Tests put it on a disk that is full, or say that there is none.
        "SPOOL_DIR": options.environment.get("SPOOL_DIR", str(options.data / "spool")),
        # One's own machine: prompts are searched, and nobody else reads them.
        "CATALOGUE_PROMPTS": options.environment.get("CATALOGUE_PROMPTS", "true"),
        "ALLOW_SOURCES": ",".join(_sources(options, state)),
        **({SIMULATOR: f"http://{LOOPBACK}:{state.simulator_port}"} if options.simulator else {}),
        **_task_apis(options, state),
        **({} if options.link_life_s is None else {"LINK_LIFE_H": f"{options.link_life_s / 3600:.9g}"}),
    }


def of_processes(options: Options, decided: Environment) -> Environment:
    """The whole environment of receiver and worker."""
    shell = dict(options.environment)
    if not options.environment.get("S3_ENDPOINT"):
        # A session token or profile of the developer's would be sent along with our keys.
        shell = {name: value for name, value in shell.items() if not name.startswith("AWS_")}
    return {**shell, **decided, "PYTHONUNBUFFERED": "1"}


def with_metrics(variables: Environment, place: int) -> Environment:
    """The same for one of several processes on this machine: METRICS_PORT is the first one's, and each has its own."""
    told = variables.get("METRICS_PORT", "")
    return (
        {**variables, "METRICS_PORT": str(int(told) + place)} if told.isdigit() and int(told) else variables
    )


def of_command(options: Options, decided: Environment, tls: Certificate) -> Environment:
    """What the `fixative` command needs: what was decided, the tuning, and the authority to trust."""
    tuning = {name: value for name, value in options.environment.items() if name in names()}
    return {**tuning, **decided, "SSL_CERT_FILE": str(tls.bundle), MARK: str(options.data)}


def _s3(options: Options, bucket: BucketAddress) -> Environment:
    place = {
        "S3_ENDPOINT": bucket.endpoint,
        # By this name the `aws` command and other programs find it.
        "AWS_ENDPOINT_URL_S3": bucket.endpoint,
        "S3_BUCKET": bucket.bucket,
        "S3_PREFIX": bucket.prefix,
    }
    if options.environment.get("S3_ENDPOINT"):
        aws = {name: value for name, value in options.environment.items() if name.startswith("AWS_")}
        return {"AWS_DEFAULT_REGION": bucket.region, **aws, **place}
    assert bucket.access_key
    assert bucket.secret_key
    return {
        **place,
        "AWS_ACCESS_KEY_ID": bucket.access_key,
        "AWS_SECRET_ACCESS_KEY": bucket.secret_key,
        "AWS_DEFAULT_REGION": bucket.region,
        # The command's shell may name another one.
        "AWS_REGION": bucket.region,
    }


def _sources(options: Options, state: State) -> list[str]:
    """The addresses that images may come from, each once."""
    said = [word for word in options.environment.get("ALLOW_SOURCES", "").split(",") if word.strip()]
    simulator = [f"{LOOPBACK}:{state.simulator_port}"] if options.simulator else []
    return list(dict.fromkeys([*said, *options.allow_sources, *simulator]))


def _task_apis(options: Options, state: State) -> Environment:
    """Where tasks are asked for; a true API key is never sent to the simulator, nor a true task asked for there."""
    decided = {}
    for provider in PROVIDERS.values():
        said, base = options.task_apis.get(provider.name), base_variable(provider)
        if said:
            decided[base] = said
        elif options.simulator and not options.try_out and provider.name in PROVIDERS.built_in:
            # Below its name there, and then as below the provider's own address.
            there = f"http://{LOOPBACK}:{state.simulator_port}/{provider.name}"
            decided[base] = there + urlsplit(provider.wire.base).path
            decided[key_variable(provider)] = _SIMULATOR_KEY
            if provider.verifier is not None:
                published = f"{there}/.well-known/jwks.json"
                decided[keys_variable(provider)] = published if provider.verifier.key_set else SECRET
    return decided
