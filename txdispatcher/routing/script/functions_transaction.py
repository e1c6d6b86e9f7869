"""Functions of the modules tm, tmx, sl and maxfwd."""

from __future__ import annotations

from txdispatcher.errors import ParseError
from txdispatcher.proxy.decision import Reply
from txdispatcher.routing.regexes import Regex
from txdispatcher.routing.script.edits import header_lines
from txdispatcher.routing.script.run import Run
from txdispatcher.routing.script.table import ANY, BRANCH, FAILURE, MESSAGES, REPLY, REQUEST, REQUESTS, function
from txdispatcher.routing.variables import variables_of
from txdispatcher.sip.uri import SIPS, parse_uri

TRUE, FALSE = 1, -1

#: What a branch counts as that did not answer in time.
_TIMEOUT = 408


@function("tm", REQUESTS)
def t_relay(run: Run) -> int:
    """Send it on: to $du, else where Route and Request-URI lead."""
    return TRUE if run.relay() else FALSE


@function("tm", REQUESTS)
def t_relay_to_udp(run: Run, host: bytes = b"", port: int = 0) -> int:
    """Send it on by UDP: to that place, which is $du then, or without one to where t_relay() would."""
    return _relay_by(run, b"udp", host, port)


@function("tm", REQUESTS)
def t_relay_to_tcp(run: Run, host: bytes = b"", port: int = 0) -> int:
    """The same by TCP."""
    return _relay_by(run, b"tcp", host, port)


@function("tm", REQUESTS)
def t_relay_to_tls(run: Run, host: bytes = b"", port: int = 0) -> int:
    """The same by TLS."""
    return _relay_by(run, b"tls", host, port)


@function("tm", REQUESTS, "t_release")
def t_newtran(run: Run) -> int:
    """A transaction is made when the request is relayed or answered, and let go by itself: true."""
    return TRUE


@function("tm", REQUESTS, "t_lookup_request", "t_retransmit_reply", "t_lookup_cancel", "t_relay_cancel")
def t_lookup_transaction(run: Run) -> int:
    """Whether a transaction has it already. What one has, and the CANCEL of one, never come to a script: false."""
    return FALSE


@function("tmx", REQUESTS)
def t_flush_flags(run: Run) -> int:
    """The flags are the transaction's at once: true."""
    return TRUE


@function("tm", REQUESTS, "t_precheck_trans")
def t_check_trans(run: Run) -> int:
    """Whether a transaction has it. A retransmission, an ACK and a CANCEL that one has never come to a script: false."""
    return FALSE


def _route(name: bytes) -> str:
    """The route of that name; "" and "0" take the one away that was set."""
    return "" if name == b"0" else name.decode()


@function("tm", MESSAGES)
def t_on_failure(run: Run, route: bytes) -> int:
    """Enter failure_route[`route`] when it fails."""
    run.on_failure = _route(route)
    return TRUE


@function("tm", MESSAGES)
def t_on_reply(run: Run, route: bytes) -> int:
    """Enter onreply_route[`route`] with its responses."""
    run.on_reply = _route(route)
    return TRUE


@function("tm", REQUESTS)
def t_on_branch(run: Run, route: bytes) -> int:
    """Enter branch_route[`route`] before each branch."""
    run.on_branch = _route(route)
    return TRUE


@function("tm", (REQUEST, FAILURE, REPLY))
def t_is_canceled(run: Run) -> int:
    """Whether the caller has cancelled it: then a failure route can send it nowhere else."""
    return TRUE if run.cancelled else FALSE


@function("tm", MESSAGES)
def t_check_status(run: Run, pattern: Regex) -> int:
    """Whether the status matches: of the branch that failed, or in a reply route of the response."""
    return TRUE if pattern.search(b"%d" % run.status) else FALSE


@function("tm", (FAILURE,))
def t_branch_timeout(run: Run) -> int:
    """Whether the branch had no final response in time."""
    return TRUE if run.status == _TIMEOUT else FALSE


@function("tm", (FAILURE,))
def t_branch_replied(run: Run) -> int:
    """Whether anything came back from the branch, 100 included."""
    return TRUE if run.answered else FALSE


@function("tm", (FAILURE,))
def t_any_replied(run: Run) -> int:
    """Whether anything came back from a branch, 100 included."""
    return TRUE if run.answered else FALSE


@function("tm", (FAILURE, REPLY))
def t_grep_status(run: Run, code: bytes) -> int:
    """Whether the branch ended with that status."""
    return TRUE if code.strip() == b"%d" % run.status else FALSE


@function("tm", (FAILURE, REPLY))
def t_get_status_code(run: Run) -> int:
    """The status of the branch that failed, or of the response; -1 without one."""
    return run.status or FALSE


@function("tm", (FAILURE,))
def t_any_timeout(run: Run) -> int:
    """Whether a branch had no final response in time."""
    return TRUE if run.status == _TIMEOUT else FALSE


