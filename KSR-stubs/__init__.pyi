"""The module that Kamailio's Python scripts (KEMI) import. Made by `scripts/script-stubs` from the table of functions."""

from collections.abc import Callable
from typing import Any, NoReturn

def add_local_rport() -> bool:
    """Answer to the port that the request came from, whether its Via asks for that (RFC 3581) or not."""
def add_rport() -> bool:
    """Answer to the port that the request came from, whether its Via asks for that (RFC 3581) or not."""
def crit(text: Any) -> Any:
    ...
def dbg(text: Any) -> Any:
    ...
def err(text: Any) -> Any:
    ...
def force_rport() -> bool:
    """Answer to the port that the request came from, whether its Via asks for that (RFC 3581) or not."""
def force_send_socket(socket: str) -> bool:
    """Send from this socket of ours, ``udp:192.0.2.1:5060``: what an assignment to $fs does."""
def get_debug() -> int:
    ...
def info(text: Any) -> Any:
    ...
def is_ACK() -> Any:
    ...
def is_BYE() -> Any:
    ...
def is_CANCEL() -> Any:
    ...
def is_DELETE() -> Any:
    ...
def is_GET() -> Any:
    ...
def is_INFO() -> Any:
    ...
def is_INVITE() -> Any:
    ...
def is_IPv4() -> bool:
    ...
def is_IPv6() -> bool:
    ...
def is_KDMQ() -> Any:
    ...
def is_MESSAGE() -> Any:
    ...
def is_NOTIFY() -> Any:
    ...
def is_OPTIONS() -> Any:
    ...
def is_POST() -> Any:
    ...
def is_PRACK() -> Any:
    ...
def is_PUBLISH() -> Any:
    ...
def is_PUT() -> Any:
    ...
def is_REFER() -> Any:
    ...
def is_REGISTER() -> Any:
    ...
def is_SCTP() -> Any:
    ...
def is_SUBSCRIBE() -> Any:
    ...
def is_TCP() -> Any:
    ...
def is_TLS() -> Any:
    ...
def is_UDP() -> Any:
    ...
def is_UPDATE() -> Any:
    ...
def is_WS() -> Any:
    ...
def is_WSS() -> Any:
    ...
def is_WSX() -> Any:
    ...
def is_dst_port(port: int) -> bool:
    ...
def is_method(methods: str) -> bool:
    """Whether the method is one of ``INVITE|BYE``."""
def is_method_in(letters: str) -> bool:
    """Whether the method is one of these, a letter for each: ``IABCO``."""
def is_myself(uri: str | None) -> bool:
    """Whether the URI, or host, names this server."""
def is_myself_duri() -> bool:
    ...
def is_myself_furi() -> bool:
    ...
def is_myself_nhuri() -> bool:
    """Whether it would go to us: $du, or else the Request-URI."""
def is_myself_ruri() -> bool:
    ...
def is_myself_srcip() -> bool:
    ...
def is_myself_suri() -> bool:
    """Whether the request came from one of our own sockets."""
def is_myself_turi() -> bool:
    ...
def is_proto(letters: str) -> bool:
    """Whether it came by one of the transports, a letter for each: U (UDP), T (TCP), E (TLS), V (WS), W (WSS)."""
def is_src_port(port: int) -> bool:
    ...
def isbflagset(flag: int) -> bool:
    """Whether it is set."""
def isbiflagset(flag: int, branch: int) -> bool:
    ...
def isbranchflagset(flag: int) -> bool:
    """Whether it is set."""
def isdsturiset() -> bool:
    """Whether $du has a value."""
def isflagset(flag: int) -> bool:
    """Whether it is set."""
def log(level: str, text: str) -> None:
    """Print at ``dbg``, ``info``, ``notice``, ``warn``, ``err`` or ``crit``."""
def notice(text: Any) -> Any:
    ...
def prefix(text: str) -> bool:
    """Put `text` before the user of the Request-URI."""
def resetbflag(flag: int) -> bool:
    ...
def resetbiflag(flag: int, branch: int) -> bool:
    ...
def resetdsturi() -> bool:
    """$du has no value."""
def resetflag(flag: int) -> bool:
    """Take it back."""
def rewritehost(host: str) -> bool:
    """The host of the Request-URI, without a port then."""
def rewritehostport(place: str) -> bool:
    """Host and port of the Request-URI."""
def rewriteuri(uri: str) -> bool:
    """The Request-URI."""
def rewriteuser(user: str) -> bool:
    """The user of the Request-URI."""
def set_drop() -> None:
    """The branch, or response, is dropped when the route ends."""
def set_reply_no_connect() -> bool:
    """Answers go by the connection that the request came by, and never make one: true."""
def setbflag(flag: int) -> bool:
    """Set a flag of the branch."""
def setbiflag(flag: int, branch: int) -> bool:
    ...
def setbranchflag(flag: int) -> bool:
    """Set a flag of the branch."""
def setdsturi(uri: str) -> bool:
    """$du."""
def setflag(flag: int) -> bool:
    """Set a flag of the transaction, 0 to 31."""
def sethost(host: str) -> bool:
    """The host of the Request-URI, without a port then."""
def sethostport(place: str) -> bool:
    """Host and port of the Request-URI."""
def seturi(uri: str) -> bool:
    """The Request-URI."""
def setuser(user: str) -> bool:
    """The user of the Request-URI."""
def strip(count: int) -> bool:
    """Take `count` characters off the beginning of the Request-URI's user."""
def strip_tail(count: int) -> bool:
    """Take `count` characters off its end."""
