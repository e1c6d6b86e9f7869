"""Algorithm 7 from the configuration to the gateway: the header that hash_pvar names decides, by default and by a rule."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.wire.agent import Agent
from tests.wire.server import Server, settings
from txdispatcher.balancing.algorithms import HASH_PVAR
from txdispatcher.balancing.sets import Sets
from txdispatcher.stores.list_file import parse_list

ROUTES = {
    "route": ("algorithm = 7", "1000"),
    "rule": ('algorithm = 8\n[[route.rule]]\nprefix = "7"\nalgorithm = "hash-pvar"', "7000"),
}


@pytest.mark.parametrize("route", ROUTES)
def test_the_key_decides(route: str, tmp_path: Path) -> None:
    lines, user = ROUTES[route]
    text = settings(route=lines).replace("list_file = LIST", 'list_file = LIST\nhash_pvar = "key $hdr(X-Key)"')
    with Agent() as first, Agent() as second, Agent() as caller:
        destinations = [f"1 {first.uri}", f"1 {second.uri}"]
        sets = Sets()
        sets.load(parse_list("\n".join(destinations), "list"))
        met = set()
        with Server(tmp_path, text, destinations) as server:
            for key in ("a", "b", "c", "d", "e", "f", ""):
                selection = sets.select(1, HASH_PVAR, f"key {key or '<null>'}".encode())
                assert selection is not None
                gateway = {first.uri: first, second.uri: second}[selection.first.uri]
                headers = [f"X-Key: {key}"] if key else []
                caller.send(caller.request("MESSAGE", f"sip:{user}@{server.host_port}", *headers), server.address)
                gateway.answer(gateway.expect("MESSAGE"), "200 OK")
                caller.expect("200")
                met.add(gateway)
            server.settle()
        assert met == {first, second}
        assert [*first.pending(), *second.pending()] == []
