"""Opens what operators' tools connect to, beside HTTP: binrpc, and JSON-RPC and MI by datagram and FIFO.

The permissions are Kamailio's: what ctl opens is its owner's alone, what jsonrpcs and MI open is the group's too.
"""

# mypy: disallow-untyped-calls=False
# (The ports of twisted.internet have few annotations.)

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

from twisted.internet.defer import Deferred, maybeDeferred
from twisted.internet.threads import deferToThreadPool
from twisted.internet.udp import Port as UDPPort
from twisted.internet.unix import DatagramPort as UNIXDatagramPort

from txdispatcher.control import ctl_packets, jsonrpcs, mi
from txdispatcher.control.ctl import Listening, Place, Register
from txdispatcher.control.ctl_stream import CtlFactory
from txdispatcher.control.datagrams import MAX_REQUEST, RequestDatagrams
from txdispatcher.control.documents import Commands, Documents, Splitter
from txdispatcher.control.fifo import Answerer as FifoAnswerer
from txdispatcher.control.fifo import RequestFifo
from txdispatcher.control.files import clear_socket, identity, owner_only, remove
from txdispatcher.control.pieces import Turns
from txdispatcher.control.request_object import KAMAILIO_UNKNOWN, Caller
from txdispatcher.control.stored import StoreFolder
from txdispatcher.control.table import Methods

#: Permissions: ctl's `mode`, and the `fifo_mode` and `dgram_mode` of jsonrpcs.
OWNERS, GROUPS = 0o600, 0o660

#: Bytes that wait in a unix datagram socket for its clients: the longest list that a datagram can hold.
SEND_BUFFER = 4 * 1024 * 1024


class Address(Protocol):
    """Where to listen: `transport` is tcp or udp, with `host` and `port`, or unix_stream or unix_dgram, with `path`."""

    @property
    def transport(self) -> str: ...
    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int: ...
    @property
    def path(self) -> str: ...


class Closable(Protocol):
    """Something open: `stopListening` closes it, and takes its file away."""

    def stopListening(self) -> Deferred[None] | None: ...