def warn(text: Any) -> Any:
    ...

class _Acc:
    def acc_db_request(self, comment: str, table: str) -> int:
        """The same as a record, in that table. False where no records are kept."""
    def acc_log_request(self, comment: str) -> int:
        """Account the request in the log. `comment` is a code and a reason, ``404 Not found``, or a reason alone."""
    def acc_request(self, comment: str, table: str) -> int:
        """Account the request in the log and as a record for the table."""

acc: _Acc

class _AppPython3:
    def app_python3s_exec(self, method: str, parameter: str = ...) -> int:
        """Call a method of what `mod_init()` of the Python script returned: `method(msg)`, or `method(msg, parameter)`.

        Gives the number that it returns; false where that is none, and where the method fails, which is logged. 0 ends the script.
        """
    def exec(self, method: str, parameter: str = ...) -> int:
        """Call a method of what `mod_init()` of the Python script returned: `method(msg)`, or `method(msg, parameter)`.

        Gives the number that it returns; false where that is none, and where the method fails, which is logged. 0 ends the script.
        """
    def exec_p1(self, method: str, parameter: str = ...) -> int:
        """Call a method of what `mod_init()` of the Python script returned: `method(msg)`, or `method(msg, parameter)`.

        Gives the number that it returns; false where that is none, and where the method fails, which is logged. 0 ends the script.
        """
    def execx(self, method: str, parameter: str = ...) -> int:
        """Call a method of what `mod_init()` of the Python script returned: `method(msg)`, or `method(msg, parameter)`.

        Gives the number that it returns; false where that is none, and where the method fails, which is logged. 0 ends the script.
        """
    def python_exec(self, method: str, parameter: str = ...) -> int:
        """Call a method of what `mod_init()` of the Python script returned: `method(msg)`, or `method(msg, parameter)`.

        Gives the number that it returns; false where that is none, and where the method fails, which is logged. 0 ends the script.
        """

app_python3: _AppPython3

class _Corex:
    def append_branch(self, uri: str = ..., q: str = ...) -> int:
        """Let the next t_relay() send a branch to `uri` too, by $du where that is set; without `uri` to $ru, which is then no other.

        False where that leads nowhere. All branches go out at once: `q` is taken and not looked at.
        """
    def append_branch_uri(self, uri: str = ..., q: str = ...) -> int:
        """Let the next t_relay() send a branch to `uri` too, by $du where that is set; without `uri` to $ru, which is then no other.

        False where that leads nowhere. All branches go out at once: `q` is taken and not looked at.
        """
    def append_branch_uri_q(self, uri: str = ..., q: str = ...) -> int:
        """Let the next t_relay() send a branch to `uri` too, by $du where that is set; without `uri` to $ru, which is then no other.

        False where that leads nowhere. All branches go out at once: `q` is taken and not looked at.
        """
    def has_ruri_user(self) -> int:
        ...
    def has_user_agent(self) -> int:
        ...
    def is_myself(self, uri: str) -> int:
        """Whether the URI names this server."""
    def km_append_branch(self, uri: str = ..., q: str = ...) -> int:
        """Let the next t_relay() send a branch to `uri` too, by $du where that is set; without `uri` to $ru, which is then no other.

        False where that leads nowhere. All branches go out at once: `q` is taken and not looked at.
        """

corex: _Corex

class _Dispatcher:
    def ds_dsg_fetch(self, set_id: int) -> int:
        """Count for $dsg(…) how many destinations of the set are in which state."""
    def ds_dsg_fetch_uri(self, set_id: int, uri: str) -> int:
        """The same for the destination with that URI."""
    def ds_is_active(self, set_id: int, uri: str = ...) -> int:
        """Whether a destination of the set, or the one with that URI, may be selected."""
    def ds_is_active_uri(self, set_id: int, uri: str = ...) -> int:
        """Whether a destination of the set, or the one with that URI, may be selected."""
    def ds_is_from_list(self, set_id: int = ..., mode: int = ..., uri: str = ...) -> int:
        """Whether the request comes from a destination, or `uri` is one."""
    def ds_is_from_list_mode(self, set_id: int = ..., mode: int = ..., uri: str = ...) -> int:
        """Whether the request comes from a destination, or `uri` is one."""
    def ds_is_from_list_uri(self, set_id: int = ..., mode: int = ..., uri: str = ...) -> int:
        """Whether the request comes from a destination, or `uri` is one."""
    def ds_is_from_lists(self, set_id: int = ..., mode: int = ..., uri: str = ...) -> int:
        """Whether the request comes from a destination, or `uri` is one."""
    def ds_list_exist(self, set_id: int) -> int:
        """Whether there is such a set."""
    def ds_list_exists(self, set_id: int) -> int:
        """Whether there is such a set."""
    def ds_load_unset(self) -> int:
        """The call is counted no more."""
    def ds_load_update(self) -> int:
        """A message of a counted call passes."""
    def ds_mark_addr(self, state: str, set_id: int, uri: str) -> int:
        """Mark the destination with that URI; set -1: in every set."""
    def ds_mark_dst(self, state: str = ...) -> int:
        """Mark the current destination; without a state inactive."""
    def ds_mark_dst_state(self, state: str = ...) -> int:
        """Mark the current destination; without a state inactive."""
    def ds_next_domain(self) -> int:
        """The next destination of the list, in the Request-URI."""
    def ds_next_dst(self) -> int:
        """The next destination of the list, in $du."""
    def ds_reload(self) -> int:
        """Start a reload of the source."""
    def ds_select(self, set_id: int, algorithm: int, limit: int = ...) -> int:
        """Select from a set, and change neither $du nor the Request-URI."""
    def ds_select_domain(self, set_id: int, algorithm: int, limit: int = ...) -> int:
        """Select from a set, and put the destination's host and port into the Request-URI."""
    def ds_select_domain_limit(self, set_id: int, algorithm: int, limit: int = ...) -> int:
        """Select from a set, and put the destination's host and port into the Request-URI."""
    def ds_select_dst(self, set_id: int, algorithm: int, limit: int = ...) -> int:
        """Select from a set, and put the destination into $du."""
    def ds_select_dst_limit(self, set_id: int, algorithm: int, limit: int = ...) -> int:
        """Select from a set, and put the destination into $du."""
    def ds_select_limit(self, set_id: int, algorithm: int, limit: int = ...) -> int:
        """Select from a set, and change neither $du nor the Request-URI."""
    def ds_select_routes(self, rules: str, mode: str, limit: int = ...) -> int:
        """Select by ``set=algorithm;set=algorithm…``, all on one list."""
    def ds_select_routes_limit(self, rules: str, mode: str, limit: int = ...) -> int:
        """Select by ``set=algorithm;set=algorithm…``, all on one list."""
    def ds_set_domain(self) -> int:
        """The current destination's host and port into the Request-URI."""
    def ds_set_dst(self) -> int:
        """The current destination into $du."""

