"""README.md: the three forms of one policy do the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

testing = pytest.importorskip("txdispatcher.testing")

README = Path(__file__).parents[1] / "README.md"
GATEWAYS = {1: ["sip:192.0.2.1", "sip:192.0.2.2"]}
#: What the block is a file of.
FILES = {"toml": "kdispatcher.toml", "python": "route.py", "c": "kamailio.cfg"}


@pytest.mark.parametrize("language", FILES)
def test_a_call_goes_to_the_next_gateway_and_on_by_its_route(tmp_path: Path, language: str) -> None:
    (text,) = re.findall(rf"```{language}\n(.*?)```", README.read_text(), re.DOTALL)
    file = tmp_path / FILES[language]
    file.write_text(text)
    bench = testing.Bench(str(file), GATEWAYS)
    _, first = bench.receive(testing.request("INVITE", "sip:bob@example.com"))
    ack, second = bench.answer(first, 503)
    assert (ack.method, {first.address[0], second.address[0]}) == ("ACK", {"192.0.2.1", "192.0.2.2"})
    assert first.header("Record-Route")
    assert [each.status for each in bench.answer(second, 404) if each.status] == [404]
    # The next call is the other gateway's; nobody is tried after a 404, everybody after silence.
    _, third = bench.receive(testing.request("INVITE", "sip:bob@example.com", call_id="other"))
    assert third.address == second.address
    tried = [each.address for each in bench.wait(60) if each.method == "INVITE" and not each.status]
    assert tried[-1] == first.address
