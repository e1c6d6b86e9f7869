"""ratelimit, pipelimit and cfgutils."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.proxy.bench import request
from tests.routing.kamailio.script_bench import script
from txdispatcher.config.kamailio import read_kamailio
from txdispatcher.config.load import readers_of
from txdispatcher.routing.script import pipes
from txdispatcher.routing.script.pipes import RED, TAILDROP, Pipes

PARAMETERS = """#!KAMAILIO
modparam("pipelimit", "timer_interval", 2)
modparam("ratelimit", "timer_interval", 2)
modparam("ratelimit", "pipe", "0:TAILDROP:1")
modparam("ratelimit", "queue", "4:REGISTER")
modparam("ratelimit", "queue", "0:INVITE")
"""


def said(folder: Path, text: str, method: bytes = b"INVITE") -> list[str]:
    bench = script(folder, f"{PARAMETERS}route {{ {text} }}")
    bench.receive(request(method))
    return [line for _, line in bench.logged]


def loop(call: str, turns: int = 4) -> str:
    return f'$var(i) = 0; while ($var(i) < {turns}) {{ {call}; xlog("$rc"); $var(i) = $var(i) + 1; }}'


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        # As Kamailio 5.6.3 answers: a limit of pipelimit is for an interval, one of ratelimit for a second.
        (loop('pl_check("$si", "TAILDROP", 3)'), ["1", "1", "1", "-1"]),
        (loop('pl_check("a", "red", "1")'), ["1", "1", "1", "1"]),
        (loop("rl_check()"), ["1", "1", "-1", "-1"]),
        (loop("rl_check(0)", 3), ["1", "1", "-1"]),
        ('rl_check_pipe("5"); xlog("$rc");', ["-1"]),
        ('pl_check("none"); xlog("$rc"); pl_active("none"); xlog("$rc");', ["-2", "-1"]),
        ('pl_check("a", "TAILDROP", 3); pl_active("a"); xlog("$rc");', ["1"]),
        ('core_hash("alice", "server.com", 4); xlog("$rc"); core_hash("alice", "", "8"); xlog("$rc");', ["13", "222"]),
        ('core_hash("", "", 4); xlog("$rc");', ["1"]),
        ('set_gflag(4); is_gflag("4"); xlog("$rc"); reset_gflag("4"); is_gflag(4); xlog("$rc");', ["1", "-1"]),
        ('rand_set_prob("100"); rand_event(); xlog("$rc"); rand_set_prob("0"); rand_event(); xlog("$rc");', ["1", "-1"]),
        ('rand_set_prob("101"); xlog("$rc"); rand_set_prob(7); rand_reset_prob(); rand_get_prob(); xlog("$rc");', ["-1", "10"]),
        ('lock("a"); xlog("$rc"); trylock("a"); xlog("$rc"); unlock("a"); xlog("$rc");', ["1", "1", "1"]),
    ],
)
def test_what_the_functions_return(tmp_path: Path, text: str, lines: list[str]) -> None:
    assert said(tmp_path, text) == lines


def test_what_has_no_queue_passes(tmp_path: Path) -> None:
    assert said(tmp_path, loop("rl_check()", 3), b"OPTIONS") == ["1", "1", "1"]


def test_flags_of_all_requests_stay(tmp_path: Path) -> None:
    bench = script(tmp_path, 'if (is_gflag(3)) xlog("set"); set_gflag(3);')
    bench.receive(request())
    bench.receive(request(call_id=b"2", branch=b";branch=z9hG4bK2"))
    assert bench.logged == [(-1, "set")]


def test_what_is_dropped_is_told_when_to_come_again(tmp_path: Path) -> None:
    text = '#!KAMAILIO\nmodparam("pipelimit", "reply_code", 505)\nmodparam("pipelimit", "reply_reason", "Limiting")\n'
    bench = script(tmp_path, text + "route { pl_drop(5, 5); }")
    [sent] = bench.receive(request())
    assert (sent.first, sent.values(b"Retry-After")) == (b"SIP/2.0 505 Limiting", [b"5"])


def test_an_unknown_algorithm_is_a_fault(tmp_path: Path) -> None:
    assert "found FEEDBACK; allowed: TAILDROP, RED" in said(tmp_path, 'pl_check("a", "FEEDBACK", 3);')[0]


@pytest.mark.parametrize(
    ("parameter", "message"),
    [
        (
            '"ratelimit", "pipe", "0:FEEDBACK:80"',
            "found 0:FEEDBACK:80; allowed: NUMBER:ALGORITHM:LIMIT, the algorithm being TAILDROP or",
        ),
        ('"ratelimit", "queue", "INVITE"', "ratelimit.queue: found INVITE; allowed: PIPE:METHOD"),
        ('"pipelimit", "db_url", "mysql://a:b@c/d"', "allowed: none; pl_check(name, algorithm, limit) makes a pipe"),
    ],
)
def test_a_wrong_parameter_is_an_error(tmp_path: Path, parameter: str, message: str) -> None:
    file = tmp_path / "k.cfg"
    file.write_text(f"modparam({parameter})\nroute {{ exit; }}")
    [error] = read_kamailio(str(file), readers_of("/"))[1]
    assert message in str(error)


def test_red_refuses_evenly_what_came_too_much_before() -> None:
    limited = Pipes()
    limited.set("a", RED, 2)
    assert [limited.passes("a", 0.0) for _ in range(6)] == [True] * 6
    assert [limited.passes("a", 10.0) for _ in range(6)] == [False, False, True, False, False, True]
    # Nothing came in the interval before: all may pass.
    assert limited.passes("a", 35.0) is True


def test_a_new_interval_has_a_share_of_its_own() -> None:
    limited = Pipes(by_second=True)
    limited.interval = 1.0
    limited.set("a", TAILDROP, 1)
    assert [limited.passes("a", each) for each in (0.1, 0.2, 1.1, 1.2)] == [True, False, True, False]


def test_there_are_never_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipes, "MOST_PIPES", 3)
    limited = Pipes()
    for number in range(9):
        limited.set(str(number), TAILDROP, 1)
        limited.passes("0", 0.0)
    assert len(limited) == 3
    assert limited.has("0")
