"""Every example of docs/control-api.md is answered by the server."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from tests.wire.server import ROOT, Server, settings

DOCUMENT = (ROOT / "docs/control-api.md").read_text()
EXAMPLES = [json.loads(text) for text in re.findall(r"^```json\n(.*)\n```$", DOCUMENT, flags=re.MULTILINE)]

#: What the examples speak of.
LIST = ["1 sip:127.0.0.1:5081 0 0 duid=abc", "2 sip:127.0.0.1:5080"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("api"), settings(), LIST) as server:
        yield server


@pytest.mark.parametrize("example", EXAMPLES, ids=[example["method"] for example in EXAMPLES])
def test_an_example_is_answered(example: dict[str, object], server: Server) -> None:
    params = example.get("params", [])
    assert isinstance(params, list)
    # A fault would be raised.
    server.call(str(example["method"]), *params)


def test_every_method_has_an_example(server: Server) -> None:
    assert [example["method"] for example in EXAMPLES] == server.call("system.listMethods")
