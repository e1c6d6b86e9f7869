"""control.jsonrpc: what HTTP adds to JSON-RPC: methods, media types, bounds, and browsers kept out."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.address import IPv4Address, IPv6Address, UNIXAddress
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IAddress
from twisted.internet.task import Clock
from twisted.internet.testing import StringTransport
from twisted.logger import capturedLogs

from tests.control.fixtures import make_methods
from txdispatcher.control.credentials import Credentials, read_credentials
from txdispatcher.control.ctl import Register
from txdispatcher.control.guard import MAX_CONNECTIONS, REQUEST_TIME, Guard
from txdispatcher.control.jsonrpc import IDLE_TIMEOUT, MAX_BODY, MAX_CALLS, make_site
from txdispatcher.control.methods import Methods
from txdispatcher.control.table import Method

VERSION_CALL = b'{"jsonrpc":"2.0","method":"core.version","id":1}'
VERSION = {"jsonrpc": "2.0", "result": "txdispatcher test", "id": 1}
LOOPBACK = IPv4Address("TCP", "127.0.0.1", 8060)
ELSEWHERE = IPv4Address("TCP", "192.0.2.1", 8060)


@dataclass
class Reply:
    status: int
    reason: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> object:
        return json.loads(self.body)


class Connection:
    """A client's connection to a site of its own."""

    def __init__(
        self,
        methods: Methods | None = None,
        address: IAddress = LOOPBACK,
        credentials: Credentials | None = None,
        site: Guard | None = None,
    ) -> None:
        self.clock = Clock()
        self.register = Register()
        site = site or make_site(methods or make_methods(), self.register, self.clock, credentials=credentials)
        self.site = site
        if site.clock is self.clock:
            site.startFactory()
        protocol = site.buildProtocol(IPv4Address("TCP", "127.0.0.1", 50_000))
        assert protocol is not None
        self.protocol = protocol
        peer = UNIXAddress(None) if isinstance(address, UNIXAddress) else IPv4Address("TCP", "127.0.0.1", 50_000)
        self.transport = StringTransport(hostAddress=address, peerAddress=peer)
        self.transport.abortConnection = self.transport.loseConnection  # type: ignore[attr-defined]
        self.protocol.makeConnection(self.transport)

    def send(self, data: bytes) -> list[Reply]:
        """What the server says to `data`."""
        self.transport.clear()
        self.protocol.dataReceived(data)
        self.site.clock.advance(0)
        return self.replies()

    def replies(self) -> list[Reply]:
        rest = self.transport.value()
        found = []
        while rest:
            head, _, rest = rest.partition(b"\r\n\r\n")
            first, *lines = head.decode("ascii").split("\r\n")
            _, status, reason = first.split(" ", 2)
            headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
            length = int(headers.get("content-length", 0))
            found.append(Reply(int(status), reason, headers, rest[:length]))
            rest = rest[length:]
        return found

    def post(self, body: bytes = VERSION_CALL, **headers: str | None) -> Reply:
        (reply,) = self.send(post(body, **headers))
        return reply


def post(body: bytes = VERSION_CALL, **headers: str | None) -> bytes:
    """A request; `headers` by name with "_" for "-", None takes one away."""
    wanted: dict[str, str | None] = {
        "host": "127.0.0.1:8060",
        "content_type": "application/json",
        "content_length": str(len(body)),
        **headers,
    }
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in wanted.items() if value is not None]
    return "\r\n".join(["POST /RPC HTTP/1.1", *lines, "", ""]).encode("latin-1") + body


def error_of(reply: Reply) -> tuple[int, str]:
    found = reply.json
    assert isinstance(found, dict)
    return found["error"]["code"], found["error"]["message"]


def test_a_call_is_answered() -> None:
    reply = Connection().post()
    assert (reply.status, reply.json) == (200, VERSION)
    assert reply.headers["content-type"] == "application/json"


def test_a_connection_carries_several_calls() -> None:
    connection = Connection()
    assert [reply.json for reply in connection.send(post() + post())] == [VERSION, VERSION]
    assert connection.post().json == VERSION


@pytest.mark.parametrize("request_line", [b"POST /RPC", b"GET /RPC"])
def test_of_many_calls_at_once_each_has_a_turn_of_its_own(request_line: bytes) -> None:
    connection = Connection()
    connection.protocol.dataReceived(post().replace(b"POST /RPC", request_line) * 5)
    assert len(connection.replies()) == 1
    connection.clock.advance(0)
    assert len(connection.replies()) == 5


