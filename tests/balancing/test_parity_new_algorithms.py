"""A real Kamailio and `Sets` again: algorithms 10, 11 and 13, and the argument `limit`, over 1,000 varied requests each.

All without `use_default`: there Kamailio 5.6.3 counts calls at the default that it sent elsewhere (10), and lists a destination
twice (13). A `duid` is named everywhere: without one it counts nothing, and sends everything there.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.balancing.kamailio_peer import PLAIN_CALL, Call, KamailioPeer, change_a_state, varied_call
from tests.balancing.test_parity_kamailio import keys
from txdispatcher.balancing.sets import FAILOVER, Sets
from txdispatcher.stores.list_file import parse_list

pytestmark = pytest.mark.peer

REQUESTS = 1_000

#: Calls are counted, for 10, and latencies known, for 13.
MEASURED = 'modparam("dispatcher", "ds_hash_size", 8)\nmodparam("dispatcher", "ds_ping_latency_stats", 1)'

#: For 10: sets of several sizes, with and without limits, and states.
LOADED = "\n".join(
    [f"1 sip:127.0.0.1:{5100 + index} 0 0 duid=a{index}" for index in range(5)]
    + [f"2 sip:127.0.0.1:{5200 + index} 0 {index % 2} duid=b{index};maxload={index * 3}" for index in range(6)]
    + [f"3 sip:127.0.0.1:{5300 + index} {flags} 0 duid=c{index}" for index, flags in enumerate((0, 1, 2, 4, 8, 9))]
    + ["4 sip:127.0.0.1:5400 0 0 duid=d;maxload=4"]
)

#: For 13: priorities and latencies of every relation.
LATE = "\n".join(
    [f"1 sip:127.0.0.1:{5100 + index} 0 30 latency={latency}" for index, latency in enumerate((21, 91, 61, 19, 32, 0, 201))]
    + [f"2 sip:127.0.0.1:{5200 + index} 0 {priority}" for index, priority in enumerate((5, 5, 9, 9, 1, 9, 0))]
    + [
        f"3 sip:127.0.0.1:{5300 + index} {flags} {priority} latency={latency}"
        for index, (flags, priority, latency) in enumerate(
            ((0, 5, 60), (1, 9, 1), (0, 9, 100), (0, 9, 10), (0, 0, 5), (0, 3, 1), (0, 9, 9), (8, 9, 18), (2, 9, 17))
        )
    ]
    + [
        f"4 sip:127.0.0.1:{5400 + index} 0 {priority} cc=1;latency={latency}"
        for index, (priority, latency) in enumerate(((5, 60), (9, 1), (9, 100)))
    ]
    + [f"5 sip:127.0.0.1:{5500 + index} {flags} 7" for index, flags in enumerate((0, 1, 0, 0, 1, 0))]
)

#: For 11: with and without an rweight, values that are not allowed, states.
RELATIVE = "\n".join(
    [f"1 sip:127.0.0.1:{5100 + index} 0 0 rweight={weight}" for index, weight in enumerate((1, 2, 1))]
    + [
        f"2 sip:127.0.0.1:{5200 + index} {flags} 0 {attributes}"
        for index, (flags, attributes) in enumerate(
            (
                (0, "rweight=1"),
                (0, "rweight=1"),
                (1, "rweight=9"),
                (0, "a=b"),
                (0, "rweight=1"),
                (0, "rweight=101"),
                (0, "rweight=0"),
            )
        )
    ]
    + [f"3 sip:127.0.0.1:{5300 + index} 0 0 a=b" for index in range(3)]
    + [
        f"4 sip:127.0.0.1:{5400 + index} 0 0 rweight={rweight};weight={weight};cc=1"
        for index, (rweight, weight) in enumerate(((50, 20), (10, 50), (50, 50)))
    ]
    + [f"5 sip:127.0.0.1:{5500 + index} 0 0 rweight=1" for index in range(101)]
)


@pytest.fixture(scope="module")
def peer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KamailioPeer]:
    running = KamailioPeer(tmp_path_factory.mktemp("k"), LOADED, flags=FAILOVER, use_default=False, parameters=MEASURED)
    yield running
    running.close()


def test_algorithm_10_by_call_load(peer: KamailioPeer) -> None:
    """Calls begin, are tried elsewhere, and end; a retransmission would be no new call."""
    sets = both_load(LOADED, peer)
    rng = random.Random(10)
    under_way: list[Call] = []
    for number in range(REQUESTS):
        if number % 50 == 49:
            change_a_state(rng, sets, peer)
        if under_way and rng.randrange(5) < 2:
            ended = under_way.pop(rng.randrange(len(under_way)))
            peer.end(ended)
            assert sets.calls.end(ended.call_id)
            continue
        call = varied_call(rng, number)
        set_id, limit = rng.randrange(1, 5), rng.choice((1, 1, 2, 3))
        theirs = peer.select(set_id, 10, call, limited(limit))
        mine = selected(sets, set_id, 10, call, limit)
        assert mine == theirs, (number, set_id)
        if mine:
            under_way.append(call)
    assert {each.uri: each.load for found in sets for each in found.destinations} == peer.loads()
    assert len(under_way) == len(sets.calls) > 100


def test_algorithm_11_gives_each_its_part_in_every_hundred(peer: KamailioPeer) -> None:
    sets = both_load(RELATIVE, peer)
    rng = random.Random(11)
    for _ in range(10):
        for set_id in range(1, 6):
            theirs = Counter(peer.select(set_id, 11, PLAIN_CALL, limited(1))[0] for _ in range(100))
            mine = Counter(selected(sets, set_id, 11, PLAIN_CALL, 1)[0] for _ in range(100))
            assert mine == theirs, set_id
        # One of each set goes out and one comes in; never all.
        for found in sets:
            for word, each in zip("ia", rng.sample(found.destinations, 2), strict=True):
                peer.command("dispatcher.set_state", word, str(found.id), each.uri)
                sets.mark(each, 1 if word == "i" else 0)


def test_algorithm_13_by_latency(peer: KamailioPeer) -> None:
    sets = both_load(LATE, peer)
    rng = random.Random(13)
    for number in range(REQUESTS):
        if number % 50 == 49:
            change_a_state(rng, sets, peer)
        set_id, algorithm, limit = rng.randrange(1, 6), rng.choice((13, 13, 13, 4)), rng.choice((0, 0, 0, 1, 2, 3))
        theirs = peer.select(set_id, algorithm, PLAIN_CALL, limited(limit))
        assert selected(sets, set_id, algorithm, PLAIN_CALL, limit) == theirs, (number, set_id, algorithm)


def test_limit_cuts_the_failover_list(peer: KamailioPeer) -> None:
    sets = both_load(LOADED, peer)
    rng = random.Random(1)
    for number in range(REQUESTS):
        call = varied_call(rng, number)
        set_id, algorithm, limit = rng.randrange(1, 6), rng.choice((0, 1, 4, 8)), rng.randrange(7)
        theirs = peer.select(set_id, algorithm, call, limited(limit))
        assert selected(sets, set_id, algorithm, call, limit) == theirs, (number, set_id, algorithm, limit)


def limited(limit: int) -> bytes:
    """The header that `limit` travels in; 0 for none."""
    return b"X-Limit: %d\r\n" % limit if limit else b""


def both_load(text: str, peer: KamailioPeer) -> Sets:
    peer.load(text)
    sets = Sets(flags=FAILOVER, rng=random.Random(1))
    sets.load(parse_list(text, "dispatcher.list"))
    return sets


def selected(sets: Sets, set_id: int, algorithm: int, call: Call, limit: int) -> list[str]:
    """What `KamailioPeer.select` asks the other side; under algorithm 10 counted at each that is tried."""
    x, y = keys(algorithm, call, False)
    selection = sets.select(set_id, algorithm, x, y, limit=limit)
    if selection is None:
        return []
    found = [selection.first]
    if algorithm == 10:
        sets.calls.begin(call.call_id, selection.first, 0.0)
    while (following := selection.next()) is not None:
        found.append(following)
        if algorithm == 10:
            assert sets.calls.move(call.call_id, following, 0.0)
    return [each.uri for each in found]
