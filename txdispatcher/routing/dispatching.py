# cython: boundscheck=True, wraparound=True
"""The dispatcher's functions (guide, section "Functions"), as a route calls them for one request.

`Dispatching` is what all requests share; `Dispatching.bind` gives the functions of one. They return as in a Kamailio script: a
number above 0 is true, one below is false. The default route is made of the same parts (`choosing`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from txdispatcher.balancing.destination import Destination
from txdispatcher.balancing.states import DISABLED, PROBING, SKIPPED, letters, parse_mark
from txdispatcher.balancing.transitions import Transitions
from txdispatcher.errors import ParseError, UnknownDestination, UnknownState
from txdispatcher.proxy.context import Context
from txdispatcher.proxy.hop import hop_of
from txdispatcher.routing.choosing import Choosing, with_domain
from txdispatcher.routing.from_list import ANY_PROTOCOL, Source, find_source
from txdispatcher.routing.pseudovariables import Target
from txdispatcher.routing.variables import AvpName, Value, Variables, variables_of
from txdispatcher.sip.uri import parse_uri

TRUE = 1
FALSE = -1
#: What ds_list_exists() and others return for an argument that is nothing they know.
BAD_ARGUMENT = -2

#: Bits of `xavp_dst_mode` and `xavp_ctx_mode`.
NO_ATTRS = 1
WITH_SOCKET = 2
WITH_SOCKNAME = 4
NO_CNT = 1

_EVERY_SET = -1


@dataclass(frozen=True, slots=True)
class Names:
    """What the functions write their findings to: the parameters of these names; None or empty for what is not written."""

    dst_avp: AvpName | None = None
    grp_avp: AvpName | None = None
    cnt_avp: AvpName | None = None
    dstid_avp: AvpName | None = None
    attrs_avp: AvpName | None = None
    xavp_dst: str = "_dsdst_"
    xavp_dst_mode: int = 0
    xavp_ctx: str = "_dsctx_"
    xavp_ctx_mode: int = 0
    setid_pvname: Target | None = None
    attrs_pvname: Target | None = None


class Dispatching:
    """Selection, and the parameters that the functions go by.

    `failover` is bit 2 of the parameter `flags`, `force_dst` the parameter of that name. `reload` starts a reload of the source,
    and returns at once; None where there is none to start.
    """

    def __init__(
        self,
        choosing: Choosing,
        transitions: Transitions,
        *,
        failover: bool = False,
        force_dst: bool = True,
        names: Names | None = None,
        reload: Callable[[], None] | None = None,
    ) -> None:
        self.choosing = choosing
        self.sets = choosing.sets
        self.transitions = transitions
        self.failover = failover
        self.force_dst = force_dst
        self.names = names or Names()
        self.reload = reload

    def ended(self, call_id: bytes) -> None:
        """That call is over, whether or not a script says so by ds_load_update() or ds_load_unset()."""
        calls = self.sets.calls
        if calls.used:
            calls.end(call_id)

    def bind(self, context: Context, now: float) -> Dispatched:
        """The functions for the request in `context`."""
        return Dispatched(self, context, now)


class Dispatched:
    """The functions for one request, and what they have found: `targets` are still to be tried, the `current` one first.

    A route that is entered later (on a failure, on a reply) goes on with the same object; it sets `context` to the request as
    it is then, and `now`.
    """

    __slots__ = ("_module", "_sets", "at_once", "chosen", "context", "counted", "now", "targets")

    def __init__(self, module: Dispatching, context: Context, now: float) -> None:
        self._module = module
        self._sets = module.sets
        self.context = context
        self.now = now
        self.targets: list[tuple[int, Destination]] = []
        #: How many destinations were chosen: what `cnt` says, however many of them have been tried.
        self.chosen = 0
        #: All that the request is to be sent to at the same time (algorithm 12); empty for `current` alone.
        self.at_once: tuple[Destination, ...] = ()
        #: Whether the call is counted at the destination that it goes to (algorithm 10; see `Selection.counted`).
        self.counted = False

    @property
    def current(self) -> Destination | None:
        """Where the request is to go."""
        return self.targets[0][1] if self.targets else None

    # Selecting.

    def ds_select_dst(self, set_id: int, algorithm: int, limit: int = 0) -> int:
        """Select, and put the destination into $du (4.1). False too where $du is set and `force_dst` is not."""
        if not self._module.force_dst and variables_of(self.context).dst_uri is not None:
            return FALSE
        return self.ds_set_dst() if self._select([(set_id, algorithm)], limit) else FALSE

    def ds_select_domain(self, set_id: int, algorithm: int, limit: int = 0) -> int:
        """Select, and put the destination's host and port into the Request-URI (4.2)."""
        return self.ds_set_domain() if self._select([(set_id, algorithm)], limit) else FALSE

    def ds_select(self, set_id: int, algorithm: int, limit: int = 0) -> int:
        """Select, and change neither $du nor the Request-URI (4.3): ds_next_dst() or ds_set_dst() does."""
        return TRUE if self._select([(set_id, algorithm)], limit) else FALSE

    def ds_select_routes(self, rules: str, mode: str, limit: int = 0) -> int:
        """Select by ``set=algorithm;set=algorithm…``, all on one list (4.4). `mode` begins with 0 or d, 1 or r, 2 or x."""
        try:
            pairs = [(int(set_id), int(algorithm)) for set_id, _, algorithm in (rule.partition("=") for rule in rules.split(";"))]
        except ValueError:
            return BAD_ARGUMENT
        where = mode[:1].lower()
        if where not in ("0", "d", "1", "r", "2", "x"):
            return BAD_ARGUMENT
        if not self._select(pairs, limit):
            return FALSE
        if where in ("0", "d"):
            return self.ds_set_dst()
        return self.ds_set_domain() if where in ("1", "r") else TRUE

    def ds_next_dst(self) -> int:
        """The next destination of the list, in $du (4.5)."""
        return self.ds_set_dst() if self._next() else FALSE

    def ds_next_domain(self) -> int:
        """The next destination of the list, in the Request-URI (4.6)."""
        return self.ds_set_domain() if self._next() else FALSE

    def ds_set_dst(self) -> int:
        """The current destination into $du (4.7)."""
        destination = self.current
        if destination is None:
            return FALSE
        variables_of(self.context).dst_uri = destination.uri.encode()
        return TRUE

    def ds_set_domain(self) -> int:
        """The current destination's host and port into the Request-URI (4.8)."""
        destination = self.current
        if destination is None:
            return FALSE
        self.context.rewrite(with_domain(self.context.uri, destination))
        return TRUE

    # States and loads.

    def ds_mark_dst(self, state: str = "") -> int:
        """Mark the current destination (4.9); without a state inactive, and in mode 1 probing too. -2 for an unknown state."""
        destination = self.current
        if destination is None:
            return FALSE
        return self._mark([destination], state, "ds_mark_dst")

    def ds_mark_addr(self, state: str, set_id: int, uri: str) -> int:
        """Mark the destination with that URI; `set_id` -1: in every set."""
        found = [
            destination
            for each in self._sets
            if set_id in (_EVERY_SET, each.id) and (destination := each.by_uri(uri)) is not None
        ]
        return self._mark(found, state, "ds_mark_addr") if found else FALSE

    def ds_load_update(self) -> int:
        """A message of a counted call passes (4.13): a BYE or CANCEL ends it, a 2xx to its INVITE confirms it."""
        request = self.context.request
        calls = self._sets.calls
        if request.method in (b"BYE", b"CANCEL"):
            return TRUE if calls.end(request.call_id) else FALSE
        return TRUE if calls.confirm(request.call_id, self.now) else FALSE

    def ds_load_unset(self) -> int:
        """The call is counted no more, whatever the message (4.14)."""
        self.counted = False
        return TRUE if self._sets.calls.end(self.context.request.call_id) else FALSE

    def ds_oc_set_attrs(self, set_id: int, uri: str, rate: int, validity: int = 500, sequence: float = 0.0) -> int:
        """The destination asks to be spared `rate` per cent of the calls for `validity` ms (RFC 7339), under algorithm 64."""
        try:
            accepted = self._sets.report_overload(set_id, uri, rate, validity / 1000, sequence, self.now)
        except UnknownDestination:
            return FALSE
        return TRUE if accepted else FALSE

    # Questions.

    def ds_list_exists(self, set_id: int) -> int:
        """Whether there is such a set (4.10)."""
        return TRUE if set_id in self._sets else FALSE

    ds_list_exist = ds_list_exists

    def ds_is_from_list(self, set_id: int = _EVERY_SET, mode: int | None = None, uri: str = "") -> int:
        """Whether the request comes from a destination, or `uri` is one (4.11); of set `set_id`, of any with -1.

        `mode` holds bits of `from_list`; without it address and port count. What was found is written to `setid_pvname` and
        `attrs_pvname`.
        """
        host, port = self.context.source
        transport = self.context.listener.transport
        if uri:
            try:
                hop = hop_of(parse_uri(uri.encode()))
            except ParseError:
                return FALSE
            host, port, transport = hop.host, hop.port, hop.transport
        bits = ANY_PROTOCOL if mode is None else mode
        group = None if set_id == _EVERY_SET else set_id
        near = self.context.listener
        destination = find_source(self._sets, Source(host, port, transport, near), group, bits, self._module.choosing.sockets)
        if destination is None:
            return FALSE
        names = self._module.names
        record = destination.record
        if names.setid_pvname is not None:
            names.setid_pvname.assign(self.context, record.set_id)
        if names.attrs_pvname is not None and record.attributes_text:
            names.attrs_pvname.assign(self.context, record.attributes_text.encode())
        return TRUE

    def ds_is_active(self, set_id: int, uri: str = "") -> int:
        """Whether a destination of the set, or the one with that URI, may be selected (4.12)."""
        if set_id not in self._sets:
            return FALSE
        found = self._sets[set_id]
        if uri:
            destination = found.by_uri(uri)
            return TRUE if destination is not None and destination.selectable else FALSE
        return TRUE if any(each.selectable for each in found.destinations) else FALSE

    def ds_reload(self) -> int:
        """Start a reload of the source (4.15)."""
        if self._module.reload is None:
            return FALSE
        self._module.reload()
        return TRUE

    def ds_dsg_fetch(self, set_id: int) -> int:
        """Count for $dsg(…) how many destinations of the set are in which state: `count_states`; nothing without such a set."""
        found = count_states(self._sets[set_id].destinations) if set_id in self._sets else {}
        variables_of(self.context).group = found
        return TRUE

    def ds_dsg_fetch_uri(self, set_id: int, uri: str) -> int:
        """The same, and ``ocrate`` and ``ocseq`` of the destination with that URI: its overload control, 0 without one."""
        self.ds_dsg_fetch(set_id)
        destination = self._sets[set_id].by_uri(uri) if set_id in self._sets else None
        if destination is not None:
            variables = variables_of(self.context)
            overload = destination.overload
            variables.group = {**variables.group, "ocrate": overload.rate(self.now), "ocseq": int(overload.sequence)}
        return TRUE

    def _select(self, pairs: Iterable[tuple[int, int]], limit: int) -> bool:
        """Make the list of targets. False, and the one there was stays, if there is none."""
        targets: list[tuple[int, Destination]] = []
        at_once: tuple[Destination, ...] = ()
        for set_id, algorithm in pairs:
            left = limit - len(targets) if limit > 0 else 0
            if limit > 0 and left == 0:
                break
            selection = self._module.choosing.choose(self.context, set_id, algorithm, self.now, left)
            if selection is None:
                continue
            first = selection.first
            if not targets:
                self.counted = selection.counted
                at_once = selection.at_once
            elif first.bucket is not None:
                # It gets the call, and counts it by its maxcps, only when those before it have failed.
                first.bucket.put_back()
            targets.append((set_id, first))
            targets += [(set_id, following) for following in selection.rest()]
        if not targets:
            return False
        self.targets = targets
        self.chosen = len(targets)
        self.at_once = at_once
        if self.counted and self.context.request.method == b"INVITE" and not self.context.to_tag:
            self._sets.calls.begin(self.context.request.call_id, targets[0][1], self.now)
        self._write()
        return True

    def _next(self) -> bool:
        """On to the next target that may still be selected and takes one more call by its maxcps.

        Under `use_default` the last one of the list may always be selected.
        """
        targets = self.targets[1:]
        left = 1 if self._sets.use_default else 0
        while targets and not ((len(targets) == left or targets[0][1].selectable) and targets[0][1].admits(self.now)):
            del targets[0]
        self.targets = targets
        if not targets:
            return False
        if self.counted:
            self._sets.calls.move(self.context.request.call_id, targets[0][1], self.now)
        self._write()
        return True

    def _mark(self, destinations: Iterable[Destination], state: str, who: str) -> int:
        try:
            flags = parse_mark(state) if state else None
        except UnknownState:
            return BAD_ARGUMENT
        for destination in destinations:
            self._module.transitions.mark(destination, flags, f"{who}({state})", self.now)
        return TRUE

    def _write(self) -> None:
        """Let the AVPs and XAVPs say what the targets are; they are filled in when somebody reads one."""
        targets, chosen = self.targets, self.chosen
        names = self._module.names
        if not self._module.failover or self.at_once:
            return
        variables_of(self.context).fill_later(lambda variables: write_targets(variables, targets, names, chosen))


