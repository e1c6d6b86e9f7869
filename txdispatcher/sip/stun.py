"""STUN, as far as phones send it to SIP ports: Binding requests that keep a NAT's mapping, answered with where they came from.

RFC 5626 4.4.2 and 8 have STUN beside SIP on one port: the first byte of a STUN message is 0 or 1, that of no SIP message is.
The format is RFC 5389's, with its magic cookie; nobody is authenticated.
"""

from __future__ import annotations

from ipaddress import ip_address
from struct import pack, unpack_from

from txdispatcher.errors import ParseError

#: The first byte of what may be STUN: that of a request or an indication.
FIRST_BYTE = b"\0"

_COOKIE = b"\x21\x12\xa4\x42"
_HEADER_SIZE = 20
_REQUEST, _INDICATION, _SUCCESS, _ERROR = 0x0001, 0x0011, 0x0101, 0x0111
_ERROR_CODE, _UNKNOWN_ATTRIBUTES, _XOR_MAPPED_ADDRESS = 0x0009, 0x000A, 0x0020
#: What RFC 5389 18.2 has below 0x8000, where whoever does not know an attribute must say so.
_KNOWN = frozenset((0x0001, 0x0006, 0x0008, _ERROR_CODE, _UNKNOWN_ATTRIBUTES, 0x0014, 0x0015, _XOR_MAPPED_ADDRESS))
#: Unknown attributes that are named in an answer, so that it stays small.
_MOST_NAMED = 8
#: 420 Unknown Attribute.
_UNKNOWN_ATTRIBUTE = b"\0\0\x04\x14Unknown Attribute"


def stun_answer(data: bytes, source: tuple[str, int]) -> bytes:
    """The answer to the datagram `data` from `source` (IP address, port); empty where none is due. Raises ParseError: no STUN."""
    if len(data) < _HEADER_SIZE or data[4:8] != _COOKIE:
        raise ParseError("no STUN message: too short, or without the magic cookie")
    kind, size = unpack_from("!HH", data)
    if size % 4 or size != len(data) - _HEADER_SIZE:
        raise ParseError(f"STUN message whose length is {size}, with {len(data) - _HEADER_SIZE} bytes behind its header")
    if kind == _INDICATION:
        return b""
    if kind != _REQUEST:
        raise ParseError(f"STUN message of type {kind:#06x}, neither a Binding request nor an indication")
    unknown = [each for each in _attributes(data) if each < 0x8000 and each not in _KNOWN][:_MOST_NAMED]
    if unknown:
        named = b"".join(pack("!H", each) for each in unknown)
        return _message(_ERROR, data, _attribute(_ERROR_CODE, _UNKNOWN_ATTRIBUTE) + _attribute(_UNKNOWN_ATTRIBUTES, named))
    return _message(_SUCCESS, data, _attribute(_XOR_MAPPED_ADDRESS, _xor_address(data, source)))


def _attributes(data: bytes) -> list[int]:
    """The types of the attributes, in order. Raises ParseError."""
    found = []
    at = _HEADER_SIZE
    while at < len(data):
        kind, size = unpack_from("!HH", data, at)
        at += 4 + size + -size % 4
        if at > len(data):
            raise ParseError(f"STUN attribute {kind:#06x} reaches beyond its message")
        found.append(kind)
    return found


def _xor_address(data: bytes, source: tuple[str, int]) -> bytes:
    """`source`, hidden from NATs that rewrite addresses wherever they see them (RFC 5389 15.2)."""
    host = ip_address(source[0].partition("%")[0])
    packed = host.packed
    # The cookie, and for an IPv6 address the transaction's id behind it.
    mask = int.from_bytes(data[4 : 4 + len(packed)], "big")
    hidden = (int.from_bytes(packed, "big") ^ mask).to_bytes(len(packed), "big")
    return pack("!BBH", 0, 1 if host.version == 4 else 2, source[1] ^ 0x2112) + hidden


def _attribute(kind: int, value: bytes) -> bytes:
    return pack("!HH", kind, len(value)) + value + bytes(-len(value) % 4)


def _message(kind: int, request: bytes, attributes: bytes) -> bytes:
    return pack("!HH", kind, len(attributes)) + request[4:_HEADER_SIZE] + attributes
