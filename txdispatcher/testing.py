"""A route in a test, without a network: requests go in, what would be sent comes out, and time passes when the test says so.

bench = Bench("route.py", {1: ["sip:192.0.2.1", "sip:192.0.2.2"]})
trying, invite = bench.receive(request("INVITE", "sip:bob@example.com"))
assert invite.address == ("192.0.2.1", 5060)
assert bench.answer(invite, 503)[-1].address == ("192.0.2.2", 5060)
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.task import Clock

from txdispatcher.assembly import proxy_of, router_of
from txdispatcher.balancing.destination import Record
from txdispatcher.balancing.states import parse_mark
from txdispatcher.balancing.transitions import Transitions
from txdispatcher.config import Config, config_of, load_config
from txdispatcher.errors import UnknownDestination
from txdispatcher.listening import listeners_of, sockets_of
from txdispatcher.liveness import probing_of
from txdispatcher.net.waits import Waits
from txdispatcher.proxy.actions import Resolve
from txdispatcher.proxy.stateful import StatefulProxy
from txdispatcher.proxy.timers import TICK
from txdispatcher.proxy.waiting import Pending
from txdispatcher.routing.script.route import ScriptRoute
from txdispatcher.routing.variables import Value
from txdispatcher.scripting import print_line
from txdispatcher.sip.build import cancel, response
from txdispatcher.sip.message import Request, parse
from txdispatcher.sip.via import parse_via
from txdispatcher.sources import sets_of, source_of
from txdispatcher.stores.record import make_record

Address = tuple[str, int]

#: Where requests come from unless a test says otherwise.
CALLER: Address = ("127.0.0.1", 5070)

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Sent:
    """A message that would have left, to `address` by `transport`."""

    data: bytes
    address: Address
    transport: str

    @property
    def status(self) -> int:
        """A response's; 0 for a request."""
        first = self.data.split(b" ", 2)
        return int(first[1]) if first[0] == b"SIP/2.0" else 0

    @property
    def reason(self) -> str:
        """A response's reason phrase."""
        return self.data.partition(b"\r\n")[0].decode("utf-8", "replace").split(" ", 2)[2] if self.status else ""

    @property
    def method(self) -> str:
        """A request's; a response has that of its CSeq."""
        return (self.header("CSeq") or "").split()[-1]

    @property
    def uri(self) -> str:
        """A request's Request-URI; "" for a response."""
        return "" if self.status else self.data.split(b" ", 2)[1].decode("utf-8", "replace")

    def header(self, name: str) -> str | None:
        """The value of the first such header line, None without one."""
        found = self.headers(name)
        return found[0] if found else None

    def headers(self, name: str) -> list[str]:
        """The value of each such header line, by the field's full name."""
        lines = self.data.partition(b"\r\n\r\n")[0].decode("utf-8", "replace").split("\r\n")[1:]
        pairs = (line.partition(":") for line in lines)
        return [value.strip() for field, _, value in pairs if field.strip().lower() == name.lower()]

    def __repr__(self) -> str:
        what = f"{self.status} {self.reason}" if self.status else f"{self.method} {self.uri}"
        return f"<{what} to {self.address[0]}:{self.address[1]}>"


def request(
    method: str = "INVITE",
    uri: str = "sip:bob@example.com",
    *,
    caller: str = "sip:alice@example.com",
    to: str = "",
    to_tag: str = "",
    call_id: str = "",
    cseq: int = 1,
    headers: Iterable[str] = (),
    body: str = "",
) -> bytes:
    """A request as a caller sends it, each with a branch and, unless given, a Call-ID of its own. `to` is `uri` where not given.

    `headers` are further lines, without their CRLF; among them may be Max-Forwards, which is 70 else.
    """
    number = next(_numbers)
    lines = list(headers)
    if not any(line.lower().startswith("max-forwards:") for line in lines):
        lines.append("Max-Forwards: 70")
    text = "\r\n".join(
        [
            f"{method} {uri} SIP/2.0",
            f"Via: SIP/2.0/UDP {CALLER[0]}:{CALLER[1]};rport;branch=z9hG4bKtest{number}",
            *lines,
            f"From: <{caller}>;tag=caller",
            f"To: <{to or uri}>" + (f";tag={to_tag}" if to_tag else ""),
            f"Call-ID: {call_id or f'{number}@testing'}",
            f"CSeq: {cseq} {method}",
            f"Content-Length: {len(body.encode())}",
            "",
            body,
        ]
    )
    return text.encode()


