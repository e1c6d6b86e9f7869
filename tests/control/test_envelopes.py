"""control.envelopes: JSON-RPC 2.0, with what the specification says about requests that are none."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twisted.internet.defer import Deferred
from twisted.logger import capturedLogs

from tests.control.fixtures import TURNS, make_methods
from txdispatcher.control.envelopes import Answer, answer
from txdispatcher.control.methods import Methods
from txdispatcher.control.request_object import MAX_BATCH, Caller
from txdispatcher.control.table import Method


async def _later() -> str:
    return "later"


CALLS: list[object] = []
METHODS = Methods(
    [
        Method("test.echo", (), "", lambda: "echo"),
        Method("test.later", (), "", _later),
        Method("test.bug", (), "", lambda: 1 // 0),
        Method("test.strange", (), "", lambda: object()),
        Method("test.change", (), "", lambda: "changed", changes=True),
        Method("test.count", (), "", lambda: CALLS.append(1)),
    ]
)


def ask(body: object, methods: Methods = METHODS) -> Answer | None:
    """The answer to `body`: bytes as they are, anything else as JSON."""
    found: list[Answer | None] = []
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    Deferred.fromCoroutine(answer(Caller(methods), content, TURNS)).addCallback(found.append)
    return found[0]


def reply(body: object) -> object:
    given = ask(body)
    assert given is not None
    return json.loads(given.body)


def call(method: object, **more: object) -> dict[str, object]:
    return {"jsonrpc": "2.0", "method": method, "id": 1, **more}


def error(code: int, message: str, id: object = None) -> dict[str, object]:
    return {"jsonrpc": "2.0", "error": {"code": code, "message": message}, "id": id}


@pytest.mark.parametrize("id", [1, -1.5, "abc", "", None, 2**70, "\ud800"])
def test_a_result_comes_with_the_id_of_its_request(id: object) -> None:
    assert reply(call("test.echo", id=id)) == {"jsonrpc": "2.0", "result": "echo", "id": id}


def test_a_method_may_answer_later() -> None:
    assert reply(call("test.later")) == {"jsonrpc": "2.0", "result": "later", "id": 1}


def test_a_fault_of_a_method_comes_with_its_code_and_the_id() -> None:
    given = ask(call("test.nope"))
    assert given is not None
    assert json.loads(given.body) == error(500, "Method Not Found", 1)
    assert given.fault is not None
    assert given.fault.code == 500


def test_a_null_result_is_a_result() -> None:
    assert reply(call("test.count")) == {"jsonrpc": "2.0", "result": None, "id": 1}


@pytest.mark.parametrize("method", ["test.bug", "test.strange"])
def test_a_bug_in_a_method_is_a_fault_and_a_log_entry(method: str) -> None:
    with capturedLogs() as events:
        assert reply(call(method)) == error(500, "Internal Server Error", 1)
    [event] = events
    assert event["log_failure"] is not None


@pytest.mark.parametrize("method", ["test.echo", "test.nope", "test.bug"])
def test_a_notification_gets_no_answer(method: str) -> None:
    with capturedLogs():
        assert ask({"jsonrpc": "2.0", "method": method}) is None


def test_a_notification_is_carried_out() -> None:
    CALLS.clear()
    ask({"jsonrpc": "2.0", "method": "test.count"})
    assert CALLS == [1]


def test_a_batch_is_answered_in_its_order_without_the_notifications() -> None:
    batch = [call("test.later", id=1), {"jsonrpc": "2.0", "method": "test.echo"}, 5, call("test.nope", id=2)]
    assert reply(batch) == [
        {"jsonrpc": "2.0", "result": "later", "id": 1},
        error(-32600, "Invalid Request: not an object"),
        error(500, "Method Not Found", 2),
    ]


def test_a_batch_of_notifications_gets_no_answer() -> None:
    assert ask([{"jsonrpc": "2.0", "method": "test.echo"}] * 2) is None


def test_the_longest_batch() -> None:
    answers = reply([call("test.echo")] * MAX_BATCH)
    assert isinstance(answers, list)
    assert len(answers) == MAX_BATCH


def test_a_batch_that_is_too_long_is_not_begun() -> None:
    CALLS.clear()
    text = f"Invalid Request: a batch of {MAX_BATCH + 1}; {MAX_BATCH} are allowed"
    assert reply([call("test.count")] * (MAX_BATCH + 1)) == error(-32600, text)
    assert CALLS == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b'{"jsonrpc": "2.0", "method"',
        b"\xff\xfe",
        b'{"jsonrpc": "2.0", "method": "\xe9", "id": 1}',
        b'{"jsonrpc": "2.0", "method": "test.echo", "id": NaN}',
        b"[" * 10_000 + b"]" * 10_000,
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
        b'{"jsonrpc": "2.0", "method": "test.echo", "id": ' + b"9" * 10_000 + b"}",
    ],
)
def test_what_is_no_json_is_a_parse_error(body: bytes) -> None:
    assert reply(body) == error(-32700, "Parse error")


@pytest.mark.parametrize(
    ("body", "text", "id"),
    [
        (5, "not an object", None),
        ("x", "not an object", None),
        (None, "not an object", None),
        ([], "an empty batch", None),
        ({}, 'jsonrpc is "2.0"', None),
        ({"method": "test.echo", "id": 1}, 'jsonrpc is "2.0"', 1),
        (call("test.echo", jsonrpc="1.0"), 'jsonrpc is "2.0"', 1),
        (call("test.echo", jsonrpc=2.0), 'jsonrpc is "2.0"', 1),
        (call(5), "method is a string", 1),
        (call("test.echo", id={"a": 1}), "id is a string, a number or null", None),
        (call("test.echo", id=True), "id is a string, a number or null", None),
        (call("test.echo", id=[]), "id is a string, a number or null", None),
        ({"jsonrpc": "2.0", "method": 5}, "method is a string", None),
        (b'{"jsonrpc": "2.0", "method": "test.echo", "id": 1e999}', "id is a string, a number or null", None),
    ],
)
def test_what_is_no_request_is_an_invalid_request(body: object, text: str, id: object) -> None:
    assert reply(body) == error(-32600, f"Invalid Request: {text}", id)


@pytest.mark.parametrize("params", ["x", None, 5])
def test_params_of_another_kind_are_invalid(params: object) -> None:
    assert reply(call("test.echo", params=params)) == error(-32602, "Invalid params: an array or an object", 1)
    assert ask({"jsonrpc": "2.0", "method": "test.echo", "params": params}) is None


@pytest.mark.parametrize("code", [500, 404, -32601])
def test_a_setting_says_which_code_an_unknown_method_gets(code: int) -> None:
    found: list[Answer | None] = []
    body = json.dumps(call("no.such")).encode()
    Deferred.fromCoroutine(answer(Caller(METHODS, unknown_method=code), body, TURNS)).addCallback(found.append)
    assert found[0] is not None
    assert json.loads(found[0].body) == error(code, "Method Not Found", 1)


def test_who_may_only_read_is_told_so_in_a_batch_too() -> None:
    found: list[Answer | None] = []
    body = json.dumps([call("test.echo"), call("test.change")]).encode()
    Deferred.fromCoroutine(answer(Caller(METHODS, read_only=True), body, TURNS)).addCallback(found.append)
    assert found[0] is not None
    echoed, refused = json.loads(found[0].body)
    assert echoed["result"] == "echo"
    assert refused["error"]["code"] == 403


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=10,
)
REQUESTS = st.fixed_dictionaries(
    {},
    optional={
        "jsonrpc": st.just("2.0") | JSON,
        "method": st.sampled_from([method.name for method in make_methods()]) | JSON,
        "params": JSON,
        "id": JSON,
    },
)


@given(st.binary() | (JSON | REQUESTS | st.lists(REQUESTS)).map(lambda value: json.dumps(value).encode()))
def test_whatever_comes_in_nothing_is_raised_and_json_goes_out(body: bytes) -> None:
    with capturedLogs() as events:
        given = ask(body, make_methods())
    if given is not None:
        found = json.loads(given.body)
        for each in found if isinstance(found, list) else [found]:
            assert each["jsonrpc"] == "2.0"
            assert ("result" in each) != ("error" in each)
            assert "id" in each
    assert not [event for event in events if "log_failure" in event]
