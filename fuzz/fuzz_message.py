"""Fuzz target: a datagram, and all that is done with one that parses. Allowed: ParseError.

python fuzz/fuzz_message.py [COUNT [SEED]]
"""

from __future__ import annotations

from corpus import MESSAGES
from mutation import run

from txdispatcher.errors import ParseError
from txdispatcher.sip.address import address_uri, tag_span
from txdispatcher.sip.build import ack, cancel, response
from txdispatcher.sip.edit import pop_route, pop_via, push_via
from txdispatcher.sip.headers import CONTACT, ROUTE, VIA
from txdispatcher.sip.message import Request, Response, parse
from txdispatcher.sip.octets import splice
from txdispatcher.sip.uri import parse_uri
from txdispatcher.sip.via import parse_via

_FINAL = parse(MESSAGES[4])


def entry(data: bytes) -> None:
    """What comes out of `parse` must bear everything that a proxy does with it."""
    message = parse(data)
    data = message.data
    pushed = parse(splice(data, [push_via(message, b"SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKours")]))
    assert splice(pushed.data, [pop_via(pushed)]) == data, "push and pop of a Via"
    splice(data, [pop_via(message)])
    if message.route_line:
        splice(data, [pop_route(message)])
    if isinstance(message, Request):
        assert isinstance(_FINAL, Response)
        for made in (ack(message, _FINAL), cancel(message)):
            again = parse(made)
            assert (again.call_id, again.cseq) == (message.call_id, message.cseq), "the ids of ACK and CANCEL"
        via = parse_via(data, message.via_start, message.via_end)
        answer = parse(response(message, via, ("192.0.2.99", 9), 400, to_tag=b"x"))
        ids = (message.call_id, message.from_value, message.cseq, message.cseq_method)
        assert (answer.call_id, answer.from_value, answer.cseq, answer.cseq_method) == ids, "the ids of a response"
        parse_uri(message.uri)
    for start, end in message.values(VIA):
        parse_via(data, start, end)
    for start, end in ((message.from_start, message.from_end), (message.to_start, message.to_end)):
        tag_span(data, start, end)
    for field in (ROUTE, CONTACT):
        for start, end in message.values(field):
            first, stop, _ = address_uri(data, start, end)
            parse_uri(data[first:stop])


if __name__ == "__main__":
    run(entry, MESSAGES, ParseError)
