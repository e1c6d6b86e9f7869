"""A Python script in the real server: it waits in a thread, goes wrong, runs on without end, and is read again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.wire.agent import Agent
from tests.wire.server import Fault, Server, settings

SCRIPT = """\
import os, time
from twisted.internet import reactor
from twisted.internet.task import deferLater
from txdispatcher.script import *

THERE = FILE

def wait_for(file):
    while not os.path.exists(file):
        time.sleep(0.01)
    return "file"

@request_route
async def route(r):
    if r.method == "OPTIONS":
        r.sl_send_reply(200, "OK")
    elif r["$rU"] == "slow":
        r.append_hf(f"X-Found: {await in_thread(wait_for, THERE)}\\r\\n")
        await deferLater(reactor, 0.01)
        await sleep(0.01)
        r.ds_select_dst(1, 8)
        r.t_relay()
    elif r["$rU"] == "endless":
        while True: pass
    elif r["$rU"] == "wrong":
        1 / 0
    else:
        r.sl_send_reply(480, "first")
"""


@pytest.fixture
def script(tmp_path: Path) -> Path:
    file = tmp_path / "route.py"
    file.write_text(SCRIPT.replace("FILE", json.dumps(str(tmp_path / "there"))))
    return file


def test_a_script_that_waits_and_goes_wrong_and_is_read_again(tmp_path: Path, script: Path) -> None:
    text = settings(route='script = "route.py"\nscript_limit = 200')
    with Agent() as caller, Agent() as gateway, Server(tmp_path, text, [f"1 sip:{gateway.host_port}"]) as server:

        def reason(user: str) -> str:
            caller.send(caller.request("MESSAGE", f"sip:{user}@{server.host_port}"), server.address)
            return caller.take().start.partition(" ")[2]

        caller.send(caller.request("INVITE", f"sip:slow@{server.host_port}"), server.address)
        assert caller.take().kind == "100"
        # The others do not wait, whatever becomes of them.
        assert [reason("wrong"), reason("endless"), reason("x")] == ["500 Script Fault", "500 Script Fault", "480 first"]
        (tmp_path / "there").touch()
        invite = gateway.expect("INVITE")
        assert invite.one("x-found") == "file"
        gateway.answer(invite, "486 Busy")
        assert gateway.expect("ACK").kind == "ACK"
        assert caller.take().kind == "486"
        assert f"script fault 1: {script}:26: ZeroDivisionError: division by zero" in server.log

        script.write_text(script.read_text().replace("first", "second"))
        assert server.call("script.reload") == f"Ok. Script reloaded from {script}."
        assert reason("x") == "480 second"
        good = script.read_text()
        script.write_text("none_such\n")
        with pytest.raises(Fault, match=r"500 .*route\.py:1: NameError"):
            server.call("script.reload")
        assert reason("x") == "480 second"
        script.write_text(good.replace("second", "third"))
        server.hang_up()
        server.until(lambda: server.log.count(f"script reloaded from {script}") >= 2)
        assert reason("x") == "480 third"
