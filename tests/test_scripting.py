"""The router of a script, made by the settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from twisted.logger import globalLogPublisher

from txdispatcher.balancing.probing import Probing
from txdispatcher.balancing.sets import Sets
from txdispatcher.balancing.transitions import Transitions
from txdispatcher.config import load_config
from txdispatcher.net.events import DOWN, DRAINED, UP, Event
from txdispatcher.proxy.listener import Listener, Listeners
from txdispatcher.routing.choosing import Choosing
from txdispatcher.routing.dispatching import Dispatching, Names
from txdispatcher.scripting import event_routes, script_route
from txdispatcher.testing import Bench, request

SETTINGS = """\
route.kamailio_cfg = "k.cfg"
[dispatcher]
flags = 1
force_dst = false
dst_avp = "$avp(dst)"
grp_avp = "$avp(grp)"
cnt_avp = "$avp(cnt)"
dstid_avp = "$avp(i:273)"
attrs_avp = "$avp(attrs)"
xavp_dst = "d"
xavp_dst_mode = 6
xavp_ctx = "c"
xavp_ctx_mode = 1
setid_pvname = "$var(set)"
attrs_pvname = "$var(attrs)"
"""


def dispatching(folder: Path, text: str) -> Dispatching:
    (folder / "k.cfg").write_text("request_route { exit; }\n")
    (folder / "k.toml").write_text(text)
    sets = Sets()
    listeners = Listeners([Listener("udp", "127.0.0.1", 5060)])
    config = load_config(str(folder / "k.toml"))
    return script_route(config, Choosing(sets), Transitions(sets, Probing()), listeners, lambda: None, 0.0).dispatching


def test_the_functions_go_by_the_parameters(tmp_path: Path) -> None:
    found = dispatching(tmp_path, SETTINGS)
    names = found.names
    assert (found.failover, found.force_dst) == (False, False)
    assert (names.dst_avp, names.grp_avp, names.cnt_avp, names.dstid_avp, names.attrs_avp) == ("dst", "grp", "cnt", 273, "attrs")
    assert (names.xavp_dst, names.xavp_dst_mode, names.xavp_ctx, names.xavp_ctx_mode) == ("d", 6, "c", 1)
    sources = [target.source for target in (names.setid_pvname, names.attrs_pvname) if target is not None]
    assert sources == ["$var(set)", "$var(attrs)"]


def test_without_parameters_they_have_kamailios_defaults(tmp_path: Path) -> None:
    found = dispatching(tmp_path, 'route.kamailio_cfg = "k.cfg"\n')
    # `flags` is 0 beside a script, as in Kamailio.
    assert (found.failover, found.force_dst, found.names) == (False, True, Names())


def test_a_python_scripts_calls_are_accounted_too(tmp_path: Path) -> None:
    (tmp_path / "route.py").write_text(
        "from txdispatcher.script import *\n@request_route\n"
        "def route(r):\n    r.setflag(1)\n    r.ds_select_dst(1, 8)\n    r.t_relay()\n"
    )
    (tmp_path / "k.toml").write_text('route.script = "route.py"\nacc.log_flag = 1\nacc.log_extra = "caller=$fU"\n')
    seen: list[Any] = []
    globalLogPublisher.addObserver(seen.append)
    try:
        bench = Bench(tmp_path / "k.toml", {1: ["sip:192.0.2.1"]})
        bench.answer(bench.receive(request())[-1], 200)
    finally:
        globalLogPublisher.removeObserver(seen.append)
    lines = [event["lines"] for event in seen if "lines" in event]
    assert [line.partition(": timestamp")[0] for line in lines] == ["ACC: transaction answered"]
    assert lines[0].endswith(";code=200;reason=OK;caller=alice")


def test_each_event_has_a_route_in_python(tmp_path: Path) -> None:
    """The names of the script's are those of the server's."""
    routes = "".join(
        f'@event_route("dispatcher:{name}")\ndef event{number}(r):\n    r.xinfo("{name} $ru $dsv(setid)")\n'
        for number, name in enumerate((DOWN, UP, DRAINED))
    )
    file = tmp_path / "route.py"
    file.write_text("from txdispatcher.script import *\n@request_route\ndef route(r): pass\n" + routes)
    bench = Bench(file, {1: ["sip:192.0.2.1"]})
    hear = event_routes(bench.router, lambda: 1.0)
    for name in (DOWN, UP, DRAINED):
        hear(Event(name, 0.0, 1, "sip:192.0.2.1", "AX", "IX", "a test"))
    assert [text for _, text in bench.logged] == [f"{name} sip:192.0.2.1 1" for name in (DOWN, UP, DRAINED)]
