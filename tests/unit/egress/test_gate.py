"""Which URLs the gate reads, and what of them goes on; no socket is opened."""

from __future__ import annotations

import socket
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.errors import SourceLost, SourceTrouble
from archive.reasons import Reason
from egress.gate import Gate, Resolved, Target
from providers.registry import PROVIDERS
from tests.pace import Stopwatch

HOSTS = ("evolink.ai", ".cdn.example.com")
GATE = Gate(frozenset())


def answers(*addresses: str) -> list[Resolved]:
    return [
        (socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443))
        for address in addresses
    ]


@pytest.mark.parametrize(
    ("url", "host", "target"),
    [
        ("https://files.evolink.ai/a/b_0.jpg", "files.evolink.ai", "/a/b_0.jpg"),
        ("https://evolink.ai", "evolink.ai", "/"),
        ("HTTPS://Files.EvoLink.AI:443/a?X-Sig=%2fa%2B&b=c#part", "files.evolink.ai", "/a?X-Sig=%2fa%2B&b=c"),
        ("https://a.b.cdn.example.com/x", "a.b.cdn.example.com", "/x"),
        ("https://evolink.ai/a b/é.png", "evolink.ai", "/a%20b/%C3%A9.png"),
        ("https://evolink.ai//double//../up", "evolink.ai", "//double//../up"),
        ("https://xn--bcher-kva.evolink.ai/", "xn--bcher-kva.evolink.ai", "/"),
    ],
)
def test_a_link_to_a_provider_passes_as_it_stands(url: str, host: str, target: str) -> None:
    assert GATE.check(url, HOSTS) == Target("https", host, 443, target)


@pytest.mark.parametrize(
    "url",
    [
        "http://files.evolink.ai/a.png",
        "ftp://files.evolink.ai/a.png",
        "file:///etc/passwd",
        "//files.evolink.ai/a.png",
        "files.evolink.ai/a.png",
        "",
        "https://",
        "https:///a.png",
        "https://files.evolink.ai:8443/a.png",
        "https://files.evolink.ai:0/a.png",
        "https://files.evolink.ai:99999/a.png",
        "https://files.evolink.ai:x/a.png",
        "https://user@files.evolink.ai/a.png",
        "https://user:pass@files.evolink.ai/a.png",
        "https://files.evolink.ai@127.0.0.1/a.png",
        "https://127.0.0.1\\@files.evolink.ai/a.png",
        "https://files.evolink.ai\\.evil.example/a.png",
        "https://evilevolink.ai/a.png",
        "https://evolink.ai.evil.example/a.png",
        "https://evil.example/evolink.ai",
        "https://evil.example?.evolink.ai",
        "https://evil.example#.evolink.ai",
        "https://.evolink.ai/",
        "https://a..evolink.ai/",
        "https://evolink.ai./",
        "https://-a.evolink.ai/",
        "https://" + "a" * 64 + ".evolink.ai/",
        "https://" + "a." * 130 + "evolink.ai/",
        "https://evolink.ai/" + "a" * 9_000,
        "https://ｆiles.evolink.ai/",  # noqa: RUF001 - the very point
        "https://files。evolink.ai/",
        "https://evolink.ai%2f@127.0.0.1/",
        "https://127.0.0.1%2f.evolink.ai/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[fe80::1%25eth0]/",
        "https://[files.evolink.ai]/",
        "https://[",
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://0177.0.0.1/",
        "https://127。0。0。1/",
        "https://①②⑦.0.0.1/",
        "https://localhost/",
        "https://files.evolink.ai/a\r\nHost: evil.example",
        "https://files.evolink.ai/a\tb",
        "https://files.evo\nlink.ai/",
        " https://files.evolink.ai/",
        "https://files.evolink.ai/\x00",
        "https://files.evolink.ai/\x85",
        "https://files.evolink.ai/\ud800",
    ],
)
def test_any_other_link_is_forbidden(url: str) -> None:
    with pytest.raises(SourceLost) as caught:
        GATE.check(url, HOSTS)
    assert caught.value.reason is Reason.FORBIDDEN_SOURCE
    assert caught.value.detail


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("data:image/png;base64," + "A" * 20_000, "a data: URI, which is taken within a body"),
        ("DATA:image/png,x", "a data: URI"),
        ("s3://bucket/a.png", "not HTTPS but s3:"),
        ("blob:https://evolink.ai/x", "not HTTPS but blob:"),
        ("//files.evolink.ai/a.png", "has no scheme"),
        ("files.evolink.ai/a.png", "has no scheme"),
        ("http://files.evolink.ai/a.png", "the link is not HTTPS"),
        ("https://evolink.ai/" + "a" * 9_000, "longer than 8192 characters"),
    ],
)
def test_a_refusal_names_what_is_true(url: str, told: str) -> None:
    with pytest.raises(SourceLost) as caught:
        GATE.check(url, HOSTS)
    assert told in caught.value.detail
    assert len(caught.value.detail) < 120


