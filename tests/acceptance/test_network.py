"""No test can leave this machine: what tries is told, whatever door it takes."""

from __future__ import annotations

import socket
import urllib.request

import pytest
from tests.conftest import OutboundCall

FAR = ("192.0.2.1", 80)  # RFC 5737: belongs to nobody


@pytest.mark.parametrize("door", ["connect", "connect_ex"])
def test_a_connection_that_leaves_this_machine_is_refused(door: str) -> None:
    with socket.socket() as outgoing, pytest.raises(OutboundCall, match=r"192\.0\.2\.1"):
        getattr(outgoing, door)(FAR)


def test_a_datagram_that_leaves_this_machine_is_refused() -> None:
    with socket.socket(type=socket.SOCK_DGRAM) as outgoing, pytest.raises(OutboundCall):
        outgoing.sendto(b"x", FAR)


@pytest.mark.parametrize(("door", "words"), [("getaddrinfo", (443,)), ("gethostbyname", ())])
def test_a_name_that_is_not_this_machine_is_never_looked_up(door: str, words: tuple[int, ...]) -> None:
    with pytest.raises(OutboundCall, match=r"example\.org"):
        getattr(socket, door)("example.org", *words)


def test_a_library_that_calls_home_is_caught() -> None:
    with pytest.raises(OutboundCall):
        urllib.request.urlopen("http://example.org", timeout=1)


def test_this_machine_can_still_talk_to_itself() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        with_port = ("localhost", server.getsockname()[1])
        client = socket.create_connection(with_port, timeout=5)
        client.sendall(b"here")
        client.close()
        assert server.accept()[0].recv(4) == b"here"
