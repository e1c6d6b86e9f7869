"""binrpc as Kamailio's ctl module answers it: from the bytes of a request to those of its answer, whatever carries them."""

from __future__ import annotations

from txdispatcher.control.binrpc import Header, IncompleteError, PacketError, Type, fault, packet_around, read_body, read_header
from txdispatcher.control.calls import call
from txdispatcher.control.ctl_values import record_pieces
from txdispatcher.control.pieces import Turns
from txdispatcher.control.table import Fault, Methods, UnknownMethod

#: Bytes of a request's body. kamcmd's are a few dozen.
MAX_BODY = 65_536


def whole(data: bytes) -> Header | None:
    """The header of the request that `data` begins with; None while some of it is missing. Raises PacketError."""
    try:
        header = read_header(data)
    except IncompleteError:
        return None
    if header.type is not Type.REQUEST:
        raise PacketError("a request is expected")
    if header.end - header.start > MAX_BODY:
        raise PacketError(f"a body of {header.end - header.start} bytes; {MAX_BODY} are allowed")
    return header if header.end <= len(data) else None


def corrupted() -> bytes:
    """The answer to what is no request. Whose request it is nobody knows: the cookie is 0."""
    return fault(0, 400, "bad request: corrupted packet")


def too_long(data: bytes) -> bytes:
    """The answer to a datagram in place of one that no datagram can carry."""
    header = whole(data)
    assert header is not None  # What is no request has a short answer.
    return fault(header.cookie, 500, "the answer is longer than a datagram can be")


async def answer(methods: Methods, header: Header, body: bytes, turns: Turns) -> bytes:
    """The packet to answer a request with, made in `turns`. Raises nothing."""
    try:
        values = read_body(body)
    except PacketError:
        return fault(header.cookie, 400, "bad request: corrupted packet")
    if not values:
        return fault(header.cookie, 400, "bad request method: end of packet encountered")
    name, *given = values
    if not isinstance(name, str):
        return fault(header.cookie, 400, "bad request method: record doesn't match type")
    try:
        body = await turns.octets(record_pieces(await call(methods, name, given)))
        return packet_around(Type.REPLY, header.cookie, body)
    except UnknownMethod:
        return fault(header.cookie, 500, f"command {name} not found")
    except Fault as error:
        return fault(header.cookie, error.code, error.text)


async def answer_datagram(methods: Methods, turns: Turns, data: bytes) -> bytes:
    """The packet to answer a datagram with, which is one request and nothing else. Raises nothing."""
    try:
        header = whole(data)
    except PacketError:
        header = None
    if header is None or header.end != len(data):
        return corrupted()
    return await answer(methods, header, data[header.start : header.end], turns)
