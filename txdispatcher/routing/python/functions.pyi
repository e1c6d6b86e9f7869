"""Kamailio's functions, as methods. Made by `scripts/script-stubs` from the table of functions."""

from collections.abc import Callable
from typing import Any

from txdispatcher.routing.script.run import Run

class Functions:
    _run: Run
    def __init__(self, run: Run) -> None: ...
    def isbflagset(self, flag: int) -> bool:
        """Whether it is set."""
    def isbranchflagset(self, flag: int) -> bool:
        """Whether it is set."""
    def isflagset(self, flag: int) -> bool:
        """Whether it is set."""
    def log(self, level: int, text: str) -> bool:
        """Print `text` at a level from -5 (alert) to 3 (debug)."""
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
    def is_maxfwd_lt(self, limit: int) -> bool:
        """Whether Max-Forwards is there and below `limit`."""
    def maxfwd_process(self, limit: int) -> bool:
        """False where Max-Forwards is 0; it is lowered when the request is relayed. Without one it becomes `limit`."""
    def mf_process_maxfwd_header(self, limit: int) -> bool:
        """False where Max-Forwards is 0; it is lowered when the request is relayed. Without one it becomes `limit`."""
    def process_maxfwd(self, limit: int) -> bool:
        """False where Max-Forwards is 0; it is lowered when the request is relayed. Without one it becomes `limit`."""
    def add_rport(self) -> bool:
        """Answers always go to where the request came from if its Via has rport: true."""
    def force_rport(self) -> bool:
        """Answers always go to where the request came from if its Via has rport: true."""
    def add_rr_param(self, params: str) -> bool:
        """Add parameters to the URI of our Record-Route."""
    def check_route_param(self, pattern: str) -> bool:
        """Whether the parameters of our Route value match the regular expression."""
    def loose_route(self) -> bool:
        """Whether its Route, or a strict router's Request-URI, leads through us: that value is taken off."""
    def record_route(self, params: str = ...) -> bool:
        """Add our Record-Route, with further parameters of its URI."""
    def sanity_check(self, checks: int = ..., uris: int = ...) -> bool:
        """Check what `checks` has bits for, and answer what fails. `uris`: 1 Request-URI, 2 From, 4 To.

        What cannot be read at all never comes to a script; it is answered with 400.
        """
    def has_totag(self) -> bool:
        """Whether To has a tag: the request is inside a dialog."""
    def sl_reply_error(self) -> bool:
        """Answer that it could not be sent on."""
    def append_hf(self, line: str) -> bool:
        """Add header lines, each with its CRLF, behind the others."""
    def append_to_reply(self, line: str) -> bool:
        """Add header lines to the answer that is to be given."""
    def has_body(self, content_type: str = ...) -> bool:
        """Whether there is a body, of that type."""
    def insert_hf(self, line: str) -> bool:
        """Add header lines before the others."""
    def is_method(self, methods: str) -> bool:
        """Whether the method is one of ``INVITE|BYE``."""
    def is_present_hf(self, name: str) -> bool:
        """Whether there is such a header field."""
    def remove_hf(self, name: str) -> bool:
        """Take out every line of the header field. False where there was none."""
    def search(self, pattern: str) -> bool:
        """Whether the message matches the regular expression."""
    def send_reply(self, code: int, reason: str) -> bool:
        """Answer. A provisional response is what the transaction sends by itself."""
    def sl_reply(self, code: int, reason: str) -> bool:
        """Answer. A provisional response is what the transaction sends by itself."""
    def sl_send_reply(self, code: int, reason: str) -> bool:
        """Answer. A provisional response is what the transaction sends by itself."""
    def t_any_timeout(self) -> bool:
        """Whether a branch had no final response in time."""
    def t_branch_replied(self) -> bool:
        """Whether anything came back from the branch, 100 included."""
    def t_branch_timeout(self) -> bool:
        """Whether the branch had no final response in time."""
    def t_check_status(self, pattern: str) -> bool:
        """Whether the status of the response matches the regular expression."""
    def t_check_trans(self) -> bool:
        """Whether a transaction has it. A retransmission, an ACK and a CANCEL that one has never come to a script: false."""
    def t_is_canceled(self) -> bool:
        """Whether the caller has cancelled it; a failure route is not entered then."""
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
        """Answer. A provisional response is what the transaction sends by itself."""
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