dispatcher: _Dispatcher

class _Hdr:
    def append(self, line: str, behind: str = ...) -> int:
        """Add header lines behind the others, or behind the last line of the header field `behind`."""
    def append_after(self, line: str, name: str) -> int:
        """Add lines behind the last line of the header field."""
    def append_to_reply(self, line: str) -> int:
        """Add header lines to the answer that is to be given."""
    def get(self, name: str) -> Any:
        ...
    def get_idx(self, name: str, index: int) -> Any:
        """The value of a line of the header field, counted from 0, or from the last one with -1."""
    def gete(self, name: str) -> str | int:
        ...
    def gete_idx(self, name: str, index: int) -> Any:
        ...
    def getw(self, name: str) -> str | int:
        ...
    def getw_idx(self, name: str, index: int) -> Any:
        ...
    def insert(self, line: str, before: str = ...) -> int:
        """Add header lines in front of the others, or of the first line of the header field `before`."""
    def insert_before(self, line: str, name: str) -> int:
        """Add lines before the header field's."""
    def is_present(self, name: str) -> int:
        ...
    def match_content(self, name: str, operator: str, value: str, which: str) -> bool:
        """Whether lines of the header field are (``eq``), are not (``ne``), begin with (``sw``) or hold (``in``) a text: the first
        one (``f``), the last (``l``), all of them (``a``) or one of them (``o``). False where there is none.
        """
    def remove(self, name: str) -> int:
        """Take out every line of the header field; 1 where there was none too."""
    def rmappend(self, name: str, line: str) -> int:
        ...
    def rminsert(self, name: str, line: str) -> int:
        ...

hdr: _Hdr

class _Htable:
    def sht_dec(self, htable: str, key: str) -> int:
        ...
    def sht_get(self, htable: str, key: str) -> Any:
        ...
    def sht_gete(self, htable: str, key: str) -> Any:
        ...
    def sht_getw(self, htable: str, key: str) -> Any:
        ...
    def sht_has_name(self, htable: str, operator: str, text: str) -> int:
        """Whether an item's name matches: ``eq``, ``ne``, ``re`` or ``sw``."""
    def sht_has_str_value(self, htable: str, operator: str, text: str) -> int:
        """Whether an item's value matches."""
    def sht_inc(self, htable: str, key: str) -> int:
        ...
    def sht_is_null(self, htable: str, key: str) -> int:
        ...
    def sht_iterator_end(self, iterator: str) -> int:
        """End it."""
    def sht_iterator_next(self, iterator: str) -> int:
        """The next item, in $shtitkey and $shtitval. False where there is none."""
    def sht_iterator_rm(self, iterator: str) -> int:
        """Take out the item that it is at, and go to the next. False where there is none."""
    def sht_iterator_setex(self, iterator: str, expire: int) -> int:
        """Let the item that it is at end in `expire` seconds."""
    def sht_iterator_seti(self, iterator: str, value: int) -> int:
        """Give the item that it is at a number."""
    def sht_iterator_sets(self, iterator: str, value: str) -> int:
        """Give the item that it is at a string."""
    def sht_iterator_start(self, iterator: str, htable: str) -> int:
        """Begin to go through the table, as it is now, under that name."""
    def sht_lock(self, htable: Any, rest: Any) -> Any:
        ...
    def sht_match_name(self, htable: str, operator: str, text: str) -> int:
        """Whether an item's name matches: ``eq``, ``ne``, ``re`` or ``sw``."""
    def sht_match_str_value(self, htable: str, operator: str, text: str) -> int:
        """Whether an item's value matches."""
    def sht_print(self) -> int:
        """Print every item, at L_ERR as Kamailio does."""
    def sht_reset(self, htable: str) -> int:
        """Empty the table."""
    def sht_rm(self, htable: str, key: str) -> int:
        """Take an item out of the table."""
    def sht_rm_name(self, htable: str, operator: str, text: str) -> int:
        """Take out the items whose names match: ``re`` a regular expression, ``sw`` a beginning, ``eq``, ``ne``."""
    def sht_rm_name_re(self, htable: Any, rest: Any) -> Any:
        ...
    def sht_rm_value(self, htable: str, operator: str, text: str) -> int:
        """Take out the items whose values match, as `sht_rm_name` does."""
    def sht_rm_value_re(self, htable: Any, rest: Any) -> Any:
        ...
    def sht_setex(self, htable: str, key: str, seconds: int) -> int:
        ...
    def sht_seti(self, htable: str, key: str, value: str | int) -> int:
        ...
    def sht_sets(self, htable: str, key: str, value: str | int) -> int:
        ...
    def sht_setxi(self, htable: str, key: str, value: int, expire: int) -> int:
        """Write a number that ends in `expire` seconds."""
    def sht_setxs(self, htable: str, key: str, value: str, expire: int) -> int:
        """Write a string that ends in `expire` seconds."""
    def sht_unlock(self, htable: Any, rest: Any) -> Any:
        ...

