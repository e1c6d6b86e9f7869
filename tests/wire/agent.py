"""A user agent of the test's own: a UDP socket that says what it is told to, byte for byte, and shows what comes."""

from __future__ import annotations

import itertools
import re
import select
import socket
import ssl

from websockets.sync.client import connect
from websockets.typing import Origin, Subprotocol

from txdispatcher.net.framing import Framing

#: Seconds that an answer may take; one on loopback takes milliseconds.
PATIENCE = 5.0

_numbers = itertools.count(1)


class Message:
    """What came: its start line, its header lines in order, and where it came from."""

    def __init__(self, data: bytes, source: tuple[str, int]) -> None:
        self.data = data
        self.source = source
        head, _, self.body = data.partition(b"\r\n\r\n")
        self.start, *lines = head.decode("latin-1").split("\r\n")
        self.headers = [(name.strip().lower(), value.strip()) for name, _, value in (line.partition(":") for line in lines)]

    @property
    def kind(self) -> str:
        """A request's method, or a response's status as text."""
        first, second = self.start.split()[:2]
        return second if first == "SIP/2.0" else first

    @property
    def uri(self) -> str:
        return self.start.split()[1]

    def all(self, name: str) -> list[str]:
        """The values of every line of that name (lower case)."""
        return [value for each, value in self.headers if each == name]

    def one(self, name: str) -> str:
        [value] = self.all(name)
        return value

    def tag(self, name: str) -> str:
        """The tag in From or To; empty without one."""
        found = re.search(r";tag=([^;]+)", self.one(name))
        return found[1] if found else ""

    @property
    def branch(self) -> str:
        found = re.search(r";branch=([^;]+)", self.all("via")[0])
        assert found
        return found[1]


class Agent:
    """One user agent on a port of its own. Use it in a `with`."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self._socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((host, port))
        port = self._socket.getsockname()[1]
        self.host_port = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self.uri = f"sip:{self.host_port}"
        self.contact = f"Contact: <sip:agent@{self.host_port}>"

    def send(self, data: str | bytes, to: tuple[str, int]) -> None:
        self._socket.sendto(data if isinstance(data, bytes) else data.encode("latin-1"), to)

    def take(self) -> Message:
        """The next message, whatever it is."""
        self._socket.settimeout(PATIENCE)
        data, source = self._socket.recvfrom(65_535)
        return Message(data, (source[0], source[1]))

    def expect(self, kind: str) -> Message:
        """The next message that is no 100: it must be of that kind (see Message.kind)."""
        while (message := self.take()).kind == "100" != kind:
            pass
        assert message.kind == kind, message.data
        return message

    def waiting(self) -> bool:
        """Whether something has come that was not taken yet."""
        return bool(select.select([self._socket], [], [], 0)[0])

    def pending(self) -> list[Message]:
        """What has come and was not taken yet, 100s aside."""
        self._socket.setblocking(False)
        found: list[Message] = []
        while True:
            try:
                data, source = self._socket.recvfrom(65_535)
            except BlockingIOError:
                return [message for message in found if message.kind != "100"]
            found.append(Message(data, (source[0], source[1])))

    def request(self, method: str, uri: str, *more: str, **fields: str) -> str:
        """A request with a Call-ID and a branch of its own. `fields` replace what stands in it, `more` are further lines.

        The fields: via, branch, to, from_, call_id, cseq (a number), max_forwards, version, body.
        """
        number = next(_numbers)
        branch = fields.get("branch", f"z9hG4bK-{number}")
        via = fields.get("via", f"SIP/2.0/UDP {self.host_port};branch={branch};rport")
        body = fields.get("body", "")
        lines = [
            f"{method} {uri} {fields.get('version', 'SIP/2.0')}",
            f"Via: {via}",
            f"Max-Forwards: {fields.get('max_forwards', '70')}",
            f"From: {fields.get('from_', f'<sip:caller@{self.host_port}>;tag=c{number}')}",
            f"To: {fields.get('to', f'<{uri}>')}",
            f"Call-ID: {fields.get('call_id', f'{number}@{self.host_port}')}",
            f"CSeq: {fields.get('cseq', '1')} {method}",
            *more,
            f"Content-Length: {len(body)}",
        ]
        return "\r\n".join([*lines, "", body])

    def answer(self, request: Message, status: str, *more: str, tag: str = "g1") -> None:
        """Answer `request` where it came from: its Vias, Record-Routes and the rest echoed, a To tag added."""
        to = request.one("to") + ("" if request.tag("to") or status.startswith("100") else f";tag={tag}")
        lines = [
            f"SIP/2.0 {status}",
            *(f"Via: {via}" for via in request.all("via")),
            *(f"Record-Route: {route}" for route in request.all("record-route")),
            f"From: {request.one('from')}",
            f"To: {to}",
            f"Call-ID: {request.one('call-id')}",
            f"CSeq: {request.one('cseq')}",
            *more,
            "Content-Length: 0",
        ]
        self.send("\r\n".join([*lines, "", ""]), request.source)

    def close(self) -> None:
        self._socket.close()

    def __enter__(self) -> Agent:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class StreamAgent(Agent):
    """One that has a connection to `place`, by TCP or within `context`'s TLS, and says that it is where nobody can reach it."""

    def __init__(self, place: tuple[str, int], context: ssl.SSLContext | None = None) -> None:
        self._socket = socket.create_connection(place, PATIENCE)
        if context is not None:
            self._socket = context.wrap_socket(self._socket, server_hostname=place[0])
        self._framing = Framing()
        self._found: list[bytes] = []
        transport = "tls" if context is not None else "tcp"
        self._via = f"SIP/2.0/{transport.upper()} 192.0.2.77:5099"
        self.place = place
        self.host_port = "192.0.2.77:5099"
        self.uri = f"sip:phone@{self.host_port};transport={transport}"
        self.contact = f"Contact: <{self.uri}>"

    def send(self, data: str | bytes, to: tuple[str, int] | None = None) -> None:
        self._socket.sendall(data if isinstance(data, bytes) else data.encode("latin-1"))

    def take(self) -> Message:
        self._socket.settimeout(PATIENCE)
        while not self._found:
            data = self._socket.recv(65_536)
            assert data, "the connection was closed"
            self._found += self._framing.feed(data).messages
        return Message(self._found.pop(0), self.place)

    def pending(self) -> list[Message]:
        raise NotImplementedError

    def request(self, method: str, uri: str, *more: str, **fields: str) -> str:
        branch = fields.get("branch", f"z9hG4bK-{next(_numbers)}")
        return super().request(method, uri, *more, **{"via": f"{self._via};branch={branch}", **fields})


