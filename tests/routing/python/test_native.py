"""Scripts with decorated functions: what a route reads, changes, answers, and where it sends."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.routing.python.bench import native
from txdispatcher.routing.python.request import Request
from txdispatcher.routing.script.functions import FUNCTIONS
from txdispatcher.testing import Sent, request


def statuses(sent: list[Sent]) -> list[int]:
    return [each.status for each in sent]


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ('r.xinfo("$rm $ru <$rU>\\n")', ["INVITE sip:bob@example.com <bob>"]),
        ('r.xinfo(repr(r["$rU"])); r.xinfo(repr(r["$sp"])); r.xinfo(repr(r["$du"]))', ["'bob'", "5070", "None"]),
        (
            'r["$avp(a)"] = "1"; r["$avp(a)"] = 2; r.xinfo("$avp(a) $(avp(a)[1])"); r["$avp(a)"] = None; r.xinfo("$avp(a)")',
            ["2 1", "1"],
        ),
        ('r["$var(a)"] = "ü"; r.xinfo(r["$var(a)"]); r.xinfo(r.text("$(ru{uri.host}{s.toupper})"))', ["ü", "EXAMPLE.COM"]),
        ('r["$ru"] = "sip:eve@example.net:5070"; r["$rU"] = "carol"; r.xinfo("$ru")', ["sip:carol@example.net:5070"]),
        ("r.setflag(3); r.xinfo(str(r.isflagset(3))); r.resetflag(3); r.xinfo(str(r.isflagset(3)))", ["True", "False"]),
        ('r.xinfo(f"{r.ds_select_dst(1, 8)} $du"); r.xinfo(str(r.ds_select_dst(9, 8)))', ["True sip:198.51.100.1:5060", "False"]),
        ('r.xinfo(f"{r.ds_select_dst(set_id=1, algorithm=8, limit=1)} {r.ds_next_dst()}")', ["True False"]),
        ('r.xinfo(f"{r.method} {r.status} {r.source}")', ["INVITE 0 ('127.0.0.1', 5070)"]),
        ('r.xinfo(str(r.is_myself("sip:127.0.0.1:5060"))); r.xinfo(str(r.is_myself("sip:bob@example.com")))', ["True", "False"]),
        ('r.xinfo("a"); r.exit(); r.xinfo("b")', ["a"]),
        ('r.xdbg("not shown"); r.log(2, "$rm is text here")', ["$rm is text here"]),
    ],
)
def test_what_a_route_computes(tmp_path: Path, body: str, wanted: list[str]) -> None:
    bench = native(tmp_path, body)
    bench.receive(request())
    assert [text for _, text in bench.logged] == wanted


def test_a_request_is_relayed_with_what_the_route_changed(tmp_path: Path) -> None:
    bench = native(
        tmp_path,
        """
        r.remove_hf("X-Old")
        r.append_hf(f"X-New: {r['$rU']}\\r\\n")
        r.record_route(";a=b")
        r["$du"] = "sip:198.51.100.9"
        r.t_relay()
        """,
    )
    trying, invite = bench.receive(request(headers=["X-Old: 1"]))
    assert trying.status == 100
    assert (invite.address, invite.header("X-Old"), invite.header("X-New")) == (("198.51.100.9", 5060), None, "bob")
    assert (invite.header("Record-Route") or "").endswith(";a=b>")


def test_an_answer_of_the_route(tmp_path: Path) -> None:
    bench = native(tmp_path, 'r.append_to_reply("Retry-After: 7\\r\\n"); r.sl_send_reply(503, "Full")')
    (reply,) = bench.receive(request())
    assert (reply.status, reply.reason, reply.header("Retry-After")) == (503, "Full", "7")


def test_neither_relayed_nor_answered_is_dropped(tmp_path: Path) -> None:
    assert native(tmp_path, "pass").receive(request()) == []


ROUTES = """
@request_route
def route(r):
    r.ds_select_dst(1, 8)
    r.t_on_failure(again)
    r.t_on_branch("branch")
    r.t_on_reply(one_reply)
    r.t_relay()

@failure_route
def again(r):
    r.xinfo(f"failed {r.status} {r.t_branch_replied()}")
    if r.status == 404:
        r.t_reply(480, "Later")
    elif r.ds_next_dst():
        r.t_on_failure(again)
        r.t_relay()

@branch_route
def branch(r):
    r.append_hf(f"X-Branch: {r['$du']}\\r\\n")

@reply_route
def one_reply(r):
    r.xinfo(f"one $rs")

@reply_route(every=True)
def all_replies(r):
    r.xinfo(f"all {r.status}")

@event_route("dispatcher:dst-down")
def down(r):
    r.xinfo("down $ru $rm")
"""


def test_routes_of_every_kind(tmp_path: Path) -> None:
    bench = native(tmp_path, ROUTES)
    _, first = bench.receive(request())
    assert first.header("X-Branch") == "sip:198.51.100.1:5060"
    assert statuses(bench.answer(first, 180)) == [180]
    ack, second = bench.answer(first, 503)
    assert (ack.method, second.address[0]) == ("ACK", "198.51.100.2")
    ack, final = bench.answer(second, 404)
    assert (ack.method, final.status, final.reason) == ("ACK", 480, "Later")
    bench.event("dispatcher:dst-down", "sip:198.51.100.1:5060")
    assert [text for _, text in bench.logged] == [
        "all 180",
        "one 180",
        "all 503",
        "one 503",
        "failed 503 True",
        "all 404",
        "one 404",
        "failed 404 True",
        "down sip:198.51.100.1:5060 OPTIONS",
    ]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (
            "f = r.t_branch_timeout; f()",
            r"route\.py:5: t_branch_timeout\(\) may not be called in a request route; allowed in: failure",
        ),
        ('s = "1"; r.ds_select_dst(s, 4)', r"route\.py:5: set_id is '1'; allowed: a number, as in ds_select_dst\(set_id"),
        (
            "a = [1]; r.ds_select_dst(*a)",
            r"route\.py:5: algorithm is missing; allowed: ds_select_dst\(set_id, algorithm, \[limit\]\)",
        ),
        ("a = [0, 0]; r.ds_select_dst(1, 4, *a)", r"route\.py:5: found 4 arguments; allowed: ds_select_dst"),
        ("a = {'most': 3}; r.ds_select_dst(1, 4, **a)", r"route\.py:5: found most; allowed: ds_select_dst"),
        ("a = None; r.append_hf(a)", r"route\.py:5: line is None; allowed: text"),
        ('n = "$no" + "thing"; r[n]', r"route\.py:5: .*\$nothing is unknown"),
        ('n = "$f" + "t"; r[n] = "x"', r"route\.py:5: .*\$ft cannot be written"),
    ],
)
def test_a_call_that_cannot_be_is_a_fault_with_its_line(tmp_path: Path, body: str, reason: str) -> None:
    bench = native(tmp_path, body)
    with pytest.raises(AssertionError, match=reason):
        bench.receive(request())


def test_each_function_of_the_table_is_a_method() -> None:
    for name, function in FUNCTIONS.items():
        assert getattr(Request, name).__doc__ == function.about