htable: _Htable

class _Kx:
    def get_au(self) -> Any:
        """The user name of the credentials that came."""
    def get_body(self) -> Any:
        """None where it is empty."""
    def get_bodylen(self) -> Any:
        ...
    def get_callid(self) -> Any:
        ...
    def get_cturi(self) -> Any:
        ...
    def get_duri(self) -> Any:
        ...
    def get_env(self, name: Any) -> Any:
        ...
    def get_envn(self, name: Any) -> Any:
        ...
    def get_fhost(self) -> Any:
        ...
    def get_furi(self) -> Any:
        ...
    def get_fuser(self) -> Any:
        ...
    def get_method(self) -> Any:
        ...
    def get_msgbuf(self) -> Any:
        ...
    def get_msglen(self) -> Any:
        ...
    def get_msgtype(self) -> Any:
        ...
    def get_nhuri(self) -> Any:
        ...
    def get_ouri(self) -> Any:
        ...
    def get_proto(self) -> Any:
        ...
    def get_protoid(self) -> Any:
        ...
    def get_rcvaddr_sock(self) -> Any:
        ...
    def get_rcvadvip(self) -> Any:
        ...
    def get_rcvadvport(self) -> Any:
        ...
    def get_rcvip(self) -> Any:
        ...
    def get_rcvport(self) -> Any:
        ...
    def get_rhost(self) -> Any:
        ...
    def get_ruri(self) -> Any:
        ...
    def get_ruser(self) -> Any:
        ...
    def get_srcaddr_sock(self) -> Any:
        ...
    def get_srcip(self) -> Any:
        ...
    def get_srcport(self) -> Any:
        ...
    def get_srcuri(self) -> Any:
        ...
    def get_status(self) -> Any:
        ...
    def get_thost(self) -> Any:
        ...
    def get_timestamp(self) -> Any:
        ...
    def get_turi(self) -> Any:
        ...
    def get_tuser(self) -> Any:
        ...
    def get_ua(self) -> Any:
        ...
    def gete_au(self) -> Any:
        ...
    def gete_body(self) -> Any:
        ...
    def gete_cturi(self) -> Any:
        ...
    def gete_duri(self) -> Any:
        ...
    def gete_fhost(self) -> Any:
        ...
    def gete_fuser(self) -> Any:
        ...
    def gete_rhost(self) -> Any:
        ...
    def gete_ruser(self) -> Any:
        ...
    def gete_thost(self) -> Any:
        ...
    def gete_tuser(self) -> Any:
        ...
    def gete_ua(self) -> Any:
        ...
    def gets_status(self) -> Any:
        ...
    def getw_au(self) -> Any:
        ...
    def getw_body(self) -> Any:
        ...
    def getw_cturi(self) -> Any:
        ...
    def getw_duri(self) -> Any:
        ...
    def getw_fhost(self) -> Any:
        ...
    def getw_fuser(self) -> Any:
        ...
    def getw_rhost(self) -> Any:
        ...
    def getw_ruser(self) -> Any:
        ...
    def getw_thost(self) -> Any:
        ...
    def getw_tuser(self) -> Any:
        ...
    def getw_ua(self) -> Any:
        ...

kx: _Kx

class _Maxfwd:
    def is_maxfwd_lt(self, limit: int) -> int:
        """Whether Max-Forwards is there and below `limit`."""
    def maxfwd_process(self, limit: int) -> int:
        """False where Max-Forwards is 0; it is lowered when the request is relayed. Without one it becomes `limit`."""
    def mf_process_maxfwd_header(self, limit: int) -> int:
        """False where Max-Forwards is 0; it is lowered when the request is relayed. Without one it becomes `limit`."""
    def process_maxfwd(self, limit: int) -> int:
        """False where Max-Forwards is 0; it is lowered when the request is relayed. Without one it becomes `limit`."""

maxfwd: _Maxfwd

