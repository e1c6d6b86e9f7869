"""The router of a Kamailio script, made by the settings."""

from __future__ import annotations

from pathlib import Path

from txdispatcher.balancing.probing import Probing
from txdispatcher.balancing.sets import Sets
from txdispatcher.balancing.transitions import Transitions
from txdispatcher.config import load_config
from txdispatcher.proxy.listener import Listener, Listeners
from txdispatcher.routing.choosing import Choosing
from txdispatcher.routing.dispatching import Dispatching, Names
from txdispatcher.scripting import script_route

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
