"""Assignments to From and To: what the gateway gets, as a real Kamailio sends it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.proxy.bench import request, values
from tests.routing.kamailio.script_bench import script

FULL = b'"Al" <sip:al:pw@x.org:5061;k=v>;tag=t1'
BARE = b"<sip:x.org>;tag=1"
NAKED = b"sip:al@x.org;tag=2"


@pytest.mark.parametrize(
    ("body", "came", "sent"),
    [
        ('$fU = "new"; $fd = "d.new";', FULL, b'"Al" <sip:new:pw@d.new:5061;k=v>;tag=t1'),
        ('$fU = "new"; $fd = "d.new";', BARE, b"<sip:new@d.new>;tag=1"),
        ('$fU = "new"; $fd = "d.new";', NAKED, b"sip:new@d.new;tag=2"),
        ('$fu = "sip:x@y"; $fn = "Nam";', FULL, b"Nam <sip:x@y>;tag=t1"),
        ('$fn = "\\"Q N\\"";', BARE, b'"Q N" <sip:x.org>;tag=1'),
        ("$fn = $null;", FULL, b"<sip:al:pw@x.org:5061;k=v>;tag=t1"),
        # Kamailio writes ``"Q N" sip:al@x.org``, which nobody can read, and both of two users.
        ('$fn = "\\"Q N\\"";', NAKED, b'"Q N" <sip:al@x.org>;tag=2'),
        ('$fU = "a"; $fU = "b";', FULL, b'"Al" <sip:b:pw@x.org:5061;k=v>;tag=t1'),
        ("$fU = $null;", FULL, b'"Al" <sip:x.org:5061;k=v>;tag=t1'),
    ],
)
def test_what_the_gateway_is_told(tmp_path: Path, body: str, came: bytes, sent: bytes) -> None:
    bench = script(tmp_path, f'{body} xlog("$fU"); $du = "sip:198.51.100.9"; t_relay();')
    data = request().replace(values(request(), b"From")[0], came)
    invite = bench.receive(data)[-1]
    assert values(invite.data, b"From") == [sent]
    # The variable says what came.
    assert [text for _, text in bench.logged] == ["<null>" if came is BARE else "al"]


def test_to_is_written_the_same_way(tmp_path: Path) -> None:
    bench = script(tmp_path, '$tU = "t"; $td = "new.example"; $tn = "T"; $du = "sip:198.51.100.9"; t_relay();')
    assert values(bench.receive(request())[-1].data, b"To") == [b"T <sip:t@new.example>"]
