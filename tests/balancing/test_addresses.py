from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from txdispatcher.balancing.addresses import Addresses, canonical
from txdispatcher.balancing.destination import Destination, Record
from txdispatcher.balancing.states import NO_DNS

HOSTS = ["10.0.0.1", "10.0.0.2", "gw"]
PORTS = [0, 5060, 5061]
TRANSPORTS = ["udp", "tls"]

there = st.builds(
    Record,
    set_id=st.integers(1, 3),
    uri=st.just("sip:x"),
    flags=st.sampled_from([0, 0, 0, NO_DNS]),
    host=st.sampled_from(HOSTS),
    port=st.sampled_from(PORTS),
    transport=st.sampled_from(TRANSPORTS),
)


@given(
    records=st.lists(there, max_size=12),
    host=st.sampled_from(HOSTS),
    port=st.sampled_from(PORTS),
    transport=st.sampled_from([None, *TRANSPORTS]),
    set_id=st.sampled_from([None, 1, 2, 3]),
)
def test_the_first_that_is_there(records: list[Record], host: str, port: int, transport: str | None, set_id: int | None) -> None:
    addresses = Addresses()
    destinations = [Destination(each) for each in records]
    for destination in destinations:
        destination.hosts = ("10.0.0.2",) if destination.record.host == "gw" else ()
        addresses.add(destination, destination.record)
    fitting = [
        each
        for each in destinations
        if host in (each.record.host, *each.hosts)
        and each.record.port in (0, port)
        and transport in (None, each.record.transport)
        and set_id in (None, each.record.set_id)
        and not each.record.flags & NO_DNS
    ]
    assert addresses.find(host.upper(), port, transport, set_id) is (fitting[0] if fitting else None)


def test_one_form() -> None:
    assert canonical("2001:DB8:0::1") == "2001:db8::1"
    assert canonical("GW.Example") == "gw.example"
