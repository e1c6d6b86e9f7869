"""Routes that wait: only their own request does, for so long and no longer, and whatever happens meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest
from twisted.internet.defer import Deferred

from tests.routing.python.bench import kemi_class, native
from txdispatcher.scripting import reload_script
from txdispatcher.testing import Bench, Sent, request

WAIT = """
@request_route
async def route(r):
    await sleep(1.0)
    r["$du"] = "sip:198.51.100.9"
    r.t_relay()
"""


def methods(sent: list[Sent]) -> list[str | int]:
    return [each.status or each.method for each in sent]


def test_only_its_own_request_waits(tmp_path: Path) -> None:
    bench = native(tmp_path, WAIT.replace("await sleep(1.0)", "if r['$rU'] == 'slow': await sleep(1.0)"))
    slow, quick = request(uri="sip:slow@example.com"), request()
    assert methods(bench.receive(slow)) == [100]
    trying, invite = bench.receive(quick)
    assert (trying.status, invite.method, invite.uri) == (100, "INVITE", "sip:bob@example.com")
    assert methods(bench.answer(invite, 486)) == ["ACK", 486]
    bench.receive(request("ACK", call_id=invite.header("Call-ID") or ""))
    assert "sip:slow@example.com" in [each.uri for each in bench.wait(1.1)]


def test_a_retransmission_is_absorbed_meanwhile(tmp_path: Path) -> None:
    bench = native(tmp_path, WAIT)
    data = request()
    assert methods(bench.receive(data)) == [100]
    assert methods(bench.receive(data)) == [100]
    assert methods(bench.wait(1.1)) == ["INVITE"]


def test_a_call_in_a_thread(tmp_path: Path) -> None:
    bench = native(
        tmp_path,
        """
        @request_route
        async def route(r):
            found = await in_thread(lambda a, b: a + b, 1, b=2)
            try:
                await in_thread(int, "x")
            except ValueError as error:
                r.sl_send_reply(400 + found, str(error))
        """,
    )
    (reply,) = (each for each in bench.receive(request()) if each.status > 100)
    assert (reply.status, reply.reason) == (403, "invalid literal for int() with base 10: 'x'")


def test_asyncio_in_a_thread(tmp_path: Path) -> None:
    bench = native(
        tmp_path,
        """
        import asyncio
        async def look_up(number):
            await asyncio.sleep(0)
            return number + 1
        @request_route
        async def route(r):
            r.sl_send_reply(480, str(await in_thread(asyncio.run, look_up(6))))
        """,
    )
    assert [each.reason for each in bench.receive(request("OPTIONS"))] == ["7"]


def test_a_deferred(tmp_path: Path) -> None:
    bench = native(
        tmp_path,
        """
        from twisted.internet.defer import Deferred
        waiting = []
        @request_route
        async def route(r):
            one = Deferred()
            waiting.append(one)
            r.sl_send_reply(480, await one)
        """,
    )
    bench.receive(request())
    (waiting,) = _global(bench, "waiting")
    waiting.callback("Later")
    assert [(each.status, each.reason) for each in bench.sent()] == [(480, "Later")]


def _global(bench: Bench, name: str) -> list[Deferred[str]]:
    import sys

    found: list[Deferred[str]] = getattr(sys.modules["txdispatcher_script_route"], name)
    return found


def test_a_wait_is_over_in_time(tmp_path: Path) -> None:
    """The default of route.script_timeout is 5 s."""
    bench = native(
        tmp_path,
        """
        @request_route
        async def route(r):
            try:
                await sleep(60)
            except TimeoutError:
                r.sl_send_reply(503, "Too slow")
        """,
    )
    assert methods(bench.receive(request())) == [100]
    assert methods(bench.wait(4.9)) == []
    assert [each.reason for each in bench.wait(0.2)] == ["Too slow"]


def test_a_timeout_that_nobody_catches_is_a_fault(tmp_path: Path) -> None:
    bench = native(tmp_path, "@request_route\nasync def route(r):\n    await sleep(60)", faults=True)
    bench.receive(request())
    assert 500 in methods(bench.wait(5.1))
    assert bench.logged[0][1].endswith("route.py:5: TimeoutError: route.script_timeout has passed")


def test_who_waits_again_after_that_has_failed(tmp_path: Path) -> None:
    bench = native(
        tmp_path,
        """
        @request_route
        async def route(r):
            while True:
                try:
                    await sleep(60)
                except TimeoutError:
                    pass
        """,
        faults=True,
    )
    bench.receive(request())
    assert 500 in methods(bench.wait(5.1))
    assert "it waits again after 5 seconds (route.script_timeout)" in bench.logged[0][1]


def test_the_caller_may_cancel_meanwhile(tmp_path: Path) -> None:
    bench = native(
        tmp_path,
        """
        @request_route
        async def route(r):
            try:
                await sleep(1.0)
            finally:
                r.xinfo("closed")
            r.xinfo("not reached")
            r.t_relay()
        """,
    )
    data = request()
    bench.receive(data)
    ok, terminated = bench.cancel(data)
    assert (ok.status, terminated.status) == (200, 487)
    assert "INVITE" not in methods(bench.wait(2))
    assert [text for _, text in bench.logged] == ["closed"]


def test_a_failure_route_may_wait(tmp_path: Path) -> None:
    bench = native(
        tmp_path,
        """
        @request_route
        def route(r):
            r.ds_select_dst(1, 8)
            r.t_on_failure(again)
            r.t_relay()

        @failure_route
        async def again(r):
            await sleep(1.0)
            if r.status == 503 and r.ds_next_dst():
                r.append_hf("X-Again: 1\\r\\n")
                r.t_on_failure(again)
                r.t_relay()
            elif r.status == 404:
                r.t_reply(480, "Later")
        """,
    )
    _, first = bench.receive(request())
    assert methods(bench.answer(first, 503)) == ["ACK"]
    (second,) = bench.wait(1.1)
    assert (second.address[0], second.header("X-Again")) == ("198.51.100.2", "1")
    assert methods(bench.answer(second, 404)) == ["ACK"]
    assert [each.reason for each in bench.wait(1.1)] == ["Later"]


def test_a_failure_route_that_decides_nothing_lets_the_response_through(tmp_path: Path) -> None:
    bench = native(
        tmp_path,
        """
        @request_route
        def route(r):
            r.ds_select_dst(1, 8)
            r.t_on_failure(again)
            r.t_relay()

        @failure_route
        async def again(r):
            await sleep(1.0)
        """,
    )
    _, first = bench.receive(request())
    assert methods(bench.answer(first, 486)) == ["ACK"]
    assert methods(bench.wait(1.1)) == [486]


def test_what_a_route_does_wrong_when_it_is_given_up_costs_nobody_else(tmp_path: Path) -> None:
    bench = native(
        tmp_path,
        """
        @request_route
        async def route(r):
            try:
                await sleep(3.0)
            finally:
                1 / 0
        """,
        faults=True,
    )
    data = request()
    bench.receive(data)
    assert methods(bench.cancel(data)) == [200, 487]
    [(_, text)] = bench.logged
    assert text.startswith("script fault 1: ")
    assert "route.py:8: ZeroDivisionError" in text


def test_a_cancel_while_a_failure_route_waits(tmp_path: Path) -> None:
    bench = native(
        tmp_path,
        """
        @request_route
        def route(r):
            r.ds_select_dst(1, 8)
            r.t_on_failure(again)
            r.t_relay()

        @failure_route
        async def again(r):
            await sleep(1.0)
            r.ds_next_dst()
            r.t_relay()
        """,
    )
    data = request()
    _, first = bench.receive(data)
    bench.answer(first, 503)
    assert methods(bench.cancel(data)) == [200, 487]
    assert "INVITE" not in methods(bench.wait(2))


def test_what_is_undecided_after_a_wait(tmp_path: Path) -> None:
    """An INVITE has had its 100, so it gets an end; of another request nothing is heard."""
    bench = native(tmp_path, "@request_route\nasync def route(r):\n    await sleep(1.0)")
    bench.receive(request())
    assert methods(bench.wait(1.1)) == [500]
    options = request("OPTIONS")
    assert bench.receive(options) == []
    assert "OPTIONS" not in [each.method for each in bench.wait(1.1)]
    assert bench.proxy.counters.unanswered == 2


def test_an_ack_may_wait(tmp_path: Path) -> None:
    bench = native(tmp_path, WAIT)
    assert bench.receive(request("ACK", to_tag="x")) == []
    assert methods(bench.wait(1.1)) == ["ACK"]


def test_too_many_are_refused(tmp_path: Path) -> None:
    bench = native(tmp_path, WAIT)
    bench.proxy.max_waiting = 1
    assert methods(bench.receive(request())) == [100]
    assert methods(bench.receive(request())) == [503]
    assert bench.receive(request("ACK", to_tag="x")) == []
    assert "INVITE" in methods(bench.wait(1.1))
    assert bench.proxy.waiting == 0


@pytest.mark.parametrize("kind", ["reply", "branch"])
def test_other_routes_may_not_wait(tmp_path: Path, kind: str) -> None:
    bench = kemi_class(
        tmp_path,
        f"""
        async def ksr_request_route(self, msg):
            KSR.setdsturi("sip:198.51.100.9")
            KSR.tm.t_on_{kind}("other")
            KSR.tm.t_relay()
        async def other(self, msg):
            from txdispatcher.script import sleep
            await sleep(1)
        """,
        faults=True,
    )
    sent = bench.receive(request())
    if kind == "reply":
        bench.answer(sent[-1], 180)
    assert f"a {kind} route may not wait; allowed: request and failure routes" in bench.logged[-1][1]


def test_a_kemi_route_may_wait(tmp_path: Path) -> None:
    bench = kemi_class(
        tmp_path,
        """
        async def ksr_request_route(self, msg):
            from txdispatcher.script import in_thread
            KSR.setdsturi("sip:198.51.100." + str(await in_thread(lambda: 7)))
            KSR.tm.t_relay()
        """,
    )
    assert bench.receive(request())[-1].address[0] == "198.51.100.7"


def test_what_was_not_awaited_is_no_answer(tmp_path: Path) -> None:
    bench = native(tmp_path, "@request_route\nasync def route(r):\n    if in_thread(bool): pass", faults=True)
    assert methods(bench.receive(request("OPTIONS"))) == [500]
    assert "TypeError: in_thread(…) has no value yet; allowed: await in_thread(…)" in bench.logged[0][1]


@pytest.mark.parametrize("seconds", ["-1", "float('nan')", "float('inf')", "10**400", "'x'", "None"])
def test_time_that_cannot_pass(tmp_path: Path, seconds: str) -> None:
    bench = native(tmp_path, f"@request_route\nasync def route(r):\n    await sleep({seconds})", faults=True)
    assert methods(bench.receive(request("OPTIONS"))) == [500]
    assert "ValueError: sleep(" in bench.logged[0][1]


def test_what_waits_at_a_reload_finishes_on_the_old_script(tmp_path: Path) -> None:
    """With the modules beside it as they were."""
    (tmp_path / "waiting_helper.py").write_text("ADDRESS = '198.51.100.1'\n")
    bench = native(
        tmp_path,
        """
        import waiting_helper
        @request_route
        async def route(r):
            await sleep(1.0)
            r["$du"] = f"sip:{waiting_helper.ADDRESS}"
            r.t_on_failure(again)
            r.t_relay()

        @failure_route
        async def again(r):
            await sleep(1.0)
            r.t_reply(480, waiting_helper.ADDRESS)
        """,
    )
    bench.receive(request())
    (tmp_path / "waiting_helper.py").write_text("ADDRESS = '198.51.100.2'\n")
    reload_script(bench.config, bench.router)
    bench.receive(request())
    first, second = (each for each in bench.wait(1.1) if each.method == "INVITE")
    assert [first.address[0], second.address[0]] == ["198.51.100.1", "198.51.100.2"]
    reload_script(bench.config, bench.router)
    bench.answer(first, 503)
    assert [each.reason for each in bench.wait(1.1) if each.status] == ["198.51.100.1"]


def test_what_cannot_be_awaited(tmp_path: Path) -> None:
    bench = native(tmp_path, "@request_route\nasync def route(r):\n    import asyncio\n    await asyncio.sleep(0)", faults=True)
    bench.receive(request())
    bench.wait(0.1)
    assert "NoneType cannot be awaited here; allowed: a Deferred, in_thread(…) and sleep(…)" in bench.logged[-1][1]