class _Nathelper:
    def add_contact_alias(self, host: str = ..., port: str = ..., protocol: str = ...) -> int:
        """Add ``;alias=address~port~transport`` of the source, or of what is given, to Contact's URI, where that leads elsewhere.

        2 where there is no Contact or it leads there; false where the alias cannot be made.
        """
    def add_contact_alias_addr(self, host: str, port: str, protocol: str) -> int:
        ...
    def add_rcv_param(self, in_uri: int = ...) -> int:
        """Add ``;received="sip:address:port"`` of the source to Contact, or within its URI. False where there is none."""
    def fix_nated_contact(self) -> int:
        """Write the source's address and port into Contact. False where there is none."""
    def handle_ruri_alias(self, mode: int = ...) -> int:
        """Take ``;alias=…`` off the Request-URI, and make $du of it; mode 1: not where $du is set. 2 where there is none."""
    def handle_ruri_alias_mode(self, mode: int) -> int:
        ...
    def is_rfc1918(self, address: str) -> int:
        """Whether it is a private address, by RFC 1918 or RFC 6598."""
    def nat_uac_test(self, tests: int) -> int:
        """Whether one of the tests says that the sender is behind a NAT.

        1 Contact has a private address, 2 the Via's host is not the source, 4 the Via has a private address, 8 the session
        description has one, 16 the Via's port is not the source's, 32 the source is private, 128 Contact's port is not the source's,
        256 the session description names another address than the source, 512 $du leads elsewhere than $ru. 64, WebSocket, never
        holds.
        """
    def set_contact_alias(self, trim: int = ...) -> int:
        """Add the alias of the source to Contact's URI, wherever that leads. False where there is no Contact."""
    def set_contact_alias_trim(self) -> int:
        ...

nathelper: _Nathelper

class _Permissions:
    def allow_address(self, group: int, address: str, port: int) -> int:
        """Whether the address and port are in the group."""
    def allow_address_group(self, address: str, port: int) -> int:
        """The lowest group that has the address and port; false where none has."""
    def allow_source_address(self, group: int = ...) -> int:
        """Whether the source's address and port are in the group."""
    def allow_source_address_group(self) -> int:
        """The lowest group that has the source's address and port; false where none has."""

permissions: _Permissions

class _Pike:
    def pike_check_ip(self, address: str) -> int:
        """The same for another address, whose count this is."""
    def pike_check_req(self) -> int:
        """Whether the source has not sent too much: -1 where it has, -2 the first time."""

pike: _Pike

class _Pv:
    def get(self, name: str) -> Any:
        """The variable's value: text, a number or None."""
    def gete(self, name: str) -> Any:
        """The variable's value; "" for none."""
    def geti(self, name: str) -> Any:
        """The variable's value; 0 for none."""
    def getvn(self, name: str, default: int) -> Any:
        """The variable's value; `default` for none."""
    def getvs(self, name: str, default: str) -> Any:
        """The variable's value; `default` for none."""
    def getw(self, name: str) -> Any:
        """The variable's value; "<null>" for none."""
    def is_int(self, variable: str) -> int:
        """Whether it has a number."""
    def is_null(self, name: str) -> bool:
        """Whether the variable has no value."""
    def not_empty(self, variable: str) -> int:
        """Whether it has one that is no empty text."""
    def pv_isset(self, variable: str) -> int:
        """Whether the variable has a value."""
    def pv_unset(self, variable: str) -> int:
        """Take its value away."""
    def seti(self, name: str, value: Any) -> bool:
        """Assign to the variable; None takes the value away."""
    def sets(self, name: str, value: Any) -> bool:
        """Assign to the variable; None takes the value away."""
    def unset(self, name: str) -> bool:
        """Take the variable's value away."""

pv: _Pv

class _Pvx:
    def avp_get(self, *arguments: Any) -> Any:
        """The variable's value: text, a number or None."""
    def avp_gete(self, *arguments: Any) -> Any:
        """The variable's value; "" for none."""
    def avp_getw(self, *arguments: Any) -> Any:
        """The variable's value; "<null>" for none."""
    def avp_is_null(self, *arguments: Any) -> Any:
        ...
    def avp_rm(self, *arguments: Any) -> Any:
        ...
    def avp_seti(self, *arguments: Any) -> Any:
        ...
    def avp_sets(self, *arguments: Any) -> Any:
        ...
    def evalx(self, target: str, source: str) -> int:
        """Give a variable the value of a text with variables in it."""
    def var_get(self, *arguments: Any) -> Any:
        """The variable's value: text, a number or None."""
    def var_seti(self, *arguments: Any) -> Any:
        ...
    def var_sets(self, *arguments: Any) -> Any:
        ...
    def xavp_child_get(self, *arguments: Any) -> Any:
        """The variable's value: text, a number or None."""
    def xavp_child_gete(self, *arguments: Any) -> Any:
        """The variable's value; "" for none."""
    def xavp_child_getw(self, *arguments: Any) -> Any:
        """The variable's value; "<null>" for none."""
    def xavp_child_is_null(self, *arguments: Any) -> Any:
        ...
    def xavp_child_rm(self, *arguments: Any) -> Any:
        ...
    def xavp_child_seti(self, name: str, field: str, value: str | int) -> int:
        """Set a field of the newest XAVP of that name; there is one then."""
    def xavp_child_sets(self, name: str, field: str, value: str | int) -> int:
        """Set a field of the newest XAVP of that name; there is one then."""
    def xavp_is_null(self, name: str) -> int:
        ...
    def xavp_params_explode(self, params: str, name: str) -> int:
        """``a=b;c=d`` becomes an XAVP with these fields."""
    def xavp_rm(self, name: str) -> int:
        """Take away the newest XAVP of that name."""

pvx: _Pvx

class _Rr:
    def add_rr_param(self, params: str) -> int:
        """Add parameters to the URI of our Record-Route."""
    def check_route_param(self, pattern: str) -> int:
        """Whether the parameters of our Route value match."""
    def is_direction(self, direction: str) -> int:
        """Whether a request inside a dialog goes ``downstream`` (caller to callee) or ``upstream``.

        record_route() notes the caller's From tag in our Record-Route (`ftag`): upstream is where the tag is another.
        """
    def loose_route(self) -> int:
        """Whether its Route, or a strict router's Request-URI, leads through us: that value is taken off."""
    def loose_route_mode(self, mode: int) -> int:
        ...
    def record_route(self, params: str = ...) -> int:
        """Add our Record-Route, with further parameters of its URI."""
    def record_route_params(self, params: str = ...) -> int:
        """Add our Record-Route, with further parameters of its URI."""
    def remove_record_route(self) -> int:
        """Take back what record_route() added."""

