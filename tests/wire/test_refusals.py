"""What the server answers itself, what it drops, and that no datagram disturbs it."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from tests.wire.agent import Agent, hop_request
from tests.wire.server import Server, settings

ROUTES = {"stateful": "algorithm = 8", "stateless": "algorithm = 0"}


@pytest.fixture(scope="module")
def gateway() -> Iterator[Agent]:
    with Agent() as agent:
        yield agent


@pytest.fixture(scope="module", params=ROUTES)
def server(request: pytest.FixtureRequest, gateway: Agent, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    mode = request.param
    with Server(tmp_path_factory.mktemp(mode), settings(mode=mode, route=ROUTES[mode]), [f"1 {gateway.uri}"]) as running:
        yield running


@pytest.fixture
def caller(server: Server, gateway: Agent) -> Iterator[Agent]:
    """A caller; at the end nothing is left that it or the gateway did not look for."""
    with Agent() as agent:
        yield agent
        server.settle()
        assert [message.start for each in (agent, gateway) for message in each.pending()] == []


def refused(server: Server, caller: Agent, status: str, invite: str) -> list[tuple[str, str]]:
    """Send it, get `status` for it with a To tag of the server's, acknowledge that; the headers of the answer."""
    caller.send(invite, server.address)
    answer = caller.expect(status)
    assert answer.tag("to")
    assert answer.one("cseq") == "1 INVITE"
    caller.send(hop_request("ACK", invite, answer.one("to")), server.address)
    return answer.headers


def test_483_when_max_forwards_is_used_up(server: Server, caller: Agent) -> None:
    refused(server, caller, "483", caller.request("INVITE", f"sip:1000@{server.host_port}", max_forwards="0"))


def test_416_for_a_scheme_that_is_not_known(server: Server, caller: Agent) -> None:
    refused(server, caller, "416", caller.request("INVITE", "mailto:someone@example.com", to="<sip:a@example.com>"))


def test_420_names_every_tag_of_proxy_require(server: Server, caller: Agent) -> None:
    tags = "Proxy-Require: foo, bar", "proxy-require:baz"
    headers = refused(server, caller, "420", caller.request("INVITE", f"sip:1000@{server.host_port}", *tags))
    assert [value for name, value in headers if name == "unsupported"] == ["foo, bar, baz"]


def test_505_for_another_version(server: Server, caller: Agent) -> None:
    refused(server, caller, "505", caller.request("INVITE", f"sip:1000@{server.host_port}", version="SIP/3.0"))


@pytest.mark.parametrize(
    ("usual", "broken"),
    [
        ("Max-Forwards: 70", "Max-Forwards: many"),
        ("To: <", 'To: "unclosed <'),
        ("Length: 0", "Length: 99"),
        ("INVITE sip:", "INVITE :"),
    ],
)
def test_400_for_what_cannot_be_read(usual: str, broken: str, server: Server, caller: Agent) -> None:
    invite = caller.request("INVITE", f"sip:1000@{server.host_port}")
    caller.send(invite.replace(usual, broken, 1), server.address)
    assert caller.expect("400").start.startswith("SIP/2.0 400 Bad Request - ")


def test_482_for_an_invite_that_the_gateway_sends_back(server: Server, gateway: Agent, caller: Agent) -> None:
    invite = caller.request("INVITE", f"sip:1000@{server.host_port}")
    caller.send(invite, server.address)
    received = gateway.expect("INVITE")
    mine = f"Via: SIP/2.0/UDP {gateway.host_port};branch=z9hG4bKback\r\n"
    start, _, rest = received.data.decode().partition("\r\n")
    sent_back = f"{start}\r\n{mine}{rest}"
    gateway.send(sent_back, server.address)
    loop = gateway.expect("482")
    assert len(loop.all("via")) == 3
    gateway.send(hop_request("ACK", sent_back.replace(rest, rest[rest.index("\r\n") + 2 :]), loop.one("to")), server.address)
    gateway.answer(received, "482 Loop Detected")
    ended = caller.expect("482")
    caller.send(hop_request("ACK", invite, ended.one("to")), server.address)
    gateway.expect("ACK")


