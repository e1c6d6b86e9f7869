"""A real Kamailio and `Sets`, fed with the same list and the same requests: the same gateway, the same failover order.

The seeds are fixed, so that a difference can be met again.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator

import pytest

from tests.balancing.kamailio_peer import PLAIN_CALL, Call, KamailioPeer, Party, change_a_state, varied_call
from txdispatcher.balancing.hashing import ds_hash, uri_keys
from txdispatcher.balancing.sets import FAILOVER, USER_ONLY, Sets
from txdispatcher.balancing.states import parse_state
from txdispatcher.stores.list_file import parse_list

pytestmark = pytest.mark.peer

#: Sets of every shape that makes a difference: states and priorities mixed, one destination, two, none selectable, none but the
#: default, an unselectable default.
LIST = "\n".join(
    [f"1 sip:127.0.0.1:{port}" for port in range(5100, 5107)]
    + [
        f"2 sip:127.0.0.1:{5200 + index} {flags} {priority}"
        for index, (flags, priority) in enumerate(
            [(0, 0), (1, 5), (4, 5), (8, 0), (2, 9), (0, 9), (9, 0), (0, 5), (10, 1), (5, 0), (0, 0)]
        )
    ]
    + ["3 sip:127.0.0.1:5300"]
    + ["4 sip:127.0.0.1:5400", "4 sip:127.0.0.1:5401 1", "4 sip:127.0.0.1:5402 4", "4 sip:127.0.0.1:5403 1"]
    + ["5 sip:127.0.0.1:5500 1", "5 sip:127.0.0.1:5501 4", "5 sip:127.0.0.1:5502 9"]
    + ["6 sip:127.0.0.1:5600 4", "6 sip:127.0.0.1:5601", "6 sip:127.0.0.1:5602", "6 sip:127.0.0.1:5603 1"]
    + ["7 sip:127.0.0.1:5700", "7 sip:127.0.0.1:5701"]
    + ["8 sip:127.0.0.1:5800 1"]
    + [f"9 sip:127.0.0.1:{5900 + index} {index % 2}" for index in range(60)]
    + ["10 sip:gw@127.0.0.1:6000;transport=tcp", "10 sips:127.0.0.1:6001", "10 sip:127.0.0.1"]
)
SET_IDS = range(1, 12)  # There is no set 11.
REQUESTS = 1_000
UNKNOWN_ALGORITHM = 99


@pytest.fixture(
    scope="module",
    params=[(0, False), (FAILOVER, False), (FAILOVER, True), (FAILOVER | USER_ONLY, False), (USER_ONLY, True)],
    ids=lambda pair: f"flags={pair[0]},use_default={int(pair[1])}",
)
def parameters(request: pytest.FixtureRequest) -> tuple[int, bool]:
    pair: tuple[int, bool] = request.param
    return pair


@pytest.fixture(scope="module")
def peer(parameters: tuple[int, bool], tmp_path_factory: pytest.TempPathFactory) -> Iterator[KamailioPeer]:
    flags, use_default = parameters
    running = KamailioPeer(tmp_path_factory.mktemp("k"), LIST, flags=flags, use_default=use_default)
    yield running
    running.close()


@pytest.fixture
def sets(parameters: tuple[int, bool], peer: KamailioPeer) -> Sets:
    """Both sides freshly loaded."""
    flags, use_default = parameters
    peer.load(LIST)
    return loaded(LIST, flags, use_default)


@pytest.mark.parametrize("algorithm", [0, 1, 2, 3, 4, 5, 8, UNKNOWN_ALGORITHM])
def test_same_gateway_and_failover_order(algorithm: int, sets: Sets, peer: KamailioPeer, parameters: tuple[int, bool]) -> None:
    user_only = bool(parameters[0] & USER_ONLY)
    rng = random.Random(algorithm)
    for number in range(REQUESTS):
        if number % 50 == 49:
            change_a_state(rng, sets, peer)
        set_id = rng.choice(SET_IDS)
        call = varied_call(rng, number)
        theirs = peer.select(set_id, algorithm, call)
        assert ours(sets, set_id, algorithm, call, user_only) == theirs, (number, set_id, call)


def test_algorithms_in_turn_share_the_position_of_round_robin(
    sets: Sets, peer: KamailioPeer, parameters: tuple[int, bool]
) -> None:
    user_only = bool(parameters[0] & USER_ONLY)
    rng = random.Random(45)
    for number in range(REQUESTS):
        if number % 25 == 24:
            change_a_state(rng, sets, peer)
        set_id = rng.choice(SET_IDS)
        algorithm = rng.choice((0, 4, 4, 4, 5, 8))
        call = varied_call(rng, number)
        theirs = peer.select(set_id, algorithm, call)
        assert ours(sets, set_id, algorithm, call, user_only) == theirs, (number, set_id, algorithm, call)


def test_round_robin_goes_on_alike_after_tries_in_vain(sets: Sets, peer: KamailioPeer) -> None:
    """Set 1, whose last destination in the order of selection is the first line."""
    mine, theirs = [], []

    def select(times: int) -> None:
        mine.extend(ours(sets, 1, 4, PLAIN_CALL, False) for _ in range(times))
        theirs.extend(peer.select(1, 4, PLAIN_CALL) for _ in range(times))

    for tries in (1, 2, 3, 9):
        for others, last in (("i", "i"), ("a", "a"), ("i", "a"), ("a", "i")):
            for word, uri in ((others, "all"), (last, "sip:127.0.0.1:5100")):
                peer.command("dispatcher.set_state", word, "1", uri)
                sets.set_state(1, uri, parse_state(word))
            select(tries)
    assert mine == theirs
    assert [] in mine


WEIGHTED = "\n".join(
    [
        # The last line is the first destination.
        "1 sip:127.0.0.1:5001 0 0 weight=50",
        "1 sip:127.0.0.1:5002 0 0 weight=30",
        "1 sip:127.0.0.1:5003 0 0 weight=20",
        # The first destination has no weight: everything goes there.
        "2 sip:127.0.0.1:5011 0 0 weight=90",
        "2 sip:127.0.0.1:5012",
        # More than 100, and nothing left for the last.
        "3 sip:127.0.0.1:5021 0 0 weight=60",
        "3 sip:127.0.0.1:5022 0 0 weight=60",
        "3 sip:127.0.0.1:5023 0 0 weight=70",
        # Less than 100: the rest goes to the last destination.
        "4 sip:127.0.0.1:5031 0 0 weight=10",
        "4 sip:127.0.0.1:5032 0 0 weight=20;class=1",
        "4 sip:127.0.0.1:5033 0 9 duid=a;Weight=5",
        # One that is out gives its share to the next.
        "5 sip:127.0.0.1:5041 0 0 weight=25",
        "5 sip:127.0.0.1:5042 1 0 weight=25",
        "5 sip:127.0.0.1:5043 4 0 weight=25",
        "5 sip:127.0.0.1:5044 0 0 weight=25",
        # Weights that are not allowed are none.
        "6 sip:127.0.0.1:5051 0 0 weight=101",
        "6 sip:127.0.0.1:5052 0 0 weight=x",
        "6 sip:127.0.0.1:5053 0 0 weight='40'",
    ]
)


def test_algorithm_9_gives_each_its_weight_in_every_hundred(parameters: tuple[int, bool], peer: KamailioPeer) -> None:
    flags, use_default = parameters
    peer.load(WEIGHTED)
    sets = loaded(WEIGHTED, flags, use_default)
    for set_id in range(1, 7):
        for _ in range(3):
            theirs = Counter(peer.select(set_id, 9, PLAIN_CALL)[0] for _ in range(100))
            mine = Counter(ours(sets, set_id, 9, PLAIN_CALL, False)[0] for _ in range(100))
            assert mine == theirs
        if set_id == 1 and not use_default:
            assert mine == {"sip:127.0.0.1:5001": 50, "sip:127.0.0.1:5002": 30, "sip:127.0.0.1:5003": 20}


def test_algorithm_6_spreads_alike(parameters: tuple[int, bool], peer: KamailioPeer) -> None:
    """Six of them, one inactive: its neighbour takes its share too. Within 6 sigma, for either side."""
    flags, use_default = parameters
    text = "\n".join(f"1 sip:127.0.0.1:{5000 + index} {int(index == 3)}" for index in range(6))
    peer.load(text)
    sets = loaded(text, flags, use_default)
    requests = 1_200
    share = requests / (5 if use_default else 6)
    # In the order of selection 5003 stands before 5002.
    expected = {f"sip:127.0.0.1:{port}": share for port in (5001, 5004, 5005)} | {"sip:127.0.0.1:5002": 2 * share}
    if not use_default:
        expected["sip:127.0.0.1:5000"] = share
    for found in (
        Counter(peer.select(1, 6, PLAIN_CALL)[0] for _ in range(requests)),
        Counter(ours(sets, 1, 6, PLAIN_CALL, False)[0] for _ in range(requests)),
    ):
        assert set(found) == set(expected)
        for uri, count in expected.items():
            assert abs(found[uri] - count) < 6 * count**0.5


def test_sets_and_destinations_are_listed_in_the_same_order(peer: KamailioPeer) -> None:
    rng = random.Random(7)
    for size in (1, 3, 20, 60):
        ids = rng.sample(range(200), size)
        lines = [f"{id} sip:127.0.0.1:{5000 + index} 0 {rng.randrange(3)}" for index, id in enumerate(rng.choices(ids, k=90))]
        peer.load("\n".join(lines))
        listed = re.findall(r"ID: (\d+)|URI: (\S+)", peer.command("dispatcher.list"))
        mine = []
        for each in loaded("\n".join(lines), 0, False):
            mine.append((str(each.id), ""))
            mine += [("", destination.uri) for destination in each.destinations]
        assert mine == listed


def test_the_hash_is_the_one_that_the_rpc_command_prints(peer: KamailioPeer) -> None:
    rng = random.Random(11)
    for length in range(1, 20):
        x = "".join(rng.choice("aZ09@.:-é€\udcff") for _ in range(length))
        y = "".join(rng.choice("aZ09@.:-é€\udcff") for _ in range(20 - length))
        printed = peer.command("dispatcher.hash", "7", f"s:{x}", f"s:{y}")
        value = ds_hash(x.encode("utf-8", "surrogateescape"), y.encode("utf-8", "surrogateescape"))
        # kamcmd prints the 32 bits as a signed number.
        assert [int(number) % 2**32 for number in re.findall(r": (-?\d+)", printed)] == [value, value % 7]


FROM_LIST = "\n".join(
    [
        "2 sip:127.0.0.1:5080;transport=udp",
        "1 sip:127.0.0.1:5080;transport=udp",
        "1 sip:127.0.0.2;transport=udp",
        "1 sip:127.0.0.3:5080;transport=tcp",
        "1 sip:127.0.0.4:5080;transport=udp 16",
        "3 sip:127.0.0.5:5080;transport=udp 1",
    ]
)


def test_the_same_addresses_are_from_the_list(peer: KamailioPeer) -> None:
    """Transports are written out: one that is not is neither UDP nor anything else to Kamailio's comparison."""
    peer.load(FROM_LIST)
    sets = loaded(FROM_LIST, 0, False)
    for host in (f"127.0.0.{number}" for number in range(1, 7)):
        for port in (5080, 5081):
            for transport in ("udp", "tcp"):
                for set_id in (-1, 1, 2, 4):
                    for mode in (0, 2):  # 2: the transport is not compared.
                        theirs = peer.is_from_list(set_id, mode, f"sip:{host}:{port};transport={transport}")
                        mine = sets.find(host, port, None if mode else transport, None if set_id == -1 else set_id)
                        assert (mine is not None) == theirs, (host, port, transport, set_id, mode)


def loaded(text: str, flags: int, use_default: bool) -> Sets:
    sets = Sets(flags=flags, use_default=use_default, rng=random.Random(1))
    sets.load(parse_list(text, "dispatcher.list"))
    return sets


def ours(sets: Sets, set_id: int, algorithm: int, call: Call, user_only: bool) -> list[str]:
    """What `KamailioPeer.select` asks the other side."""
    x, y = keys(algorithm, call, user_only)
    selection = sets.select(set_id, algorithm, x, y)
    if selection is None:
        return []
    assert selection.set_id == set_id
    return [selection.first.uri, *(destination.uri for destination in iter(selection.next, None))]


def keys(algorithm: int, call: Call, user_only: bool) -> tuple[bytes, bytes]:
    if algorithm == 0:
        return call.call_id, b""
    if algorithm == 5:
        return call.username if call.authorization else b"", b""
    party = {1: call.caller, 2: call.callee, 3: call.target}.get(algorithm)
    return _uri_keys(party, user_only) if party is not None else (b"", b"")


def _uri_keys(party: Party, user_only: bool) -> tuple[bytes, bytes]:
    return uri_keys(party.user, party.host, party.port, party.scheme == b"sips", user_only)
