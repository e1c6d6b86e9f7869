"""Callers of a script that have a connection: requests inside the dialog go back by it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.proxy.bench import CALLER, OURS, Sent, request, words
from tests.routing.kamailio.script_bench import ScriptBench, script
from txdispatcher.proxy.listener import Listener

GATEWAY = ("198.51.100.1", 5060)
SCRIPT = """
if (has_totag()) { loose_route(); t_relay(); exit; }
record_route();
ds_select_dst("1", "8");
t_relay();
"""


@pytest.fixture
def web() -> Listener:
    """A listener with the caller's connection."""
    found = Listener("wss", "192.0.2.100", 443)
    found.connections = {CALLER: "open"}
    return found


def bench(folder: Path, web: Listener, text: str = SCRIPT) -> tuple[ScriptBench, Sent]:
    """The script, and the INVITE of a browser as the gateway got it."""
    found = script(folder, text, listeners=(OURS, web))
    return found, found.receive(request(), CALLER, web)[-1]


def bye(invite: Sent) -> bytes:
    """The gateway's, by the routes of the INVITE."""
    routes = b"".join(b"Route: %b\r\n" % each for each in invite.values(b"Record-Route"))
    return request(b"BYE", b"sip:alice@df7jal23ls0d.invalid;transport=ws", to=b"<sip:alice@example.org>;tag=a", headers=routes)


def test_a_bye_finds_the_browser(tmp_path: Path, web: Listener) -> None:
    scene, invite = bench(tmp_path, web)
    [far, near] = invite.values(b"Record-Route")
    assert far == b"<sip:192.0.2.100:5060;lr;ftag=alice>"
    assert near.startswith(b"<sip:192.0.2.100:443;transport=ws;lr;ftag=alice;fl=c0000201")
    [sent] = scene.receive(bye(invite), GATEWAY, OURS)
    assert (sent.word, sent.uri, sent.address) == (b"BYE", b"sip:alice@df7jal23ls0d.invalid;transport=ws", CALLER)
    assert sent.listener is web
    assert sent.values(b"Route") == []


def test_one_whose_connection_is_gone_is_a_430(tmp_path: Path, web: Listener) -> None:
    scene, invite = bench(tmp_path, web)
    web.connections = {}
    assert words(scene.receive(bye(invite), GATEWAY, OURS)) == [b"430"]


def test_a_script_may_say_where_it_goes_all_the_same(tmp_path: Path, web: Listener) -> None:
    scene, invite = bench(tmp_path, web, SCRIPT.replace("loose_route();", '$du = "sip:198.51.100.9";'))
    [sent] = scene.receive(bye(invite), GATEWAY, OURS)
    assert sent.address == ("198.51.100.9", 5060)


def test_a_flow_that_fails_enters_the_failure_route(tmp_path: Path, web: Listener) -> None:
    text = SCRIPT.replace("t_relay(); exit;", 't_on_failure("F"); t_relay(); exit;')
    scene, invite = bench(tmp_path, web, "route {" + text + '}\nfailure_route[F] { t_reply("480", "Away"); }')
    [sent] = scene.receive(bye(invite), GATEWAY, OURS)
    scene.proxy.disconnected({(sent.listener, sent.address)}, scene.now)
    assert words(scene.sent()) == [b"480"]


def test_a_caller_on_udp_has_one_record_route(tmp_path: Path, web: Listener) -> None:
    scene, _ = bench(tmp_path, web)
    invite = scene.receive(request(branch=b";branch=z9hG4bKudp", call_id=b"other"), CALLER, OURS)[-1]
    assert invite.values(b"Record-Route") == [b"<sip:192.0.2.100:5060;lr;ftag=alice>"]
