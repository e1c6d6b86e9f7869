"""Functions of the core: the Request-URI and its branches."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.proxy.bench import request
from tests.routing.kamailio.script_bench import script


def printed(folder: Path, body: str) -> list[str]:
    bench = script(folder, body)
    bench.receive(request())
    return [text for _, text in bench.logged]


@pytest.mark.parametrize(
    ("body", "uri"),
    [
        ('setuser("a"); sethost("h"); sethostport("x:5"); setuserpass("pw");', "sip:a:pw@x:5"),
        ('rewritehostporttrans("h:5061;transport=tls");', "sip:bob@h:5061;transport=tls"),
        ('sethostport("h:7;k=v"); sethosttrans("i;transport=tcp");', "sip:bob@i:7;k=v;transport=tcp"),
        ("userphone(); userphone();", "sip:bob@example.org;user=phone"),
        ('prefix("00"); strip(1); strip_tail(1); setuser("x"); revert_uri();', "sip:bob@example.org"),
    ],
)
def test_the_request_uri(tmp_path: Path, body: str, uri: str) -> None:
    assert printed(tmp_path, f'{body} xlog("$ru");') == [uri]


def test_flags_of_the_branch(tmp_path: Path) -> None:
    assert printed(tmp_path, 'setbflag(3); setbflag(1); resetbflag(3); if (!isbflagset(3)) xlog("$bf $bF");') == ["2 00000002"]


def test_branches_are_taken_away(tmp_path: Path) -> None:
    body = """append_branch("sip:a@h"); append_branch("sip:b@h"); append_branch("sip:c@h"); remove_branch(1);
        xlog("$branch(count) $(branch(uri)[-1])"); if (!remove_branch(2)) xlog("none"); clear_branches();
        xlog("$branch(count)");"""
    assert printed(tmp_path, body) == ["2 sip:c@h", "none", "<null>"]


@pytest.mark.parametrize(
    ("call", "place"),
    [("forward()", ("198.51.100.7", 5060)), ('forward("198.51.100.9", 5080)', ("198.51.100.9", 5080))],
)
def test_a_request_is_forwarded(tmp_path: Path, call: str, place: tuple[str, int]) -> None:
    bench = script(tmp_path, f'$rd = "198.51.100.7"; {call};')
    assert bench.receive(request())[-1].address == place
