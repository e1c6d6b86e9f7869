"""Who may call. Gateways trust the balancer's address, so it must not be an open relay.

Initial requests come from `callers` or from destinations. Requests inside a dialog come with a Route of ours that carries the
token which we put there, so that whoever was not part of the dialog's set-up cannot have one relayed.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address

from txdispatcher.balancing.destination import Destination
from txdispatcher.balancing.sets import Sets
from txdispatcher.proxy.context import Context
from txdispatcher.proxy.decision import Reply
from txdispatcher.proxy.hop import FLOW_FAILED, Address, Hop
from txdispatcher.proxy.listener import Listener
from txdispatcher.routing.nat import is_hidden
from txdispatcher.sip.uri import uri_params

#: The parameter of our Record-Route URI that holds the token.
TOKEN_PARAM = b"kd"
#: The one that holds a flow: the address that a caller comes from, with a token (RFC 5626 5.2).
FLOW_PARAM = b"fl"
_FLOW = b";%b=" % FLOW_PARAM
_FORBIDDEN = Reply(403)
_FLOW_FAILED = Reply(FLOW_FAILED)
_RECORD_ROUTE = b";lr;" + TOKEN_PARAM + b"="
#: Bytes of a token: 64 bits cannot be guessed over a network.
_TOKEN_SIZE = 8
_TOKENS_REMEMBERED = 8192
#: Source addresses whose networks are remembered; strangers can fill the table, so it is emptied when it is full.
_REMEMBERED = 65_536


class Networks:
    """Networks, and which addresses are in them: the answer of each address is remembered."""

    __slots__ = ("_known", "_networks")

    def __init__(self, networks: Iterable[IPv4Network | IPv6Network]) -> None:
        self._networks = tuple(networks)
        self._known: dict[str, bool] = {}

    def __contains__(self, host: str) -> bool:
        known = self._known.get(host)
        if known is None:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            known = self._known[host] = self._look(host)
        return known

    def _look(self, host: str) -> bool:
        address = ip_address(host.partition("%")[0])
        mapped = getattr(address, "ipv4_mapped", None)
        return any((mapped or address) in network for network in self._networks)


class Access:
    """What a request's source and token entitle it to. `key` is secret; tokens hold as long as it is the same."""

    __slots__ = ("_callers", "_keyed", "_packed", "_sets", "_tokens")

    def __init__(self, callers: Iterable[IPv4Network | IPv6Network], sets: Sets, key: bytes) -> None:
        self._callers = Networks(callers)
        self._sets = sets
        #: The bytes of the addresses of late.
        self._packed: dict[str, bytes] = {}
        #: Keyed, and copied for each token: setting the key up costs more than a Call-ID.
        #: The tokens of late: an INVITE is followed by its ACK.
        self._tokens: dict[bytes, bytes] = {}
        self._keyed = hashlib.blake2s(key=hashlib.blake2s(key).digest(), digest_size=_TOKEN_SIZE)

    def is_caller(self, source: Address) -> bool:
        """Whether `callers` names the source."""
        return source[0] in self._callers

    def destination(self, source: Address) -> Destination | None:
        """The destination that the source is (address and port, as ds_is_from_list() compares), or None."""
        return self._sets.find(source[0], source[1])

    def record_route(self, call_id: bytes) -> bytes:
        """The parameters of our Record-Route URI for the dialog with that Call-ID."""
        return _RECORD_ROUTE + self._token(call_id)

    def is_of_dialog(self, context: Context) -> bool:
        """Whether the request came by a Route of ours whose token is that of its Call-ID."""
        given = context.own_params
        if given is None:
            return False
        call_id = context.request.call_id
        if hmac.compare_digest(given, self.record_route(call_id)):
            return True
        # A peer may have put the parameters in another order, or its own beside them.
        token = uri_params(given).get(TOKEN_PARAM)
        return token is not None and hmac.compare_digest(token, self._token(call_id))

    def flow(self, listener: Listener, source: Address, call_id: bytes) -> bytes:
        """The parameter of our URI by which requests find back to `source`, which came to `listener`.

        It holds for the dialog with that Call-ID; for a Path, which belongs to none, `call_id` is empty.
        """
        host = source[0]
        packed = self._packed.get(host)
        if packed is None:
            # Reading an address costs more than the token.
            packed = ip_address(host.partition("%")[0]).packed
            if len(self._packed) >= _REMEMBERED:
                self._packed.clear()
            self._packed[host] = packed
        where = packed + source[1].to_bytes(2, "big")
        return b";%b=%b%b" % (FLOW_PARAM, where.hex().encode("ascii"), self._flow_token(listener, where, call_id))

    def flow_of(self, context: Context) -> Hop | None:
        """Where the Route of ours that the request came with leads back to; None where it says nothing that we wrote."""
        given = uri_params(context.own_params or b"").get(FLOW_PARAM, b"")
        try:
            text, token = given[: -2 * _TOKEN_SIZE], given[-2 * _TOKEN_SIZE :]
            where = bytes.fromhex(text.decode("ascii"))
            host = str(ip_address(where[:-2]))
        except ValueError:
            return None
        call_id = context.request.call_id if context.to_tag else b""
        if not hmac.compare_digest(token, self._flow_token(context.near, where, call_id)):
            return None
        hop = Hop(host, int.from_bytes(where[-2:], "big"), context.near.transport)
        hop.gone = FLOW_FAILED
        return hop

    def way_back(self, context: Context) -> Hop | Reply | None:
        """Where the Route of ours that the request came with says that its callee came from; None where it says nothing of that.

        A Reply: nothing can go there (RFC 5626 5.3.1), as we did not write it, or as the connection is gone. A trunk's connection
        may be gone because it was idle: where its Contact can be called, a new one is opened.
        """
        if context.own_params is None or _FLOW not in context.own_params:
            return None
        flow = self.flow_of(context)
        if flow is None:
            return _FORBIDDEN
        near = context.near
        if not near.reliable or flow.address in near.connections:
            return flow
        return None if context.to_tag and near.dials and not is_hidden(context.uri, flow.host) else _FLOW_FAILED

    def _flow_token(self, listener: Listener, where: bytes, call_id: bytes) -> bytes:
        keyed = self._keyed.copy()
        # No Call-ID has a line end: this is never the token of a dialog.
        keyed.update(b"\r\n".join((listener.uri, where.hex().encode("ascii"), call_id)))
        return keyed.digest().hex().encode("ascii")

    def _token(self, call_id: bytes) -> bytes:
        token = self._tokens.get(call_id)
        if token is None:
            keyed = self._keyed.copy()
            keyed.update(call_id)
            if len(self._tokens) >= _TOKENS_REMEMBERED:
                self._tokens.clear()
            token = self._tokens[call_id] = keyed.digest().hex().encode("ascii")
        return token
