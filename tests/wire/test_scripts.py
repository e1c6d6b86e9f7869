"""What a script does beside routing, in the real server: responses changed, tables filled, calls accounted."""

from __future__ import annotations

import csv
import time
from pathlib import Path

from tests.wire.agent import Agent, Dialog
from tests.wire.server import PATIENCE
from tests.wire.test_kamailio_samples import ScriptServer

TEXT = """
[sip]
listen = [LISTEN]
[dispatcher]
list_file = LIST
[control]
jsonrpc = RPC
[acc]
csv_file = "acc.csv"
[route]
kamailio_cfg = "k.cfg"
"""
SCRIPT = """
loadmodule "htable.so"
modparam("htable", "htable", "calls=>size=4;initval=0;")
modparam("acc", "log_flag", 1)
modparam("acc", "log_extra", "user=$rU;count=$sht(calls=>all)")
modparam("rr", "append_fromtag", 0)

event_route[htable:mod-init] { $sht(calls=>all) = 40; }
request_route {
    if (is_method("INVITE")) { setflag(1); $var(n) = $shtinc(calls=>all); t_on_reply("MARK"); }
    if (has_totag()) { loose_route(); t_relay(); exit; }
    record_route();
    ds_select_dst("1", "8");
    t_relay();
}
onreply_route[MARK] {
    if (status == "183") drop;
    append_hf("X-Count: $sht(calls=>all)\\r\\n");
}
"""


def rows(path: Path, count: int) -> list[dict[str, str]]:
    """The records, once there are so many."""
    give_up = time.monotonic() + PATIENCE
    while time.monotonic() < give_up:
        if path.exists():
            with path.open(newline="") as file:
                found = list(csv.DictReader(file))
            if len(found) >= count:
                return found
        time.sleep(0.02)
    raise AssertionError(f"{path} has no {count} records")


def test_a_call_is_marked_and_recorded(tmp_path: Path) -> None:
    (tmp_path / "k.cfg").write_text(SCRIPT)
    with Agent() as caller, Agent() as gateway, ScriptServer(tmp_path, TEXT, [f"1 {gateway.uri}"]) as server:
        caller.send(caller.request("INVITE", f"sip:1000@{server.host_port}", caller.contact), server.address)
        invite = gateway.expect("INVITE")
        caller.expect("100")
        gateway.answer(invite, "183 Session Progress", gateway.contact)
        gateway.answer(invite, "200 OK", gateway.contact)
        answer = caller.expect("200")
        assert answer.all("x-count") == ["41"]
        caller.send(Dialog(caller, answer).request("ACK", 1), server.address)
        gateway.expect("ACK")
        (record,) = rows(tmp_path / "acc.csv", 1)
        assert (record["kind"], record["method"], record["code"]) == ("transaction answered", "INVITE", "200")
        assert (record["user"], record["count"]) == ("1000", "41")
        server.until(lambda: "ACC: transaction answered: " in server.log)
