"""How each parameter of [dispatcher] is read: the kinds of value that only it has, and the table of parameters."""

from __future__ import annotations

import re
from typing import Any

from txdispatcher.config import values as value
from txdispatcher.errors import FormatError, ParseError
from txdispatcher.routing.pseudovariables import compile_format, compile_target
from txdispatcher.sip.reply_codes import parse_reply_codes
from txdispatcher.sip.uri import SIP, SIPS, parse_uri

#: What SQL calls an identifier, without quotes.
_IDENTIFIER = r"[A-Za-z_][A-Za-z0-9_$]{0,63}"
_DB_URL = re.compile(r"([a-z]+)(?:\+[a-z0-9_]+)?://\S+")
_DATABASES = ("mysql", "mariadb", "postgres", "postgresql", "sqlite")
_NOT_PINGS = ("INVITE", "ACK", "CANCEL")

#: A column's name.
column = value.matching(re.compile(_IDENTIFIER), "a column's name: letters, digits and _, a letter first")
table = value.matching(re.compile(rf"(?:{_IDENTIFIER}\.)?{_IDENTIFIER}"), "a table's name: letters, digits and _, a letter first")
seconds = value.integer(1, value.LONGEST // 1000, "a number of seconds, 1 or more")
seconds_or_none = value.integer(0, value.LONGEST // 1000, "a number of seconds, or 0 for none")
attempts = value.integer(1, 1_000_000, "a number of attempts, 1 or more")
xavp = value.matching(re.compile(r"\w+", re.ASCII), "an XAVP's name alone: letters, digits and _")
callback = value.optional(
    value.matching(re.compile(r"[A-Za-z_][\w.]*(?::[A-Za-z_]\w*)?", re.ASCII), 'a function: "on_event", "module:on_event"')
)
name = value.optional(value.matching(re.compile(r"[A-Za-z0-9_.-]+"), "the name of one of sip.listen, or empty"))
url = value.optional(value.matching(re.compile(r"https?://[^\s/?#]+\S*"), '"http://HOST…" or "https://HOST…", or "" for none'))
word = value.matching(re.compile(r"[^\0]+"), "a program and its arguments, a word each")


def target(found: object) -> str:
    """A variable that can be written."""
    allowed = 'a variable that can be written: "$var(name)", "$avp(name)" or "$xavp(name=>field)"'
    if not isinstance(found, str):
        raise value.refused(found, allowed)
    try:
        compile_target(found)
    except FormatError as error:
        raise value.RefusedError(f"{value.refused(found, allowed)} ({error})") from None
    return found


def avp_name(found: object) -> str:
    allowed = '"$avp(name)", "$avp(s:name)" or "$avp(i:number)", or "" for none'
    if not isinstance(found, str) or not found.startswith("$avp("):
        raise value.refused(found, allowed)
    return target(found)


def format_text(found: object) -> str:
    """Text with pseudo-variables."""
    text = value.text(found)
    try:
        compile_format(text)
    except FormatError as error:
        raise value.RefusedError(str(error)) from None
    return text


avp = value.optional(avp_name)
written = value.optional(target)


def parameters(base: str) -> dict[str, value.Reader[Any]]:
    """Every parameter, with its reader. `base` is the folder that paths are relative to."""
    return {
        "list_file": value.file(base),
        "db_url": db_url,
        "table_name": table,
        "setid_col": column,
        "destination_col": column,
        "flags_col": column,
        "priority_col": column,
        "attrs_col": column,
        "ds_db_extra_attrs": extra_attrs,
        "ds_attrs_none": value.switch,
        "ds_load_mode": value.integer(0, 1, "1 (a bad line stops the load) or 0 (it is skipped)"),
        "reload_delta": seconds_or_none,
        "flags": value.integer(0, 3, "0, or the sum of 1 (hash the user part only) and 2 (failover)"),
        "force_dst": value.switch,
        "use_default": value.switch,
        "hash_pvar": format_text,
        "dst_avp": avp,
        "grp_avp": avp,
        "cnt_avp": avp,
        "dstid_avp": avp,
        "attrs_avp": avp,
        "xavp_dst": xavp,
        "xavp_dst_mode": value.integer(0, 7, "0, or the sum of 1 (no attrs), 2 (socket) and 4 (sockname)"),
        "xavp_ctx": xavp,
        "xavp_ctx_mode": value.integer(0, 1, "0, or 1 (no cnt)"),
        "setid_pvname": written,
        "attrs_pvname": written,
        "ds_ping_method": ping_method,
        "ds_ping_from": sip_uri,
        "ds_ping_interval": seconds_or_none,
        "ds_ping_fr_timer": value.integer(0, value.LONGEST, "a number of milliseconds, or 0 for tm.fr_timer"),
        "ds_ping_reply_codes": reply_codes,
        "ds_probing_mode": value.integer(0, 3, "0, 1, 2 or 3"),
        "ds_probing_threshold": attempts,
        "ds_inactive_threshold": attempts,
        "ds_ping_latency_stats": value.switch,
        "ds_retain_latency_stats": value.switch,
        "ds_latency_estimator_alpha": value.integer(0, 1000, "thousandths, 0 to 1000"),
        "outbound_proxy": value.optional(sip_uri),
        "ds_default_socket": value.socket,
        "ds_default_sockname": name,
        "ds_ping_socket": value.socket,
        "ds_hash_size": value.integer(0, 30, "0 (no call load), or a power of two from 1 to 30"),
        "ds_hash_expire": seconds,
        "ds_hash_initexpire": seconds,
        "ds_hash_check_interval": seconds,
        "ds_dns_mode": value.integer(0, 15, "the sum of 1 (at load), 2 (when matched), 4 (by timer) and 8 (SRV)"),
        "ds_dns_interval": seconds,
        "ds_dns_ttl": seconds_or_none,
        "ds_dns_match_all": value.switch,
        "event_callback": callback,
        "event_callback_mode": value.integer(0, 1, "0 (probes and functions) or 1 (probes alone)"),
        "ds_timer_mode": value.integer(0, 1, "0 or 1"),
        "reload_state": value.choice("keep", "list"),
        "reload_load": value.choice("keep", "reset", "refuse"),
        "watch_list": value.switch,
        "saved_states": value.optional(value.file(base)),
        "slow_start": seconds_or_none,
        "history": value.integer(0, 10_000, "a number of state changes from 0 to 10000"),
        "event_command": value.list_of(word),
        "event_url": url,
        "db_retry": seconds_or_none,
    }


def db_url(found: object) -> str:
    """Kamailio's or SQLAlchemy's form of it. No error shows it: it holds a password."""
    if found == "":
        return ""
    known = _DB_URL.fullmatch(found) if isinstance(found, str) else None
    if known is None or known[1] not in _DATABASES:
        what = f"a URL of {known[1]}://" if known else type(found).__name__ if not isinstance(found, str) else "no URL"
        allowed = '"mysql://USER:PASSWORD@HOST/DATABASE", "postgres://…", "sqlite:////PATH", or "" for none'
        raise value.RefusedError(f"found {what}; allowed: {allowed}")
    assert isinstance(found, str)
    return found


def extra_attrs(found: object) -> tuple[tuple[str, str], ...]:
    """``attribute=column;…``."""
    if not isinstance(found, str):
        raise value.refused(found, '"attribute=column;…", or "" for none')
    pairs = []
    for item in found.split(";"):
        if not item.strip():
            continue
        attribute, _, named = item.partition("=")
        attribute, named = attribute.strip(), named.strip()
        if not re.fullmatch(r"[\w.-]+", attribute, re.ASCII) or not re.fullmatch(_IDENTIFIER, named):
            raise value.refused(found, '"attribute=column;…", each column a name of letters, digits and _')
        pairs.append((attribute, named))
    return tuple(pairs)


def ping_method(found: object) -> str:
    method = value.token(found)
    if method.upper() in _NOT_PINGS:
        raise value.refused(found, 'a method that starts nothing, such as "OPTIONS" or "INFO"')
    return method


def reply_codes(found: object) -> str:
    if not isinstance(found, str):
        raise value.refused(found, '"class=2;code=403", or "" for every 2xx')
    try:
        parse_reply_codes(found)
    except ValueError as error:
        raise value.RefusedError(str(error)) from None
    return found


def sip_uri(found: object) -> str:
    allowed = 'a SIP URI, such as "sip:proxy@example.com"'
    try:
        if not isinstance(found, str) or parse_uri(found.encode("ascii")).scheme not in (SIP, SIPS):
            raise value.refused(found, allowed)
    except (ParseError, UnicodeEncodeError):
        raise value.refused(found, allowed) from None
    return found
