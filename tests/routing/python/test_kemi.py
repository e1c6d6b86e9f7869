"""Scripts as Kamailio's Python interface has them. The values are those that Kamailio 5.6.3 gives."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.routing.python.bench import SETS, kemi, kemi_class
from txdispatcher.routing.python.kemi import NAMES
from txdispatcher.testing import Bench, Sent, request

#: What a script may write, and what it gives: for a request without a body from alice, at 127.0.0.1, to sip:bob@example.com.
CALLS = [
    ('KSR.pv.get("$rm")', "INVITE"),
    ('KSR.pv.get("$sp")', 5070),
    ('KSR.pv.get("$avp(x)")', None),
    ('KSR.pv.gete("$avp(x)")', ""),
    ('KSR.pv.getw("$avp(x)")', "<null>"),
    ('KSR.pv.geti("$avp(x)")', 0),
    ('KSR.pv.getvs("$avp(x)", "d")', "d"),
    ('KSR.pv.getvn("$avp(x)", 7)', 7),
    ('KSR.pv.getvn("$fU", 5)', "alice"),
    ('KSR.pv.is_null("$avp(x)")', True),
    (
        '(KSR.pv.sets("$avp(a)", "1"), KSR.pv.get("$avp(a)"), KSR.pv.unset("$avp(a)"), KSR.pv.get("$avp(a)"))',
        (True, "1", True, None),
    ),
    ('(KSR.pv.seti("$var(a)", 3), KSR.pv.get("$var(a)"), KSR.pv.get("$var(b)"))', (True, 3, 0)),
    ('(KSR.pvx.avp_sets("a", "1"), KSR.pvx.avp_get("a"), KSR.pvx.avp_get("z"), KSR.pvx.avp_is_null("z"))', (1, "1", None, 1)),
    ('(KSR.pvx.avp_rm("a"), KSR.pvx.var_seti("q", 3), KSR.pvx.var_get("q"), KSR.pvx.var_get("none"))', (1, 1, 3, 0)),
    (
        '(KSR.pvx.xavp_child_sets("p", "c", "v"), KSR.pvx.xavp_child_seti("p", "d", 1), KSR.pv.get("$xavp(p=>c)"))',
        (1, 1, "v"),
    ),
    ('(KSR.is_method_in("IO"), KSR.is_method_in("ab"), KSR.is_INVITE(), KSR.is_BYE())', (True, False, True, False)),
    ('(KSR.is_method("invite|bye"), KSR.is_method("BYE"))', (True, False)),
    ('(KSR.is_myself_ruri(), KSR.is_myself("127.0.0.1"), KSR.is_myself("sip:127.0.0.1:5060"))', (False, True, True)),
    ("(KSR.is_myself_furi(), KSR.is_myself_srcip(), KSR.is_myself_duri())", (False, True, False)),
    ("(KSR.is_UDP(), KSR.is_TCP(), KSR.is_IPv4(), KSR.is_IPv6(), KSR.is_src_port(1))", (True, False, True, False, False)),
    ("(KSR.setflag(1), KSR.isflagset(1), KSR.resetflag(1), KSR.isflagset(1))", (True, True, True, False)),
    ("(KSR.setbflag(1), KSR.isbflagset(1), KSR.resetbflag(1), KSR.isbflagset(1))", (True, True, True, False)),
    ('(KSR.seturi("sip:q@z"), KSR.pv.get("$ru"), KSR.setuser("bo"), KSR.pv.get("$ru"))', (True, "sip:q@z", True, "sip:bo@z")),
    ('(KSR.isdsturiset(), KSR.setdsturi("sip:1.2.3.4"), KSR.isdsturiset(), KSR.resetdsturi())', (False, True, True, True)),
    ("(KSR.maxfwd.process_maxfwd(10), KSR.sanity.sanity_check(1511, 7), KSR.sanity.sanity_check_defaults())", (1, 1, 1)),
    ("(KSR.tm.t_check_trans(), KSR.tmx.t_precheck_trans(), KSR.rr.loose_route(), KSR.rr.record_route())", (-1, -1, -1, 1)),
    (
        '(KSR.tm.t_is_set("failure_route"), KSR.tm.t_on_failure("ksr_request_route"), KSR.tm.t_is_set("failure_route"))',
        (-1, 1, 1),
    ),
    ("(KSR.tmx.t_is_request_route(), KSR.tmx.t_is_failure_route(), KSR.siputils.is_request())", (1, -1, 1)),
    ('(KSR.dispatcher.ds_select_dst(1, 8), KSR.pv.get("$du"))', (1, "sip:198.51.100.1:5060")),
    (
        "(KSR.dispatcher.ds_select_dst(9, 4), KSR.dispatcher.ds_is_from_list(1), KSR.dispatcher.ds_list_exists(1))",
        (-1, -1, 1),
    ),
    ("(KSR.dispatcher.ds_select_dst_limit(1, 8, 1), KSR.dispatcher.ds_next_dst())", (1, -1)),
    ('(KSR.dispatcher.ds_select_routes("1=8", "d"), KSR.dispatcher.ds_mark_dst_state("tp"))', (1, 1)),
    (
        '(KSR.hdr.append("X: 1\\r\\n"), KSR.hdr.remove("X-No"), KSR.hdr.is_present("X-No"), KSR.hdr.get("X-No"))',
        (1, 1, -1, None),
    ),
    (
        '(KSR.hdr.get("max-forwards"), KSR.hdr.gete("X"), KSR.hdr.getw("X"), KSR.hdr.get_idx("CSeq", 0))',
        ("70", "", "<null>", "1 INVITE"),
    ),
    ("(KSR.corex.has_ruri_user(), KSR.corex.has_user_agent(), KSR.siputils.has_totag())", (1, -1, -1)),
    ('KSR.textops.search("INV")', 1),
    ('KSR.x.modf("ds_list_exists", "1")', 1),
    ('(msg.call_function("is_method", "INVITE"), msg.call_function("is_method", "BYE"))', (1, -1)),
    ("(msg.Method, msg.Type, msg.RURI)", ("INVITE", "SIP_REQUEST", "sip:bob@example.com")),
    ('(msg.getHeader("CSeq"), msg.getHeader("X"), msg.src_address)', ("1 INVITE", None, ("127.0.0.1", 5070))),
    (
        '(msg.rewrite_ruri("sip:z@y"), KSR.pv.get("$ru"), msg.set_dst_uri("sip:x"), KSR.pv.get("$du"))',
        (None, "sip:z@y", None, "sip:x"),
    ),
]


#: The same for functions of modules that a Kamailio configuration file sets up: htable has the tables t, and i that begins at 5.
CALLS_OF_MODULES = [
    ('(KSR.htable.sht_get("t", "a"), KSR.htable.sht_gete("t", "a"), KSR.htable.sht_getw("t", "a"))', (None, "", "<null>")),
    ('(KSR.htable.sht_is_null("t", "a"), KSR.htable.sht_sets("t", "a", "v"), KSR.htable.sht_is_null("t", "a"))', (1, 1, -1)),
    ('(KSR.htable.sht_sets("t", "b", "v"), KSR.htable.sht_get("t", "b"), KSR.htable.sht_rm("t", "b"))', (1, "v", 1)),
    ('(KSR.htable.sht_seti("t", "n", 3), KSR.htable.sht_inc("t", "n"), KSR.htable.sht_dec("t", "n"))', (1, 4, 3)),
    (
        '(KSR.htable.sht_inc("t", "none"), KSR.htable.sht_sets("t", "s", "1"), KSR.htable.sht_inc("t", "s"))',
        (-255, 1, -255),
    ),
    ('(KSR.htable.sht_inc("i", "new"), KSR.htable.sht_get("i", "x"))', (6, 5)),
    ('(KSR.htable.sht_seti("t", "e", 3), KSR.htable.sht_setex("t", "e", 100), KSR.htable.sht_setex("t", "no", 1))', (1, 1, 1)),
    ('(KSR.htable.sht_lock("t", "n"), KSR.htable.sht_unlock("t", "n"))', (1, 1)),
    ('(KSR.htable.sht_sets("t", "q", "v"), KSR.htable.sht_rm_name_re("t", "^q"), KSR.htable.sht_get("t", "q"))', (1, 1, None)),
    ('(KSR.htable.sht_sets("t", "r", "w"), KSR.htable.sht_rm_value_re("t", "w"), KSR.htable.sht_get("t", "r"))', (1, 1, None)),
    ("(KSR.kx.get_ruri(), KSR.kx.get_ruser(), KSR.kx.gete_rhost())", ("sip:bob@example.com", "bob", "example.com")),
    ("(KSR.kx.get_furi(), KSR.kx.getw_fuser(), KSR.kx.get_fhost())", ("sip:alice@example.com", "alice", "example.com")),
    ("(KSR.kx.get_turi(), KSR.kx.get_tuser(), KSR.kx.get_thost())", ("sip:bob@example.com", "bob", "example.com")),
    ("(KSR.kx.get_duri(), KSR.kx.gete_duri(), KSR.kx.getw_duri())", (None, "", "<null>")),
    ("(KSR.kx.get_cturi(), KSR.kx.gete_ua(), KSR.kx.getw_ua(), KSR.kx.get_au())", (None, "", "<null>", None)),
    ("(KSR.kx.get_method(), KSR.kx.get_status(), KSR.kx.gets_status(), KSR.kx.get_msgtype())", ("INVITE", -1, None, 1)),
    ("(KSR.kx.get_srcip(), KSR.kx.get_proto(), KSR.kx.get_protoid(), KSR.kx.get_rcvip())", ("127.0.0.1", "udp", 1, "127.0.0.1")),
    ("(KSR.kx.get_body(), KSR.kx.gete_body(), KSR.kx.get_bodylen())", (None, "", 0)),
    (
        '(KSR.setdsturi("sip:192.0.2.9"), KSR.kx.get_nhuri(), KSR.is_myself_nhuri(), KSR.resetdsturi())',
        (True, "sip:192.0.2.9", False, True),
    ),
    (
        '(KSR.kx.get_nhuri(), KSR.is_myself_suri(), KSR.is_proto("tE"), KSR.is_proto("UT"))',
        ("sip:bob@example.com", False, False, True),
    ),
    ('(KSR.hdr.match_content("CSeq", "eq", "1 INVITE", "f"), KSR.hdr.match_content("CSeq", "sw", "1", "a"))', (True, True)),
    ('(KSR.hdr.match_content("CSeq", "in", "INV", "l"), KSR.hdr.match_content("X-No", "eq", "", "o"))', (True, False)),
    ('(KSR.hdr.gete_idx("CSeq", 0), KSR.hdr.gete_idx("CSeq", 4), KSR.hdr.getw_idx("CSeq", 4))', ("1 INVITE", "", "<null>")),
    ("(KSR.rr.loose_route_mode(1), KSR.rr.record_route(), KSR.rr.remove_record_route())", (-1, 1, 1)),
    ('(KSR.tm.t_get_branch_index(), KSR.siputils.is_first_hop_mode(0), KSR.siputils.uri_param_value("a", "b"))', (0, 1, -1)),
    ('(KSR.pvx.evalx("$var(z)", "a $rm b"), KSR.pv.get("$var(z)"))', (1, "a INVITE b")),
    ('(KSR.pvx.xavp_is_null("e"), KSR.pvx.xavp_params_explode("a=b;c=d", "e"), KSR.pvx.xavp_is_null("e"))', (1, 1, -1)),
    ('(KSR.pv.get("$xavp(e=>c)"), KSR.pvx.xavp_rm("e"), KSR.pvx.xavp_rm("none"))', (None, 1, 1)),
    ('(KSR.app_python3.exec("seven"), KSR.app_python3.exec_p1("length", "abc"), KSR.app_python3.execx("seven"))', (7, 3, 7)),
    ("KSR.nathelper.handle_ruri_alias_mode(1)", 2),
]
#: The methods that they call.
METHODS = """\
    def seven(self, msg):
        return 7
    def length(self, msg, text):
        return len(text)
