"""Transport addresses, as sip.listen and the listeners of [control] name them."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ControlAddress:
    """Where a tool of an operator's connects to: an address of this machine, or an absolute path.

    `transport` is Kamailio's word: "tcp", "udp", "unix_stream" or "unix_dgram"; the latter two have a path instead of host
    and port.
    """

    transport: str
    host: str = ""
    port: int = 0
    path: str = ""

    def __str__(self) -> str:
        if self.path:
            return f"{'unixd' if self.transport == 'unix_dgram' else 'unix'}:{self.path}"
        return f"{self.transport}:{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Address:
    """A transport address. `host` is a literal IPv4 or IPv6 address without brackets.

    `name` is what ds_default_sockname and the attribute `sockname` call it by, "" for none; it is no part of what an address is.
    """

    host: str
    port: int
    transport: str = "udp"
    name: str = field(default="", compare=False)

    @property
    def host_port(self) -> str:
        """As a URI has it: ``127.0.0.1:5060``, ``[::1]:5060``."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    def overlaps(self, other: Address) -> bool:
        """Whether both cannot be listened on: they are the same, or one is the wildcard of the other's family."""
        if (self.transport, self.port) != (other.transport, other.port) or (":" in self.host) != (":" in other.host):
            return False
        return self.host == other.host or "0.0.0.0" in (self.host, other.host) or "::" in (self.host, other.host)

    def __str__(self) -> str:
        return f"{self.transport}:{self.host_port}"
