import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from noi.config import networks
from noi.transport.addresses import allowed, within

PUBLIC = ["1.1.1.1", "8.8.8.8", "203.162.4.190", "2606:4700::1111", "2405:4800::1", "172.32.0.1"]
REFUSED = [
    "0.0.0.0",
    "0.1.2.3",
    "10.1.2.3",
    "100.64.0.1",
    "100.127.255.255",
    "127.0.0.1",
    "127.8.9.10",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "100::1",
    "2001:db8::1",
    "3fff::1",
    "5f00::1",
    "64:ff9b:1::1",
    "not an address",
    "",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_are_allowed(address: str) -> None:
    assert allowed(address)


@pytest.mark.parametrize("address", REFUSED)
def test_other_addresses_are_refused(address: str) -> None:
    assert not allowed(address)


def embeddings(address: str) -> list[str]:
    number = int(ipaddress.IPv4Address(address))
    teredo = 0x20010000 << 96 | 0x01010101 << 64 | (number ^ 0xFFFFFFFF)
    return [
        f"::ffff:{address}",
        f"::{address}",
        f"64:ff9b::{address}",
        str(ipaddress.IPv6Address(0x2002 << 112 | number << 80 | 1)),
        str(ipaddress.IPv6Address(teredo)),
    ]


@given(st.ip_addresses(v=4))
def test_embedded_addresses_are_judged_by_what_they_hold(
    address: ipaddress.IPv4Address,
) -> None:
    assert {allowed(form) for form in embeddings(str(address))} == {allowed(str(address))}


@given(st.ip_addresses())
def test_never_more_permissive_than_the_standard_library(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    if address.is_private and address.version == 4:
        assert not allowed(str(address))
    if address.is_multicast or address.is_loopback or address.is_link_local:
        assert not allowed(str(address))


def test_private_peers_are_exceptions() -> None:
    peers = networks("127.0.0.0/8, ::1/128,10.1.0.0/16")
    assert allowed("127.0.0.1", peers)
    assert allowed("::ffff:127.0.0.1", peers)
    assert allowed("::1", peers)
    assert allowed("10.1.9.9", peers)
    assert not allowed("10.2.0.1", peers)
    assert not allowed("192.168.0.1", peers)
    assert within("10.1.0.1", peers)
    assert not within("1.1.1.1", peers)
    assert not within("nonsense", peers)
