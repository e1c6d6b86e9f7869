"""Flow tokens: what we wrote into a Route leads back, and nothing else does."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.routing.requests import request
from txdispatcher.balancing.sets import Sets
from txdispatcher.proxy.context import Context
from txdispatcher.proxy.hop import Address
from txdispatcher.proxy.listener import Listener, Listeners
from txdispatcher.routing.access import Access
from txdispatcher.sip.message import Request, parse
from txdispatcher.sip.via import parse_via

TCP = Listener("tcp", "127.0.0.1", 5060)
TLS = Listener("tls", "127.0.0.1", 5060)
ACCESS = Access([], Sets(), b"k" * 16)
DIALOG = "<sip:1000@example.com>;tag=t"

hosts = st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)).map(str)
sources = st.tuples(hosts, st.integers(1, 65_535))


def flow_of(params: bytes, *, listener: Listener = TCP, call_id: str = "1@x", to: str = DIALOG) -> Address | None:
    """Where a request leads back that comes with a Route of `listener`'s with `params`."""
    route = f"Route: <{(listener.uri + b';lr' + params).decode('latin-1')}>"
    message = parse(request("BYE", to=to, call_id=call_id, headers=[route]))
    assert isinstance(message, Request)
    context = Context(message, parse_via(message.data, message.via_start, message.via_end), ("10.0.0.1", 5070), TCP)
    context.take_own_routes(Listeners([TCP, TLS]))
    hop = ACCESS.flow_of(context)
    assert hop is None or hop.transport == listener.transport
    return hop.address if hop is not None else None


@given(sources)
def test_a_flow_leads_back_to_its_source(source: Address) -> None:
    assert flow_of(ACCESS.flow(TCP, source, b"1@x")) == source
    assert flow_of(ACCESS.flow(TLS, source, b"1@x"), listener=TLS) == source
    assert flow_of(ACCESS.flow(TCP, source, b""), to="<sip:1000@example.com>") == source


@given(sources)
def test_it_holds_for_its_dialog_its_listener_and_its_kind_alone(source: Address) -> None:
    written = ACCESS.flow(TCP, source, b"1@x")
    assert flow_of(written, call_id="2@x") is None
    assert flow_of(written, listener=TLS) is None
    assert flow_of(written, to="<sip:1000@example.com>") is None
    assert flow_of(ACCESS.flow(TCP, source, b"")) is None
    assert flow_of(Access([], Sets(), b"other" * 4).flow(TCP, source, b"1@x")) is None


@given(sources, st.data())
def test_no_digit_of_it_can_be_another(source: Address, data: st.DataObject) -> None:
    written = ACCESS.flow(TCP, source, b"1@x")
    at = data.draw(st.integers(4, len(written) - 1))
    digit = data.draw(st.sampled_from(b"0123456789abcdef"))
    changed = written[:at] + bytes([digit]) + written[at + 1 :]
    assert flow_of(changed) == (source if changed == written else None)


@given(st.text("0123456789abcdefgXYZ.-%", max_size=60))
def test_what_is_no_flow_leads_nowhere(text: str) -> None:
    assert flow_of(b";fl=" + text.encode()) is None
