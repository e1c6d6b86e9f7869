"""Kamailio's functions, as methods. Made by `scripts/script-stubs` from the table of functions."""

from collections.abc import Callable
from typing import Any

from txdispatcher.routing.script.run import Run

class Functions:
    _run: Run
    def __init__(self, run: Run) -> None: ...
    def add_rport(self) -> bool:
        """Answer to the port that the request came from, whether its Via asks for that (RFC 3581) or not."""
    def force_rport(self) -> bool:
        """Answer to the port that the request came from, whether its Via asks for that (RFC 3581) or not."""
    def force_send_socket(self, socket: str) -> bool:
        """Send from this socket of ours, ``udp:192.0.2.1:5060``: what an assignment to $fs does."""
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
    def resetdsturi(self) -> bool:
        """$du has no value."""
    def resetflag(self, flag: int) -> bool:
        """Take it back."""
    def rewritehost(self, host: str) -> bool:
        """The host of the Request-URI, without a port then."""
    def rewritehostport(self, place: str) -> bool:
        """Host and port of the Request-URI."""
    def rewriteuri(self, uri: str) -> bool:
        """The Request-URI."""
    def rewriteuser(self, user: str) -> bool:
        """The user of the Request-URI."""
    def set_reply_no_connect(self) -> bool:
        """Answers go by the connection that the request came by, and never make one: true."""
    def setbflag(self, flag: int) -> bool:
        """Set a flag of the branch."""
    def setbranchflag(self, flag: int) -> bool:
        """Set a flag of the branch."""
    def setdsturi(self, uri: str) -> bool:
        """$du."""
    def setflag(self, flag: int) -> bool:
        """Set a flag of the transaction, 0 to 31."""
    def sethost(self, host: str) -> bool:
        """The host of the Request-URI, without a port then."""
    def sethostport(self, place: str) -> bool:
        """Host and port of the Request-URI."""
    def seturi(self, uri: str) -> bool:
        """The Request-URI."""
    def setuser(self, user: str) -> bool:
        """The user of the Request-URI."""
    def strip(self, count: int) -> bool:
        """Take `count` characters off the beginning of the Request-URI's user."""
    def strip_tail(self, count: int) -> bool:
        """Take `count` characters off its end."""
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
    def append_branch(self, uri: str = ..., q: str = ...) -> bool:
        """Let the next t_relay() send a branch to `uri` too, by $du where that is set; without `uri` to $ru, which is then no other.

        False where that leads nowhere. All branches go out at once: `q` is taken and not looked at.
        """
    def is_myself(self, uri: str) -> bool:
        """Whether the URI names this server."""
    def km_append_branch(self, uri: str = ..., q: str = ...) -> bool:
        """Let the next t_relay() send a branch to `uri` too, by $du where that is set; without `uri` to $ru, which is then no other.

        False where that leads nowhere. All branches go out at once: `q` is taken and not looked at.
        """
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
    def is_maxfwd_lt(self, limit: int) -> bool:
        """Whether Max-Forwards is there and below `limit`."""
    def maxfwd_process(self, limit: int) -> bool:
        """False where Max-Forwards is 0; it is lowered when the request is relayed. Without one it becomes `limit`."""
    def mf_process_maxfwd_header(self, limit: int) -> bool:
        """False where Max-Forwards is 0; it is lowered when the request is relayed. Without one it becomes `limit`."""
    def process_maxfwd(self, limit: int) -> bool:
        """False where Max-Forwards is 0; it is lowered when the request is relayed. Without one it becomes `limit`."""
    def add_contact_alias(self, host: str = ..., port: str = ..., protocol: str = ...) -> bool:
        """Add ``;alias=address~port~transport`` of the source, or of what is given, to Contact's URI, where that leads elsewhere.

        2 where there is no Contact or it leads there; false where the alias cannot be made.
        """
    def add_rcv_param(self, in_uri: int = ...) -> bool:
        """Add ``;received="sip:address:port"`` of the source to Contact, or within its URI. False where there is none."""
    def fix_nated_contact(self) -> bool:
        """Write the source's address and port into Contact. False where there is none."""
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
    def allow_address(self, group: int, address: str, port: int) -> bool:
        """Whether the address and port are in the group."""
    def allow_address_group(self, address: str, port: int) -> bool:
        """The lowest group that has the address and port; false where none has."""
    def allow_source_address(self, group: int = ...) -> bool:
        """Whether the source's address and port are in the group."""
    def allow_source_address_group(self) -> bool:
        """The lowest group that has the source's address and port; false where none has."""
    def pike_check_ip(self, address: str) -> bool:
        """The same for another address, whose count this is."""
    def pike_check_req(self) -> bool:
        """Whether the source has not sent too much: -1 where it has, -2 the first time."""
    def is_int(self, variable: str) -> bool:
        """Whether it has a number."""
    def not_empty(self, variable: str) -> bool:
        """Whether it has one that is no empty text."""
    def pv_isset(self, variable: str) -> bool:
        """Whether the variable has a value."""
    def pv_unset(self, variable: str) -> bool:
        """Take its value away."""
    def add_rr_param(self, params: str) -> bool:
        """Add parameters to the URI of our Record-Route."""
    def check_route_param(self, pattern: str) -> bool:
        """Whether the parameters of our Route value match."""
    def is_direction(self, direction: str) -> bool:
        """Whether a request inside a dialog goes ``downstream`` (caller to callee) or ``upstream``.

        record_route() notes the caller's From tag in our Record-Route (`ftag`): upstream is where the tag is another.
        """
    def loose_route(self) -> bool:
        """Whether its Route, or a strict router's Request-URI, leads through us: that value is taken off."""
    def record_route(self, params: str = ...) -> bool:
        """Add our Record-Route, with further parameters of its URI."""
    def sanity_check(self, checks: int = ..., uris: int = ...) -> bool:
        """Check what `checks` has bits for, and answer what fails.

        2 the Request-URI's scheme, 256 Expires, 512 Proxy-Require, 1024 the `uris` (1 Request-URI, 2 From, 4 To, 8 Contact), 2048
        credentials, which must be Digest, 4096 a second tag in From or To, 8192 credentials, if they are Digest. What the other bits
        ask for holds for whatever comes to a script: the rest gets a 400 or 505, and what is over Content-Length is cut off.
        """
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
    def is_present_hf_re(self, names: str) -> bool:
        """Whether there is a header field whose name matches."""
    def is_privacy(self, kind: str) -> bool:
        """Whether Privacy asks for `kind`: ``id``, ``user``, ``header``, ``session``, ``critical`` or ``none``."""
    def remove_hf(self, name: str) -> bool:
        """Take out every line of the header field. False where there is none."""
    def remove_hf_exp(self, names: str, kept: str) -> bool:
        """Take out every header field whose name matches `names` and does not match `kept`."""
    def remove_hf_idx(self, name: str, index: int) -> bool:
        """Take out one line of the header field: the first is 0, the last -1. False where there is none."""
    def remove_hf_re(self, names: str) -> bool:
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
    def change_reply_status(self, code: int, reason: str) -> bool:
        """Give the response another status and reason. False where a success or a provisional one would become something else."""
    def change_reply_status_code(self, code: int) -> bool:
        """Give the response another status, with the reason that it has."""
    def fnmatch(self, text: str, pattern: str, flags: str = ...) -> bool:
        """Whether `text` matches the shell's pattern (``*``, ``?``, ``[…]``); flag ``i``: whatever its case."""
    def keep_hf(self, names: str) -> bool:
        """Take out the header fields whose names do not match; those that a message needs stay (Via, From, To, Call-ID, CSeq, …)."""
    def msg_apply_changes(self) -> bool:
        """Make the edits now: what follows reads the message that they leave."""
    def remove_body(self) -> bool:
        """Take the body out, with its Content-Type. False where there is none."""
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
    def t_newtran(self) -> bool:
        """A transaction is made when the request is relayed or answered: true."""
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
    def t_reply(self, code: int, reason: str) -> bool:
        """Answer; false where `code` is none from 100 to 699. A provisional response is what the transaction sends by itself."""
    def t_reset_fr(self) -> bool:
        """Take back what t_set_fr() has set."""
    def t_set_fr(self, fr_inv_timeout: int, fr_timeout: int = ...) -> bool:
        """How many milliseconds the next branches may take for a final response, and for any; 0 leaves the timer as it is."""
    def t_is_branch_route(self) -> bool:
        """Whether this is a branch route."""
    def t_is_failure_route(self) -> bool:
        """Whether this is a failure route."""
    def t_is_reply_route(self) -> bool:
        """Whether this is a reply route."""
    def t_is_request_route(self) -> bool:
        """Whether this is a request route."""
    def xdbg(self, text: str) -> bool:
        """Print at L_DBG."""
    def xerr(self, text: str) -> bool:
        """Print at L_ERR."""
    def xinfo(self, text: str) -> bool:
        """Print at L_INFO."""
    def xlog(self, level: str, text: str = ...) -> bool:
        """Print `text`, at a level from L_ALERT to L_DBG; with one argument that one is the text, at L_ERR."""
    def xnotice(self, text: str) -> bool:
        """Print at L_NOTICE."""
    def xwarn(self, text: str) -> bool:
        """Print at L_WARN."""
