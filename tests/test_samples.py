"""Each sample in conf/, as a user would test a route of his own: with `txdispatcher.testing`, without a network."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from txdispatcher.testing import Bench, Sent, request

CONF = Path(__file__).parent.parent / "conf"
GATEWAYS = {1: ["sip:192.0.2.1", "sip:192.0.2.2"]}


def reasons(sent: list[Sent]) -> list[str]:
    """The reason phrases of the answers, 100 left aside."""
    return [each.reason for each in sent if each.status > 100]


class TestConfiguration:
    """conf/kdispatcher.toml, with conf/dispatcher.list."""

    def test_calls_take_turns_at_the_gateways_of_the_list(self) -> None:
        bench = Bench(CONF / "kdispatcher.toml")
        ports = [bench.receive(request())[-1].address[1] for _ in range(4)]
        assert ports in ([5080, 5081, 5080, 5081], [5081, 5080, 5081, 5080])

    def test_a_silent_gateway_is_given_up(self) -> None:
        bench = Bench(CONF / "kdispatcher.toml", GATEWAYS)
        first = bench.receive(request())[-1]
        (other,) = {each.address for each in bench.wait(2.2) if each.method == "INVITE" and each.address != first.address}
        assert {first.address[0], other[0]} == {"192.0.2.1", "192.0.2.2"}

    def test_strangers_get_nothing(self) -> None:
        assert Bench(CONF / "kdispatcher.toml", GATEWAYS).receive(request(), ("198.51.100.1", 5060)) == []


class TestScript:
    """conf/route.py"""

    @pytest.fixture
    def bench(self) -> Bench:
        return Bench(CONF / "route.py", GATEWAYS)

    def test_a_call_from_its_first_request_to_its_last(self, bench: Bench) -> None:
        trying, invite = bench.receive(request(call_id="call"))
        assert (trying.status, invite.address) == (100, ("192.0.2.1", 5060))
        (ok,) = bench.answer(invite, 200)
        route = ok.header("Record-Route") or invite.header("Record-Route")
        bye = request("BYE", "sip:192.0.2.1", to_tag="callee", call_id="call", cseq=2, headers=[f"Route: {route}"])
        (relayed,) = bench.receive(bye)
        assert (relayed.method, relayed.address, relayed.header("Route")) == ("BYE", ("192.0.2.1", 5060), None)

    @pytest.mark.parametrize(
        ("data", "reason"),
        [
            (request(headers=["Max-Forwards: 0"]), "Too Many Hops"),
            (request("REGISTER"), "Not here"),
            (request(uri="sip:example.com"), "Address Incomplete"),
            (request("BYE", to_tag="x"), "Not here"),
        ],
    )
    def test_what_is_refused(self, bench: Bench, data: bytes, reason: str) -> None:
        assert reasons(bench.receive(data)) == [reason]

    def test_an_ack_that_belongs_to_nothing_is_dropped(self, bench: Bench) -> None:
        assert bench.receive(request("ACK", to_tag="x")) == []

    def test_a_server_error_leads_to_the_next_gateway(self, bench: Bench) -> None:
        first = bench.receive(request())[-1]
        ack, second = bench.answer(first, 503)
        assert (ack.method, first.address[0], second.address[0]) == ("ACK", "192.0.2.1", "192.0.2.2")
        assert reasons(bench.answer(second, 500)) == ["Server Internal Error"]
        assert reasons(bench.answer(bench.receive(request())[-1], 486)) == ["Busy Here"]

    def test_silence_does_too(self, bench: Bench) -> None:
        bench.receive(request())
        assert ("192.0.2.2", 5060) in [each.address for each in bench.wait(2.2)]

    def test_without_a_gateway_there_is_no_destination(self, bench: Bench) -> None:
        for uri in GATEWAYS[1]:
            bench.set_state(1, uri, "i")
        assert reasons(bench.receive(request())) == ["No destination"]

    def test_a_gateway_that_fails_is_logged(self, bench: Bench) -> None:
        bench.event("dispatcher:dst-down", "sip:192.0.2.1")
        assert bench.logged == [(0, "gateway sip:192.0.2.1 is down")]


class TestKamailioScript:
    """conf/kamailio-5.6.cfg"""

    @pytest.fixture
    def bench(self) -> Bench:
        return Bench(CONF / "kamailio-5.6.cfg", GATEWAYS)

    def test_calls_go_where_the_fewest_are(self, bench: Bench) -> None:
        invites = [bench.receive(request())[-1] for _ in range(4)]
        assert sorted(each.address[0] for each in invites) == ["192.0.2.1", "192.0.2.1", "192.0.2.2", "192.0.2.2"]
        assert {each.header("X-Attempt") for each in invites} == {"1"}

    @pytest.mark.parametrize(
        ("data", "reason"),
        [
            (request(headers=["Max-Forwards: 0"]), "Too Many Hops"),
            (request(headers=["Expires: soon"]), "Expires value is illegal"),
            (request("REGISTER"), "Not Here"),
            (request(uri="sip:example.com"), "Address Incomplete"),
            (request("OPTIONS", "sip:127.0.0.1:5060"), "Keepalive"),
            (request("BYE", to_tag="x"), "Not Here"),
        ],
    )
    def test_what_it_answers_itself(self, bench: Bench, data: bytes, reason: str) -> None:
        assert reasons(bench.receive(data)) == [reason]

    def test_a_server_error_leads_to_the_next_gateway(self, bench: Bench) -> None:
        first = bench.receive(request())[-1]
        ack, second = bench.answer(first, 503)
        assert (ack.method, first.address[0], second.address[0]) == ("ACK", "192.0.2.1", "192.0.2.2")
        assert second.header("X-Attempt") == "2"
        assert reasons(bench.answer(second, 486)) == ["Busy Here"]

    def test_a_silent_gateway_is_out(self, bench: Bench) -> None:
        assert bench.receive(request())[-1].address[0] == "192.0.2.1"
        assert ("192.0.2.2", 5060) in [each.address for each in bench.wait(2.2)]
        assert any("sip:192.0.2.1 is silent" in text for _, text in bench.logged)
        assert {bench.receive(request())[-1].address[0] for _ in range(3)} == {"192.0.2.2"}

    def test_without_a_gateway_there_is_none(self, bench: Bench) -> None:
        for uri in GATEWAYS[1]:
            bench.set_state(1, uri, "i")
        assert reasons(bench.receive(request())) == ["No Gateway"]


#: What conf/kemi.py answers by itself, with the reason that a Kamailio gives too (tests/routing/python/test_kemi_kamailio.py).
KEMI_ANSWERS = [
    (request(headers=["Max-Forwards: 0"]), "Too Many Hops"),
    (request("REGISTER"), "Not Here"),
    (request(uri="sip:example.com"), "Address Incomplete"),
    (request("BYE", to_tag="x"), "Not Here"),
]


class TestKemiScript:
    """conf/kemi.py, by way of conf/kemi.cfg"""

    @pytest.fixture
    def bench(self) -> Bench:
        return Bench(CONF / "kemi.cfg", GATEWAYS)

    @pytest.mark.parametrize(("data", "reason"), [*KEMI_ANSWERS, (request("OPTIONS", "sip:127.0.0.1:5060"), "Keepalive")])
    def test_what_it_answers_itself(self, bench: Bench, data: bytes, reason: str) -> None:
        assert reasons(bench.receive(data)) == [reason]

    def test_a_server_error_leads_to_the_next_gateway(self, bench: Bench) -> None:
        first = bench.receive(request())[-1]
        ack, second = bench.answer(first, 503)
        assert (ack.method, first.address[0], second.address[0]) == ("ACK", "192.0.2.1", "192.0.2.2")
        assert reasons(bench.answer(second, 486)) == ["Busy Here"]

    def test_the_gateway_sees_how_often_the_caller_has_called(self, bench: Bench) -> None:
        assert [bench.receive(request())[-1].header("X-Calls") for _ in range(3)] == ["1", "2", "3"]

    def test_a_call_goes_on_by_its_route(self, bench: Bench) -> None:
        invite = bench.receive(request(call_id="call"))[-1]
        bench.answer(invite, 200)
        route = f"Route: {invite.header('Record-Route')}"
        bye = request("BYE", "sip:192.0.2.1", to_tag="callee", call_id="call", cseq=2, headers=[route])
        assert bench.receive(bye)[0].address == invite.address

    def test_without_a_gateway_there_is_none(self, bench: Bench) -> None:
        for uri in GATEWAYS[1]:
            bench.set_state(1, uri, "i")
        assert reasons(bench.receive(request())) == ["No Gateway"]

    def test_a_gateway_that_fails_is_logged(self, bench: Bench) -> None:
        bench.logged.clear()
        bench.event("dispatcher:dst-down", "sip:192.0.2.1")
        assert bench.logged == [(0, "dispatcher:dst-down: sip:192.0.2.1")]


class TestLookup:
    """conf/lookup.py"""

    @pytest.fixture
    def numbers(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        file = tmp_path / "numbers.sqlite"
        with closing(sqlite3.connect(file)) as database:
            database.execute("CREATE TABLE numbers (prefix TEXT PRIMARY KEY, setid INTEGER)")
            database.executemany("INSERT INTO numbers VALUES (?, ?)", [("49", 1), ("4930", 2)])
            database.commit()
        monkeypatch.setenv("NUMBERS", str(file))
        return file

    @pytest.fixture
    def bench(self, numbers: Path) -> Bench:
        return Bench(CONF / "lookup.py", {1: ["sip:192.0.2.1"], 2: ["sip:192.0.2.2", "sip:192.0.2.3"]})

    @pytest.mark.parametrize(("number", "gateway"), [("4989123", "192.0.2.1"), ("4930123", "192.0.2.2")])
    def test_the_longest_prefix_decides(self, bench: Bench, number: str, gateway: str) -> None:
        assert bench.receive(request(uri=f"sip:{number}@example.com"))[-1].address[0] == gateway

    def test_a_number_that_is_not_there(self, bench: Bench) -> None:
        assert reasons(bench.receive(request(uri="sip:1@example.com"))) == ["No Such Number"]
        assert reasons(bench.receive(request(uri="sip:example.com"))) == ["No Such Number"]

    def test_without_the_database(self, numbers: Path, bench: Bench) -> None:
        numbers.unlink()
        assert reasons(bench.receive(request(uri="sip:49@example.com"))) == ["Try Again Later"]
        assert "no answer from the table of numbers" in bench.logged[-1][1]

    def test_a_server_error_leads_to_the_next_gateway(self, bench: Bench) -> None:
        first = bench.receive(request(uri="sip:4930@example.com"))[-1]
        assert bench.answer(first, 503)[-1].address[0] == "192.0.2.3"

    def test_a_call_goes_on_by_its_route(self, bench: Bench) -> None:
        invite = bench.receive(request(uri="sip:49@example.com", call_id="call"))[-1]
        route = f"Route: {invite.header('Record-Route')}"
        bye = request("BYE", "sip:192.0.2.1", to_tag="callee", call_id="call", cseq=2, headers=[route])
        assert bench.receive(bye)[0].address == invite.address


def test_each_script_has_its_tests() -> None:
    tested = " ".join(each.__doc__ or "" for each in globals().values() if isinstance(each, type))
    assert [each.name for each in CONF.iterdir() if each.suffix in (".py", ".cfg") and f"conf/{each.name}" not in tested] == []