@function("tm", REQUESTS, "send_reply", "sl_send_reply", "sl_reply")
def t_reply(run: Run, code: int, reason: bytes) -> int:
    """Answer; false where `code` is none from 100 to 699. A provisional response is what the transaction sends by itself."""
    if not 100 <= code <= 699:
        run.shared.log(-1, f"{code} is no status to answer with: 100 to 699 is allowed")
        return FALSE
    if run.hop is None and run.reply is None and 200 <= code <= 699:
        # A text from the request may have line ends in it, which would begin a header field.
        run.reply = Reply(code, reason.replace(b"\r", b" ").replace(b"\n", b" "), run.reply_headers)
    return TRUE


@function("sl", (REQUEST,))
def sl_reply_error(run: Run) -> int:
    """Answer with the error that stopped the request: 478 where t_relay() found no way, else 500."""
    if run.unrouted:
        return t_reply(run, 478, b"Unresolvable destination (478/SL)")
    return t_reply(run, 500, b"I'm terribly sorry, server error occurred (1/SL)")


@function("tm", REQUESTS)
def t_set_fr(run: Run, fr_inv_timeout: int, fr_timeout: int = 0) -> int:
    """How many milliseconds the next branches may take for a final response, and for any; 0 leaves the timer as it is."""
    if fr_inv_timeout > 0:
        run.fr_inv = fr_inv_timeout / 1000
    if fr_timeout > 0:
        run.fr = fr_timeout / 1000
    return TRUE


@function("tm", REQUESTS)
def t_reset_fr(run: Run) -> int:
    """Take back what t_set_fr() has set."""
    run.fr = run.fr_inv = 0.0
    return TRUE


@function("corex", REQUESTS, "km_append_branch")
def append_branch(run: Run, uri: bytes = b"", q: bytes = b"") -> int:
    """Let the next t_relay() send a branch to `uri` too, by $du where that is set; without `uri` to $ru, which is then no other.

    False where that leads nowhere, or `max_branches` are there. All branches go out at once: `q` is taken and not looked at.
    """
    if len(run.branches) >= run.shared.max_branches - (0 if run.spent else 1):
        return FALSE
    try:
        target = run.target(uri or run.context.uri_bytes)
    except ParseError:
        return FALSE
    run.branches += (target,)
    run.spent = run.spent or not uri
    return TRUE


@function("tmx")
def t_is_request_route(run: Run) -> int:
    """Whether this is a request route."""
    return TRUE if run.kind == REQUEST else FALSE


@function("tmx")
def t_is_failure_route(run: Run) -> int:
    """Whether this is a failure route."""
    return TRUE if run.kind == FAILURE else FALSE


@function("tmx")
def t_is_branch_route(run: Run) -> int:
    """Whether this is a branch route."""
    return TRUE if run.kind == BRANCH else FALSE


@function("tmx")
def t_is_reply_route(run: Run) -> int:
    """Whether this is a reply route."""
    return TRUE if run.kind == REPLY else FALSE


@function("tm", REQUESTS)
def t_is_set(run: Run, target: bytes) -> int:
    """Whether a route is set: ``failure_route``, ``branch_route`` or ``onreply_route``."""
    names = {b"failure_route": run.on_failure, b"branch_route": run.on_branch, b"onreply_route": run.on_reply}
    return TRUE if names.get(target.strip().lower()) else FALSE


@function("maxfwd", (REQUEST,), "process_maxfwd", "maxfwd_process")
def mf_process_maxfwd_header(run: Run, limit: int) -> int:
    """False where Max-Forwards is 0; it is lowered when the request is relayed, to `max_limit` where it is greater.

    Without one it becomes `limit`, and 2 is returned.
    """
    request = run.request
    if request.max_forwards == 0:
        return FALSE
    if request.max_forwards < 0:
        # It is lowered by one on its way out.
        run.edit(request.via_line, request.via_line, b"Max-Forwards: %d\r\n" % (min(limit, 254) + 1))
        return 2
    most = run.shared.modules.settings.maxfwd.max_limit
    if most and request.max_forwards > most + 1:
        for start, end in header_lines(request, b"max-forwards"):
            run.edit(start, end, b"Max-Forwards: %d\r\n" % (most + 1))
    return TRUE


@function("maxfwd", ANY, "maxfwd_at_least", "mf_lowlimit")
def is_maxfwd_lt(run: Run, limit: int) -> int:
    """Whether Max-Forwards is below `limit`; -2, which is false too, without one."""
    found = run.request.max_forwards
    return TRUE if 0 <= found < limit else FALSE if found >= 0 else -2


def _relay_by(run: Run, transport: bytes, host: bytes, port: int) -> int:
    variables = variables_of(run.context)
    if host:
        place = b"[%b]" % host if b":" in host and not host.startswith(b"[") else host
        place = b"%b:%d" % (place, port) if port else place
    else:
        try:
            uri = run.context.uri if variables.dst_uri is None else parse_uri(variables.dst_uri)
        except ParseError:
            return FALSE
        if uri.scheme == SIPS and transport != b"tls":
            return FALSE
        place = b"%b:%d" % (uri.host, uri.port) if uri.port else uri.host
    variables.dst_uri = b"sip:%b;transport=%b" % (place, transport)
    return t_relay(run)
