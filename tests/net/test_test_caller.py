"""The caller of scripts/run, against a test gateway in a thread: its own requests are what the gateway understands."""

from __future__ import annotations

import socket
import threading

import pytest
from twisted.internet.task import Clock

from txdispatcher.net.test_caller import Answered, Caller, CallError
from txdispatcher.net.test_gateway import Gateway
from txdispatcher.sip.build import response
from txdispatcher.sip.message import Request, parse
from txdispatcher.sip.via import parse_via


class Server:
    """A UDP socket served by a thread: what `answer(datagram, address)` returns goes back."""

    def __init__(self, answer) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.address = self.socket.getsockname()
        self.requests: list[Request] = []
        self._answer = answer
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def write(self, data: bytes, address: tuple[str, int]) -> None:
        self.socket.sendto(data, address)

    def close(self) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
            last.sendto(b"", self.address)
        self._thread.join()
        self.socket.close()

    def _serve(self) -> None:
        while datagram := self.socket.recvfrom(65_535):
            if not datagram[0]:
                return
            self.requests.append(parse(datagram[0]))
            for data in self._answer(*datagram):
                self.write(data, datagram[1])


@pytest.fixture
def serve():
    """serve(answer): a Server, closed after the test."""
    servers = []

    def serve(answer) -> Server:
        servers.append(Server(answer))
        return servers[-1]

    yield serve
    for server in servers:
        server.close()


def statuses(*wanted: int, headers: bytes = b""):
    """An `answer` that gives every request but ACK these statuses."""

    def answer(datagram: bytes, address: tuple[str, int]) -> list[bytes]:
        request = parse(datagram)
        if request.method == b"ACK":
            return []
        via = parse_via(request.data, request.via_start, request.via_end)
        return [response(request, via, address, status, to_tag=b"t", headers=headers) for status in wanted]

    return answer


def test_a_call_is_answered_acknowledged_and_hung_up(serve):
    def answer(datagram: bytes, address: tuple[str, int]) -> list[bytes]:
        gateway.datagramReceived(datagram, address)
        return []

    server = serve(answer)
    place = f"127.0.0.1:{server.address[1]}"
    gateway = Gateway(place, Clock())
    gateway.transport = server
    with Caller(server.address) as caller:
        assert caller.call("alice") == Answered(place, (180, 200))
    assert [request.method for request in server.requests] == [b"INVITE", b"ACK", b"BYE"]
    assert [request.cseq for request in server.requests] == [1, 1, 2]
    assert gateway.invites == 1


def test_requests_of_a_dialog_take_the_recorded_route(serve):
    proxy = serve(statuses(200))
    routes = b"Record-Route: <sip:192.0.2.9;lr>, <sip:127.0.0.1:%d;lr;k=1>\r\n" % proxy.address[1]
    server = serve(statuses(200, headers=routes + b"Contact: <sip:192.0.2.7:5070>\r\n"))
    with Caller(server.address) as caller:
        assert caller.call("alice").gateway == "192.0.2.7:5070"
    assert [request.method for request in server.requests] == [b"INVITE"]
    assert [(request.method, request.uri) for request in proxy.requests] == [
        (b"ACK", b"sip:192.0.2.7:5070"),
        (b"BYE", b"sip:192.0.2.7:5070"),
    ]
    route = [proxy.requests[0].data[a:b] for a, b in proxy.requests[0].named(b"route")]
    assert route == [b"<sip:127.0.0.1:%d;lr;k=1>" % proxy.address[1], b"<sip:192.0.2.9;lr>"]


def test_a_refused_call_is_acknowledged_and_an_error(serve):
    server = serve(statuses(503))
    with Caller(server.address) as caller, pytest.raises(CallError, match="INVITE was answered with 503"):
        caller.call("alice")
    with Caller(server.address) as caller:
        caller.ping()  # answered after the ACK was read
    invite, ack = server.requests[:2]
    assert (ack.method, ack.cseq, ack.to_value) == (b"ACK", 1, invite.to_value + b";tag=t")
    assert ack.data[ack.via_start : ack.via_end] == invite.data[invite.via_start : invite.via_end]


def test_a_refused_bye_is_an_error(serve):
    def answer(datagram: bytes, address: tuple[str, int]) -> list[bytes]:
        status = 481 if datagram.startswith(b"BYE") else 200
        return statuses(status, headers=b"Contact: <sip:%b:%d>\r\n" % (server.address[0].encode(), server.address[1]))(
            datagram, address
        )

    server = serve(answer)
    with Caller(server.address) as caller, pytest.raises(CallError, match="BYE was answered with 481"):
        caller.call("alice")


def test_a_2xx_without_contact_is_an_error(serve):
    with Caller(serve(statuses(200)).address) as caller, pytest.raises(CallError, match="no Contact"):
        caller.call("alice")


def test_a_request_is_sent_again_until_it_is_answered(serve):
    second = iter([[], [200]])

    def answer(datagram: bytes, address: tuple[str, int]) -> list[bytes]:
        return statuses(*next(second))(datagram, address)

    server = serve(answer)
    with Caller(server.address) as caller:
        assert caller.ping() == 200
    first, again = server.requests
    assert first.data == again.data


def test_silence_is_an_error_that_says_what_came(serve):
    with Caller(serve(statuses()).address) as caller, pytest.raises(CallError, match=r"OPTIONS got no response in 0\.1"):
        caller.ping(0.1)
    with Caller(serve(statuses(100)).address) as caller, pytest.raises(CallError, match=r"OPTIONS got 100 in 0\.1"):
        caller.ping(0.1)


def test_what_belongs_to_another_call_is_passed_over(serve):
    def answer(datagram: bytes, address: tuple[str, int]) -> list[bytes]:
        [right] = statuses(200)(datagram, address)
        [other] = statuses(503)(datagram, address)
        return [b"garbage", other.replace(b"Call-ID: ", b"Call-ID: z"), other.replace(b" OPTIONS", b" INFO"), right]

    with Caller(serve(answer).address) as caller:
        assert caller.ping() == 200