def test_who_takes_no_answer_has_the_next_call_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    connection = Connection()
    write = connection.transport.write

    def fill(data: bytes) -> None:
        write(data)
        connection.transport.producer.pauseProducing()  # What a transport says whose buffer is full.

    monkeypatch.setattr(connection.transport, "write", fill)
    for answered in range(1, 6):
        if answered == 1:
            connection.protocol.dataReceived(post() * 5)
        else:
            connection.transport.producer.resumeProducing()
        connection.clock.advance(1)
        assert len(connection.replies()) == answered


def test_the_status_is_the_faults() -> None:
    reply = Connection().post(b'{"jsonrpc":"2.0","method":"dispatcher.set_state","params":["ip",9,"sip:x"],"id":1}')
    assert (reply.status, reply.reason) == (500, "State Update Failed")
    assert error_of(reply) == (500, "State Update Failed")
    reply = Connection().post(b'{"jsonrpc":"2.0","method":"system.methodHelp","id":1}')
    assert (reply.status, reply.reason) == (400, "Method Name Expected")


def test_the_codes_of_json_rpc_are_no_status() -> None:
    reply = Connection().post(b'{"jsonrpc"')
    assert reply.status == 400
    assert error_of(reply) == (-32700, "Parse error")


def test_a_batch_has_status_200_whatever_is_in_it() -> None:
    reply = Connection().post(b'[{"jsonrpc":"2.0","method":"no.such","id":1}]')
    assert reply.status == 200
    assert isinstance(reply.json, list)


def test_a_notification_has_no_content() -> None:
    connection = Connection()
    reply = connection.post(b'{"jsonrpc":"2.0","method":"core.version"}')
    assert (reply.status, reply.body) == (204, b"")
    assert connection.post().json == VERSION


@pytest.mark.parametrize(
    "body",
    [
        b"\xff\xff",
        b"[" * 10_000,
        b'{"a":' * 10_000,
        b'{"jsonrpc":"2.0","method":"core.version",',
        b'{"jsonrpc":"2.0","method":"no.such","id":1}',
        b'{"jsonrpc":"2.0","method":"dispatcher.set_state","params":{"group":{}},"id":1}',
    ],
)
def test_a_bad_body_gets_its_error_and_the_next_call_its_answer(body: bytes) -> None:
    connection = Connection()
    assert connection.post(body).status in (400, 500)
    assert connection.post().json == VERSION


def test_a_late_answer_is_sent_when_it_is_there() -> None:
    loaded: Deferred[None] = Deferred()

    async def reload() -> None:
        await loaded

    connection = Connection(make_methods(reload=reload))
    assert connection.send(post(b'{"jsonrpc":"2.0","method":"dispatcher.reload","id":7}')) == []
    loaded.callback(None)
    (reply,) = connection.replies()
    assert reply.json == {"jsonrpc": "2.0", "result": "Ok. Dispatcher successfully reloaded.", "id": 7}


def test_a_caller_that_hangs_up_does_not_stop_a_reload() -> None:
    loaded: Deferred[None] = Deferred()
    done = []

    async def reload() -> None:
        await loaded
        done.append(1)

    connection = Connection(make_methods(reload=reload))
    connection.send(post(b'{"jsonrpc":"2.0","method":"dispatcher.reload","id":7}'))
    with capturedLogs() as events:
        connection.protocol.connectionLost(ConnectionResetError())
        loaded.callback(None)
    assert done == [1]
    assert connection.replies() == []
    assert not [event for event in events if "log_failure" in event]


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "OPTIONS", "DELETE"])
def test_only_post_is_allowed(method: str) -> None:
    # Asked for in the URL, as the base class of the resource would take it.
    data = f"{method} /RPC?request={{}}&callback=f HTTP/1.1\r\nHost: 127.0.0.1:8060\r\n\r\n"
    connection = Connection()
    connection.protocol.dataReceived(data.encode())
    head = connection.transport.value()
    assert head.startswith(b"HTTP/1.1 405 ")
    assert b"\r\nAllow: POST\r\n" in head
    assert b"Access-Control" not in head


def test_a_callback_for_jsonp_is_not_looked_at() -> None:
    (reply,) = Connection().send(post().replace(b"/RPC", b"/RPC?callback=f"))
    assert reply.json == VERSION


@pytest.mark.parametrize("path", [b"/", b"/rpc", b"/RPC/", b"/RPC/x", b"/index.html"])
def test_there_is_nothing_but_rpc(path: bytes) -> None:
    (reply,) = Connection().send(post().replace(b"/RPC", path))
    assert reply.status == 404


@pytest.mark.parametrize(
    "content_type", ["application/json", "Application/JSON; charset=utf-8", 'application/json;charset="UTF-8"']
)
def test_media_types_that_are_json(content_type: str) -> None:
    assert Connection().post(content_type=content_type).json == VERSION


