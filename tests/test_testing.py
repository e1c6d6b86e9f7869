"""txdispatcher.testing: what its messages say, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from txdispatcher.errors import ConfigError, UnknownDestination
from txdispatcher.sip.message import Request, parse
from txdispatcher.testing import Bench, Sent, request

GATEWAYS = {1: ["sip:192.0.2.1", "sip:192.0.2.2"]}


def script(folder: Path, body: str) -> Path:
    file = folder / "route.py"
    file.write_text(f"from txdispatcher.script import *\n@request_route\ndef route(r):\n    {body}\n")
    return file


def test_a_request_is_one() -> None:
    message = parse(request("MESSAGE", "sip:a@b", to_tag="x", call_id="c", cseq=7, headers=["X-A: ü"], body="Grüße"))
    assert isinstance(message, Request)
    assert (message.method, message.uri, message.call_id, message.cseq) == (b"MESSAGE", b"sip:a@b", b"c", 7)
    assert message.data[message.body :].decode() == "Grüße"
    assert message.max_forwards == 70
    assert parse(request(headers=["max-forwards: 3"])).max_forwards == 3  # type: ignore[union-attr]


def test_each_request_is_another() -> None:
    first, second = request(), request()
    assert first != second


def test_a_message_tells_what_it_is() -> None:
    response = Sent(b"SIP/2.0 486 Busy Here\r\nCSeq: 1 INVITE\r\nX: 1\r\nx: 2\r\n\r\n", ("192.0.2.1", 5060), "udp")
    assert (response.status, response.reason, response.method, response.uri) == (486, "Busy Here", "INVITE", "")
    assert (response.header("X"), response.headers("X"), response.header("Y")) == ("1", ["1", "2"], None)
    assert repr(response) == "<486 Busy Here to 192.0.2.1:5060>"
    sent = Sent(request("BYE", "sip:a@b"), ("192.0.2.1", 5060), "udp")
    assert (sent.status, sent.reason, sent.method, sent.uri) == (0, "", "BYE", "sip:a@b")


def test_names_lead_where_the_test_says(tmp_path: Path) -> None:
    file = script(tmp_path, "r.ds_select_dst(1, 8); r.t_relay()")
    bench = Bench(file, {1: ["sip:gw.example.com"]}, addresses={"gw.example.com": "192.0.2.7"})
    assert bench.receive(request())[-1].address == ("192.0.2.7", 5060)
    assert Bench(file, {1: ["sip:gw.example.com"]}).receive(request())[-1].status == 100


def test_settings_for_a_script_that_stands_alone(tmp_path: Path) -> None:
    file = script(tmp_path, "r.ds_select_dst(1, 8); r.t_relay()")
    listen = ["udp:127.0.0.1:5060", "tcp:127.0.0.1:5060"]
    bench = Bench(file, {1: ["sip:192.0.2.1;transport=tcp"]}, settings={"sip": {"listen": listen}})
    assert bench.receive(request())[-1].transport == "tcp"
    assert Bench(file, {1: ["sip:192.0.2.1;transport=tcp"]}).receive(request())[-1].status == 100


def test_settings_go_before_those_of_a_kamailio_file(tmp_path: Path) -> None:
    file = tmp_path / "route.cfg"
    file.write_text('listen=udp:127.0.0.1:5070\nroute { sl_send_reply("480", "$Rp"); }\n')
    assert Bench(file, GATEWAYS).receive(request("OPTIONS"))[0].reason == "5070"
    settings = {"sip": {"listen": ["udp:127.0.0.1:5080"]}}
    assert Bench(file, GATEWAYS, settings=settings).receive(request("OPTIONS"))[0].reason == "5080"


@pytest.mark.parametrize(
    ("settings", "message"),
    [({"sip": {"lissen": []}}, r"sip\.lissen"), ({"route": {"script_timeout": "x"}}, r"route\.script_timeout")],
)
def test_settings_that_are_wrong_are_errors(tmp_path: Path, settings: dict[str, dict[str, object]], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        Bench(script(tmp_path, "pass"), GATEWAYS, settings=settings)


def test_a_configuration_has_its_settings_itself(tmp_path: Path) -> None:
    file = tmp_path / "k.toml"
    file.write_text("")
    with pytest.raises(ValueError, match="has its settings itself"):
        Bench(file, GATEWAYS, settings={"tm": {"fr_timer": 100}})


def test_a_reload_is_counted(tmp_path: Path) -> None:
    bench = Bench(script(tmp_path, "r.ds_reload()"), GATEWAYS)
    bench.receive(request())
    assert bench.reloads == 1


def test_a_fault_fails_the_test_that_does_not_want_it(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match=r"route\.py:4: ZeroDivisionError: division by zero"):
        Bench(script(tmp_path, "1 / 0"), GATEWAYS).receive(request())
    assert Bench(script(tmp_path, "1 / 0"), GATEWAYS, faults=True).receive(request())[0].status == 500


def test_a_state_is_one_of_a_destination_that_is_there(tmp_path: Path) -> None:
    bench = Bench(script(tmp_path, "pass"), GATEWAYS)
    with pytest.raises(UnknownDestination, match=r"there is no sip:192\.0\.2\.3 in set 1"):
        bench.set_state(1, "sip:192.0.2.3", "i")


def test_errors_are_those_of_a_server(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.py: cannot be read"):
        Bench(tmp_path / "none.py", GATEWAYS)


def test_a_caller_that_gives_up(tmp_path: Path) -> None:
    bench = Bench(script(tmp_path, "r.ds_select_dst(1, 8); r.t_relay()"), GATEWAYS)
    data = request()
    invite = bench.receive(data)[-1]
    bench.answer(invite, 180)
    ok, cancel = bench.cancel(data)
    assert (ok.status, cancel.method, cancel.address) == (200, "CANCEL", ("192.0.2.1", 5060))
    assert [each.status or each.method for each in bench.answer(invite, 487)] == ["ACK", 487]
