"""A bench for the proxies: a router whose decisions a test sets, messages as bytes, what was sent, and time to pass."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from txdispatcher.proxy.actions import Resolve, Target
from txdispatcher.proxy.context import Context
from txdispatcher.proxy.decision import Decision, Relay
from txdispatcher.proxy.hop import Address, Hop
from txdispatcher.proxy.intake import Common
from txdispatcher.proxy.listener import Listener, Listeners
from txdispatcher.proxy.stateful import StatefulProxy
from txdispatcher.proxy.stateless import StatelessProxy
from txdispatcher.proxy.timers import TICK, Timers
from txdispatcher.sip.message import Response

CALLER: Address = ("192.0.2.1", 5070)
#: Where a proxy of ours listens unless a test says otherwise.
OURS = Listener("udp", "192.0.2.100", 5060)
START = 5000.0
INSTANCE = b"inst"


def gateway(number: int) -> Hop:
    """The hop of the destination `number`."""
    return Hop(f"198.51.100.{number}", 5060, "udp", destination=f"gateway {number}")


def relay(*numbers: int, record_route: bytes | None = None) -> Relay:
    """To the gateways with these numbers, in parallel."""
    return Relay(tuple(gateway(each) for each in numbers), (None,) * len(numbers), record_route)


@dataclass(frozen=True)
class Sent:
    """One message that left, and when."""

    at: float
    listener: Listener
    address: Address
    data: bytes

    @property
    def first(self) -> bytes:
        return self.data[: self.data.index(b"\r\n")]

    @property
    def word(self) -> bytes:
        """The method, or the status."""
        words = self.first.split(b" ")
        return words[1] if words[0] == b"SIP/2.0" else words[0]

    @property
    def uri(self) -> bytes:
        return self.first.split(b" ")[1]

    def values(self, name: bytes) -> list[bytes]:
        return values(self.data, name)

    @property
    def branch(self) -> bytes:
        return self.values(b"Via")[0].partition(b";branch=")[2].partition(b";")[0]


def values(data: bytes, name: bytes) -> list[bytes]:
    """The values of a field, a line each; written for the messages of these tests: full names, no folds."""
    lines = data.partition(b"\r\n\r\n")[0].split(b"\r\n")[1:]
    return [line.partition(b": ")[2] for line in lines if line.partition(b":")[0] == name]


class ScriptedRouter:
    """Decides what the test says: `decision`, and after failures what stands in `following`, one by one."""

    def __init__(self, decision: Decision | Callable[[Context], Decision]) -> None:
        self.decision = decision
        self.following: list[tuple[Hop, bytes | None]] = []
        self.contexts: list[Context] = []
        #: (destination, status, answered) of each call to `failure`.
        self.failures: list[tuple[object, int, bool]] = []
        #: (relay, status, now) of each call to `finished`.
        self.endings: list[tuple[Relay, int, float]] = []
        #: (relay, status) of each call to `heard`.
        self.responses: list[tuple[Relay, int]] = []
        #: What it makes of a response.
        self.replaced: Callable[[Response], Response | None] = lambda response: response
        self.by_source = False
        #: What `stranger` says of every source.
        self.refusal: Decision | None = None

    def request(self, context: Context, now: float) -> Decision:
        self.contexts.append(context)
        return self.decision(context) if callable(self.decision) else self.decision

    def failure(self, relay: Relay, hop: Hop, status: int, answered: bool, now: float) -> tuple[Hop, bytes | None] | None:
        self.failures.append((hop.destination, status, answered))
        return self.following.pop(0) if self.following else None

    def finished(self, relay: Relay, status: int, now: float) -> None:
        self.endings.append((relay, status, now))

    def stranger(self, source: tuple[str, int]) -> Decision | None:
        return self.refusal

    def heard(self, relay: Relay, response: Response, source: Address, listener: Listener, now: float) -> Response | None:
        self.responses.append((relay, response.status))
        return self.replaced(response)

    def checks_hops(self) -> bool:
        return False

    def source_matters(self) -> bool:
        return self.by_source


class Bench:
    """A proxy, its router, and the time."""

    def __init__(
        self,
        decision: Decision | Callable[[Context], Decision] | None = None,
        *,
        listeners: Iterable[Listener] = (OURS,),
        timers: Timers | None = None,
        max_transactions: int = 1000,
        server: bytes = b"",
        key: bytes | None = None,
        udp_mtu: int = 0,
    ) -> None:
        """`key` makes it a stateless one."""
        self.now = START
        self.router = ScriptedRouter(relay(1) if decision is None else decision)
        self.listeners = Listeners(listeners)
        common = Common(INSTANCE, server)
        self.proxy: StatefulProxy | StatelessProxy
        if key is None:
            self.timers = timers or Timers()
            self.proxy = StatefulProxy(
                self.listeners, self.router, common, self.timers, START, max_transactions=max_transactions, udp_mtu=udp_mtu
            )
        else:
            self.proxy = StatelessProxy(self.listeners, self.router, common, key)

    @property
    def counters(self) -> dict[str, int]:
        return self.proxy.counters.as_dict()

    def receive(self, data: bytes, source: Address = CALLER, listener: Listener | None = None) -> list[Sent]:
        """What is sent when `data` comes in."""
        self.proxy.receive(data, source, listener or self.listeners.all[0], self.now)
        return self.sent()

    def answer(self, request: Sent, status: int, *, tag: bytes = b"gw", headers: bytes = b"") -> list[Sent]:
        """What is sent when the next hop answers `request` with `status`."""
        return self.receive(answer_to(request.data, status, tag=tag, headers=headers), request.address, request.listener)

    def wait(self, seconds: float) -> list[Sent]:
        """What is sent while time passes, a tick at a time."""
        sent: list[Sent] = []
        end = self.now + seconds
        while self.now < end - TICK / 2:
            self.now += TICK
            self.proxy.advance(self.now)
            sent += self.sent()
        return sent

    def sent(self) -> list[Sent]:
        """What was sent and not yet read."""
        sent = [Sent(self.now, *each) for each in self.proxy.actions.sends]
        self.proxy.actions.sends.clear()
        return sent

    def resolve(self) -> Resolve:
        """The one name that is to be looked up."""
        (resolve,) = self.proxy.actions.resolves
        self.proxy.actions.resolves.clear()
        return resolve

    def resolved(self, resolve: Resolve, *addresses: str) -> list[Sent]:
        """What is sent when the answer to `resolve` comes: these addresses, and nothing new about port and transport."""
        hop = resolve.waiting.hop
        return self.located(resolve, *((hop.transport, address, hop.port) for address in addresses))

    def located(self, resolve: Resolve, *targets: Target) -> list[Sent]:
        self.proxy.resolved(resolve, list(targets), self.now)
        return self.sent()

    def is_empty(self) -> bool:
        """Whether nothing is held any more: no transaction on either side, no timer, nothing to look up."""
        proxy = self.proxy
        assert isinstance(proxy, StatefulProxy)
        layer = proxy.layer
        return not (layer.clients or layer.cancels or layer.servers or layer.wheel.running or proxy.actions.resolves)


def request(
    method: bytes = b"INVITE",
    uri: bytes = b"sip:bob@example.org",
    *,
    branch: bytes = b";branch=z9hG4bKcall",
    vias: bytes = b"",
    cseq: int = 1,
    to: bytes = b"<sip:bob@example.org>",
    headers: bytes = b"Max-Forwards: 70\r\n",
    call_id: bytes = b"call@192.0.2.1",
    body: bytes = b"",
) -> bytes:
    """A request of the caller's. `branch` are the parameters of its Via, `vias` further Via lines, `headers` further lines."""
    return (
        b"%b %b SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1:5070%b\r\n%b%bFrom: <sip:alice@example.org>;tag=alice\r\nTo: %b\r\n"
        b"Call-ID: %b\r\nCSeq: %d %b\r\nContent-Length: %d\r\n\r\n%b"
        % (method, uri, branch, vias, headers, to, call_id, cseq, method, len(body), body)
    )


