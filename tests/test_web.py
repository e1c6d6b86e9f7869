"""HTTP on a connection of SIP, from a script's event_route[xhttp:request] to the methods."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock

from tests.routing.kamailio.script_bench import ScriptBench, script
from txdispatcher.control.table import Kind, Method, Methods, Parameter
from txdispatcher.proxy.listener import Listener
from txdispatcher.routing.script.http import HttpReply, HttpRequest, is_http, read_http
from txdispatcher.web import web_of

#: Kamailio's own example, but for what it does with others.
SCRIPT = """
route { exit; }
event_route[xhttp:request] {
    set_reply_close();
    set_reply_no_connect();
    if (src_ip != 127.0.0.1) { xhttp_reply("403", "Forbidden", "text/html", "<html>$si</html>"); exit; }
    if ($hu =~ "^/RPC") { jsonrpc_dispatch(); exit; }
    if ($rm == "POST") { xhttp_reply("200", "OK", "text/plain", "$rb $hdr(X-Key)"); exit; }
    if ($hu == "/none") exit;
    xhttp_reply("404", "Not Found", "text/html", "no $hu at $Rp");
}
"""
TCP = Listener("tcp", "192.0.2.100", 5080)
CALL = b'{"jsonrpc": "2.0", "method": "echo", "params": ["a"], "id": 1}'


@pytest.fixture
def bench(tmp_path: Path) -> ScriptBench:
    return script(tmp_path, SCRIPT, listeners=(TCP,))


def post(target: bytes, body: bytes, headers: bytes = b"") -> bytes:
    return b"POST %b HTTP/1.1\r\nHost: a\r\n%bContent-Length: %d\r\n\r\n%b" % (target, headers, len(body), body)


def answered(bench: ScriptBench, data: bytes, host: str = "127.0.0.1") -> HttpReply | None:
    assert is_http(data)
    methods = Methods([Method("echo", (Parameter("word", Kind.STRING),), "Give it back", lambda word: word)])
    answer = web_of(bench.script, methods, Clock())
    found: list[HttpReply | None] = []
    made: Deferred[HttpReply | None] = Deferred.fromCoroutine(answer(read_http(data), (host, 4000), TCP))  # type: ignore[arg-type]
    made.addCallback(found.append)
    [reply] = found
    return reply


def test_the_methods_answer_where_the_script_says_so(bench: ScriptBench) -> None:
    reply = answered(bench, post(b"/RPC", CALL))
    assert reply is not None
    assert (reply.status, reply.content_type) == (200, b"application/json")
    assert json.loads(reply.body) == {"jsonrpc": "2.0", "result": "a", "id": 1}


def test_a_fault_is_the_status(bench: ScriptBench) -> None:
    reply = answered(bench, post(b"/RPC", CALL.replace(b"echo", b"ecko")))
    assert reply is not None
    assert (reply.status, reply.reason) == (500, b"Method Not Found")


@pytest.mark.parametrize(
    ("data", "host", "reply"),
    [
        (b"GET /x HTTP/1.1\r\n\r\n", "127.0.0.1", HttpReply(404, b"Not Found", b"text/html", b"no /x at 5080")),
        (b"GET /x HTTP/1.1\r\n\r\n", "192.0.2.1", HttpReply(403, b"Forbidden", b"text/html", b"<html>192.0.2.1</html>")),
        (post(b"/", b"text", b"X-Key: k\r\n"), "127.0.0.1", HttpReply(200, b"OK", b"text/plain", b"text k")),
        (b"GET /none HTTP/1.0\r\n\r\n", "127.0.0.1", None),
        (post(b"/RPC", CALL, b"Origin: http://evil.example\r\n"), "127.0.0.1", HttpReply(403, b"Forbidden")),
        (
            post(b"/", b"y", b"Via: x\r\nTo: a\r\nbroken\r\nX-Key: k\r\n"),
            "127.0.0.1",
            HttpReply(200, b"OK", b"text/plain", b"y k"),
        ),
    ],
)
def test_what_the_script_answers(bench: ScriptBench, data: bytes, host: str, reply: HttpReply | None) -> None:
    assert answered(bench, data, host) == reply


def test_a_notification_has_no_content(bench: ScriptBench) -> None:
    assert answered(bench, post(b"/RPC", CALL.replace(b', "id": 1', b""))) == HttpReply(204, b"No Content")


def test_a_fault_of_the_script_is_a_500(tmp_path: Path) -> None:
    made = script(tmp_path, 'route { exit; }\nevent_route[xhttp:request] { xhttp_reply("99", "a", "b", ""); }', listeners=(TCP,))
    assert answered(made, b"GET / HTTP/1.1\r\n\r\n") == HttpReply(500, b"Script Fault")
    assert "allowed: a status from 100 to 599" in made.logged[0][1]


def test_without_the_route_nothing_is_there(tmp_path: Path) -> None:
    made = script(tmp_path, "route { exit; }", listeners=(TCP,))
    assert answered(made, b"GET / HTTP/1.1\r\n\r\n") == HttpReply(404, b"Not Found")


def test_its_functions_answer_nothing_but_http(tmp_path: Path) -> None:
    from tests.proxy.bench import request, words

    made = script(tmp_path, "jsonrpc_dispatch();")
    assert words(made.receive(request())) == [b"500"]
    assert "may stand in event_route[xhttp:request] alone" in made.logged[0][1]


def test_it_is_known_by_its_first_line() -> None:
    assert is_http(b"OPTIONS * HTTP/1.0\r\n")
    assert not is_http(b"OPTIONS sip:a SIP/2.0\r\n")
    assert read_http(b"GET /a?b HTTP/1.1\r\nA: 1\r\n\r\n") == HttpRequest(b"GET", b"/a?b", ((b"a", b"1"),), b"")


def test_urls_that_are_skipped_have_no_event(tmp_path: Path) -> None:
    def statuses(parameter: str) -> list[int]:
        made = script(
            tmp_path,
            f'#!KAMAILIO\nmodparam("xhttp", {parameter})\nroute {{ exit; }}\n'
            'event_route[xhttp:request] { xhttp_reply("200", "OK", "text/plain", ""); }',
            listeners=(TCP,),
        )
        return [status_of(made, target) for target in (b"/RPC", b"/a")]

    assert statuses('"url_skip", "^/RPC"') == [404, 200]
    assert statuses('"url_match", "^/RPC"') == [200, 404]


def status_of(bench: ScriptBench, target: bytes) -> int:
    reply = answered(bench, b"GET %b HTTP/1.1\r\n\r\n" % target)
    assert reply is not None
    return reply.status