class BrowserAgent(Agent):
    """One that has a WebSocket to `place`, within `context`'s TLS if there is one, as a page of `origin` would."""

    def __init__(self, place: tuple[str, int], context: ssl.SSLContext | None = None, origin: str | None = None) -> None:
        scheme = "ws" if context is None else "wss"
        self._opened = connect(
            f"{scheme}://{place[0]}:{place[1]}/",
            subprotocols=[Subprotocol("sip")],
            origin=Origin(origin) if origin else None,
            ssl=context,
            open_timeout=PATIENCE,
            compression=None,
            proxy=None,
        )
        self._web = self._opened.__enter__()
        self.place = place
        self._via = f"SIP/2.0/{scheme.upper()} df7jal23ls0d.invalid"
        self.host_port = "df7jal23ls0d.invalid"
        self.uri = f"sip:phone@{self.host_port};transport=ws"
        self.contact = f"Contact: <{self.uri}>"

    def send(self, data: str | bytes, to: tuple[str, int] | None = None) -> None:
        self._web.send(data)

    def take(self) -> Message:
        came = self._web.recv(PATIENCE)
        return Message(came.encode() if isinstance(came, str) else came, self.place)

    def pending(self) -> list[Message]:
        raise NotImplementedError

    def request(self, method: str, uri: str, *more: str, **fields: str) -> str:
        branch = fields.get("branch", f"z9hG4bK-{next(_numbers)}")
        made = super().request(method, uri, *more, **{"via": f"{self._via};branch={branch}", **fields})
        # RFC 7118 does without.
        return made.replace("Content-Length: 0\r\n", "")

    def close(self) -> None:
        self._opened.__exit__(None, None, None)


class Dialog:
    """The caller's side of a dialog, from the 2xx to its INVITE: what requests inside it look like."""

    def __init__(self, caller: Agent, final: Message) -> None:
        self._caller = caller
        self._final = final
        self.routes = [f"Route: {route}" for route in reversed(final.all("record-route"))]
        found = re.search(r"<([^>]+)>", final.one("contact"))
        assert found
        self.target = found[1]

    def request(self, method: str, cseq: int, *more: str, **fields: str) -> str:
        """A request inside the dialog."""
        final = self._final
        fields = {"from_": final.one("from"), "to": final.one("to"), "call_id": final.one("call-id"), **fields}
        return self._caller.request(method, self.target, *self.routes, *more, cseq=str(cseq), **fields)


def hop_request(method: str, sent: str, to: str = "") -> str:
    """The CANCEL of an INVITE, or the ACK of its non-2xx response, whose To is then `to` (RFC 3261 9.1, 17.1.1.3)."""
    head = sent.partition("\r\n\r\n")[0]
    kept = [line for line in head.split("\r\n")[1:] if re.match(r"(Via|Max-Forwards|From|To|Call-ID|Route):", line)]
    if to:
        kept = [f"To: {to}" if line.startswith("To:") else line for line in kept]
    number = re.search(r"CSeq: (\d+)", head)
    assert number
    lines = [f"{method} {head.split()[1]} SIP/2.0", *kept, f"CSeq: {number[1]} {method}", "Content-Length: 0"]
    return "\r\n".join([*lines, "", ""])


def has_ipv6() -> bool:
    """Whether ::1 can be listened on here."""
    try:
        with Agent("::1"):
            return True
    except OSError:
        return False