def answer_to(sent: bytes, status: int, *, tag: bytes = b"gw", headers: bytes = b"") -> bytes:
    """The response of a next hop to the request `sent`."""
    (to,) = values(sent, b"To")
    if status > 100 and b";tag=" not in to:
        to += b";tag=" + tag
    lines = [b"SIP/2.0 %d Some Phrase" % status]
    lines += [b"Via: " + via for via in values(sent, b"Via")]
    lines += [b"From: " + values(sent, b"From")[0], b"To: " + to]
    lines += [b"%b: %b" % (name, values(sent, name)[0]) for name in (b"Call-ID", b"CSeq")]
    return b"\r\n".join(lines) + b"\r\n" + headers + b"Content-Length: 0\r\n\r\n"


def ack_of(invite: bytes, final: bytes, *, branch: bytes = b";branch=z9hG4bKcall", uri: bytes = b"sip:bob@example.org") -> bytes:
    """The caller's ACK to the final response that it got for `invite`: that of a hop, unless it has a branch of its own."""
    return request(b"ACK", uri, branch=branch, to=values(final, b"To")[0], call_id=values(invite, b"Call-ID")[0])


def words(sent: list[Sent]) -> list[bytes]:
    """Methods and statuses, in order."""
    return [each.word for each in sent]


def branches(bench: Bench, method: bytes = b"INVITE") -> list[Sent]:
    """The branches of a request that goes to the gateways 1 and 2 at once."""
    bench.router.decision = relay(1, 2)
    return [each for each in bench.receive(request(method)) if each.word == method]
