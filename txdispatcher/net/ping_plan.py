"""How a destination is pinged: what the settings say, and what its own attributes say instead.

    ping_interval   seconds between two pings; 0: none
    ping_timeout    milliseconds until a ping without an answer has failed
    ping_codes      the answers that are good besides 2xx ("class=3;code=403"; in quotes, or with commas for the semicolons)
    ping_method     the method
    ping_from       the From URI
    obproxy         the SIP URI of the proxy that it is pinged through
    ping_socket     the listener that it is pinged from; without it that of `socket` or `sockname`
    latency         milliseconds that its answers are taken to need before there is any

An attribute that cannot be what it says is named, and what the settings say holds. (`latency` is read with the other numbers.)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container
from dataclasses import dataclass

from txdispatcher.balancing.destination import Destination, Record
from txdispatcher.errors import ParseError
from txdispatcher.proxy.hop import Hop, hop_of
from txdispatcher.proxy.listener import Listener, Listeners
from txdispatcher.routing.choosing import hop_at_destination
from txdispatcher.routing.sockets import Sockets
from txdispatcher.sip.reply_codes import parse_reply_codes
from txdispatcher.sip.uri import SIP, SIPS, parse_uri

#: The longest interval and timeout, in seconds: a day.
LONGEST = 86_400.0

_NUMBER = re.compile(r"[0-9]{1,9}(\.[0-9]{1,6})?")
_METHOD = re.compile(r"[A-Z]{1,20}")
#: These start something that a ping does not end.
_NOT_PINGS = ("INVITE", "ACK", "CANCEL", "BYE")


@dataclass(frozen=True, slots=True)
class PingSettings:
    """What holds for every destination. `interval` (0: no pings) and `timeout` are seconds.

    `outbound_proxy` is a SIP URI, "" for none. `socket` is the listener that pings leave by, whatever a destination's `sockname`
    and `socket` say; None: what `sockets` says.
    """

    method: str = "OPTIONS"
    from_uri: str = "sip:dispatcher@localhost"
    interval: float = 0.0
    timeout: float = 2.0
    outbound_proxy: str = ""
    socket: Listener | None = None
    sockets: Sockets | None = None


@dataclass(frozen=True, slots=True)
class PingPlan:
    """How one destination is pinged. `codes` None: what the settings say just then. `latency`: milliseconds, 0 for not given."""

    method: bytes
    uri: bytes
    from_uri: bytes
    hop: Hop
    near: Listener
    interval: float
    timeout: float
    codes: Container[int] | None
    latency: float


def plan(destination: Destination, settings: PingSettings, listeners: Listeners, warn: Callable[[str], None]) -> PingPlan:
    """The plan for `destination`. `warn` is told of each attribute that is not taken."""
    record = destination.record
    given = {name.lower(): value for name, value in record.attributes.items()}

    def refuse(name: str, found: str, allowed: str) -> None:
        warn(f"set {record.set_id}: {record.uri}: {name} {found!r}: {allowed} is allowed; what the settings say holds")

    def number(name: str, default: float, unit: float = 1.0, least: float = 0.0) -> float:
        text = given.get(name)
        if text is None:
            return default
        value = float(text) * unit if _NUMBER.fullmatch(text) else -1.0
        if least <= value <= LONGEST:
            return value
        refuse(name, text, f"a number from {least / unit:g} to {LONGEST / unit:g}")
        return default

    def uri(name: str, default: str) -> str:
        text = given.get(name)
        if text is None or is_sip_uri(text):
            return default if text is None else text
        refuse(name, text, "a SIP URI")
        return default

    method = given.get("ping_method")
    if method is not None and (not _METHOD.fullmatch(method) or method in _NOT_PINGS):
        refuse("ping_method", method, "a method that starts nothing, such as OPTIONS or INFO,")
        method = None
    text, codes = given.get("ping_codes"), None
    if text is not None:
        try:
            codes = parse_reply_codes(text.replace(",", ";"))
        except ValueError:
            refuse("ping_codes", text, '"class=N" and "code=NNN"')
    through = uri("obproxy", settings.outbound_proxy)
    return PingPlan(
        method=(method or settings.method).encode("ascii"),
        uri=record.uri.encode("ascii"),
        from_uri=uri("ping_from", settings.from_uri).encode("ascii"),
        hop=_hop(destination, through),
        near=_near(record, settings, listeners, refuse),
        interval=number("ping_interval", settings.interval),
        timeout=number("ping_timeout", settings.timeout, unit=0.001, least=0.001),
        codes=codes,
        latency=float(record.meaning.latency),
    )


def is_sip_uri(text: str) -> bool:
    """Whether `text` is a SIP URI that can stand between angle brackets."""
    try:
        return parse_uri(text.encode("ascii")).scheme in (SIP, SIPS)
    except (UnicodeEncodeError, ParseError):
        return False


def _hop(destination: Destination, through: str) -> Hop:
    if not through:
        return hop_at_destination(destination)
    hop = hop_of(parse_uri(through.encode("ascii")))
    made = Hop(hop.host, hop.port, hop.transport, destination)
    made.open = hop.open
    return made


def _near(record: Record, settings: PingSettings, listeners: Listeners, refuse: Callable[[str, str, str], None]) -> Listener:
    """The listener to send from, if its transport and family fit: what is for pings alone goes before what is for everything."""

    sockets = settings.sockets or Sockets(listeners)
    given = record.meaning
    for name, text in (("ping_socket", given.ping_socket), ("socket", given.socket)):
        if text and sockets.at(text) is None:
            refuse(name, text, f"one of our listeners ({', '.join(map(repr, listeners.all))})")
    if given.sockname and given.sockname not in sockets.names:
        refuse("sockname", given.sockname, f"the name of a listener ({', '.join(sockets.names) or 'none has one'})")
    own = sockets.at(given.ping_socket)
    return own or settings.socket or sockets.sending(record) or listeners.all[0]
