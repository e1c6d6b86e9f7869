"""Calls by TCP and TLS on the caller's side, the gateway's, or both; and what comes of connections that break."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.wire.server import Server, settings
from tests.wire.sipp import Gateway, place_calls

pytestmark = pytest.mark.peer

CALLS = 500
RATE = 250


@pytest.mark.parametrize(("caller", "gateway"), [("tcp", "udp"), ("udp", "tcp"), ("tcp", "tcp")])
def test_calls_cross_transports(tmp_path: Path, caller: str, gateway: str) -> None:
    with (
        Gateway(tmp_path, transport=gateway) as peer,
        Server(tmp_path, settings(), [f"1 {peer.uri} 0 0"], transports=("udp", "tcp")) as server,
    ):
        place_calls(tmp_path, server, CALLS, RATE, transport=caller)
        assert peer.finish() == CALLS
        counted = server.finish()
    # Nothing is sent twice where nothing is lost, and whatever is relayed is one of INVITE, ACK and BYE.
    assert counted["relayed"] == 3 * CALLS
    assert "unsent" not in counted


def test_a_gateway_killed_under_load_costs_no_new_call(tmp_path: Path) -> None:
    """Half of the calls meet it, refused from then on: each goes to the other one at once, long before any timer."""
    with (
        Gateway(tmp_path, transport="tcp") as first,
        Gateway(tmp_path, transport="tcp") as second,
        Server(
            tmp_path, settings(route="algorithm = 4"), [f"1 {first.uri} 0 0", f"1 {second.uri} 0 0"], transports=("udp", "tcp")
        ) as server,
    ):
        second.kill()
        seconds = place_calls(tmp_path, server, CALLS, RATE)
        assert first.finish() == CALLS
        assert server.finish()["failovers"] == CALLS // 2
    assert max(seconds) < 60, "fr_timer is 60 s here"