"""


def printed(folder: Path, body: str, data: bytes = b"") -> list[str]:
    bench = kemi(folder, body)
    bench.receive(data or request())
    return [text for _, text in bench.logged]


@pytest.mark.parametrize(("call", "value"), CALLS)
def test_what_a_function_gives(tmp_path: Path, call: str, value: Any) -> None:
    assert printed(tmp_path, f"KSR.info(repr({call}) + '\\n')") == [repr(value)]


def test_what_a_function_of_a_module_gives(tmp_path: Path) -> None:
    calls = [call for call, _ in CALLS_OF_MODULES]
    (tmp_path / "kemi.py").write_text(
        f"import KSR as KSR\nCALLS = {calls!r}\ndef mod_init():\n    return Routes()\nclass Routes:\n{METHODS}"
        "    def ksr_request_route(self, msg):\n        KSR.info(repr(eval(CALLS[int(KSR.hdr.get('X-Number'))])))\n"
    )
    cfg = tmp_path / "k.cfg"
    cfg.write_text(
        'debug=2\nloadmodule "app_python3.so"\nmodparam("app_python3", "load", "kemi.py")\ncfgengine "python"\n'
        'modparam("htable", "htable", "t=>size=4;")\nmodparam("htable", "htable", "i=>size=4;initval=5;")\n'
    )
    bench = Bench(cfg, SETS)
    bench.logged.clear()
    for number in range(len(calls)):
        bench.receive(request(headers=[f"X-Number: {number}"]))
    given = [text for _, text in bench.logged]
    assert list(zip(calls, given, strict=True)) == [(call, repr(value)) for call, value in CALLS_OF_MODULES]


def test_only_what_a_message_needs_is_kept(tmp_path: Path) -> None:
    bench = kemi(tmp_path, "KSR.setdsturi('sip:198.51.100.9'); KSR.textopsx.keep_hf(); KSR.tm.t_relay()")
    invite = bench.receive(request(headers=["X-A: 1", "User-Agent: x"]))[-1]
    assert (invite.header("X-A"), invite.header("User-Agent"), invite.header("CSeq")) == (None, None, "1 INVITE")


@pytest.mark.parametrize(
    ("method", "letter"),
    [
        *zip(["INVITE", "ACK", "BYE", "REGISTER", "MESSAGE", "OPTIONS", "SUBSCRIBE"], "IABRMOS", strict=True),
        *zip(["PUBLISH", "NOTIFY", "UPDATE", "REFER", "PRACK"], "PNUFE", strict=True),
        ("INFO", ""),
        ("FOO", ""),
    ],
)
def test_the_letters_of_methods(tmp_path: Path, method: str, letter: str) -> None:
    call = 'KSR.info("".join(each for each in "ABCDEFGHIJKLMNOPQRSTUVWXYZ" if KSR.is_method_in(each)))'
    assert printed(tmp_path, call, request(method)) == [letter]


ROUTES = """
def child_init(self, rank):
    KSR.info("child %d\\n" % rank)
    return 0

