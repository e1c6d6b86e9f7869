"""The methods named stats.*: counters by Kamailio's names where it has the same ones, and all of ours as group `kdispatcher`."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from txdispatcher.control.table import Kind, Method, Parameter
from txdispatcher.control.tm import waiting
from txdispatcher.proxy.actions import Counters

#: Group and name -> how many.
Statistics = dict[tuple[str, str], int]
#: Counters by name, by group.
Groups = Mapping[str, Mapping[str, int]]


def statistics_methods(
    counters: Counters,
    transactions: Callable[[], int],
    connections: Callable[[], dict[str, int]],
    others: Callable[[], Groups] = dict,
) -> list[Method]:
    """The entries for the table. `transactions` gives the server transactions held now, finished ones that linger included;
    `connections` gives group tcp, `others` further groups: of accounting, and of a script's own counters.
    """

    def chosen(names: tuple[str, ...]) -> Iterator[tuple[str, str, int]]:
        """`all`, a group (`core:`), or a name (`rcv_requests`, `core.rcv_requests`); what is not there is left out."""
        found = statistics(counters, transactions(), connections(), others())
        for wanted in names:
            for (group, name), count in found.items():
                if wanted in ("all", f"{group}:", name, f"{group}.{name}", f"{group}:{name}"):
                    yield group, name, count

    def get_statistics(*names: str) -> list[object]:
        return [f"{group}:{name} = {count}" for group, name, count in chosen(names)]

    def fetch(*names: str) -> dict[str, object]:
        return {f"{group}.{name}": str(count) for group, name, count in chosen(names)}

    def fetchn(*names: str) -> dict[str, object]:
        return {f"{group}.{name}": count for group, name, count in chosen(names)}

    names = (Parameter("name", Kind.STRING, doc='"all", a group such as "core:", or a name', repeated=True),)
    misuse = (400, "Please provide which stats to retrieve")
    return [
        Method("stats.get_statistics", names, "Show counters as lines", get_statistics, misuse, example=("core:",)),
        Method("stats.fetch", names, "Show counters as fields, each a string", fetch, misuse, example=("core:",)),
        Method("stats.fetchn", names, "Show counters as fields, each a number", fetchn, misuse, example=("core:",)),
    ]


def statistics(counters: Counters, current: int, tcp: dict[str, int], others: Groups | None = None) -> Statistics:
    """Every counter there is, sorted within its group. `current` transactions are held."""
    core = {
        "bad_msg_hdr": counters.received_malformed,
        "drop_replies": counters.stray_responses + counters.dropped_responses,
        "drop_requests": counters.outsiders,
        "fwd_requests": counters.relayed,
        "rcv_replies": counters.received_responses,
        "rcv_requests": counters.received_requests,
    }
    tmx = {
        "2xx_transactions": counters.answered_2xx,
        "3xx_transactions": counters.answered_3xx,
        "4xx_transactions": counters.answered_4xx,
        "5xx_transactions": counters.answered_5xx,
        "6xx_transactions": counters.answered_6xx,
        "UAS_transactions": counters.transactions,
        "active_transactions": current - waiting(counters, current),
        "inuse_transactions": current,
        "rpl_generated": counters.replied,
        "rpl_received": counters.received_responses,
        "rpl_sent": counters.responses_sent,
    }
    groups: Groups = {"core": core, "kdispatcher": counters.as_dict(), "tcp": tcp, "tmx": tmx, **(others or {})}
    return {(group, name): count for group, counted in groups.items() for name, count in counted.items()}
