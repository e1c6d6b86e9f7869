"""URIs: ``sip:``, ``sips:`` and ``tel:`` taken apart; any other scheme is recognised and left whole (RFC 3261 19.1, RFC 3966)."""

from __future__ import annotations

import re
from ipaddress import IPv6Address

from txdispatcher.errors import ParseError

# SIP-URI = "sip:" [ userinfo ] hostport uri-parameters [ headers ]                     (RFC 3261 25.1)
# A raw "@" may stand nowhere but behind userinfo, so the first one ends it, whatever ";" or "?" the user part holds.
_SIP = re.compile(
    rb"""(?:([^@\x00-\x20\x7f<>"]*)@)?          # userinfo
         (\[[0-9A-Fa-f:.]+\] | [A-Za-z0-9._-]+)  # host
         (?::([0-9]{1,5}))?                     # port
         (;[^?@\x00-\x20\x7f<>"]*)?              # parameters
         (\?[^@\x00-\x20\x7f<>"]*)?              # headers
    """,
    re.VERBOSE,
)
_TEL = re.compile(rb"(\+?[0-9A-Fa-f*#().-]+)(;[^\x00-\x20\x7f<>\"]*)?")
_SCHEME = re.compile(rb"([A-Za-z][A-Za-z0-9+.-]*):[\x21-\x7e\x80-\xff]+")

#: URIs that are remembered, taken apart: a Contact and a Route come back in each request of a dialog, and gateways repeat.
URIS_REMEMBERED = 4096

#: The ports that hold where none is named (RFC 3261 19.1.2).
SIP_PORT = 5060
SIPS_PORT = 5061

_NO_PARAMS: dict[bytes, bytes] = {}

SIP = b"sip"
SIPS = b"sips"
TEL = b"tel"


class Uri:
    """A URI taken apart. Bytes as they came, but for the scheme, which is in lower case. Shared: not to be changed.

    `host` keeps the brackets of an IPv6 reference; `port` is 0 where none is named; `user` is None without userinfo and holds the
    password too if there is one; `params` starts with ";" and `headers` with "?", both may be empty. For ``tel:`` the number
    is `user` and `host` is empty; for a scheme that is not known everything but `scheme` is empty.
    """

    __slots__ = ("_params", "headers", "hop", "host", "params", "place", "port", "scheme", "user")

    def __init__(self, scheme: bytes, user: bytes | None, host: bytes, port: int, params: bytes, headers: bytes) -> None:
        self.scheme = scheme
        self.user = user
        self.host = host
        self.port = port
        self.params = params
        self.headers = headers
        #: Host in lower case, an IPv6 reference in its canonical form (RFC 5954 4.1), and port, that of the scheme where none is
        #: named: what one address is told from another by.
        self.place = (canonical_host(host), port or (SIPS_PORT if scheme == SIPS else SIP_PORT))
        #: Where the URI leads: prepared by `proxy`, never looked into here.
        self.hop: object = None
        self._params = uri_params(params) if params else _NO_PARAMS

    @property
    def username(self) -> bytes:
        """The user part without a password; empty where there is none."""
        return self.user.partition(b":")[0] if self.user else b""

    @property
    def bare_host(self) -> str:
        """The host without the brackets of an IPv6 reference."""
        return self.host.strip(b"[]").decode("ascii")

    def param(self, name: bytes) -> bytes | None:
        """The value of the parameter `name` (lower case): empty for one without "=", None where it is not there."""
        return self._params.get(name)


#: What `parse_uri` remembers.
_known: dict[bytes, Uri] = {}


def parse_uri(data: bytes) -> Uri:
    """Take a URI apart (no angle brackets, no display name). Raises ParseError."""
    known = _known.get(data)
    if known is None:
        known = _take_apart(data)
        if len(_known) >= URIS_REMEMBERED:
            _known.clear()
        _known[data] = known
    return known


def _take_apart(data: bytes) -> Uri:
    scheme, colon, rest = data.partition(b":")
    scheme = scheme.lower()
    if colon and scheme in (SIP, SIPS):
        found = _SIP.fullmatch(rest)
        if found is not None:
            user, host, port, params, headers = found.groups()
            number = int(port) if port else 0
            if number <= 65_535 and not (port and number == 0):
                return Uri(scheme, user, host, number, params or b"", headers or b"")
    elif colon and scheme == TEL:
        found = _TEL.fullmatch(rest)
        if found is not None:
            return Uri(scheme, found[1], b"", 0, found[2] or b"", b"")
    elif _SCHEME.fullmatch(data):
        return Uri(scheme, None, b"", 0, b"", b"")
    raise ParseError(f"{repr(data[:80])[1:]} is no URI")


def canonical_host(host: bytes) -> bytes:
    """`host` as it is compared: in lower case; an IPv6 reference (in brackets) in the one form of RFC 5952."""
    if host[:1] == b"[":
        try:
            return b"[%b]" % str(IPv6Address(host[1:-1].decode("ascii"))).encode("ascii")
        except ValueError:
            pass  # No address: compared as it stands.
    return host.lower()


def uri_params(params: bytes) -> dict[bytes, bytes]:
    """``;a=b;c`` by name in lower case: the first of a name counts, one without "=" is empty."""
    found: dict[bytes, bytes] = {}
    for part in params.split(b";"):
        key, _, value = part.partition(b"=")
        found.setdefault(key.strip(b" \t\r\n").lower(), value.strip(b" \t\r\n"))
    return found
