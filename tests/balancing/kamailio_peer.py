"""A private Kamailio whose script tells what its dispatcher module selects, and the requests to ask it with."""

from __future__ import annotations

import random
import re
import socket
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.kamailio import KamailioProcess
from tests.peers import require_peer
from txdispatcher.balancing.sets import Sets
from txdispatcher.balancing.states import parse_state

_CONFIG = """\
loadmodule "pv.so"
loadmodule "cfg_rpc.so"
loadmodule "kex.so"
loadmodule "textops.so"
modparam("ctl", "binrpc", "unixd:{folder}/ctl.dgram")
modparam("dispatcher", "flags", {flags})
modparam("dispatcher", "use_default", {use_default})
modparam("dispatcher", "xavp_dst", "_dsdst_")
modparam("dispatcher", "xavp_ctx", "_dsctx_")
{more}
{parameters}

request_route {{
    if (is_method("OPTIONS")) {{
        if (ds_is_from_list("$(hdr(X-Set){{s.int}})", "$(hdr(X-Mode){{s.int}})", "$hdr(X-Uri)")) {{
            append_to_reply("X-From: yes\\r\\n");
        }}
        sl_send_reply("200", "OK");
        exit;
    }}
    if (is_method("MESSAGE")) {{
{shown}
        sl_send_reply("200", "OK");
        exit;
    }}
    if (is_method("BYE")) {{
        ds_load_update();
        sl_send_reply("200", "OK");
        exit;
    }}
    if (is_present_hf("X-Limit")) {{
        if (!ds_select_dst("$hdr(X-Set)", "$hdr(X-Algorithm)", "$hdr(X-Limit)")) {{
            sl_send_reply("404", "Nothing");
            exit;
        }}
    }} else if (!ds_select_dst("$hdr(X-Set)", "$hdr(X-Algorithm)")) {{
        sl_send_reply("404", "Nothing");
        exit;
    }}
    {marking}
    append_to_reply("X-Uri: $du\\r\\n");
    while (ds_next_dst()) {{
        append_to_reply("X-Uri: $du\\r\\n");
    }}
    sl_send_reply("302", "Selected");
}}
"""

_START_WITHIN = 15.0
_ANSWER_WITHIN = 5.0


@dataclass(frozen=True, slots=True)
class Party:
    """A SIP URI in its parts. `user` empty: none."""

    scheme: bytes
    user: bytes
    password: bytes
    host: bytes
    port: int

    def __bytes__(self) -> bytes:
        user = self.user + (b":" + self.password if self.password else b"")
        port = b":%d" % self.port if self.port else b""
        return self.scheme + b":" + (user + b"@" if user else b"") + self.host + port


@dataclass(frozen=True, slots=True)
class Call:
    """What the keys of an INVITE are made of. `authorization` is the header's name, empty for none."""

    call_id: bytes
    caller: Party
    callee: Party
    target: Party
    authorization: bytes
    username: bytes


def varied_call(rng: random.Random, number: int) -> Call:
    """A call whose fields are of every kind that makes a difference to a key."""
    kind = rng.randrange(4)
    call_id = b"%d-%b" % (number, _text(rng, rng.randrange(0, 30)))
    if kind == 0:
        call_id += b"@" + rng.choice(_HOSTS)
    elif kind == 1:
        # Signed chars: the hash takes bytes from 128 up for negative numbers.
        call_id += bytes(rng.randrange(0x80, 0x100) for _ in range(rng.randrange(1, 9)))
    authorization = rng.choice((b"", b"Authorization", b"Proxy-Authorization"))
    return Call(call_id, _party(rng), _party(rng), _party(rng), authorization, _text(rng, rng.randrange(1, 14)))


