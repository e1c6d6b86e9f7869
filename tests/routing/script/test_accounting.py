"""acc: what a script accounts, in the log and as records."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.proxy.bench import request
from tests.routing.kamailio.script_bench import ScriptBench
from txdispatcher.errors import ConfigError

ROUTE = 'route { setflag(1); setflag(2); if ($rU != "bob") setflag(3); $du = "sip:198.51.100.9"; t_relay(); }\n'
LOG = (
    'modparam("acc", "log_flag", 1)\nmodparam("acc", "failed_transaction_flag", 3)\n'
    'modparam("acc", "log_extra", "user=$rU;ip=$si")\n'
)


def bench(folder: Path, parameters: str, route: str = ROUTE) -> ScriptBench:
    file = folder / "k.cfg"
    file.write_text(parameters + route)
    return ScriptBench(file)


def called(scene: ScriptBench, status: int, user: bytes = b"bob") -> None:
    _, invite = scene.receive(request(uri=b"sip:%b@x" % user, branch=b";branch=z9hG4bK" + user))
    scene.answer(invite, status)


def test_an_answered_call_is_a_line_and_a_record(tmp_path: Path) -> None:
    scene = bench(tmp_path, LOG)
    called(scene, 200)
    (event,) = scene.records
    assert event.kind == "transaction answered"
    assert event.fields == {
        "method": "INVITE",
        "from_tag": "alice",
        "to_tag": "gw",
        "call_id": "call@192.0.2.1",
        "code": "200",
        "reason": "Some Phrase",
    }
    assert event.extra == {"user": "bob", "ip": "192.0.2.1"}
    assert [text for _, text in scene.logged] == [
        "ACC: transaction answered: timestamp=1700000000;method=INVITE;from_tag=alice;to_tag=gw;call_id=call@192.0.2.1;"
        "code=200;reason=Some Phrase;user=bob;ip=192.0.2.1"
    ]


def test_a_failed_one_only_with_its_flag(tmp_path: Path) -> None:
    scene = bench(tmp_path, LOG)
    called(scene, 486)
    called(scene, 486, b"eve")
    assert [(event.fields["code"], event.extra["user"]) for event in scene.records] == [("486", "eve")]


def test_a_missed_call_is_a_record_of_its_kind(tmp_path: Path) -> None:
    scene = bench(tmp_path, 'modparam("acc", "log_missed_flag", 2)\n')
    called(scene, 486)
    called(scene, 200, b"eve")
    assert [(event.kind, event.fields["code"]) for event in scene.records] == [("call missed", "486")]


def test_records_may_have_flags_and_fields_of_their_own(tmp_path: Path) -> None:
    parameters = LOG + 'modparam("acc", "db_flag", 3)\nmodparam("acc", "db_extra", "who=$fU")\n'
    scene = bench(tmp_path, parameters)
    called(scene, 200)
    called(scene, 200, b"eve")
    assert [event.extra for event in scene.records] == [{"who": "alice"}]
    assert len(scene.logged) == 2


def test_what_is_accounted_at_once(tmp_path: Path) -> None:
    route = 'route { acc_log_request("404 Not $rU"); acc_log_request("just so"); acc_db_request("480 Gone", "late"); exit; }'
    scene = bench(tmp_path, LOG, route)
    scene.receive(request())
    assert [text.partition("code=")[2] for _, text in scene.logged] == [
        "404;reason=Not bob;user=bob;ip=192.0.2.1",
        "0;reason=just so;user=bob;ip=192.0.2.1",
    ]
    (event,) = scene.records
    assert (event.kind, event.table, event.fields["code"]) == ("request accounted", "late", "480")


@pytest.mark.parametrize(
    ("parameter", "message"),
    [
        ('"acc", "log_flag", 32', "acc.log_flag: found 32; allowed: a flag's number"),
        ('"acc", "log_extra", "user"', "acc.log_extra: .*allowed: NAME="),
        ('"acc", "db_url", "oracle://x"', "acc.db_url: found a URL of oracle://"),
        ('"acc", "failed_filter", "404,20"', "acc.failed_filter: found .*allowed: statuses from 300 to 999"),
        ('"acc", "db_table_acc", "a b"', "acc.db_table_acc: found"),
    ],
)
def test_a_wrong_parameter_is_an_error_with_its_line(tmp_path: Path, parameter: str, message: str) -> None:
    with pytest.raises(ConfigError, match=rf"k\.cfg:1: {message}"):
        bench(tmp_path, f"modparam({parameter})\n")


@pytest.mark.parametrize(("status", "lines"), [(404, 0), (407, 0), (486, 1)])
def test_failures_of_the_filter_are_not_accounted(tmp_path: Path, status: int, lines: int) -> None:
    scene = bench(tmp_path, LOG + 'modparam("acc", "failed_filter", "404,407")\n')
    called(scene, status, b"eve")
    assert len(scene.logged) == lines


@pytest.mark.parametrize(("wanted", "reason"), [(0, "Some Phrase"), (1, 'Q.850;cause=17 ;text="User busy"')])
def test_the_reason_may_be_that_of_the_header_field(tmp_path: Path, wanted: int, reason: str) -> None:
    scene = bench(tmp_path, LOG + f'modparam("acc", "reason_from_hf", {wanted})\n')
    invite = scene.receive(request(uri=b"sip:eve@x"))[-1]
    scene.answer(invite, 486, headers=b'Reason: Q.850;cause=17\r\n ;text="User busy"\r\n')
    assert f";reason={reason};" in scene.logged[0][1]