rr: _Rr

class _Sanity:
    def sanity_check(self, checks: int = ..., uris: int = ...) -> int:
        """Check what `checks` has bits for, and answer what fails.

        2 the Request-URI's scheme, 256 Expires, 512 Proxy-Require, 1024 the `uris` (1 Request-URI, 2 From, 4 To, 8 Contact), 2048
        credentials, which must be Digest, 4096 a second tag in From or To, 8192 credentials, if they are Digest. What the other bits
        ask for holds for whatever comes to a script: the rest gets a 400 or 505, and what is over Content-Length is cut off.
        """
    def sanity_check_defaults(self, checks: int = ..., uris: int = ...) -> int:
        """Check what `checks` has bits for, and answer what fails.

        2 the Request-URI's scheme, 256 Expires, 512 Proxy-Require, 1024 the `uris` (1 Request-URI, 2 From, 4 To, 8 Contact), 2048
        credentials, which must be Digest, 4096 a second tag in From or To, 8192 credentials, if they are Digest. What the other bits
        ask for holds for whatever comes to a script: the rest gets a 400 or 505, and what is over Content-Length is cut off.
        """

sanity: _Sanity

class _Siputils:
    def add_uri_param(self, parameter: str) -> int:
        """Add ``name=value`` to the Request-URI."""
    def cmp_aor(self, one: str, other: str) -> int:
        """Whether both URIs have the same user and host."""
    def cmp_hdr_name(self, one: str, other: str) -> int:
        """Whether both name the same header field; compact forms count."""
    def cmp_uri(self, one: str, other: str) -> int:
        """Whether both are the same SIP URI: user, host, port and the parameters that both have."""
    def get_uri_param(self, name: str, value: str) -> int:
        """Write the value of the Request-URI's parameter. False where it is not there."""
    def has_totag(self) -> int:
        """Whether To has a tag: the request is inside a dialog."""
    def hdr_date_check(self, seconds: int) -> int:
        """Whether Date is there, and older than `seconds`."""
    def is_alphanum(self, text: str) -> int:
        """Whether `text` is digits and letters of ASCII."""
    def is_alphanumex(self, text: str, others: str) -> int:
        """Whether `text` is digits, letters of ASCII and the characters of `others`."""
    def is_e164(self, text: str) -> int:
        """Whether `text` is an E.164 number: + and 2 to 15 digits."""
    def is_first_hop(self, mode: int = ...) -> int:
        """Whether the message comes from where it began: a request with one Via, a response whose topmost Record-Route is ours."""
    def is_first_hop_mode(self, mode: int) -> int:
        ...
    def is_numeric(self, text: str) -> int:
        """Whether `text` is digits."""
    def is_reply(self) -> int:
        ...
    def is_request(self) -> int:
        ...
    def is_supported(self, option: str) -> int:
        """Whether Supported lists the option."""
    def is_tel_number(self, text: str) -> int:
        """Whether `text` is digits, with a + before them or without."""
    def is_uri(self, text: str) -> int:
        """Whether `text` is a SIP or tel URI."""
    def is_uri_user_e164(self, text: str) -> int:
        """Whether the URI's user is an E.164 number."""
    def is_user(self, username: str) -> int:
        """Whether the credentials are of that user. They are not checked."""
    def options_reply(self) -> int:
        """Answer an OPTIONS for this server itself with 200. False for any other request."""
    def set_uri_host(self, uri: str, host: str) -> int:
        """Give the URI in the variable another host; its port stays. False where none is there."""
    def set_uri_user(self, uri: str, user: str) -> int:
        """Give the URI in the variable another user. False where none is there."""
    def tel2sip(self, uri: str, host: str, result: str) -> int:
        """Write the tel URI as a SIP URI at `host` (RFC 3261 19.1.6). 2 where it is no tel URI, false where it is none at all."""
    def uri_param(self, name: str, value: str = ...) -> int:
        """Whether the Request-URI has the parameter: with that value, or without one."""
    def uri_param_any(self, name: str) -> int:
        """Whether the Request-URI has the parameter, whatever its value."""
    def uri_param_rm(self, name: str) -> int:
        """Take the parameter out of the Request-URI. False where it is not there."""
    def uri_param_value(self, name: str, value: str) -> int:
        ...

siputils: _Siputils

class _Sl:
    def send_reply(self, code: int, reason: str) -> int:
        """Answer; false where `code` is none from 100 to 699. A provisional response is what the transaction sends by itself."""
    def send_reply_mode(self, code: int, reason: str, mode: int) -> int:
        ...
    def sl_reply_error(self) -> int:
        """Answer with the error that stopped the request: 478 where t_relay() found no way, else 500."""
    def sl_send_reply(self, code: int, reason: str) -> int:
        """Answer; false where `code` is none from 100 to 699. A provisional response is what the transaction sends by itself."""

sl: _Sl