@pytest.mark.parametrize(
    "content_type",
    [
        None,
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json\x85",
        "application/jsonx",
        "application/json; charset=latin-1",
        "text/plain, application/json",
        "text/plain\r\nContent-Type: application/json",
        "application/json; charset=\xff",
    ],
)
def test_other_media_types_are_refused(content_type: str | None) -> None:
    connection = Connection()
    reply = connection.post(content_type=content_type)
    assert reply.status == 415
    assert error_of(reply)[0] == 415
    assert connection.post().json == VERSION


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.0.0.1:8060", "127.8.9.10:1", "localhost:8060", "LOCALHOST", "localhost.", "[::1]:8060", "[::1]"]
)
def test_hosts_that_are_this_machine(host: str) -> None:
    assert Connection().post(host=host).json == VERSION


@pytest.mark.parametrize(
    "host",
    [
        None,
        "",
        "evil.example",
        "evil.example:8060",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "192.0.2.1",
        "[::2]",
        "[127.0.0.1",
        "localhost@evil.example",
        "\xff",
        "localhost:8060\r\nHost: evil.example",
    ],
)
@pytest.mark.parametrize("address", [LOOPBACK, IPv6Address("TCP", "::1", 8060), IPv6Address("TCP", "::ffff:127.0.0.1", 8060)])
def test_a_foreign_host_is_refused_on_loopback(host: str | None, address: IAddress) -> None:
    connection = Connection(address=address)
    assert error_of(connection.post(host=host)) == (403, "Forbidden: Host is not that of this machine's loopback")
    assert connection.post().json == VERSION


@pytest.mark.parametrize("address", [ELSEWHERE, UNIXAddress("/run/rpc.http")])
def test_elsewhere_a_host_may_have_any_name(address: IAddress) -> None:
    assert Connection(address=address).post(host="lb1.example.net:8060").json == VERSION


@pytest.mark.parametrize(
    "origin",
    [
        "http://evil.example",
        "http://127.0.0.1:3000",
        "http://localhost:8060",
        "null",
        "http://127.0.0.1:8060\r\nOrigin: http://evil.example",
    ],
)
def test_a_foreign_origin_is_refused(origin: str) -> None:
    connection = Connection()
    assert error_of(connection.post(origin=origin)) == (403, "Forbidden: foreign Origin")
    assert connection.post().json == VERSION


def test_the_servers_own_origin_is_not_foreign() -> None:
    assert Connection().post(origin="http://127.0.0.1:8060").json == VERSION


def test_a_name_that_was_made_to_point_here_is_foreign_elsewhere_too() -> None:
    reply = Connection(address=ELSEWHERE).post(host="evil.example:8060", origin="http://evil.example:8060")
    assert error_of(reply) == (403, "Forbidden: foreign Origin")


def test_the_largest_body() -> None:
    assert Connection().post(VERSION_CALL.ljust(MAX_BODY)).json == VERSION


def test_a_body_that_announces_too_much_is_not_waited_for() -> None:
    connection = Connection()
    (reply,) = connection.send(post(b"", content_length=str(MAX_BODY + 1)))
    assert (reply.status, error_of(reply)[0]) == (413, 413)
    assert connection.transport.disconnecting


