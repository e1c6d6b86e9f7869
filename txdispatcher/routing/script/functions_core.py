"""Functions of the core, and of the modules xlog and corex: flags, the log, the Request-URI."""

from __future__ import annotations

from collections.abc import Callable

from txdispatcher.errors import ParseError
from txdispatcher.routing.script.run import Run
from txdispatcher.routing.script.run_variables import set_socket
from txdispatcher.routing.script.table import ANY, FORWARDING, REQUESTS, function
from txdispatcher.routing.values import as_number
from txdispatcher.routing.variables import variables_of
from txdispatcher.sip.uri import Uri

TRUE, FALSE = 1, -1

#: Kamailio's levels by their names in xlog().
LEVELS = {
    b"L_ALERT": -5,
    b"L_BUG": -4,
    b"L_CRIT2": -3,
    b"L_CRIT": -2,
    b"L_ERR": -1,
    b"L_WARN": 0,
    b"L_NOTICE": 1,
    b"L_INFO": 2,
    b"L_DBG": 3,
}

#: Flags are the bits of a number.
LAST_FLAG = 31


def bit(flag: int) -> int:
    """The bit of a flag; 0 for a number that is none."""
    return 1 << flag if 0 <= flag <= LAST_FLAG else 0


@function("")
def setflag(run: Run, flag: int) -> int:
    """Set a flag of the transaction, 0 to 31. False for another number."""
    if not 0 <= flag <= LAST_FLAG:
        return FALSE
    run.flags |= 1 << flag
    return TRUE


@function("")
def resetflag(run: Run, flag: int) -> int:
    """Take it back."""
    if not 0 <= flag <= LAST_FLAG:
        return FALSE
    run.flags &= ~(1 << flag)
    return TRUE


@function("")
def isflagset(run: Run, flag: int) -> int:
    """Whether it is set."""
    return TRUE if 0 <= flag <= LAST_FLAG and run.flags & 1 << flag else FALSE


@function("", ANY, "setbflag")
def setbranchflag(run: Run, flag: int) -> int:
    """Set a flag of the branch, 0 to 31. False for another number."""
    if not 0 <= flag <= LAST_FLAG:
        return FALSE
    run.branch_flags |= 1 << flag
    return TRUE


@function("", ANY, "isbflagset")
def isbranchflagset(run: Run, flag: int) -> int:
    """Whether it is set."""
    return TRUE if 0 <= flag <= LAST_FLAG and run.branch_flags & 1 << flag else FALSE


@function("", ANY, "resetbflag")
def resetbranchflag(run: Run, flag: int) -> int:
    """Take it back."""
    if not 0 <= flag <= LAST_FLAG:
        return FALSE
    run.branch_flags &= ~(1 << flag)
    return TRUE


@function("xlog", ANY, "xlogl")
def xlog(run: Run, level: bytes, text: bytes = b"", last: bytes = b"") -> int:
    """Print `text`, at a level from L_ALERT to L_DBG; with one argument that one is the text, at L_ERR.

    Of three arguments the first is a facility of syslog's, which has no meaning here.
    """
    if last:
        level, text = text, last
    if text or level in LEVELS:
        return _print(run, LEVELS.get(level, -1), text)
    return _print(run, -1, level)


@function("xlog")
def xalert(run: Run, text: bytes) -> int:
    """Print at L_ALERT."""
    return _print(run, -5, text)


@function("xlog")
def xbug(run: Run, text: bytes) -> int:
    """Print at L_BUG."""
    return _print(run, -4, text)


@function("xlog")
def xcrit(run: Run, text: bytes) -> int:
    """Print at L_CRIT."""
    return _print(run, -2, text)


@function("xlog", ANY, "xdbgl")
def xdbg(run: Run, text: bytes) -> int:
    """Print at L_DBG."""
    return _print(run, 3, text)


@function("xlog")
def xinfo(run: Run, text: bytes) -> int:
    """Print at L_INFO."""
    return _print(run, 2, text)


@function("xlog")
def xnotice(run: Run, text: bytes) -> int:
    """Print at L_NOTICE."""
    return _print(run, 1, text)


@function("xlog")
def xwarn(run: Run, text: bytes) -> int:
    """Print at L_WARN."""
    return _print(run, 0, text)


@function("xlog")
def xerr(run: Run, text: bytes) -> int:
    """Print at L_ERR."""
    return _print(run, -1, text)


@function("")
def log(run: Run, level: bytes, text: bytes = b"") -> int:
    """Print `text` at a level from -5 (alert) to 3 (debug); with one argument that one is the text, at the level 4."""
    return _print(run, as_number(level), text) if text else _print(run, 4, level)


@function("")
def error(run: Run, level: bytes, text: bytes) -> int:
    """Print both at L_ERR."""
    return _print(run, -1, b"error: %b, %b" % (level, text))


@function("", FORWARDING, "rewriteuri")
def seturi(run: Run, uri: bytes) -> int:
    """The Request-URI."""
    return rewrite(run, lambda _: uri)


@function("", FORWARDING, "rewriteuser")
def setuser(run: Run, user: bytes) -> int:
    """The user of the Request-URI."""
    return rewrite(run, lambda uri: uri_with(uri, user=user))


@function("", FORWARDING, "rewritehost")
def sethost(run: Run, host: bytes) -> int:
    """The host of the Request-URI, without a port then."""
    return rewrite(run, lambda uri: uri_with(uri, place=host))


@function("", FORWARDING, "rewritehostport")
def sethostport(run: Run, place: bytes) -> int:
    """Host and port of the Request-URI."""
    return rewrite(run, lambda uri: uri_with(uri, place=place))


