"""What a proxy does with one message of a torture test: it is relayed, refused, or discarded."""

from __future__ import annotations

from textwrap import dedent

from tests.proxy.bench import CALLER, OURS, Bench, Sent, values
from txdispatcher.proxy.hop import Address
from txdispatcher.proxy.listener import Listener
from txdispatcher.sip.message import parse

#: What a proxy may change of a request (RFC 3261 16.6).
EDITED = (b"via", b"v", b"max-forwards", b"route")


def message(text: str, body: bytes = b"") -> bytes:
    """The message as it goes over the wire: `text` is its header, indented as in the test, a line each."""
    return dedent(text).strip("\n").replace("\n", "\r\n").encode() + b"\r\n\r\n" + body


def relayed(data: bytes, source: Address = CALLER, listener: Listener = OURS) -> Sent:
    """The request as it leaves for the gateway: what a proxy has no business with is as it came, byte by byte."""
    bench = Bench(listeners=(listener, *((OURS,) if listener is not OURS else ())))
    sent = [each for each in bench.receive(data, source) if each.word != b"100"]
    assert len(sent) == 1, f"not relayed: {sent}, {bench.counters}"
    (left,) = sent
    assert not left.first.startswith(b"SIP/"), left.first
    came, body = kept(data)
    leaves, body_left = kept(left.data)
    assert leaves == came
    assert body.startswith(body_left)
    parse(left.data)
    return left


def refused(data: bytes, status: bytes, source: Address = CALLER) -> Sent:
    """The answer to a request that is not relayed."""
    (answer,) = Bench().receive(data, source)
    assert answer.word == status, answer.first
    assert answer.address[0] == source[0]
    return answer


def discarded(data: bytes, *, counter: str = "received_malformed") -> None:
    """That `data` leads to nothing, and is counted as what it is."""
    bench = Bench()
    assert bench.receive(data) == []
    assert {name: count for name, count in bench.counters.items() if count and name != "received_responses"} == {counter: 1}


def answered(text: str) -> list[Sent]:
    """What the caller gets when the gateway answers its INVITE with `text`, in which {vias} are the Vias of the request."""
    bench = Bench()
    invite = bench.receive(message(INVITE))[-1]
    vias = "\n".join(f"Via: {value.decode()}" for value in values(invite.data, b"Via"))
    return bench.receive(message(dedent(text).replace("{vias}", vias)), invite.address, invite.listener)


INVITE = """
    INVITE sip:bob@example.com SIP/2.0
    Via: SIP/2.0/UDP phone.example.com;branch=z9hG4bKanswered
    Max-Forwards: 70
    From: <sip:alice@example.com>;tag=alice
    To: <sip:bob@example.com>
    Call-ID: answered@phone.example.com
    CSeq: 1 INVITE
    Content-Length: 0
    """


def kept(data: bytes) -> tuple[list[bytes], bytes]:
    """The header lines that a proxy leaves alone, folds and all, in order; and the body."""
    head, _, body = data.partition(b"\r\n\r\n")
    whole: list[bytes] = []
    for line in head.split(b"\r\n")[1:]:
        if line[:1] in (b" ", b"\t"):
            whole[-1] += b"\r\n" + line
        else:
            whole.append(line)
    return [line for line in whole if line.partition(b":")[0].strip().lower() not in EDITED], body