def count_states(destinations: Iterable[Destination]) -> dict[str, int]:
    """``count``, and how many of these are ``active`` (may be selected) and ``inactive``, also in per cent: ``pactive``.

    Ours are ``trying`` of the active, ``disabled`` of the inactive, and ``probing``. The keys about overload are 0.
    """
    flags = [destination.flags for destination in destinations]
    active = sum(not each & SKIPPED for each in flags)
    inactive = len(flags) - active
    return {
        "count": len(flags),
        "active": active,
        "inactive": inactive,
        "pactive": 100 * active // len(flags),
        "pinactive": 100 * inactive // len(flags),
        "trying": sum(letters(each)[0] == "T" for each in flags),
        "disabled": sum(bool(each & DISABLED) for each in flags),
        "probing": sum(bool(each & PROBING) for each in flags),
        "ocrate": 0,
        "ocseq": 0,
    }


def write_targets(variables: Variables, targets: list[tuple[int, Destination]], names: Names, chosen: int) -> None:
    """The targets as AVPs and XAVPs, the first on top (guide, "dst_avp", "xavp_dst" and their like); `chosen` is their `cnt`."""
    for avp in (names.dst_avp, names.grp_avp, names.dstid_avp, names.attrs_avp, names.cnt_avp):
        if avp is not None:
            variables.clear_avp(avp)
    variables.clear_xavp(names.xavp_dst)
    for set_id, destination in reversed(targets):
        record = destination.record
        uri = destination.uri.encode()
        _push(variables, names.dst_avp, uri)
        _push(variables, names.grp_avp, set_id)
        _push(variables, names.dstid_avp, destination.attributes.duid.encode() or None)
        _push(variables, names.attrs_avp, record.attributes_text.encode() or None)
        if names.xavp_dst:
            variables.push_xavp(names.xavp_dst, _fields(set_id, destination, names.xavp_dst_mode))
    _push(variables, names.cnt_avp, chosen)
    if names.xavp_ctx and not names.xavp_ctx_mode & NO_CNT:
        variables.clear_xavp(names.xavp_ctx)
        variables.push_xavp(names.xavp_ctx, {"cnt": chosen})


def _push(variables: Variables, name: AvpName | None, value: Value | None) -> None:
    if name is not None and value is not None:
        variables.push_avp(name, value)


def _fields(set_id: int, destination: Destination, mode: int) -> dict[str, Value]:
    """One XAVP of `xavp_dst` (guide, "xavp_dst_mode")."""
    record, attributes = destination.record, destination.attributes
    fields: dict[str, Value] = {"grp": set_id, "uri": destination.uri.encode()}
    if mode & WITH_SOCKET and attributes.socket:
        fields["socket"] = attributes.socket.encode()
    if mode & WITH_SOCKNAME and attributes.sockname:
        fields["sockname"] = attributes.sockname.encode()
    if attributes.duid:
        fields["dstid"] = attributes.duid.encode()
    if record.attributes_text and not mode & NO_ATTRS:
        fields["attrs"] = record.attributes_text.encode()
    return fields