@function("", FORWARDING, "rewritehostporttrans")
def sethostporttrans(run: Run, place: bytes) -> int:
    """Host, port and transport of the Request-URI: ``example.org:5060;transport=tcp``."""
    host, _, params = place.partition(b";")
    return rewrite(run, lambda uri: uri_with(uri, place=host, params=_with_transport(uri, params)))


@function("", FORWARDING)
def sethosttrans(run: Run, place: bytes) -> int:
    """Host and transport of the Request-URI; its port stays."""
    host, _, params = place.partition(b";")

    def changed(uri: Uri) -> bytes:
        return uri_with(uri, place=b"%b:%d" % (host, uri.port) if uri.port else host, params=_with_transport(uri, params))

    return rewrite(run, changed)


@function("", FORWARDING, "rewriteuserpass")
def setuserpass(run: Run, password: bytes) -> int:
    """The password of the Request-URI's user."""
    return rewrite(run, lambda uri: uri_with(uri, user=b"%b:%b" % (uri.username, password)))


@function("", FORWARDING)
def userphone(run: Run) -> int:
    """``;user=phone`` for the Request-URI, where it says nothing of that kind."""
    if run.context.uri.param(b"user") is not None:
        return TRUE
    return rewrite(run, lambda uri: uri_with(uri, params=uri.params + b";user=phone"))


@function("", FORWARDING)
def revert_uri(run: Run) -> int:
    """The Request-URI that came."""
    return rewrite(run, lambda _: run.request.uri)


@function("", REQUESTS, "forward_udp", "forward_tcp", "forward_tls")
def forward(run: Run, host: bytes = b"", port: int = 0) -> int:
    """Send it on, to `host` and `port` where they are given: t_relay(). It has a transaction here, too."""
    if host:
        place = b"[%b]" % host if b":" in host and not host.startswith(b"[") else host
        variables_of(run.context).dst_uri = b"sip:%b:%d" % (place, port) if port else b"sip:%b" % place
    return TRUE if run.relay() else FALSE


@function("", FORWARDING)
def clear_branches(run: Run) -> int:
    """Take away what append_branch() has added."""
    run.branches = ()
    return TRUE


@function("", FORWARDING)
def remove_branch(run: Run, index: int = 0) -> int:
    """Take away one of them, counted from 0. False where there is none."""
    if not 0 <= index < len(run.branches):
        return FALSE
    run.branches = run.branches[:index] + run.branches[index + 1 :]
    return TRUE


@function("", FORWARDING)
def prefix(run: Run, text: bytes) -> int:
    """Put `text` before the user of the Request-URI."""
    return rewrite(run, lambda uri: uri_with(uri, user=text + (uri.user or b"")))


@function("", FORWARDING)
def strip(run: Run, count: int) -> int:
    """Take `count` characters off the beginning of the Request-URI's user."""
    return rewrite(run, lambda uri: uri_with(uri, user=(uri.user or b"")[count:]))


@function("", FORWARDING)
def strip_tail(run: Run, count: int) -> int:
    """Take `count` characters off its end."""
    return rewrite(run, lambda uri: uri_with(uri, user=(uri.user or b"")[: -count or None]))


@function("", FORWARDING)
def resetdsturi(run: Run) -> int:
    """$du has no value."""
    variables_of(run.context).dst_uri = None
    return TRUE


@function("", FORWARDING)
def setdsturi(run: Run, uri: bytes) -> int:
    """$du."""
    variables_of(run.context).dst_uri = uri
    return TRUE


@function("", FORWARDING)
def force_send_socket(run: Run, socket: bytes) -> int:
    """Send from this socket of ours, ``udp:192.0.2.1:5060``: what an assignment to $fs does."""
    set_socket(run, socket)
    return TRUE


@function("")
def add_local_rport(run: Run) -> int:
    """Answers come to the port that the request was sent from: true."""
    return TRUE


@function("")
def force_tcp_alias(run: Run, port: int = 0) -> int:
    """Requests go by the connection that their destination has opened, while there is one: true."""
    return TRUE


@function("")
def set_reply_no_connect(run: Run) -> int:
    """Answers go by the connection that the request came by, and never make one: true."""
    return TRUE


@function("corex")
def is_myself(run: Run, uri: bytes) -> int:
    """Whether the URI names this server."""
    return TRUE if run.is_ours(uri) else FALSE


def rewrite(run: Run, change: Callable[[Uri], bytes]) -> int:
    """Another Request-URI; false where `change` makes none that can be read."""
    try:
        run.context.rewrite(change(run.context.uri))
    except ParseError:
        return FALSE
    return TRUE


def uri_with(uri: Uri, *, user: bytes | None = None, place: bytes | None = None, params: bytes | None = None) -> bytes:
    """`uri` with another user, another host and port, or other parameters."""
    if user is None:
        user = uri.user
    if place is None:
        place = b"%b:%d" % (uri.host, uri.port) if uri.port else uri.host
    return b"%b:%b%b%b%b" % (
        uri.scheme,
        user + b"@" if user else b"",
        place,
        uri.params if params is None else params,
        uri.headers,
    )


def _with_transport(uri: Uri, params: bytes) -> bytes:
    """The parameters of `uri`, with the transport that `params` name instead of its own."""
    kept = [each for each in uri.params.split(b";")[1:] if not each.lower().startswith(b"transport=")]
    return b"".join(b";" + each for each in (*kept, *filter(None, params.split(b";"))))


def _print(run: Run, level: int, text: bytes) -> int:
    if level <= run.shared.debug:
        prefix = run.shared.modules.settings.xlog.prefix
        run.shared.log(level, prefix + text.decode("utf-8", "replace").rstrip("\n"))
    return TRUE
