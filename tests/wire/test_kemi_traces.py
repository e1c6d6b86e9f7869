"""The same calls through a real Kamailio 5.6 and through this server, both running conf/kemi.py by way of conf/kemi.cfg."""

from __future__ import annotations

import glob
from collections.abc import Iterator

import pytest

from tests.peers import free_port, missing
from tests.wire.kamailio_tools import Kamailio
from tests.wire.server import ROOT, ScriptServer
from tests.wire.test_kamailio_traces import Case, Side

pytestmark = pytest.mark.peer

SCRIPT = ROOT / "conf/kemi.cfg"
TEXT = f"""
[sip]
listen = [LISTEN]
[dispatcher]
list_file = LIST
[control]
jsonrpc = RPC
[route]
kamailio_cfg = "{SCRIPT}"
"""
#: In this order: the gateways take turns, so that each second call begins at the second one.
CASES = [
    Case("call", "call_answered"),
    Case("call", "call_answered", "call_refused", status=500),
    Case("cancelled", "call_cancelled", final="> ACK 1 ACK"),
]


@pytest.fixture
def sides(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Side, Side]]:
    """Ours, theirs."""
    if not glob.glob("/usr/lib/*/kamailio/modules/app_python3.so"):
        missing("kamailio-python3-modules is not installed")
    folder = tmp_path_factory.mktemp("kemi-traces")
    ports = [(free_port(), free_port()) for _ in range(2)]
    lists = [[f"1 sip:127.0.0.1:{one} 0 20", f"1 sip:127.0.0.1:{other} 0 10"] for one, other in ports]
    (folder / "ours").mkdir()
    kamailio = Kamailio(folder / "kamailio", lists[1], SCRIPT, {"SCRIPT": f'"{ROOT}/conf/kemi.py"'})
    try:
        with ScriptServer(folder / "ours", TEXT, lists[0]) as server:
            ours = Side(folder / "ours", server.host_port, ports[0], lambda: server.log, list)
            theirs = Side(folder / "kamailio", f"127.0.0.1:{kamailio.port}", ports[1], lambda: kamailio.log, list)
            yield ours, theirs
            ours.kill()
            theirs.kill()
    finally:
        kamailio.close()


def test_kamailio_and_we_say_the_same(sides: tuple[Side, Side]) -> None:
    for case in CASES:
        for side in sides:
            side.start(case)
        ours, theirs = (side.finish() for side in sides)
        assert theirs["caller"][-1] == case.final
        assert ours == theirs