def test_options_for_the_server_itself_get_200(server: Server, caller: Agent) -> None:
    caller.send(caller.request("OPTIONS", f"sip:{server.host_port}", max_forwards="0"), server.address)
    assert "INVITE" in caller.expect("200").one("allow")


def test_a_response_whose_top_via_is_not_ours_is_dropped(server: Server, gateway: Agent, caller: Agent) -> None:
    invite = caller.request("INVITE", f"sip:1000@{server.host_port}")
    caller.send(invite, server.address)
    received = gateway.expect("INVITE")
    ours, callers = received.all("via")
    for wrong in (
        callers,
        ours.replace(server.host_port, gateway.host_port),
        ours.replace("z9hG4bK", "z9hG4bKx"),
        ours.replace("SIP/2.0/UDP ", "SIP/2.0/UDP x"),
    ):
        text = received.data.decode().replace(f"Via: {ours}", f"Via: {wrong}", 1)
        gateway.send("SIP/2.0 200 OK\r\n" + text.partition("\r\n")[2].replace("To: ", "X-No: y\r\nTo: "), server.address)
    server.settle()
    assert [message.start for message in caller.pending()] == []
    gateway.answer(received, "486 Busy Here")
    ended = caller.expect("486")
    caller.send(hop_request("ACK", invite, ended.one("to")), server.address)
    gateway.expect("ACK")


@pytest.mark.parametrize("host", ["x" * 64 + ".example.com", "a..b"])
def test_a_host_that_cannot_be_looked_up_gets_500(host: str, server: Server, caller: Agent) -> None:
    """A request inside a dialog, which may name any host, from a caller."""
    caller.send(caller.request("BYE", f"sip:a@{host}", to="<sip:a@b>;tag=1"), server.address)
    caller.expect("500")


def hostile(rng: random.Random, whole: bytes) -> Iterator[bytes]:
    """Datagrams of every bad kind."""
    yield from (b"", b"\0", b"\r\n\r\n", b"\r\n" * 20_000, b"SIP/2.0", b"INVITE", b"SIP/2.0 200 OK\r\n\r\n", b"\xff" * 65_507)
    yield whole + b"x" * (65_507 - len(whole))
    head = whole.partition(b"Content-Length")[0]
    for filler in (
        b"Via: SIP/2.0/UDP a:1;branch=z9hG4bKx, ",
        b"Route: <sip:a;lr>\r\n",
        b"X: \r\n ",
        b"Max-Forwards: 1\r\n",
        b'X: "',
    ):
        yield head + filler * ((65_000 - len(head)) // len(filler)) + b"\r\n\r\n"
    for _ in range(100):
        yield rng.randbytes(rng.randrange(1, 2_000))
        yield whole[: rng.randrange(len(whole))]
        broken = bytearray(whole)
        for _ in range(rng.randrange(1, 6)):
            broken[rng.randrange(len(broken))] = rng.randrange(256)
        yield bytes(broken)


def test_no_datagram_disturbs_it(server: Server, gateway: Agent) -> None:
    """The end of the fixture looks for tracebacks and faults in the log."""
    rng = random.Random(5)
    with Agent() as stranger, Agent() as caller:
        request = stranger.request("INVITE", f"sip:1000@{server.host_port}", "Route: <sip:127.0.0.1:9;lr>", stranger.contact)
        response = "SIP/2.0 200 OK\r\n" + request.partition("\r\n")[2].replace(stranger.host_port, server.host_port, 1)
        for whole in (request.encode(), response.encode()):
            for count, data in enumerate(hostile(rng, whole)):
                stranger.send(data, server.address)
                if count % 10 == 0:
                    server.settle()  # Or the kernel would drop what does not fit its buffer.
                    gateway.pending()
        server.settle()
        gateway.pending()
        invite = caller.request("INVITE", f"sip:1000@{server.host_port}", call_id="afterwards")
        caller.send(invite, server.address)
        while (received := gateway.expect("INVITE")).one("call-id") != "afterwards":
            pass
        gateway.answer(received, "486 Busy Here")
        caller.send(hop_request("ACK", invite, caller.expect("486").one("to")), server.address)
        server.settle()
        gateway.pending()
