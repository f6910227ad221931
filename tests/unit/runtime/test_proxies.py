"""Who is believed, and what is believed of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive.addresses import EVERYBODY, read_network
from runtime.proxies import HOPS_MOST, Proxies, came_over_https

OURS = Proxies([read_network("10.0.0.0/8"), read_network("::ffff:192.0.2.1"), read_network("2001:db8::/32")])
ALL = Proxies(EVERYBODY)


@pytest.mark.parametrize(
    ("lines", "over_https"),
    [
        ([b"https"], True),
        ([b"HTTPS"], True),
        ([b" https\t"], True),
        ([b"https, https"], True),
        ([b"https,HTTPS ,\thttps"], True),
        ([b"https", b"https"], True),
        ([b"https,"], True),
        ([b", ,https"], True),
        ([b"http"], False),
        ([b"https, http"], False),
        ([b"http,https"], False),
        ([b"https", b"http"], False),
        ([b"wss"], False),
        ([b"httpss"], False),
        ([b'"https"'], False),
        ([b"https;http"], False),
        ([b"https\xa0x"], False),
        ([b",".join([b"https"] * HOPS_MOST)], True),
        # Nobody has so many proxies: somebody wrote into the field.
        ([b",".join([b"https"] * (HOPS_MOST + 2))], False),
        ([b"http" + b"," * 100 + b"https"], False),
        ([], None),
        ([b""], None),
        ([b" , "], None),
    ],
)
def test_a_request_came_over_https_where_every_hop_says_so(
    lines: list[bytes],
    over_https: bool | None,  # noqa: FBT001 - a parameter of the table
) -> None:
    assert over_https is came_over_https(lines)


@pytest.mark.parametrize(
    ("peer", "believed"),
    [
        ("10.1.2.3", True),
        ("::ffff:10.1.2.3", True),
        ("192.0.2.1", True),
        ("::ffff:192.0.2.1", True),
        ("2001:db8::7%eth0", True),
        ("11.0.0.1", False),
        ("::ffff:11.0.0.1", False),
        ("::1", False),
        ("", False),
        (None, False),
        ("unix:", False),
    ],
)
def test_only_those_that_are_named_are_believed(
    peer: str | None,
    believed: bool,  # noqa: FBT001 - a parameter of the table
) -> None:
    assert believed is OURS.believes(peer)
    assert ALL.believes(peer)
    assert not Proxies(()).believes(peer)


@pytest.mark.parametrize(
    ("lines", "client"),
    [
        (["203.0.113.9"], "203.0.113.9"),
        (["1.1.1.1, 203.0.113.9"], "203.0.113.9"),
        (["1.1.1.1, 203.0.113.9, 10.0.0.7"], "203.0.113.9"),
        (["1.1.1.1", "203.0.113.9", "10.0.0.7"], "203.0.113.9"),
        (["," * 30_000 + "203.0.113.9, 10.0.0.7"], "203.0.113.9"),
        (["203.0.113.9:51234"], "203.0.113.9"),
        (["203.0.113.9:51234, 10.0.0.7:443"], "203.0.113.9"),
        (["[2001:db9::7]:51234, 10.0.0.7"], "2001:db9::7"),
        (["[2001:db9::7]"], "2001:db9::7"),
        (["2001:db9::7"], "2001:db9::7"),
        (["203.0.113.9, ::ffff:10.0.0.7"], "203.0.113.9"),
        (["::ffff:203.0.113.9"], "::ffff:203.0.113.9"),
        (["203.0.113.9, "], "203.0.113.9"),
        (["10.0.0.8, 10.0.0.7"], "10.0.0.8"),
        (["1.1.1.1, unknown"], "unknown"),
        (["1.1.1.1, _hidden, 10.0.0.7"], "_hidden"),
        ([""], None),
        ([], None),
    ],
)
def test_the_client_is_the_last_that_is_no_proxy_of_ours(lines: list[str], client: str | None) -> None:
    assert client == OURS.client_of(line.encode() for line in lines)


def test_of_everybody_the_nearest_proxys_word_counts() -> None:
    """What stands before it, a client may have written."""
    assert "203.0.113.9" == ALL.client_of([b"1.1.1.1, 203.0.113.9"])
    assert "203.0.113.9" == Proxies([read_network("0.0.0.0/0")]).client_of([b"1.1.1.1, 203.0.113.9"])


@given(
    st.text('abc:[]% .0123456789"', max_size=40), st.lists(st.ip_addresses(network="10.0.0.0/8"), max_size=4)
)
def test_whatever_a_client_writes_the_first_proxys_word_about_it_holds(
    forged: str, hops: list[object]
) -> None:
    line = ", ".join([forged, "203.0.113.9", *map(str, hops)])

    assert "203.0.113.9" == OURS.client_of([line.encode()])


def test_a_list_without_end_is_not_walked_without_end() -> None:
    line = ", ".join(f"10.0.{place // 250}.{place % 250}" for place in range(2000)).encode()

    assert f"10.0.{(2000 - HOPS_MOST) // 250}.{(2000 - HOPS_MOST) % 250}" == OURS.client_of([line])
