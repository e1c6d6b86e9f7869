"""rr and path: what is recorded for requests that come later, as Kamailio 5.6.3 writes it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.proxy.bench import Sent, request
from tests.routing.kamailio.script_bench import ScriptBench
from txdispatcher.proxy.listener import Listener

UDP = Listener("udp", "192.0.2.100", 5080)
TCP = Listener("tcp", "192.0.2.100", 5060)


def sent(
    folder: Path, text: str, parameters: str = "", headers: bytes = b"", listener: Listener = UDP
) -> tuple[ScriptBench, Sent]:
    """The bench, and the request as it went on to 198.51.100.9."""
    file = folder / "k.cfg"
    file.write_text(f'{parameters}\nrequest_route {{ {text} if (!isdsturiset()) $du = "sip:198.51.100.9"; t_relay(); }}')
    bench = ScriptBench(file, listeners=(UDP, TCP))
    return bench, bench.receive(request(headers=headers), ("192.0.2.1", 5070), listener)[-1]


@pytest.mark.parametrize(
    ("text", "routes"),
    [
        ('record_route_preset("a.example:5090");', [b"<sip:a.example:5090;ftag=alice;lr>"]),
        (
            'record_route_preset("a.example", "192.0.2.7;transport=tcp"); record_route(); record_route_preset("b.example");',
            [b"<sip:a.example;ftag=alice;lr>", b"<sip:192.0.2.7;transport=tcp;ftag=alice;lr>"],
        ),
        ('record_route(); record_route_preset("a.example");', [b"<sip:192.0.2.100:5080;lr;ftag=alice>"]),
        ('record_route_advertised_address("a.example:5090");', [b"<sip:a.example:5090;lr;ftag=alice>"]),
        ("record_route(); remove_record_route();", []),
    ],
)
def test_the_record_route_of_a_request(tmp_path: Path, text: str, routes: list[bytes]) -> None:
    assert sent(tmp_path, text)[1].values(b"Record-Route") == routes


@pytest.mark.parametrize(
    ("text", "parameters", "path"),
    [
        ("add_path();", "", b"<sip:192.0.2.100:5080;lr>"),
        ('add_path("lb", "ob");', "", b"<sip:lb@192.0.2.100:5080;lr;ob>"),
        ('add_path_received("", ";x=1");', "", b"<sip:192.0.2.100:5080;lr;received=sip:192.0.2.1:5070;x=1>"),
        ("add_path_received();", '"received_format", 1', b"<sip:192.0.2.100:5080;lr;received=192.0.2.1~5070~1>"),
        ("add_path_received();", '"received_name", "rcv"', b"<sip:192.0.2.100:5080;lr;rcv=sip:192.0.2.1:5070>"),
    ],
)
def test_a_path(tmp_path: Path, text: str, parameters: str, path: bytes) -> None:
    said = f'modparam("path", {parameters})' if parameters else ""
    assert sent(tmp_path, text, said)[1].values(b"Path") == [path]


def test_a_path_stands_before_those_of_others_and_names_the_transport(tmp_path: Path) -> None:
    paths = sent(tmp_path, "add_path_received();", headers=b"Path: <sip:far;lr>\r\n", listener=TCP)[1].values(b"Path")
    near = b"<sip:192.0.2.100;transport=tcp;lr;received=sip:192.0.2.1:5070%3Btransport%3Dtcp>"
    assert paths == [near, b"<sip:far;lr>"]


def test_a_user_that_would_end_the_path_is_refused(tmp_path: Path) -> None:
    bench, _ = sent(tmp_path, 'add_path("a>b");')
    assert "is no Path" in bench.logged[0][1]


@pytest.mark.parametrize("written", [b"sip:203.0.113.5:6000%3Btransport%3Dtcp", b"203.0.113.5~6000~2"])
def test_received_leads_back_to_the_phone(tmp_path: Path, written: bytes) -> None:
    headers = b"Route: <sip:192.0.2.100:5080;lr;received=%b>\r\n" % written
    bench, invite = sent(tmp_path, 'loose_route(); xlog("$du");', 'modparam("path", "use_received", 1)', headers)
    assert bench.logged == [(-1, "sip:203.0.113.5:6000;transport=tcp")]
    assert (invite.address, invite.listener.transport) == (("203.0.113.5", 6000), "tcp")


def test_without_the_parameter_it_leads_nowhere(tmp_path: Path) -> None:
    headers = b"Route: <sip:192.0.2.100:5080;lr;received=sip:203.0.113.5>\r\n"
    assert sent(tmp_path, 'loose_route(); xlog("$du");', "", headers)[0].logged == [(-1, "<null>")]


@pytest.mark.parametrize(("headers", "code"), [(b"", "-1"), (b"Route: <sip:198.51.100.7;lr>\r\n", "1")])
def test_whether_a_route_is_left(tmp_path: Path, headers: bytes, code: str) -> None:
    assert sent(tmp_path, 'loose_route(); rr_next_hop_route(); xlog("$rc");', headers=headers)[0].logged == [(-1, code)]


@pytest.mark.parametrize(
    ("call", "address", "transport"),
    [
        ('t_relay_to_udp("203.0.113.5", "5070")', ("203.0.113.5", 5070), "udp"),
        ('t_relay_to_tcp("203.0.113.5", 5070)', ("203.0.113.5", 5070), "tcp"),
        ('$du = "sip:203.0.113.6:5071"; t_relay_to_tcp()', ("203.0.113.6", 5071), "tcp"),
        ('$ru = "sip:bob@203.0.113.7"; t_relay_to_tcp()', ("203.0.113.7", 5060), "tcp"),
    ],
)
def test_relaying_by_a_transport(tmp_path: Path, call: str, address: tuple[str, int], transport: str) -> None:
    _, invite = sent(tmp_path, f"{call}; exit;")
    assert (invite.address, invite.listener.transport) == (address, transport)


def test_an_address_of_ipv6_stands_in_brackets(tmp_path: Path) -> None:
    bench, _ = sent(tmp_path, 't_relay_to_udp("2001:db8::5", "5070"); xlog("$du");')
    assert bench.logged == [(-1, "sip:[2001:db8::5]:5070;transport=udp")]


def test_what_no_transaction_has(tmp_path: Path) -> None:
    text = (
        't_lookup_request(); xlog("$rc"); t_relay_cancel(); xlog("$rc"); t_release(); xlog("$rc"); t_flush_flags(); xlog("$rc");'
    )
    assert [each for _, each in sent(tmp_path, text)[0].logged] == ["-1", "-1", "1", "1"]