def ksr_request_route(self, msg):
    if KSR.maxfwd.process_maxfwd(10) < 0:
        KSR.sl.sl_send_reply(483, "Too Many Hops")
        return 1
    if self.leave(msg) == -255:
        return 1
    KSR.rr.record_route()
    if KSR.dispatcher.ds_select_dst(1, 8) < 0:
        KSR.sl.send_reply(404, "No destination")
        KSR.x.exit()
    KSR.tm.t_on_failure("ksr_failure_dispatch")
    KSR.tm.t_on_branch("ksr_branch_manage")
    KSR.tm.t_on_reply("ksr_onreply_manage")
    if KSR.tm.t_relay() < 0:
        KSR.sl.sl_reply_error()
    return 1

def leave(self, msg):
    if KSR.pv.get("$rU") == "nobody":
        KSR.sl.sl_send_reply(404, "Not here")
        sys.exit()
    return 1

def ksr_branch_manage(self, msg):
    KSR.hdr.append("X-Branch: " + KSR.pv.get("$du") + "\\r\\n")

def ksr_onreply_manage(self, msg):
    KSR.info("one %d\\n" % KSR.pv.get("$rs"))

def ksr_reply_route(self, msg):
    KSR.info("every %s %s\\n" % (msg.Type, msg.Status))
    return 1