class Opener:
    """Opens listeners over one table of methods, and keeps `register` up to date.

    Each method raises OSError or CannotListenError where it cannot. `reply_folder` is where the FIFOs for answers are, `store`
    where an answer may be kept. `unknown_method` is the code that JSON-RPC gives for a method that there is not.
    """

    def __init__(
        self,
        reactor: Any,
        methods: Methods,
        register: Register,
        reply_folder: str,
        *,
        store: StoreFolder | None = None,
        unknown_method: int = KAMAILIO_UNKNOWN,
    ) -> None:
        self._reactor = reactor
        self._methods = methods
        self._register = register
        self._reply_folder = reply_folder
        self._turns = Turns(reactor)
        self._caller = Caller(methods, unknown_method=unknown_method)
        self._store = _InThread(store, reactor) if store is not None else None

    def binrpc(self, address: Address) -> Closable:
        """binrpc, as Kamailio's ctl has it."""
        if address.transport in ("udp", "unix_dgram"):
            answer = partial(ctl_packets.answer_datagram, self._methods, self._turns)
            return self._datagram(_Spoken("binrpc", answer, ctl_packets.too_long, OWNERS), address)
        here = _place(address)
        factory = CtlFactory(self._methods, self._register, self._reactor, address.transport, here, self._turns)
        if address.transport == "tcp":
            port = self._reactor.listenTCP(address.port, factory, interface=address.host)
        else:
            clear_socket(address.path, socket.SOCK_STREAM)
            with owner_only():
                port = self._reactor.listenUNIX(address.path, factory, mode=OWNERS)
        return _Open(self._register, Listening("binrpc", address.transport, here), port, address.path, factory)

    def jsonrpc_datagram(self, address: Address) -> Closable:
        """JSON-RPC by datagram, as Kamailio's jsonrpcs has it."""
        answer = partial(jsonrpcs.answer_datagram, self._caller, self._turns, store=self._store)
        return self._datagram(_Spoken("jsonrpc", answer, jsonrpcs.too_long, GROUPS), address)

    def mi_datagram(self, address: Address) -> Closable:
        """MI by datagram, as Kamailio's mi_datagram had it."""
        return self._datagram(
            _Spoken("mi", partial(mi.answer_datagram, self._methods, self._turns), mi.too_long, GROUPS), address
        )

    def jsonrpc_fifo(self, path: str) -> Closable:
        """JSON-RPC by FIFO, as Kamailio's jsonrpcs has it."""

        async def answer(document: bytes) -> tuple[bytes, str]:
            reply = await jsonrpcs.answer(self._caller, self._turns, document, self._store)
            return reply.body, reply.name

        return self._fifo("jsonrpc", path, Documents(jsonrpcs.MAX_DOCUMENT), answer)

    def mi_fifo(self, path: str) -> Closable:
        """MI by FIFO, as Kamailio's mi_fifo had it."""

        async def answer(command: bytes) -> tuple[bytes, str]:
            reply = await mi.answer(self._methods, self._turns, command)
            return reply.body, reply.name

        return self._fifo("mi", path, Commands(mi.MAX_COMMAND), answer)

    def _datagram(self, spoken: _Spoken, address: Address) -> Closable:
        receiver = RequestDatagrams(spoken.answer, spoken.too_long, self._reactor)
        port: Any
        if address.transport == "udp":
            port = UDPPort(address.port, receiver, address.host, MAX_REQUEST + 1, self._reactor)
            port.startListening()
        else:
            clear_socket(address.path, socket.SOCK_DGRAM)
            port = UNIXDatagramPort(address.path, receiver, MAX_REQUEST + 1, spoken.mode, self._reactor)
            with owner_only():
                port.startListening()
            port.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER)
        port.maxThroughput = 1  # One request in each turn of the reactor.
        return _Open(self._register, Listening(spoken.protocol, address.transport, _place(address)), port, address.path)

    def _fifo(self, protocol: str, path: str, splitter: Splitter, answer: FifoAnswerer) -> Closable:
        fifo = RequestFifo(self._reactor, path, GROUPS, splitter, answer, self._reply_folder)
        fifo.open()
        return _Open(self._register, Listening(protocol, "fifo", Place(path)), fifo)


@dataclass(frozen=True, slots=True)
class _Spoken:
    """What is spoken by datagram, and the permissions of the sockets for it."""

    protocol: str
    answer: Callable[[bytes], Awaitable[bytes]]
    too_long: Callable[[bytes], bytes]
    mode: int


class _InThread:
    """A folder to keep answers in, as `jsonrpcs` takes it: nothing waits for the disk."""

    def __init__(self, folder: StoreFolder, reactor: Any) -> None:
        self.name_of = folder.name_of
        self._folder = folder
        self._reactor = reactor

    def write(self, name: str, body: bytes) -> Deferred[None]:
        return deferToThreadPool(self._reactor, self._reactor.getThreadPool(), self._folder.write, name, body)


def _place(address: Address) -> Place:
    return Place(address.path) if address.path else Place(address.host, str(address.port))


class _Open:
    """What is open: its port, its file, if it has one that its port does not take away itself, and its connections."""

    def __init__(
        self, register: Register, shown: Listening, port: Any, path: str = "", factory: CtlFactory | None = None
    ) -> None:
        self._register = register
        self._shown = shown
        self._port = port
        self._path = path
        self._identity = identity(path) if path else None
        self._factory = factory
        register.listening.append(shown)

    def stopListening(self) -> Deferred[None] | None:
        self._register.listening.remove(self._shown)
        if self._factory is not None:
            self._factory.close()
        closed: Deferred[None] = maybeDeferred(self._port.stopListening)
        remove(self._path, self._identity)
        return closed
