"""control.statistics and control.tm: real counters by Kamailio's names."""

from __future__ import annotations

import pytest

from tests.control.fixtures import make_methods
from txdispatcher.control.statistics import statistics_methods
from txdispatcher.control.table import Fault, Methods
from txdispatcher.proxy.actions import Counters


def counted() -> Methods:
    counters = Counters()
    counters.received_requests = 7
    counters.received_responses = 5
    counters.transactions = 4
    counters.responses_sent = 6
    counters.replied = 1
    for status in (200, 486):
        counters.answered(status)
    return make_methods(counters=counters, transactions=3)


def test_transactions_are_held_finished_and_freed() -> None:
    assert counted().call("tm.stats") == {
        "current": 3,
        "waiting": 1,
        "total": 4,
        "total_local": 0,
        "rpl_received": 5,
        "rpl_generated": 1,
        "rpl_sent": 6,
        "6xx": 0,
        "5xx": 0,
        "4xx": 1,
        "3xx": 0,
        "2xx": 1,
        "created": 4,
        "freed": 1,
        "delayed_free": 0,
    }


@pytest.mark.parametrize(("status", "field"), [(299, "2xx"), (300, "3xx"), (404, "4xx"), (503, "5xx"), (603, "6xx")])
def test_a_final_response_counts_in_its_class(status: int, field: str) -> None:
    counters = Counters()
    counters.answered(status)
    counts = {name: count for name, count in counters.as_dict().items() if count}
    assert counts == {f"answered_{field}": 1}


def test_connections_are_kamailios_group_tcp() -> None:
    methods = make_methods(connections={"passive_open": 3})
    assert methods.call("stats.get_statistics", ["tcp:"]) == ["tcp:passive_open = 3"]


def test_statistics_as_lines_and_as_fields() -> None:
    methods = counted()
    assert methods.call("stats.get_statistics", ["rcv_requests", "nope"]) == ["core:rcv_requests = 7"]
    assert methods.call("stats.fetch", ["core.rcv_requests"]) == {"core.rcv_requests": "7"}
    assert methods.call("stats.fetchn", ["core:rcv_replies", "UAS_transactions"]) == {
        "core.rcv_replies": 5,
        "tmx.UAS_transactions": 4,
    }


def test_a_group_and_all_of_them() -> None:
    methods = counted()
    group = methods.call("stats.fetch", ["tmx:"])
    everything = methods.call("stats.fetch", ["all"])
    assert isinstance(group, dict)
    assert isinstance(everything, dict)
    assert {name.partition(".")[0] for name in group} == {"tmx"}
    assert {name.partition(".")[0] for name in everything} == {"core", "kdispatcher", "tmx"}
    assert group.items() <= everything.items()


@pytest.mark.parametrize("method", ["stats.get_statistics", "stats.fetch", "stats.fetchn"])
def test_nothing_asked_for(method: str) -> None:
    with pytest.raises(Fault) as caught:
        counted().call(method)
    assert (caught.value.code, caught.value.text) == (400, "Please provide which stats to retrieve")


def test_further_groups() -> None:
    groups = {"acc": {"lost": 3}, "script": {"reqs": 1}}
    methods = Methods(statistics_methods(Counters(), lambda: 0, dict, lambda: groups))
    assert methods.call("stats.get_statistics", ["acc:", "script.reqs"]) == ["acc:lost = 3", "script:reqs = 1"]