def ksr_failure_dispatch(self, msg):
    if KSR.tm.t_is_canceled() > 0:
        return 1
    if KSR.tm.t_check_status("[45][0-9][0-9]") > 0 and KSR.dispatcher.ds_next_dst() > 0:
        KSR.tm.t_on_failure("ksr_failure_dispatch")
        KSR.tm.t_relay()
    return 1

def ksr_dispatcher_event(self, msg, evname):
    KSR.info(evname + " " + KSR.pv.get("$ru"))
"""


def test_routes_of_every_kind(tmp_path: Path) -> None:
    bench = kemi_class(tmp_path, ROUTES)
    bench.logged.clear()  # What was printed at the load of earlier scripts comes here too.
    _, first = bench.receive(request())
    assert first.header("X-Branch") == "sip:198.51.100.1:5060"
    bench.answer(first, 180)
    _, second = bench.answer(first, 503)
    assert second.address == ("198.51.100.2", 5060)
    bench.event("dispatcher:dst-up", "sip:198.51.100.1:5060")
    assert [text for _, text in bench.logged] == [
        "every SIP_REPLY 180",
        "one 180",
        "every SIP_REPLY 503",
        "one 503",
        "dispatcher:dst-up sip:198.51.100.1:5060",
    ]


def test_exits(tmp_path: Path) -> None:
    bench = kemi_class(tmp_path, ROUTES)

    def answered(data: bytes) -> list[Sent]:
        return [each for each in bench.receive(data) if each.status > 100]

    assert [each.reason for each in answered(request(uri="sip:nobody@example.com"))] == ["Not here"]
    assert [each.reason for each in answered(request(headers=["Max-Forwards: 0"]))] == ["Too Many Hops"]
    for uri in ("sip:198.51.100.1:5060", "sip:198.51.100.2:5060", "sip:198.51.100.3:5060"):
        bench.set_state(1, uri, "i")
    assert [each.reason for each in answered(request())] == ["No destination"]


@pytest.mark.parametrize(
    ("end", "answers"),
    [
        ("sys.exit()", []),
        ("exit(0)", []),
        ("KSR.x.exit()", []),
        ("KSR.x.drop()", []),
        ("KSR.sl.sl_send_reply(404, 'x'); sys.exit()", [404]),
        ("sys.exit(2)", [500]),
        ("sys.exit('lost')", [500]),
        ("KSR.sl.sl_send_reply(404, 'x'); sys.exit(2)", [500]),
    ],
)
def test_an_exit_without_an_error_is_one(tmp_path: Path, end: str, answers: list[int]) -> None:
    """In Kamailio 5.6 ``sys.exit()`` is how a Python script exits: what has neither relayed nor answered is dropped."""
    bench = kemi(tmp_path, end, faults=True)
    assert [each.status for each in bench.receive(request("OPTIONS"))] == answers
    assert bool(bench.logged) == (answers == [500])


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ('s = "1"; KSR.dispatcher.ds_select_dst(s, 4)', r"route\.py:7: set_id is '1'; allowed: a number"),
        ("KSR.tm.t_branch_timeout()", r"route\.py:7: t_branch_timeout\(\) may not be called in a request route"),
        ('getattr(KSR, "no_such")()', r"route\.py:7: AttributeError: module 'KSR' has no attribute 'no_such'"),
        ('KSR.x.modf("none_such", "1")', r"route\.py:7: none_such\(\) is unknown"),
    ],
)
def test_a_call_that_cannot_be_is_a_fault_with_its_line(tmp_path: Path, body: str, reason: str) -> None:
    bench = kemi(tmp_path, body)
    with pytest.raises(AssertionError, match=reason):
        bench.receive(request())


def test_without_a_request_there_is_only_the_log(tmp_path: Path) -> None:
    with pytest.raises(Exception, match=r"route\.py:6: ScriptFault: KSR's pv\.get\(\) is called where there is no request"):
        kemi_class(tmp_path, "print = KSR.pv.get(*['$ru'])\ndef ksr_request_route(self, msg): pass")
    kemi_class(tmp_path, "KSR.warn('loading')\ndef ksr_request_route(self, msg): pass")


def test_the_names_of_the_dispatcher_are_kamailios() -> None:
    """The names that Kamailio 5.6.3 has for the module."""
    names = """ds_is_active ds_is_active_uri ds_is_from_list ds_is_from_list_mode ds_is_from_list_uri ds_is_from_lists
    ds_list_exists
    ds_load_unset ds_load_update ds_mark_dst ds_mark_dst_state ds_next_domain ds_next_dst ds_reload ds_select ds_select_domain
    ds_select_domain_limit ds_select_dst ds_select_dst_limit ds_select_limit ds_select_routes ds_select_routes_limit ds_set_domain
    ds_set_dst"""
    assert {f"dispatcher.{name}" for name in names.split()} <= NAMES.keys()
