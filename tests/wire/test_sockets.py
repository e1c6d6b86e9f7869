"""The listener that a destination is reached from, from the configuration to the gateway."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.peers import free_port
from tests.wire.agent import Agent
from tests.wire.server import Server, settings


@pytest.mark.parametrize("mode", ["stateful", "stateless"])
@pytest.mark.parametrize(
    ("parameter", "attributes"),
    [("", "socket=udp:127.0.0.1:OTHER"), ("", "sockname=outside"), ('ds_default_sockname = "outside"', "")],
)
def test_a_request_leaves_from_it(mode: str, parameter: str, attributes: str, tmp_path: Path) -> None:
    other = free_port()
    text = settings(mode=mode, dispatcher=parameter).replace("[LISTEN]", f'[LISTEN, "udp:127.0.0.1:{other} name outside"]')
    with Agent() as gateway, Agent() as caller:
        destinations = [f"1 {gateway.uri} 0 0 {attributes}".replace("OTHER", str(other))]
        with Server(tmp_path, text, destinations) as server:
            caller.send(caller.request("MESSAGE", f"sip:1000@{server.host_port}"), server.address)
            came = gateway.expect("MESSAGE")
            assert came.source == ("127.0.0.1", other)
            gateway.answer(came, "200 OK")
            # Without transactions nobody remembers by which listener the request came.
            assert caller.expect("200").source == (server.address if mode == "stateful" else came.source)
