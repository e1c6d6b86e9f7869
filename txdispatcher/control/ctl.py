"""The methods named ctl.*: who is connected to the listeners for operators, and where these listen."""

from __future__ import annotations

from dataclasses import dataclass, field

from txdispatcher.control.table import Method

#: What Linux has no name for: the far end of a unix socket that is bound to nothing.
ANONYMOUS = "<anonymous unix socket>"


@dataclass(frozen=True, slots=True)
class Place:
    """One end of a connection: an address and a port, or the path of a file and ""."""

    address: str
    port: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Listening:
    """Where a listener listens.

    `protocol` is what it speaks: jsonrpc, binrpc, mi; `transport` is Kamailio's word: tcp, udp, unix_stream, unix_dgram, fifo.
    """

    protocol: str
    transport: str
    place: Place


@dataclass(frozen=True, slots=True, eq=False)
class Connection:
    """One connection to a listener."""

    protocol: str
    transport: str
    there: Place
    here: Place


@dataclass(slots=True)
class Register:
    """All listeners and their connections: each listener adds what it opens and takes away what it closes, by identity."""

    listening: list[Listening] = field(default_factory=list)
    connections: list[Connection] = field(default_factory=list)


def ctl_methods(register: Register) -> list[Method]:
    """The entries for the table."""

    def who() -> list[object]:
        shown: list[object] = []
        for each in register.connections:
            shown += [each.protocol, each.transport]
            shown += [each.there.address, each.there.port, each.here.address, each.here.port]
        return shown

    def listen() -> list[object]:
        shown: list[object] = []
        for each in register.listening:
            shown += [each.protocol, each.transport, each.place.address, each.place.port]
        return shown

    return [
        Method("ctl.listen", (), "List where the listeners for operators listen", listen),
        Method("ctl.who", (), "List who is connected to the listeners for operators", who),
    ]