class _Textops:
    def append_hf(self, line: str, behind: str = ...) -> int:
        """Add header lines behind the others, or behind the last line of the header field `behind`."""
    def append_time(self) -> int:
        """Add Date to the answer that is to be given."""
    def append_time_to_request(self) -> int:
        """Add Date to the message."""
    def append_to_reply(self, line: str) -> int:
        """Add header lines to the answer that is to be given."""
    def append_urihf(self, prefix: str, suffix: str) -> int:
        """Add a header line of `prefix`, the Request-URI that came, and `suffix`."""
    def cmp_istr(self, one: str, other: str) -> int:
        """Whether both are the same but for case."""
    def cmp_str(self, one: str, other: str) -> int:
        """Whether both are the same."""
    def ends_with(self, text: str, end: str) -> int:
        """Whether `text` ends with `end`."""
    def has_body(self, content_type: str = ...) -> int:
        """Whether there is a body, of that type."""
    def has_body_type(self, content_type: str = ...) -> int:
        """Whether there is a body, of that type."""
    def in_list(self, subject: str, items: str, separator: str) -> int:
        """Whether `subject` is one of `items`, which `separator` divides."""
    def in_list_prefix(self, subject: str, items: str, separator: str) -> int:
        """Whether `subject` begins with one of `items`."""
    def insert_hf(self, line: str, before: str = ...) -> int:
        """Add header lines in front of the others, or of the first line of the header field `before`."""
    def is_audio_on_hold(self) -> int:
        """Whether the session description puts its audio on hold: an address of zeros, or sendonly or inactive."""
    def is_method(self, methods: str) -> int:
        """Whether the method is one of ``INVITE|BYE``; of a response, that of its CSeq."""
    def is_present_hf(self, name: str) -> int:
        """Whether there is such a header field."""
    def is_present_hf_re(self, names: str) -> int:
        """Whether there is a header field whose name matches."""
    def is_privacy(self, kind: str) -> int:
        """Whether Privacy asks for `kind`: ``id``, ``user``, ``header``, ``session``, ``critical`` or ``none``."""
    def remove_hf(self, name: str) -> int:
        """Take out every line of the header field. False where there is none."""
    def remove_hf_exp(self, names: str, kept: str) -> int:
        """Take out every header field whose name matches `names` and does not match `kept`."""
    def remove_hf_idx(self, name: str, index: int) -> int:
        """Take out one line of the header field: the first is 0, the last -1. False where there is none."""
    def remove_hf_re(self, names: str) -> int:
        """Take out every header field whose name matches. False where there is none."""
    def replace(self, pattern: str, text: str) -> int:
        """Replace the first match behind the first line. False where there is none."""
    def replace_all(self, pattern: str, text: str) -> int:
        """Replace every match behind the first line. False where there is none."""
    def replace_body(self, pattern: str, text: str) -> int:
        """Replace the first match in the body. False where there is none."""
    def replace_body_all(self, pattern: str, text: str) -> int:
        """Replace every match in the body. False where there is none."""
    def replace_body_atonce(self, pattern: str, text: str) -> int:
        """Replace every match in the body. False where there is none."""
    def replace_body_str(self, match: str, text: str, mode: str = ...) -> int:
        """The same in the body."""
    def replace_hdrs(self, pattern: str, text: str) -> int:
        """Replace every match in the header fields. False where there is none."""
    def replace_hdrs_str(self, match: str, text: str, mode: str = ...) -> int:
        """The same in the header fields."""
    def replace_str(self, match: str, text: str, mode: str = ...) -> int:
        """Replace every ``match`` behind the first line, with mode ``f`` the first; ``i``: whatever its case. False where none is."""
    def search(self, pattern: str) -> int:
        """Whether the message matches, its first line included."""
    def search_append(self, pattern: str, text: str) -> int:
        """Put `text` behind the first match behind the first line. False where there is none."""
    def search_append_body(self, pattern: str, text: str) -> int:
        """Put `text` behind the first match in the body. False where there is none."""
    def search_body(self, pattern: str) -> int:
        """Whether the body matches."""
    def search_hf(self, name: str, pattern: str, which: str = ...) -> int:
        """Whether the header field's value matches: of any line, or with ``f`` the first, with ``l`` the last."""
    def search_str(self, text: str, pattern: str) -> int:
        """Whether `text` matches."""
    def set_body(self, text: str, content_type: str) -> int:
        """Give the message this body, with its Content-Type."""
    def starts_with(self, text: str, beginning: str) -> int:
        """Whether `text` begins with `beginning`."""
    def str_find(self, text: str, wanted: str) -> int:
        """Whether `wanted` stands in `text`."""
    def str_ifind(self, text: str, wanted: str) -> int:
        """Whether `wanted` stands in `text`, whatever its case."""
    def subst(self, change: str) -> int:
        """Replace in the message behind its first line. False where nothing matches."""
    def subst_body(self, change: str) -> int:
        """Replace in the body. False where nothing matches."""
    def subst_hf(self, name: str, change: str, which: str = ...) -> int:
        """Replace in the header field's values, or with ``f`` in the first, with ``l`` in the last. False where none matches."""
    def subst_uri(self, change: str) -> int:
        """Replace in the Request-URI. False where nothing matches, or where no URI comes of it."""
    def subst_user(self, change: str) -> int:
        """Replace in the user of the Request-URI. False where nothing matches."""

textops: _Textops

