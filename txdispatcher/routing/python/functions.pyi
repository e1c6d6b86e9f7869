"""Kamailio's functions, as methods. Made by `scripts/script-stubs` from the table of functions."""

from collections.abc import Callable
from typing import Any

from txdispatcher.routing.script.run import Run

class Functions:
    _run: Run
    def __init__(self, run: Run) -> None: ...
    def add_local_rport(self) -> bool:
        """Answers come to the port that the request was sent from: true."""
    def add_rport(self) -> bool:
        """Answer to the port that the request came from, whether its Via asks for that (RFC 3581) or not."""
    def clear_branches(self) -> bool:
        """Take away what append_branch() has added."""
    def error(self, level: str, text: str) -> bool:
        """Print both at L_ERR."""
    def force_rport(self) -> bool:
        """Answer to the port that the request came from, whether its Via asks for that (RFC 3581) or not."""
    def force_send_socket(self, socket: str) -> bool:
        """Send from this socket of ours, ``udp:192.0.2.1:5060``: what an assignment to $fs does."""
    def force_tcp_alias(self, port: int = ...) -> bool:
        """Requests go by the connection that their destination has opened, while there is one: true."""
    def forward(self, host: str = ..., port: int = ...) -> bool:
        """Send it on, to `host` and `port` where they are given: t_relay(). It has a transaction here, too."""
    def forward_tcp(self, host: str = ..., port: int = ...) -> bool:
        """Send it on, to `host` and `port` where they are given: t_relay(). It has a transaction here, too."""
    def forward_tls(self, host: str = ..., port: int = ...) -> bool:
        """Send it on, to `host` and `port` where they are given: t_relay(). It has a transaction here, too."""
    def forward_udp(self, host: str = ..., port: int = ...) -> bool:
        """Send it on, to `host` and `port` where they are given: t_relay(). It has a transaction here, too."""
    def isbflagset(self, flag: int) -> bool:
        """Whether it is set."""
    def isbranchflagset(self, flag: int) -> bool:
        """Whether it is set."""
    def isflagset(self, flag: int) -> bool:
        """Whether it is set."""
    def log(self, level: str, text: str = ...) -> bool:
        """Print `text` at a level from -5 (alert) to 3 (debug); with one argument that one is the text, at the level 4."""
    def prefix(self, text: str) -> bool:
        """Put `text` before the user of the Request-URI."""
    def remove_branch(self, index: int = ...) -> bool:
        """Take away one of them, counted from 0. False where there is none."""
    def resetbflag(self, flag: int) -> bool:
        """Take it back."""
    def resetbranchflag(self, flag: int) -> bool:
        """Take it back."""
    def resetdsturi(self) -> bool:
        """$du has no value."""
    def resetflag(self, flag: int) -> bool:
        """Take it back."""
    def revert_uri(self) -> bool:
        """The Request-URI that came."""
    def rewritehost(self, host: str) -> bool:
        """The host of the Request-URI, without a port then."""
    def rewritehostport(self, place: str) -> bool:
        """Host and port of the Request-URI."""
    def rewritehostporttrans(self, place: str) -> bool:
        """Host, port and transport of the Request-URI: ``example.org:5060;transport=tcp``."""
    def rewriteuri(self, uri: str) -> bool:
        """The Request-URI."""
    def rewriteuser(self, user: str) -> bool:
        """The user of the Request-URI."""
    def rewriteuserpass(self, password: str) -> bool:
        """The password of the Request-URI's user."""
    def set_forward_close(self) -> bool:
        """Connections stay open after a message: true."""
    def set_forward_no_connect(self) -> bool:
        """The connection that there is to where the request goes is used; where there is none, one is made all the same: true."""
    def set_reply_close(self) -> bool:
        """Connections stay open after a message: true."""
    def set_reply_no_connect(self) -> bool:
        """Answers go by the connection that the request came by, and never make one: true."""
    def setbflag(self, flag: int) -> bool:
        """Set a flag of the branch, 0 to 31. False for another number."""
    def setbranchflag(self, flag: int) -> bool:
        """Set a flag of the branch, 0 to 31. False for another number."""
    def setdsturi(self, uri: str) -> bool:
        """$du."""
    def setflag(self, flag: int) -> bool:
        """Set a flag of the transaction, 0 to 31. False for another number."""
    def sethost(self, host: str) -> bool:
        """The host of the Request-URI, without a port then."""
    def sethostport(self, place: str) -> bool:
        """Host and port of the Request-URI."""
    def sethostporttrans(self, place: str) -> bool:
        """Host, port and transport of the Request-URI: ``example.org:5060;transport=tcp``."""
    def sethosttrans(self, place: str) -> bool:
        """Host and transport of the Request-URI; its port stays."""
    def seturi(self, uri: str) -> bool:
        """The Request-URI."""
    def setuser(self, user: str) -> bool:
        """The user of the Request-URI."""
    def setuserpass(self, password: str) -> bool:
        """The password of the Request-URI's user."""
    def strip(self, count: int) -> bool:
        """Take `count` characters off the beginning of the Request-URI's user."""
    def strip_tail(self, count: int) -> bool:
        """Take `count` characters off its end."""
    def userphone(self) -> bool:
        """``;user=phone`` for the Request-URI, where it says nothing of that kind."""
    def acc_db_request(self, comment: str, table: str) -> bool:
        """The same as a record, in that table. False where no records are kept."""
    def acc_log_request(self, comment: str) -> bool:
        """Account the request in the log. `comment` is a code and a reason, ``404 Not found``, or a reason alone."""
    def app_python3s_exec(self, method: str, parameter: str = ...) -> bool:
        """Call a method of what `mod_init()` of the Python script returned: `method(msg)`, or `method(msg, parameter)`.

        Gives the number that it returns; false where that is none, and where the method fails, which is logged. 0 ends the script.
        """
    def python_exec(self, method: str, parameter: str = ...) -> bool:
        """Call a method of what `mod_init()` of the Python script returned: `method(msg)`, or `method(msg, parameter)`.

        Gives the number that it returns; false where that is none, and where the method fails, which is logged. 0 ends the script.
        """
    def core_hash(self, one: str, other: str, size: int) -> bool:
        """The hash of both texts, from 1 to 2 to the power of `size`: Kamailio's."""
    def is_gflag(self, flag: int) -> bool:
        """Whether it is set."""
    def lock(self, key: str) -> bool:
        """Nothing is to be locked: a route is never interrupted by another."""
    def rand_event(self) -> bool:
        """True by chance."""
    def rand_get_prob(self) -> bool:
        """The probability of rand_event(), in per cent. A probability of 0 ends the script."""
    def rand_reset_prob(self) -> bool:
        """That of `initial_probability` again."""
    def rand_set_prob(self, probability: int) -> bool:
        """The probability of rand_event(), in per cent. False where it is none."""
    def reset_gflag(self, flag: int) -> bool:
        """Take it back."""
    def set_gflag(self, flag: int) -> bool:
        """Set a flag that all requests share."""
    def trylock(self, key: str) -> bool:
        """Nothing is to be locked: a route is never interrupted by another."""
    def unlock(self, key: str) -> bool:
        """Nothing is to be locked: a route is never interrupted by another."""
    def append_branch(self, uri: str = ..., q: str = ...) -> bool:
        """Let the next t_relay() send a branch to `uri` too, by $du where that is set; without `uri` to $ru, which is then no other.

        False where that leads nowhere, or `max_branches` are there. All branches go out at once: `q` is taken and not looked at.
        """
    def is_myself(self, uri: str) -> bool:
        """Whether the URI names this server."""
    def km_append_branch(self, uri: str = ..., q: str = ...) -> bool:
        """Let the next t_relay() send a branch to `uri` too, by $du where that is set; without `uri` to $ru, which is then no other.

        False where that leads nowhere, or `max_branches` are there. All branches go out at once: `q` is taken and not looked at.
        """
    def cnt_add(self, counter: str, number: int) -> bool:
        """Add to the counter."""
    def cnt_inc(self, counter: str) -> bool:
        """Add one to the counter ``name`` or ``group.name``."""
    def cnt_reset(self, counter: str) -> bool:
        """Set the counter to 0."""
    def dlg_isflagset(self, flag: int) -> bool:
        """Whether it is set."""
    def dlg_manage(self) -> bool:
        """Know the call from now on, from its INVITE to its BYE. Inside a dialog: whether the call is known."""
    def dlg_resetflag(self, flag: int) -> bool:
        """Take it back."""
    def dlg_set_timeout(self, seconds: int) -> bool:
        """Let the call be known for so many seconds from now. Nobody is sent a BYE when they are over."""
    def dlg_setflag(self, flag: int) -> bool:
        """Set a flag of the call."""
    def get_profile_size(self, profile: str, value: str, size: str = ...) -> bool:
        """Write to the last variable how many calls are counted in a profile, with that value where it has values."""
    def is_in_profile(self, profile: str, value: str = ...) -> bool:
        """Whether the call is counted there."""
    def is_known_dlg(self) -> bool:
        """Whether the call is known."""
    def set_dlg_profile(self, profile: str, value: str = ...) -> bool:
        """Count the call in a profile, with the value that `profiles_with_value` asks for."""
    def unset_dlg_profile(self, profile: str, value: str = ...) -> bool:
        """Count it there no more. False where it was not."""
    def ds_dsg_fetch(self, set_id: int) -> bool:
        """Count for $dsg(…) how many destinations of the set are in which state."""
    def ds_dsg_fetch_uri(self, set_id: int, uri: str) -> bool:
        """The same for the destination with that URI."""
    def ds_is_active(self, set_id: int, uri: str = ...) -> bool:
        """Whether a destination of the set, or the one with that URI, may be selected."""
    def ds_is_from_list(self, set_id: int = ..., mode: int = ..., uri: str = ...) -> bool:
        """Whether the request comes from a destination, or `uri` is one."""
    def ds_list_exist(self, set_id: int) -> bool:
        """Whether there is such a set."""
    def ds_list_exists(self, set_id: int) -> bool:
        """Whether there is such a set."""
    def ds_load_unset(self) -> bool:
        """The call is counted no more."""
    def ds_load_update(self) -> bool:
        """A message of a counted call passes."""
    def ds_mark_addr(self, state: str, set_id: int, uri: str) -> bool:
        """Mark the destination with that URI; set -1: in every set."""
    def ds_mark_dst(self, state: str = ...) -> bool:
        """Mark the current destination; without a state inactive."""
    def ds_next_domain(self) -> bool:
        """The next destination of the list, in the Request-URI."""
    def ds_next_dst(self) -> bool:
        """The next destination of the list, in $du."""
    def ds_reload(self) -> bool:
        """Start a reload of the source."""
    def ds_select(self, set_id: int, algorithm: int, limit: int = ...) -> bool:
        """Select from a set, and change neither $du nor the Request-URI."""
    def ds_select_domain(self, set_id: int, algorithm: int, limit: int = ...) -> bool:
        """Select from a set, and put the destination's host and port into the Request-URI."""
    def ds_select_dst(self, set_id: int, algorithm: int, limit: int = ...) -> bool:
        """Select from a set, and put the destination into $du."""
    def ds_select_routes(self, rules: str, mode: str, limit: int = ...) -> bool:
        """Select by ``set=algorithm;set=algorithm…``, all on one list."""
    def ds_set_domain(self) -> bool:
        """The current destination's host and port into the Request-URI."""
    def ds_set_dst(self) -> bool:
        """The current destination into $du."""
    def sht_has_name(self, htable: str, operator: str, text: str) -> bool:
        """Whether an item's name matches: ``eq``, ``ne``, ``re`` or ``sw``."""
    def sht_has_str_value(self, htable: str, operator: str, text: str) -> bool:
        """Whether an item's value matches."""
    def sht_iterator_end(self, iterator: str) -> bool:
        """End it."""
    def sht_iterator_next(self, iterator: str) -> bool:
        """The next item, in $shtitkey and $shtitval. False where there is none."""
    def sht_iterator_rm(self, iterator: str) -> bool:
        """Take out the item that it is at, and go to the next. False where there is none."""
    def sht_iterator_setex(self, iterator: str, expire: int) -> bool:
        """Let the item that it is at end in `expire` seconds."""
    def sht_iterator_seti(self, iterator: str, value: int) -> bool:
        """Give the item that it is at a number."""
    def sht_iterator_sets(self, iterator: str, value: str) -> bool:
        """Give the item that it is at a string."""
    def sht_iterator_start(self, iterator: str, htable: str) -> bool:
        """Begin to go through the table, as it is now, under that name."""
    def sht_lock(self, expression: str) -> bool:
        """Nothing is to be locked: a route is never interrupted by another."""
    def sht_match_name(self, htable: str, operator: str, text: str) -> bool:
        """Whether an item's name matches: ``eq``, ``ne``, ``re`` or ``sw``."""
    def sht_match_str_value(self, htable: str, operator: str, text: str) -> bool:
        """Whether an item's value matches."""
    def sht_print(self) -> bool:
        """Print every item, at L_ERR as Kamailio does."""
    def sht_reset(self, htable: str) -> bool:
        """Empty the table."""
    def sht_rm(self, htable: str, key: str) -> bool:
        """Take an item out of the table."""
    def sht_rm_name(self, htable: str, operator: str, text: str) -> bool:
        """Take out the items whose names match: ``re`` a regular expression, ``sw`` a beginning, ``eq``, ``ne``."""
    def sht_rm_name_re(self, expression: str) -> bool:
        """``table=>regex``: take out the items whose names match."""
    def sht_rm_value(self, htable: str, operator: str, text: str) -> bool:
        """Take out the items whose values match, as `sht_rm_name` does."""
    def sht_rm_value_re(self, expression: str) -> bool:
        """``table=>regex``: take out the items whose values match."""
    def sht_setxi(self, htable: str, key: str, value: int, expire: int) -> bool:
        """Write a number that ends in `expire` seconds."""
    def sht_setxs(self, htable: str, key: str, value: str, expire: int) -> bool:
        """Write a string that ends in `expire` seconds."""
    def sht_unlock(self, expression: str) -> bool:
        """Nothing is to be locked: a route is never interrupted by another."""
    def compare_ips(self, one: str, other: str) -> bool:
        """Whether both are the same address; brackets do not matter."""
    def compare_pure_ips(self, one: str, other: str) -> bool:
        """Whether both are the same address, without brackets."""
    def detailed_ip_type(self, ip: str, result: str) -> bool:
        """Write what kind of address it is: ``PRIVATE``, ``PUBLIC``, ``LOOPBACK``, … False where it is none."""
    def detailed_ipv4_type(self, ip: str, result: str) -> bool:
        """The same for an IPv4 address alone."""
    def detailed_ipv6_type(self, ip: str, result: str) -> bool:
        """The same for an IPv6 address alone, in brackets or without."""
    def ip_type(self, ip: str) -> bool:
        """1 for an IPv4 address, 2 for an IPv6 address, 3 for one in brackets, -1 for none."""
    def is_in_subnet(self, ip: str, subnets: str) -> bool:
        """Whether the address is in one of the networks: ``10.0.0.0/16,2001:db8::/32``."""
    def is_ip(self, ip: str) -> bool:
        """Whether it is an IPv4 or IPv6 address, the latter in brackets or without."""
    def is_ip_rfc1918(self, ip: str) -> bool:
        """Whether it is a private IPv4 address."""
    def is_ipv4(self, ip: str) -> bool:
        """Whether it is an IPv4 address."""
    def is_ipv6(self, ip: str) -> bool:
        """Whether it is an IPv6 address without brackets."""
    def is_ipv6_reference(self, ip: str) -> bool:
        """Whether it is an IPv6 address in brackets."""
    def is_pure_ip(self, ip: str) -> bool:
        """Whether it is an IPv4 or IPv6 address without brackets."""
    def jsonrpc_dispatch(self) -> bool:
        """Carry out the JSON-RPC that the HTTP request has for its body, and answer it. Who may call is the script's say."""
    def isdsturi(self) -> bool:
        """Whether $du is set."""
    def isdsturiset(self) -> bool:
        """Whether $du is set."""
    def issflagset(self, flag: int) -> bool:
        """Whether it is set."""
    def pv_printf(self, variable: str, text: str) -> bool:
        """Write the text to the variable."""
    def resetsflag(self, flag: int) -> bool:
        """Take it back."""
    def setsflag(self, flag: int) -> bool:
        """Set a flag of the script, which is gone when the route and those that it calls have ended."""
    def is_maxfwd_lt(self, limit: int) -> bool:
        """Whether Max-Forwards is below `limit`; -2, which is false too, without one."""
    def maxfwd_at_least(self, limit: int) -> bool:
        """Whether Max-Forwards is below `limit`; -2, which is false too, without one."""
    def maxfwd_process(self, limit: int) -> bool:
        """False where Max-Forwards is 0; it is lowered when the request is relayed, to `max_limit` where it is greater.

        Without one it becomes `limit`, and 2 is returned.
        """
    def mf_lowlimit(self, limit: int) -> bool:
        """Whether Max-Forwards is below `limit`; -2, which is false too, without one."""
    def mf_process_maxfwd_header(self, limit: int) -> bool:
        """False where Max-Forwards is 0; it is lowered when the request is relayed, to `max_limit` where it is greater.

        Without one it becomes `limit`, and 2 is returned.
        """
    def process_maxfwd(self, limit: int) -> bool:
        """False where Max-Forwards is 0; it is lowered when the request is relayed, to `max_limit` where it is greater.

        Without one it becomes `limit`, and 2 is returned.
        """
    def add_contact_alias(self, host: str = ..., port: str = ..., protocol: str = ...) -> bool:
        """Add ``;alias=address~port~transport`` of the source, or of what is given, to Contact's URI, where that leads elsewhere.

        2 where there is no Contact or it leads there; false where the alias cannot be made.
        """
    def add_rcv_param(self, in_uri: int = ...) -> bool:
        """Add ``;received="sip:address:port"`` of the source to Contact, or within its URI. False where there is none."""
    def fix_nated_contact(self) -> bool:
        """Write the source's address and port into Contact. False where there is none."""
    def fix_nated_register(self) -> bool:
        """Write the source's URI to the AVP of `received_avp`, if there is one."""
    def handle_ruri_alias(self, mode: int = ...) -> bool:
        """Take ``;alias=…`` off the Request-URI, and make $du of it; mode 1: not where $du is set. 2 where there is none."""
    def is_rfc1918(self, address: str) -> bool:
        """Whether it is a private address, by RFC 1918 or RFC 6598."""
    def nat_uac_test(self, tests: int) -> bool:
        """Whether one of the tests says that the sender is behind a NAT.

        1 Contact has a private address, 2 the Via's host is not the source, 4 the Via has a private address, 8 the session
        description has one, 16 the Via's port is not the source's, 32 the source is private, 128 Contact's port is not the source's,
        256 the session description names another address than the source, 512 $du leads elsewhere than $ru. 64, WebSocket, never
        holds.
        """
    def set_contact_alias(self, trim: int = ...) -> bool:
        """Add the alias of the source to Contact's URI, wherever that leads. False where there is no Contact."""
    def add_path(self, user: str = ..., parameters: str = ...) -> bool:
        """Add a Path with the address that the request came to, or that of $fs, and the user and further parameters."""
    def add_path_received(self, user: str = ..., parameters: str = ...) -> bool:
        """The same with the source of the request as `received`: loose_route() makes $du of it, with `use_received`."""
    def allow_address(self, group: int, address: str, port: int) -> bool:
        """Whether the address and port are in the group."""
    def allow_address_group(self, address: str, port: int) -> bool:
        """The lowest group that has the address and port; false where none has."""
    def allow_source_address(self, group: int = ...) -> bool:
        """Whether the source's address and port are in the group."""
    def allow_source_address_group(self) -> bool:
        """The lowest group that has the source's address and port; false where none has."""
    def allow_trusted(self, address: str = ..., proto: str = ..., caller: str = ...) -> bool:
        """Whether a row of the table of trusted sources allows the request, or another address, transport and From URI."""
    def pike_check_ip(self, address: str) -> bool:
        """The same for another address, whose count this is."""
    def pike_check_req(self) -> bool:
        """Whether the source has not sent too much: -1 where it has, -2 the first time."""
    def pl_active(self, name: str) -> bool:
        """Whether there is such a pipe."""
    def pl_check(self, name: str, algorithm: str = ..., limit: int = ...) -> bool:
        """Whether the request passes by the pipe, which gets the algorithm, TAILDROP or RED, and the limit, in requests an
        interval (`timer_interval`).

        -2, which is false too, where there is no such pipe and none is made.
        """
    def pl_drop(self, least: int = ..., most: int = ...) -> bool:
        """Answer with `reply_code` and `reply_reason`, and a Retry-After of so many seconds, or by chance between the two."""
    def is_int(self, variable: str) -> bool:
        """Whether it has a number."""
    def not_empty(self, variable: str) -> bool:
        """Whether it has one that is no empty text."""
    def pv_evalx(self, variable: str, fmt: str) -> bool:
        """Replace the variables in what `fmt` gives once more, into the variable. False where one of them is unknown."""
    def pv_isset(self, variable: str) -> bool:
        """Whether the variable has a value."""
    def pv_unset(self, variable: str) -> bool:
        """Take its value away."""
    def pv_xavp_print(self) -> bool:
        """Print every XAVP, at L_INFO."""
    def typeof(self, variable: str, vtype: str) -> bool:
        """Whether the variable has a number (``int``), a text (``str``) or no value (``null``)."""
    def xavp_child_rm(self, rname: str, cname: str) -> bool:
        """Take a field of it away."""
    def xavp_child_seti(self, rname: str, cname: str, value: int) -> bool:
        """A number for the field `cname` of the newest XAVP `rname`, which is made where there is none."""
    def xavp_child_sets(self, rname: str, cname: str, value: str) -> bool:
        """The same with a text."""
    def xavp_copy(self, source: str, index: int, destination: str, position: int = ...) -> bool:
        """Copy the XAVP `source` at `index`: a new `destination`, or what is at `position` of it. False where there is none."""
    def xavp_params_explode(self, sparams: str, xname: str) -> bool:
        """A new XAVP `xname` with a field for each parameter of ``a=1;b=2``. False where there is none."""
    def xavp_params_implode(self, xname: str, variable: str) -> bool:
        """The newest XAVP `xname` as ``a=1;b=2;``, into the variable. False where there is none."""
    def xavp_rm(self, rname: str) -> bool:
        """Take the newest XAVP `rname` away."""
    def rl_check(self, pipe: int = ...) -> bool:
        """Whether the request passes by the pipe, or by that of its method's queue; without a queue it does."""
    def rl_check_pipe(self, pipe: int = ...) -> bool:
        """Whether the request passes by the pipe, or by that of its method's queue; without a queue it does."""
    def add_rr_param(self, params: str) -> bool:
        """Add parameters to the URI of our Record-Route."""
    def check_route_param(self, pattern: str) -> bool:
        """Whether the parameters of our Route value match."""
    def is_direction(self, direction: str) -> bool:
        """Whether a request inside a dialog goes ``downstream`` (caller to callee) or ``upstream``.

        record_route() notes the caller's From tag in our Record-Route (`ftag`): upstream is where the tag is another.
        """
    def loose_route(self, mode: int = ...) -> bool:
        """Whether its Route, or a strict router's Request-URI, leads through us: that value is taken off.

        With path's `use_received` its `received` is $du then. `mode` makes no difference.
        """
    def loose_route_mode(self, mode: int = ...) -> bool:
        """Whether its Route, or a strict router's Request-URI, leads through us: that value is taken off.

        With path's `use_received` its `received` is $du then. `mode` makes no difference.
        """
    def record_route(self, params: str = ...) -> bool:
        """Add our Record-Route, with further parameters of its URI."""
    def record_route_advertised_address(self, address: str) -> bool:
        """Add our Record-Route with ``host:port`` for its place. The address must be known as ours, see record_route_preset()."""
    def record_route_preset(self, address: str, other: str = ...) -> bool:
        """Add a Record-Route of ``host:port``, with parameters or without, instead of our own; `other` for the other side of us.

        The address must be known as ours by `alias` or `advertise`, for loose_route().
        """
    def remove_record_route(self) -> bool:
        """Take back what record_route() has added."""
    def rr_next_hop_route(self) -> bool:
        """Whether a Route is left behind those that led through us."""
    def sanity_check(self, checks: int = ..., uris: int = ...) -> bool:
        """Check what `checks` has bits for, and answer what fails (unless `noreply`); it ends the script too, with `autodrop`.

        2 the Request-URI's scheme, 256 Expires, 512 Proxy-Require, 1024 the `uris` (1 Request-URI, 2 From, 4 To, 8 Contact), 2048
        credentials, which must be Digest, 4096 a second tag in From or To, 8192 credentials, if they are Digest. What the other bits
        ask for holds for whatever comes to a script: the rest gets a 400 or 505, and what is over Content-Length is cut off. Without
        them `default_checks` and `uri_checks` are checked.
        """
    def sanity_reply(self) -> bool:
        """Answer what sanity_check() has found, where `noreply` has kept it from answering."""
    def sdp_content(self) -> bool:
        """Whether the body is a session description."""
    def sdp_get(self, variable: str) -> bool:
        """Write the session description to the variable; -2 where there is none."""
    def sdp_get_address_family(self) -> bool:
        """4 or 6: the kind of address that it begins with; -1 without one."""
    def sdp_get_line_startswith(self, variable: str, beginning: str) -> bool:
        """Write the first line that begins so to the variable; -2 without a session description."""
    def sdp_transport(self, variable: str) -> bool:
        """Write the transport of the first stream to the variable."""
    def sdp_with_active_media(self, media: str) -> bool:
        """The same for a stream that is not refused (port 0), and that is received."""
    def sdp_with_codecs_by_id(self, numbers: str) -> bool:
        """Whether the streams have one of the payload types ``0,8``: 2 where not all have."""
    def sdp_with_codecs_by_name(self, names: str) -> bool:
        """Whether the streams have one of the codecs ``PCMU,PCMA``: 2 where not all have."""
    def sdp_with_ice(self) -> bool:
        """Whether there is a candidate of ICE (RFC 8839)."""
    def sdp_with_media(self, media: str) -> bool:
        """Whether there is a stream of the media, such as ``audio``."""
    def sdp_with_transport(self, transport: str) -> bool:
        """Whether there is a stream by that transport, such as ``RTP/AVP``."""
    def sdp_with_transport_like(self, text: str) -> bool:
        """Whether there is a stream by a transport with that text in its name."""
    def add_uri_param(self, parameter: str) -> bool:
        """Add ``name=value`` to the Request-URI."""
    def cmp_aor(self, one: str, other: str) -> bool:
        """Whether both URIs have the same user and host."""
    def cmp_hdr_name(self, one: str, other: str) -> bool:
        """Whether both name the same header field; compact forms count."""
    def cmp_uri(self, one: str, other: str) -> bool:
        """Whether both are the same SIP URI: user, host, port and the parameters that both have."""
    def get_uri_param(self, name: str, value: str) -> bool:
        """Write the value of the Request-URI's parameter. False where it is not there."""
    def has_totag(self) -> bool:
        """Whether To has a tag: the request is inside a dialog."""
    def hdr_date_check(self, seconds: int) -> bool:
        """Whether Date is there, and older than `seconds`."""
    def is_alphanum(self, text: str) -> bool:
        """Whether `text` is digits and letters of ASCII."""
    def is_alphanumex(self, text: str, others: str) -> bool:
        """Whether `text` is digits, letters of ASCII and the characters of `others`."""
    def is_e164(self, text: str) -> bool:
        """Whether `text` is an E.164 number: + and 2 to 15 digits."""
    def is_first_hop(self, mode: int = ...) -> bool:
        """Whether the message comes from where it began: a request with one Via, a response whose topmost Record-Route is ours."""
    def is_numeric(self, text: str) -> bool:
        """Whether `text` is digits."""
    def is_reply(self) -> bool:
        """Whether the message is a response."""
    def is_request(self) -> bool:
        """Whether the message is a request."""
    def is_supported(self, option: str) -> bool:
        """Whether Supported lists the option."""
    def is_tel_number(self, text: str) -> bool:
        """Whether `text` is digits, with a + before them or without."""
    def is_uri(self, text: str) -> bool:
        """Whether `text` is a SIP or tel URI."""
    def is_uri_user_e164(self, text: str) -> bool:
        """Whether the URI's user is an E.164 number."""
    def is_user(self, username: str) -> bool:
        """Whether the credentials are of that user. They are not checked."""
    def options_reply(self) -> bool:
        """Answer an OPTIONS for this server itself with 200. False for any other request."""
    def set_uri_host(self, uri: str, host: str) -> bool:
        """Give the URI in the variable another host; its port stays. False where none is there."""
    def set_uri_user(self, uri: str, user: str) -> bool:
        """Give the URI in the variable another user. False where none is there."""
    def tel2sip(self, uri: str, host: str, result: str) -> bool:
        """Write the tel URI as a SIP URI at `host` (RFC 3261 19.1.6). 2 where it is no tel URI, false where it is none at all."""
    def uri_param(self, name: str, value: str = ...) -> bool:
        """Whether the Request-URI has the parameter: with that value, or without one."""
    def uri_param_any(self, name: str) -> bool:
        """Whether the Request-URI has the parameter, whatever its value."""
    def uri_param_rm(self, name: str) -> bool:
        """Take the parameter out of the Request-URI. False where it is not there."""
    def sl_reply_error(self) -> bool:
        """Answer with the error that stopped the request: 478 where t_relay() found no way, else 500."""
    def reset_stat(self, variable: str) -> bool:
        """Set a statistic to 0."""
    def update_stat(self, variable: str, value: str) -> bool:
        """Add to a statistic, ``+1`` or ``-1``, or set it: ``5``."""
    def append_hf(self, line: str, behind: str = ...) -> bool:
        """Add header lines behind the others, or behind the last line of the header field `behind`."""
    def append_time(self) -> bool:
        """Add Date to the answer that is to be given."""
    def append_time_to_request(self) -> bool:
        """Add Date to the message."""
    def append_to_reply(self, line: str) -> bool:
        """Add header lines to the answer that is to be given."""
    def append_urihf(self, prefix: str, suffix: str) -> bool:
        """Add a header line of `prefix`, the Request-URI that came, and `suffix`."""
    def cmp_istr(self, one: str, other: str) -> bool:
        """Whether both are the same but for case."""
    def cmp_str(self, one: str, other: str) -> bool:
        """Whether both are the same."""
    def ends_with(self, text: str, end: str) -> bool:
        """Whether `text` ends with `end`."""
    def has_body(self, content_type: str = ...) -> bool:
        """Whether there is a body, of that type."""
    def in_list(self, subject: str, items: str, separator: str) -> bool:
        """Whether `subject` is one of `items`, which `separator` divides."""
    def in_list_prefix(self, subject: str, items: str, separator: str) -> bool:
        """Whether `subject` begins with one of `items`."""
    def insert_hf(self, line: str, before: str = ...) -> bool:
        """Add header lines in front of the others, or of the first line of the header field `before`."""
    def is_audio_on_hold(self) -> bool:
        """Whether the session description puts its audio on hold: an address of zeros, or sendonly or inactive."""
    def is_method(self, methods: str) -> bool:
        """Whether the method is one of ``INVITE|BYE``; of a response, that of its CSeq."""
    def is_present_hf(self, name: str) -> bool:
        """Whether there is such a header field."""
    def is_present_hf_pv(self, name: str) -> bool:
        """Whether there is such a header field."""
    def is_present_hf_re(self, names: str) -> bool:
        """Whether there is a header field whose name matches."""
    def is_present_hf_re_pv(self, names: str) -> bool:
        """Whether there is a header field whose name matches."""
    def is_privacy(self, kind: str) -> bool:
        """Whether Privacy asks for `kind`: ``id``, ``user``, ``header``, ``session``, ``critical`` or ``none``."""
    def remove_hf(self, name: str) -> bool:
        """Take out every line of the header field. False where there is none."""
    def remove_hf_exp(self, names: str, kept: str) -> bool:
        """Take out every header field whose name matches `names` and does not match `kept`."""
    def remove_hf_exp_pv(self, names: str, kept: str) -> bool:
        """Take out every header field whose name matches `names` and does not match `kept`."""
    def remove_hf_idx(self, name: str, index: int) -> bool:
        """Take out one line of the header field: the first is 0, the last -1. False where there is none."""
    def remove_hf_pv(self, name: str) -> bool:
        """Take out every line of the header field. False where there is none."""
    def remove_hf_re(self, names: str) -> bool:
        """Take out every header field whose name matches. False where there is none."""
    def remove_hf_re_pv(self, names: str) -> bool:
        """Take out every header field whose name matches. False where there is none."""
    def replace(self, pattern: str, text: str) -> bool:
        """Replace the first match behind the first line. False where there is none."""
    def replace_all(self, pattern: str, text: str) -> bool:
        """Replace every match behind the first line. False where there is none."""
    def replace_body(self, pattern: str, text: str) -> bool:
        """Replace the first match in the body. False where there is none."""
    def replace_body_all(self, pattern: str, text: str) -> bool:
        """Replace every match in the body. False where there is none."""
    def replace_body_atonce(self, pattern: str, text: str) -> bool:
        """Replace every match in the body. False where there is none."""
    def replace_body_str(self, match: str, text: str, mode: str = ...) -> bool:
        """The same in the body."""
    def replace_hdrs(self, pattern: str, text: str) -> bool:
        """Replace every match in the header fields. False where there is none."""
    def replace_hdrs_str(self, match: str, text: str, mode: str = ...) -> bool:
        """The same in the header fields."""
    def replace_str(self, match: str, text: str, mode: str = ...) -> bool:
        """Replace every ``match`` behind the first line, with mode ``f`` the first; ``i``: whatever its case. False where none is."""
    def search(self, pattern: str) -> bool:
        """Whether the message matches, its first line included."""
    def search_append(self, pattern: str, text: str) -> bool:
        """Put `text` behind the first match behind the first line. False where there is none."""
    def search_append_body(self, pattern: str, text: str) -> bool:
        """Put `text` behind the first match in the body. False where there is none."""
    def search_body(self, pattern: str) -> bool:
        """Whether the body matches."""
    def search_hf(self, name: str, pattern: str, which: str = ...) -> bool:
        """Whether the header field's value matches: of any line, or with ``f`` the first, with ``l`` the last."""
    def search_str(self, text: str, pattern: str) -> bool:
        """Whether `text` matches."""
    def set_body(self, text: str, content_type: str) -> bool:
        """Give the message this body, with its Content-Type."""
    def starts_with(self, text: str, beginning: str) -> bool:
        """Whether `text` begins with `beginning`."""
    def str_find(self, text: str, wanted: str) -> bool:
        """Whether `wanted` stands in `text`."""
    def str_ifind(self, text: str, wanted: str) -> bool:
        """Whether `wanted` stands in `text`, whatever its case."""
    def subst(self, change: str) -> bool:
        """Replace in the message behind its first line. False where nothing matches."""
    def subst_body(self, change: str) -> bool:
        """Replace in the body. False where nothing matches."""
    def subst_hf(self, name: str, change: str, which: str = ...) -> bool:
        """Replace in the header field's values, or with ``f`` in the first, with ``l`` in the last. False where none matches."""
    def subst_uri(self, change: str) -> bool:
        """Replace in the Request-URI. False where nothing matches, or where no URI comes of it."""
    def subst_user(self, change: str) -> bool:
        """Replace in the user of the Request-URI. False where nothing matches."""
    def append_hf_value(self, hf: str, value: str) -> bool:
        """Add a line with the value behind those of the header field, or the value behind the one that is named."""
    def assign_hf_value(self, hf: str, value: str) -> bool:
        """Put another value in the place of the one that is named, the first where none is. False where it is not there."""
    def change_reply_status(self, code: int, reason: str) -> bool:
        """Give the response another status and reason. False where a success or a provisional one would become something else."""
    def change_reply_status_code(self, code: int) -> bool:
        """Give the response another status, with the reason that it has."""
    def exclude_hf_value(self, hf: str, value: str) -> bool:
        """Take the value out of the header field, wherever it is."""
    def fnmatch(self, text: str, pattern: str, flags: str = ...) -> bool:
        """Whether `text` matches the shell's pattern (``*``, ``?``, ``[…]``); flag ``i``: whatever its case."""
    def hf_value_exists(self, hf: str, value: str) -> bool:
        """Whether the header field has that value, whatever its case; parameters of a value do not matter."""
    def include_hf_value(self, hf: str, value: str) -> bool:
        """Add the value to the header field, if it is not there."""
    def insert_hf_value(self, hf: str, value: str) -> bool:
        """Add a line with the value in front of those of the header field, or the value in front of the one that is named."""
    def keep_hf(self, names: str) -> bool:
        """Take out the header fields whose names do not match; those that a message needs stay (Via, From, To, Call-ID, CSeq, …)."""
    def msg_apply_changes(self) -> bool:
        """Make the edits now: what follows reads the message that they leave."""
    def remove_body(self) -> bool:
        """Take the body out, with its Content-Type. False where there is none."""
    def remove_hf_value(self, hf: str) -> bool:
        """Take the value out that is named, the first where none is. False where it is not there."""
    def send_reply(self, code: int, reason: str) -> bool:
        """Answer; false where `code` is none from 100 to 699. A provisional response is what the transaction sends by itself."""
    def sl_reply(self, code: int, reason: str) -> bool:
        """Answer; false where `code` is none from 100 to 699. A provisional response is what the transaction sends by itself."""
    def sl_send_reply(self, code: int, reason: str) -> bool:
        """Answer; false where `code` is none from 100 to 699. A provisional response is what the transaction sends by itself."""
    def t_any_replied(self) -> bool:
        """Whether anything came back from a branch, 100 included."""
    def t_any_timeout(self) -> bool:
        """Whether a branch had no final response in time."""
    def t_branch_replied(self) -> bool:
        """Whether anything came back from the branch, 100 included."""
    def t_branch_timeout(self) -> bool:
        """Whether the branch had no final response in time."""
    def t_check_status(self, pattern: str) -> bool:
        """Whether the status matches: of the branch that failed, or in a reply route of the response."""
    def t_check_trans(self) -> bool:
        """Whether a transaction has it. A retransmission, an ACK and a CANCEL that one has never come to a script: false."""
    def t_get_status_code(self) -> bool:
        """The status of the branch that failed, or of the response; -1 without one."""
    def t_grep_status(self, code: str) -> bool:
        """Whether the branch ended with that status."""
    def t_is_canceled(self) -> bool:
        """Whether the caller has cancelled it: then a failure route can send it nowhere else."""
    def t_is_set(self, target: str) -> bool:
        """Whether a route is set: ``failure_route``, ``branch_route`` or ``onreply_route``."""
    def t_lookup_cancel(self) -> bool:
        """Whether a transaction has it already. What one has, and the CANCEL of one, never come to a script: false."""
    def t_lookup_request(self) -> bool:
        """Whether a transaction has it already. What one has, and the CANCEL of one, never come to a script: false."""
    def t_lookup_transaction(self) -> bool:
        """Whether a transaction has it already. What one has, and the CANCEL of one, never come to a script: false."""
    def t_newtran(self) -> bool:
        """A transaction is made when the request is relayed or answered, and let go by itself: true."""
    def t_on_branch(self, route: str | Callable[..., Any]) -> bool:
        """Enter branch_route[`route`] before each branch."""
    def t_on_failure(self, route: str | Callable[..., Any]) -> bool:
        """Enter failure_route[`route`] when it fails."""
    def t_on_reply(self, route: str | Callable[..., Any]) -> bool:
        """Enter onreply_route[`route`] with its responses."""
    def t_precheck_trans(self) -> bool:
        """Whether a transaction has it. A retransmission, an ACK and a CANCEL that one has never come to a script: false."""
    def t_relay(self) -> bool:
        """Send it on: to $du, else where Route and Request-URI lead."""
    def t_relay_cancel(self) -> bool:
        """Whether a transaction has it already. What one has, and the CANCEL of one, never come to a script: false."""
    def t_relay_to_tcp(self, host: str = ..., port: int = ...) -> bool:
        """The same by TCP."""
    def t_relay_to_tls(self, host: str = ..., port: int = ...) -> bool:
        """The same by TLS."""
    def t_relay_to_udp(self, host: str = ..., port: int = ...) -> bool:
        """Send it on by UDP: to that place, which is $du then, or without one to where t_relay() would."""
    def t_release(self) -> bool:
        """A transaction is made when the request is relayed or answered, and let go by itself: true."""
    def t_reply(self, code: int, reason: str) -> bool:
        """Answer; false where `code` is none from 100 to 699. A provisional response is what the transaction sends by itself."""
    def t_reset_fr(self) -> bool:
        """Take back what t_set_fr() has set."""
    def t_retransmit_reply(self) -> bool:
        """Whether a transaction has it already. What one has, and the CANCEL of one, never come to a script: false."""
    def t_set_fr(self, fr_inv_timeout: int, fr_timeout: int = ...) -> bool:
        """How many milliseconds the next branches may take for a final response, and for any; 0 leaves the timer as it is."""
    def t_flush_flags(self) -> bool:
        """The flags are the transaction's at once: true."""
    def t_is_branch_route(self) -> bool:
        """Whether this is a branch route."""
    def t_is_failure_route(self) -> bool:
        """Whether this is a failure route."""
    def t_is_reply_route(self) -> bool:
        """Whether this is a reply route."""
    def t_is_request_route(self) -> bool:
        """Whether this is a request route."""
    def uac_replace_from(self, display: str, uri: str = ...) -> bool:
        """Give From another display name and another URI, or with one argument another URI; what is empty stays, or is left out.

        With `restore_mode` "auto" the caller goes on seeing its own, in responses, and, where record_route() is called, inside the
        dialog. False where From is changed already.
        """
    def uac_replace_to(self, display: str, uri: str = ...) -> bool:
        """The same with To."""
    def uac_restore_from(self) -> bool:
        """Inside a dialog whose From was replaced: what the other side knows. With `restore_mode` "auto" loose_route() does it."""
    def uac_restore_to(self) -> bool:
        """The same with To."""
    def xhttp_reply(self, code: int, reason: str, content_type: str, body: str) -> bool:
        """Answer the HTTP request of event_route[xhttp:request]."""
    def xalert(self, text: str) -> bool:
        """Print at L_ALERT."""
    def xbug(self, text: str) -> bool:
        """Print at L_BUG."""
    def xcrit(self, text: str) -> bool:
        """Print at L_CRIT."""
    def xdbg(self, text: str) -> bool:
        """Print at L_DBG."""
    def xdbgl(self, text: str) -> bool:
        """Print at L_DBG."""
    def xerr(self, text: str) -> bool:
        """Print at L_ERR."""
    def xinfo(self, text: str) -> bool:
        """Print at L_INFO."""
    def xlog(self, level: str, text: str = ..., last: str = ...) -> bool:
        """Print `text`, at a level from L_ALERT to L_DBG; with one argument that one is the text, at L_ERR.

        Of three arguments the first is a facility of syslog's, which has no meaning here.
        """
    def xlogl(self, level: str, text: str = ..., last: str = ...) -> bool:
        """Print `text`, at a level from L_ALERT to L_DBG; with one argument that one is the text, at L_ERR.

        Of three arguments the first is a facility of syslog's, which has no meaning here.
        """
    def xnotice(self, text: str) -> bool:
        """Print at L_NOTICE."""
    def xwarn(self, text: str) -> bool:
        """Print at L_WARN."""
