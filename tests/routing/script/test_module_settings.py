"""Parameters of modules that their functions look at when they are called."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.proxy.bench import Sent, request
from tests.routing.kamailio.script_bench import ScriptBench


def run(
    folder: Path, parameters: str, text: str, headers: bytes = b"", method: bytes = b"INVITE"
) -> tuple[ScriptBench, list[Sent]]:
    """The bench after a request, and what was sent."""
    file = folder / "k.cfg"
    said = "".join(f"modparam({each})\n" for each in parameters.split(" & ") if each)
    file.write_text(f"{said}request_route {{ {text} }}")
    bench = ScriptBench(file)
    return bench, bench.receive(request(method, b"sip:example.org", headers=headers))


@pytest.mark.parametrize(
    ("parameter", "came", "left"),
    [
        ("", b"100", b"70"),
        ("", b"71", b"70"),
        ("", b"70", b"69"),
        ('"maxfwd", "max_limit", 20', b"70", b"20"),
        ('"maxfwd", "max_limit", 0', b"100", b"99"),
    ],
)
def test_max_forwards_that_is_too_great_is_lowered(tmp_path: Path, parameter: str, came: bytes, left: bytes) -> None:
    headers = b"Max-Forwards: %b\r\n" % came
    text = 'mf_process_maxfwd_header("10"); $du = "sip:198.51.100.9"; t_relay();'
    assert run(tmp_path, parameter, text, headers)[1][-1].values(b"Max-Forwards") == [left]


@pytest.mark.parametrize(("headers", "codes"), [(b"Max-Forwards: 70\r\n", ["1", "-1"]), (b"", ["-2", "-2"])])
def test_how_low_max_forwards_is(tmp_path: Path, headers: bytes, codes: list[str]) -> None:
    bench, _ = run(tmp_path, "", 'is_maxfwd_lt("71"); xlog("$rc"); mf_lowlimit(70); xlog("$rc");', headers)
    assert [text for _, text in bench.logged] == codes


def test_what_options_are_answered_with(tmp_path: Path) -> None:
    parameters = '"siputils", "options_accept", "application/sdp" & "siputils", "options_support", "path"'
    [sent] = run(tmp_path, parameters, "options_reply();", method=b"OPTIONS")[1]
    assert [sent.values(name)[0] for name in (b"Accept", b"Accept-Language", b"Supported")] == [
        b"application/sdp",
        b"en",
        b"path",
    ]


def test_lines_of_the_log_have_the_prefix_and_their_level(tmp_path: Path) -> None:
    text = 'xalert("a"); xbug("b"); xcrit("c"); xlogl("L_INFO", "d"); xlog("LOCAL0", "L_NOTICE", "e"); xdbgl("f");'
    assert run(tmp_path, '"xlog", "prefix", "me: "', text)[0].logged == [
        (-5, "me: a"),
        (-4, "me: b"),
        (-2, "me: c"),
        (2, "me: d"),
        (1, "me: e"),
        (3, "me: f"),
    ]