class _Textopsx:
    def change_reply_status(self, code: int, reason: str) -> int:
        """Give the response another status and reason. False where a success or a provisional one would become something else."""
    def change_reply_status_code(self, code: int) -> int:
        """Give the response another status, with the reason that it has."""
    def fnmatch(self, text: str, pattern: str, flags: str = ...) -> int:
        """Whether `text` matches the shell's pattern (``*``, ``?``, ``[…]``); flag ``i``: whatever its case."""
    def keep_hf(self) -> int:
        """Take out the header fields that a message does not need. (Kamailio 5.6 gives -1, whatever it did.)"""
    def keep_hf_re(self, names: str) -> int:
        """Take out the header fields whose names do not match; those that a message needs stay (Via, From, To, Call-ID, CSeq, …)."""
    def msg_apply_changes(self) -> int:
        """Make the edits now: what follows reads the message that they leave."""
    def remove_body(self) -> int:
        """Take the body out, with its Content-Type. False where there is none."""

textopsx: _Textopsx

class _Tm:
    def send_reply(self, code: int, reason: str) -> int:
        """Answer; false where `code` is none from 100 to 699. A provisional response is what the transaction sends by itself."""
    def sl_reply(self, code: int, reason: str) -> int:
        """Answer; false where `code` is none from 100 to 699. A provisional response is what the transaction sends by itself."""
    def sl_send_reply(self, code: int, reason: str) -> int:
        """Answer; false where `code` is none from 100 to 699. A provisional response is what the transaction sends by itself."""
    def t_any_replied(self) -> int:
        """Whether anything came back from a branch, 100 included."""
    def t_any_timeout(self) -> int:
        """Whether a branch had no final response in time."""
    def t_branch_replied(self) -> int:
        """Whether anything came back from the branch, 100 included."""
    def t_branch_timeout(self) -> int:
        """Whether the branch had no final response in time."""
    def t_check_status(self, pattern: str) -> int:
        """Whether the status matches: of the branch that failed, or in a reply route of the response."""
    def t_check_trans(self) -> int:
        """Whether a transaction has it. A retransmission, an ACK and a CANCEL that one has never come to a script: false."""
    def t_get_branch_index(self) -> int:
        ...
    def t_get_status_code(self) -> int:
        ...
    def t_grep_status(self, code: str) -> int:
        """Whether the branch ended with that status."""
    def t_is_canceled(self) -> int:
        """Whether the caller has cancelled it: then a failure route can send it nowhere else."""
    def t_is_set(self, target: str) -> int:
        """Whether ``branch_route``, ``failure_route`` or ``onreply_route`` is set."""
    def t_newtran(self) -> int:
        """A transaction is made when the request is relayed or answered: true."""
    def t_on_branch(self, route: str | Callable[..., Any]) -> int:
        """Enter branch_route[`route`] before each branch."""
    def t_on_failure(self, route: str | Callable[..., Any]) -> int:
        """Enter failure_route[`route`] when it fails."""
    def t_on_reply(self, route: str | Callable[..., Any]) -> int:
        """Enter onreply_route[`route`] with its responses."""
    def t_precheck_trans(self) -> int:
        """Whether a transaction has it. A retransmission, an ACK and a CANCEL that one has never come to a script: false."""
    def t_relay(self) -> int:
        """Send it on: to $du, else where Route and Request-URI lead."""
    def t_relay_to_flags(self, flags: int) -> int:
        """The flags say which transaction answers what by itself; here an INVITE has its 100, whatever they are."""
    def t_relay_to_proto(self, protocol: str) -> int:
        """Relay by ``udp``, ``tcp`` or ``tls``."""
    def t_relay_to_proto_addr(self, protocol: str, host: str, port: int) -> int:
        ...
    def t_relay_to_proxy(self, proxy: str) -> int:
        """Relay to ``udp:192.0.2.1:5060``."""
    def t_relay_to_proxy_flags(self, proxy: str, flags: int) -> int:
        ...
    def t_reply(self, code: int, reason: str) -> int:
        """Answer; false where `code` is none from 100 to 699. A provisional response is what the transaction sends by itself."""
    def t_reset_fr(self) -> int:
        """Take back what t_set_fr() has set."""
    def t_send_reply(self, code: int, reason: str) -> int:
        """Answer; false where `code` is none from 100 to 699. A provisional response is what the transaction sends by itself."""
    def t_set_fr(self, fr_inv_timeout: int, fr_timeout: int = ...) -> int:
        """How many milliseconds the next branches may take for a final response, and for any; 0 leaves the timer as it is."""

tm: _Tm

class _Tmx:
    def t_is_branch_route(self) -> Any:
        ...
    def t_is_failure_route(self) -> Any:
        ...
    def t_is_reply_route(self) -> Any:
        ...
    def t_is_request_route(self) -> Any:
        ...
    def t_precheck_trans(self) -> int:
        """Whether a transaction has it. A retransmission, an ACK and a CANCEL that one has never come to a script: false."""

tmx: _Tmx

class _X:
    def drop(self) -> NoReturn:
        """End the script for this message; the branch or response that the route is about is dropped."""
    def exit(self) -> NoReturn:
        """End the script for this message."""
    def modf(self, name: str, *arguments: str) -> int:
        """Call a function of Kamailio scripts by its name, with its arguments as text."""

x: _X

class _Xlog:
    def xdbg(self, text: str) -> int:
        """Print at L_DBG."""
    def xerr(self, text: str) -> int:
        """Print at L_ERR."""
    def xinfo(self, text: str) -> int:
        """Print at L_INFO."""
    def xlog(self, level: str, text: str = ...) -> int:
        """Print `text`, at a level from L_ALERT to L_DBG; with one argument that one is the text, at L_ERR."""
    def xnotice(self, text: str) -> int:
        """Print at L_NOTICE."""
    def xwarn(self, text: str) -> int:
        """Print at L_WARN."""

xlog: _Xlog
