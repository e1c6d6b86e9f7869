"""control.jsonrpcs: documents as Kamailio's jsonrpcs reads and writes them."""

from __future__ import annotations

import asyncio
import errno
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.control.fixtures import TURNS, make_methods
from tests.control.test_documents import JSON
from txdispatcher.control.jsonrpcs import Reply, answer, answer_datagram, printed, too_long
from txdispatcher.control.request_object import Caller
from txdispatcher.control.table import Fault


def ask(document: bytes | dict[str, object] | list[object], store: Files | None = None, unknown_method: int = 500) -> Reply:
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    return asyncio.run(answer(Caller(make_methods(), unknown_method=unknown_method), TURNS, data, store))


class Files:
    """A folder for answers, which takes no file named "full"."""

    def __init__(self) -> None:
        self.written: dict[str, bytes] = {}

    def name_of(self, path: object) -> str:
        if path == "/elsewhere":
            raise Fault(403, "Forbidden")
        return str(path)

    async def write(self, name: str, body: bytes) -> None:
        if name == "full":
            raise OSError(errno.ENOSPC, "No space left on device")
        self.written[name] = body


def request(**more: object) -> dict[str, object]:
    return {"jsonrpc": "2.0", "method": "core.version", "id": 1, **more}


#: As Kamailio 5.6.3 sent them.
CAPTURED: list[tuple[object, bytes]] = [
    (
        {"jsonrpc": "2.0", "error": {"code": 500, "message": "x"}, "id": 1.5},
        b'{\n\t"jsonrpc":\t"2.0",\n\t"error":\t{\n\t\t"code":\t500,\n\t\t"message":\t"x"\n\t},\n\t"id":\t1.500000\n}',
    ),
    ({"result": [1, "main", 2, "timer"]}, b'{\n\t"result":\t[1, "main", 2, "timer"]\n}'),
    ({"result": {}}, b'{\n\t"result":\t{\n\t}\n}'),
    (
        {"LIST": [{"ONE": {"ID": 1, "DUID": None}}, {"ONE": {}}]},
        b'{\n\t"LIST":\t[{\n\t\t\t"ONE":\t{\n\t\t\t\t"ID":\t1,\n\t\t\t\t"DUID":\tnull\n\t\t\t}\n\t\t}, '
        b'{\n\t\t\t"ONE":\t{\n\t\t\t}\n\t\t}]\n}',
    ),
]


@pytest.mark.parametrize(("value", "document"), CAPTURED)
def test_the_layout_is_that_of_jsonrpcs(value: object, document: bytes) -> None:
    assert printed(value) == document


@given(JSON)
def test_what_is_printed_is_json(value: object) -> None:
    assert json.loads(printed(value)) == value


@given(st.text(st.characters(categories=["Cs", "L"])))
def test_text_that_is_no_unicode_is_json_still(text: str) -> None:
    assert json.loads(printed([text])) == json.loads(json.dumps([text]))


def test_a_request_is_answered_with_its_id_in_the_fifo_that_it_names() -> None:
    reply = ask(request(reply_name="mine"))
    assert reply == Reply(b'{\n\t"jsonrpc":\t"2.0",\n\t"result":\t"txdispatcher test",\n\t"id":\t1\n}', "mine")


def test_a_request_without_an_id_is_answered_without_one() -> None:
    without = request()
    del without["id"]
    assert ask(without).body == b'{\n\t"jsonrpc":\t"2.0",\n\t"result":\t"txdispatcher test"\n}'


def test_a_fault_has_its_code_and_text() -> None:
    assert json.loads(ask(request(method="nope")).body)["error"] == {"code": 500, "message": "Method Not Found"}


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (b"garbage", -32700),
        (b"", -32700),
        (b"\xff\xfe", -32700),
        (b"[" * 10_000 + b"]" * 10_000, -32700),
        (b"1" * 10_000, -32700),
        (b"{}", -32600),
        (b"[]", -32600),
        (json.dumps([1] * 51).encode(), -32600),
        (json.dumps({"jsonrpc": "2.0", "method": 1, "id": 1}).encode(), -32600),
        (json.dumps({"jsonrpc": "2.0", "method": "core.version", "id": 1, "params": 1}).encode(), -32602),
        (json.dumps({"jsonrpc": "2.0", "method": "core.version", "id": [1]}).encode(), -32600),
        (json.dumps({"jsonrpc": "2.0", "method": "core.version", "id": 1, "store_path": "/x"}).encode(), 403),
    ],
)
def test_a_request_that_is_wrong_is_told_so(document: bytes, code: int) -> None:
    assert json.loads(ask(document).body)["error"]["code"] == code


@pytest.mark.parametrize("code", [500, 404, -32601])
def test_a_setting_says_which_code_an_unknown_method_gets(code: int) -> None:
    found = json.loads(ask(request(method="nope"), unknown_method=code).body)
    assert found["error"] == {"code": code, "message": "Method Not Found"}


@pytest.mark.parametrize(("id", "shown"), [(7, b"7"), ("a", b'"a"'), (1.5, b"1"), (None, b"0")])
def test_with_a_store_path_the_answer_is_kept_and_said_to_be(id: object, shown: bytes) -> None:
    files = Files()
    # The layout is that of jsonrpcs, which has a constant for it.
    expected = b'{\n"jsonrpc": "2.0",\n\t"result": "Stored",\n\t"id": ' + shown + b"\n}"
    assert ask(request(id=id, store_path="list", reply_name="mine"), files) == Reply(expected, "mine")
    assert files.written == {"list": ask(request(id=id)).body}


def test_an_answer_that_cannot_be_kept_is_a_fault() -> None:
    found = json.loads(ask(request(store_path="full"), Files()).body)
    assert found == {"jsonrpc": "2.0", "error": {"code": 500, "message": "Storing failed"}, "id": 1}


def test_an_answer_is_kept_nowhere_else_and_not_of_a_batch() -> None:
    files = Files()
    assert json.loads(ask(request(store_path="/elsewhere"), files).body)["error"]["code"] == 403
    [found] = json.loads(ask([request(store_path="list")], files).body)
    assert found["error"]["code"] == 403
    assert "result" in json.loads(ask(request(store_path=""), files).body)
    assert files.written == {}


def test_a_batch_is_answered_in_one() -> None:
    reply = ask([request(id=1), request(id="two", reply_name="mine"), 3])
    found: Any = json.loads(reply.body)
    assert [each.get("id") for each in found] == [1, "two", None]
    assert "error" in found[2]
    assert reply.name == "mine"


def test_too_long_for_a_datagram_is_a_fault_with_the_id() -> None:
    document = json.dumps(request(id=5)).encode()
    assert json.loads(too_long(document))["id"] == 5
    assert json.loads(asyncio.run(answer_datagram(Caller(make_methods()), TURNS, document)))["id"] == 5
