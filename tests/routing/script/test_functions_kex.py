"""kex, and small functions beside it."""

from __future__ import annotations

from pathlib import Path

from tests.proxy.bench import request
from tests.routing.kamailio.script_bench import script


def said(folder: Path, text: str) -> list[str]:
    """What the script prints about a request."""
    bench = script(folder, text)
    bench.receive(request())
    return [line for _, line in bench.logged]


def test_flags_of_the_script_end_with_its_route(tmp_path: Path) -> None:
    bench = script(
        tmp_path,
        'route { setsflag(3); setsflag(4); resetsflag(4); route(A); t_on_failure("F"); $du = "sip:198.51.100.9"; t_relay(); }\n'
        'route[A] { if (issflagset(3)) xlog("3"); if (issflagset(4)) xlog("4"); }\n'
        'failure_route[F] { if (!issflagset(3)) xlog("gone"); }',
    )
    bench.answer(bench.receive(request())[-1], 500)
    assert [line for _, line in bench.logged] == ["3", "gone"]


def test_whether_there_is_a_destination(tmp_path: Path) -> None:
    text = 'if (!isdsturiset()) xlog("no"); $du = "sip:x"; if (isdsturi()) xlog("yes");'
    assert said(tmp_path, text + 'pv_printf("$var(a)", "$rm-$du"); xlog("$var(a)");') == ["no", "yes", "INVITE-sip:x"]


def test_the_source_of_a_registration_is_noted(tmp_path: Path) -> None:
    bench = script(
        tmp_path,
        '#!KAMAILIO\nmodparam("nathelper", "received_avp", "$avp(rcv)")\nroute { fix_nated_register(); xlog("$avp(rcv)"); }',
    )
    bench.receive(request(b"REGISTER"))
    assert bench.logged == [(-1, "sip:192.0.2.1:5070")]
