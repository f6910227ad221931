"""The variables of the stack: addresses and keys are its own, tuning is the shell's."""

from __future__ import annotations

from pathlib import Path

from infra.local import environment
from infra.local.options import Options
from infra.local.parts.bucket import BucketAddress
from infra.local.parts.certificate import Certificate
from infra.local.state import State

OWN = BucketAddress("http://127.0.0.1:20000", "fixative", "access", "secret")
STATE = State(
    receiver_port=20100,
    redis_port=20101,
    s3_port=20000,
    simulator_port=20102,
    access_key="access",
    secret_key="secret",
    ticket_keys="local:key",
)
TLS = Certificate(Path("ca.pem"), Path("cert.pem"), Path("key.pem"), Path("bundle.pem"))


def decided(*, simulator: bool = False, try_out: bool = False, **shell: str) -> dict[str, str]:
    """What the stack decides in a shell with these variables."""
    options = Options(data=Path("/data"), simulator=simulator, try_out=try_out, environment=shell)
    return environment.ours(options, STATE, OWN, "redis://127.0.0.1:20101/0", TLS)


def test_the_shell_does_not_move_the_stack() -> None:
    """A developer's own bucket and keys stay out of it."""
    ours = decided(
        S3_BUCKET="production", PORT="443", TICKET_KEYS="k:theirs", PUBLIC_URL="https://example.com"
    )

    assert (ours["S3_BUCKET"], ours["PORT"]) == ("fixative", "20100")
    assert (ours["TICKET_KEYS"], ours["PUBLIC_URL"]) == ("local:key", "https://127.0.0.1:20100")


def test_the_shell_tunes_the_processes_and_the_command() -> None:
    """`LEASE_S=5 make up` means what it says."""
    options = Options(environment={"LEASE_S": "5", "HOME": "/root"})

    assert environment.of_processes(options, {})["LEASE_S"] == "5"
    assert environment.of_command(options, {}, TLS) == {
        "LEASE_S": "5",
        "SSL_CERT_FILE": "bundle.pem",
        "FIXATIVE_STACK": "var",
    }


def test_aws_variables_of_the_shell_do_not_reach_our_own_s3() -> None:
    """A session token would be sent along with our keys, and be refused."""
    options = Options(environment={"AWS_SESSION_TOKEN": "theirs", "AWS_PROFILE": "theirs"})
    variables = environment.of_processes(options, decided())

    assert {name for name in variables if name.startswith("AWS_")} == {
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_DEFAULT_REGION",
        "AWS_REGION",
        "AWS_ENDPOINT_URL_S3",
    }


def test_aws_variables_reach_an_s3_that_the_shell_names() -> None:
    """All of them: there may be a token or a profile."""
    shell = {"S3_ENDPOINT": "https://s3.example", "AWS_SESSION_TOKEN": "token", "AWS_PROFILE": "mine"}

    options = Options(environment=shell)
    ours = environment.ours(options, STATE, BucketAddress("https://s3.example", "bucket"), "redis://", TLS)

    assert shell.items() <= ours.items()


def test_a_true_api_key_is_never_sent_to_the_simulator() -> None:
    """With the simulator the keys are dummies, whatever the shell says."""
    assert decided(simulator=True, EVOLINK_API_KEY="true key")["EVOLINK_API_KEY"] == "simulator"


def test_a_named_task_api_goes_before_the_simulator() -> None:
    """And leaves its key to the shell."""
    options = Options(simulator=True, task_apis={"evolink": "http://127.0.0.1:9"})
    ours = environment.ours(options, STATE, OWN, "redis://", TLS)

    assert ours["EVOLINK_API"] == "http://127.0.0.1:9"
    assert "EVOLINK_API_KEY" not in ours
    assert ours["APIINONE_API"] == "http://127.0.0.1:20102/apiinone/api/v1"


def test_the_gate_opens_for_exactly_what_was_named() -> None:
    """The shell's addresses, the command line's and the simulator's, each once."""
    options = Options(
        simulator=True,
        allow_sources=("127.0.0.1:81", "127.0.0.1:80"),
        environment={"ALLOW_SOURCES": "127.0.0.1:80"},
    )

    ours = environment.ours(options, STATE, OWN, "redis://", TLS)
    assert ours["ALLOW_SOURCES"] == "127.0.0.1:80,127.0.0.1:81,127.0.0.1:20102"
    assert not decided()["ALLOW_SOURCES"]


def test_a_simulator_to_try_with_takes_nobodys_place() -> None:
    """A task of the true provider is asked for at the true provider."""
    ours = decided(simulator=True, try_out=True)

    assert (ours["FIXATIVE_SIMULATOR"], ours["ALLOW_SOURCES"]) == (
        "http://127.0.0.1:20102",
        "127.0.0.1:20102",
    )
    assert not {"EVOLINK_API", "EVOLINK_API_KEY", "APIINONE_API", "APIINONE_API_KEY"} & set(ours)


def test_other_programs_find_the_bucket_by_the_names_that_they_know() -> None:
    """`aws` takes its endpoint from there, whatever the shell says of another."""
    assert decided()["AWS_ENDPOINT_URL_S3"] == OWN.endpoint
    ours = decided(S3_ENDPOINT="http://s3.example.com", AWS_ENDPOINT_URL_S3="http://elsewhere.example.com")
    assert ours["AWS_ENDPOINT_URL_S3"] == OWN.endpoint


def test_each_process_tells_its_metrics_at_a_port_of_its_own() -> None:
    assert "9466" == environment.with_metrics({"METRICS_PORT": "9464"}, 2)["METRICS_PORT"]
    assert {"METRICS_PORT": "0"} == environment.with_metrics({"METRICS_PORT": "0"}, 1)
    assert {} == environment.with_metrics({}, 1)
