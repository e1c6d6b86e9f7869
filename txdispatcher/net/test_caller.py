"""The caller that tries the balancer out: one call after the other, each INVITE, 180, 200, ACK, BYE, 200 (RFC 3261 13 and 15).

It blocks, for it is a program of its own: nothing in the server uses it.
"""

from __future__ import annotations

import secrets
import socket
import time
from dataclasses import dataclass

from txdispatcher.errors import DispatcherError, ParseError
from txdispatcher.sip.address import address_uri
from txdispatcher.sip.headers import CONTACT, RECORD_ROUTE
from txdispatcher.sip.message import Response, parse
from txdispatcher.sip.uri import parse_uri

#: Seconds until a request that gets no final response is given up.
PATIENCE = 10.0

_T1 = 0.5
_T2 = 4.0


class CallError(DispatcherError):
    """A call did not go as it should: which request, and what came instead."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A call that was answered and hung up: who answered (`gateway`, host:port of its Contact), after which statuses."""

    gateway: str
    statuses: tuple[int, ...]


class Caller:
    """A user agent client behind one socket. `server` is the balancer's address; close it, or use it in a `with`."""

    def __init__(self, server: tuple[str, int]) -> None:
        self._server = server
        family = socket.AF_INET6 if ":" in server[0] else socket.AF_INET
        self._socket = socket.socket(family, socket.SOCK_DGRAM)
        self._socket.bind(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0))
        self._here = _host_port(*self._socket.getsockname()[:2])

    def __enter__(self) -> Caller:
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def ping(self, patience: float = PATIENCE) -> int:
        """The status that the balancer answers an OPTIONS with. Raises CallError if it is silent for `patience` seconds."""
        dialog = _Dialog(self._here, _host_port(*self._server), "")
        return self._ask(dialog, "OPTIONS", self._server, patience)[-1].status

    def call(self, user: str) -> Answered:
        """Place one call to `user` and hang up. Raises CallError."""
        dialog = _Dialog(self._here, _host_port(*self._server), user)
        responses = self._ask(dialog, "INVITE", self._server)
        final = responses[-1]
        if final.status >= 300:
            # ACK of a hop (17.1.1.3): with the To of the response, to where the INVITE went.
            dialog.to = final.to_value.decode("utf-8", "replace")
            self._socket.sendto(dialog.request("ACK", dialog.branch), self._server)
            raise CallError(f"INVITE was answered with {final.status}")
        gateway = dialog.confirm(final)
        hop = dialog.next_hop()
        self._socket.sendto(dialog.request("ACK", _branch()), hop)
        ended = self._ask(dialog, "BYE", hop)[-1].status
        if ended != 200:
            raise CallError(f"BYE was answered with {ended}")
        return Answered(gateway, tuple(response.status for response in responses))

    def _ask(self, dialog: _Dialog, method: str, target: tuple[str, int], patience: float = PATIENCE) -> list[Response]:
        """Send a request, again at T1, 2*T1, …, until a final response: all that came, the final one last."""
        request = dialog.next_request(method)
        responses: list[Response] = []
        wait = _T1
        give_up = time.monotonic() + patience
        while time.monotonic() < give_up:
            if not responses or method != "INVITE":
                self._socket.sendto(request, target)
            resend = min(time.monotonic() + wait, give_up)
            while (left := resend - time.monotonic()) > 0:
                response = self._receive(left, dialog, method)
                if response is not None:
                    responses.append(response)
                    if response.status >= 200:
                        return responses
            wait = min(2 * wait, _T2)
        got = ", ".join(str(response.status) for response in responses) or "no response"
        raise CallError(f"{method} got {got} in {patience:g} seconds")

    def _receive(self, patience: float, dialog: _Dialog, method: str) -> Response | None:
        """The next response to the request of `dialog`, if one comes in time; anything else is passed over."""
        self._socket.settimeout(patience)
        try:
            response = parse(self._socket.recv(65_535))
        except (TimeoutError, ConnectionRefusedError, ParseError):
            return None
        if not isinstance(response, Response) or response.call_id.decode("latin-1") != dialog.call_id:
            return None
        asked = (response.cseq, response.cseq_method) == (dialog.cseq, method.encode())
        return response if asked else None


class _Dialog:
    """What the requests of one call have in common (12.1.2)."""

    def __init__(self, here: str, server: str, user: str) -> None:
        self.call_id = f"{secrets.token_hex(8)}@{here}"
        self.cseq = 0
        self.branch = ""
        self.uri = f"sip:{user}@{server}" if user else f"sip:{server}"
        self.to = f"<{self.uri}>"
        self.routes: list[str] = []
        self._here = here
        self._tag = secrets.token_hex(4)

    def next_request(self, method: str) -> bytes:
        """A request with a CSeq and a branch of its own."""
        self.cseq += 1
        self.branch = _branch()
        return self.request(method, self.branch)

    def request(self, method: str, branch: str) -> bytes:
        lines = [
            f"{method} {self.uri} SIP/2.0",
            f"Via: SIP/2.0/UDP {self._here};rport;branch={branch}",
            *(f"Route: {route}" for route in self.routes),
            "Max-Forwards: 70",
            f"From: <sip:caller@{self._here}>;tag={self._tag}",
            f"To: {self.to}",
            f"Call-ID: {self.call_id}",
            f"CSeq: {self.cseq} {method}",
            f"Contact: <sip:caller@{self._here}>",
            "Content-Length: 0",
        ]
        return "\r\n".join([*lines, "", ""]).encode()

    def confirm(self, final: Response) -> str:
        """Take over route set, remote target and To tag of a 2xx; returns the target's host:port."""
        data = final.data
        self.to = final.to_value.decode()
        self.routes = [data[start:end].decode() for start, end in final.values(RECORD_ROUTE)][::-1]
        contacts = final.values(CONTACT)
        if not contacts:
            raise CallError("the 2xx to INVITE has no Contact")
        start, end, _ = address_uri(data, *contacts[0])
        self.uri = data[start:end].decode()
        return _host_port(*_place(self.uri))

    def next_hop(self) -> tuple[str, int]:
        """Where requests inside the dialog go: the topmost route, or the remote target (8.1.2)."""
        if not self.routes:
            return _place(self.uri)
        route = self.routes[0].encode()
        start, end, _ = address_uri(route, 0, len(route))
        return _place(route[start:end].decode())


def _place(uri: str) -> tuple[str, int]:
    parsed = parse_uri(uri.encode())
    return parsed.bare_host, parsed.port or 5060


def _host_port(host: str, port: int) -> str:
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _branch() -> str:
    return "z9hG4bK" + secrets.token_hex(8)