class Bench:
    """A server without a network, around the route in `file`: a Python script (.py), a Kamailio configuration file (.cfg), or a
    configuration (.toml).

    `destinations` are the URIs of each set, the first one first; without, those that the file names are loaded. `addresses` are
    of the names among them. `settings` are sections of a configuration for a script that stands alone, over those of a .cfg:
    ``{"sip": {"listen": ["udp:127.0.0.1:5060", "tcp:127.0.0.1:5060"]}}``, as a gateway by TCP needs. `logged` has what the
    script printed: Kamailio's level, and the text.

    A fault of the script is an AssertionError that names its line, unless `faults` says that the test wants the 500.
    Raises what a server would at its start: ConfigError, LoadError.
    """

    def __init__(
        self,
        file: str | Path,
        destinations: Mapping[int, Sequence[str]] | None = None,
        *,
        addresses: Mapping[str, str] | None = None,
        settings: Mapping[str, Mapping[str, Any]] | None = None,
        faults: bool = False,
    ) -> None:
        self.config = _config(str(file), settings or {})
        self.now = 1000.0
        self.logged: list[tuple[int, str]] = []
        #: How often the script asked for a reload.
        self.reloads = 0
        self._addresses = dict(addresses or {})
        self._faults = faults
        self.sets = sets_of(self.config)
        self.sets.load(_records(destinations) if destinations is not None else source_of(self.config).read().records)
        self.transitions = Transitions(self.sets, probing_of(self.config))
        listeners = listeners_of(self.config)
        sockets = sockets_of(self.config, listeners)
        self.router = router_of(self.config, self.sets, self.transitions, listeners, sockets, self._reload, self.now)
        if isinstance(self.router, ScriptRoute):
            self.router.log = self._log
            self.router.fault_interval = 0.0
        self.listeners = listeners
        self.proxy = proxy_of(self.config, self.router, listeners, self.now)
        self._clock = Clock()
        self._waits = Waits(self._clock, self._resumed, _at_once)

    def receive(self, data: bytes | Sent, source: Address = CALLER) -> list[Sent]:
        """What is sent when `data` comes from `source`."""
        self.proxy.receive(data.data if isinstance(data, Sent) else data, source, self.listeners.all[0], self.now)
        return self.sent()

    def answer(self, sent: Sent, status: int, reason: str = "", *, headers: Iterable[str] = ()) -> list[Sent]:
        """What is sent when whoever `sent` went to answers it."""
        message = parse(sent.data)
        assert isinstance(message, Request), "only a request can be answered"
        via = parse_via(message.data, message.via_start, message.via_end)
        here = self.listeners.all[0]
        lines = b"".join(line.encode() + b"\r\n" for line in headers)
        tag = b"callee" if status > 100 else b""
        data = response(message, via, (here.host, here.port), status, reason.encode(), tag, lines)
        return self.receive(data, sent.address)

    def cancel(self, data: bytes, source: Address = CALLER) -> list[Sent]:
        """What is sent when the caller of the INVITE `data` gives up."""
        message = parse(data)
        assert isinstance(message, Request), "only a request can be cancelled"
        return self.receive(cancel(message), source)

    def wait(self, seconds: float) -> list[Sent]:
        """What is sent while time passes: timers fire, and what a script waits for comes."""
        sent: list[Sent] = []
        end = self.now + seconds
        while self.now < end - TICK / 2:
            self.now += TICK
            self._clock.advance(TICK)
            self.proxy.advance(self.now)
            sent += self.sent()
        return sent

    def sent(self) -> list[Sent]:
        """What was sent and not yet read."""
        actions = self.proxy.actions
        while actions.resolves or actions.waits:
            for resolve in _taken(actions.resolves):
                self._resolve(resolve)
            for pending in _taken(actions.waits):
                self._waits.begin(pending, pending.wait.until - self.now)
        sent = [Sent(data, address, listener.transport) for listener, address, data in _taken(actions.sends)]
        if isinstance(self.router, ScriptRoute) and self.router.faults and not self._faults:
            raise AssertionError(self.logged[-1][1])
        return sent

    def event(self, name: str, uri: str, set_id: int = 1) -> None:
        """Let ``dispatcher:dst-down`` or ``dispatcher:dst-up`` happen to a destination, as the script's event route hears it."""
        assert isinstance(self.router, ScriptRoute), "only a script has event routes"
        told: dict[str, Value] = {"code": 0, "flags": 0, "reason": b"", "setid": set_id, "uri": uri.encode()}
        self.router.event(name, uri, self.now, told)
        self.sent()

    def set_state(self, set_id: int, uri: str, state: str) -> None:
        """Put a destination into a state: ``a``, ``i``, ``d``, ``t``, each also with ``p``."""
        destination = self.sets[set_id].by_uri(uri) if set_id in self.sets else None
        if destination is None:
            raise UnknownDestination(f"there is no {uri} in set {set_id}")
        self.sets.mark(destination, parse_mark(state), self.now, reason="set by a test")

    def _resolve(self, resolve: Resolve) -> None:
        hop = resolve.waiting.hop
        address = self._addresses.get(hop.host)
        self.proxy.resolved(resolve, [(hop.transport, address, hop.port)] if address else [], self.now)

    def _resumed(self, pending: Pending, value: object, error: BaseException | None) -> None:
        assert isinstance(self.proxy, StatefulProxy)
        self.proxy.resumed(pending, value, error, self.now)

    def _log(self, level: int, text: str) -> None:
        self.logged.append((level, text))
        print_line(level, text)

    def _reload(self) -> None:
        self.reloads += 1


def _config(file: str, settings: Mapping[str, Mapping[str, Any]]) -> Config:
    key = {".py": "script", ".cfg": "kamailio_cfg"}.get(Path(file).suffix)
    if key is None:
        if settings:
            raise ValueError(f"{file} has its settings itself")
        return load_config(file)
    if key == "kamailio_cfg" and not settings:
        return load_config("", file)
    document = {section: dict(table) for section, table in settings.items()}
    document.setdefault("route", {})[key] = str(Path(file).absolute())
    return config_of(document, file)


def _records(destinations: Mapping[int, Sequence[str]]) -> list[Record]:
    """The first URI of each set has the highest priority: it is the first that is tried."""
    return [
        make_record(set_id, uri, 0, len(uris) - index, "", lambda text: None)
        for set_id, uris in destinations.items()
        for index, uri in enumerate(uris)
    ]


def _at_once(call: Callable[[], object]) -> Deferred[Any]:
    """A call that a server would make in a thread."""
    return maybeDeferred(call)


def _taken(actions: list[Any]) -> list[Any]:
    taken = actions[:]
    actions.clear()
    return taken