def test_a_body_in_chunks_is_cut_off_where_it_is_too_long() -> None:
    connection = Connection()
    chunk = b"1000\r\n" + b" " * 4096 + b"\r\n"
    data = post(b"", content_length=None, transfer_encoding="chunked")
    assert connection.send(data + chunk * (MAX_BODY // 4096)) == []
    (reply,) = connection.send(chunk)
    assert reply.status == 413
    assert connection.transport.disconnecting
    # What still comes in is neither answered nor kept.
    assert connection.send(chunk + b"0\r\n\r\n" + post()) == []


def test_a_silent_connection_is_closed() -> None:
    connection = Connection()
    connection.clock.advance(IDLE_TIMEOUT - 1)
    assert not connection.transport.disconnecting
    connection.clock.advance(2)
    assert connection.transport.disconnecting


def test_a_request_that_comes_in_drops_has_its_time() -> None:
    connection = Connection()
    data = post()
    for at in range(int(REQUEST_TIME // 20)):
        connection.protocol.dataReceived(data[at : at + 1])
        connection.clock.advance(19)
    assert not connection.transport.disconnecting
    connection.protocol.dataReceived(b" ")
    connection.clock.advance(REQUEST_TIME - 19 * (REQUEST_TIME // 20))
    assert connection.transport.disconnecting


def test_a_call_may_take_longer_than_a_request() -> None:
    loaded: Deferred[None] = Deferred()

    async def reload() -> None:
        await loaded

    connection = Connection(make_methods(reload=reload))
    connection.send(post(b'{"jsonrpc":"2.0","method":"dispatcher.reload","id":7}'))
    connection.clock.advance(REQUEST_TIME + 1)
    loaded.callback(None)
    (reply,) = connection.replies()
    assert reply.status == 200


def test_an_answer_that_nobody_takes_is_not_kept() -> None:
    connection = Connection()
    connection.post()
    connection.clock.advance(REQUEST_TIME + 1)
    assert connection.transport.disconnecting


def test_connections_are_listed_while_they_are_there() -> None:
    connection = Connection(address=UNIXAddress("/run/rpc.http"))
    (entry,) = connection.register.connections
    assert (entry.protocol, entry.transport, entry.here.address) == ("jsonrpc", "unix_stream", "/run/rpc.http")
    connection.protocol.connectionLost(ConnectionResetError())
    assert connection.register.connections == []
    assert connection.clock.getDelayedCalls() == []


def test_connections_are_bounded() -> None:
    site = make_site(make_methods(), Register(), Clock())
    site.startFactory()
    opened = [Connection(site=site) for _ in range(MAX_CONNECTIONS)]
    assert site.buildProtocol(IPv4Address("TCP", "127.0.0.1", 50_000)) is None
    opened[0].protocol.connectionLost(ConnectionResetError())
    assert Connection(site=site).post().json == VERSION


def test_calls_at_once_are_bounded() -> None:
    waiting: list[Deferred[None]] = []

    async def wait() -> None:
        waiting.append(Deferred())
        await waiting[-1]

    methods = Methods([Method("test.wait", (), "", wait)])
    site = make_site(methods, Register(), Clock())
    site.startFactory()
    wanted = post(b'{"jsonrpc":"2.0","method":"test.wait","id":1}')
    opened = [Connection(site=site) for _ in range(MAX_CALLS + 1)]
    assert [each.send(wanted) for each in opened[:-1]] == [[]] * MAX_CALLS
    (refused,) = opened[-1].send(wanted)
    assert refused.status == 503
    waiting[0].callback(None)
    assert opened[-1].send(wanted) == []


@pytest.fixture
def credentials(tmp_path: Path) -> Credentials:
    file = tmp_path / "users"
    file.write_text("basic admin:correct-horse\nbearer 0123456789abcdef read-only\n")
    return read_credentials(str(file))


ADMIN = "Basic YWRtaW46Y29ycmVjdC1ob3JzZQ=="
READER = "Bearer 0123456789abcdef"
CHANGE = b'{"jsonrpc":"2.0","method":"dispatcher.set_state","params":["ip",1,"all"],"id":1}'


def test_over_tcp_a_credential_is_asked_for(credentials: Credentials) -> None:
    connection = Connection(credentials=credentials)
    reply = connection.post()
    assert (reply.status, error_of(reply)) == (401, (401, "Unauthorized"))
    assert "www-authenticate" in reply.headers
    assert connection.post(authorization="Basic !!").status == 401
    assert connection.post(authorization=ADMIN).json == VERSION
    assert connection.post(CHANGE, authorization=ADMIN).status == 200


def test_who_may_only_read_changes_nothing(credentials: Credentials) -> None:
    connection = Connection(credentials=credentials)
    assert connection.post(authorization=READER).json == VERSION
    reply = connection.post(CHANGE, authorization=READER)
    assert (reply.status, error_of(reply)[0]) == (403, 403)


def test_a_unix_socket_is_guarded_by_its_permissions(credentials: Credentials) -> None:
    assert Connection(address=UNIXAddress("/run/rpc.http"), credentials=credentials).post().json == VERSION


HEADER_TEXT = st.text(st.characters(min_codepoint=0x20, max_codepoint=0xFF, exclude_characters="\x7f"), max_size=20)
CONTENT_TYPES = st.sampled_from(["application/json", "multipart/form-data; boundary=", "application/x-www-form-urlencoded"])
POSTS = st.builds(
    lambda body, kind, more, host: post(body, content_type=kind + more, host=host),
    st.binary(max_size=60),
    CONTENT_TYPES,
    HEADER_TEXT,
    st.just("127.0.0.1") | HEADER_TEXT,
)


@given(st.lists(POSTS | st.binary(max_size=60), max_size=3).map(b"".join))
def test_whatever_comes_in_no_traceback_is_logged_and_the_next_client_is_served(data: bytes) -> None:
    connection = Connection()
    with capturedLogs() as events:
        connection.protocol.dataReceived(data)
        connection.protocol.connectionLost(ConnectionResetError())
    assert not [event for event in events if "log_failure" in event]
    assert Connection().post().json == VERSION
