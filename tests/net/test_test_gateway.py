"""The built-in test gateway, over a transport that keeps what is written and a clock that is advanced."""

from __future__ import annotations

import pytest
from twisted.internet.task import Clock

from txdispatcher.net.test_gateway import Gateway
from txdispatcher.sip.headers import CONTACT, RECORD_ROUTE, VIA
from txdispatcher.sip.message import Response, parse

BALANCER = ("127.0.0.1", 5060)


class Transport:
    """What a gateway writes: (response, address)."""

    def __init__(self) -> None:
        self.sent: list[tuple[Response, tuple[str, int]]] = []

    def write(self, data: bytes, address: tuple[str, int]) -> None:
        response = parse(data)
        assert isinstance(response, Response)
        self.sent.append((response, address))

    def take(self) -> list[int]:
        """The statuses sent since the last call."""
        statuses = [response.status for response, _ in self.sent]
        self.sent.clear()
        return statuses


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def gateway(clock):
    gateway = Gateway("127.0.0.1:5080", clock)
    gateway.transport = Transport()
    return gateway


def request(
    method: str, *, branch: str = "z9hG4bK1", cseq: int = 1, to: str = "<sip:a@b>", via: str = "", more: str = ""
) -> bytes:
    via = via or f"SIP/2.0/UDP 127.0.0.1:5060;branch={branch}"
    return (
        f"{method} sip:a@127.0.0.1:5080 SIP/2.0\r\nVia: {via}\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKfar\r\n{more}"
        f"From: <sip:c@d>;tag=1\r\nTo: {to}\r\nCall-ID: x@y\r\nCSeq: {cseq} {method}\r\nContent-Length: 0\r\n\r\n"
    ).encode()


def test_an_invite_rings_and_is_answered(gateway):
    routes = "Record-Route: <sip:127.0.0.1:5060;lr;t=1>\r\nRecord-Route: <sip:192.0.2.1;lr>, <sip:192.0.2.2;lr>\r\n"
    gateway.datagramReceived(request("INVITE", more=routes), BALANCER)
    (ringing, _), (answer, address) = gateway.transport.sent
    assert (ringing.status, answer.status) == (180, 200)
    assert address == BALANCER
    values = {field: [answer.data[a:b] for a, b in answer.values(field)] for field in (VIA, RECORD_ROUTE, CONTACT)}
    assert values == {
        VIA: [b"SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bK1", b"SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKfar"],
        RECORD_ROUTE: [b"<sip:127.0.0.1:5060;lr;t=1>", b"<sip:192.0.2.1;lr>", b"<sip:192.0.2.2;lr>"],
        CONTACT: [b"<sip:127.0.0.1:5080>"],
    }
    assert answer.from_value == b"<sip:c@d>;tag=1"
    assert answer.to_value.startswith(b"<sip:a@b>;tag=")
    assert ringing.to_value == answer.to_value
    assert gateway.invites == 1


def test_a_retransmission_gets_the_same_answers_and_is_no_second_call(gateway):
    gateway.datagramReceived(request("INVITE"), BALANCER)
    first = [response.data for response, _ in gateway.transport.sent]
    gateway.transport.take()
    gateway.datagramReceived(request("INVITE"), BALANCER)
    assert [response.data for response, _ in gateway.transport.sent] == first
    assert gateway.invites == 1


def test_two_calls_have_two_tags(gateway):
    gateway.datagramReceived(request("INVITE", branch="z9hG4bK1"), BALANCER)
    gateway.datagramReceived(request("INVITE", branch="z9hG4bK2"), BALANCER)
    assert len({response.to_value for response, _ in gateway.transport.sent}) == 2
    assert gateway.invites == 2


def test_a_200_is_repeated_until_its_ack(gateway, clock):
    gateway.datagramReceived(request("INVITE"), BALANCER)
    gateway.transport.take()
    clock.advance(0.5)
    clock.advance(0.9)
    assert gateway.transport.take() == [200]
    clock.advance(0.1)
    assert gateway.transport.take() == [200]
    gateway.datagramReceived(request("ACK", branch="z9hG4bK2"), BALANCER)
    assert clock.getDelayedCalls() == []
    assert gateway.transport.take() == []


def test_a_200_without_ack_is_given_up_after_64_t1(gateway, clock):
    gateway.datagramReceived(request("INVITE"), BALANCER)
    gateway.transport.take()
    clock.pump([0.5] * 80)
    # 0.5, 1, 2, 4, 4, … seconds apart, for 32 seconds.
    assert gateway.transport.take() == [200] * 10
    assert clock.getDelayedCalls() == []


def test_what_is_pending_ends_with_the_server(gateway, clock):
    gateway.datagramReceived(request("INVITE"), BALANCER)
    gateway.stopProtocol()
    assert clock.getDelayedCalls() == []


@pytest.mark.parametrize(("method", "status"), [("BYE", 200), ("CANCEL", 200), ("OPTIONS", 200), ("MESSAGE", 405)])
def test_other_methods(gateway, method, status):
    gateway.datagramReceived(request(method, to="<sip:a@b>;tag=mine"), BALANCER)
    [(response, _)] = gateway.transport.sent
    assert response.status == status
    assert response.to_value == b"<sip:a@b>;tag=mine"
    assert gateway.invites == 0


def test_responses_follow_the_via(gateway):
    source = ("127.0.0.1", 7777)
    for via in (
        "SIP/2.0/UDP 127.0.0.1:5060;branch=z9hG4bKa",
        "SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKb",
        "SIP/2.0/UDP 127.0.0.1:5060;rport;branch=z9hG4bKc",
    ):
        gateway.datagramReceived(request("OPTIONS", via=via), source)
    assert [address for _, address in gateway.transport.sent] == [("127.0.0.1", 5060), ("127.0.0.1", 5060), source]


@pytest.mark.parametrize("datagram", [b"", b"\r\n\r\n", b"garbage", b"SIP/2.0 200 OK\r\n" + request("BYE").partition(b"\r\n")[2]])
def test_what_is_no_request_gets_no_answer(gateway, datagram):
    gateway.datagramReceived(datagram, BALANCER)
    assert gateway.transport.sent == []