def test_a_host_may_be_allowed_without_those_below_it() -> None:
    exact = ("=bucket.objects.example",)
    assert GATE.check("https://BUCKET.objects.example/a", exact).host == "bucket.objects.example"
    for host in (
        "a.bucket.objects.example",
        "another.objects.example",
        "objects.example",
        "xbucket.objects.example",
    ):
        with pytest.raises(SourceLost):
            GATE.check(f"https://{host}/a", exact)
    with pytest.raises(SourceLost):
        GATE.check("https://evolink.ai/a", ("=",))


def test_links_of_layers_lead_to_one_bucket_beside_evolinks_own_names() -> None:
    hosts = PROVIDERS["evolink"].media_hosts
    assert GATE.check("https://ark-acg-cn-beijing.tos-cn-beijing.volces.com/a?X-Tos-Signature=b", hosts)
    with pytest.raises(SourceLost):
        GATE.check("https://another.tos-cn-beijing.volces.com/a", hosts)


@pytest.mark.parametrize("hosts", [(), ("",), (".",)])
def test_an_empty_allow_list_lets_nothing_through(hosts: tuple[str, ...]) -> None:
    with pytest.raises(SourceLost):
        GATE.check("https://files.evolink.ai/", hosts)


@pytest.mark.parametrize(
    "url", ["https://10.1.2.3/x?sig=secret", "https://169.254.169.254/latest?sig=secret"]
)
def test_a_refusal_tells_neither_address_nor_query(url: str) -> None:
    with pytest.raises(SourceLost) as caught:
        GATE.check(url, HOSTS)
    assert not any(word in str(caught.value) for word in ("10.1.2.3", "169.254", "secret"))


@given(st.text(max_size=60) | st.text(alphabet="htps:/@[]\\.?#%127e0x", max_size=40).map("https://".__add__))
def test_whatever_stands_in_a_link_it_passes_only_to_a_host_of_the_list(url: str) -> None:
    try:
        target = GATE.check(url, HOSTS)
    except SourceLost:
        return
    assert target.host.endswith(("evolink.ai", ".cdn.example.com"))
    assert target.target.isascii()
    assert target.target.isprintable()


@pytest.mark.parametrize("url", ["http://127.0.0.1:8080/a?b", "https://127.0.0.1:8080/a?b"])
def test_an_opened_address_passes_without_the_rules(url: str) -> None:
    gate = Gate(frozenset({("127.0.0.1", 8080)}))
    assert gate.check(url, ()) == Target(url.partition(":")[0], "127.0.0.1", 8080, "/a?b")


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8081/",
        "http://127.0.0.1/",
        "http://127.0.0.2:8080/",
        "http://localhost:8080/",
        "http://127.1:8080/",
        "http://2130706433:8080/",
        "http://[::ffff:127.0.0.1]:8080/",
        "http://user@127.0.0.1:8080/",
        "ftp://127.0.0.1:8080/",
    ],
)
def test_an_opened_address_opens_no_other(url: str) -> None:
    with pytest.raises(SourceLost):
        Gate(frozenset({("127.0.0.1", 8080)})).check(url, ("evolink.ai",))


@pytest.mark.parametrize(
    "bad", ["127.0.0.1", "::ffff:10.0.0.1", "169.254.169.254", "fd00:ec2::254", "nonsense"]
)
@pytest.mark.parametrize("first", [True, False])
def test_a_name_with_one_forbidden_address_is_refused_whole_until_it_leads_elsewhere(
    bad: str, *, first: bool
) -> None:
    found = [bad, "93.184.215.14"] if first else ["93.184.215.14", bad]
    gate = Gate(frozenset(), resolve=lambda _host, _port: answers(*found))
    with pytest.raises(SourceTrouble) as caught:
        gate.connect("files.evolink.ai", 443, 1.0)
    assert caught.value.reason is Reason.FORBIDDEN_SOURCE
    assert bad not in str(caught.value)


def test_a_name_is_resolved_once_for_one_connection() -> None:
    asked: list[str] = []

    def rebinding(host: str, port: int) -> list[Resolved]:
        assert port == 443
        asked.append(host)
        return answers("127.0.0.1")

    with pytest.raises(SourceTrouble):
        Gate(frozenset(), resolve=rebinding).connect("files.evolink.ai", 443, 1.0)
    assert asked == ["files.evolink.ai"]


def test_a_name_that_does_not_resolve_is_trouble_that_passes() -> None:
    def unknown(_host: str, _port: int) -> list[Resolved]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    with pytest.raises(SourceTrouble) as caught:
        Gate(frozenset(), resolve=unknown).connect("files.evolink.ai", 443, 1.0)
    assert caught.value.reason is Reason.SOURCE_UNREACHABLE


def test_a_resolver_that_hangs_is_not_waited_for() -> None:
    never = threading.Event()

    def hangs(_host: str, _port: int) -> list[Resolved]:
        never.wait(600)
        return []

    with Stopwatch() as watch, pytest.raises(SourceTrouble) as caught:
        Gate(frozenset(), resolve=hangs).connect("files.evolink.ai", 443, 0.1)
    assert watch.within(2), watch
    assert caught.value.reason is Reason.SOURCE_UNREACHABLE
    never.set()
