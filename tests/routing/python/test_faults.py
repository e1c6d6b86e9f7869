"""What a script does wrong costs the one request a 500, and the log a line with the script's file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.routing.python.bench import native
from txdispatcher.net.watchdog import Watchdog
from txdispatcher.routing.python.script import LOOKS_AT_LOAD, STRETCH, Runaway
from txdispatcher.testing import request


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("1 / 0", "route.py:5: ZeroDivisionError: division by zero"),
        ("import json\njson.loads('[')", "route.py:6: JSONDecodeError: Expecting value: line 1 column 2 (char 1)"),
        ("def deep(): deep()\ndeep()", "RecursionError: maximum recursion depth exceeded"),
        ("raise KeyboardInterrupt", "route.py:5: KeyboardInterrupt: "),
        ("import asyncio\nraise asyncio.CancelledError", "route.py:6: CancelledError: "),
        ("exit()", "SystemExit: None (a route ends with return, request.exit() or KSR.x.exit())"),
        ("import sys\nr['$du'] = 'sip:198.51.100.9'\nr.t_relay()\nsys.exit(3)", "route.py:8: SystemExit: 3 (a route ends"),
        ("raise KeyError('x')", "route.py:5: KeyError: 'x'"),
        ("r.append_hf('no colon'); r['$du'] = 'sip:198.51.100.9'; r.t_relay()", "no name and colon"),
    ],
)
def test_an_exception(tmp_path: Path, body: str, reason: str) -> None:
    bench = native(tmp_path, body, faults=True)
    (reply,) = bench.receive(request("OPTIONS"))
    assert (reply.status, reply.reason) == (500, "Script Fault")
    [(level, text)] = bench.logged
    assert (level, text.startswith("script fault 1: ")) == (-2, True)
    assert reason in text


@pytest.mark.parametrize(
    ("head", "bodies", "expected"),
    [
        ("async def route(r):\n    await sleep(1)\n    exit()", "", [500]),
        ("async def route(r):\n    import sys\n    await in_thread(sys.exit)", "", [500]),
        ("def route(r):\n    r.t_on_branch(f)\n    go(r)", "@branch_route\ndef f(r): exit()", [500]),
        ("def route(r):\n    r.t_on_failure(f)\n    go(r)", "@failure_route\ndef f(r): exit()", [404]),
        (
            "def route(r):\n    r.t_on_failure(f)\n    go(r)",
            "@failure_route\nasync def f(r):\n    await sleep(1)\n    exit()",
            [404],
        ),
        ("def route(r):\n    r.t_on_reply(f)\n    go(r)", "@reply_route\ndef f(r): exit()", [404]),
    ],
)
def test_an_exit_of_python_leaves_nobody_without_an_answer(tmp_path: Path, head: str, bodies: str, expected: list[int]) -> None:
    """In a route of any kind, that waits or does not."""
    go = "def go(r):\n    r['$du'] = 'sip:198.51.100.9'\n    r.t_relay()\n"
    bench = native(tmp_path, f"{go}{bodies}\n@request_route\n{head}", faults=True)
    sent = bench.receive(request()) + bench.wait(1.1)
    invites = [each for each in sent if each.method == "INVITE" and not each.status]
    if invites:
        sent += bench.answer(invites[0], 404) + bench.wait(1.1)
    assert [each.status for each in sent if each.status > 100][:1] == expected
    assert "SystemExit" in bench.logged[0][1]


def test_an_exit_of_a_script_is_not_held_up(tmp_path: Path) -> None:
    bench = native(
        tmp_path,
        """
        try:
            r.sl_send_reply(480, "Later")
            r.exit()
        except Exception:
            r.sl_send_reply(500, "Swallowed")
        """,
    )
    assert [each.reason for each in bench.receive(request("OPTIONS"))] == ["Later"]


def test_the_log_is_not_flooded(tmp_path: Path) -> None:
    bench = native(tmp_path, "1 / 0", faults=True)
    bench.router.fault_interval = 5.0
    for _ in range(20):
        bench.receive(request("OPTIONS"))
    assert len(bench.logged) == 1
    bench.wait(5.1)
    bench.receive(request("OPTIONS"))
    assert [text.partition(":")[0] for _, text in bench.logged] == ["script fault 1", "script fault 21"]


def test_in_a_failure_route_the_caller_gets_what_there_is(tmp_path: Path) -> None:
    bench = native(
        tmp_path,
        """
        @request_route
        def route(r):
            r.ds_select_dst(1, 8)
            r.t_on_failure(f)
            r.t_relay()

        @failure_route
        def f(r):
            1 / 0
        """,
        faults=True,
    )
    _, first = bench.receive(request())
    assert [each.status or each.method for each in bench.answer(first, 404)] == ["ACK", 404]


@pytest.mark.parametrize(
    "body",
    [
        "while True: pass",
        "while True:\n    try: time.sleep(0.001)\n    except Exception: pass",
        "while True: r.isflagset(1)",
        "time.sleep(3600)",
    ],
)
def test_a_script_without_end_is_stopped(tmp_path: Path, body: str) -> None:
    bench = native(tmp_path, body, faults=True)
    watchdog = Watchdog(STRETCH, 0.05)
    watchdog.start()
    try:
        (reply,) = bench.receive(request("OPTIONS"))
    finally:
        watchdog.stop()
    assert reply.status == 500
    [(_, text)] = bench.logged
    assert "it ran on without end, and was stopped" in text
    assert "route.py:" in text


def test_what_follows_a_wait_is_stopped_too(tmp_path: Path) -> None:
    bench = native(tmp_path, "@request_route\nasync def route(r):\n    await sleep(0.1)\n    while True: pass", faults=True)
    bench.receive(request("OPTIONS"))
    watchdog = Watchdog(STRETCH, 0.05)
    watchdog.start()
    try:
        (reply,) = bench.wait(0.3)
    finally:
        watchdog.stop()
    assert reply.status == 500


def test_the_watchdog_lets_go_of_the_signal() -> None:
    import signal

    before = signal.getsignal(signal.SIGALRM)
    watchdog = Watchdog(STRETCH, 0.05)
    watchdog.start()
    watchdog.stop()
    assert signal.getsignal(signal.SIGALRM) is before
    assert signal.getitimer(signal.ITIMER_REAL)[0] == 0.0


def test_to_load_a_script_may_take_longer() -> None:
    watchdog = Watchdog(STRETCH, 0.05)
    with STRETCH.loading():
        for _ in range(LOOKS_AT_LOAD):
            watchdog._look(0, None)
        with pytest.raises(Runaway):
            watchdog._look(0, None)
    assert STRETCH.looks == 1


def test_a_stretch_that_ends_is_not_broken_off() -> None:
    """Two looks at two different stretches are no reason."""
    watchdog = Watchdog(STRETCH, 0.05)
    STRETCH.running = True
    try:
        watchdog._look(0, None)
        STRETCH.serial += 1
        watchdog._look(0, None)
        with pytest.raises(Runaway):
            watchdog._look(0, None)
    finally:
        STRETCH.running = False