class KamailioPeer:
    """Kamailio with the given list; `close()` ends it.

    `hash_pvar` is its parameter of that name; `shown` are the format texts that `values` asks for.
    `parameters` are further lines of its script, `marking` is what it does with a destination that it has selected.
    """

    def __init__(
        self,
        folder: Path,
        list_text: str,
        *,
        flags: int,
        use_default: bool,
        hash_pvar: str = "",
        shown: Sequence[str] = (),
        parameters: str = "",
        marking: str = "",
    ) -> None:
        self._kamcmd = require_peer("kamcmd")
        self._list = folder / "dispatcher.list"
        self._list.write_text(list_text)
        self._control = folder / "ctl"
        self._process = KamailioProcess(
            folder,
            _CONFIG.format(
                folder=folder,
                flags=flags,
                use_default=int(use_default),
                more=f'modparam("dispatcher", "hash_pvar", "{hash_pvar}")' if hash_pvar else "",
                shown="\n".join(f'append_to_reply("X-Value: [{text}]\\r\\n");' for text in shown),
                parameters=parameters,
                marking=marking,
            ),
        )
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.connect(("127.0.0.1", self._process.port))
        self._sent = 0
        try:
            self._wait()
        except BaseException:
            self.close()
            raise

    def select(self, set_id: int, algorithm: int, call: Call, more: bytes = b"") -> list[str]:
        """The URIs that it would try, in its order; none when it selects nothing. `more` are further header lines."""
        extra = b"X-Set: %d\r\nX-Algorithm: %d\r\n%b" % (set_id, algorithm, more)
        if call.authorization:
            extra += (
                b'%b: Digest username="%b", realm="r", nonce="n", uri="sip:r", response="0123456789abcdef0123456789abcdef"'
                b"\r\n" % (call.authorization, call.username)
            )
        return self._ask(b"INVITE", call, extra)[b"x-uri"]

    def select_for(self, request: bytes, branch: bytes) -> list[str]:
        """The same for an INVITE as it stands; X-Set and X-Algorithm are in it, `branch` is its own and its topmost Via's."""
        return self._exchange(request, branch)[b"x-uri"]

    def values(self, request: bytes, branch: bytes) -> list[str]:
        """What each of `shown` is for a MESSAGE as it stands."""
        return [value[1:-1] for value in self._exchange(request, branch)[b"x-value"]]

    @property
    def near(self) -> tuple[str, int]:
        """The address that requests come to it from."""
        host, port = self._socket.getsockname()
        return host, port

    @property
    def control(self) -> str:
        """The path of its binrpc socket; with .dgram behind it, that of the one for datagrams."""
        return str(self._control)

    def end(self, call: Call) -> None:
        """A BYE of the call: its load goes."""
        self._ask(b"BYE", call, b"")

    def loads(self) -> dict[str, int]:
        """How many calls it counts at each URI, by algorithm 10."""
        listed = re.findall(r"URI: (\S+)|DLGLOAD: (\d+)", self.command("dispatcher.list"))
        uris = [uri for uri, _ in listed if uri]
        return dict(zip(uris, (int(load) for uri, load in listed if not uri), strict=True))

    def is_from_list(self, set_id: int, mode: int, uri: str) -> bool:
        """What ds_is_from_list() says of the address in `uri`; -1 for `set_id` means every set."""
        extra = b"X-Set: %d\r\nX-Mode: %d\r\nX-Uri: %b\r\n" % (set_id, mode, uri.encode())
        return bool(self._ask(b"OPTIONS", PLAIN_CALL, extra)[b"x-from"])

    def command(self, *words: str) -> str:
        """What kamcmd prints for a command."""
        done = subprocess.run(
            [self._kamcmd, "-s", f"unix:{self._control}", *(word.encode("utf-8", "surrogateescape") for word in words)],
            capture_output=True,
            timeout=_ANSWER_WITHIN,
            check=True,
        )
        return done.stdout.decode("utf-8", "surrogateescape")

    def load(self, list_text: str) -> None:
        """Make it load another list."""
        self._list.write_text(list_text)
        self.command("dispatcher.reload")

    def close(self) -> None:
        self._socket.close()
        self._process.close()

    def _ask(self, method: bytes, call: Call, extra: bytes) -> dict[bytes, list[str]]:
        self._sent += 1
        branch = b"z9hG4bK%d" % self._sent
        request = (
            b"%b %b SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:9;rport;branch=%b\r\nFrom: <%b>;tag=1\r\nTo: <%b>\r\n"
            b"Call-ID: %b\r\nCSeq: 1 %b\r\nMax-Forwards: 70\r\n%bContent-Length: 0\r\n\r\n"
            % (method, call.target, branch, call.caller, call.callee, call.call_id, method, extra)
        )
        return self._exchange(request, branch)

    def _exchange(self, request: bytes, branch: bytes) -> dict[bytes, list[str]]:
        self._socket.send(request)
        while True:
            lines = self._socket.recv(65_535).split(b"\r\n")
            if branch in lines[1]:  # An answer to an earlier try may still be under way.
                break
        assert lines[0].split()[1] in (b"200", b"302", b"404"), lines[0]
        found: dict[bytes, list[str]] = {b"x-uri": [], b"x-from": [], b"x-value": []}
        for line in lines[1:]:
            name, _, value = line.partition(b": ")
            if name.lower() in found:
                found[name.lower()].append(value.decode())
        return found

    def _wait(self) -> None:
        """Until it answers: its UDP socket is its last."""
        self._socket.settimeout(0.1)
        ends = time.monotonic() + _START_WITHIN
        while True:
            try:
                self._ask(b"OPTIONS", PLAIN_CALL, b"X-Set: -1\r\nX-Mode: 0\r\nX-Uri: sip:127.0.0.1\r\n")
                break
            except OSError:  # Silence, or a refusal from the kernel before it has bound its port.
                if self._process.ended or time.monotonic() > ends:
                    raise AssertionError(f"Kamailio did not start:\n{self._process.log}") from None
        self._socket.settimeout(_ANSWER_WITHIN)


def change_a_state(rng: random.Random, sets: Sets, peer: KamailioPeer) -> None:
    """Set the same state on both sides."""
    found = rng.choice(list(sets))
    uri = rng.choice(found.destinations).uri if rng.randrange(8) else "all"
    word = rng.choice(("a", "i", "d", "t", "ap", "ip"))
    assert "error" not in peer.command("dispatcher.set_state", word, str(found.id), uri)
    sets.set_state(found.id, uri, parse_state(word))


_HOSTS = (b"example.com", b"Example.COM", b"10.0.0.1", b"[2001:db8::1]", b"[2001:DB8::a]", b"a.b", b"gw-1.example.net")
_PORTS = (0, 0, 5060, 5061, 5062, 6, 65_535)
_LETTERS = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.!~*'()"


def _text(rng: random.Random, length: int) -> bytes:
    return bytes(rng.choice(_LETTERS) for _ in range(length))


def _party(rng: random.Random) -> Party:
    user = _text(rng, rng.randrange(1, 16)) if rng.randrange(5) else b""
    password = _text(rng, 5) if user and not rng.randrange(5) else b""
    scheme = rng.choice((b"sip", b"sip", b"sip", b"sips"))
    return Party(scheme, user, password, rng.choice(_HOSTS), rng.choice(_PORTS))


_SOMEBODY = Party(b"sip", b"a", b"", b"example.com", 0)
PLAIN_CALL = Call(b"1@example.com", _SOMEBODY, _SOMEBODY, _SOMEBODY, b"", b"")
