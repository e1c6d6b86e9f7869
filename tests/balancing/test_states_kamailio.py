"""States after the same answers to pings and the same ds_mark_dst() as a real Kamailio 5.6.3, mode by mode.

Listed differences, which are tried nowhere here: in mode 0 a destination that did not answer keeps P (there it is never asked
again); a disabled one stays disabled whatever ds_mark_dst() says; an answer of our own making (a timeout) is never a good one.
"""

from __future__ import annotations

import random
import re
import select
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.balancing.kamailio_peer import PLAIN_CALL, KamailioPeer
from txdispatcher.balancing.destination import Destination
from txdispatcher.balancing.probing import EVERY, FLAGGED, ONLY_INACTIVE, Probing
from txdispatcher.balancing.sets import Sets
from txdispatcher.balancing.states import letters, parse_mark
from txdispatcher.balancing.transitions import Transitions
from txdispatcher.sip.reply_codes import parse_reply_codes
from txdispatcher.stores.list_file import parse_list

pytestmark = pytest.mark.peer

CODES = "class=3;code=403"
#: Failures until inactive, good answers until active.
THRESHOLDS = (2, 2)
WORDS = ("a", "ap", "t", "tp", "i", "ip")
#: A ping is due each second.
PARAMETERS = f"""
modparam("dispatcher", "ds_probing_threshold", {THRESHOLDS[0]})
modparam("dispatcher", "ds_inactive_threshold", {THRESHOLDS[1]})
modparam("dispatcher", "ds_ping_reply_codes", "{CODES}")
modparam("dispatcher", "ds_ping_interval", %d)
modparam("dispatcher", "ds_probing_mode", %d)
"""
MARKING = "\n".join(
    [f'if ($hdr(X-Mark) == "{word}") {{ ds_mark_dst("{word}"); }}' for word in WORDS]
    + ['if ($hdr(X-Mark) == "-") { ds_mark_dst(); }']
)


class Ours:
    """Our states over the same list."""

    def __init__(self, list_text: str, mode: int) -> None:
        self.sets = Sets()
        self.sets.load(parse_list(list_text, "test.list"))
        self.probing = Probing(
            mode=mode,
            probing_threshold=THRESHOLDS[0],
            inactive_threshold=THRESHOLDS[1],
            reply_codes=parse_reply_codes(CODES),
        )
        self.transitions = Transitions(self.sets, self.probing)

    def answered(self, destination: Destination, status: int) -> None:
        good = status in self.probing.reply_codes
        (self.transitions.ping_answered if good else self.transitions.ping_failed)(destination, str(status), 0.0)


def states(peer: KamailioPeer) -> dict[str, str]:
    return dict(re.findall(r"URI: (\S+)\s+FLAGS: (\S+)", peer.command("dispatcher.list")))


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[str, int, int], KamailioPeer]]:
    with ExitStack() as started:

        def make(text: str, mode: int, interval: int) -> KamailioPeer:
            parameters = PARAMETERS % (interval, mode)
            peer = KamailioPeer(tmp_path, text, flags=2, use_default=False, parameters=parameters, marking=MARKING)
            started.callback(peer.close)
            return peer

        yield make


@pytest.mark.parametrize("mode", [FLAGGED, EVERY, ONLY_INACTIVE])
def test_marks_of_calls_lead_to_the_same_states(mode: int, start: Callable[[str, int, int], KamailioPeer]) -> None:
    text = "1 sip:127.0.0.1:9\n"
    peer, ours = start(text, mode, 0), Ours(text, mode)
    destination = ours.sets[1].destinations[0]
    rng = random.Random(mode)
    for _ in range(120):
        if not destination.selectable:
            word = rng.choice(("a", "ap", "t"))
            peer.command("dispatcher.set_state", word, "1", destination.uri)
            ours.sets.set_state(1, destination.uri, parse_mark(word))
        word = rng.choice((*WORDS, "t", "tp", "tp", "-"))
        peer.select(1, 8, PLAIN_CALL, b"X-Mark: %b\r\n" % word.encode())
        ours.transitions.mark(destination, None if word == "-" else parse_mark(word), "test", 0.0)
        assert states(peer) == {destination.uri: letters(destination.flags)}


#: What each destination answers to its pings, one after the other, and its own flags. In mode 0 it fails only while a bare
#: failure changes nothing else than the listed difference.
SCRIPTS = {
    FLAGGED: [(8, [200]), (9, [200, 200]), (9, [403, 302]), (10, [299]), (0, []), (1, []), (12, [])],
    EVERY: [(0, [200, 500, 500, 200, 200]), (8, [500, 200, 404, 404, 403]), (1, [200, 500, 302, 200]), (4, []), (2, [500, 500])],
    ONLY_INACTIVE: [(9, [200, 200]), (9, [500, 200, 500, 403, 302]), (0, []), (1, [])],
}


@pytest.mark.parametrize("mode", [FLAGGED, EVERY, ONLY_INACTIVE])
def test_answers_to_pings_lead_to_the_same_states(mode: int, start: Callable[[str, int, int], KamailioPeer]) -> None:
    with ExitStack() as opened:
        gateways = [opened.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) for _ in SCRIPTS[mode]]
        for gateway in gateways:
            gateway.bind(("127.0.0.1", 0))
        uris = [f"sip:127.0.0.1:{gateway.getsockname()[1]}" for gateway in gateways]
        text = "".join(f"1 {uri} {flags}\n" for uri, (flags, _) in zip(uris, SCRIPTS[mode], strict=True))
        ours, left = Ours(text, mode), {uri: list(answers) for uri, (_, answers) in zip(uris, SCRIPTS[mode], strict=True)}
        peer = start(text, mode, 1)
        give_up = time.monotonic() + 20
        # One second more than the longest needs: who is asked although ours would not ask shows itself.
        ends = 0.0
        while not ends or time.monotonic() < ends:
            assert time.monotonic() < give_up, left
            for gateway in select.select(gateways, [], [], 0.1)[0]:
                uri = uris[gateways.index(gateway)]
                ping, source = gateway.recvfrom(65_535)
                destination = ours.sets.destination(1, uri)
                assert ours.probing.wants(destination.flags), uri
                if not left[uri]:
                    continue  # Its script is over: a ping that is not answered yet changes nothing.
                status = left[uri].pop(0)
                gateway.sendto(answer(ping, status), source)
                ours.answered(destination, status)
                expect(peer, uri, letters(destination.flags))
            if not ends and not any(left.values()):
                ends = time.monotonic() + 1.5


def answer(ping: bytes, status: int) -> bytes:
    lines = ping.split(b"\r\n")
    kept = [line + (b";tag=peer" if line.startswith(b"To:") else b"") for line in lines[1:] if line.split(b":")[0] in KEPT]
    return b"\r\n".join([b"SIP/2.0 %d Scripted" % status, *kept, b"Content-Length: 0", b"", b""])


KEPT = (b"Via", b"From", b"To", b"Call-ID", b"CSeq")


def expect(peer: KamailioPeer, uri: str, state: str) -> None:
    """It has that state as soon as it has seen the answer."""
    give_up = time.monotonic() + 0.5
    while (found := states(peer)[uri]) != state:
        assert time.monotonic() < give_up, (uri, found, state)
